//! What a server gives to a handler, and gets from it (`incoming-handler`).

use tambo_component_linker::bindings::Own;
use tambo_kernel::http::{HttpError, IncomingRequest as KernelRequest, OutgoingResponse, Promised, promise};

use super::Message;
use crate::P2;
use crate::bindings::wasi::http::types::{IncomingRequest, ResponseOutparam};

/// The name of the function that answers a request (`wasi:http/incoming-handler`): it takes what
/// [`P2::new_incoming_request`] and [`P2::new_response_outparam`] make.
pub const HANDLE: &str = "wasi:http/incoming-handler@0.2.12#handle";

/// What a handler answers: none if it ended without an answer.
pub type Answer = Promised<Result<OutgoingResponse, HttpError>>;

impl P2 {
    /// The request to be answered, as an argument of the handler.
    pub fn new_incoming_request(&mut self, request: KernelRequest) -> Own<IncomingRequest> {
        Own::new(self.http.incoming_requests.add(Message::new(request)))
    }

    /// Where the handler puts its answer, as its other argument; and the answer, which may come long before the handler
    /// ends. Look at it when the handler waits or has ended, and not at once: by then the body is often complete.
    pub fn new_response_outparam(&mut self) -> (Own<ResponseOutparam>, Answer) {
        let (promise, promised) = promise();
        (Own::new(self.http.outparams.add(promise)), promised)
    }
}

/// The request, as an argument of the handler.
pub type Request = Own<IncomingRequest>;
/// Where the handler puts its answer, as its other argument.
pub type ResponseSlot = Own<ResponseOutparam>;
