//! Host imports as functions of wasmi.

use std::borrow::Cow;
use std::sync::Arc;

use tambo_engine::{Call, EngineError, ErrorStage, Flow, FuncType, HostData, HostFn, Import, Slot, Trap, ValueType};
use wasmi::{Caller, Error, Func, Store};

use crate::signatures::typed_maker;
use crate::store::StoreData;
use crate::trap::{HostTrap, Parked};
use crate::types::{host_func_type, typed, untyped};

/// What an import does when it has no answer yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pending {
    /// It always has one.
    Never,
    /// It blocks the thread and tries again.
    Blocks,
    /// It tells whoever calls it again so by one more result, or blocks if the running call may.
    Parks,
}

/// An import, with all that a call needs.
pub(crate) struct Host<T> {
    call: HostFn<T>,
    /// Its own type.
    ty: FuncType,
    /// The type it is linked with: its own, or that with the flag.
    linked: FuncType,
    /// The position of the memory that it names, if it names one.
    named: Option<usize>,
    pending: Pending,
}

/// Makes wasmi's function in a store.
pub(crate) type Maker<T> = fn(&mut Store<StoreData<T>>, Arc<Host<T>>) -> Func;

/// An import and how to bring it into a store.
pub(crate) struct Linkable<T> {
    host: Arc<Host<T>>,
    make: Maker<T>,
}

impl<T: HostData> Linkable<T> {
    /// `memories` are those that imports name.
    pub(crate) fn new(
        import: &Import<T>,
        pending: Pending,
        memories: &[Cow<'static, str>],
    ) -> Result<Self, EngineError> {
        let ty = import.ty.clone();
        let mut linked = ty.clone();
        if pending == Pending::Parks {
            linked.results.push(ValueType::I32);
        }
        if host_func_type(&linked).is_none() {
            let message =
                format!("import `{}` `{}`: {ty} takes or gives more than numbers", import.module, import.name);
            return Err(EngineError::new(ErrorStage::Link, message));
        }
        let make = typed_maker(&linked).unwrap_or(make_untyped);
        let position = |name: &Cow<'static, str>| memories.iter().position(|memory| memory == name);
        let named = import.memory.as_ref().and_then(position);
        Ok(Self { host: Arc::new(Host { call: import.call.clone(), ty, linked, named, pending }), make })
    }

    pub(crate) fn make(&self, store: &mut Store<StoreData<T>>) -> Func {
        (self.make)(store, self.host.clone())
    }
}

/// The import that parks: it leaves the interpreter with an error that [`run`](crate::run) knows. A blocking call never
/// gets there.
pub(crate) fn make_park<T: HostData>(store: &mut Store<StoreData<T>>, parks: bool) -> Func {
    Func::wrap(store, move || -> Result<(), Error> {
        Err(if parks { Error::host(Parked) } else { HostTrap::error(Trap::bug("a blocking call was parked")) })
    })
}

/// For signatures that [`typed_maker`] does not know. wasmi copies a list of typed values for every call.
fn make_untyped<T: HostData>(store: &mut Store<StoreData<T>>, host: Arc<Host<T>>) -> Func {
    let Some(ty) = host_func_type(&host.linked) else {
        return Func::wrap(store, || -> Result<(), Error> {
            Err(HostTrap::error(Trap::bug("an import that is no function of numbers was linked")))
        });
    };
    Func::new(store, ty, move |mut caller, params, results| {
        let mut slots = vec![Slot::default(); host.linked.slots()];
        for (slot, param) in slots.iter_mut().zip(params) {
            *slot = untyped(param);
        }
        host.run(&mut caller, &mut slots)?;
        for ((result, &ty), &slot) in results.iter_mut().zip(&host.linked.results).zip(&slots) {
            if let Some(value) = typed(ty, slot) {
                *result = value;
            }
        }
        Ok(())
    })
}

impl<T: HostData> Host<T> {
    /// One call of the guest. `slots` are at least as many as the linked type needs.
    #[inline]
    pub(crate) fn run(&self, caller: &mut Caller<'_, StoreData<T>>, slots: &mut [Slot]) -> Result<(), Error> {
        match self.attempt(caller, slots) {
            Flow::Done => {
                self.flag(slots, false);
                Ok(())
            }
            other => self.unfinished(caller, slots, other),
        }
    }

    #[inline]
    fn attempt(&self, caller: &mut Caller<'_, StoreData<T>>, slots: &mut [Slot]) -> Flow {
        let slots = &mut slots[..self.ty.slots()];
        let memory = match self.named {
            None => caller.data().memory,
            Some(position) => caller.data().named.get(position).copied().flatten(),
        };
        let (memory, store) = match memory {
            Some(memory) => memory.data_and_store_mut(caller),
            None => (&mut [][..], caller.data_mut()),
        };
        (self.call)(&mut Call { memory, data: &mut store.data }, slots)
    }

    #[inline]
    fn flag(&self, slots: &mut [Slot], pending: bool) {
        if self.pending == Pending::Parks {
            slots[self.ty.results.len()] = Slot::from(u32::from(pending));
        }
    }

    #[cold]
    fn unfinished(
        &self,
        caller: &mut Caller<'_, StoreData<T>>,
        slots: &mut [Slot],
        mut flow: Flow,
    ) -> Result<(), Error> {
        loop {
            match flow {
                Flow::Done => {
                    self.flag(slots, false);
                    return Ok(());
                }
                Flow::Trap(trap) => return Err(HostTrap::error(*trap)),
                Flow::Pending if self.pending == Pending::Never => {
                    let bug = Trap::bug("an import that never suspends answered that it is pending");
                    return Err(HostTrap::error(bug));
                }
                Flow::Pending if self.pending == Pending::Parks && !caller.data().blocking => {
                    self.flag(slots, true);
                    return Ok(());
                }
                Flow::Pending => {
                    caller.data_mut().data.block().map_err(HostTrap::error)?;
                    flow = self.attempt(caller, slots);
                }
            }
        }
    }
}
