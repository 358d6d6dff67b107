//! A guest's call, polled with a watch on how long it computes.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use tambo::component::CallError;

use super::instances::Ready;
use super::meter::Meter;
use crate::place::Place;

/// How a call ended that did not end well.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The guest trapped, or could not be called.
    Call(CallError),
    /// It computed for longer than it may.
    Computed,
}

/// An instance after a call, and how the call ended.
type Returned = (Ready, Result<(), CallError>);

/// A call under way. Dropping it ends the guest.
pub(crate) struct GuestCall {
    call: Pin<Box<dyn Future<Output = Returned>>>,
    place: Rc<Place>,
    meter: Meter,
}

impl GuestCall {
    pub(crate) fn new(place: Rc<Place>, call: impl Future<Output = Returned> + 'static) -> Self {
        let meter = Meter::new(place.limits.compute);
        Self { call: Box::pin(call), place, meter }
    }
}

/// The instance, if it can be called again.
impl Future for GuestCall {
    type Output = Result<Ready, Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let began = this.meter.begin(&this.place.system);
        match this.call.as_mut().poll(context) {
            Poll::Ready((ready, Ok(()))) => Poll::Ready(Ok(ready)),
            Poll::Ready((_, Err(error))) => Poll::Ready(Err(Failure::Call(error))),
            Poll::Pending => {
                this.meter.end(&this.place.system, &began);
                if this.meter.is_over() { Poll::Ready(Err(Failure::Computed)) } else { Poll::Pending }
            }
        }
    }
}
