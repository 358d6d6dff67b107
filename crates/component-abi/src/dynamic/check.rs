//! Whether a value of the embedder fits its type, and which allocations it needs (CanonicalABI.md, "Storing").

use tambo_component_types::{MAX_BYTE_LENGTH, Pointer, Type, TypeId, Types};

use crate::mismatch::{Step, type_name};
use crate::shape::Shape;
use crate::strings::Measured;
use crate::{Mismatch, Request, RequestContext, Val};

/// Whether a value is of a type, down to its last part.
pub fn check(types: &Types, ty: TypeId, val: &Val) -> Result<(), Mismatch> {
    match (types.get(ty), val) {
        (Type::Bool, Val::Bool(_))
        | (Type::S8, Val::S8(_))
        | (Type::U8, Val::U8(_))
        | (Type::S16, Val::S16(_))
        | (Type::U16, Val::U16(_))
        | (Type::S32, Val::S32(_))
        | (Type::U32, Val::U32(_))
        | (Type::S64, Val::S64(_))
        | (Type::U64, Val::U64(_))
        | (Type::F32, Val::F32(_))
        | (Type::F64, Val::F64(_))
        | (Type::Char, Val::Char(_)) => Ok(()),
        (Type::String, Val::String(text)) => check_text(text),
        (Type::List(element), Val::List(list)) => {
            check_length(types, &[*element], list.len())?;
            elements(types, *element, list)
        }
        (Type::FixedList(element, length), Val::List(list)) => {
            if list.len() != *length as usize {
                return Err(Mismatch::count("elements", *length as usize, list.len()));
            }
            elements(types, *element, list)
        }
        (Type::Map(key, value), Val::Map(entries)) => {
            check_length(types, &[*key, *value], entries.len())?;
            entries.iter().enumerate().try_for_each(|(index, entry)| {
                check(types, *key, &entry.0).map_err(|error| error.within(Step::Key(index)))?;
                check(types, *value, &entry.1).map_err(|error| error.within(Step::Value(index)))
            })
        }
        (Type::Tuple(parts), Val::Tuple(tuple)) => {
            if tuple.len() != parts.len() {
                return Err(Mismatch::count("elements", parts.len(), tuple.len()));
            }
            let mut parts = parts.iter().zip(tuple).enumerate();
            parts.try_for_each(|(index, (ty, val))| {
                check(types, *ty, val).map_err(|error| error.within(Step::Element(index)))
            })
        }
        (Type::Record(_) | Type::Flags(_), _) => check_labelled(types, ty, val),
        (Type::Variant(_) | Type::Enum(_) | Type::Option(_) | Type::Result { .. }, _) => check_case(types, ty, val),
        (Type::Own(resource), Val::Own(val)) | (Type::Borrow(resource), Val::Borrow(val)) => {
            if val.ty == *resource {
                return Ok(());
            }
            Err(Mismatch::expected(types, ty, &format!("a handle of resource {}", val.ty.0)))
        }
        (Type::Stream(_) | Type::Future(_) | Type::ErrorContext, _) => {
            Err(Mismatch::new(format!("values of type {} cannot be passed by the host yet", type_name(types, ty))))
        }
        _ => Err(Mismatch::expected(types, ty, val.kind())),
    }
}

fn check_labelled(types: &Types, ty: TypeId, val: &Val) -> Result<(), Mismatch> {
    match (types.get(ty), val) {
        (Type::Record(fields), Val::Record(record)) => {
            if record.len() != fields.len() {
                return Err(Mismatch::count("fields", fields.len(), record.len()));
            }
            fields.iter().zip(record).try_for_each(|(field, (label, val))| {
                if *label != *field.name {
                    return Err(Mismatch::new(format!("expected field `{}`, got field `{label}`", field.name)));
                }
                check(types, field.ty, val).map_err(|error| error.within(Step::Field(label.clone())))
            })
        }
        (Type::Flags(labels), Val::Flags(set)) => match set.iter().find(|label| !has(labels, label)) {
            None => Ok(()),
            Some(unknown) => Err(Mismatch::expected(types, ty, &format!("flag `{unknown}`"))),
        },
        _ => Err(Mismatch::expected(types, ty, val.kind())),
    }
}

fn check_case(types: &Types, ty: TypeId, val: &Val) -> Result<(), Mismatch> {
    let no_case = |label: &str| Mismatch::expected(types, ty, &format!("case `{label}`"));
    match (types.get(ty), val) {
        (Type::Enum(labels), Val::Enum(label)) if has(labels, label) => Ok(()),
        (Type::Enum(_), Val::Enum(label)) => Err(no_case(label)),
        (Type::Variant(cases), Val::Variant(label, payload)) => {
            let case = cases.iter().find(|case| *case.name == **label).ok_or_else(|| no_case(label))?;
            check_payload(types, case.ty, payload.as_deref(), || Step::Case(label.clone()))
        }
        (Type::Option(_), Val::Option(None)) => Ok(()),
        (Type::Option(some), Val::Option(Some(val))) => {
            check(types, *some, val).map_err(|error| error.within(Step::Some))
        }
        (Type::Result { ok, .. }, Val::Result(Ok(val))) => check_payload(types, *ok, val.as_deref(), || Step::Ok),
        (Type::Result { err, .. }, Val::Result(Err(val))) => check_payload(types, *err, val.as_deref(), || Step::Err),
        _ => Err(Mismatch::expected(types, ty, val.kind())),
    }
}

fn check_payload(
    types: &Types,
    ty: Option<TypeId>,
    val: Option<&Val>,
    step: impl FnOnce() -> Step,
) -> Result<(), Mismatch> {
    let outcome = match (ty, val) {
        (None, None) => Ok(()),
        (Some(ty), Some(val)) => check(types, ty, val),
        (Some(ty), None) => Err(Mismatch::expected(types, ty, "nothing")),
        (None, Some(val)) => Err(Mismatch::new(format!("expected nothing, got {}", val.kind()))),
    };
    outcome.map_err(|error| error.within(step()))
}

fn has(labels: &[Box<str>], label: &str) -> bool {
    labels.iter().any(|known| **known == *label)
}

fn elements(types: &Types, ty: TypeId, list: &[Val]) -> Result<(), Mismatch> {
    let mut list = list.iter().enumerate();
    list.try_for_each(|(index, val)| check(types, ty, val).map_err(|error| error.within(Step::Element(index))))
}

/// Whether a string is one that a component could have passed.
pub(crate) fn check_text(text: &str) -> Result<(), Mismatch> {
    if text.len() <= MAX_BYTE_LENGTH as usize {
        return Ok(());
    }
    Err(Mismatch::too_long("string", text.len() as u64))
}

/// Whether a list of elements of this size in a 32-bit memory is one that a component could have passed.
pub(crate) fn check_list(narrow_size: u32, length: usize) -> Result<(), Mismatch> {
    let size = (length as u64).saturating_mul(narrow_size.into());
    if size <= MAX_BYTE_LENGTH.into() && u32::try_from(length).is_ok() {
        return Ok(());
    }
    Err(Mismatch::too_long("list", size))
}

fn check_length(types: &Types, element: &[TypeId], length: usize) -> Result<(), Mismatch> {
    check_list(sequence(types, element, Pointer::Bits32).size, length)
}

/// The shape of a record of these types.
pub(super) fn sequence(types: &Types, parts: &[TypeId], pointer: Pointer) -> Shape {
    let parts = parts.iter().map(|&ty| Shape::of(types.layout(ty, pointer)));
    parts.fold(Shape::EMPTY, Shape::then).padded()
}

/// The allocations that a value needs, which was [`check`]ed, in the order of the specification.
pub fn requests(cx: &mut RequestContext<'_>, ty: TypeId, val: &Val) -> Result<(), Mismatch> {
    let types = cx.types;
    if !types.contains_pointer(ty) {
        return Ok(());
    }
    match (types.get(ty), val) {
        (Type::String, Val::String(text)) => {
            check_text(text)?;
            cx.requests.push(Measured::of(text, cx.abi.encoding).request());
            Ok(())
        }
        (Type::List(element), Val::List(list)) => {
            push_list(cx, &[*element], list.len())?;
            request_all(cx, list.iter().map(|val| (*element, val)))
        }
        (Type::Map(key, value), Val::Map(entries)) => {
            push_list(cx, &[*key, *value], entries.len())?;
            request_all(cx, entries.iter().flat_map(|entry| [(*key, &entry.0), (*value, &entry.1)]))
        }
        (Type::FixedList(element, _), Val::List(list)) => request_all(cx, list.iter().map(|val| (*element, val))),
        (Type::Tuple(parts), Val::Tuple(tuple)) => request_all(cx, parts.iter().copied().zip(tuple)),
        (Type::Record(fields), Val::Record(record)) => {
            let parts = fields.iter().zip(record).map(|(field, (_, val))| (field.ty, val));
            request_all(cx, parts)
        }
        (Type::Variant(cases), Val::Variant(label, Some(val))) => {
            let case = cases.iter().find(|case| *case.name == **label);
            request_all(cx, case.and_then(|case| case.ty).map(|ty| (ty, &**val)))
        }
        (Type::Option(some), Val::Option(Some(val))) => requests(cx, *some, val),
        (Type::Result { ok, .. }, Val::Result(Ok(Some(val)))) => request_all(cx, ok.map(|ty| (ty, &**val))),
        (Type::Result { err, .. }, Val::Result(Err(Some(val)))) => request_all(cx, err.map(|ty| (ty, &**val))),
        (Type::Variant(_), Val::Variant(_, None))
        | (Type::Option(_), Val::Option(None))
        | (Type::Result { .. }, Val::Result(_)) => Ok(()),
        _ => Err(Mismatch::expected(types, ty, val.kind())),
    }
}

fn request_all<'v>(
    cx: &mut RequestContext<'_>,
    parts: impl IntoIterator<Item = (TypeId, &'v Val)>,
) -> Result<(), Mismatch> {
    parts.into_iter().try_for_each(|(ty, val)| requests(cx, ty, val))
}

fn push_list(cx: &mut RequestContext<'_>, element: &[TypeId], length: usize) -> Result<(), Mismatch> {
    check_length(cx.types, element, length)?;
    let Shape { size, align, .. } = sequence(cx.types, element, cx.abi.pointer);
    cx.requests.push(Request { align, size: size * length as u32 });
    Ok(())
}
