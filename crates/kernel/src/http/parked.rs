//! Blocking the thread until a poll is ready, for guests that own their thread.

use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use crate::stream::Wait;
use crate::{Error, Result};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// What the poll answers: at once, or [`Error::WouldBlock`], if it must not block.
pub(crate) fn wait_for<T>(wait: Wait, mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> Result<T> {
    if let Poll::Ready(value) = poll(&mut Context::from_waker(Waker::noop())) {
        return Ok(value);
    }
    if wait == Wait::Try {
        return Err(Error::WouldBlock);
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match poll(&mut context) {
            Poll::Ready(value) => return Ok(value),
            Poll::Pending => thread::park(),
        }
    }
}
