//! One connection, of either version of HTTP.

use std::future::Future;
use std::net::IpAddr;

use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::rt::Executor;
use hyper_util::rt::{TokioIo, TokioTimer};
use tambo_kernel::http::{BodyReader, HttpError, Request, Response};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::spawn_local;

use crate::gate::Pass;
use crate::{ClientConfig, SentBody, errors};

pub(crate) type Outgoing = Request<SentBody<BodyReader>>;

/// Where requests go in, and the address of the peer, by which policy judges.
pub(crate) struct Connection {
    pub(crate) sender: Sender,
    pub(crate) address: IpAddr,
}

pub(crate) enum Sender {
    Http1(http1::SendRequest<SentBody<BodyReader>>),
    Http2(http2::SendRequest<SentBody<BodyReader>>),
}

/// Why there is no response; and the request again, if no part of it was sent.
pub(crate) struct Unsent<R> {
    pub(crate) error: HttpError,
    pub(crate) request: Option<R>,
}

impl Sender {
    /// Speak HTTP/1.1 on a stream.
    pub(crate) async fn http1(
        stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
        config: &ClientConfig,
        room: Pass,
    ) -> Result<Self, HttpError> {
        let (sender, connection) = http1::Builder::new()
            .max_header_size(config.head_bytes as usize)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| errors::of_exchange(&error))?;
        run(connection, room);
        Ok(Self::Http1(sender))
    }

    /// Speak HTTP/2 on a stream.
    pub(crate) async fn http2(
        stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
        config: &ClientConfig,
        room: Pass,
    ) -> Result<Self, HttpError> {
        let (sender, connection) = http2::Builder::new(LocalTasks)
            .timer(TokioTimer::new())
            .max_header_list_size(config.head_bytes)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| errors::of_exchange(&error))?;
        run(connection, room);
        Ok(Self::Http2(sender))
    }

    pub(crate) fn is_closed(&self) -> bool {
        match self {
            Self::Http1(sender) => sender.is_closed(),
            Self::Http2(sender) => sender.is_closed(),
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        match self {
            Self::Http1(sender) => sender.is_ready(),
            Self::Http2(sender) => sender.is_ready(),
        }
    }

    /// Another sender on the same connection, if it can have several.
    pub(crate) fn share(&self) -> Option<Self> {
        match self {
            Self::Http1(_) => None,
            Self::Http2(sender) => Some(Self::Http2(sender.clone())),
        }
    }

    /// Wait until a request can be sent.
    pub(crate) async fn ready(&mut self) -> Result<(), HttpError> {
        let ready = match self {
            Self::Http1(sender) => sender.ready().await,
            Self::Http2(sender) => sender.ready().await,
        };
        ready.map_err(|error| errors::of_exchange(&error))
    }

    /// Send a request and wait for the head of its response.
    pub(crate) async fn send(&mut self, request: Outgoing) -> Result<Response<Incoming>, Box<Unsent<Outgoing>>> {
        let response = match self {
            Self::Http1(sender) => sender.try_send_request(request).await,
            Self::Http2(sender) => sender.try_send_request(request).await,
        };
        response.map_err(|mut failed| {
            let request = failed.take_message();
            Box::new(Unsent { error: errors::of_exchange(failed.error()), request })
        })
    }
}

/// Let a connection run until it ends, and its room is another's. Whose exchanges it carried were told how; nobody else has to know.
fn run(connection: impl Future<Output = hyper::Result<()>> + 'static, room: Pass) {
    spawn_local(async move {
        drop(connection.await);
        drop(room);
    });
}

/// Runs what hyper wants to run besides, on this thread.
#[derive(Clone)]
struct LocalTasks;

impl<F: Future + 'static> Executor<F> for LocalTasks {
    fn execute(&self, future: F) {
        spawn_local(async move {
            future.await;
        });
    }
}
