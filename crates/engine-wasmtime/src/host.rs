//! Host imports as raw functions of wasmtime: the hot path of everything above.
//!
//! Compiled code passes arguments in an array of raw values; they are copied to slots on the stack, the memory and the
//! data are borrowed together by a handle that the store keeps, and the results are copied back. Nothing is allocated
//! and nothing is looked up. What lies between wasmtime's frame and the import is inlined without asking the compiler's
//! heuristics: after a system call each return above it is mispredicted, on some processors at 20 cycles a frame.
//!
//! # Safety
//!
//! wasmtime trusts a raw function to read and write as its type says. A function and its [`Shape`] are made here, from
//! the one type that the import has, and the shape alone touches raw values.
#![expect(unsafe_code, reason = "raw functions are what makes a host call cheap; see Safety")]

use std::borrow::Cow;
use std::mem::MaybeUninit;
use std::sync::Arc;

use tambo_engine::{
    Call, EngineError, ErrorStage, Flow, FuncType, HostData, HostFn, Import, Slot, Suspends, Trap, ValueType,
};
use wasmtime::{Caller, Linker, Result, ValRaw};

use crate::engine::{Shared, failed};
use crate::shape::Shape;
use crate::store::StoreData;
use crate::types::host_func_type;

/// Slots on the stack for most imports, and for those with many arguments. Beyond, they are on the heap.
const FEW: usize = 4;
const MANY: usize = 16;

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

struct Host<T> {
    call: HostFn<T>,
    shape: Shape,
    /// The position of the memory that it names, if it names one.
    named: Option<usize>,
    pending: Pending,
    shared: Arc<Shared>,
}

/// The imports of one module, as they are linked.
pub(crate) struct Imports<'a, T: 'static> {
    pub(crate) linker: Linker<StoreData<T>>,
    shared: &'a Arc<Shared>,
    /// The memories that imports name.
    memories: &'a [Cow<'static, str>],
    parks: bool,
}

impl<'a, T: HostData> Imports<'a, T> {
    pub(crate) fn new(shared: &'a Arc<Shared>, memories: &'a [Cow<'static, str>], parks: bool) -> Self {
        let mut linker = Linker::new(&shared.engine);
        linker.allow_shadowing(true);
        Self { linker, shared, memories, parks }
    }

    /// Define an import of the guest, straight from the host.
    pub(crate) fn define(&mut self, import: &Import<T>) -> std::result::Result<(), EngineError> {
        let name = (&*import.module, &*import.name);
        match import.suspends {
            Suspends::No => self.define_as(name, import, Pending::Never),
            Suspends::Adapted => self.define_as(name, import, Pending::Blocks),
            Suspends::Retried => self.define_as(name, import, Pending::Parks),
            Suspends::Park => self.define_park(name),
        }
    }

    /// Define an import, under a name of its own choosing or its adapter's.
    pub(crate) fn define_as(
        &mut self,
        (module, name): (&str, &str),
        import: &Import<T>,
        pending: Pending,
    ) -> std::result::Result<(), EngineError> {
        let shared = self.shared;
        let mut linked = import.ty.clone();
        if pending == Pending::Parks {
            linked.results.push(ValueType::I32);
        }
        let (Some(shape), Some(ty)) = (Shape::new(&import.ty), host_func_type(&shared.engine, &linked)) else {
            return Err(not_numbers(import.module.as_ref(), import.name.as_ref(), &import.ty));
        };
        let position = |name: &Cow<'static, str>| self.memories.iter().position(|memory| memory == name);
        let named = import.memory.as_ref().and_then(position);
        let host = Host { call: import.call.clone(), shape, named, pending, shared: shared.clone() };
        // SAFETY: the shape is that of the type, but for the flag of `Parks`, which `finish` and `unfinished` write.
        let defined = unsafe {
            if host.shape.slots() <= FEW {
                self.linker.func_new_unchecked(module, name, ty, move |mut caller, raw| {
                    host.run(&mut caller, raw, &mut [Slot(0); FEW])
                })
            } else if host.shape.slots() <= MANY {
                self.linker.func_new_unchecked(module, name, ty, move |mut caller, raw| {
                    host.run(&mut caller, raw, &mut [Slot(0); MANY])
                })
            } else {
                self.linker.func_new_unchecked(module, name, ty, move |mut caller, raw| {
                    host.run(&mut caller, raw, &mut vec![Slot(0); host.shape.slots()])
                })
            }
        };
        defined.map(|_| ()).map_err(|error| failed(ErrorStage::Link, &error))
    }

    /// Define the import that parks: the only one in which a store suspends. A blocking call never gets there.
    pub(crate) fn define_park(&mut self, (module, name): (&str, &str)) -> std::result::Result<(), EngineError> {
        let shared = self.shared.clone();
        let defined = if self.parks {
            self.linker.func_wrap_async(module, name, move |mut caller, (): ()| {
                let shared = shared.clone();
                Box::new(async move {
                    let wait = std::future::poll_fn(|context| caller.data_mut().data.poll_wait(context));
                    wait.await.map_err(|trap| shared.error(trap))
                })
            })
        } else {
            let parked = move || -> Result<()> { Err(shared.error(Trap::bug("a blocking call was parked"))) };
            self.linker.func_wrap(module, name, parked)
        };
        defined.map(|_| ()).map_err(|error| failed(ErrorStage::Link, &error))
    }
}

fn not_numbers(module: &str, name: &str, ty: &FuncType) -> EngineError {
    EngineError::new(ErrorStage::Link, format!("import `{module}` `{name}`: {ty} takes or gives more than numbers"))
}

impl<T: HostData> Host<T> {
    /// One call of the guest. `slots` are at least as many as the shape needs.
    #[inline(always)]
    fn run(
        &self,
        caller: &mut Caller<'_, StoreData<T>>,
        raw: &mut [MaybeUninit<ValRaw>],
        slots: &mut [Slot],
    ) -> Result<()> {
        let slots = &mut slots[..self.shape.slots()];
        self.shape.read_params(raw, slots);
        match self.attempt(caller, slots) {
            Flow::Done => {
                self.finish(raw, slots);
                Ok(())
            }
            other => self.unfinished(caller, raw, slots, other),
        }
    }

    #[inline(always)]
    fn attempt(&self, caller: &mut Caller<'_, StoreData<T>>, slots: &mut [Slot]) -> Flow {
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

    #[inline(always)]
    fn finish(&self, raw: &mut [MaybeUninit<ValRaw>], slots: &[Slot]) {
        self.shape.write_results(slots, raw);
        if self.pending == Pending::Parks {
            self.shape.write_flag(false, raw);
        }
    }

    #[cold]
    fn unfinished(
        &self,
        caller: &mut Caller<'_, StoreData<T>>,
        raw: &mut [MaybeUninit<ValRaw>],
        slots: &mut [Slot],
        mut flow: Flow,
    ) -> Result<()> {
        loop {
            match flow {
                Flow::Done => {
                    self.finish(raw, slots);
                    return Ok(());
                }
                Flow::Trap(trap) => return Err(self.shared.error(*trap)),
                Flow::Pending if self.pending == Pending::Never => {
                    return Err(self
                        .shared
                        .error(Trap::bug("an import that never suspends answered that it is pending")));
                }
                Flow::Pending if self.pending == Pending::Parks && !caller.data().blocking => {
                    slots.fill(Slot(0));
                    self.shape.write_results(slots, raw);
                    self.shape.write_flag(true, raw);
                    return Ok(());
                }
                Flow::Pending => {
                    caller.data_mut().data.block().map_err(|trap| self.shared.error(trap))?;
                    self.shape.read_params(raw, slots);
                    flow = self.attempt(caller, slots);
                }
            }
        }
    }
}
