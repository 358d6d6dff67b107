//! A command that sends the same GET many times, and prints how many nanoseconds each took: `URL COUNT FLIGHT`, the last
//! of which is how many are under way at once.

use wasip2::cli::{environment, stdout};
use wasip2::clocks::monotonic_clock::now;
use wasip2::exports::cli::run::Guest;
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{ErrorCode, Fields, FutureIncomingResponse, OutgoingBody, OutgoingRequest, Scheme};
use wasip2::io::poll::{Pollable, poll};
use wasip2::io::streams::StreamError;

wasip2::cli::command::export!(Requests);

struct Requests;

impl Guest for Requests {
    fn run() -> Result<(), ()> {
        let arguments = environment::get_arguments();
        let [_, url, count, flight] = &arguments[..] else { return Err(()) };
        let (count, flight) = (count.parse().map_err(drop)?, flight.parse().map_err(drop)?);
        let (authority, path) = split(url).ok_or(())?;
        // Connections are opened before the time is taken.
        send_all(authority, path, flight, flight)?;
        let start = now();
        send_all(authority, path, count, flight)?;
        let each = (now() - start) / count.max(1) as u64;
        stdout::get_stdout().blocking_write_and_flush(format!("{each} ns\n").as_bytes()).map_err(drop)
    }
}

fn split(url: &str) -> Option<(&str, &str)> {
    let (_, rest) = url.split_once("://")?;
    Some(rest.split_at(rest.find('/').unwrap_or(rest.len())))
}

/// A request under way. The pollable goes before what it is about.
struct Exchange {
    ready: Pollable,
    response: FutureIncomingResponse,
}

fn send_all(authority: &str, path: &str, count: usize, flight: usize) -> Result<(), ()> {
    let mut begun = 0;
    let mut under_way: Vec<Exchange> = Vec::new();
    while begun < count || !under_way.is_empty() {
        while begun < count && under_way.len() < flight.max(1) {
            under_way.push(send(authority, path)?);
            begun += 1;
        }
        let mut ready = poll(&under_way.iter().map(|exchange| &exchange.ready).collect::<Vec<_>>());
        // Hosts give them in an order of their own.
        ready.sort_unstable();
        // From behind, so that what is left keeps its place.
        for index in ready.into_iter().rev() {
            finish(under_way.swap_remove(index as usize)).map_err(drop)?;
        }
    }
    Ok(())
}

fn send(authority: &str, path: &str) -> Result<Exchange, ()> {
    let request = OutgoingRequest::new(Fields::new());
    request.set_scheme(Some(&Scheme::Http))?;
    request.set_authority(Some(authority))?;
    request.set_path_with_query(Some(path))?;
    let body = request.body()?;
    let response = handle(request, None).map_err(drop)?;
    OutgoingBody::finish(body, None).map_err(drop)?;
    Ok(Exchange { ready: response.subscribe(), response })
}

/// The response, read to its end.
fn finish(exchange: Exchange) -> Result<(), ErrorCode> {
    let response = exchange.response.get().expect("it is ready").expect("the first time")?;
    if response.status() != 200 {
        return Err(ErrorCode::InternalError(None));
    }
    let body = response.consume().expect("the first time");
    let stream = body.stream().expect("the first time");
    loop {
        match stream.blocking_read(1 << 16) {
            Ok(_) => {}
            Err(StreamError::Closed) => return Ok(()),
            Err(StreamError::LastOperationFailed(_)) => return Err(ErrorCode::HttpResponseIncomplete),
        }
    }
}
