//! What the cases have in common: an engine, instances from text, calls by name, and an executor of one line.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use tambo_engine::{
    Engine, EngineConfig, EngineError, Function, HostData, Instance, Limits, Module, Prepared, Slot, Trap,
};

use crate::{Probe, imports};

/// Makes an engine of the backend that is tested.
pub type Make<'a> = &'a dyn Fn(&EngineConfig) -> Arc<dyn Engine<Probe>>;

pub(crate) struct Rig {
    pub(crate) engine: Arc<dyn Engine<Probe>>,
}

impl Rig {
    pub(crate) fn new(make: Make<'_>) -> Self {
        Self::with(make, &EngineConfig::default())
    }

    pub(crate) fn with(make: Make<'_>, config: &EngineConfig) -> Self {
        Self { engine: make(config) }
    }

    pub(crate) fn compile(&self, text: &str) -> Result<Arc<dyn Module<Probe>>, EngineError> {
        self.engine.compile(&wat::parse_str(text).unwrap())
    }

    pub(crate) fn prepare(&self, text: &str, parks: bool) -> Result<Arc<dyn Prepared<Probe>>, EngineError> {
        self.compile(text)?.prepare(&imports(), "memory", parks)
    }

    /// An instance that blocks only.
    pub(crate) fn instance(&self, text: &str) -> Box<dyn Instance<Probe>> {
        self.limited(text, &Limits::default()).unwrap()
    }

    /// An instance that can park.
    pub(crate) fn parking(&self, text: &str) -> Box<dyn Instance<Probe>> {
        let prepared = self.prepare(text, true).unwrap();
        prepared.instantiate(Probe::default(), &Limits::default()).unwrap()
    }

    pub(crate) fn limited(&self, text: &str, limits: &Limits) -> Result<Box<dyn Instance<Probe>>, Trap> {
        self.prepare(text, false).unwrap().instantiate(Probe::default(), limits)
    }
}

/// Find a function and make slots for it.
pub(crate) fn lookup<T: HostData>(instance: &mut dyn Instance<T>, name: &str, args: &[Slot]) -> (Function, Vec<Slot>) {
    let (function, ty) = instance.function(name).unwrap_or_else(|| panic!("no export `{name}`"));
    let mut slots = args.to_vec();
    slots.resize(ty.slots(), Slot::default());
    (function, slots)
}

/// Call by name; the slots with the results come back.
pub(crate) fn call<T: HostData>(instance: &mut dyn Instance<T>, name: &str, args: &[Slot]) -> Result<Vec<Slot>, Trap> {
    let (function, mut slots) = lookup(instance, name, args);
    instance.call(function, &mut slots)?;
    Ok(slots)
}

/// Call by name a function of one 32-bit result.
pub(crate) fn call_i32<T: HostData>(instance: &mut dyn Instance<T>, name: &str, args: &[Slot]) -> Result<i32, Trap> {
    call(instance, name, args).map(|slots| slots[0].into())
}

/// A waker that counts.
#[derive(Default)]
pub(crate) struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Bell {
    pub(crate) fn rung(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// Poll once.
pub(crate) fn poll<F: Future + ?Sized>(future: &mut Pin<Box<F>>, bell: &Arc<Bell>) -> Poll<F::Output> {
    let waker = Waker::from(bell.clone());
    future.as_mut().poll(&mut Context::from_waker(&waker))
}

/// Poll a future that must be ready.
pub(crate) fn ready<F: Future + ?Sized>(mut future: Pin<Box<F>>) -> F::Output {
    match poll(&mut future, &Arc::default()) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future is pending"),
    }
}
