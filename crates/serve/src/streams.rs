//! The streams of one connection of HTTP/2, each a task. One whose client does not do its part is given up alone: its task
//! is dropped, and so the library resets the stream.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use crate::connection::Connection;
use crate::log::Complaint;

/// One stream, as those see it who wait for its client.
#[derive(Default)]
pub(crate) struct Stream {
    is_given_up: Cell<bool>,
    /// Of its task; none before it was polled, and once it is over.
    waker: RefCell<Option<Waker>>,
}

impl Stream {
    /// Reset it. Answers whether that is possible: what the library has taken over as a whole, it keeps.
    pub(crate) fn give_up(&self) -> bool {
        if self.is_given_up.get() {
            return true;
        }
        let waker = self.waker.borrow_mut().take();
        self.is_given_up.set(waker.is_some());
        waker.map(Waker::wake).is_some()
    }

    /// The task's output; none if the stream was given up.
    async fn run<F: Future>(&self, task: F) -> Option<F::Output> {
        let mut task = pin!(task);
        let output = poll_fn(|context| {
            if self.is_given_up.get() {
                return Poll::Ready(None);
            }
            let mut waker = self.waker.borrow_mut();
            if !waker.as_ref().is_some_and(|known| known.will_wake(context.waker())) {
                *waker = Some(context.waker().clone());
            }
            drop(waker);
            task.as_mut().poll(context).map(Some)
        })
        .await;
        self.waker.take();
        output
    }
}

/// Runs the tasks of a connection where it is.
#[derive(Clone)]
pub(crate) struct Streams {
    connection: Rc<Connection>,
    /// The one that was begun last, and has no task yet.
    next: Rc<Cell<Option<Rc<Stream>>>>,
}

impl Streams {
    pub(crate) fn new(connection: Rc<Connection>) -> Self {
        Self { connection, next: Rc::default() }
    }

    /// A stream for a request. Its task is the next one that the library has run.
    pub(crate) fn begin(&self) -> Rc<Stream> {
        let stream = Rc::<Stream>::default();
        self.next.set(Some(stream.clone()));
        stream
    }
}

impl<F: Future + 'static> hyper::rt::Executor<F> for Streams {
    fn execute(&self, task: F) {
        let (stream, connection) = (self.next.take().unwrap_or_default(), self.connection.clone());
        tokio::task::spawn_local(async move {
            if stream.run(task).await.is_none() {
                let (place, peer) = (connection.place(), connection.peer);
                place.counters.closed.add(1);
                place.log.complain(Complaint::Closed, || format!("{peer}: stream reset: a body that stands still"));
            }
        });
    }
}
