//! An instance: calls, blocking and asynchronous, and what can be done between them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tambo_engine::{CallFuture, FuncType, Function, HostData, Instance, Interrupter, Place, Slot, Trap, TrapKind};
use wasmi::{Func, Store, Val};

use crate::engine::Shared;
use crate::run::{Meter, Run};
use crate::store::StoreData;
use crate::types::{func_type, typed, untyped};

/// Values on the stack of a call; more are on the heap.
const INLINE: usize = 8;

pub(crate) struct WasmiInstance<T: 'static> {
    pub(crate) store: Store<StoreData<T>>,
    pub(crate) instance: wasmi::Instance,
    /// Taken when it has run.
    pub(crate) start: Option<Func>,
    /// The names of what its module exports.
    pub(crate) names: Arc<[String]>,
    /// The functions among them that were used, by position.
    pub(crate) functions: Vec<Option<Export>>,
    pub(crate) parks: bool,
    /// An asynchronous call was dropped before its end, or is running.
    pub(crate) abandoned: bool,
    pub(crate) meter: Meter,
    pub(crate) flag: Option<Arc<AtomicBool>>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) _place: Place,
}

/// An exported function that was used.
#[derive(Clone)]
pub(crate) struct Export {
    name: String,
    func: Func,
    ty: FuncType,
}

/// Arguments or results, as wasmi takes them.
struct Values {
    inline: [Val; INLINE],
    heap: Vec<Val>,
    len: usize,
}

impl Values {
    fn new(len: usize) -> Self {
        let heap = if len > INLINE { vec![Val::I32(0); len] } else { Vec::new() };
        Self { inline: [const { Val::I32(0) }; INLINE], heap, len }
    }

    fn as_mut(&mut self) -> &mut [Val] {
        if self.len > INLINE { &mut self.heap } else { &mut self.inline[..self.len] }
    }
}

impl Export {
    fn params(&self, slots: &[Slot]) -> Result<Values, Trap> {
        if slots.len() < self.ty.slots() {
            let message = format!("`{}` needs {} slots, not {}", self.name, self.ty.slots(), slots.len());
            return Err(Trap::bug(message));
        }
        let not_numbers =
            || Trap::bug(format!("`{}` is a {}: it takes or gives more than numbers", self.name, self.ty));
        let mut values = Values::new(self.ty.params.len());
        for ((value, &ty), &slot) in values.as_mut().iter_mut().zip(&self.ty.params).zip(slots) {
            *value = typed(ty, slot).ok_or_else(not_numbers)?;
        }
        if self.ty.results.iter().any(|&ty| typed(ty, Slot::default()).is_none()) {
            return Err(not_numbers());
        }
        Ok(values)
    }
}

fn give(results: &mut Values, slots: &mut [Slot]) {
    for (slot, value) in slots.iter_mut().zip(results.as_mut()) {
        *slot = untyped(value);
    }
}

impl<T: HostData> WasmiInstance<T> {
    /// What every call does first.
    fn enter(&mut self, blocking: bool) -> Result<(), Trap> {
        if self.abandoned {
            let message = "a call was cancelled half-way, so the instance cannot be used again";
            return Err(TrapKind::Other(message.into()).into());
        }
        if self.flag.as_deref().is_some_and(|flag| flag.swap(false, Ordering::SeqCst)) {
            return Err(TrapKind::Interrupted.into());
        }
        self.store.data_mut().blocking = blocking;
        Ok(())
    }

    /// The function at a position of the exports.
    fn export(&mut self, position: usize) -> Option<&Export> {
        let name = self.names.get(position)?;
        if self.functions.len() <= position {
            self.functions.resize(position + 1, None);
        }
        if self.functions[position].is_none() {
            let func = self.instance.get_func(&self.store, name)?;
            let ty = func_type(&func.ty(&self.store));
            self.functions[position] = Some(Export { name: name.clone(), func, ty });
        }
        self.functions[position].as_ref()
    }

    /// What a call of a function passes, and room for what it gives.
    fn passed(&mut self, function: Function, slots: &[Slot]) -> Result<(Func, Values, Values), Trap> {
        let export = self.export(function.0 as usize).ok_or_else(|| Trap::bug("a function of another module"))?;
        Ok((export.func, export.params(slots)?, Values::new(export.ty.results.len())))
    }

    fn run(&mut self) -> Run<'_, T> {
        let (flag, ticks) = (self.flag.as_deref(), &self.shared.ticks);
        Run { store: &mut self.store, meter: &mut self.meter, flag, ticks }
    }

    async fn run_async(&mut self, func: Func, params: &[Val], results: &mut [Val]) -> Result<(), Trap> {
        if !self.parks {
            return Err(Trap::bug("an asynchronous call of a module that was prepared without parking"));
        }
        self.enter(false)?;
        self.abandoned = true;
        let result = self.run().parking(func, params, results).await;
        self.abandoned = false;
        result
    }
}

impl<T: HostData> Instance<T> for WasmiInstance<T> {
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
        let position = self.names.iter().position(|known| known == name)?;
        let export = self.export(position)?;
        Some((Function(position as u32), export.ty.clone()))
    }

    fn start(&mut self) -> Result<(), Trap> {
        self.enter(true)?;
        match self.start.take() {
            Some(start) => self.run().blocking(start, &[], &mut []),
            None => Ok(()),
        }
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
        let (func, mut params, mut results) = self.passed(function, slots)?;
        self.enter(true)?;
        self.run().blocking(func, params.as_mut(), results.as_mut())?;
        give(&mut results, slots);
        Ok(())
    }

    fn call_async<'a>(&'a mut self, function: Function, slots: &'a mut [Slot]) -> CallFuture<'a> {
        Box::pin(async move {
            let (func, mut params, mut results) = self.passed(function, slots)?;
            self.run_async(func, params.as_mut(), results.as_mut()).await?;
            give(&mut results, slots);
            Ok(())
        })
    }

    fn fuel(&self) -> Option<u64> {
        self.meter.left(&self.store)
    }

    fn set_fuel(&mut self, fuel: u64) {
        self.meter.set(&mut self.store, fuel);
    }

    fn interrupter(&self) -> Option<Interrupter> {
        let flag = self.flag.clone()?;
        Some(Interrupter::new(move || flag.store(true, Ordering::SeqCst)))
    }
}
