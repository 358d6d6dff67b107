//! What belongs to one worker alone: its clock, its counts, its log, and the tasks that have to end before it does.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;

use tambo_kernel::System;
use tokio::sync::Notify;

use crate::budget::Places;
use crate::deadlines::Deadlines;
use crate::guest::GiveWay;
use crate::handler::RequestId;
use crate::limits::Limits;
use crate::log::Log;
use crate::metrics::Counters;
use crate::ticks::Ticks;

/// A worker, as what runs in it sees it.
pub struct Place {
    pub(crate) number: u32,
    pub(crate) limits: Arc<Limits>,
    pub(crate) ticks: Ticks,
    pub(crate) system: System,
    pub(crate) counters: Arc<Counters>,
    pub(crate) log: Log,
    pub(crate) guests: Places,
    pub(crate) deadlines: Rc<Deadlines>,
    /// Those that no guest uses at the moment.
    pub(crate) ways: RefCell<Vec<Rc<GiveWay>>>,
    next_request: Cell<u64>,
    tasks: Cell<usize>,
    task_ended: Notify,
}

impl Place {
    pub(crate) fn new(
        number: u32,
        limits: Arc<Limits>,
        counters: Arc<Counters>,
        guests: Places,
        access_log: Option<Arc<tambo::os::process::LineWriter>>,
    ) -> Self {
        let ticks = Ticks::default();
        let log = Log::new(ticks.clone(), access_log);
        let system = tambo::os::system();
        let deadlines = Rc::new(Deadlines::new(ticks.clone()));
        let (next_request, tasks, task_ended) = (Cell::new(1), Cell::new(0), Notify::new());
        let ways = RefCell::default();
        Self { number, limits, ticks, system, counters, log, guests, deadlines, ways, next_request, tasks, task_ended }
    }

    pub(crate) fn next_request(&self) -> RequestId {
        let number = self.next_request.get();
        self.next_request.set(number + 1);
        RequestId { worker: self.number, number }
    }

    /// Run something that ends before the worker does, if it does within the time of grace.
    pub(crate) fn spawn(self: &Rc<Self>, task: impl Future<Output = ()> + 'static) {
        let running = self.running();
        tokio::task::spawn_local(async move {
            task.await;
            drop(running);
        });
    }

    fn running(self: &Rc<Self>) -> Running {
        self.tasks.set(self.tasks.get() + 1);
        Running(self.clone())
    }

    /// How many of them there are.
    pub(crate) fn tasks(&self) -> usize {
        self.tasks.get()
    }

    /// Wait until nothing runs.
    pub(crate) async fn all_ended(&self) {
        while self.tasks.get() > 0 {
            self.task_ended.notified().await;
        }
    }
}

struct Running(Rc<Place>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.tasks.set(self.0.tasks.get().saturating_sub(1));
        self.0.task_ended.notify_one();
    }
}
