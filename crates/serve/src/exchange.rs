//! One request and its response: admitted or refused, answered within its time, counted, and put in the access log.

use std::convert::Infallible;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use http_body::Body as _;
use hyper::body::Incoming;
use hyper::{Method, Request, Response, StatusCode, Uri};
use tambo_kernel::http::{BodySource, HttpError, NoBody};

use crate::body::Body;
use crate::connection::Connection;
use crate::handler::{Answer, Arrival, RequestId};
use crate::log::Complaint;
use crate::peer_wait::PeerWait;
use crate::received::Received;
use crate::ticks;

/// A request whose response is not done. It is done when this is dropped.
pub(crate) struct Exchange {
    connection: Rc<Connection>,
    id: RequestId,
    /// On the monotonic clock.
    began: u64,
    status: Option<StatusCode>,
    sent: u64,
    is_whole: bool,
    /// The body of the request, if it has one.
    client: Option<Arc<PeerWait>>,
    record: Option<Box<Record>>,
}

/// What the access log says of a request.
struct Record {
    method: Method,
    uri: Uri,
}

/// Answer a request.
pub(crate) async fn answer(
    connection: Rc<Connection>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let mut exchange = Exchange::begin(connection.clone(), &request);
    let response = match exchange.admit(request) {
        Ok(answer) => exchange.in_time(answer).await,
        Err(status) => refused(status),
    };
    exchange.status = Some(response.status());
    Ok(response.map(|body| body.attach(exchange)))
}

/// A response of the server's own.
pub(crate) fn refused(status: StatusCode) -> Response<Body> {
    let text = format!("{status}\n");
    let mut response = Response::new(Body::text(text));
    *response.status_mut() = status;
    response
}

impl Exchange {
    fn begin(connection: Rc<Connection>, request: &Request<Incoming>) -> Self {
        connection.activity.begin_exchange();
        let place = connection.place();
        place.counters.requests_open.add(1);
        let record = place
            .log
            .has_access_log()
            .then(|| Box::new(Record { method: request.method().clone(), uri: request.uri().clone() }));
        let (id, began) = (place.next_request(), place.system.monotonic.now());
        Self { connection, id, began, status: None, sent: 0, is_whole: true, client: None, record }
    }

    /// Hand the request over, unless it is already too large.
    fn admit(&mut self, request: Request<Incoming>) -> Result<Answer, StatusCode> {
        let connection = &self.connection;
        let limit = connection.place().limits.body_bytes;
        if limit.is_some_and(|limit| request.body().size_hint().lower() > limit) {
            connection.place().counters.refused.add(1);
            connection.activity.left_unread();
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        let mut client = None;
        let request = request.map(|incoming| -> Box<dyn BodySource> {
            if incoming.is_end_stream() {
                return Box::new(NoBody);
            }
            let wait = client.insert(self.watch()).clone();
            Box::new(Received::new(incoming, limit, wait))
        });
        let arrival = Arrival { id: self.id, scheme: connection.scheme.clone(), peer: connection.peer };
        let answer = connection.worker.handler().handle(request, arrival);
        self.client = client;
        Ok(answer)
    }

    /// The answer, or that it took too long.
    async fn in_time(&self, mut answer: Answer) -> Response<Body> {
        let place = self.connection.place();
        let mut deadline = place.deadlines.set(ticks::of(place.limits.first_byte), self.client.clone());
        poll_fn(|context| match answer.as_mut().poll(context) {
            Poll::Pending => deadline.poll(context).map(|()| self.too_late()),
            ready => ready,
        })
        .await
    }

    fn too_late(&self) -> Response<Body> {
        let place = self.connection.place();
        place.counters.refused.add(1);
        let time = place.limits.first_byte;
        place.log.complain(Complaint::Refused, || format!("request {}: no response within {time:?}", self.id));
        refused(StatusCode::GATEWAY_TIMEOUT)
    }

    /// What is to be told of the waits of one of its bodies.
    pub(crate) fn watch(&self) -> Arc<PeerWait> {
        let wait = Arc::new(PeerWait::new(self.connection.place().ticks.clone()));
        self.connection.activity.watch(&wait);
        wait
    }

    /// So many bytes of the response were handed over.
    pub(crate) fn sent(&mut self, bytes: usize) {
        self.sent += bytes as u64;
    }

    /// The response will never be whole.
    pub(crate) fn broke(&mut self, error: &HttpError) {
        self.is_whole = false;
        let id = self.id;
        self.connection
            .place()
            .log
            .complain(Complaint::Guest, || format!("request {id}: response broken off: {error}"));
    }

    fn record(&self, record: &Record, nanoseconds: u64) {
        let place = self.connection.place();
        let time = place.system.wall.now().unwrap_or_default();
        let status = self.status.map_or(0, |status| status.as_u16());
        let end = if self.is_whole && status != 0 { "whole" } else { "broken" };
        let (seconds, millis) = (time.seconds, time.nanoseconds / 1_000_000);
        let Record { method, uri } = record;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let (id, peer, sent) = (self.id, self.connection.peer, self.sent);
        let took = nanoseconds as f64 / 1e9;
        place
            .log
            .access(format_args!("{seconds}.{millis:03} {id} {peer} {method} {path} {status} {sent} {took:.6} {end}"));
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let place = self.connection.place();
        let nanoseconds = place.system.monotonic.now().saturating_sub(self.began);
        let counters = &place.counters;
        counters.requests_open.subtract(1);
        counters.sent_bytes.add(self.sent);
        counters.took(nanoseconds);
        if let Some(status) = self.status {
            counters.responses[usize::from(status.as_u16() / 100).min(5)].add(1);
        }
        if let Some(record) = &self.record {
            self.record(record, nanoseconds);
        }
        if self.client.as_ref().is_some_and(|client| !client.is_finished()) {
            self.connection.activity.left_unread();
        }
        self.connection.activity.end_exchange();
    }
}
