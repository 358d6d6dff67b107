//! A value that one side promises and the other waits for: the response to a request, what a handler answers.
//!
//! # State
//!
//! One mutex holds the value, whether each half is there, and who waits. Whoever changes them takes the other side's
//! wakers out under the mutex and wakes them after it; a waiter looks and registers under the mutex. So a waiter either
//! sees the change or is woken by it.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::parked;
use super::wakers::Wakers;
use crate::Result;
use crate::stream::Wait;
use crate::wait::{Interest, Pollable, Readiness, Source, Wakeable};

/// Make both halves.
pub fn promise<T>() -> (Promise<T>, Promised<T>) {
    let shared = Arc::new(Shared(Mutex::new(State {
        value: Value::Awaited,
        receiver_gone: false,
        receivers: Wakers::default(),
        cancelled: Wakers::default(),
    })));
    (Promise(shared.clone()), Promised(shared))
}

/// The half that keeps the promise. Dropping it breaks it.
pub struct Promise<T>(Arc<Shared<T>>);

/// The half that waits. Dropping it tells the other that nobody wants the value.
pub struct Promised<T>(Arc<Shared<T>>);

struct Shared<T>(Mutex<State<T>>);

struct State<T> {
    value: Value<T>,
    receiver_gone: bool,
    receivers: Wakers,
    cancelled: Wakers,
}

enum Value<T> {
    Awaited,
    There(T),
    Taken,
    Broken,
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Promise<T> {
    /// Keep the promise. Answers the value if nobody wants it.
    pub fn keep(self, value: T) -> Option<T> {
        let mut state = self.0.lock();
        if state.receiver_gone {
            return Some(value);
        }
        state.value = Value::There(value);
        let wakers = state.receivers.take();
        drop(state);
        wakers.wake();
        None
    }

    /// Ready once nobody wants the value any more.
    pub fn poll_unwanted(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.lock();
        if state.receiver_gone {
            return Poll::Ready(());
        }
        let oldest = state.cancelled.register(context.waker());
        drop(state);
        oldest.into_iter().for_each(Waker::wake);
        Poll::Pending
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        if matches!(state.value, Value::Awaited) {
            state.value = Value::Broken;
        }
        let wakers = state.receivers.take();
        drop(state);
        wakers.wake();
    }
}

impl<T> Promised<T> {
    /// The value, if it is there: once. None for ever after, and if the promise was broken; `is_settled` tells whether
    /// to wait.
    pub fn take(&self) -> Option<T> {
        let mut state = self.0.lock();
        match std::mem::replace(&mut state.value, Value::Taken) {
            Value::There(value) => Some(value),
            other => {
                state.value = other;
                None
            }
        }
    }

    /// Whether there is nothing to wait for: the value came, or never will.
    pub fn is_settled(&self) -> bool {
        !matches!(self.0.lock().value, Value::Awaited)
    }

    /// Wait for the value; none if it was taken or will never come.
    pub fn wait(&self, wait: Wait) -> Result<Option<T>> {
        parked::wait_for(wait, |context| self.poll_ready(Interest::Read, context))?;
        Ok(self.take())
    }
}

impl<T> Drop for Promised<T> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.receiver_gone = true;
        let wakers = state.cancelled.take();
        // What nobody takes is dropped outside of the lock: it may be a connection.
        let value = std::mem::replace(&mut state.value, Value::Taken);
        drop(state);
        drop(value);
        wakers.wake();
    }
}

impl<T> Wakeable for Promised<T> {
    fn poll_ready(&self, _: Interest, context: &mut Context<'_>) -> Poll<Readiness> {
        let mut state = self.0.lock();
        if !matches!(state.value, Value::Awaited) {
            return Poll::Ready(Readiness::default());
        }
        let oldest = state.receivers.register(context.waker());
        drop(state);
        oldest.into_iter().for_each(Waker::wake);
        Poll::Pending
    }
}

impl<T> Pollable for Promised<T> {
    fn source(&self, _: Interest) -> Source<'_> {
        Source::Waker(self)
    }
}

/// The value; none if the promise was broken, or the value was taken.
impl<T> Future for Promised<T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.poll_ready(Interest::Read, context).map(|_| self.take())
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::Error;

    #[test]
    fn a_value_is_taken_once() {
        let (promise, promised) = promise();
        assert_eq!(promised.wait(Wait::Try), Err(Error::WouldBlock));
        assert_eq!(promise.keep(7), None);
        assert!(promised.is_settled());
        assert_eq!(promised.wait(Wait::Try), Ok(Some(7)));
        assert_eq!(promised.wait(Wait::Block), Ok(None));
    }

    #[test]
    fn a_broken_promise_ends_the_wait() {
        let (promise, promised) = promise::<u8>();
        let waiting = thread::spawn(move || promised.wait(Wait::Block));
        drop(promise);
        assert_eq!(waiting.join().unwrap(), Ok(None));
    }

    #[test]
    fn what_nobody_wants_is_given_back() {
        let (promise, promised) = promise();
        let mut context = Context::from_waker(Waker::noop());
        assert!(promise.poll_unwanted(&mut context).is_pending());
        drop(promised);
        assert!(promise.poll_unwanted(&mut context).is_ready());
        assert_eq!(promise.keep(1), Some(1));
    }
}
