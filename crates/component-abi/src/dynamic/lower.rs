//! Lowering (CanonicalABI.md, "Storing" and "Flat Lowering").

use tambo_component_types::{Type, TypeId};

use super::check::sequence;
use super::lift::case_count;
use crate::float::{f32_to_bits, f64_to_bits};
use crate::memory::{bug, put};
use crate::shape::{Cursor, Shape};
use crate::{Fault, FlatWriter, LowerContext, Val};

#[cold]
fn unchecked() -> Fault {
    bug("a value that does not fit its type is lowered")
}

impl LowerContext<'_> {
    fn shape(&self, ty: TypeId) -> Shape {
        Shape::of(self.types.layout(ty, self.abi.pointer))
    }
}

/// To memory, to a place that is aligned and has as many bytes as the type.
pub fn store(cx: &mut LowerContext<'_>, ty: TypeId, val: &Val, at: usize) -> Result<(), Fault> {
    let types = cx.types;
    match (types.get(ty), val) {
        (Type::String, _) | (Type::List(_), _) | (Type::Map(..), _) => {
            let pair = allocated(cx, ty, val)?;
            cx.put_pair(at, pair)
        }
        (Type::FixedList(element, _), Val::List(list)) => store_elements(cx, *element, list, at),
        (Type::Record(_) | Type::Tuple(_), _) => {
            let mut cursor = Cursor::new(at);
            parts(cx, ty, val, |cx, ty, val| {
                let at = cursor.next(cx.shape(ty));
                store(cx, ty, val, at)
            })
        }
        (Type::Flags(labels), Val::Flags(set)) => {
            let bits = flag_bits(labels, set)?;
            match labels.len() {
                0..=8 => put(cx.memory, at, [bits as u8]),
                9..=16 => put(cx.memory, at, (bits as u16).to_le_bytes()),
                _ => put(cx.memory, at, bits.to_le_bytes()),
            }
        }
        (Type::Variant(_) | Type::Enum(_) | Type::Option(_) | Type::Result { .. }, _) => {
            let (tag, payload) = case(types.get(ty), val)?;
            cx.put_tag(at, tag, case_count(types.get(ty)))?;
            // The larger of the discriminant and the payload's alignment is the alignment of the whole.
            let at = at.wrapping_add(cx.shape(ty).align as usize);
            payload.map_or(Ok(()), |(ty, val)| store(cx, ty, val, at))
        }
        _ => {
            let bits = scalar(cx, ty, val)?;
            match cx.shape(ty).size {
                1 => put(cx.memory, at, [bits as u8]),
                2 => put(cx.memory, at, (bits as u16).to_le_bytes()),
                4 => put(cx.memory, at, (bits as u32).to_le_bytes()),
                _ => put(cx.memory, at, bits.to_le_bytes()),
            }
        }
    }
}

/// To flat values.
pub fn lower_flat(cx: &mut LowerContext<'_>, ty: TypeId, val: &Val, flat: &mut FlatWriter<'_>) -> Result<(), Fault> {
    let types = cx.types;
    match (types.get(ty), val) {
        (Type::String, _) | (Type::List(_), _) | (Type::Map(..), _) => {
            let (address, length) = allocated(cx, ty, val)?;
            flat.push(address)?;
            flat.push(length)
        }
        (Type::FixedList(element, _), Val::List(list)) => {
            list.iter().try_for_each(|val| lower_flat(cx, *element, val, flat))
        }
        (Type::Record(_) | Type::Tuple(_), _) => parts(cx, ty, val, |cx, ty, val| lower_flat(cx, ty, val, flat)),
        (Type::Flags(labels), Val::Flags(set)) => flat.push(flag_bits(labels, set)?.into()),
        (Type::Variant(_) | Type::Enum(_) | Type::Option(_) | Type::Result { .. }, _) => {
            let all = types.layout(ty, cx.abi.pointer).flat.as_ref();
            let all = all.ok_or_else(|| bug("a variant of too many flat values is lowered to them"))?;
            let end = flat.len() + all.len();
            let (tag, payload) = case(types.get(ty), val)?;
            flat.push(tag as u64)?;
            if let Some((ty, val)) = payload {
                lower_flat(cx, ty, val, flat)?;
            }
            flat.pad(end)
        }
        _ => flat.push(scalar(cx, ty, val)?),
    }
}

/// What is one flat value: as such, narrow ones extended to 32 bits.
fn scalar(cx: &mut LowerContext<'_>, ty: TypeId, val: &Val) -> Result<u64, Fault> {
    let word = |value: i32| u64::from(value as u32);
    Ok(match (cx.types.get(ty), val) {
        (Type::Bool, Val::Bool(value)) => (*value).into(),
        (Type::S8, Val::S8(value)) => word((*value).into()),
        (Type::U8, Val::U8(value)) => (*value).into(),
        (Type::S16, Val::S16(value)) => word((*value).into()),
        (Type::U16, Val::U16(value)) => (*value).into(),
        (Type::S32, Val::S32(value)) => word(*value),
        (Type::U32, Val::U32(value)) => (*value).into(),
        (Type::S64, Val::S64(value)) => *value as u64,
        (Type::U64, Val::U64(value)) => *value,
        (Type::F32, Val::F32(value)) => f32_to_bits(*value).into(),
        (Type::F64, Val::F64(value)) => f64_to_bits(*value),
        (Type::Char, Val::Char(value)) => u32::from(*value).into(),
        (Type::Own(ty), Val::Own(resource)) => cx.handles.lower_own(resource.rep, *ty)?.into(),
        (Type::Borrow(ty), Val::Borrow(resource)) => cx.handles.lower_borrow(resource.rep, *ty)?.into(),
        _ => return Err(unchecked()),
    })
}

/// What is stored elsewhere: where, and its length.
fn allocated(cx: &mut LowerContext<'_>, ty: TypeId, val: &Val) -> Result<(u64, u64), Fault> {
    match (cx.types.get(ty), val) {
        (Type::String, Val::String(text)) => cx.put_text(text),
        (Type::List(element), Val::List(list)) => {
            let shape = cx.shape(*element);
            let at = cx.take(shape.align, shape.size.saturating_mul(list.len() as u32))?;
            store_elements(cx, *element, list, at)?;
            Ok((at as u64, list.len() as u64))
        }
        (Type::Map(key, value), Val::Map(entries)) => {
            let shape = sequence(cx.types, &[*key, *value], cx.abi.pointer);
            let (key_shape, value_shape) = (cx.shape(*key), cx.shape(*value));
            let at = cx.take(shape.align, shape.size.saturating_mul(entries.len() as u32))?;
            for (index, entry) in entries.iter().enumerate() {
                let mut cursor = Cursor::new(at.wrapping_add(index.wrapping_mul(shape.size as usize)));
                store(cx, *key, &entry.0, cursor.next(key_shape))?;
                store(cx, *value, &entry.1, cursor.next(value_shape))?;
            }
            Ok((at as u64, entries.len() as u64))
        }
        _ => Err(unchecked()),
    }
}

fn store_elements(cx: &mut LowerContext<'_>, ty: TypeId, list: &[Val], at: usize) -> Result<(), Fault> {
    let size = cx.shape(ty).size as usize;
    let mut list = list.iter().enumerate();
    list.try_for_each(|(index, val)| store(cx, ty, val, at.wrapping_add(index.wrapping_mul(size))))
}

/// The parts of a record or tuple, each lowered by `lower`.
fn parts<'c>(
    cx: &mut LowerContext<'c>,
    ty: TypeId,
    val: &Val,
    mut lower: impl FnMut(&mut LowerContext<'c>, TypeId, &Val) -> Result<(), Fault>,
) -> Result<(), Fault> {
    match (cx.types.get(ty), val) {
        (Type::Record(fields), Val::Record(record)) if fields.len() == record.len() => {
            fields.iter().zip(record).try_for_each(|(field, (_, val))| lower(cx, field.ty, val))
        }
        (Type::Tuple(parts), Val::Tuple(tuple)) if parts.len() == tuple.len() => {
            parts.iter().zip(tuple).try_for_each(|(ty, val)| lower(cx, *ty, val))
        }
        _ => Err(unchecked()),
    }
}

/// What a case carries, and its type.
type Payload<'v> = Option<(TypeId, &'v Val)>;

/// The number of the case of a kind of variant, and what it carries.
fn case<'v>(ty: &Type, val: &'v Val) -> Result<(usize, Payload<'v>), Fault> {
    let (tag, inner, payload) = match (ty, val) {
        (Type::Variant(cases), Val::Variant(label, payload)) => {
            let tag = cases.iter().position(|case| *case.name == **label).ok_or_else(unchecked)?;
            (tag, cases[tag].ty, payload)
        }
        (Type::Enum(labels), Val::Enum(label)) => {
            (labels.iter().position(|known| **known == **label).ok_or_else(unchecked)?, None, &None)
        }
        (Type::Option(some), Val::Option(payload)) => {
            (usize::from(payload.is_some()), payload.is_some().then_some(*some), payload)
        }
        (Type::Result { ok, .. }, Val::Result(Ok(payload))) => (0, *ok, payload),
        (Type::Result { err, .. }, Val::Result(Err(payload))) => (1, *err, payload),
        _ => return Err(unchecked()),
    };
    match (inner, payload) {
        (Some(ty), Some(val)) => Ok((tag, Some((ty, val)))),
        (None, None) => Ok((tag, None)),
        _ => Err(unchecked()),
    }
}

fn flag_bits(labels: &[Box<str>], set: &[String]) -> Result<u32, Fault> {
    set.iter().try_fold(0, |bits: u32, label| {
        let index = labels.iter().position(|known| **known == **label).ok_or_else(unchecked)?;
        Ok(bits | 1_u32.checked_shl(index as u32).unwrap_or(0))
    })
}
