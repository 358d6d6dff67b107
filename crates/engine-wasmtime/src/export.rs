//! The exported functions of a module, found once for all its instances.

use std::sync::Arc;

use tambo_engine::{FuncType, Slot, Trap, ValueType};
use wasmtime::{Extern, ExternType, Module, ModuleExport, Val};

use crate::shape::{Shape, typed};
use crate::types::func_type;

/// Values on the stack of a call; more are on the heap.
const INLINE: usize = 8;

/// An exported function, in any instance.
pub(crate) struct Export {
    name: String,
    pub(crate) index: ModuleExport,
    pub(crate) ty: FuncType,
    /// None if it takes or gives more than numbers: it can be named, not called.
    shape: Option<Shape>,
}

/// The exported functions, in the module's order.
pub(crate) fn exports(module: &Module) -> Arc<[Export]> {
    let export = |export: wasmtime::ExportType<'_>| {
        let ExternType::Func(ty) = export.ty() else { return None };
        let (ty, index) = (func_type(&ty), module.get_export_index(export.name())?);
        Some(Export { name: export.name().to_owned(), index, shape: Shape::new(&ty), ty })
    };
    module.exports().filter_map(export).collect()
}

/// The position of the function of a name.
pub(crate) fn position(exports: &[Export], name: &str) -> Option<usize> {
    exports.iter().position(|export| export.name == name)
}

impl Export {
    /// How its values lie, if there are enough slots for them.
    pub(crate) fn shape(&self, slots: &[Slot]) -> Result<&Shape, Trap> {
        let shape = self.shape.as_ref().ok_or_else(|| {
            Trap::bug(format!("`{}` is a {}: it takes or gives more than numbers", self.name, self.ty))
        })?;
        if slots.len() < shape.slots() {
            return Err(Trap::bug(format!("`{}` needs {} slots, not {}", self.name, shape.slots(), slots.len())));
        }
        Ok(shape)
    }

    /// Its arguments, as wasmtime's asynchronous calls take them, and room for its results.
    pub(crate) fn typed(&self, slots: &[Slot]) -> Result<(Values, Values), Trap> {
        self.shape(slots)?;
        let mut params = Values::new(self.ty.params.len());
        for ((value, &ty), &slot) in params.as_mut().iter_mut().zip(&self.ty.params).zip(slots) {
            *value = value_of(ty, slot);
        }
        Ok((params, Values::new(self.ty.results.len())))
    }
}

/// Only functions of numbers have a shape, so that there is a value.
fn value_of(ty: ValueType, slot: Slot) -> Val {
    typed(ty, slot).unwrap_or(Val::I32(0))
}

/// The function behind an export.
pub(crate) fn into_func(export: Option<Extern>) -> Option<wasmtime::Func> {
    export.and_then(Extern::into_func)
}

/// Typed values, few of them on the stack.
pub(crate) struct Values {
    inline: [Val; INLINE],
    heap: Vec<Val>,
    len: usize,
}

impl Values {
    fn new(len: usize) -> Self {
        let heap = if len > INLINE { vec![Val::I32(0); len] } else { Vec::new() };
        Self { inline: [const { Val::I32(0) }; INLINE], heap, len }
    }

    pub(crate) fn as_mut(&mut self) -> &mut [Val] {
        if self.len > INLINE { &mut self.heap } else { &mut self.inline[..self.len] }
    }
}
