//! Running guest code: in one go, in slices of fuel, and parked in between.
//!
//! With interrupts, a guest gets fuel a slice at a time, and the flag is looked at when a slice is used up; the rest of
//! its budget waits in the [`Meter`]. Without, it has its whole budget at once, or code without metering.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Poll;

use tambo_engine::{EngineConfig, HostData, Limits, Trap, TrapKind};
use wasmi::{Error, Func, ResumableCall, Store, Val};

use crate::store::StoreData;
use crate::trap::{Parked, from_call};

/// Fuel between two looks at the flag: a few milliseconds.
const SLICE: u64 = 2_000_000;

/// Where a guest's fuel is.
pub(crate) struct Meter {
    /// Whether fuel is the embedder's concern.
    metered: bool,
    /// Whether fuel is handed out in slices; the rest of it.
    reserve: Option<u64>,
}

impl Meter {
    pub(crate) fn new<T>(
        store: &mut Store<StoreData<T>>,
        config: &EngineConfig,
        limits: &Limits,
    ) -> Result<Self, Trap> {
        let mut meter = Self { metered: config.fuel, reserve: config.interrupts.then_some(0) };
        if config.fuel || config.interrupts {
            let budget = limits.fuel.filter(|_| config.fuel).unwrap_or(u64::MAX);
            meter.put(store, budget).map_err(from_call)?;
        }
        Ok(meter)
    }

    /// Fuel left; none if the embedder does not meter.
    pub(crate) fn left<T>(&self, store: &Store<StoreData<T>>) -> Option<u64> {
        self.metered.then(|| self.total(store))
    }

    /// Replace the fuel, if the embedder meters.
    pub(crate) fn set<T>(&mut self, store: &mut Store<StoreData<T>>, fuel: u64) {
        if self.metered {
            // Fails only without metering.
            self.put(store, fuel).ok();
        }
    }

    fn total<T>(&self, store: &Store<StoreData<T>>) -> u64 {
        store.get_fuel().unwrap_or(0).saturating_add(self.reserve.unwrap_or(0))
    }

    fn put<T>(&mut self, store: &mut Store<StoreData<T>>, fuel: u64) -> Result<(), Error> {
        match &mut self.reserve {
            Some(reserve) => {
                *reserve = fuel;
                store.set_fuel(0)
            }
            None => store.set_fuel(fuel),
        }
    }

    /// Hand out a slice in which the next step, of `required`, is possible.
    fn slice<T>(&mut self, store: &mut Store<StoreData<T>>, required: u64) -> Result<(), Trap> {
        let total = self.total(store);
        let Some(reserve) = &mut self.reserve else { return Err(TrapKind::OutOfFuel.into()) };
        if total < required {
            return Err(TrapKind::OutOfFuel.into());
        }
        let slice = SLICE.max(required).min(total);
        *reserve = total - slice;
        store.set_fuel(slice).map_err(from_call)
    }
}

/// A call, borrowed from its instance.
pub(crate) struct Run<'a, T: 'static> {
    pub(crate) store: &'a mut Store<StoreData<T>>,
    pub(crate) meter: &'a mut Meter,
    pub(crate) flag: Option<&'a AtomicBool>,
    pub(crate) ticks: &'a AtomicU64,
}

impl<T: HostData> Run<'_, T> {
    /// Run to the end; imports block.
    pub(crate) fn blocking(mut self, func: Func, params: &[Val], results: &mut [Val]) -> Result<(), Trap> {
        if self.meter.reserve.is_none() {
            return func.call(&mut *self.store, params, results).map_err(|error| self.trap(error));
        }
        let mut call = self.begin(func, params, results)?;
        loop {
            call = match call {
                ResumableCall::Finished => return Ok(()),
                ResumableCall::HostTrap(stopped) => return Err(self.trap(stopped.into_host_error())),
                ResumableCall::OutOfFuel(starved) => {
                    self.refuel(starved.required_fuel())?;
                    starved.resume(&mut *self.store, results).map_err(|error| self.trap(error))?
                }
            };
        }
    }

    /// Run to the end; imports park.
    pub(crate) async fn parking(mut self, func: Func, params: &[Val], results: &mut [Val]) -> Result<(), Trap> {
        let mut seen = self.ticks.load(Ordering::Relaxed);
        let mut call = self.begin(func, params, results)?;
        loop {
            call = match call {
                ResumableCall::Finished => return Ok(()),
                ResumableCall::HostTrap(stopped) if stopped.host_error().downcast_ref::<Parked>().is_some() => {
                    let data = self.store.data_mut();
                    std::future::poll_fn(|context| data.data.poll_wait(context)).await?;
                    stopped.resume(&mut *self.store, &[], results).map_err(|error| self.trap(error))?
                }
                ResumableCall::HostTrap(stopped) => return Err(self.trap(stopped.into_host_error())),
                ResumableCall::OutOfFuel(starved) => {
                    if std::mem::replace(&mut seen, self.ticks.load(Ordering::Relaxed)) != seen {
                        give_way().await;
                    }
                    self.refuel(starved.required_fuel())?;
                    starved.resume(&mut *self.store, results).map_err(|error| self.trap(error))?
                }
            };
        }
    }

    fn begin(&mut self, func: Func, params: &[Val], results: &mut [Val]) -> Result<ResumableCall, Trap> {
        if self.meter.reserve.is_some() {
            self.refuel(0)?;
        }
        func.call_resumable(&mut *self.store, params, results).map_err(|error| self.trap(error))
    }

    fn refuel(&mut self, required: u64) -> Result<(), Trap> {
        if self.flag.is_some_and(|flag| flag.swap(false, Ordering::SeqCst)) {
            return Err(TrapKind::Interrupted.into());
        }
        self.meter.slice(self.store, required)
    }

    /// A `table.grow` that found no fuel is out of fuel only if there is no more anywhere (see
    /// [`Limiter`](crate::store::Limiter)).
    #[cold]
    fn trap(&mut self, error: Error) -> Trap {
        if !self.store.data_mut().limiter.take_starved() {
            return from_call(error);
        }
        match self.meter.reserve {
            None | Some(0) => TrapKind::OutOfFuel.into(),
            Some(_) => {
                TrapKind::Other("a table could not grow at the end of a time slice (a fault of wasmi 2.0.0)".into())
                    .into()
            }
        }
    }
}

/// Pending once: the executor's other futures have their turn.
async fn give_way() {
    let mut given = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut given, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
