//! What a guest does for a request, polled with a watch on how long it computes.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use hyper::StatusCode;
use tambo::TrapKind;
use tambo::component::CallError;

use super::give_way::GiveWay;
use super::instances::{Missing, Ready};
use super::meter::Meter;
use crate::place::Place;

/// How a call ended that did not end well.
#[derive(Debug)]
pub(crate) enum Failure {
    /// There is no instance.
    Missing(Missing),
    /// The request cannot be told to a guest.
    Refused,
    /// The guest trapped, or could not be called.
    Call(CallError),
    /// It computed for longer than it may.
    Computed,
}

impl Failure {
    /// What the client is told.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Refused => StatusCode::BAD_REQUEST,
            Self::Missing(Missing::Trap(trap)) if matches!(trap.kind, TrapKind::Limit(_)) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Missing(_) | Self::Call(_) | Self::Computed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// An instance after its call.
type Returned = Result<Ready, Failure>;

/// A guest under way, from its instantiation on. Dropping it ends the guest.
pub(crate) struct GuestCall {
    call: Pin<Box<dyn Future<Output = Returned>>>,
    place: Rc<Place>,
    meter: Meter,
    way: Rc<GiveWay>,
}

impl GuestCall {
    pub(crate) fn new(place: Rc<Place>, call: impl Future<Output = Returned> + 'static) -> Self {
        let meter = Meter::new(place.limits.compute);
        let way = place.ways.borrow_mut().pop().unwrap_or_default();
        Self { call: Box::pin(call), place, meter, way }
    }

    /// Whether it does not wait, but was interrupted in what it computes, and goes on in a moment.
    pub(crate) fn gave_way(&self) -> bool {
        self.way.gave_way()
    }
}

impl Drop for GuestCall {
    fn drop(&mut self) {
        self.place.ways.borrow_mut().push(self.way.clone());
    }
}

/// The instance, if it can be called again.
impl Future for GuestCall {
    type Output = Returned;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let began = this.meter.begin(&this.place.system);
        let polled = this.way.poll(this.call.as_mut(), context);
        if polled.is_ready() {
            return polled;
        }
        this.meter.end(&this.place.system, &began);
        if this.meter.is_over() { Poll::Ready(Err(Failure::Computed)) } else { Poll::Pending }
    }
}
