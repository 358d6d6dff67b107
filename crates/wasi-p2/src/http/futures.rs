//! `future-trailers` and `future-incoming-response`, and `outgoing-handler`, which makes the latter.

use std::rc::Rc;

use tambo_component_linker::bindings::{Borrow, Own};
use tambo_engine::Trap;
use tambo_kernel::http::{BodyEnd, Fields as KernelFields, HttpError, IncomingBody, IncomingResponse, ResponseFuture};
use tambo_kernel::wait::Interest;

use super::errors::error_code;
use super::{HttpFailure, Message, taken};
use crate::P2;
use crate::bindings::wasi::http::outgoing_handler;
use crate::bindings::wasi::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, FutureTrailers, HostFutureIncomingResponse, HostFutureTrailers,
    IncomingResponse as IncomingResponseResource, OutgoingRequest, RequestOptions,
};
use crate::bindings::wasi::io::poll::Pollable;
use crate::io::Family;
use crate::p2::fault;

/// Behind a `future-trailers`.
pub(super) struct Trailers {
    end: Rc<BodyEnd>,
    was_taken: bool,
    children: Family,
}

impl Trailers {
    pub(super) fn new(body: Rc<IncomingBody>) -> Self {
        Self { end: Rc::new(BodyEnd::new(body)), was_taken: false, children: Family::default() }
    }
}

/// Behind a `future-incoming-response`.
pub(super) struct Response {
    promised: Rc<ResponseFuture>,
    was_taken: bool,
    children: Family,
}

/// A future's value is there once: the outer option is about time, the result about that.
type Once<T> = Option<Result<T, ()>>;

impl HostFutureTrailers for P2 {
    fn subscribe(&mut self, trailers: Borrow<FutureTrailers>) -> Result<Own<Pollable>, Trap> {
        let trailers = self.http.trailers.get(trailers.rep())?;
        let (end, children) = (trailers.end.clone(), trailers.children.clone());
        Ok(self.new_readiness(end, Interest::Read, Some(&children)))
    }

    fn get(&mut self, trailers: Borrow<FutureTrailers>) -> Result<Once<Result<Option<Own<Fields>>, ErrorCode>>, Trap> {
        let future = self.http.trailers.get_mut(trailers.rep())?;
        if future.was_taken {
            return Ok(Some(Err(())));
        }
        let Some(outcome) = future.end.outcome() else { return Ok(None) };
        future.was_taken = true;
        let children = future.children.clone();
        let account = self.host.http.account();
        let trailers = outcome.map(|trailers| trailers.map(|trailers| KernelFields::received(trailers, account)));
        let trailers = trailers.map(|trailers| trailers.map(|trailers| self.new_headers(trailers, &children)));
        Ok(Some(Ok(trailers.map_err(error_code))))
    }

    fn drop(&mut self, trailers: Own<FutureTrailers>) -> Result<(), Trap> {
        match taken(self.http.trailers.remove(trailers.rep()))?.children.has_children() {
            true => Err(fault("a future-trailers was dropped before its pollables or trailers")),
            false => Ok(()),
        }
    }
}

impl HostFutureIncomingResponse for P2 {
    fn subscribe(&mut self, response: Borrow<FutureIncomingResponse>) -> Result<Own<Pollable>, Trap> {
        let response = self.http.responses.get(response.rep())?;
        let (promised, children) = (response.promised.clone(), response.children.clone());
        Ok(self.new_readiness(promised, Interest::Read, Some(&children)))
    }

    fn get(
        &mut self,
        response: Borrow<FutureIncomingResponse>,
    ) -> Result<Once<Result<Own<IncomingResponseResource>, ErrorCode>>, Trap> {
        let future = self.http.responses.get_mut(response.rep())?;
        if future.was_taken {
            return Ok(Some(Err(())));
        }
        if !future.promised.is_settled() {
            return Ok(None);
        }
        future.was_taken = true;
        let broken = || Err(HttpError::internal("the client gave up"));
        let response = future.promised.take().unwrap_or_else(broken);
        let response = response.map(|response| IncomingResponse::new(response, self.host.http.account()));
        let response = response.map(|response| Own::new(self.http.incoming_responses.add(Message::new(response))));
        Ok(Some(Ok(response.map_err(error_code))))
    }

    /// Whoever drops it before the response is there cancels the exchange.
    fn drop(&mut self, response: Own<FutureIncomingResponse>) -> Result<(), Trap> {
        match taken(self.http.responses.remove(response.rep()))?.children.has_children() {
            true => Err(fault("a future-incoming-response was dropped before its pollables")),
            false => Ok(()),
        }
    }
}

impl outgoing_handler::Host for P2 {
    fn handle(
        &mut self,
        request: Own<OutgoingRequest>,
        options: Option<Own<RequestOptions>>,
    ) -> Result<Own<FutureIncomingResponse>, HttpFailure> {
        let request = taken(self.http.outgoing_requests.remove(request.rep()))?.into_alone("outgoing-request")?;
        let options = match options {
            Some(options) => taken(self.http.options.remove(options.rep()))?,
            None => tambo_kernel::http::RequestOptions::default(),
        };
        let promised = Rc::new(self.host.http.send(request, options)?);
        let response = Response { promised, was_taken: false, children: Family::default() };
        Ok(Own::new(self.http.responses.add(response)))
    }
}
