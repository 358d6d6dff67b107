//! What a guest does after its response began: it may go on as long as somebody takes its body, and for a while after
//! that.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::task::{Poll, Waker};

use crate::place::Place;
use crate::ticks;

/// Shared by a guest that goes on and the body of its response.
#[derive(Default)]
pub(crate) struct Tail {
    body_is_over: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Tail {
    /// The body was sent, or nobody wants it.
    pub(crate) fn body_is_over(&self) {
        self.body_is_over.set(true);
        let waker = self.waker.borrow_mut().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The guest's call to its end; none if it went on for too long.
    pub(crate) async fn end<F: Future + Unpin>(self: Rc<Self>, mut call: F, place: &Place) -> Option<F::Output> {
        let mut deadline = None;
        poll_fn(|context| {
            if let Poll::Ready(output) = std::pin::Pin::new(&mut call).poll(context) {
                return Poll::Ready(Some(output));
            }
            if !self.body_is_over.get() {
                *self.waker.borrow_mut() = Some(context.waker().clone());
                return Poll::Pending;
            }
            let allowed = ticks::of(place.limits.first_byte);
            let deadline = deadline.get_or_insert_with(|| place.deadlines.set(allowed, None));
            deadline.poll(context).map(|()| None)
        })
        .await
    }
}
