//! One request and its response: admitted or refused, answered within its time, counted, and put in the access log.

use std::borrow::Cow;
use std::convert::Infallible;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use http_body::Body as _;
use hyper::body::Incoming;
use hyper::{Method, Request, Response, StatusCode, Uri};
use tambo_kernel::http::{BodySource, HttpError, NoBody};

use crate::activity::Remedy;
use crate::body::Body;
use crate::connection::Connection;
use crate::handler::{Answer, Arrival, RequestId};
use crate::log::{Complaint, Deed, one_line};
use crate::peer_wait::PeerWait;
use crate::received::Received;
use crate::rules;
use crate::streams::Stream;
use crate::ticks;
use crate::unsent::{InLine, Unsent};

/// A request whose response is not done. It is done when this is dropped.
pub(crate) struct Exchange {
    connection: Rc<Connection>,
    /// Where it is on a connection of HTTP/2.
    stream: Option<Rc<Stream>>,
    id: RequestId,
    /// On the monotonic clock.
    began: u64,
    status: Option<StatusCode>,
    is_head: bool,
    sent: u64,
    /// Whether the end of the response was reached.
    is_whole: bool,
    /// The body of the request, if it has one.
    client: Option<Arc<PeerWait>>,
    /// Since when it has been the client's turn to take the response, if it was at all.
    taking: Option<Arc<PeerWait>>,
    /// Whether the response waits for others on its connection.
    line: InLine,
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
    stream: Option<Rc<Stream>>,
) -> Result<Response<Body>, Infallible> {
    let mut exchange = Exchange::begin(connection, stream, &request);
    exchange.turn().await;
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
    fn begin(connection: Rc<Connection>, stream: Option<Rc<Stream>>, request: &Request<Incoming>) -> Self {
        connection.activity.begin_exchange();
        let place = connection.place();
        place.counters.requests_open.add(1);
        let record = place
            .log
            .has_access_log()
            .then(|| Box::new(Record { method: request.method().clone(), uri: request.uri().clone() }));
        Self {
            id: place.next_request(),
            began: place.system.monotonic.now(),
            connection,
            stream,
            status: None,
            is_head: request.method() == Method::HEAD,
            sent: 0,
            is_whole: false,
            client: None,
            taking: None,
            line: InLine::default(),
            record,
        }
    }

    /// Where the response is counted until the client takes it: on HTTP/2. Over HTTP/1.1 one response goes out at a time.
    pub(crate) fn unsent(&self) -> Option<&Rc<Unsent>> {
        self.stream.as_ref().map(|_| &self.connection.unsent)
    }

    /// Wait until the client has taken of other responses what there is too much of. It loses the connection if it takes
    /// nothing.
    async fn turn(&mut self) {
        if !self.unsent().is_some_and(|unsent| unsent.is_full()) {
            return;
        }
        let wait = self.watch(Remedy::Close);
        let Self { connection, line, .. } = self;
        poll_fn(|context| line.poll(&connection.unsent, Unsent::is_full, &wait, context)).await;
    }

    /// Hand the request over, unless it is already too large.
    fn admit(&mut self, request: Request<Incoming>) -> Result<Answer, StatusCode> {
        let connection = &self.connection;
        if let Err((status, why)) = rules::check(&request) {
            self.is_malformed(why);
            connection.activity.left_unread();
            return Err(status);
        }
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
            let wait = client.insert(self.watch(Remedy::of_request(self.stream.as_ref()))).clone();
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

    /// What is to be told of waits for the client, which may become too long.
    fn watch(&self, remedy: Remedy) -> Arc<PeerWait> {
        let wait = Arc::new(PeerWait::new(self.connection.place().ticks.clone()));
        self.connection.activity.watch(&wait, remedy);
        wait
    }

    fn is_malformed(&self, why: &str) {
        let (place, peer) = (self.connection.place(), self.connection.peer);
        place.counters.malformed.add(1);
        place.log.complain(Complaint::Malformed, || format!("{peer}: {why}"));
    }

    /// So many bytes of the response were handed over.
    pub(crate) fn sent(&mut self, bytes: usize) {
        self.sent += bytes as u64;
    }

    /// It is the client's turn to take so many bytes.
    pub(crate) fn clients_turn(&mut self, bytes: usize) {
        if self.taking.is_none() {
            self.taking = Some(self.watch(Remedy::of_response(self.stream.as_ref())));
        }
        if let Some(taking) = &self.taking {
            taking.moved(bytes);
            taking.begin();
        }
    }

    /// The client has taken some bytes of the last piece, and may take more.
    pub(crate) fn taken(&self) {
        if let Some(taking) = &self.taking {
            taking.end();
            taking.begin();
        }
    }

    /// The next bytes are asked for. Pending if the client has to take others before.
    pub(crate) fn poll_asked(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.unsent().is_some_and(|unsent| unsent.is_choked()) {
            let taking = self.taking.take().unwrap_or_else(|| self.watch(Remedy::of_response(self.stream.as_ref())));
            let polled = self.line.poll(&self.connection.unsent, Unsent::is_choked, &taking, context);
            self.taking = Some(taking);
            return polled;
        }
        if let Some(taking) = &self.taking {
            taking.end();
        }
        Poll::Ready(())
    }

    /// The end of the response was reached.
    pub(crate) fn is_complete(&mut self) {
        self.is_whole = true;
    }

    /// The response will never be whole.
    pub(crate) fn broke(&mut self, error: &HttpError, component: &str) {
        self.is_whole = false;
        let id = self.id;
        self.connection.place().log.accuse(component, Deed::Mistake, || {
            format!("[{component} {id}] response broken off: {}", one_line(&error.to_string()))
        });
    }

    /// Whether the response is one of those that have no body, whatever is there for it.
    fn is_bodiless(&self) -> bool {
        self.is_head || matches!(self.status, Some(StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED))
    }

    fn record(&self, record: &Record, nanoseconds: u64) {
        let place = self.connection.place();
        let time = place.system.wall.now().unwrap_or_default();
        let status = self.status.map_or(0, |status| status.as_u16());
        let is_whole = self.is_whole || self.is_bodiless();
        let end = if is_whole && status != 0 { "whole" } else { "broken" };
        let (seconds, millis) = (time.seconds, time.nanoseconds / 1_000_000);
        let Record { method, uri } = record;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let path = if path.is_ascii() { Cow::Borrowed(path) } else { Cow::Owned(one_line(path)) };
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
        if self.client.as_ref().is_some_and(|client| client.is_malformed()) {
            self.is_malformed("a body that is not what its protocol wants");
        }
        if self.client.as_ref().is_some_and(|client| !client.is_finished()) {
            self.connection.activity.left_unread();
        }
        self.connection.activity.end_exchange();
    }
}
