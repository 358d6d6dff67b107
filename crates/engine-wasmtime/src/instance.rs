//! An instance: calls, blocking and asynchronous, and what can be done between them.
//!
//! # Safety
//!
//! Calls use wasmtime's raw form. The array that is passed has room for all arguments and all results, and is read and
//! written by the [`Shape`](crate::shape::Shape) of the function's own type; only functions of numbers have one.
#![expect(unsafe_code, reason = "raw calls spare a typed value for every argument; see Safety")]

use std::sync::Arc;

use tambo_engine::{CallFuture, FuncType, Function, HostData, Instance, Interrupter, Place, Slot, Trap, TrapKind};
use wasmtime::{Func, Module, Store, Val, ValRaw};

use crate::export::{Export, Exports, into_func};
use crate::interrupt::{Flag, interrupter};
use crate::shape::untyped;
use crate::store::StoreData;
use crate::trap::from_call;

/// Raw values on the stack of a call; more are on the heap.
const INLINE: usize = 16;

pub(crate) struct WasmtimeInstance<T: 'static> {
    pub(crate) store: Store<StoreData<T>>,
    pub(crate) instance: wasmtime::Instance,
    pub(crate) module: Module,
    /// Taken when it has run.
    pub(crate) start: Option<Func>,
    /// What its module exports.
    pub(crate) exports: Arc<Exports>,
    /// What was called of it, by number.
    pub(crate) functions: Vec<Option<(Func, Arc<Export>)>>,
    pub(crate) parks: bool,
    pub(crate) metered: bool,
    /// An asynchronous call was dropped before its end, or is running.
    pub(crate) abandoned: bool,
    pub(crate) flag: Option<Arc<Flag>>,
    pub(crate) _place: Place,
}

impl<T: HostData> WasmtimeInstance<T> {
    /// What every call does first.
    fn enter(&mut self, blocking: bool) -> Result<(), Trap> {
        if self.abandoned {
            let message = "a call was cancelled half-way, so the instance cannot be used again";
            return Err(TrapKind::Other(message.into()).into());
        }
        if self.flag.as_ref().is_some_and(|flag| flag.take()) {
            return Err(TrapKind::Interrupted.into());
        }
        self.store.data_mut().blocking = blocking;
        Ok(())
    }

    /// Have the function of a number at hand.
    #[inline]
    fn reach(&mut self, position: usize) -> Result<(), Trap> {
        match self.functions.get(position) {
            Some(Some(_)) => Ok(()),
            _ => self.find(position).ok_or_else(|| Trap::bug("a function of another module")),
        }
    }

    #[cold]
    fn find(&mut self, position: usize) -> Option<()> {
        let export = self.exports.get(position)?;
        let func = into_func(self.instance.get_module_export(&mut self.store, &export.index))?;
        if self.functions.len() <= position {
            self.functions.resize(position + 1, None);
        }
        self.functions[position] = Some((func, export));
        Some(())
    }

    fn trap(&mut self, error: wasmtime::Error) -> Trap {
        // An exception that nothing caught stays with the store until it is taken.
        self.store.take_pending_exception();
        from_call(error, &self.module)
    }

    async fn run_async(&mut self, func: Func, params: &[Val], results: &mut [Val]) -> Result<(), Trap> {
        if !self.parks {
            return Err(Trap::bug("an asynchronous call of a module that was prepared without parking"));
        }
        self.enter(false)?;
        self.abandoned = true;
        let result = func.call_async(&mut self.store, params, results).await;
        self.abandoned = false;
        result.map_err(|error| self.trap(error))
    }
}

impl<T: HostData> Instance<T> for WasmtimeInstance<T> {
    fn data(&self) -> &T {
        &self.store.data().data
    }

    fn data_mut(&mut self) -> &mut T {
        &mut self.store.data_mut().data
    }

    fn into_data(self: Box<Self>) -> T {
        self.store.into_data().data
    }

    fn memory(&mut self) -> &mut [u8] {
        match self.store.data().memory {
            Some(memory) => memory.data_mut(&mut self.store),
            None => &mut [],
        }
    }

    fn function(&mut self, name: &str) -> Option<(Function, FuncType)> {
        let (position, export) = self.exports.find(name)?;
        Some((Function(position as u32), export.ty.clone()))
    }

    fn start(&mut self) -> Result<(), Trap> {
        self.enter(true)?;
        let Some(start) = self.start.take() else { return Ok(()) };
        // SAFETY: the start function takes and gives nothing.
        unsafe { start.call_unchecked(&mut self.store, &mut []) }.map_err(|error| self.trap(error))
    }

    fn start_async(&mut self) -> CallFuture<'_> {
        Box::pin(async move {
            self.enter(false)?;
            match self.start.take() {
                Some(start) => self.run_async(start, &[], &mut []).await,
                None => Ok(()),
            }
        })
    }

    fn call(&mut self, function: Function, slots: &mut [Slot]) -> Result<(), Trap> {
        self.enter(true)?;
        self.reach(function.0 as usize)?;
        let Some(Some((func, export))) = self.functions.get(function.0 as usize) else { return Err(lost()) };
        let shape = export.shape(slots)?;
        let mut inline = [ValRaw::u64(0); INLINE];
        let mut heap = Vec::new();
        let raw = if shape.slots() <= INLINE {
            &mut inline[..]
        } else {
            heap.resize(shape.slots(), ValRaw::u64(0));
            &mut heap[..]
        };
        shape.write_params(slots, raw);
        // SAFETY: `raw` has room for arguments and results, and holds arguments of the function's own types.
        match unsafe { func.call_unchecked(&mut self.store, raw) } {
            Ok(()) => {
                shape.read_results(raw, slots);
                Ok(())
            }
            Err(error) => Err(self.trap(error)),
        }
    }

    fn call_async<'a>(&'a mut self, function: Function, slots: &'a mut [Slot]) -> CallFuture<'a> {
        Box::pin(async move {
            self.reach(function.0 as usize)?;
            let Some(Some((func, export))) = self.functions.get(function.0 as usize) else { return Err(lost()) };
            let (func, (mut params, mut results)) = (*func, export.typed(slots)?);
            self.run_async(func, params.as_mut(), results.as_mut()).await?;
            for (slot, value) in slots.iter_mut().zip(results.as_mut()) {
                *slot = untyped(value);
            }
            Ok(())
        })
    }

    fn fuel(&self) -> Option<u64> {
        self.store.get_fuel().ok()
    }

    fn set_fuel(&mut self, fuel: u64) {
        if self.metered {
            // Fails only without metering.
            self.store.set_fuel(fuel).ok();
        }
    }

    fn interrupter(&self) -> Option<Interrupter> {
        self.flag.as_ref().map(|flag| interrupter(self.store.engine(), flag))
    }
}

#[cold]
fn lost() -> Trap {
    Trap::bug("a function that was found is gone")
}
