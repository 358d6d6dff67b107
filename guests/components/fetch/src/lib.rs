//! A command that sends HTTP requests: `METHOD URL CONTENT`, several in a row. Each response is printed: its status, and
//! its content; a failure is printed too, and the command fails.

use wasip2::cli::{environment, stderr, stdout};
use wasip2::exports::cli::run::Guest;
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingResponse, Method, OutgoingBody, OutgoingRequest, Scheme, http_error_code,
};
use wasip2::io::streams::{OutputStream, StreamError};

wasip2::cli::command::export!(Fetch);

struct Fetch;

/// What one write may have.
const PIECE: usize = 4096;

impl Guest for Fetch {
    fn run() -> Result<(), ()> {
        let arguments = environment::get_arguments();
        for exchange in arguments.get(1..).unwrap_or_default().chunks(3) {
            let [method, url, content] = exchange else { return Err(()) };
            match fetch(method, url, content.as_bytes()) {
                Ok(text) => say(stdout::get_stdout(), &text),
                Err(code) => {
                    say(stderr::get_stderr(), format!("{code:?}\n").as_bytes());
                    return Err(());
                }
            }
        }
        Ok(())
    }
}

fn say(stream: OutputStream, text: &[u8]) {
    // Nobody is left to be told of a failure.
    let _ = text.chunks(PIECE).try_for_each(|piece| stream.blocking_write_and_flush(piece));
}

/// The status and the content of the response, as text.
fn fetch(method: &str, url: &str, content: &[u8]) -> Result<Vec<u8>, ErrorCode> {
    let request = request(method, url).ok_or(ErrorCode::HttpRequestUriInvalid)?;
    let body = request.body().expect("the first time");
    let future = handle(request, None)?;
    write(body, content)?;
    future.subscribe().block();
    let response = future.get().expect("it is ready").expect("the first time")?;
    let mut text = format!("{}\n", response.status()).into_bytes();
    text.extend(read(&response)?);
    text.push(b'\n');
    Ok(text)
}

fn request(method: &str, url: &str) -> Option<OutgoingRequest> {
    let (scheme, rest) = url.split_once("://")?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let fields = Fields::from_list(&[("X-From".to_owned(), b"a guest".to_vec())]).ok()?;
    let request = OutgoingRequest::new(fields);
    request.set_method(&Method::Other(method.to_owned())).ok()?;
    request.set_scheme(Some(if scheme == "https" { &Scheme::Https } else { &Scheme::Http })).ok()?;
    request.set_authority(Some(authority)).ok()?;
    request.set_path_with_query(Some(path)).ok()?;
    Some(request)
}

fn write(body: OutgoingBody, content: &[u8]) -> Result<(), ErrorCode> {
    let stream = body.write().expect("the first time");
    // A server that refuses the request reads no body: its response says more.
    let _ = content.chunks(PIECE).try_for_each(|piece| stream.blocking_write_and_flush(piece));
    drop(stream);
    OutgoingBody::finish(body, None)
}

fn read(response: &IncomingResponse) -> Result<Vec<u8>, ErrorCode> {
    let body = response.consume().expect("the first time");
    let stream = body.stream().expect("the first time");
    let mut content = Vec::new();
    loop {
        match stream.blocking_read(1 << 16) {
            Ok(more) => content.extend(more),
            Err(StreamError::Closed) => return Ok(content),
            Err(StreamError::LastOperationFailed(error)) => {
                return Err(http_error_code(&error).unwrap_or(ErrorCode::InternalError(None)));
            }
        }
    }
}
