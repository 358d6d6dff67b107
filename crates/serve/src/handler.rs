//! What answers requests: one object for each worker, made by what all workers share.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;

use hyper::{Request, Response};
use tambo_kernel::http::BodySource;
use tambo_kernel::http::uri::Scheme;

use crate::body::Body;
use crate::place::Place;

/// What is served: the same for all workers. It is replaced as a whole when it changes.
pub trait Application: Send + Sync {
    /// What answers requests on one worker's thread.
    fn handler(&self, place: &Rc<Place>) -> Result<Rc<dyn Handler>, tambo::Error>;
}

/// Answers requests on one thread.
pub trait Handler {
    /// Answer a request. The future is polled in the task of its connection, and dropped if the client goes away.
    fn handle(self: Rc<Self>, request: Request<Box<dyn BodySource>>, arrival: Arrival) -> Answer;
}

/// A response that is being made.
pub type Answer = Pin<Box<dyn Future<Output = Response<Body>>>>;

/// How a request came.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Its name in logs.
    pub id: RequestId,
    /// Whether it came by TLS.
    pub scheme: Scheme,
    /// Who sent it.
    pub peer: SocketAddr,
}

/// The name of a request in logs: its worker, and its number there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestId {
    /// The number of the worker.
    pub worker: u32,
    /// Which of its requests.
    pub number: u64,
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.worker, self.number)
    }
}
