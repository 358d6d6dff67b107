//! The suite for [`Waiter`], with objects that other threads make ready.
#![expect(missing_docs, reason = "a case's name is its sentence")]

use std::rc::Rc;
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use tambo_kernel::wait::{Interest, Pollable, Readiness, Source, WaitSet, Waiter, Wakeable};
use tambo_kernel::{Error, Interrupt, Result};

/// One `#[test]` for each case, in a module of the given name; the second argument is a closure without captures that
/// answers an `Rc<dyn Waiter>`.
#[macro_export]
macro_rules! waiter_tests {
    ($module:ident, $make:expr) => {
        mod $module {
            #[allow(unused_imports, reason = "the expression may need what is imported around the macro")]
            use super::*;

            $crate::cases!(wait, $make, [
                everything_that_is_ready_is_marked
                checking_never_waits
                what_is_never_ready_ends_with_the_deadline
                a_past_deadline_ends_the_wait
                a_deadline_ends_a_polled_wait
                another_thread_ends_the_wait
                another_thread_ends_a_polled_wait
                a_raised_interrupt_cancels
                an_interrupt_cancels_a_wait_under_way
                an_interrupt_wakes_a_polled_wait
                an_empty_set_with_a_deadline_ends
                large_sets_work
                the_clock_never_goes_back
            ]);
        }
    };
}

/// How long a test waits for what should happen at once.
const PATIENCE: Duration = Duration::from_secs(20);

/// A waker that can be waited for.
#[derive(Default)]
pub(crate) struct Bell {
    rung: Mutex<bool>,
    changed: Condvar,
}

impl Bell {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    #[track_caller]
    fn heard(&self) {
        let rung = self.rung.lock().unwrap();
        let (mut rung, waited) = self.changed.wait_timeout_while(rung, PATIENCE, |rung| !*rung).unwrap();
        assert!(!waited.timed_out(), "the waker was not woken");
        *rung = false;
    }

    /// Poll again each time the bell rings, until that succeeds. The first ring must come.
    #[track_caller]
    pub(crate) fn heard_and_settled(&self, mut poll: impl FnMut() -> Poll<Result<()>>) {
        loop {
            self.heard();
            if let Poll::Ready(outcome) = poll() {
                return outcome.unwrap();
            }
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        *self.rung.lock().unwrap() = true;
        self.changed.notify_all();
    }
}

/// Repeat what may end early until it is done.
#[track_caller]
pub(crate) fn forever<T>(mut step: impl FnMut() -> T, done: impl Fn(&T) -> bool) -> T {
    for _ in 0..10_000 {
        let outcome = step();
        if done(&outcome) {
            return outcome;
        }
    }
    panic!("never done");
}

/// The half of a [`Flag`] that another thread may hold.
#[derive(Default)]
struct Switch {
    state: Mutex<(bool, Vec<Waker>)>,
}

impl Switch {
    fn turn_on(&self) {
        let wakers = {
            let mut state = self.state.lock().unwrap();
            state.0 = true;
            std::mem::take(&mut state.1)
        };
        wakers.into_iter().for_each(Waker::wake);
    }
}

/// An object that is ready once its switch is on.
struct Flag(Arc<Switch>);

impl Wakeable for Flag {
    fn poll_ready(&self, _: Interest, context: &mut Context<'_>) -> Poll<Readiness> {
        let mut state = self.0.state.lock().unwrap();
        if state.0 {
            return Poll::Ready(Readiness { bytes: 3, hangup: true });
        }
        state.1.push(context.waker().clone());
        Poll::Pending
    }
}

impl Pollable for Flag {
    fn source(&self, _: Interest) -> Source<'_> {
        Source::Waker(self)
    }
}

/// An object that is ready always, or never.
struct Constant(bool);

impl Pollable for Constant {
    fn source(&self, _: Interest) -> Source<'_> {
        if self.0 { Source::Ready } else { Source::Never }
    }

    fn readiness(&self, _: Interest) -> Readiness {
        Readiness { bytes: 5, hangup: false }
    }
}

fn flag() -> (Arc<Switch>, Rc<dyn Pollable>) {
    let switch = Arc::new(Switch::default());
    (switch.clone(), Rc::new(Flag(switch)))
}

fn never() -> WaitSet {
    WaitSet::one(Rc::new(Constant(false)), Interest::Read)
}

pub fn everything_that_is_ready_is_marked(waiter: &Rc<dyn Waiter>) {
    let (switch, on) = flag();
    switch.turn_on();
    let mut set = never();
    set.push(on, Interest::Write);
    set.push(flag().1, Interest::Read);
    set.push(Rc::new(Constant(true)), Interest::Read);
    let marked = [None, Some(Readiness { bytes: 3, hangup: true }), None, Some(Readiness { bytes: 5, hangup: false })];
    let clear = |set: &mut WaitSet| set.entries.iter_mut().for_each(|entry| entry.ready = None);
    let found = |set: &WaitSet| set.entries.iter().map(|entry| entry.ready).collect::<Vec<_>>();
    waiter.check(&mut set).unwrap();
    assert_eq!(found(&set), marked);
    clear(&mut set);
    waiter.wait(&mut set, &Interrupt::new()).unwrap();
    assert_eq!(found(&set), marked);
    clear(&mut set);
    let waker = Waker::from(Bell::new());
    let outcome = waiter.poll_wait(&mut set, &Interrupt::new(), &mut Context::from_waker(&waker));
    assert_eq!(outcome, Poll::Ready(Ok(())));
    assert_eq!(found(&set), marked);
}

pub fn checking_never_waits(waiter: &Rc<dyn Waiter>) {
    let mut set = never();
    set.push(flag().1, Interest::Read);
    waiter.check(&mut set).unwrap();
    assert!(!set.any_ready());
    waiter.check(&mut WaitSet::default()).unwrap();
}

pub fn what_is_never_ready_ends_with_the_deadline(waiter: &Rc<dyn Waiter>) {
    let deadline = waiter.now() + 20_000_000;
    let mut set = never();
    set.push(flag().1, Interest::Read);
    set.deadline = Some(deadline);
    forever(|| waiter.wait(&mut set, &Interrupt::new()).unwrap(), |_| waiter.now() >= deadline);
    assert!(!set.any_ready());
}

pub fn a_past_deadline_ends_the_wait(waiter: &Rc<dyn Waiter>) {
    for deadline in [0, waiter.now()] {
        let mut set = never();
        set.deadline = Some(deadline);
        waiter.wait(&mut set, &Interrupt::new()).unwrap();
        let waker = Waker::from(Bell::new());
        let outcome = waiter.poll_wait(&mut set, &Interrupt::new(), &mut Context::from_waker(&waker));
        assert_eq!(outcome, Poll::Ready(Ok(())));
        assert!(!set.any_ready());
    }
}

pub fn a_deadline_ends_a_polled_wait(waiter: &Rc<dyn Waiter>) {
    let bell = Bell::new();
    let waker = Waker::from(bell.clone());
    let interrupt = Interrupt::new();
    let mut set = never();
    set.deadline = Some(waiter.now() + 20_000_000);
    let mut poll = || waiter.poll_wait(&mut set, &interrupt, &mut Context::from_waker(&waker));
    match poll() {
        Poll::Ready(outcome) => outcome.unwrap(),
        Poll::Pending => bell.heard_and_settled(poll),
    }
}

pub fn another_thread_ends_the_wait(waiter: &Rc<dyn Waiter>) {
    let (switch, object) = flag();
    let other = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        switch.turn_on();
    });
    let mut set = WaitSet::one(object, Interest::Read);
    while !set.any_ready() {
        waiter.wait(&mut set, &Interrupt::new()).unwrap();
    }
    other.join().unwrap();
}

pub fn another_thread_ends_a_polled_wait(waiter: &Rc<dyn Waiter>) {
    let (switch, object) = flag();
    let bell = Bell::new();
    let waker = Waker::from(bell.clone());
    let interrupt = Interrupt::new();
    let mut set = WaitSet::one(object, Interest::Read);
    let mut poll = || waiter.poll_wait(&mut set, &interrupt, &mut Context::from_waker(&waker));
    assert_eq!(poll(), Poll::Pending);
    let other = thread::spawn(move || switch.turn_on());
    bell.heard_and_settled(poll);
    assert!(set.any_ready());
    other.join().unwrap();
}

/// Attack 26.
pub fn a_raised_interrupt_cancels(waiter: &Rc<dyn Waiter>) {
    let interrupt = Interrupt::new();
    interrupt.raise();
    assert_eq!(waiter.wait(&mut never(), &interrupt), Err(Error::Cancelled));
    let waker = Waker::from(Bell::new());
    let outcome = waiter.poll_wait(&mut never(), &interrupt, &mut Context::from_waker(&waker));
    assert_eq!(outcome, Poll::Ready(Err(Error::Cancelled)));
}

/// Attack 26.
pub fn an_interrupt_cancels_a_wait_under_way(waiter: &Rc<dyn Waiter>) {
    let interrupt = Interrupt::new();
    let other = thread::spawn({
        let interrupt = interrupt.clone();
        move || {
            thread::sleep(Duration::from_millis(20));
            interrupt.raise();
        }
    });
    let mut set = never();
    set.push(flag().1, Interest::Read);
    let outcome = forever(|| waiter.wait(&mut set, &interrupt), |outcome| outcome.is_err());
    assert_eq!(outcome, Err(Error::Cancelled));
    other.join().unwrap();
}

/// Attack 26.
pub fn an_interrupt_wakes_a_polled_wait(waiter: &Rc<dyn Waiter>) {
    let interrupt = Interrupt::new();
    let bell = Bell::new();
    let waker = Waker::from(bell.clone());
    let mut set = never();
    let mut poll = || waiter.poll_wait(&mut set, &interrupt, &mut Context::from_waker(&waker));
    assert_eq!(poll(), Poll::Pending);
    let raise = interrupt.clone();
    let other = thread::spawn(move || raise.raise());
    bell.heard();
    other.join().unwrap();
    assert_eq!(poll(), Poll::Ready(Err(Error::Cancelled)));
}

pub fn an_empty_set_with_a_deadline_ends(waiter: &Rc<dyn Waiter>) {
    let deadline = waiter.now() + 5_000_000;
    let mut set = WaitSet { deadline: Some(deadline), ..WaitSet::default() };
    forever(|| waiter.wait(&mut set, &Interrupt::new()).unwrap(), |_| waiter.now() >= deadline);
}

/// Attack 10.
pub fn large_sets_work(waiter: &Rc<dyn Waiter>) {
    let mut set = WaitSet::default();
    for _ in 0..20_000 {
        set.push(flag().1, Interest::Read);
    }
    let (switch, on) = flag();
    switch.turn_on();
    set.push(on, Interest::Read);
    waiter.wait(&mut set, &Interrupt::new()).unwrap();
    let marked = set.entries.iter().filter(|entry| entry.ready.is_some()).count();
    assert_eq!(marked, 1);
}

pub fn the_clock_never_goes_back(waiter: &Rc<dyn Waiter>) {
    let mut last = waiter.now();
    for _ in 0..1_000 {
        let now = waiter.now();
        assert!(now >= last);
        last = now;
    }
}
