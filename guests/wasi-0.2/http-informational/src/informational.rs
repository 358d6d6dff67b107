//! `response-outparam.send-informational`.

use std::panic;

use conformance::{Case, full_name, streams};

use crate::bindings::wasi::http::types::{ErrorCode, Fields, OutgoingResponse};

pub(crate) use crate::bindings::wasi::http::types::{IncomingRequest, ResponseOutparam};

const GROUP: &str = "types/response-outparam.send-informational";

type Handle = fn(&ResponseOutparam);

const HANDLERS: [(&str, Handle); 2] =
    [("comes_before_the_response", comes_before_the_response), ("is_100_to_199", is_100_to_199)];

pub(crate) const CASES: &[Case] = &[case(HANDLERS[0].0), case(HANDLERS[1].0)];

const fn case(name: &'static str) -> Case {
    Case { group: GROUP, name, check: || panic!("this is a case for a server") }
}

/// Send what the case does, and then a response: "Unlike `response-outparam.set`, this does not consume the
/// `response-outparam`".
pub(crate) fn run(request: &IncomingRequest, out: ResponseOutparam) {
    panic::set_hook(Box::new(|panic| streams::to_stderr(&format!("{panic}\n"))));
    let wanted = request.headers().get("x-case").pop().expect("a field that names the case");
    let case = HANDLERS.iter().find(|(name, _)| full_name(GROUP, name).as_bytes() == wanted);
    case.expect("there is such a case").1(&out);
    ResponseOutparam::set(out, Ok(OutgoingResponse::new(Fields::new())));
}

/// "or an `internal-error` if the implementation does not support informational responses"
fn comes_before_the_response(out: &ResponseOutparam) {
    for _ in 0..2 {
        let hints = Fields::from_list(&[("link".to_owned(), b"</a.css>".to_vec())]).expect("fields");
        match out.send_informational(103, hints) {
            Ok(()) | Err(ErrorCode::InternalError(_)) => {}
            Err(error) => panic!("it failed with {error:?}"),
        }
    }
}

/// "This will return an `HTTP-protocol-error` if `status` is not in the range [100-199]"
fn is_100_to_199(out: &ResponseOutparam) {
    for status in [99, 200, 0, 1000] {
        match out.send_informational(status, Fields::new()) {
            Err(ErrorCode::HttpProtocolError | ErrorCode::InternalError(_)) => {}
            other => panic!("{status}: {other:?}"),
        }
    }
}
