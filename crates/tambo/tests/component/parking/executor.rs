//! An executor of one thread, written out, and the gate at which guests wait.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use tambo::component::Linker;

/// Passes that were given, and who waits for the next one.
#[derive(Default)]
pub(crate) struct Gate {
    passes: Cell<u32>,
    waker: RefCell<Option<Waker>>,
    /// How often a thread would have been blocked.
    pub(crate) blocked: Cell<u32>,
}

impl Gate {
    /// Let one through.
    pub(crate) fn open(&self) {
        self.passes.set(self.passes.get() + 1);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Whether somebody waits.
    pub(crate) fn is_waited_for(&self) -> bool {
        self.waker.borrow().is_some()
    }

    /// Go through, if there is a pass.
    pub(crate) fn pass<T>(&self, value: impl FnOnce() -> T) -> Poll<T> {
        match self.passes.get().checked_sub(1) {
            Some(left) => {
                self.passes.set(left);
                Poll::Ready(value())
            }
            None => Poll::Pending,
        }
    }
}

/// Have a state wait at its gate.
pub(crate) fn wait_at<S: 'static>(linker: &mut Linker<S>, gate: impl Fn(&S) -> &Gate + Copy + Send + Sync + 'static) {
    linker.wait_with(
        move |state| {
            gate(state).blocked.set(gate(state).blocked.get() + 1);
            gate(state).open();
            Ok(())
        },
        move |state, context| {
            if gate(state).passes.get() > 0 {
                return Poll::Ready(Ok(()));
            }
            *gate(state).waker.borrow_mut() = Some(context.waker().clone());
            Poll::Pending
        },
    );
}

/// Poll once, with a waker that nobody hears.
pub(crate) fn poll<T>(future: &mut Pin<Box<impl Future<Output = T> + ?Sized>>) -> Poll<T> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

/// Run to the end what is pending only while `gate` is closed; how often it was opened.
pub(crate) fn open_until_done<T>(gate: &Rc<Gate>, future: impl Future<Output = T>) -> (u32, T) {
    let mut future = Box::pin(future);
    for opened in 0..100 {
        if let Poll::Ready(value) = poll(&mut future) {
            return (opened, value);
        }
        assert!(gate.is_waited_for(), "pending, and nobody waits");
        gate.open();
    }
    panic!("it never ends");
}

struct Task {
    id: usize,
    woken: Arc<Mutex<Vec<usize>>>,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.woken.lock().unwrap().push(self.id);
    }
}

/// Tasks, each polled when it was woken.
#[derive(Default)]
pub(crate) struct Executor<'a> {
    tasks: Vec<Option<Pin<Box<dyn Future<Output = ()> + 'a>>>>,
    woken: Arc<Mutex<Vec<usize>>>,
}

impl<'a> Executor<'a> {
    pub(crate) fn spawn(&mut self, task: impl Future<Output = ()> + 'a) {
        self.woken.lock().unwrap().push(self.tasks.len());
        self.tasks.push(Some(Box::pin(task)));
    }

    /// Poll until nobody is woken; how many tasks are left.
    pub(crate) fn run(&mut self) -> usize {
        loop {
            let woken = std::mem::take(&mut *self.woken.lock().unwrap());
            if woken.is_empty() {
                return self.tasks.iter().flatten().count();
            }
            for id in woken {
                let waker = Arc::new(Task { id, woken: self.woken.clone() }).into();
                if let Some(task) = &mut self.tasks[id]
                    && task.as_mut().poll(&mut Context::from_waker(&waker)).is_ready()
                {
                    self.tasks[id] = None;
                }
            }
        }
    }
}
