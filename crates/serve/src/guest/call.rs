//! A guest's call, polled with a watch on how long it holds the thread.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use tambo::component::CallError;

use super::instances::Ready;
use crate::place::Place;

/// How a call ended that did not end well.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The guest trapped, or could not be called.
    Call(CallError),
    /// It computed for longer than it may.
    Computed,
}

/// A call under way. Dropping it ends the guest.
pub(crate) struct GuestCall {
    call: Pin<Box<dyn Future<Output = (Ready, Result<(), CallError>)>>>,
    place: Rc<Place>,
    /// Nanoseconds for which it held the thread.
    held: u64,
    allowed: u64,
}

impl GuestCall {
    pub(crate) fn new(place: Rc<Place>, call: impl Future<Output = (Ready, Result<(), CallError>)> + 'static) -> Self {
        let allowed = u64::try_from(place.limits.compute.as_nanos()).unwrap_or(u64::MAX);
        Self { call: Box::pin(call), place, held: 0, allowed }
    }
}

/// The instance, if it can be called again.
impl Future for GuestCall {
    type Output = Result<Ready, Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let began = self.place.system.monotonic.now();
        let polled = self.call.as_mut().poll(context);
        match polled {
            Poll::Ready((ready, Ok(()))) => Poll::Ready(Ok(ready)),
            Poll::Ready((_, Err(error))) => Poll::Ready(Err(Failure::Call(error))),
            Poll::Pending => {
                let held = self.place.system.monotonic.now().saturating_sub(began);
                self.held = self.held.saturating_add(held);
                if self.held > self.allowed { Poll::Ready(Err(Failure::Computed)) } else { Poll::Pending }
            }
        }
    }
}
