//! Lifting (CanonicalABI.md, "Loading" and "Flat Lifting").

use tambo_component_types::{Case, Type, TypeId};

use crate::float::{f32_from_bits, f64_from_bits};
use crate::memory::{bug, bytes, check_char, check_tag, next, next_of};
use crate::shape::{Cursor, Shape};
use crate::{Fault, FlatReader, LiftContext, Resource, Val};

/// What an allocation costs beside its bytes.
const OVERHEAD: usize = 16;

const VAL: usize = size_of::<Val>();

#[cold]
fn unsupported(what: &str) -> Fault {
    Fault::new(format!("a value of type {what} cannot be passed to this host function: it is not supported yet"))
}

impl LiftContext<'_, '_> {
    fn allocate(&mut self, count: usize, each: usize) -> Result<(), Fault> {
        self.budget.charge(count.saturating_mul(each).saturating_add(OVERHEAD))
    }

    fn label(&mut self, label: &str) -> Result<String, Fault> {
        self.allocate(label.len(), 1)?;
        Ok(label.to_owned())
    }

    fn flags(&mut self, bits: u32, labels: &[Box<str>]) -> Result<Val, Fault> {
        let bit = |index: usize| bits.checked_shr(index as u32).unwrap_or(0) & 1 == 1;
        let count = (0..labels.len()).filter(|&index| bit(index)).count();
        self.allocate(count, size_of::<String>())?;
        let mut set = Vec::with_capacity(count);
        for (index, label) in labels.iter().enumerate() {
            if bit(index) {
                set.push(self.label(label)?);
            }
        }
        Ok(Val::Flags(set))
    }

    fn shape(&self, ty: TypeId) -> Shape {
        Shape::of(self.types.layout(ty, self.abi.pointer))
    }
}

/// From memory, at a place that is aligned and has as many bytes as the type.
pub fn load(cx: &mut LiftContext<'_, '_>, ty: TypeId, at: usize) -> Result<Val, Fault> {
    let (types, memory) = (cx.types, cx.memory);
    Ok(match types.get(ty) {
        Type::Bool => Val::Bool(bytes::<1>(memory, at)? != [0]),
        Type::S8 => Val::S8(i8::from_le_bytes(bytes(memory, at)?)),
        Type::U8 => Val::U8(u8::from_le_bytes(bytes(memory, at)?)),
        Type::S16 => Val::S16(i16::from_le_bytes(bytes(memory, at)?)),
        Type::U16 => Val::U16(u16::from_le_bytes(bytes(memory, at)?)),
        Type::S32 => Val::S32(i32::from_le_bytes(bytes(memory, at)?)),
        Type::U32 => Val::U32(u32::from_le_bytes(bytes(memory, at)?)),
        Type::S64 => Val::S64(i64::from_le_bytes(bytes(memory, at)?)),
        Type::U64 => Val::U64(u64::from_le_bytes(bytes(memory, at)?)),
        Type::F32 => Val::F32(f32_from_bits(u32::from_le_bytes(bytes(memory, at)?))),
        Type::F64 => Val::F64(f64_from_bits(u64::from_le_bytes(bytes(memory, at)?))),
        Type::Char => Val::Char(check_char(u32::from_le_bytes(bytes(memory, at)?))?),
        Type::Own(_) | Type::Borrow(_) => handle(cx, ty, u32::from_le_bytes(bytes(memory, at)?))?,
        Type::String | Type::List(_) | Type::Map(..) => {
            let pair = cx.load_pair(at)?;
            pointed_to(cx, ty, pair)?
        }
        Type::Flags(labels) => {
            let bits = match labels.len() {
                0..=8 => u32::from(bytes::<1>(memory, at)?[0]),
                9..=16 => u32::from(u16::from_le_bytes(bytes(memory, at)?)),
                _ => u32::from_le_bytes(bytes(memory, at)?),
            };
            cx.flags(bits, labels)?
        }
        Type::FixedList(element, length) => Val::List(load_elements(cx, *element, at, *length as usize)?),
        Type::Record(_) | Type::Tuple(_) => {
            let mut cursor = Cursor::new(at);
            parts(cx, ty, |cx, part| {
                let at = cursor.next(cx.shape(part));
                load(cx, part, at)
            })?
        }
        Type::Variant(_) | Type::Enum(_) | Type::Option(_) | Type::Result { .. } => {
            let tag = cx.load_tag(at, case_count(types.get(ty)))?;
            // The larger of the discriminant and the payload's alignment is the alignment of the whole.
            let payload = at.wrapping_add(cx.shape(ty).align as usize);
            case(cx, ty, tag, |cx, ty| load(cx, ty, payload))?
        }
        Type::Stream(_) => return Err(unsupported("stream")),
        Type::Future(_) => return Err(unsupported("future")),
        Type::ErrorContext => return Err(unsupported("error-context")),
    })
}

/// From flat values.
pub fn lift_flat(cx: &mut LiftContext<'_, '_>, ty: TypeId, flat: &mut FlatReader<'_>) -> Result<Val, Fault> {
    let types = cx.types;
    Ok(match types.get(ty) {
        Type::Bool => Val::Bool(next(flat)? as u32 != 0),
        Type::S8 => Val::S8(next(flat)? as i8),
        Type::U8 => Val::U8(next(flat)? as u8),
        Type::S16 => Val::S16(next(flat)? as i16),
        Type::U16 => Val::U16(next(flat)? as u16),
        Type::S32 => Val::S32(next(flat)? as i32),
        Type::U32 => Val::U32(next(flat)? as u32),
        Type::S64 => Val::S64(next(flat)? as i64),
        Type::U64 => Val::U64(next(flat)?),
        Type::F32 => Val::F32(f32_from_bits(next(flat)? as u32)),
        Type::F64 => Val::F64(f64_from_bits(next(flat)?)),
        Type::Char => Val::Char(check_char(next(flat)? as u32)?),
        Type::Own(_) | Type::Borrow(_) => handle(cx, ty, next(flat)? as u32)?,
        Type::String | Type::List(_) | Type::Map(..) => {
            let pair = cx.flat_pair(flat)?;
            pointed_to(cx, ty, pair)?
        }
        Type::Flags(labels) => cx.flags(next(flat)? as u32, labels)?,
        Type::FixedList(element, length) => {
            let length = *length as usize;
            cx.allocate(length, VAL)?;
            let mut list = Vec::with_capacity(length);
            for _ in 0..length {
                list.push(lift_flat(cx, *element, flat)?);
            }
            Val::List(list)
        }
        Type::Record(_) | Type::Tuple(_) => parts(cx, ty, |cx, part| lift_flat(cx, part, flat))?,
        Type::Variant(_) | Type::Enum(_) | Type::Option(_) | Type::Result { .. } => {
            let all = types.layout(ty, cx.abi.pointer).flat.as_ref();
            let all = all.ok_or_else(|| bug("a variant of too many flat values is lifted from them"))?;
            let tag = check_tag(next(flat)? as u32, case_count(types.get(ty)))?;
            let mut payload = next_of(flat, all.len() - 1)?;
            case(cx, ty, tag, |cx, ty| lift_flat(cx, ty, &mut payload))?
        }
        Type::Stream(_) => return Err(unsupported("stream")),
        Type::Future(_) => return Err(unsupported("future")),
        Type::ErrorContext => return Err(unsupported("error-context")),
    })
}

fn handle(cx: &mut LiftContext<'_, '_>, ty: TypeId, handle: u32) -> Result<Val, Fault> {
    match *cx.types.get(ty) {
        Type::Own(ty) => {
            let rep = cx.handles.lift_own(handle, ty)?;
            Ok(Val::Own(Resource::of_store(ty, rep, cx.handles.store())))
        }
        Type::Borrow(ty) => {
            let rep = cx.handles.lift_borrow(handle, ty)?;
            Ok(Val::Borrow(Resource::of_store(ty, rep, cx.handles.store())))
        }
        _ => Err(bug("a handle is lifted as what it is not")),
    }
}

fn pointed_to(cx: &mut LiftContext<'_, '_>, ty: TypeId, pair: (u64, u64)) -> Result<Val, Fault> {
    match *cx.types.get(ty) {
        Type::String => Ok(Val::String(cx.text(pair)?.decode_owned(cx.budget)?)),
        Type::List(element) => {
            let run = cx.run(pair, cx.shape(element))?;
            Ok(Val::List(load_elements(cx, element, run.at, run.length)?))
        }
        Type::Map(key, value) => {
            let (key_shape, value_shape) = (cx.shape(key), cx.shape(value));
            let entry = key_shape.then(value_shape).padded();
            let run = cx.run(pair, entry)?;
            cx.allocate(run.length, 2 * VAL)?;
            let mut entries = Vec::with_capacity(run.length);
            for index in 0..run.length {
                let mut cursor = Cursor::new(run.at.wrapping_add(index.wrapping_mul(entry.size as usize)));
                let key = load(cx, key, cursor.next(key_shape))?;
                entries.push((key, load(cx, value, cursor.next(value_shape))?));
            }
            Ok(Val::Map(entries))
        }
        _ => Err(bug("a list is lifted as what it is not")),
    }
}

fn load_elements(cx: &mut LiftContext<'_, '_>, element: TypeId, at: usize, length: usize) -> Result<Vec<Val>, Fault> {
    cx.allocate(length, VAL)?;
    let size = cx.shape(element).size as usize;
    let mut list = Vec::with_capacity(length);
    for index in 0..length {
        list.push(load(cx, element, at.wrapping_add(index.wrapping_mul(size)))?);
    }
    Ok(list)
}

/// A record or tuple, its parts each lifted by `lift`.
fn parts<'m, 'c>(
    cx: &mut LiftContext<'m, 'c>,
    ty: TypeId,
    mut lift: impl FnMut(&mut LiftContext<'m, 'c>, TypeId) -> Result<Val, Fault>,
) -> Result<Val, Fault> {
    match cx.types.get(ty) {
        Type::Record(fields) => {
            cx.allocate(fields.len(), size_of::<(String, Val)>())?;
            let mut record = Vec::with_capacity(fields.len());
            for field in fields {
                record.push((cx.label(&field.name)?, lift(cx, field.ty)?));
            }
            Ok(Val::Record(record))
        }
        Type::Tuple(parts) => {
            cx.allocate(parts.len(), VAL)?;
            let mut tuple = Vec::with_capacity(parts.len());
            for &part in parts {
                tuple.push(lift(cx, part)?);
            }
            Ok(Val::Tuple(tuple))
        }
        _ => Err(bug("a record is lifted as what it is not")),
    }
}

/// How many cases a kind of variant has.
pub(super) fn case_count(ty: &Type) -> usize {
    match ty {
        Type::Variant(cases) => cases.len(),
        Type::Enum(labels) => labels.len(),
        _ => 2,
    }
}

/// A kind of variant, its payload lifted by `lift`.
fn case<'m, 'c>(
    cx: &mut LiftContext<'m, 'c>,
    ty: TypeId,
    tag: usize,
    lift: impl FnOnce(&mut LiftContext<'m, 'c>, TypeId) -> Result<Val, Fault>,
) -> Result<Val, Fault> {
    let types = cx.types;
    let ty = types.get(ty);
    let inner = match ty {
        Type::Variant(cases) => cases.get(tag).and_then(|case| case.ty),
        Type::Option(some) => (tag == 1).then_some(*some),
        Type::Result { ok, err } => *if tag == 0 { ok } else { err },
        _ => None,
    };
    let inner = match inner {
        Some(inner) => {
            cx.allocate(1, VAL)?;
            Some(Box::new(lift(cx, inner)?))
        }
        None => None,
    };
    match ty {
        Type::Variant(cases) => {
            let Case { name, .. } = cases.get(tag).ok_or_else(|| bug("a discriminant was not checked"))?;
            Ok(Val::Variant(cx.label(name)?, inner))
        }
        Type::Enum(labels) => {
            let label = labels.get(tag).ok_or_else(|| bug("a discriminant was not checked"))?;
            Ok(Val::Enum(cx.label(label)?))
        }
        Type::Option(_) => Ok(Val::Option(inner)),
        Type::Result { .. } => Ok(Val::Result(if tag == 0 { Ok(inner) } else { Err(inner) })),
        _ => Err(bug("a variant is lifted as what it is not")),
    }
}
