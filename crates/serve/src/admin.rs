//! The address for operators: `/metrics` for Prometheus, `/health` for whoever asks whether it serves.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tambo::{Error, ErrorKind};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::body::Body;
use crate::exchange::refused;
use crate::metrics::Metrics;

/// Connections at once: a scraper or two, and whoever is silent. One more ends the oldest.
const CONNECTIONS: usize = 64;
/// How long one may last.
const LONGEST: Duration = Duration::from_secs(10);
/// How long to wait when none can be accepted.
const PAUSE: Duration = Duration::from_millis(100);

/// What operators ask about.
pub(crate) trait Observed {
    /// What is counted, in Prometheus' text format, version 0.0.4.
    async fn metrics(&self) -> String;

    /// Whether somebody serves.
    fn serves(&self) -> bool;
}

impl Observed for Arc<Metrics> {
    async fn metrics(&self) -> String {
        self.text()
    }

    fn serves(&self) -> bool {
        true
    }
}

/// Answer operators from now on; the address is another one if the port was 0.
pub(crate) async fn start(address: SocketAddr, observed: impl Observed + 'static) -> Result<SocketAddr, Error> {
    let listener = TcpListener::bind(address).await;
    let listener =
        listener.map_err(|error| Error::new(ErrorKind::Setup, format!("cannot listen on {address}: {error}")))?;
    let address = listener.local_addr().unwrap_or(address);
    tokio::task::spawn_local(run(listener, Rc::new(observed)));
    Ok(address)
}

/// Answer operators for ever.
async fn run(listener: TcpListener, observed: Rc<impl Observed + 'static>) {
    let mut connections = VecDeque::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let observed = observed.clone();
        let connection = tokio::task::spawn_local(async move {
            let service = service_fn(|request: Request<Incoming>| {
                let observed = observed.clone();
                async move { Ok::<_, Infallible>(answer(request.method(), request.uri().path(), &*observed).await) }
            });
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            // Who breaks off is not missed.
            let _ = tokio::time::timeout(LONGEST, connection).await;
        });
        connections.retain(|connection: &JoinHandle<()>| !connection.is_finished());
        connections.push_back(connection);
        if connections.len() > CONNECTIONS
            && let Some(oldest) = connections.pop_front()
        {
            oldest.abort();
        }
    }
}

async fn answer(method: &Method, path: &str, observed: &impl Observed) -> Response<Body> {
    if method != Method::GET && method != Method::HEAD {
        return refused(StatusCode::METHOD_NOT_ALLOWED);
    }
    match path {
        "/metrics" => {
            let mut response = Response::new(Body::text(observed.metrics().await));
            let kind = HeaderValue::from_static("text/plain; version=0.0.4");
            response.headers_mut().insert(CONTENT_TYPE, kind);
            response
        }
        "/health" if !observed.serves() => refused(StatusCode::SERVICE_UNAVAILABLE),
        "/health" => Response::new(Body::text("ok\n")),
        _ => refused(StatusCode::NOT_FOUND),
    }
}
