//! Stopping a guest from another thread, at once or after a time.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tambo_engine::Interrupter;
use tambo_kernel::Interrupt;

/// Stops one instance, from any thread: the guest's code (if the engine was built with
/// [`interrupts`](crate::EngineConfig::interrupts)) and the host call in which it may be blocked.
#[derive(Clone, Debug)]
pub struct Stopper {
    pub(crate) waits: Interrupt,
    pub(crate) code: Option<Interrupter>,
}

impl Stopper {
    /// Stop the guest: its call ends with [`TrapKind::Interrupted`](crate::TrapKind::Interrupted).
    pub fn stop(&self) {
        self.waits.raise();
        if let Some(code) = &self.code {
            code.interrupt();
        }
    }

    /// Stop the guest after a time, unless the watchdog is dropped before.
    pub fn stop_after(&self, time: Duration) -> Watchdog {
        let state = Arc::new(State::default());
        let shared = state.clone();
        let stopper = self.clone();
        let thread = std::thread::spawn(move || {
            if shared.sleep(time) {
                stopper.stop();
            }
        });
        Watchdog { state, thread: Some(thread) }
    }
}

/// A time limit that is running; dropping it lifts the limit.
#[derive(Debug)]
pub struct Watchdog {
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

impl Watchdog {
    /// Whether the time came and the guest was stopped.
    pub fn expired(&self) -> bool {
        *self.state.phase.lock().unwrap_or_else(PoisonError::into_inner) == Phase::Expired
    }
}

impl State {
    /// True if the time passed, false if the limit was lifted before.
    fn sleep(&self, time: Duration) -> bool {
        let phase = self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        let running = |phase: &mut Phase| *phase == Phase::Running;
        let waited = self.changed.wait_timeout_while(phase, time, running);
        let (mut phase, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if *phase == Phase::Running {
            *phase = Phase::Expired;
        }
        *phase == Phase::Expired
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        let mut phase = self.state.phase.lock().unwrap_or_else(PoisonError::into_inner);
        if *phase == Phase::Running {
            *phase = Phase::Lifted;
        }
        drop(phase);
        self.state.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // The thread runs nothing that can panic; a failed join would have nothing to tell.
            let _ = thread.join();
        }
    }
}
