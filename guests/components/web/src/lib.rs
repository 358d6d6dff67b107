//! A handler of `wasi:http/proxy` that does what the path says, well-behaved or not: for the tests of `tambo serve`.

mod misbehaving;
mod outbound;
mod reach;
mod residue;

use std::cell::Cell;

use wasip2::cli;
use wasip2::clocks::monotonic_clock;
use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::{Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam};
use wasip2::io::streams::{OutputStream, StreamError};

wasip2::http::proxy::export!(Web);

struct Web;

thread_local! {
    /// Seen by later requests only if the instance is.
    static SERVED: Cell<u32> = const { Cell::new(0) };
}

const SECOND: u64 = 1_000_000_000;

impl Guest for Web {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let target = request.path_with_query().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let number = query.parse::<u64>().unwrap_or_default();
        match path.rsplit('/').next().unwrap_or_default() {
            "hello" => respond(out, 200, b"hello, world\n"),
            "count" => {
                SERVED.set(SERVED.get() + 1);
                respond(out, 200, SERVED.get().to_string().as_bytes());
            }
            "request" => respond(out, 200, describe(&request).as_bytes()),
            "echo" => echo(&request, out),
            "length" => length(&request, out),
            "trailers" => trailers(out),
            "bytes" => bytes(out, number),
            "drip" => drip(out, number),
            "slow" => {
                wait(number);
                respond(out, 200, b"slow\n");
            }
            "fetch" => match outbound::get(query) {
                Ok(text) => respond(out, 200, &text),
                Err(code) => respond(out, 502, format!("{code:?}").as_bytes()),
            },
            "trap" => core::arch::wasm32::unreachable(),
            "trap-after" => trap_after(out),
            "trap-at-once" => {
                respond(out, 200, b"never seen\n");
                core::arch::wasm32::unreachable()
            }
            "nothing" => {}
            "error" => ResponseOutparam::set(out, Err(wasip2::http::types::ErrorCode::ConnectionTimeout)),
            "sleep" => wait(u64::MAX / 1_000_000),
            "sleep-after" => {
                respond(out, 200, b"done\n");
                wait(u64::MAX / 1_000_000);
            }
            "spin" => loop {
                std::hint::black_box(number);
            },
            "work" => {
                (0..number).for_each(|step| drop(std::hint::black_box(step)));
                respond(out, 200, b"worked\n");
            }
            "connect" => respond(out, 200, reach::connect(number as u16).as_bytes()),
            "hoard" => {
                let sockets = reach::hoard();
                respond(out, 200, sockets.len().to_string().as_bytes());
                wait(number);
            }
            "read" => respond(out, 200, reach::read(query).as_bytes()),
            "variable" => respond(out, 200, reach::variable(query).as_bytes()),
            "plant" => respond(out, 200, residue::plant(number).to_string().as_bytes()),
            "plant-and-trap" => {
                residue::plant(number);
                core::arch::wasm32::unreachable()
            }
            "find" => respond(out, 200, residue::find(number).to_string().as_bytes()),
            "allocate" => {
                let bytes = vec![1u8; number as usize];
                respond(out, 200, std::hint::black_box(bytes).len().to_string().as_bytes());
            }
            "say" => {
                say(cli::stdout::get_stdout(), b"to stdout\nin two lines\n");
                say(cli::stderr::get_stderr(), b"to stderr, no end");
                respond(out, 200, b"said\n");
            }
            other => misbehaving::answer(other, number, &request, out),
        }
    }
}

fn wait(milliseconds: u64) {
    monotonic_clock::subscribe_duration(milliseconds * (SECOND / 1000)).block();
}

fn start(out: ResponseOutparam, status: u16, fields: Fields) -> OutgoingBody {
    let response = OutgoingResponse::new(fields);
    response.set_status_code(status).unwrap();
    let body = response.body().unwrap();
    ResponseOutparam::set(out, Ok(response));
    body
}

fn respond(out: ResponseOutparam, status: u16, text: &[u8]) {
    let body = start(out, status, Fields::new());
    let stream = body.write().unwrap();
    // Nobody may read it.
    let _ = stream.blocking_write_and_flush(text);
    drop(stream);
    let _ = OutgoingBody::finish(body, None);
}

fn say(stream: OutputStream, text: &[u8]) {
    stream.blocking_write_and_flush(text).unwrap();
}

fn describe(request: &IncomingRequest) -> String {
    let mut lines = vec![
        format!("method {:?}", request.method()),
        format!("scheme {:?}", request.scheme()),
        format!("authority {:?}", request.authority()),
        format!("path {:?}", request.path_with_query()),
    ];
    for (name, value) in request.headers().entries() {
        lines.push(format!("{name}: {}", String::from_utf8_lossy(&value)));
    }
    lines.join("\n")
}

/// The body as it comes.
fn echo(request: &IncomingRequest, out: ResponseOutparam) {
    let incoming = request.consume().unwrap();
    let from = incoming.stream().unwrap();
    let body = start(out, 200, Fields::new());
    let to = body.write().unwrap();
    loop {
        match to.blocking_splice(&from, 1 << 20) {
            Ok(_) => {}
            Err(StreamError::Closed) => break,
            Err(error) => panic!("{error:?}"),
        }
    }
    drop((from, to));
    OutgoingBody::finish(body, None).unwrap();
}

/// How many bytes the body has, or that it broke.
fn length(request: &IncomingRequest, out: ResponseOutparam) {
    let incoming = request.consume().unwrap();
    let from = incoming.stream().unwrap();
    let mut total = 0;
    let told = loop {
        match from.blocking_read(1 << 16) {
            Ok(bytes) => total += bytes.len(),
            Err(StreamError::Closed) => break total.to_string(),
            Err(StreamError::LastOperationFailed(error)) => break format!("broken: {}", error.to_debug_string()),
        }
    };
    drop(from);
    respond(out, 200, told.as_bytes());
}

fn trailers(out: ResponseOutparam) {
    let fields = Fields::from_list(&[("trailer".to_owned(), b"x-end".to_vec())]).unwrap();
    let body = start(out, 200, fields);
    let stream = body.write().unwrap();
    stream.blocking_write_and_flush(b"with trailers\n").unwrap();
    drop(stream);
    let trailers = Fields::from_list(&[("x-end".to_owned(), b"here".to_vec())]).unwrap();
    OutgoingBody::finish(body, Some(trailers)).unwrap();
}

fn bytes(out: ResponseOutparam, mut left: u64) {
    let body = start(out, 200, Fields::new());
    let stream = body.write().unwrap();
    let chunk = [b'x'; 4096];
    while left > 0 {
        let count = left.min(4096);
        if stream.blocking_write_and_flush(&chunk[..count as usize]).is_err() {
            return;
        }
        left -= count;
    }
    drop(stream);
    OutgoingBody::finish(body, None).unwrap();
}

/// Lines, with a while between them.
fn drip(out: ResponseOutparam, milliseconds: u64) {
    let body = start(out, 200, Fields::new());
    let stream = body.write().unwrap();
    for line in 0..5 {
        if stream.blocking_write_and_flush(format!("line {line}\n").as_bytes()).is_err() {
            return;
        }
        wait(milliseconds);
    }
    drop(stream);
    OutgoingBody::finish(body, None).unwrap();
}

fn trap_after(out: ResponseOutparam) {
    let body = start(out, 200, Fields::new());
    let stream = body.write().unwrap();
    stream.blocking_write_and_flush(b"the beginning").unwrap();
    wait(20);
    core::arch::wasm32::unreachable();
}
