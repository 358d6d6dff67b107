//! A running guest.

use tambo_engine::{FuncType, Function, Slot, Trap, TrapKind};

use crate::guest::Guest;
use crate::value::Value;
use crate::{Error, ErrorKind, Stopper};

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The guest ended by itself with this code; a guest that just returns ends with 0.
    Exit(u32),
    /// The guest was ended: by a fault of its own, a limit, or a stop.
    Trap(Trap),
}

impl Outcome {
    /// Whether the guest ended with code 0.
    pub fn success(&self) -> bool {
        *self == Self::Exit(0)
    }

    pub(crate) fn of(result: Result<(), Trap>) -> Self {
        match result {
            Ok(()) => Self::Exit(0),
            Err(Trap { kind: TrapKind::Exit(code), .. }) => Self::Exit(code),
            Err(trap) => Self::Trap(trap),
        }
    }
}

/// One guest: its memory, its store and its host. Belongs to one thread; a [`Stopper`] may be sent to others.
pub struct Instance {
    inner: Box<dyn tambo_engine::Instance<Guest>>,
    initialized: bool,
}

impl Instance {
    pub(crate) fn new(inner: Box<dyn tambo_engine::Instance<Guest>>) -> Self {
        Self { inner, initialized: false }
    }

    /// A handle that stops this guest from any thread.
    pub fn stopper(&self) -> Stopper {
        Stopper { waits: self.inner.data().p1.host.interrupt.clone(), code: self.inner.interrupter() }
    }

    /// Run the program (`_start`) to its end, blocking this thread.
    pub fn run(&mut self) -> Result<Outcome, Error> {
        let (start, ty) = self.function("_start")?;
        expect_plain("_start", &ty)?;
        if self.is_stopped() {
            return Ok(Outcome::Trap(Trap::new(TrapKind::Interrupted)));
        }
        if let Err(trap) = self.inner.start() {
            return Ok(Outcome::of(Err(trap)));
        }
        Ok(Outcome::of(self.inner.call(start, &mut [])))
    }

    /// Run the program to its end; the future is pending while the guest waits. Dropping it ends the guest.
    pub async fn run_async(&mut self) -> Result<Outcome, Error> {
        let (start, ty) = self.function("_start")?;
        expect_plain("_start", &ty)?;
        if self.is_stopped() {
            return Ok(Outcome::Trap(Trap::new(TrapKind::Interrupted)));
        }
        if let Err(trap) = self.inner.start_async().await {
            return Ok(Outcome::of(Err(trap)));
        }
        Ok(Outcome::of(self.inner.call_async(start, &mut []).await))
    }

    /// Call an exported function with numbers. The first call initializes a reactor (`_initialize`).
    pub fn invoke(&mut self, name: &str, arguments: &[Value]) -> Result<Result<Vec<Value>, Trap>, Error> {
        let (function, ty) = self.function(name)?;
        let mut slots = crate::value::slots(name, &ty, arguments)?;
        if self.is_stopped() {
            return Ok(Err(Trap::new(TrapKind::Interrupted)));
        }
        if let Err(trap) = self.initialize() {
            return Ok(Err(trap));
        }
        Ok(self.inner.call(function, &mut slots).map(|()| crate::value::results(&ty, &slots)))
    }

    /// The guest's memory; empty if it exports none.
    pub fn memory(&mut self) -> &mut [u8] {
        self.inner.memory()
    }

    /// Fuel left, if the engine meters it.
    pub fn fuel(&self) -> Option<u64> {
        self.inner.fuel()
    }

    /// The type of an exported function, if there is one.
    pub fn function_type(&mut self, name: &str) -> Option<FuncType> {
        self.inner.function(name).map(|(_, ty)| ty)
    }

    /// Whether it was stopped, perhaps while no call was running. The engine forgets a stop with the call that it ended;
    /// the host's side of it lasts.
    fn is_stopped(&self) -> bool {
        self.inner.data().p1.host.interrupt.is_raised()
    }

    /// Run the module's start function and, if it is a reactor, `_initialize`: once, before anything else of it runs.
    /// Calls do so by themselves.
    pub fn initialize(&mut self) -> Result<(), Trap> {
        if std::mem::replace(&mut self.initialized, true) {
            return Ok(());
        }
        self.inner.start()?;
        match self.inner.function("_initialize") {
            Some((function, ty)) if ty == FuncType::default() => self.inner.call(function, &mut [] as &mut [Slot]),
            _ => Ok(()),
        }
    }

    fn function(&mut self, name: &str) -> Result<(Function, FuncType), Error> {
        self.inner.function(name).ok_or_else(|| {
            let error = Error::new(ErrorKind::Call, format!("the module exports no function {name:?}"));
            match name {
                "_start" => error.with_hint("it is a library, not a program: name one of its functions with --invoke"),
                _ => error.with_hint("`tambo inspect` lists the exports"),
            }
        })
    }
}

fn expect_plain(name: &str, ty: &FuncType) -> Result<(), Error> {
    if *ty == FuncType::default() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Call, format!("{name:?} must take and return nothing, but is a {ty}")))
}
