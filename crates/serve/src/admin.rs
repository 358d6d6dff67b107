//! The address for operators: `/metrics` for Prometheus, `/health` for whoever asks whether it serves.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::body::Body;
use crate::exchange::refused;
use crate::metrics::Metrics;

/// Connections at once: a scraper or two.
const CONNECTIONS: usize = 16;
/// How long one may last.
const LONGEST: Duration = Duration::from_secs(30);
/// How long to wait when none can be accepted.
const PAUSE: Duration = Duration::from_millis(100);

/// Answer operators for ever.
pub(crate) async fn run(listener: TcpListener, metrics: Arc<Metrics>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let metrics = metrics.clone();
        tokio::task::spawn_local(async move {
            let service = service_fn(|request: Request<Incoming>| {
                let response = answer(request.method(), request.uri().path(), &metrics);
                async { Ok::<_, Infallible>(response) }
            });
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            // Who breaks off is not missed.
            let _ = tokio::time::timeout(LONGEST, connection).await;
            drop(place);
        });
    }
}

fn answer(method: &Method, path: &str, metrics: &Metrics) -> Response<Body> {
    if method != Method::GET && method != Method::HEAD {
        return refused(StatusCode::METHOD_NOT_ALLOWED);
    }
    match path {
        "/metrics" => {
            let mut response = Response::new(Body::text(metrics.text()));
            let kind = HeaderValue::from_static("text/plain; version=0.0.4");
            response.headers_mut().insert(CONTENT_TYPE, kind);
            response
        }
        "/health" => Response::new(Body::text("ok\n")),
        _ => refused(StatusCode::NOT_FOUND),
    }
}
