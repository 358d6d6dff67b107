//! `incoming-request` and `outgoing-request`.

use tambo_component_linker::bindings::{Borrow, Own};
use tambo_engine::Trap;
use tambo_kernel::http::uri::Scheme as KernelScheme;
use tambo_kernel::http::{Method as KernelMethod, OutgoingRequest as KernelRequest};

use super::errors::too_large;
use super::{Message, taken};
use crate::P2;
use crate::bindings::wasi::http::types::{
    Fields, HostIncomingRequest, HostOutgoingRequest, IncomingBody, IncomingRequest, Method, MethodRef, OutgoingBody,
    OutgoingRequest, Scheme, SchemeRef,
};

/// The method as WIT has it.
fn method(method: &KernelMethod) -> Method {
    match *method {
        KernelMethod::GET => Method::Get,
        KernelMethod::HEAD => Method::Head,
        KernelMethod::POST => Method::Post,
        KernelMethod::PUT => Method::Put,
        KernelMethod::DELETE => Method::Delete,
        KernelMethod::CONNECT => Method::Connect,
        KernelMethod::OPTIONS => Method::Options,
        KernelMethod::TRACE => Method::Trace,
        KernelMethod::PATCH => Method::Patch,
        ref other => Method::Other(other.as_str().to_owned()),
    }
}

/// The method that a guest names; none if it is no token.
fn kernel_method(method: MethodRef<'_>) -> Option<KernelMethod> {
    Some(match method {
        MethodRef::Get => KernelMethod::GET,
        MethodRef::Head => KernelMethod::HEAD,
        MethodRef::Post => KernelMethod::POST,
        MethodRef::Put => KernelMethod::PUT,
        MethodRef::Delete => KernelMethod::DELETE,
        MethodRef::Connect => KernelMethod::CONNECT,
        MethodRef::Options => KernelMethod::OPTIONS,
        MethodRef::Trace => KernelMethod::TRACE,
        MethodRef::Patch => KernelMethod::PATCH,
        MethodRef::Other(name) => KernelMethod::from_bytes(name.as_bytes()).ok()?,
    })
}

fn scheme(scheme: &KernelScheme) -> Scheme {
    match scheme {
        http if *http == KernelScheme::HTTP => Scheme::HTTP,
        https if *https == KernelScheme::HTTPS => Scheme::HTTPS,
        other => Scheme::Other(other.as_str().to_owned()),
    }
}

/// The scheme that a guest names, as text.
fn scheme_text<'a>(scheme: &SchemeRef<'a>) -> &'a str {
    match scheme {
        SchemeRef::HTTP => "http",
        SchemeRef::HTTPS => "https",
        SchemeRef::Other(name) => name,
    }
}

impl P2 {
    fn outgoing_request(&mut self, request: &Borrow<OutgoingRequest>) -> Result<&mut KernelRequest, Trap> {
        Ok(&mut self.http.outgoing_requests.get_mut(request.rep())?.message)
    }
}

impl HostIncomingRequest for P2 {
    fn method(&mut self, request: Borrow<IncomingRequest>) -> Result<Method, Trap> {
        Ok(method(&self.http.incoming_requests.get(request.rep())?.message.method))
    }

    fn path_with_query(&mut self, request: Borrow<IncomingRequest>) -> Result<Option<String>, Trap> {
        let request = &self.http.incoming_requests.get(request.rep())?.message;
        Ok(request.path_with_query.as_ref().map(|path| path.as_str().to_owned()))
    }

    fn scheme(&mut self, request: Borrow<IncomingRequest>) -> Result<Option<Scheme>, Trap> {
        Ok(Some(scheme(&self.http.incoming_requests.get(request.rep())?.message.scheme)))
    }

    fn authority(&mut self, request: Borrow<IncomingRequest>) -> Result<Option<String>, Trap> {
        let request = &self.http.incoming_requests.get(request.rep())?.message;
        Ok(request.authority.as_ref().map(|authority| authority.as_str().to_owned()))
    }

    fn headers(&mut self, request: Borrow<IncomingRequest>) -> Result<Own<Fields>, Trap> {
        let request = self.http.incoming_requests.get(request.rep())?;
        let headers = request.message.headers().to_immutable().map_err(|_| too_large())?;
        let children = request.children.clone();
        Ok(self.new_headers(headers, &children))
    }

    fn consume(&mut self, request: Borrow<IncomingRequest>) -> Result<Result<Own<IncomingBody>, ()>, Trap> {
        let body = self.http.incoming_requests.get_mut(request.rep())?.message.take_body();
        Ok(body.map(|body| self.new_incoming_body(body)).ok_or(()))
    }

    fn drop(&mut self, request: Own<IncomingRequest>) -> Result<(), Trap> {
        taken(self.http.incoming_requests.remove(request.rep()))?.into_alone("incoming-request").map(drop)
    }
}

impl HostOutgoingRequest for P2 {
    fn new(&mut self, headers: Own<Fields>) -> Result<Own<OutgoingRequest>, Trap> {
        let headers = self.take_fields(&headers)?;
        let request = KernelRequest::new(headers, self.host.http.account());
        Ok(Own::new(self.http.outgoing_requests.add(Message::new(request))))
    }

    fn body(&mut self, request: Borrow<OutgoingRequest>) -> Result<Result<Own<OutgoingBody>, ()>, Trap> {
        let opened = self.outgoing_request(&request)?.body();
        Ok(self.new_outgoing_body(opened))
    }

    fn method(&mut self, request: Borrow<OutgoingRequest>) -> Result<Method, Trap> {
        Ok(method(&self.outgoing_request(&request)?.method))
    }

    fn set_method(&mut self, request: Borrow<OutgoingRequest>, method: MethodRef<'_>) -> Result<Result<(), ()>, Trap> {
        let request = self.outgoing_request(&request)?;
        Ok(kernel_method(method).map(|method| request.method = method).ok_or(()))
    }

    fn path_with_query(&mut self, request: Borrow<OutgoingRequest>) -> Result<Option<String>, Trap> {
        let path = self.outgoing_request(&request)?.path_with_query.as_ref();
        Ok(path.map(|path| path.as_str().to_owned()))
    }

    fn set_path_with_query(
        &mut self,
        request: Borrow<OutgoingRequest>,
        path_with_query: Option<&str>,
    ) -> Result<Result<(), ()>, Trap> {
        Ok(self.outgoing_request(&request)?.set_path_with_query(path_with_query).map_err(drop))
    }

    fn scheme(&mut self, request: Borrow<OutgoingRequest>) -> Result<Option<Scheme>, Trap> {
        Ok(self.outgoing_request(&request)?.scheme.as_ref().map(scheme))
    }

    fn set_scheme(
        &mut self,
        request: Borrow<OutgoingRequest>,
        scheme: Option<SchemeRef<'_>>,
    ) -> Result<Result<(), ()>, Trap> {
        let scheme = scheme.as_ref().map(scheme_text);
        Ok(self.outgoing_request(&request)?.set_scheme(scheme).map_err(drop))
    }

    fn authority(&mut self, request: Borrow<OutgoingRequest>) -> Result<Option<String>, Trap> {
        let authority = self.outgoing_request(&request)?.authority.as_ref();
        Ok(authority.map(|authority| authority.as_str().to_owned()))
    }

    fn set_authority(
        &mut self,
        request: Borrow<OutgoingRequest>,
        authority: Option<&str>,
    ) -> Result<Result<(), ()>, Trap> {
        Ok(self.outgoing_request(&request)?.set_authority(authority).map_err(drop))
    }

    fn headers(&mut self, request: Borrow<OutgoingRequest>) -> Result<Own<Fields>, Trap> {
        let request = self.http.outgoing_requests.get(request.rep())?;
        let headers = request.message.headers().to_immutable().map_err(|_| too_large())?;
        let children = request.children.clone();
        Ok(self.new_headers(headers, &children))
    }

    fn drop(&mut self, request: Own<OutgoingRequest>) -> Result<(), Trap> {
        taken(self.http.outgoing_requests.remove(request.rep()))?.into_alone("outgoing-request").map(drop)
    }
}
