//! `wasi:http`: messages as handles, sending requests, and answering them (proposals/http/wit at v0.2.12).
//!
//! A resource that is a child of another counts among its `Family` as long as it lives. What the
//! text says must outlive its children traps when it is dropped, or given away, before them.

mod body;
mod errors;
mod fields;
mod futures;
mod options;
mod request;
mod response;
mod serve;

use tambo_component_linker::bindings::{Borrow, Own};
use tambo_engine::Trap;
use tambo_kernel::http::{
    Fields as KernelFields, HttpError, OutgoingResponse as KernelResponse, Promise, RequestOptions,
};

use crate::P2;
use crate::bindings::wasi::http::types::{self, ErrorCode};
use crate::bindings::wasi::io::error::Error as IoErrorResource;
use crate::io::{Family, IoError};
use crate::p2::fault;
use crate::table::Objects;

pub use errors::{FieldsFailure, HttpFailure};
pub use serve::{Answer, HANDLE, Request, ResponseSlot};

/// The objects of `wasi:http`.
#[derive(Default)]
pub(crate) struct Http {
    fields: Objects<FieldsObject>,
    incoming_requests: Objects<Message<tambo_kernel::http::IncomingRequest>>,
    outgoing_requests: Objects<Message<tambo_kernel::http::OutgoingRequest>>,
    incoming_responses: Objects<Message<tambo_kernel::http::IncomingResponse>>,
    outgoing_responses: Objects<Message<KernelResponse>>,
    incoming_bodies: Objects<body::Incoming>,
    outgoing_bodies: Objects<body::Outgoing>,
    trailers: Objects<futures::Trailers>,
    responses: Objects<futures::Response>,
    options: Objects<RequestOptions>,
    outparams: Objects<Promise<Result<KernelResponse, HttpError>>>,
}

/// Fields, perhaps the child of a message.
struct FieldsObject {
    fields: KernelFields,
    _parent: Option<Family>,
}

/// A message, and the fields that a guest has of it.
struct Message<T> {
    message: T,
    children: Family,
}

impl<T> Message<T> {
    fn new(message: T) -> Self {
        Self { message, children: Family::default() }
    }

    /// The message alone, which is dropped or given away: that its children must not see.
    fn into_alone(self, what: &str) -> Result<T, Trap> {
        if self.children.has_children() {
            return Err(fault(format!("an {what} was dropped or given away before its headers")));
        }
        Ok(self.message)
    }
}

/// What a handle stands for. That it stands for nothing is our mistake.
fn taken<T>(object: Option<T>) -> Result<T, Trap> {
    object.ok_or_else(|| Trap::bug("a resource of wasi:http has no object behind it"))
}

impl P2 {
    /// A handle to fields that are the child of a message.
    fn new_headers(&mut self, fields: KernelFields, of: &Family) -> Own<types::Fields> {
        Own::new(self.http.fields.add(FieldsObject { fields, _parent: Some(of.clone()) }))
    }
}

impl types::Host for P2 {
    fn http_error_code(&mut self, err: Borrow<IoErrorResource>) -> Result<Option<ErrorCode>, Trap> {
        Ok(match self.io.errors.get(err.rep())? {
            IoError::Http(error) => Some(errors::error_code(error.clone())),
            IoError::System(_) => None,
        })
    }
}

#[cfg(test)]
mod tests;
