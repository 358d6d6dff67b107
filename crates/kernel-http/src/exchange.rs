//! The life of one request: a connection, the request, the head of the response.

use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use http::header::HOST;
use http::{HeaderValue, StatusCode, Uri, Version};
use http_body::Body as _;
use tambo_kernel::GuestId;
use tambo_kernel::http::{
    BodyOf, BodyReader, BodySource, Exchange, HttpError, HttpPolicy, Promise, Request, Response, Target,
    remove_hop_by_hop,
};
use tokio::task::yield_now;
use tokio::time::{Instant, timeout, timeout_at};

use crate::client::Shared;
use crate::connect::connect;
use crate::connection::{Connection, Outgoing, Sender, Unsent};
use crate::gate::Pass;
use crate::pool::{Found, Key};
use crate::{ReceivedBody, SentBody};

/// What is promised to the guest.
pub(crate) type Outcome = Result<Response<Box<dyn BodySource>>, HttpError>;

/// How long a request waits for the guest to write the beginning of its body, or to finish it. What is complete by then
/// goes out with its length; a GET whose body was opened and not yet closed is not sent in chunks.
const GRACE: Duration = Duration::from_millis(2);

/// Connections of the pool that may turn out to be dead before a new one is opened.
const RETRIES: usize = 3;

/// Carry out an exchange, unless nobody wants its outcome any more.
pub(crate) async fn carry_out(shared: Rc<Shared>, exchange: Exchange, promise: Promise<Outcome>) {
    let mut running = pin!(run(&shared, exchange));
    let outcome = poll_fn(|context| {
        if let Poll::Ready(outcome) = running.as_mut().poll(context) {
            return Poll::Ready(Some(outcome));
        }
        promise.poll_unwanted(context).map(|()| None)
    })
    .await;
    if let Some(outcome) = outcome {
        drop(promise.keep(outcome));
    }
}

async fn run(shared: &Rc<Shared>, exchange: Exchange) -> Outcome {
    let Exchange { mut request, target, options, policy, permit, guest } = exchange;
    let config = &shared.config;
    let within = |wanted: Option<Duration>, most: Duration| wanted.map_or(most, |wanted| wanted.min(most));
    let connect_time = within(options.connect_timeout, config.connect_timeout);
    let first_byte_time = within(options.first_byte_timeout, config.first_byte_timeout);
    let between_bytes_time = within(options.between_bytes_timeout, config.between_bytes_timeout);

    let (pass, connect_time) = enter(shared, guest, connect_time).await?;
    wait_for_body(&mut request).await;
    let mut outgoing = Head::of(request)?;
    let key = Key::new(&target);
    for attempt in 0.. {
        let pooled = if attempt < RETRIES { from_pool(shared, &key, &target, &policy).await } else { None };
        let is_pooled = pooled.is_some();
        let spare = if is_pooled { outgoing.repeatable() } else { None };
        let mut connection = match pooled {
            Some(connection) => connection,
            // In a box, because hardly any request needs one, and all would carry the room for it around.
            None => Box::pin(connect(shared, &target, (guest, &policy), connect_time)).await?,
        };
        let sending = send(&mut connection.sender, outgoing);
        match timeout(first_byte_time, sending).await.map_err(|_| HttpError::ConnectionReadTimeout)? {
            // Nothing that could be upgraded was asked for, and the connection is no longer one of HTTP.
            Ok(response) if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
                return Err(HttpError::HttpUpgradeFailed);
            }
            Ok(response) => {
                shared.pool.borrow_mut().keep(key, connection);
                return Ok(response.map(|incoming| -> Box<dyn BodySource> {
                    let body = ReceivedBody::new(incoming, BodyOf::Response);
                    Box::new(body.patient_for(between_bytes_time).under_way(permit, pass))
                }));
            }
            Err(unsent) => {
                // It was closed while it was idle: before the request was sent, or while it was on its way.
                let crossed = spare.filter(|_| unsent.error == HttpError::ConnectionTerminated);
                match unsent.request.or(crossed) {
                    Some(again) if is_pooled => outgoing = again,
                    _ => return Err(unsent.error),
                }
            }
        }
    }
    Err(HttpError::ConnectionTerminated)
}

/// Wait until this guest may have one more exchange under way, and say how much of the time to connect is left.
async fn enter(shared: &Shared, guest: GuestId, connect_time: Duration) -> Result<(Pass, Duration), HttpError> {
    if let Some(pass) = shared.exchanges.enter_at_once(guest) {
        return Ok((pass, connect_time));
    }
    let deadline = Instant::now() + connect_time;
    let entering = timeout_at(deadline, shared.exchanges.enter(guest)).await;
    let pass = entering.map_err(|_| HttpError::ConnectionLimitReached)?;
    Ok((pass, deadline.saturating_duration_since(Instant::now())))
}

async fn from_pool(shared: &Shared, key: &Key, target: &Target, policy: &HttpPolicy) -> Option<Connection> {
    // The second look is for a connection whose response has just been read to its end: its task has not run since.
    for is_last in [false, true] {
        match shared.pool.borrow_mut().take(key, target, policy) {
            Found::Ready(connection) => return Some(connection),
            Found::Busy if !is_last => {}
            Found::Busy | Found::Nothing => return None,
        }
        yield_now().await;
    }
    None
}

async fn wait_for_body(request: &mut Request<BodyReader>) {
    let begun = poll_fn(|context| request.body_mut().poll_begun(context));
    // Whether it has begun or not, the request goes out.
    drop(timeout(GRACE, begun).await);
}

/// A request that can be sent over either version.
struct Head {
    request: Outgoing,
    uri: Uri,
    host: HeaderValue,
}

impl Head {
    fn of(request: Request<BodyReader>) -> Result<Self, HttpError> {
        let mut request = request.map(SentBody::new);
        let uri = request.uri().clone();
        let authority = uri.authority().ok_or(HttpError::HttpRequestUriInvalid)?;
        let host = HeaderValue::from_str(authority.as_str()).map_err(|_| HttpError::HttpRequestUriInvalid)?;
        // Fields keep guests from these. Whoever else makes requests is kept from them here.
        remove_hop_by_hop(request.headers_mut());
        Ok(Self { request, uri, host })
    }

    /// The same again, if it does no harm that the server gets it twice (RFC 9110 section 9.2.2) and there is no body.
    fn repeatable(&self) -> Option<Self> {
        if !self.request.method().is_idempotent() || !self.request.body().is_end_stream() {
            return None;
        }
        let body = SentBody::new(BodyReader::empty(BodyOf::Request));
        let mut request = Request::new(body);
        *request.method_mut() = self.request.method().clone();
        *request.headers_mut() = self.request.headers().clone();
        Some(Self { request, uri: self.uri.clone(), host: self.host.clone() })
    }
}

async fn send(sender: &mut Sender, head: Head) -> Result<Response<hyper::body::Incoming>, Box<Unsent<Head>>> {
    let Head { mut request, uri, host } = head;
    if let Err(error) = sender.ready().await {
        return Err(Box::new(Unsent { error, request: Some(Head { request, uri, host }) }));
    }
    match sender {
        Sender::Http1(_) => {
            let path = uri.path_and_query().map_or("/", |path| path.as_str());
            let Ok(origin_form) = path.parse() else {
                return Err(Box::new(Unsent { error: HttpError::HttpRequestUriInvalid, request: None }));
            };
            *request.uri_mut() = origin_form;
            *request.version_mut() = Version::HTTP_11;
            request.headers_mut().insert(HOST, host.clone());
        }
        Sender::Http2(_) => {
            *request.uri_mut() = uri.clone();
            *request.version_mut() = Version::HTTP_2;
            request.headers_mut().remove(HOST);
        }
    }
    match sender.send(request).await {
        Ok(response) => Ok(response),
        Err(unsent) => {
            let Unsent { error, request } = *unsent;
            Err(Box::new(Unsent { error, request: request.map(|request| Head { request, uri, host }) }))
        }
    }
}
