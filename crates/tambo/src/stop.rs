//! Stopping a guest from another thread, at once or after a time; and making guests take turns.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tambo_engine::Interrupter;
use tambo_kernel::Interrupt;

use crate::{Error, ErrorKind};

/// Stops one instance, from any thread: the guest's code (if the engine was built with
/// [`interrupts`](crate::EngineConfig::interrupts)) and the host call in which it may be blocked.
///
/// ```
/// use tambo::{Config, EngineConfig, Grant, Outcome, Runtime, TrapKind};
///
/// # fn main() -> Result<(), tambo::Error> {
/// let engine_config = EngineConfig { interrupts: true, ..EngineConfig::default() };
/// let runtime = Runtime::with_config(Config { engine_config, ..Config::default() })?;
/// let program = runtime.load(br#"(module (func (export "_start") (loop $forever (br $forever))))"#)?;
///
/// let mut instance = program.instantiate(Grant::new())?.expect("it fits its limits");
/// let stopper = instance.stopper();
/// let thread = std::thread::spawn(move || stopper.stop());
/// let outcome = instance.run()?;
///
/// assert!(matches!(outcome, Outcome::Trap(trap) if trap.kind == TrapKind::Interrupted));
/// # thread.join().unwrap();
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Stopper {
    pub(crate) waits: Interrupt,
    pub(crate) code: Option<Interrupter>,
}

impl Stopper {
    /// Stop the guest: its call ends with [`TrapKind::Interrupted`](crate::TrapKind::Interrupted), and so does every later
    /// one.
    pub fn stop(&self) {
        self.waits.raise();
        if let Some(code) = &self.code {
            code.interrupt();
        }
    }

    /// Stop the guest after a time, unless the watchdog is dropped before. [`ErrorKind::Setup`] if there can be no
    /// thread to do so.
    pub fn stop_after(&self, time: Duration) -> Result<Watchdog, Error> {
        let stopper = self.clone();
        let timer = Timer::new(move |timer| {
            if timer.sleep(time) {
                timer.expire();
                stopper.stop();
            }
        });
        timer.map(Watchdog)
    }
}

/// A time limit that is running; dropping it lifts the limit.
#[derive(Debug)]
pub struct Watchdog(Timer);

impl Watchdog {
    /// Whether the time came and the guest was stopped.
    pub fn expired(&self) -> bool {
        self.0.state.phase() == Phase::Expired
    }
}

/// Ticks that go on until this is dropped; see [`Runtime::tick_every`](crate::Runtime::tick_every).
#[derive(Debug)]
pub struct Ticker {
    _timer: Timer,
}

impl Ticker {
    pub(crate) fn new(period: Duration, tick: impl Fn() + Send + 'static) -> Result<Self, Error> {
        let work = move |timer: &State| {
            while timer.sleep(period) {
                tick();
            }
        };
        Ok(Self { _timer: Timer::new(work)? })
    }
}

/// A thread that sleeps and can be woken for good.
#[derive(Debug)]
struct Timer {
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct State {
    phase: Mutex<Phase>,
    changed: Condvar,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Running,
    Lifted,
    Expired,
}

impl Timer {
    fn new(work: impl FnOnce(&State) + Send + 'static) -> Result<Self, Error> {
        let state = Arc::new(State::default());
        let shared = state.clone();
        let thread = std::thread::Builder::new().name("tambo-timer".to_owned()).spawn(move || work(&shared));
        let thread = thread
            .map_err(|error| Error::new(ErrorKind::Setup, format!("cannot start a thread to keep time: {error}")))?;
        Ok(Self { state, thread: Some(thread) })
    }
}

impl State {
    /// True if the time passed, false if the timer was dropped before.
    fn sleep(&self, time: Duration) -> bool {
        let phase = self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        let running = |phase: &mut Phase| *phase == Phase::Running;
        let waited = self.changed.wait_timeout_while(phase, time, running);
        let (phase, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *phase == Phase::Running
    }

    /// The time passed: too late to lift the limit.
    fn expire(&self) {
        self.replace_running(Phase::Expired);
    }

    fn replace_running(&self, next: Phase) {
        let mut phase = self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        if *phase == Phase::Running {
            *phase = next;
        }
    }

    fn phase(&self) -> Phase {
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.state.replace_running(Phase::Lifted);
        self.state.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // The thread runs nothing that can panic; a failed join would have nothing to tell.
            let _ = thread.join();
        }
    }
}
