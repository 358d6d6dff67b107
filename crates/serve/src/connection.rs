//! One connection, from the handshake to its end: TLS if there is a certificate, then HTTP/1.1 or HTTP/2.
//!
//! When the server drains, a connection first takes what the client has already sent, and then ends as soon as nothing
//! is open: HTTP/1.1 says so in its last response, HTTP/2 by GOAWAY.

use std::error::Error as _;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Context;

use bytes::Bytes;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tambo_kernel::http::uri::Scheme;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::activity::{Activity, Over};
use crate::exchange;
use crate::frames::FrameMeter;
use crate::linger::linger;
use crate::log::{Complaint, one_line};
use crate::place::Place;
use crate::streams::Streams;
use crate::tls;
use crate::transport::{HeadMeter, Protocol, Transport, Watch, detect};
use crate::unsent::Unsent;
use crate::worker::Worker;

/// The window of a stream, and that of a connection, in bytes: what a client may send before the guest reads.
const STREAM_WINDOW: u32 = 256 << 10;
const CONNECTION_WINDOW: u32 = 1 << 20;
/// What is kept of a stream's response until the client takes it.
const SEND_BUFFER: usize = 256 << 10;
/// Fields in the head of a request.
const FIELDS: usize = 256;
/// What of a body is read and written at once on HTTP/1.1.
const BUFFER: usize = 256 << 10;
/// The least that hyper takes as the size of its buffer.
const LEAST_BUFFER: usize = 8 << 10;

/// What all requests of a connection share.
pub(crate) struct Connection {
    pub(crate) worker: Rc<Worker>,
    pub(crate) activity: Rc<Activity>,
    pub(crate) peer: SocketAddr,
    pub(crate) scheme: Scheme,
    /// What of its responses the client has not taken, on HTTP/2.
    pub(crate) unsent: Rc<Unsent>,
}

impl Connection {
    pub(crate) fn place(&self) -> &Place {
        &self.worker.place
    }
}

/// Serve a connection until it ends.
pub(crate) async fn run(worker: Rc<Worker>, activity: Rc<Activity>, stream: TcpStream, peer: SocketAddr) {
    let outcome = activity.guard(negotiate(&worker, &activity, stream, peer)).await;
    match outcome {
        Ok(Ok(())) => {}
        Ok(Err(error)) => failed(&worker.place, peer, &error),
        Err(why) => closed(&worker.place, peer, why),
    }
}

type Failure = Box<dyn std::error::Error>;

async fn negotiate(
    worker: &Rc<Worker>,
    activity: &Rc<Activity>,
    mut stream: TcpStream,
    peer: SocketAddr,
) -> Result<(), Failure> {
    let tls = worker.tls();
    let scheme = if tls.is_some() { Scheme::HTTPS } else { Scheme::HTTP };
    let (worker, unsent) = (worker.clone(), Rc::default());
    let connection = Rc::new(Connection { worker, activity: activity.clone(), peer, scheme, unsent });
    let Some(config) = tls else {
        let (protocol, ahead) = detect(&mut stream, activity).await?;
        return serve(connection, protocol, stream, ahead).await;
    };
    let mut stream = TlsAcceptor::from(config).accept(stream).await?;
    activity.heard();
    if stream.get_ref().1.alpn_protocol() == Some(tls::HTTP_2) {
        return serve(connection, Protocol::Http2, stream, Bytes::new()).await;
    }
    let (protocol, ahead) = detect(&mut stream, activity).await?;
    serve(connection, protocol, stream, ahead).await
}

async fn serve<T>(connection: Rc<Connection>, protocol: Protocol, stream: T, ahead: Bytes) -> Result<(), Failure>
where
    T: AsyncRead + AsyncWrite + Unpin + 'static,
{
    match protocol {
        Protocol::Http1 => serve_http1(connection, stream, ahead).await,
        Protocol::Http2 => serve_http2(connection, stream, ahead).await,
    }
}

async fn serve_http1<T>(connection: Rc<Connection>, mut stream: T, ahead: Bytes) -> Result<(), Failure>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let (worker, activity) = (connection.worker.clone(), connection.activity.clone());
    let most = worker.place.limits.head_bytes.max(LEAST_BUFFER);
    let heads = Watch::Heads(HeadMeter::new(most));
    let io = TokioIo::new(Transport::new(&mut stream, ahead, activity.clone(), heads));
    let service = service_fn(move |request| exchange::answer(connection.clone(), request, None));
    let mut builder = http1::Builder::new();
    // Not `pipeline_flush`: with it hyper takes a whole body into memory, whatever the client takes, and never sends its
    // answer to what it cannot parse.
    builder.max_buf_size(most.max(BUFFER)).max_headers(FIELDS);
    let served = builder.serve_connection(io, service);
    let outcome = drive(&worker, served, http1::Connection::graceful_shutdown).await;
    if activity.has_unread() || outcome.as_ref().is_err_and(is_malformed) {
        activity.lingers();
        linger(&mut stream).await;
    }
    outcome
}

async fn serve_http2<T>(connection: Rc<Connection>, stream: T, ahead: Bytes) -> Result<(), Failure>
where
    T: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let (worker, activity) = (connection.worker.clone(), connection.activity.clone());
    let limits = worker.place.limits.clone();
    activity.multiplexed();
    let frames = Watch::Frames(FrameMeter::new(worker.place.ticks.clone()));
    let io = TokioIo::new(Transport::new(stream, ahead, activity, frames));
    let streams = Streams::new(connection.clone());
    let mut builder = http2::Builder::new(streams.clone());
    let service = service_fn(move |request| exchange::answer(connection.clone(), request, Some(streams.begin())));
    builder
        .max_concurrent_streams(limits.streams)
        .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(SEND_BUFFER);
    drive(&worker, builder.serve_connection(io, service), http2::Connection::graceful_shutdown).await
}

/// Poll a connection of either protocol, and tell it once if the worker drains.
async fn drive<C>(worker: &Worker, connection: C, graceful_shutdown: fn(Pin<&mut C>)) -> Result<(), Failure>
where
    C: Future<Output = hyper::Result<()>>,
{
    let mut connection = pin!(connection);
    let mut told = false;
    let polling = |context: &mut Context<'_>| {
        // Polled before it is told, so that a request that has arrived is seen.
        let polled = connection.as_mut().poll(context);
        if polled.is_ready() || told || !worker.is_draining() {
            return polled;
        }
        told = true;
        graceful_shutdown(connection.as_mut());
        connection.as_mut().poll(context)
    };
    Ok(poll_fn(polling).await?)
}

fn failed(place: &Place, peer: SocketAddr, error: &Failure) {
    if is_malformed(error) {
        place.counters.malformed.add(1);
        place.log.complain(Complaint::Malformed, || {
            let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            one_line(&format!("{peer}: {error}{cause}"))
        });
    }
}

/// Whether the client sent what it must not, rather than went away, or lost the guest.
fn is_malformed(error: &Failure) -> bool {
    let Some(error) = error.downcast_ref::<hyper::Error>() else { return false };
    match error.source().and_then(|cause| cause.downcast_ref::<h2::Error>()) {
        Some(error) => !error.is_io() && error.is_go_away() && error.is_library(),
        None => error.is_parse(),
    }
}

fn closed(place: &Place, peer: SocketAddr, why: Over) {
    let what = match why {
        Over::Idle | Over::Shutdown => return,
        Over::SlowHead => "no request in time",
        Over::SlowBody => "a body that stands still",
        Over::Flood => "a flood of frames that carry nothing",
    };
    place.counters.closed.add(1);
    place.log.complain(Complaint::Closed, || format!("{peer}: connection closed: {what}"));
}
