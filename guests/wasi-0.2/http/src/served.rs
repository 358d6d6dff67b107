//! Cases that a handler answers: which one a request is about, and what becomes of a panic.

use std::panic;

use conformance::{full_name, streams};

use crate::bindings::wasi::http::types::{Fields, OutgoingBody, OutgoingResponse};
use crate::exchange;

pub(crate) use crate::bindings::wasi::http::types::{IncomingRequest, ResponseOutparam};

/// One case.
pub(crate) struct Served {
    /// The function that it is about.
    pub(crate) group: &'static str,
    /// What it shows.
    pub(crate) name: &'static str,
    /// Answers the request.
    pub(crate) handle: fn(IncomingRequest, ResponseOutparam),
}

/// `HANDLERS`, and `CASES` so that the list of the command names them too.
macro_rules! served {
    ($($group:literal: $($name:ident),+ $(,)?);+ $(;)?) => {
        pub(crate) const CASES: &[conformance::Case] = &[$($(conformance::Case {
            group: $group,
            name: stringify!($name),
            check: || panic!("this is a case for a server"),
        },)+)+];

        pub(crate) const HANDLERS: &[crate::served::Served] =
            &[$($(crate::served::Served { group: $group, name: stringify!($name), handle: $name },)+)+];
    };
}

pub(crate) use served;

/// Answer the request as the case that it names does. A check that fails says so on standard error, and traps.
pub(crate) fn run(groups: &[&[Served]], request: IncomingRequest, out: ResponseOutparam) {
    panic::set_hook(Box::new(|panic| streams::to_stderr(&format!("{panic}\n"))));
    let headers = request.headers();
    let field = |name: &str| headers.get(name).pop().map(|value| String::from_utf8(value).expect("a text"));
    let wanted = field("x-case").expect("a field that names the case");
    if let Some(address) = field("x-origin") {
        exchange::set_origin(address);
    }
    drop(headers);
    let mut cases = groups.iter().copied().flatten();
    let case = cases.find(|case| full_name(case.group, case.name) == wanted);
    (case.unwrap_or_else(|| panic!("there is no case {wanted}")).handle)(request, out);
}

/// Answer with a head; the body is to be written.
pub(crate) fn begin(out: ResponseOutparam, fields: Fields) -> OutgoingBody {
    let response = OutgoingResponse::new(fields);
    let body = response.body().expect("the first time");
    ResponseOutparam::set(out, Ok(response));
    body
}

/// Answer with a text.
pub(crate) fn respond(out: ResponseOutparam, text: &str) {
    let body = begin(out, Fields::new());
    exchange::write(&body, text.as_bytes());
    OutgoingBody::finish(body, None).expect("a body of any length");
}
