//! Waiting on the system: by `poll(2)`, blocking or not, and by the [`reactor`](crate::reactor) for those who have a
//! waker.

use std::cell::{Cell, OnceCell};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use tambo_kernel::Result;
use tambo_kernel::interrupt::{self, Interrupt};
use tambo_kernel::wait::{WaitSet, Waiter};

use crate::clock::monotonic;
use crate::poll_list::PollList;
use crate::reactor::{self, Want, reactor};
use crate::wake::WakeEvent;

/// The system's waiter. Cheap to make: it opens no descriptor before it has to block.
#[derive(Default)]
pub struct OsWaiter {
    /// Taken for the time of a wait, so that an object that waits itself finds another one.
    list: Cell<PollList>,
    event: OnceCell<Arc<WakeEvent>>,
}

/// A process that has no descriptor left for the event, perhaps because of another guest, can still wait: it looks
/// again after each of these.
const SLICE: u64 = 10_000_000;

impl OsWaiter {
    /// A waiter.
    pub fn new() -> Self {
        Self::default()
    }

    fn with_list<T>(&self, wait: impl FnOnce(&mut PollList) -> Result<T>) -> Result<T> {
        let mut list = self.list.take();
        let outcome = wait(&mut list);
        list.clear();
        self.list.set(list);
        outcome
    }

    fn event(&self) -> Result<&Arc<WakeEvent>> {
        match self.event.get() {
            Some(event) => Ok(event),
            None => {
                let event = WakeEvent::new()?;
                Ok(self.event.get_or_init(|| event))
            }
        }
    }
}

impl Waiter for OsWaiter {
    #[inline]
    fn now(&self) -> u64 {
        monotonic()
    }

    fn check(&self, set: &mut WaitSet) -> Result<()> {
        self.with_list(|list| check(list, set, &mut Context::from_waker(Waker::noop())))
    }

    fn wait(&self, set: &mut WaitSet, interrupt: &Interrupt) -> Result<()> {
        interrupt.check()?;
        let event = self.event().ok();
        let waker = event.map_or_else(|| Waker::noop().clone(), |event| Waker::from(event.clone()));
        let _registered = interrupt.register(&waker);
        self.with_list(|list| {
            loop {
                interrupt.check()?;
                list.build(set, &mut Context::from_waker(&waker))?;
                let mut left = if set.any_ready() { Some(0) } else { remaining(set.deadline) };
                if event.is_none() {
                    left = Some(left.map_or(SLICE, |left| left.min(SLICE)));
                }
                if list.ask(event.map(|event| event.as_fd()), left)?
                    && let Some(event) = event
                {
                    event.clear();
                }
                list.mark(set);
                if set.any_ready() || remaining(set.deadline) == Some(0) {
                    return Ok(());
                }
            }
        })
    }

    fn poll_wait(&self, set: &mut WaitSet, interrupt: &Interrupt, context: &mut Context<'_>) -> Poll<Result<()>> {
        let outcome = self.with_list(|list| {
            interrupt.check()?;
            check(list, set, context)?;
            if set.any_ready() || remaining(set.deadline) == Some(0) {
                return Ok(None);
            }
            let wants: Vec<Want> = list.wants(set).collect();
            let former = set.registration.take().and_then(|former| former.downcast().ok());
            let registered = match former {
                Some(former) => Registered::renew(former, wants, set.deadline, interrupt, context.waker())?,
                None => Box::new(Registered::new(wants, set.deadline, interrupt, context.waker())?),
            };
            // A raise before the registration has woken nobody.
            interrupt.check()?;
            Ok(Some(registered))
        });
        match outcome {
            Ok(Some(registered)) => {
                set.registration = Some(registered);
                Poll::Pending
            }
            Ok(None) => {
                set.registration = None;
                Poll::Ready(Ok(()))
            }
            Err(error) => {
                set.registration = None;
                Poll::Ready(Err(error))
            }
        }
    }
}

fn check(list: &mut PollList, set: &mut WaitSet, context: &mut Context<'_>) -> Result<()> {
    list.build(set, context)?;
    list.ask(None, Some(0))?;
    list.mark(set);
    Ok(())
}

/// Nanoseconds until the deadline; none if there is none. The last instant that can be named is no deadline: it is
/// what a sum that does not fit becomes.
fn remaining(deadline: Option<u64>) -> Option<u64> {
    deadline.filter(|&deadline| deadline != u64::MAX).map(|deadline| deadline.saturating_sub(monotonic()))
}

/// What is registered for a set between two polls.
struct Registered {
    waker: Waker,
    interrupted: interrupt::Registration,
    /// None if the system is not needed: the objects wake by themselves.
    reactor: Option<reactor::Registration>,
}

impl Registered {
    fn new(wants: Vec<Want>, deadline: Option<u64>, interrupt: &Interrupt, waker: &Waker) -> Result<Self> {
        let deadline = deadline.filter(|&deadline| deadline != u64::MAX);
        let reactor = match wants.is_empty() && deadline.is_none() {
            true => None,
            false => Some(reactor()?.register(wants, deadline, waker)?),
        };
        Ok(Self { waker: waker.clone(), interrupted: interrupt.register(waker), reactor })
    }

    /// The same for another round. What can be kept is: a task that is polled for other reasons costs no system call.
    fn renew(
        mut former: Box<Self>,
        wants: Vec<Want>,
        deadline: Option<u64>,
        interrupt: &Interrupt,
        waker: &Waker,
    ) -> Result<Box<Self>> {
        let deadline = deadline.filter(|&deadline| deadline != u64::MAX);
        if !former.reactor.as_ref().is_some_and(|reactor| reactor.keep(&wants, deadline, waker)) {
            // The new one first: a descriptor that both want stays in epoll.
            *former = Self::new(wants, deadline, interrupt, waker)?;
        } else if !former.waker.will_wake(waker) {
            former.interrupted = interrupt.register(waker);
            former.waker = waker.clone();
        }
        Ok(former)
    }
}
