//! Who a server answers to: an operator, by signals and on standard error; or a supervisor, over a channel.

use std::sync::atomic::Ordering;

use tambo::os::process::LineWriter;

use crate::log::printable;
use crate::metrics::Metrics;
use crate::processes::{Report, Supervised};
use crate::signals::Signals;

/// What a server is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// End when all that was begun is done; the second time, at once.
    End,
    /// Load everything again.
    Look,
    /// Load what is served again.
    Load,
    /// Open the access log again.
    Reopen,
    /// Load the certificate again.
    Certificate,
    /// Say what is counted.
    Count,
}

/// Who says what to do, and is told what happens.
pub(crate) enum Overseer {
    /// An operator.
    Operator(Signals),
    /// A supervisor. Signals that reach the worker beside it are held, and mean nothing: a service manager may send
    /// them to all processes, and the supervisor, which hears them too, says what follows.
    Supervisor(Supervised, Signals),
}

impl Overseer {
    pub(crate) async fn next(&mut self) -> Asked {
        match self {
            Self::Operator(signals) => signals.next().await,
            Self::Supervisor(supervisor, signals) => loop {
                tokio::select! {
                    asked = supervisor.next() => return asked,
                    _ = signals.next() => {}
                }
            },
        }
    }

    pub(crate) async fn asked_to_end(&mut self) {
        while self.next().await != Asked::End {}
    }

    /// What was loaded again is served. A supervisor counts for all its workers.
    pub(crate) fn reloaded(&self, metrics: &Metrics) {
        match self {
            Self::Operator(_) => {
                metrics.reloads.fetch_add(1, Ordering::Relaxed);
                LineWriter::to_stderr_of_server().line("reloaded");
            }
            Self::Supervisor(supervisor, _) => supervisor.tell(&Report::Reloaded),
        }
    }

    /// A certificate that was loaded again is used.
    pub(crate) fn new_certificate(&self) {
        match self {
            Self::Operator(_) => tell_certificate(),
            Self::Supervisor(supervisor, _) => supervisor.tell(&Report::Certificate),
        }
    }

    /// Something could not be loaded again.
    pub(crate) fn failed(&self, why: &str, metrics: &Metrics) {
        match self {
            Self::Operator(_) => tell_failure(why, metrics),
            Self::Supervisor(supervisor, _) => supervisor.tell(&Report::Failed(why.to_owned())),
        }
    }

    /// What a supervisor asked for.
    pub(crate) fn count(&self, metrics: &Metrics) {
        match self {
            Self::Operator(_) => {}
            Self::Supervisor(supervisor, _) => supervisor.tell(&Report::Counts(metrics.text())),
        }
    }
}

/// Say that a certificate is used. One that could not be loaded may have been told before.
pub(crate) fn tell_certificate() {
    LineWriter::to_stderr_of_server().line("reloaded the certificate");
}

/// Count and say that something could not be loaded again.
pub(crate) fn tell_failure(why: &str, metrics: &Metrics) {
    metrics.failed_reloads.fetch_add(1, Ordering::Relaxed);
    LineWriter::to_stderr_of_server().line(&printable(&format!("error: what was served is kept: {why}")));
}
