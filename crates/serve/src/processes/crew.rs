//! The workers of a supervisor, as they are at the moment, and what they have counted.

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;
use std::rc::Rc;
use std::time::Duration;

use tambo::os::replica::Replica;
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use super::link::Link;
use super::protocol::Instruction;
use super::samples::Samples;
use crate::admin::Observed;
use crate::metrics::{Metrics, head};

/// How long a worker may take to say what it has counted.
const PATIENCE: Duration = Duration::from_secs(1);

/// A worker that runs, or has been started.
pub(crate) struct Process {
    pub(crate) replica: Replica,
    pub(crate) link: Rc<Link>,
    pub(crate) number: u32,
}

/// The place of a worker, whoever fills it.
#[derive(Default)]
struct Slot {
    process: Option<Process>,
    is_ready: bool,
    /// How often in a row the worker of this place ended soon after it was started.
    failures: u32,
    /// What the worker said last when it was asked what it has counted.
    counts: String,
    /// Told when it answers.
    asked: Vec<oneshot::Sender<()>>,
}

/// All workers.
pub(crate) struct Crew {
    slots: RefCell<Vec<Slot>>,
    /// What those have counted that are gone, as far as it was known.
    past: RefCell<Samples>,
    /// What the supervisor counts itself.
    pub(crate) own: Metrics,
    restarts: Cell<u64>,
}

impl Crew {
    pub(crate) fn new(count: usize) -> Self {
        let slots = RefCell::new((0..count).map(|_| Slot::default()).collect());
        Self { slots, past: RefCell::default(), own: Metrics::new(0), restarts: Cell::new(0) }
    }

    fn with<T>(&self, slot: usize, act: impl FnOnce(&mut Slot) -> T) -> T {
        act(&mut self.slots.borrow_mut()[slot])
    }

    /// The numbers of the slots that have a process.
    pub(crate) fn running(&self) -> Vec<usize> {
        let slots = self.slots.borrow();
        slots.iter().enumerate().filter(|(_, slot)| slot.process.is_some()).map(|(number, _)| number).collect()
    }

    pub(crate) fn place(&self, slot: usize, process: Process) {
        self.with(slot, |slot| slot.process = Some(process));
    }

    pub(crate) fn instruct(&self, slot: usize, instruction: Instruction) {
        self.with(slot, |slot| {
            if let Some(process) = &slot.process {
                process.link.send(&instruction.encode());
            }
        });
    }

    pub(crate) fn instruct_all(&self, instruction: Instruction) {
        self.running().into_iter().for_each(|slot| self.instruct(slot, instruction));
    }

    pub(crate) fn kill_all(&self) {
        for process in self.slots.borrow_mut().iter_mut().filter_map(|slot| slot.process.as_mut()) {
            // It may have ended by itself.
            let _ = process.replica.kill();
        }
    }

    pub(crate) fn is_ready(&self, slot: usize) -> bool {
        self.with(slot, |slot| slot.is_ready)
    }

    pub(crate) fn are_all_ready(&self) -> bool {
        self.slots.borrow().iter().all(|slot| slot.is_ready)
    }

    /// The worker of a slot accepts connections; answers its number.
    pub(crate) fn ready(&self, slot: usize) -> Option<u32> {
        self.with(slot, |slot| {
            slot.is_ready = true;
            slot.process.as_ref().map(|process| process.number)
        })
    }

    /// The worker has served for a while.
    pub(crate) fn settled(&self, slot: usize, number: u32) {
        self.with(slot, |slot| {
            if slot.is_ready && slot.process.as_ref().is_some_and(|process| process.number == number) {
                slot.failures = 0;
            }
        });
    }

    /// A worker has ended; answers how often in a row the one of this slot has, soon after its start.
    pub(crate) fn failed(&self, slot: usize) -> u32 {
        self.with(slot, |slot| {
            slot.failures = slot.failures.saturating_add(1);
            slot.failures
        })
    }

    pub(crate) fn restarted(&self) {
        self.restarts.set(self.restarts.get().wrapping_add(1));
    }

    /// The worker of a slot is gone; answers its process.
    pub(crate) fn gone(&self, slot: usize) -> Option<Process> {
        self.with(slot, |slot| {
            self.past.borrow_mut().add_past(&std::mem::take(&mut slot.counts));
            slot.is_ready = false;
            slot.asked.clear();
            slot.process.take()
        })
    }

    /// A worker said what it has counted.
    pub(crate) fn counted(&self, slot: usize, counts: String) {
        self.with(slot, |slot| {
            slot.counts = counts;
            for asked in slot.asked.drain(..) {
                // Who asked may have given up.
                let _ = asked.send(());
            }
        });
    }

    /// Ask all workers that serve.
    fn ask(&self) -> Vec<oneshot::Receiver<()>> {
        let ask = |slot: &mut Slot| {
            let process = slot.process.as_ref().filter(|_| slot.is_ready)?;
            process.link.send(&Instruction::Count.encode());
            let (answered, is_answered) = oneshot::channel();
            slot.asked.push(answered);
            Some(is_answered)
        };
        self.slots.borrow_mut().iter_mut().filter_map(ask).collect()
    }

    fn text(&self, silent: usize) -> String {
        let mut sum = Samples::default();
        sum.add(&self.own.text());
        sum.add(&self.past.borrow().text());
        let slots = self.slots.borrow();
        slots.iter().for_each(|slot| sum.add(&slot.counts));
        let mut text = sum.text();
        let ready = slots.iter().filter(|slot| slot.is_ready).count() as u64;
        for (name, kind, help, value) in [
            ("tambo_workers", "gauge", "Workers that serve.", ready),
            (
                "tambo_workers_silent",
                "gauge",
                "Workers that did not answer; what they said last counts.",
                silent as u64,
            ),
            ("tambo_workers_restarted_total", "counter", "Workers that ended and were replaced.", self.restarts.get()),
        ] {
            head(&mut text, name, kind, help);
            let _ = writeln!(text, "{name} {value}");
        }
        text
    }
}

impl Observed for Rc<Crew> {
    async fn metrics(&self) -> String {
        let mut asked = self.ask();
        let answers = async {
            for answered in &mut asked {
                // One that ends meanwhile is not silent.
                let _ = answered.await;
            }
        };
        // Whoever has not answered by then is counted below.
        let _ = tokio::time::timeout(PATIENCE, answers).await;
        let is_silent = |answered: &mut oneshot::Receiver<()>| answered.try_recv() == Err(TryRecvError::Empty);
        let silent = asked.iter_mut().map(is_silent).filter(|is_silent| *is_silent).count();
        self.text(silent)
    }

    fn serves(&self) -> bool {
        self.slots.borrow().iter().any(|slot| slot.is_ready)
    }
}
