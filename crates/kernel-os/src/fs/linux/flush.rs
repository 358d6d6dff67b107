//! Waiting for the device on behalf of a guest whose thread must not: a `sync`, or a write that waits until its data is
//! on the device.
//!
//! There is one flush a file; another one waits for it. The guest's next try of the same operation takes the outcome. A
//! write is recognised by its place and length: a guest that was told [`Error::WouldBlock`] for one and goes on with
//! another has made the first one nevertheless, as with any system that cannot take a write back.

use std::cell::RefCell;
use std::os::fd::{AsFd, BorrowedFd};
use std::task::{Context, Poll};

use tambo_kernel::fs::Sync;
use tambo_kernel::{Error, Result};

use super::directory::sync_now;
use super::file::At;
use crate::errno::kernel_error;
use crate::pool::{Completion, Pool};

/// What is being flushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flushed {
    Sync(Sync),
    Write { at: At, len: usize },
}

/// The flush of a file, if there is one.
#[derive(Default)]
pub(super) struct Flush(RefCell<Option<Running>>);

struct Running {
    /// None if the file changed since, and another flush is needed.
    what: Option<Flushed>,
    /// Bytes that the write took.
    count: usize,
    outcome: Completion<Result<()>>,
}

impl Flush {
    /// Take the outcome of this flush, with what its write took; nothing if there was none.
    /// [`Error::WouldBlock`] while any flush runs.
    pub(super) fn take(&self, what: Flushed) -> Result<Option<(usize, Result<()>)>> {
        if self.is_running() {
            return Err(Error::WouldBlock);
        }
        match self.0.take() {
            Some(running) if running.what == Some(what) => Ok(Some((running.count, running.outcome.wait()?))),
            _ => Ok(None),
        }
    }

    /// Begin a flush; there must be none.
    pub(super) fn start(&self, pool: &Pool, fd: BorrowedFd<'_>, what: Flushed, count: usize, how: Sync) -> Result<()> {
        let fd = rustix::io::fcntl_dupfd_cloexec(fd, 3).map_err(kernel_error)?;
        let outcome = pool.submit(move || sync_now(fd.as_fd(), how));
        self.0.replace(Some(Running { what: Some(what), count, outcome }));
        Ok(())
    }

    /// The file changed: a `sync` that is asked for now is another one. The outcome of a write stays.
    #[inline]
    pub(super) fn forget(&self) {
        if let Some(running) = &mut *self.0.borrow_mut()
            && let Some(Flushed::Sync(_)) = running.what
        {
            running.what = None;
        }
    }

    pub(super) fn is_running(&self) -> bool {
        self.0.borrow().as_ref().is_some_and(|running| !running.outcome.is_done())
    }

    pub(super) fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        self.0.borrow().as_ref().map_or(Poll::Ready(()), |running| running.outcome.poll(context))
    }
}
