//! `incoming-response`, `outgoing-response` and `response-outparam`.

use tambo_component_linker::bindings::{Borrow, Own};
use tambo_engine::Trap;
use tambo_kernel::http::{OutgoingResponse as KernelResponse, StatusCode};

use super::errors::{http_error, too_large};
use super::{Message, taken};
use crate::P2;
use crate::bindings::wasi::http::types::{
    ErrorCodeRef, Fields, HostIncomingResponse, HostOutgoingResponse, HostResponseOutparam, IncomingBody,
    IncomingResponse, OutgoingBody, OutgoingResponse, ResponseOutparam,
};

impl HostIncomingResponse for P2 {
    fn status(&mut self, response: Borrow<IncomingResponse>) -> Result<u16, Trap> {
        Ok(self.http.incoming_responses.get(response.rep())?.message.status.as_u16())
    }

    fn headers(&mut self, response: Borrow<IncomingResponse>) -> Result<Own<Fields>, Trap> {
        let response = self.http.incoming_responses.get(response.rep())?;
        let headers = response.message.headers().to_immutable().map_err(|_| too_large())?;
        let children = response.children.clone();
        Ok(self.new_headers(headers, &children))
    }

    fn consume(&mut self, response: Borrow<IncomingResponse>) -> Result<Result<Own<IncomingBody>, ()>, Trap> {
        let body = self.http.incoming_responses.get_mut(response.rep())?.message.take_body();
        Ok(body.map(|body| self.new_incoming_body(body)).ok_or(()))
    }

    fn drop(&mut self, response: Own<IncomingResponse>) -> Result<(), Trap> {
        taken(self.http.incoming_responses.remove(response.rep()))?.into_alone("incoming-response").map(drop)
    }
}

impl HostOutgoingResponse for P2 {
    fn new(&mut self, headers: Own<Fields>) -> Result<Own<OutgoingResponse>, Trap> {
        let headers = self.take_fields(&headers)?;
        let response = KernelResponse::new(headers, self.host.http.account());
        Ok(Own::new(self.http.outgoing_responses.add(Message::new(response))))
    }

    fn status_code(&mut self, response: Borrow<OutgoingResponse>) -> Result<u16, Trap> {
        Ok(self.http.outgoing_responses.get(response.rep())?.message.status.as_u16())
    }

    fn set_status_code(
        &mut self,
        response: Borrow<OutgoingResponse>,
        status_code: u16,
    ) -> Result<Result<(), ()>, Trap> {
        let response = self.http.outgoing_responses.get_mut(response.rep())?;
        Ok(StatusCode::from_u16(status_code).map(|status| response.message.status = status).map_err(drop))
    }

    fn headers(&mut self, response: Borrow<OutgoingResponse>) -> Result<Own<Fields>, Trap> {
        let response = self.http.outgoing_responses.get(response.rep())?;
        let headers = response.message.headers().to_immutable().map_err(|_| too_large())?;
        let children = response.children.clone();
        Ok(self.new_headers(headers, &children))
    }

    fn body(&mut self, response: Borrow<OutgoingResponse>) -> Result<Result<Own<OutgoingBody>, ()>, Trap> {
        let opened = self.http.outgoing_responses.get_mut(response.rep())?.message.body();
        Ok(self.new_outgoing_body(opened))
    }

    fn drop(&mut self, response: Own<OutgoingResponse>) -> Result<(), Trap> {
        taken(self.http.outgoing_responses.remove(response.rep()))?.into_alone("outgoing-response").map(drop)
    }
}

impl HostResponseOutparam for P2 {
    fn set(
        &mut self,
        param: Own<ResponseOutparam>,
        response: Result<Own<OutgoingResponse>, ErrorCodeRef<'_>>,
    ) -> Result<(), Trap> {
        let promise = taken(self.http.outparams.remove(param.rep()))?;
        let answer = match response {
            Ok(response) => {
                Ok(taken(self.http.outgoing_responses.remove(response.rep()))?.into_alone("outgoing-response")?)
            }
            Err(code) => Err(http_error(code)),
        };
        // Nobody wants it any more: the client has gone.
        drop(promise.keep(answer));
        Ok(())
    }

    /// The promise is broken: the server answers by itself.
    fn drop(&mut self, param: Own<ResponseOutparam>) -> Result<(), Trap> {
        taken(self.http.outparams.remove(param.rep())).map(drop)
    }
}
