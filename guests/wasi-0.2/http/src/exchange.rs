//! Short ways to what most cases do: requests to the origin, and what comes back.

use std::cell::OnceCell;

use conformance::streams::{read_all, write_all};
use conformance::wasi::cli::environment::get_arguments;
use conformance::wasi::io::streams::{InputStream, StreamError};

use crate::bindings::wasi::http::outgoing_handler::handle;
use crate::bindings::wasi::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingBody, IncomingResponse, OutgoingBody, OutgoingRequest, Scheme,
    http_error_code,
};

/// Check that something failed with one of the errors that the text allows.
macro_rules! fails {
    ($outcome:expr, $code:pat) => {
        match $outcome {
            Err($code) => {}
            Err(other) => panic!("it failed with {other:?}, where {} was expected", stringify!($code)),
            Ok(_) => panic!("it succeeded, where {} was expected", stringify!($code)),
        }
    };
}

pub(crate) use fails;

thread_local! {
    /// A handler is told by its request.
    static ORIGIN: OnceCell<String> = const { OnceCell::new() };
}

/// Tell where the origin is.
pub(crate) fn set_origin(address: String) {
    ORIGIN.with(|origin| origin.set(address).expect("it is told once"));
}

/// Where the origin is, as `IP:PORT`: the second argument, unless it was told.
pub(crate) fn origin() -> String {
    let told = ORIGIN.with(|origin| origin.get().cloned());
    told.unwrap_or_else(|| get_arguments().into_iter().nth(2).expect("an argument: the address of the origin"))
}

/// An address that takes no connection and refuses none: the third argument.
pub(crate) fn deaf() -> String {
    get_arguments().into_iter().nth(3).expect("an argument: an address that does not answer")
}

/// Fields with this in them.
#[track_caller]
pub(crate) fn fields(entries: &[(&str, &str)]) -> Fields {
    let entries: Vec<_> = entries.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
    Fields::from_list(&entries).expect("fields without a mistake")
}

/// A GET request to a place.
pub(crate) fn request_to(authority: &str, path: &str, fields: Fields) -> OutgoingRequest {
    let request = OutgoingRequest::new(fields);
    request.set_scheme(Some(&Scheme::Http)).expect("a scheme");
    request.set_authority(Some(authority)).expect("an authority");
    request.set_path_with_query(Some(path)).expect("a path");
    request
}

/// A GET request to the origin, which describes it.
pub(crate) fn request(path: &str, fields: Fields) -> OutgoingRequest {
    request_to(&origin(), path, fields)
}

/// A request that the origin answers with these bytes and then closes. A backslash and a letter are a command of the
/// origin's: `\\p` is a pause, `\\h` holds on until the other side closes.
pub(crate) fn answered_with(bytes: &str) -> OutgoingRequest {
    let program = bytes.replace('\r', "\\r").replace('\n', "\\n");
    request("/", fields(&[("x-answer", &program)]))
}

/// The response once it is there.
pub(crate) fn settled(future: &FutureIncomingResponse) -> Result<IncomingResponse, ErrorCode> {
    loop {
        match future.get() {
            Some(outcome) => return outcome.expect("the first time"),
            None => future.subscribe().block(),
        }
    }
}

/// Send a request whose body is complete or never was taken, and wait for the head of the response.
pub(crate) fn send(request: OutgoingRequest) -> Result<IncomingResponse, ErrorCode> {
    settled(&handle(request, None)?)
}

/// Send a request with a body of this, in one piece, and wait for the head of the response.
pub(crate) fn send_with(request: OutgoingRequest, content: &[u8]) -> Result<IncomingResponse, ErrorCode> {
    let body = request.body().expect("the first time");
    let future = handle(request, None)?;
    write(&body, content);
    OutgoingBody::finish(body, None)?;
    settled(&future)
}

/// The response to a request that the origin answers so.
#[track_caller]
pub(crate) fn response(bytes: &str) -> IncomingResponse {
    send(answered_with(bytes)).expect("a response")
}

/// Write all of it, whatever becomes of it.
pub(crate) fn write(body: &OutgoingBody, content: &[u8]) {
    let stream = body.write().expect("the first time");
    // Nobody has to read a body: who sends it is told by `finish`, or by the response.
    let _ = write_all(&stream, content);
}

/// All that is in the body of a response.
#[track_caller]
pub(crate) fn text(response: &IncomingResponse) -> String {
    let body = response.consume().expect("the first time");
    let bytes = read_all(&body.stream().expect("the first time"));
    String::from_utf8(bytes).expect("a text")
}

/// Read until the stream ends; how, with the error of HTTP if the host knows one, and what came before.
pub(crate) fn read_to_end(stream: &InputStream) -> (Vec<u8>, Result<(), Option<ErrorCode>>) {
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(65536) {
            Ok(more) => bytes.extend(more),
            Err(StreamError::Closed) => return (bytes, Ok(())),
            Err(StreamError::LastOperationFailed(error)) => {
                return (bytes, Err(http_error_code(&error)));
            }
        }
    }
}

/// The body of a response, whose head was right, and how it ended.
#[track_caller]
pub(crate) fn body_of(response: &IncomingResponse) -> (Vec<u8>, Result<(), Option<ErrorCode>>) {
    let body: IncomingBody = response.consume().expect("the first time");
    let stream = body.stream().expect("the first time");
    read_to_end(&stream)
}

/// A request as the origin saw it.
pub(crate) struct Seen {
    /// The first line.
    pub(crate) line: String,
    /// The fields, as they were on the wire.
    pub(crate) fields: Vec<(String, String)>,
    /// The content.
    pub(crate) body: String,
    /// What came after it.
    pub(crate) trailers: Vec<(String, String)>,
}

impl Seen {
    /// What the origin says.
    #[track_caller]
    pub(crate) fn of(response: &IncomingResponse) -> Self {
        let text = text(response);
        let mut parts = text.split("\n\n");
        let (head, body, trailers) = (parts.next(), parts.next(), parts.next());
        let (line, fields) = head.and_then(|head| head.split_once('\n')).expect("a line and fields");
        let trailers = pairs(trailers.unwrap_or_default());
        Self { line: line.to_owned(), fields: pairs(fields), body: body.unwrap_or_default().to_owned(), trailers }
    }

    /// The value of a field, whatever its casing.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

fn pairs(lines: &str) -> Vec<(String, String)> {
    let pair = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
    lines.lines().filter_map(pair).collect()
}
