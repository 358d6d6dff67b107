//! The arena: interning, and the computation of layouts and of what a type contains.

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::layout::{Flat, Layout, MAX_BYTE_LENGTH, MAX_FLAT_PARAMS, Pointer, align_to, discriminant_size};
use crate::listed::Listed;
use crate::types::{FuncId, FuncType, ResourceId, Type, TypeId};

/// A type whose values would have more bytes than the component model allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the type exceeds the maximum byte size of {MAX_BYTE_LENGTH}")
    }
}

impl std::error::Error for TooLarge {}

/// Interned types.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(into = "Listed", try_from = "Listed")]
pub struct Types {
    values: Vec<Known>,
    value_ids: HashMap<Type, TypeId>,
    functions: Vec<FuncType>,
    function_ids: HashMap<FuncType, FuncId>,
}

#[derive(Clone, Debug)]
struct Known {
    ty: Type,
    narrow: Layout,
    wide: Layout,
    contains: Contains,
}

/// What occurs somewhere in a type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Contains {
    borrow: bool,
    handle: bool,
    /// A string or a list of any length: something that is stored outside of the value.
    pointer: bool,
    asynchronous: bool,
}

impl Contains {
    fn or(self, other: Self) -> Self {
        Self {
            borrow: self.borrow | other.borrow,
            handle: self.handle | other.handle,
            pointer: self.pointer | other.pointer,
            asynchronous: self.asynchronous | other.asynchronous,
        }
    }
}

impl Types {
    /// An empty arena.
    pub fn new() -> Self {
        Self::default()
    }

    /// The id of a type, whose parts are in this arena.
    pub fn intern(&mut self, ty: Type) -> Result<TypeId, TooLarge> {
        if let Some(&id) = self.value_ids.get(&ty) {
            return Ok(id);
        }
        let narrow = self.compute(&ty, Pointer::Bits32)?;
        let wide = self.compute(&ty, Pointer::Bits64)?;
        let contains = self.find(&ty);
        let id = TypeId(self.values.len() as u32);
        self.values.push(Known { ty: ty.clone(), narrow, wide, contains });
        self.value_ids.insert(ty, id);
        Ok(id)
    }

    /// The id of a function type, whose parts are in this arena.
    pub fn intern_function(&mut self, ty: FuncType) -> FuncId {
        if let Some(&id) = self.function_ids.get(&ty) {
            return id;
        }
        let id = FuncId(self.functions.len() as u32);
        self.functions.push(ty.clone());
        self.function_ids.insert(ty, id);
        id
    }

    /// The type of an id of this arena.
    pub fn get(&self, id: TypeId) -> &Type {
        &self.values[id.index()].ty
    }

    /// The function type of an id of this arena.
    pub fn function(&self, id: FuncId) -> &FuncType {
        &self.functions[id.index()]
    }

    /// All types, in the order in which they were interned: parts before wholes.
    pub fn all(&self) -> impl Iterator<Item = (TypeId, &Type)> {
        self.values.iter().enumerate().map(|(index, known)| (TypeId(index as u32), &known.ty))
    }

    pub(crate) fn functions(&self) -> &[FuncType] {
        &self.functions
    }

    /// How a value lies in memory.
    pub fn layout(&self, id: TypeId, pointer: Pointer) -> &Layout {
        let known = &self.values[id.index()];
        match pointer {
            Pointer::Bits32 => &known.narrow,
            Pointer::Bits64 => &known.wide,
        }
    }

    /// The layout of a tuple of these types, without interning it.
    pub fn tuple_layout(&self, types: &[TypeId], pointer: Pointer) -> Result<Layout, TooLarge> {
        let types: Vec<&Layout> = types.iter().map(|&ty| self.layout(ty, pointer)).collect();
        sequence(&types)
    }

    /// Whether a borrowed handle occurs in it.
    pub fn contains_borrow(&self, id: TypeId) -> bool {
        self.values[id.index()].contains.borrow
    }

    /// Whether a handle of a resource, owned or borrowed, occurs in it.
    pub fn contains_handle(&self, id: TypeId) -> bool {
        self.values[id.index()].contains.handle
    }

    /// Whether lowering it allocates memory: a string or a list of any length occurs in it.
    pub fn contains_pointer(&self, id: TypeId) -> bool {
        self.values[id.index()].contains.pointer
    }

    /// Whether a stream, a future or an error context occurs in it.
    pub fn contains_async(&self, id: TypeId) -> bool {
        self.values[id.index()].contains.asynchronous
    }

    fn find(&self, ty: &Type) -> Contains {
        let of = |id: &TypeId| self.values[id.index()].contains;
        let all = |types: &mut dyn Iterator<Item = &TypeId>| types.fold(Contains::default(), |all, id| all.or(of(id)));
        match ty {
            Type::String => Contains { pointer: true, ..Contains::default() },
            Type::List(element) => Contains { pointer: true, ..of(element) },
            Type::Map(key, value) => Contains { pointer: true, ..of(key).or(of(value)) },
            Type::FixedList(element, _) | Type::Option(element) => of(element),
            Type::Record(fields) => all(&mut fields.iter().map(|field| &field.ty)),
            Type::Tuple(types) => all(&mut types.iter()),
            Type::Variant(cases) => all(&mut cases.iter().filter_map(|case| case.ty.as_ref())),
            Type::Result { ok, err } => all(&mut ok.iter().chain(err)),
            Type::Own(_) => Contains { handle: true, ..Contains::default() },
            Type::Borrow(_) => Contains { handle: true, borrow: true, ..Contains::default() },
            Type::Stream(_) | Type::Future(_) | Type::ErrorContext => {
                Contains { asynchronous: true, ..Contains::default() }
            }
            _ => Contains::default(),
        }
    }

    fn compute(&self, ty: &Type, pointer: Pointer) -> Result<Layout, TooLarge> {
        let of = |id: &TypeId| self.layout(*id, pointer);
        match ty {
            Type::Bool | Type::S8 | Type::U8 => Ok(scalar(1, Flat::I32)),
            Type::S16 | Type::U16 => Ok(scalar(2, Flat::I32)),
            Type::S32 | Type::U32 | Type::Char => Ok(scalar(4, Flat::I32)),
            Type::S64 | Type::U64 => Ok(scalar(8, Flat::I64)),
            Type::F32 => Ok(scalar(4, Flat::F32)),
            Type::F64 => Ok(scalar(8, Flat::F64)),
            Type::Own(_) | Type::Borrow(_) | Type::Stream(_) | Type::Future(_) | Type::ErrorContext => {
                Ok(scalar(4, Flat::I32))
            }
            Type::String | Type::List(_) | Type::Map(..) => {
                let size = pointer.size();
                Ok(Layout { size: 2 * size, align: size, flat: Some(vec![pointer.flat(); 2].into()) })
            }
            Type::FixedList(element, length) => fixed(of(element), *length),
            Type::Record(fields) => sequence(&fields.iter().map(|field| of(&field.ty)).collect::<Vec<_>>()),
            Type::Tuple(types) => sequence(&types.iter().map(of).collect::<Vec<_>>()),
            Type::Variant(cases) => {
                let cases = cases.iter().map(|case| case.ty.as_ref().map(of));
                choice(&cases.collect::<Vec<_>>())
            }
            Type::Enum(labels) => choice(&vec![None; labels.len()]),
            Type::Option(some) => choice(&[None, Some(of(some))]),
            Type::Result { ok, err } => choice(&[ok.as_ref().map(of), err.as_ref().map(of)]),
            Type::Flags(labels) => Ok(match labels.len() {
                0..=8 => scalar(1, Flat::I32),
                9..=16 => scalar(2, Flat::I32),
                _ => scalar(4, Flat::I32),
            }),
        }
    }

    /// A resource by its number, if a type of the arena is a handle to it.
    pub fn mentions(&self, resource: ResourceId) -> bool {
        self.values.iter().any(|known| matches!(known.ty, Type::Own(id) | Type::Borrow(id) if id == resource))
    }
}

fn scalar(size: u32, flat: Flat) -> Layout {
    Layout { size, align: size, flat: Some([flat].into()) }
}

fn checked(size: u64) -> Result<u32, TooLarge> {
    u32::try_from(size).ok().filter(|&size| size <= MAX_BYTE_LENGTH).ok_or(TooLarge)
}

fn fixed(element: &Layout, length: u32) -> Result<Layout, TooLarge> {
    let size = checked(u64::from(element.size) * u64::from(length))?;
    let few = element.flat.as_ref().filter(|flat| flat.len() as u64 * u64::from(length) <= MAX_FLAT_PARAMS as u64);
    Ok(Layout { size, align: element.align, flat: few.map(|flat| flat.repeat(length as usize).into()) })
}

fn sequence(parts: &[&Layout]) -> Result<Layout, TooLarge> {
    let (mut size, mut align, mut flat) = (0, 1, Some(Vec::new()));
    for part in parts {
        let begin = align_to(size, part.align);
        size = checked(u64::from(begin) + u64::from(part.size))?;
        align = align.max(part.align);
        flat = flat.zip(part.flat.as_ref()).map(|(mut all, more)| {
            all.extend_from_slice(more);
            all
        });
        flat = flat.filter(|all| all.len() <= MAX_FLAT_PARAMS);
    }
    let size = checked(align_to(size, align).into())?;
    Ok(Layout { size, align, flat: flat.map(Into::into) })
}

fn choice(cases: &[Option<&Layout>]) -> Result<Layout, TooLarge> {
    let tag = discriminant_size(cases.len());
    let some = || cases.iter().copied().flatten();
    let payload_align = some().map(|case| case.align).max().unwrap_or(1);
    let payload_size = some().map(|case| case.size).max().unwrap_or(0);
    let align = tag.max(payload_align);
    let end = checked(u64::from(align_to(tag, payload_align)) + u64::from(payload_size))?;
    let size = checked(align_to(end, align).into())?;

    let mut flat = Some(vec![Flat::I32]);
    for case in some() {
        flat = flat.zip(case.flat.as_ref()).map(|(mut all, more)| {
            for (position, &ty) in more.iter().enumerate() {
                match all.get_mut(1 + position) {
                    Some(joined) => *joined = joined.join(ty),
                    None => all.push(ty),
                }
            }
            all
        });
        flat = flat.filter(|all| all.len() <= MAX_FLAT_PARAMS);
    }
    Ok(Layout { size, align, flat: flat.map(Into::into) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Case, Field};

    fn record(types: &mut Types, fields: &[TypeId]) -> TypeId {
        let field = |(index, &ty): (usize, &TypeId)| Field { name: format!("f{index}").into(), ty };
        types.intern(Type::Record(fields.iter().enumerate().map(field).collect())).unwrap()
    }

    #[test]
    fn equal_types_have_equal_ids() {
        let mut types = Types::new();
        let byte = types.intern(Type::U8).unwrap();
        assert_eq!(types.intern(Type::List(byte)), types.intern(Type::List(byte)));
        assert_ne!(types.intern(Type::List(byte)), types.intern(Type::Option(byte)));
    }

    #[test]
    fn a_record_is_padded_between_and_after_its_fields() {
        let mut types = Types::new();
        let (byte, word) = (types.intern(Type::U8).unwrap(), types.intern(Type::U32).unwrap());
        let id = record(&mut types, &[byte, word, byte]);
        let layout = types.layout(id, Pointer::Bits32);
        assert_eq!((layout.size, layout.align), (12, 4));
        assert_eq!(layout.flat.as_deref(), Some(&[Flat::I32; 3][..]));
    }

    #[test]
    fn the_cases_of_a_variant_share_flat_values() {
        let mut types = Types::new();
        let (float, wide) = (types.intern(Type::F32).unwrap(), types.intern(Type::S64).unwrap());
        let text = types.intern(Type::String).unwrap();
        let case = |name: &str, ty| Case { name: name.into(), ty };
        let cases = [case("a", Some(float)), case("b", Some(wide)), case("c", Some(text)), case("d", None)];
        let id = types.intern(Type::Variant(cases.into())).unwrap();
        let narrow = types.layout(id, Pointer::Bits32);
        assert_eq!((narrow.size, narrow.align), (16, 8));
        assert_eq!(narrow.flat.as_deref(), Some(&[Flat::I32, Flat::I64, Flat::I32][..]));
        let wide = types.layout(id, Pointer::Bits64);
        assert_eq!((wide.size, wide.align), (24, 8));
        assert_eq!(wide.flat.as_deref(), Some(&[Flat::I32, Flat::I64, Flat::I64][..]));
        assert!(types.contains_pointer(id) && !types.contains_handle(id));
    }

    #[test]
    fn many_flat_values_are_not_listed() {
        let mut types = Types::new();
        let word = types.intern(Type::U32).unwrap();
        let sixteen = types.intern(Type::FixedList(word, 16)).unwrap();
        let seventeen = types.intern(Type::FixedList(word, 17)).unwrap();
        assert_eq!(types.layout(sixteen, Pointer::Bits32).flat.as_ref().unwrap().len(), 16);
        assert_eq!(types.layout(seventeen, Pointer::Bits32).flat, None);
    }

    #[test]
    fn a_type_of_too_many_bytes_is_refused() {
        let mut types = Types::new();
        let wide = types.intern(Type::U64).unwrap();
        let most = types.intern(Type::FixedList(wide, (1 << 25) - 1)).unwrap();
        assert_eq!(types.intern(Type::FixedList(wide, 1 << 25)), Err(TooLarge));
        assert_eq!(types.intern(Type::Tuple([most, most].into())), Err(TooLarge));
        assert_eq!(types.intern(Type::FixedList(most, u32::MAX)), Err(TooLarge));
    }

    #[test]
    fn discriminants_grow_with_the_cases() {
        let mut types = Types::new();
        for (cases, size) in [(256, 1), (257, 2), (65_536, 2), (65_537, 4)] {
            let labels = (0..cases).map(|index| index.to_string().into()).collect();
            let id = types.intern(Type::Enum(labels)).unwrap();
            assert_eq!(types.layout(id, Pointer::Bits32).size, size, "{cases} cases");
        }
    }
}
