//! Which types the host's functions take, and hence need a borrowed form.

use std::collections::HashSet;

use wit_parser::{Function, Type, TypeDefKind, TypeId};

use crate::Error;
use crate::scope::Scope;
use crate::types::parts;

#[derive(Default)]
pub(crate) struct Used {
    pub(crate) borrowed: HashSet<TypeId>,
}

impl Used {
    /// By the parameters of a function of the host.
    pub(crate) fn add(&mut self, scope: &Scope<'_>, function: &Function) -> Result<(), Error> {
        function.params.iter().try_for_each(|param| self.add_type(scope, &param.ty))
    }

    fn add_type(&mut self, scope: &Scope<'_>, ty: &Type) -> Result<(), Error> {
        let Type::Id(id) = ty else { return Ok(()) };
        let id = scope.context.origin(*id);
        if !scope.borrows(&Type::Id(id))? {
            return Ok(());
        }
        let kind = &scope.resolve().types[id].kind;
        if matches!(kind, TypeDefKind::Record(_) | TypeDefKind::Variant(_)) && !self.borrowed.insert(id) {
            return Ok(());
        }
        parts(kind).into_iter().try_for_each(|part| self.add_type(scope, part))
    }
}
