//! The signals that end a server, or have it look at its files again.

use tambo::{Error, ErrorKind};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::overseer::Asked;

/// The handlers, in place from now on.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    pub(crate) fn install() -> Result<Self, Error> {
        let install = |kind| {
            signal(kind).map_err(|error| Error::new(ErrorKind::Setup, format!("cannot handle signals: {error}")))
        };
        Ok(Self {
            interrupt: install(SignalKind::interrupt())?,
            terminate: install(SignalKind::terminate())?,
            hang_up: install(SignalKind::hangup())?,
        })
    }

    /// What the next one asks for: SIGINT and SIGTERM to end, SIGHUP to load everything again.
    pub(crate) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.interrupt.recv() => Asked::End,
            _ = self.terminate.recv() => Asked::End,
            _ = self.hang_up.recv() => Asked::Look,
        }
    }
}
