//! Host imports: what the guest can call, and what such a call sees of the guest.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::{FuncType, Slot, Trap, ValueType};

/// What a host import sees while it runs: the guest's memory and the store's data, borrowed together.
pub struct Call<'a, T> {
    /// The bound memory; empty if the guest exports none.
    pub memory: &'a mut [u8],
    /// The data of the store.
    pub data: &'a mut T,
}

impl<T: fmt::Debug> fmt::Debug for Call<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("memory", &self.memory.len()).field("data", &self.data).finish()
    }
}

/// How one try of a host import ends.
#[derive(Debug)]
pub enum Flow {
    /// Finished; the results are in the slots.
    Done,
    /// Not yet: park the guest until [`HostData`] says that another try may succeed, then try again with the same
    /// arguments. An import whose [`Import::suspends`] is [`Suspends::No`] may not answer this.
    Pending,
    /// The guest ends here.
    Trap(Box<Trap>),
}

impl From<Trap> for Flow {
    fn from(trap: Trap) -> Self {
        Self::Trap(Box::new(trap))
    }
}

/// The function behind an import. The slots hold the arguments on entry and the results on [`Flow::Done`]; there are
/// [`FuncType::slots`] of them. Written so that a retry after [`Flow::Pending`] sees the arguments unchanged.
pub type HostFn<T> = Arc<dyn Fn(&mut Call<'_, T>, &mut [Slot]) -> Flow + Send + Sync>;

/// Whether an import may answer [`Flow::Pending`], and who calls it again then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Suspends {
    /// It never does.
    #[default]
    No,
    /// It may, and the module knows nothing of it: if the guest is to be parked, the engine puts an
    /// [`adapter`](crate::adapter) between.
    Adapted,
    /// It may, and the module calls it again itself: what the module imports has one more result, an `i32` that says
    /// whether the call is pending; it then calls [`Park`](Suspends::Park). Such a module needs no adapter.
    Retried,
    /// This is the import of type `func()` that parks the guest: the engine's own, whatever `call` does.
    Park,
}

/// For those that the engine adapts.
impl From<bool> for Suspends {
    fn from(suspends: bool) -> Self {
        if suspends { Self::Adapted } else { Self::No }
    }
}

/// One host function, as an engine links it.
pub struct Import<T> {
    /// The module half of its name.
    pub module: Cow<'static, str>,
    /// Its name.
    pub name: Cow<'static, str>,
    /// Its signature; 32- and 64-bit numbers only.
    pub ty: FuncType,
    /// Whether it may answer [`Flow::Pending`].
    pub suspends: Suspends,
    /// The exported memory that it sees, if that is another than the one that the module is prepared with.
    pub memory: Option<Cow<'static, str>>,
    /// What it does.
    pub call: HostFn<T>,
}

impl<T> Import<T> {
    /// The type that the module imports it with.
    pub fn linked_type(&self) -> Cow<'_, FuncType> {
        if self.suspends != Suspends::Retried {
            return Cow::Borrowed(&self.ty);
        }
        let mut linked = self.ty.clone();
        linked.results.push(ValueType::I32);
        Cow::Owned(linked)
    }
}

impl<T> Clone for Import<T> {
    fn clone(&self) -> Self {
        Self {
            module: self.module.clone(),
            name: self.name.clone(),
            ty: self.ty.clone(),
            suspends: self.suspends,
            memory: self.memory.clone(),
            call: self.call.clone(),
        }
    }
}

impl<T> fmt::Debug for Import<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}: {}", self.module, self.name, self.ty)?;
        if self.suspends != Suspends::No {
            f.write_str(" (suspends)")?;
        }
        Ok(())
    }
}

/// The memories that imports name beside the one that a module is prepared with: each once, in the order of the
/// imports. A backend binds them after instantiation and gives each import its own by position.
pub fn named_memories<T>(imports: &[&Import<T>]) -> Vec<Cow<'static, str>> {
    let mut names: Vec<Cow<'static, str>> = Vec::new();
    for name in imports.iter().filter_map(|import| import.memory.as_ref()) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// What an engine asks of the host data of a store when an import answered [`Flow::Pending`].
///
/// The import has left in the data what it waits for. A blocking call uses [`block`](HostData::block); an
/// asynchronous one polls [`poll_wait`](HostData::poll_wait) while the guest is parked.
pub trait HostData: 'static {
    /// Block this thread until a retry may succeed. An error ends the guest.
    fn block(&mut self) -> Result<(), Trap>;

    /// Ask whether a retry may succeed; if not, arrange for the waker to be woken when one may.
    fn poll_wait(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Trap>>;
}
