//! Interrupts without a ticking thread.
//!
//! Compiled code compares the engine's epoch with its store's deadline at loops and function entries. The deadline is
//! always one ahead, and the epoch moves only when somebody is interrupted or the embedder ticks: every running store
//! then enters [`Flag::check`], and goes on unless it is the one that was meant.
//!
//! # Ordering
//!
//! The flag is raised before the epoch moves, with a fence between; the guest sees the epoch, then, behind a fence, the
//! flag. One window is left. A store that goes on gets its new deadline from wasmtime after `check` has looked at the
//! flag; an interrupt that comes in between is overtaken by that deadline. Only a store that has once gone on can be
//! in the window, and the window is a few instructions long, so for such a store the epoch is moved again, at growing
//! distances, until the flag is seen or a second has passed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::time::Duration;

use tambo_engine::{Interrupter, TrapKind};
use wasmtime::{Engine, EngineWeak, Result, UpdateDeadline};

use crate::trap::HostTrap;

/// How often the epoch is moved again; the distance doubles from one millisecond.
const REPEATS: u32 = 10;

/// Looks at the flag before a thread is spent on it: a running guest takes it at once.
const SPINS: u32 = 2_000;

/// One store's interrupt.
#[derive(Debug, Default)]
pub(crate) struct Flag {
    raised: AtomicBool,
    /// Whether the store has ever gone on when the epoch moved.
    went_on: AtomicBool,
    /// Whether a thread repeats an interrupt of this store; one is enough.
    repeated: AtomicBool,
}

impl Flag {
    /// Take the interrupt, if there is one.
    pub(crate) fn take(&self) -> bool {
        self.raised.load(Ordering::Relaxed) && self.raised.swap(false, Ordering::SeqCst)
    }

    /// What compiled code does when the epoch has moved. That may also be a tick: an asynchronous call gives way.
    pub(crate) fn check(&self, blocking: bool) -> Result<UpdateDeadline> {
        self.went_on.store(true, Ordering::SeqCst);
        fence(Ordering::SeqCst);
        if self.raised.swap(false, Ordering::SeqCst) {
            return Err(HostTrap::error(TrapKind::Interrupted.into()));
        }
        Ok(if blocking { UpdateDeadline::Continue(1) } else { UpdateDeadline::Yield(1) })
    }
}

/// A handle that raises the flag and moves the epoch. It does not keep the engine alive.
pub(crate) fn interrupter(engine: &Engine, flag: &Arc<Flag>) -> Interrupter {
    let (engine, flag) = (engine.weak(), flag.clone());
    Interrupter::new(move || {
        flag.raised.store(true, Ordering::SeqCst);
        move_epoch(&engine);
        if flag.went_on.load(Ordering::SeqCst) && !taken_soon(&flag) && !flag.repeated.swap(true, Ordering::SeqCst) {
            repeat(engine.clone(), flag.clone());
        }
    })
}

fn move_epoch(engine: &EngineWeak) {
    fence(Ordering::SeqCst);
    if let Some(engine) = engine.upgrade() {
        engine.increment_epoch();
    }
}

fn taken_soon(flag: &Flag) -> bool {
    (0..SPINS).any(|_| {
        std::hint::spin_loop();
        !flag.raised.load(Ordering::Relaxed)
    })
}

fn repeat(engine: EngineWeak, flag: Arc<Flag>) {
    let work = Arc::new(move || {
        for step in 0..REPEATS {
            std::thread::sleep(Duration::from_millis(1 << step));
            if !flag.raised.load(Ordering::SeqCst) {
                break;
            }
            move_epoch(&engine);
        }
        flag.repeated.store(false, Ordering::SeqCst);
    });
    let for_thread = work.clone();
    let spawned = std::thread::Builder::new().name("tambo-interrupt".into()).spawn(move || for_thread());
    if spawned.is_err() {
        // Without a thread to spare the caller waits instead: it asked for the guest to stop.
        work();
    }
}
