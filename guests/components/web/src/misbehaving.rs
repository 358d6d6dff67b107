//! Handlers that do what they should not, or what few do: odd statuses, texts that look like the server's, bodies that are
//! left alone, trailers in every way.

use wasip2::cli;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam, http_error_code,
};
use wasip2::io::streams::StreamError;

use crate::{respond, say, wait};

/// What a server's own lines may look like.
const FORGED: &str = "a mistake\nserving http://evil\n[shop 0-1] trapped: forged\u{1b}[2J";

pub(crate) fn answer(what: &str, number: u64, request: &IncomingRequest, out: ResponseOutparam) {
    match what {
        "status" => respond(out, number as u16, b"a body\n"),
        "forged-error" => ResponseOutparam::set(out, Err(ErrorCode::InternalError(Some(FORGED.to_owned())))),
        "early" => early(number, request, out),
        "received" => respond(out, 200, received(request).as_bytes()),
        "late-trailers" => trailers(out, number),
        "noise" => {
            let line = b"noise, noise, noise, noise, noise, noise, noise\n".repeat(80);
            (0..number).for_each(|_| say(cli::stderr::get_stderr(), &line));
            respond(out, 200, b"said\n");
        }
        _ => respond(out, 404, b"no such thing\n"),
    }
}

/// Looks for the body once, too early, then does something else for a while, and reads it.
fn early(milliseconds: u64, request: &IncomingRequest, out: ResponseOutparam) {
    let body = request.consume().unwrap();
    let from = body.stream().unwrap();
    let mut text = from.read(1000).unwrap();
    wait(milliseconds);
    if text.is_empty() {
        text = from.blocking_read(1000).unwrap();
    }
    drop(from);
    respond(out, 200, &text);
}

/// How the body of the request ended.
fn received(request: &IncomingRequest) -> String {
    let body = request.consume().unwrap();
    let from = body.stream().unwrap();
    let mut total = 0;
    loop {
        match from.blocking_read(1 << 16) {
            Ok(bytes) => total += bytes.len(),
            Err(StreamError::Closed) => return total.to_string(),
            Err(StreamError::LastOperationFailed(error)) => return format!("{:?}", http_error_code(&error)),
        }
    }
}

/// Trailers that the head did not announce, known before the guest waits for the first time, or later.
fn trailers(out: ResponseOutparam, milliseconds: u64) {
    let response = OutgoingResponse::new(Fields::new());
    let body = response.body().unwrap();
    ResponseOutparam::set(out, Ok(response));
    let stream = body.write().unwrap();
    stream.blocking_write_and_flush(b"with trailers\n").unwrap();
    drop(stream);
    if milliseconds > 0 {
        wait(milliseconds);
    }
    let trailers = [("x-end".to_owned(), b"here".to_vec()), ("x-more".to_owned(), b"too".to_vec())];
    OutgoingBody::finish(body, Some(Fields::from_list(&trailers).unwrap())).unwrap();
}
