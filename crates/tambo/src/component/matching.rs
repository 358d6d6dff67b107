//! Whether types of two components are the same, one of which imports and the other, which runs, gives; and values of one
//! as values of the other.

use super::types::{FuncType, ResourceId, Type, TypeId, Types};
use super::{Resource, Val};

/// Types of two components.
pub(crate) struct Matching<'a> {
    pub(crate) wanted: &'a Types,
    pub(crate) given: &'a Types,
    /// Whether a resource type of the one that imports is one of the giver's.
    pub(crate) same: &'a dyn Fn(ResourceId, ResourceId) -> bool,
}

impl Matching<'_> {
    /// Whether a function may stand for another. Names of parameters do not matter to who calls.
    pub(crate) fn functions(&self, wanted: &FuncType, given: &FuncType) -> bool {
        wanted.is_async == given.is_async
            && wanted.params.len() == given.params.len()
            && wanted.params.iter().zip(&given.params).all(|(a, b)| self.types(a.ty, b.ty))
            && self.optional(wanted.result, given.result)
    }

    fn optional(&self, wanted: Option<TypeId>, given: Option<TypeId>) -> bool {
        match (wanted, given) {
            (None, None) => true,
            (Some(wanted), Some(given)) => self.types(wanted, given),
            _ => false,
        }
    }

    /// Types nest no deeper than validation allows.
    fn types(&self, wanted: TypeId, given: TypeId) -> bool {
        let same = |(a, b): (&TypeId, &TypeId)| self.types(*a, *b);
        match (self.wanted.get(wanted), self.given.get(given)) {
            (Type::List(a), Type::List(b)) | (Type::Option(a), Type::Option(b)) => same((a, b)),
            (Type::FixedList(a, n), Type::FixedList(b, m)) => n == m && same((a, b)),
            (Type::Map(a, x), Type::Map(b, y)) => same((a, b)) && same((x, y)),
            (Type::Record(a), Type::Record(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.name == b.name && same((&a.ty, &b.ty)))
            }
            (Type::Tuple(a), Type::Tuple(b)) => a.len() == b.len() && a.iter().zip(b).all(same),
            (Type::Variant(a), Type::Variant(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.name == b.name && self.optional(a.ty, b.ty))
            }
            (Type::Result { ok: a, err: x }, Type::Result { ok: b, err: y }) => {
                self.optional(*a, *b) && self.optional(*x, *y)
            }
            (Type::Own(a), Type::Own(b)) | (Type::Borrow(a), Type::Borrow(b)) => (self.same)(*a, *b),
            (Type::Stream(_) | Type::Future(_), _) => false,
            // What is left has no parts of the arena in it.
            (a, b) => a == b && !matches!(a, Type::Own(_) | Type::Borrow(_)),
        }
    }
}

/// Make of the resources in a value those of a type's: a value that came from another component says what they are there.
pub(crate) fn retype(val: &mut Val, types: &Types, ty: TypeId, make: &dyn Fn(ResourceId, u64) -> Resource) {
    if !types.contains_handle(ty) {
        return;
    }
    let part = |(ty, val): (TypeId, &mut Val)| retype(val, types, ty, make);
    let payload = |ty: Option<TypeId>, val: &mut Option<Box<Val>>| {
        ty.zip(val.as_deref_mut()).into_iter().for_each(part);
    };
    match (types.get(ty), val) {
        (Type::Own(ty), Val::Own(resource)) | (Type::Borrow(ty), Val::Borrow(resource)) => {
            *resource = make(*ty, resource.rep);
        }
        (Type::List(element) | Type::FixedList(element, _), Val::List(list)) => {
            list.iter_mut().for_each(|val| part((*element, val)));
        }
        (Type::Map(key, value), Val::Map(entries)) => entries.iter_mut().for_each(|entry| {
            part((*key, &mut entry.0));
            part((*value, &mut entry.1));
        }),
        (Type::Record(fields), Val::Record(values)) => {
            fields.iter().zip(values).for_each(|(field, (_, val))| part((field.ty, val)));
        }
        (Type::Tuple(parts), Val::Tuple(values)) => parts.iter().copied().zip(values).for_each(part),
        (Type::Variant(cases), Val::Variant(label, val)) => {
            payload(cases.iter().find(|case| *case.name == **label).and_then(|case| case.ty), val);
        }
        (Type::Option(some), Val::Option(val)) => payload(Some(*some), val),
        (Type::Result { ok, .. }, Val::Result(Ok(val))) => payload(*ok, val),
        (Type::Result { err, .. }, Val::Result(Err(val))) => payload(*err, val),
        _ => {}
    }
}
