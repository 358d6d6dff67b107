//! Whether types of two components are the same: one imports, the other, which runs, gives.

use std::collections::HashMap;

use super::types::{FuncType, ResourceId, Type, TypeId, Types};

/// For each resource type of the one that imports, which one of the giver's it stands for.
pub(crate) type ResourceMap = HashMap<ResourceId, ResourceId>;

/// Types of two components.
pub(crate) struct Matching<'a> {
    pub(crate) wanted: &'a Types,
    pub(crate) given: &'a Types,
    pub(crate) resources: &'a ResourceMap,
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
            (Type::Own(a), Type::Own(b)) | (Type::Borrow(a), Type::Borrow(b)) => self.resources.get(a) == Some(b),
            (Type::Stream(_) | Type::Future(_), _) => false,
            // What is left has no parts of the arena in it.
            (a, b) => a == b && !matches!(a, Type::Own(_) | Type::Borrow(_)),
        }
    }
}
