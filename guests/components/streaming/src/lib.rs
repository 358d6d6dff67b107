//! A handler of `wasi:http/proxy` for benchmarks: a short text, and bodies that are echoed or made.

use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::{Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam};
use wasip2::io::streams::{InputStream, OutputStream, StreamError};

wasip2::http::proxy::export!(Streaming);

struct Streaming;

/// Bytes that are read or written at once.
const PIECE: usize = 64 << 10;

const TEXT: &[u8] = b"hello, world\n";

impl Guest for Streaming {
    /// `/echo` reads and writes, `/splice` leaves that to the host, `/bytes?COUNT` makes bytes.
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let target = request.path_with_query().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        // If the client goes away there is nobody to tell.
        let _ = match path {
            "/echo" => respond(out, Fields::new(), |to| incoming(&request, |from| echo(from, to))),
            "/splice" => respond(out, Fields::new(), |to| incoming(&request, |from| splice(from, to))),
            "/bytes" => respond(out, Fields::new(), |to| make(query.parse().unwrap_or_default(), to)),
            _ => {
                let length = ("content-length".to_owned(), TEXT.len().to_string().into_bytes());
                let fields = Fields::from_list(&[length]).expect("a header that may be set");
                respond(out, fields, |to| to.blocking_write_and_flush(TEXT))
            }
        };
    }
}

type Written = Result<(), StreamError>;

fn respond(out: ResponseOutparam, fields: Fields, write: impl FnOnce(&OutputStream) -> Written) -> Written {
    let response = OutgoingResponse::new(fields);
    let body = response.body().expect("the first time");
    ResponseOutparam::set(out, Ok(response));
    let stream = body.write().expect("the first time");
    write(&stream)?;
    drop(stream);
    // The client has the bytes; nobody waits for more.
    let _ = OutgoingBody::finish(body, None);
    Ok(())
}

fn incoming(request: &IncomingRequest, read: impl FnOnce(&InputStream) -> Written) -> Written {
    let body = request.consume().expect("the first time");
    let stream = body.stream().expect("the first time");
    match read(&stream) {
        Err(StreamError::Closed) => Ok(()),
        other => other,
    }
}

fn echo(from: &InputStream, to: &OutputStream) -> Written {
    loop {
        write_all(to, &from.blocking_read(PIECE as u64)?)?;
    }
}

fn splice(from: &InputStream, to: &OutputStream) -> Written {
    loop {
        to.blocking_splice(from, PIECE as u64)?;
    }
}

fn make(mut left: usize, to: &OutputStream) -> Written {
    let piece = vec![b'x'; PIECE];
    while left > 0 {
        let count = left.min(PIECE);
        write_all(to, &piece[..count])?;
        left -= count;
    }
    Ok(())
}

/// As much at once as the stream takes.
fn write_all(to: &OutputStream, mut bytes: &[u8]) -> Written {
    while !bytes.is_empty() {
        let room = to.check_write()? as usize;
        if room == 0 {
            to.subscribe().block();
            continue;
        }
        let (now, later) = bytes.split_at(room.min(bytes.len()));
        to.write(now)?;
        bytes = later;
    }
    Ok(())
}
