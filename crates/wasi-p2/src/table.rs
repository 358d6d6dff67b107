//! The kernel's objects behind the handles of one resource type.

use tambo_component_linker::ResourceTable;
use tambo_engine::Trap;

/// Objects by representation. A representation that names nothing is our mistake: the handle tables of the component
/// runtime have checked the guest's handle.
pub(crate) struct Objects<T>(ResourceTable<T>);

impl<T> Default for Objects<T> {
    fn default() -> Self {
        Self(ResourceTable::default())
    }
}

impl<T> Objects<T> {
    #[inline]
    pub(crate) fn add(&mut self, object: T) -> u64 {
        self.0.add(object)
    }

    #[inline]
    pub(crate) fn get(&self, rep: u64) -> Result<&T, Trap> {
        self.0.get(rep).ok_or_else(gone)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, rep: u64) -> Result<&mut T, Trap> {
        self.0.get_mut(rep).ok_or_else(gone)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn remove(&mut self, rep: u64) -> Option<T> {
        self.0.remove(rep)
    }
}

#[cold]
fn gone() -> Trap {
    Trap::bug("a resource of WASI 0.2 has no object behind it")
}
