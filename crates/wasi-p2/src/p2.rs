//! The state of one guest that speaks WASI 0.2, and how a call of it waits or ends.

use std::task::{Context, Poll};

use tambo_engine::{Trap, TrapKind};
use tambo_kernel::{Error, Grant, Host};

use crate::cli::Cli;
use crate::filesystem::Filesystem;
use crate::http::Http;
use crate::io::Io;
use crate::sockets::Sockets;

/// The host of one guest.
pub struct P2 {
    /// Services, bounds, and what the guest is parked on.
    pub host: Host,
    pub(crate) io: Io,
    pub(crate) cli: Cli,
    pub(crate) filesystem: Filesystem,
    pub(crate) sockets: Sockets,
    pub(crate) http: Http,
}

impl P2 {
    /// A guest with what it is granted.
    pub fn new(mut grant: Grant) -> Self {
        let host = Host::new(&grant);
        Self {
            host,
            io: Io::default(),
            cli: Cli::new(&mut grant),
            filesystem: Filesystem::new(&mut grant),
            sockets: Sockets::default(),
            http: Http::default(),
        }
    }

    /// Block this thread until a retry may succeed.
    pub fn block(&mut self) -> Result<(), Trap> {
        self.host.block().map_err(wait_failed)
    }

    /// Ask whether a retry may succeed, or have the waker woken when one may.
    pub fn poll_wait(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Trap>> {
        self.host.poll_wait(context).map_err(wait_failed)
    }

    /// The guest has ended: block this thread until what it wrote is given on, or the guest is stopped.
    pub fn finish(&mut self) -> Result<(), Trap> {
        while self.host.finish_output().is_err() {
            self.block()?;
        }
        Ok(())
    }

    /// As [`finish`](P2::finish), polled.
    pub fn poll_finish(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Trap>> {
        while self.host.finish_output().is_err() {
            match self.poll_wait(context) {
                Poll::Ready(Ok(())) => {}
                other => return other,
            }
        }
        Poll::Ready(Ok(()))
    }

    /// What a call that may wait answers: pending if the host is parked, and else the call is over.
    #[inline]
    pub(crate) fn waited<T, E>(
        &mut self,
        outcome: Result<T, Error>,
        fail: impl FnOnce(&mut Self, Error) -> E,
    ) -> Poll<Result<T, E>> {
        match outcome {
            Err(Error::WouldBlock) if self.host.is_parked() => Poll::Pending,
            outcome => {
                self.host.finish();
                Poll::Ready(outcome.map_err(|error| fail(self, error)))
            }
        }
    }

    /// The trap of a guest that was stopped, if that is what an error means.
    pub(crate) fn stopped(&self, error: Error) -> Option<Trap> {
        (error == Error::Cancelled && self.host.interrupt.is_raised()).then(|| Trap::new(TrapKind::Interrupted))
    }
}

impl AsMut<P2> for P2 {
    fn as_mut(&mut self) -> &mut P2 {
        self
    }
}

#[cold]
fn wait_failed(error: Error) -> Trap {
    Trap::new(match error {
        Error::Cancelled => TrapKind::Interrupted,
        other => TrapKind::Other(format!("the host could not wait for the guest: {other}")),
    })
}

/// A fault of the guest, in words.
#[cold]
pub(crate) fn fault(message: impl Into<String>) -> Trap {
    Trap::new(TrapKind::Host(message.into()))
}
