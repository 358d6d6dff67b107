//! `wasi:io/error`: what a stream failed with, and how it becomes an error of a more precise type.

use std::rc::Rc;

use tambo_component_linker::bindings::{Borrow, Own};
use tambo_engine::Trap;
use tambo_kernel::Error;
use tambo_kernel::http::HttpError;
use tambo_kernel::stream::Stream;

use crate::P2;
use crate::bindings::wasi::io::error::{self, Error as ErrorResource};
use crate::bindings::wasi::io::streams::StreamError;

/// Behind a handle of `wasi:io/error`.
#[derive(Clone, Debug, PartialEq)]
pub enum IoError {
    /// An error of the kernel.
    System(Error),
    /// What became of the body of an HTTP message.
    Http(HttpError),
}

impl IoError {
    /// The kernel's error, if it is one.
    pub(crate) fn system(&self) -> Option<Error> {
        match self {
            Self::System(error) => Some(*error),
            Self::Http(_) => None,
        }
    }

    /// In words.
    fn describe(&self) -> String {
        match self {
            Self::System(error) => error.to_string(),
            Self::Http(error) => error.to_string(),
        }
    }
}

/// How an operation on a stream fails.
#[derive(Debug)]
pub enum StreamFailure {
    /// As the guest is told.
    Told(StreamError),
    /// The guest ends.
    Ends(Trap),
}

impl StreamFailure {
    /// The stream has ended, or nobody reads it.
    pub(crate) const CLOSED: Self = Self::Told(StreamError::Closed);
}

impl From<Trap> for StreamFailure {
    fn from(trap: Trap) -> Self {
        Self::Ends(trap)
    }
}

impl TryFrom<StreamFailure> for StreamError {
    type Error = Trap;

    fn try_from(failure: StreamFailure) -> Result<Self, Trap> {
        match failure {
            StreamFailure::Told(error) => Ok(error),
            StreamFailure::Ends(trap) => Err(trap),
        }
    }
}

impl P2 {
    /// What a guest is told of an error on a stream. A sink that nobody reads any more is closed; the body of a message
    /// has more to say.
    #[cold]
    pub(crate) fn stream_failure(&mut self, error: Error, stream: Option<&Rc<dyn Stream>>) -> StreamFailure {
        match (self.stopped(error), error) {
            (Some(trap), _) => StreamFailure::Ends(trap),
            (None, Error::Pipe) => StreamFailure::CLOSED,
            (None, error) => {
                let http = stream.filter(|_| error == Error::Protocol).and_then(|stream| stream.http_error());
                let rep = self.io.errors.add(http.map_or(IoError::System(error), IoError::Http));
                StreamFailure::Told(StreamError::LastOperationFailed(Own::new(rep)))
            }
        }
    }
}

impl error::HostError for P2 {
    fn to_debug_string(&mut self, error: Borrow<ErrorResource>) -> Result<String, Trap> {
        Ok(self.io.errors.get(error.rep())?.describe())
    }

    fn drop(&mut self, error: Own<ErrorResource>) -> Result<(), Trap> {
        self.io.errors.remove(error.rep());
        Ok(())
    }
}

impl error::Host for P2 {}
