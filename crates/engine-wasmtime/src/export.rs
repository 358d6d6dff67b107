//! The exported functions of a module, each found once for all its instances, when it is first asked for: a module may
//! export tens of thousands of which one is called.

use std::sync::{Arc, PoisonError, RwLock};

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

/// The exported functions that were asked for, by number.
pub(crate) struct Exports {
    module: Module,
    found: RwLock<Vec<Arc<Export>>>,
}

impl Exports {
    pub(crate) fn new(module: Module) -> Self {
        Self { module, found: RwLock::default() }
    }

    /// The number of a name.
    pub(crate) fn find(&self, name: &str) -> Option<(usize, Arc<Export>)> {
        let known = |found: &[Arc<Export>]| {
            let position = found.iter().position(|export| export.name == name)?;
            Some((position, found[position].clone()))
        };
        if let Some(found) = known(&self.found.read().unwrap_or_else(PoisonError::into_inner)) {
            return Some(found);
        }
        let export = Arc::new(Export::find(&self.module, name)?);
        let mut found = self.found.write().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may have been faster.
        known(&found).or_else(|| {
            found.push(export.clone());
            Some((found.len() - 1, export))
        })
    }

    /// The one of a number.
    pub(crate) fn get(&self, position: usize) -> Option<Arc<Export>> {
        self.found.read().unwrap_or_else(PoisonError::into_inner).get(position).cloned()
    }
}

impl Export {
    fn find(module: &Module, name: &str) -> Option<Self> {
        let ExternType::Func(ty) = module.get_export(name)? else { return None };
        let (ty, index) = (func_type(&ty), module.get_export_index(name)?);
        Some(Self { name: name.to_owned(), index, shape: Shape::new(&ty), ty })
    }

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
