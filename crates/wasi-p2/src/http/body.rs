//! `incoming-body` and `outgoing-body`.

use std::rc::Rc;

use tambo_component_linker::bindings::{Borrow, Own};
use tambo_engine::Trap;
use tambo_kernel::http::{HttpError, IncomingBody as KernelIncoming, OutgoingBody as KernelOutgoing};
use tambo_kernel::input::Input;
use tambo_kernel::output::Output;

use super::{HttpFailure, futures, taken};
use crate::P2;
use crate::bindings::wasi::http::types::{
    Fields, FutureTrailers, HostIncomingBody, HostOutgoingBody, IncomingBody, OutgoingBody,
};
use crate::bindings::wasi::io::streams::{InputStream, OutputStream};
use crate::io::Family;
use crate::p2::fault;

/// Behind an `incoming-body`.
pub(super) struct Incoming {
    body: Rc<KernelIncoming>,
    has_stream: bool,
    children: Family,
}

/// Behind an `outgoing-body`.
pub(super) struct Outgoing {
    body: KernelOutgoing,
    has_stream: bool,
    children: Family,
}

impl Incoming {
    fn into_alone(self) -> Result<Rc<KernelIncoming>, Trap> {
        if self.children.has_children() {
            return Err(fault("an incoming-body was dropped or finished before its stream"));
        }
        Ok(self.body)
    }
}

impl Outgoing {
    fn into_alone(self) -> Result<KernelOutgoing, Trap> {
        if self.children.has_children() {
            return Err(fault("an outgoing-body was dropped or finished before its stream"));
        }
        Ok(self.body)
    }
}

impl P2 {
    pub(super) fn new_incoming_body(&mut self, body: KernelIncoming) -> Own<IncomingBody> {
        let body = Incoming { body: Rc::new(body), has_stream: false, children: Family::default() };
        Own::new(self.http.incoming_bodies.add(body))
    }

    /// That there are as many bodies as there may be is told like that there is one already: WIT has one error for both.
    pub(super) fn new_outgoing_body(
        &mut self,
        opened: Result<Option<KernelOutgoing>, HttpError>,
    ) -> Result<Own<OutgoingBody>, ()> {
        let body = opened.ok().flatten().ok_or(())?;
        let body = Outgoing { body, has_stream: false, children: Family::default() };
        Ok(Own::new(self.http.outgoing_bodies.add(body)))
    }
}

impl HostIncomingBody for P2 {
    fn stream(&mut self, body: Borrow<IncomingBody>) -> Result<Result<Own<InputStream>, ()>, Trap> {
        let body = self.http.incoming_bodies.get_mut(body.rep())?;
        if std::mem::replace(&mut body.has_stream, true) {
            return Ok(Err(()));
        }
        let (input, children) = (Input::of_stream(body.body.clone()), body.children.clone());
        Ok(Ok(self.new_input(input, Some(&children))))
    }

    fn finish(&mut self, this: Own<IncomingBody>) -> Result<Own<FutureTrailers>, Trap> {
        let body = taken(self.http.incoming_bodies.remove(this.rep()))?.into_alone()?;
        Ok(Own::new(self.http.trailers.add(futures::Trailers::new(body))))
    }

    fn drop(&mut self, body: Own<IncomingBody>) -> Result<(), Trap> {
        taken(self.http.incoming_bodies.remove(body.rep()))?.into_alone().map(drop)
    }
}

impl HostOutgoingBody for P2 {
    fn write(&mut self, body: Borrow<OutgoingBody>) -> Result<Result<Own<OutputStream>, ()>, Trap> {
        let body = self.http.outgoing_bodies.get_mut(body.rep())?;
        if std::mem::replace(&mut body.has_stream, true) {
            return Ok(Err(()));
        }
        let (output, children) = (Output::of_bounded(Rc::new(body.body.stream())), body.children.clone());
        Ok(Ok(self.new_output(output, Some(&children))))
    }

    fn finish(&mut self, this: Own<OutgoingBody>, trailers: Option<Own<Fields>>) -> Result<(), HttpFailure> {
        let trailers = trailers.map(|trailers| self.take_fields(&trailers)).transpose()?;
        let body = taken(self.http.outgoing_bodies.remove(this.rep()))?.into_alone()?;
        Ok(body.finish(trailers.map(tambo_kernel::http::Fields::into_map))?)
    }

    /// A body that was not finished is an error for whoever receives it.
    fn drop(&mut self, body: Own<OutgoingBody>) -> Result<(), Trap> {
        taken(self.http.outgoing_bodies.remove(body.rep()))?.into_alone().map(drop)
    }
}
