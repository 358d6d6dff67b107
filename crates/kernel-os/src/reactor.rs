//! The thread that wakes those who wait without blocking: one per process, started by the first such wait, on one
//! epoll.
//!
//! # State
//!
//! A *registration* is one wait: a waker, the descriptors it wants, a deadline. It is `waiting` until something that
//! it wants happens, then *fired*: its waker is taken and woken, once. It stays registered until it is dropped.
//!
//! Epoll knows a descriptor once, so waits share it. For each descriptor there is a [`File`]: how many registrations
//! `users` name it, and which of them still `want` something. In epoll it is *armed*, for what the wants add up to and
//! for one event, or *disarmed* by that event, until a want is added or some are left over.
//!
//! ```text
//!            register                 event
//!  (absent) ----------> armed  ----------------> disarmed, wants without those that were fired
//!      ^                  ^  ^                      |  |
//!      |                  |  +-- wants left over ---+  |
//!      |                  +------- register ----------+
//!      +---- the last user is dropped: removed from epoll
//! ```
//!
//! # No wake is lost
//!
//! Arming is level-triggered: a descriptor that became ready between the waiter's look and its registration fires at
//! once. A registration that is kept for another round is kept only if it has not fired, which is decided under the
//! lock that events take; so what happens after the waiter's look either finds the new waker or has marked the
//! registration fired. Deadlines are a timerfd in the same epoll, set under the same lock to the earliest of them.
//!
//! # No registration outlives its descriptor
//!
//! A wait set drops its registration before its objects, so a descriptor is open until its last user is gone and is
//! removed from epoll under its own number. If an object breaks that rule, the number may come to mean another file:
//! then arming finds it absent or present against expectation and does the other of adding and changing, an event for
//! it is one wake too many, and waiters look again after each wake.
//!
//! Wakers are woken and dropped outside of the lock, because they may run anything.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::os::fd::{OwnedFd, RawFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::task::Waker;

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::io::Errno;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use tambo_kernel::wait::Interest;
use tambo_kernel::{Error, Result};

use crate::clock::monotonic;
use crate::errno::kernel_error;
use crate::{handle, poll_list};

/// What the event of the timer carries; no descriptor has this number.
const TIMER: u64 = u64::MAX;

/// One descriptor and direction that a wait wants.
pub(crate) type Want = (RawFd, Interest);

/// The reactor. Lives as long as the process.
pub(crate) struct Reactor {
    epoll: OwnedFd,
    timer: OwnedFd,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The key of the next registration; never used twice.
    next: u64,
    /// The wakers of registrations that have not fired.
    waiting: HashMap<u64, Waker>,
    files: HashMap<RawFd, File>,
    deadlines: BTreeSet<(u64, u64)>,
    /// What the timer is set to.
    timer: Option<u64>,
}

#[derive(Default)]
struct File {
    users: usize,
    wants: BTreeMap<u64, Directions>,
    readers: usize,
    writers: usize,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Directions {
    read: bool,
    write: bool,
}

/// One wait. Ends when it is dropped.
pub(crate) struct Registration {
    reactor: &'static Reactor,
    key: u64,
    wants: Vec<Want>,
    deadline: Option<u64>,
}

/// The reactor of this process.
pub(crate) fn reactor() -> Result<&'static Reactor> {
    static REACTOR: Mutex<Option<&'static Reactor>> = Mutex::new(None);
    let mut reactor = REACTOR.lock().unwrap_or_else(PoisonError::into_inner);
    match *reactor {
        Some(reactor) => Ok(reactor),
        None => Ok(*reactor.insert(Reactor::start()?)),
    }
}

impl Reactor {
    fn start() -> Result<&'static Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC).map_err(kernel_error)?;
        let flags = TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK;
        let timer = timerfd_create(TimerfdClockId::Monotonic, flags).map_err(kernel_error)?;
        epoll::add(&epoll, &timer, EventData::new_u64(TIMER), EventFlags::IN).map_err(kernel_error)?;
        // The thread first: without one, nothing must be leaked.
        let (hand_over, handed_over) = mpsc::channel::<&'static Self>();
        let thread = std::thread::Builder::new().name("tambo-reactor".to_owned());
        let run = move || handed_over.recv().map_or((), Self::run);
        thread.spawn(run).map_err(|_| Error::NoMemory)?;
        let reactor: &'static Self = Box::leak(Box::new(Self { epoll, timer, state: Mutex::default() }));
        hand_over.send(reactor).map_err(|_| Error::NoMemory)?;
        Ok(reactor)
    }

    /// Have `waker` woken once when any of `wants` is ready or the deadline has come. [`Error::NoMemory`],
    /// [`Error::NoSpace`] if the system takes no more registrations.
    pub(crate) fn register(
        &'static self,
        wants: Vec<Want>,
        deadline: Option<u64>,
        waker: &Waker,
    ) -> Result<Registration> {
        let mut state = self.state();
        let key = state.next;
        state.next += 1;
        state.waiting.insert(key, waker.clone());
        for &(fd, interest) in &wants {
            state.files.entry(fd).or_default().add(key, interest);
        }
        if let Some(deadline) = deadline {
            state.deadlines.insert((deadline, key));
        }
        // From here on dropping it undoes all that. Declared before the lock is taken again or let go, so that an
        // error lets go of the lock first.
        let registration = Registration { reactor: self, key, wants, deadline };
        let outcome = self.arm_all(&mut state, &registration);
        let fired = match outcome {
            Ok(true) => state.waiting.remove(&key),
            _ => None,
        };
        drop(state);
        fired.into_iter().for_each(Waker::wake);
        outcome.map(|_| registration)
    }

    /// Arm what a new registration needs; answers whether something is ready for certain.
    fn arm_all(&self, state: &mut State, registration: &Registration) -> Result<bool> {
        let mut ready = false;
        for (fd, _) in &registration.wants {
            match state.files.get(fd).map_or(Ok(()), |file| self.arm(*fd, file)) {
                Ok(()) => {}
                // Not a file that can be waited for, or none at all: whoever tries will see.
                Err(Errno::PERM | Errno::BADF) => ready = true,
                Err(errno) => return Err(kernel_error(errno)),
            }
        }
        self.set_timer(state);
        Ok(ready)
    }

    fn arm(&self, fd: RawFd, file: &File) -> rustix::io::Result<()> {
        let mut flags = EventFlags::ONESHOT;
        flags.set(EventFlags::IN | EventFlags::RDHUP, file.readers > 0);
        flags.set(EventFlags::OUT, file.writers > 0);
        let (source, data) = (handle::borrow(fd), EventData::new_u64(fd as u64));
        if file.users == 1 {
            return match epoll::add(&self.epoll, source, data, flags) {
                Err(Errno::EXIST) => epoll::modify(&self.epoll, source, data, flags),
                outcome => outcome,
            };
        }
        match epoll::modify(&self.epoll, source, data, flags) {
            Err(Errno::NOENT) => epoll::add(&self.epoll, source, data, flags),
            outcome => outcome,
        }
    }

    /// Have the timer go off at the earliest deadline, if it would go off later or not at all. One that goes off too
    /// early is set again then.
    fn set_timer(&self, state: &mut State) {
        let Some(&(earliest, _)) = state.deadlines.first() else { return };
        if state.timer.is_some_and(|set| set <= earliest) {
            return;
        }
        // Zero would stop the timer.
        let value = poll_list::timespec(earliest.max(1));
        let interval = Timespec { tv_sec: 0, tv_nsec: 0 };
        let setting = Itimerspec { it_interval: interval, it_value: value };
        // Cannot fail: the descriptor is ours and the time is valid.
        if timerfd_settime(&self.timer, TimerfdTimerFlags::ABSTIME, &setting).is_ok() {
            state.timer = Some(earliest);
        }
    }

    fn run(&self) {
        let mut events = Vec::with_capacity(256);
        let mut woken = Vec::new();
        loop {
            events.clear();
            // Fails for a signal only.
            if epoll::wait(&self.epoll, spare_capacity(&mut events), None).is_err() {
                continue;
            }
            let mut state = self.state();
            for event in &events {
                let (data, flags) = (event.data.u64(), event.flags);
                match RawFd::try_from(data) {
                    Ok(fd) => self.ready(&mut state, fd, flags, &mut woken),
                    Err(_) => self.time_passed(&mut state, &mut woken),
                }
            }
            drop(state);
            for waker in woken.drain(..) {
                // A waker that panics is its owner's mistake and must not end the waits of all others.
                let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
            }
        }
    }

    /// A descriptor is ready, and disarmed.
    fn ready(&self, state: &mut State, fd: RawFd, flags: EventFlags, woken: &mut Vec<Waker>) {
        let Some(file) = state.files.get_mut(&fd) else { return };
        let both = flags.intersects(EventFlags::ERR | EventFlags::HUP);
        let read = both || flags.intersects(EventFlags::IN | EventFlags::RDHUP);
        let write = both || flags.contains(EventFlags::OUT);
        for key in file.take_wants(read, write) {
            woken.extend(state.waiting.remove(&key));
        }
        if (file.readers > 0 || file.writers > 0) && self.arm(fd, file).is_err() {
            // It cannot be waited for any more: have everybody look.
            for key in file.take_wants(true, true) {
                woken.extend(state.waiting.remove(&key));
            }
        }
    }

    fn time_passed(&self, state: &mut State, woken: &mut Vec<Waker>) {
        // Only lowers the readiness of the timer; how often it went off does not matter.
        let _ = rustix::io::read(&self.timer, &mut [0; 8]);
        state.timer = None;
        let now = monotonic();
        while let Some(&(deadline, key)) = state.deadlines.first()
            && deadline <= now
        {
            state.deadlines.remove(&(deadline, key));
            woken.extend(state.waiting.remove(&key));
        }
        self.set_timer(state);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl File {
    fn add(&mut self, key: u64, interest: Interest) {
        self.users += 1;
        let wanted = self.wants.entry(key).or_default();
        match interest {
            Interest::Read if !wanted.read => (wanted.read, self.readers) = (true, self.readers + 1),
            Interest::Write if !wanted.write => (wanted.write, self.writers) = (true, self.writers + 1),
            _ => {}
        }
    }

    fn remove(&mut self, key: u64) {
        if let Some(wanted) = self.wants.remove(&key) {
            self.readers -= usize::from(wanted.read);
            self.writers -= usize::from(wanted.write);
        }
    }

    /// The registrations that want one of the directions; they want nothing of this file any more.
    fn take_wants(&mut self, read: bool, write: bool) -> Vec<u64> {
        let hit = |wanted: &Directions| (read && wanted.read) || (write && wanted.write);
        let keys: Vec<u64> = self.wants.iter().filter(|(_, wanted)| hit(wanted)).map(|(&key, _)| key).collect();
        keys.iter().for_each(|&key| self.remove(key));
        keys
    }
}

impl Registration {
    /// Wake `waker` instead, if this registration is for the same wants and deadline and has not fired. If not, a new
    /// one is needed.
    pub(crate) fn keep(&self, wants: &[Want], deadline: Option<u64>, waker: &Waker) -> bool {
        if self.wants != wants || self.deadline != deadline {
            return false;
        }
        let mut state = self.reactor.state();
        let Some(current) = state.waiting.get_mut(&self.key) else { return false };
        if current.will_wake(waker) {
            return true;
        }
        let former = std::mem::replace(current, waker.clone());
        drop(state);
        drop(former);
        true
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut state = self.reactor.state();
        let waker = state.waiting.remove(&self.key);
        if let Some(deadline) = self.deadline {
            state.deadlines.remove(&(deadline, self.key));
        }
        for (fd, _) in &self.wants {
            let Some(file) = state.files.get_mut(fd) else { continue };
            file.remove(self.key);
            file.users -= 1;
            if file.users == 0 {
                state.files.remove(fd);
                // Fails if it was never added, being always ready.
                let _ = epoll::delete(&self.reactor.epoll, handle::borrow(*fd));
            }
        }
        drop(state);
        drop(waker);
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;
    use std::time::Duration;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    struct Panics;

    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("as a careless embedder's waker might");
        }
    }

    fn eventually(condition: impl Fn() -> bool) {
        for _ in 0..2_000 {
            if condition() {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        panic!("not within two seconds");
    }

    /// How many descriptors epoll watches, the timer not counted.
    fn watched(reactor: &Reactor) -> usize {
        let info = std::fs::read_to_string(format!("/proc/self/fdinfo/{}", reactor.epoll.as_raw_fd())).unwrap();
        info.lines().filter(|line| line.starts_with("tfd:")).count() - 1
    }

    fn assert_empty(reactor: &Reactor) {
        let state = reactor.state();
        assert!(state.waiting.is_empty() && state.files.is_empty() && state.deadlines.is_empty());
        assert_eq!(watched(reactor), 0);
    }

    #[test]
    fn case_13_dropping_a_registration_leaves_nothing() {
        let reactor = Reactor::start().unwrap();
        let (read, write) = rustix::pipe::pipe().unwrap();
        let wants = vec![
            (read.as_raw_fd(), Interest::Read),
            (write.as_raw_fd(), Interest::Read),
            (read.as_raw_fd(), Interest::Read),
            (read.as_raw_fd(), Interest::Write),
        ];
        let count = Arc::new(Count::default());
        let waker = Waker::from(count.clone());
        let register = || reactor.register(wants.clone(), Some(monotonic() + 60_000_000_000), &waker).unwrap();
        let mut kept: Vec<_> = (0..50).map(|_| register()).collect();
        assert_eq!(watched(reactor), 2);
        kept.truncate(20);
        assert_eq!(reactor.state().waiting.len(), 20);
        rustix::io::write(&write, b"x").unwrap();
        eventually(|| count.0.load(Ordering::SeqCst) == 20);
        assert!(reactor.state().waiting.is_empty());
        assert_eq!(watched(reactor), 2, "what has fired is registered until it is dropped");
        kept.clear();
        assert_empty(reactor);
        assert_eq!(Arc::strong_count(&count), 2);
    }

    #[test]
    fn a_registration_is_kept_only_while_it_waits_for_the_same() {
        let reactor = Reactor::start().unwrap();
        let (read, write) = rustix::pipe::pipe().unwrap();
        let wants = vec![(read.as_raw_fd(), Interest::Read)];
        let [first, second] = [0, 1].map(|_| Arc::new(Count::default()));
        let wakers = [first.clone(), second.clone()].map(Waker::from);
        let registration = reactor.register(wants.clone(), None, &wakers[0]).unwrap();
        assert!(!registration.keep(&[], None, &wakers[1]));
        assert!(!registration.keep(&wants, Some(1), &wakers[1]));
        assert!(registration.keep(&wants, None, &wakers[0]));
        assert!(registration.keep(&wants, None, &wakers[1]));
        rustix::io::write(&write, b"x").unwrap();
        eventually(|| second.0.load(Ordering::SeqCst) == 1);
        assert_eq!(first.0.load(Ordering::SeqCst), 0);
        assert!(!registration.keep(&wants, None, &wakers[1]), "it has fired");
        // Level-triggered: who comes late is woken at once.
        let late = reactor.register(wants, None, &wakers[0]).unwrap();
        eventually(|| first.0.load(Ordering::SeqCst) == 1);
        drop((registration, late));
        assert_empty(reactor);
    }

    #[test]
    fn what_epoll_refuses_is_ready() {
        let reactor = Reactor::start().unwrap();
        let file = tempfile::tempfile().unwrap();
        let count = Arc::new(Count::default());
        let wants = vec![(file.as_raw_fd(), Interest::Read)];
        let registration = reactor.register(wants, None, &Waker::from(count.clone())).unwrap();
        assert_eq!(count.0.load(Ordering::SeqCst), 1);
        drop(registration);
        assert_empty(reactor);
    }

    #[test]
    fn a_number_that_changed_its_file_is_registered_anew() {
        let reactor = Reactor::start().unwrap();
        let (mut read, _write) = rustix::pipe::pipe().unwrap();
        let (other_read, other_write) = rustix::pipe::pipe().unwrap();
        let wants = vec![(read.as_raw_fd(), Interest::Read)];
        let count = Arc::new(Count::default());
        let broken = reactor.register(wants.clone(), None, Waker::noop()).unwrap();
        // Against the rule: the descriptor is replaced under the registration.
        rustix::io::dup2(&other_read, &mut read).unwrap();
        let registration = reactor.register(wants, None, &Waker::from(count.clone())).unwrap();
        rustix::io::write(&other_write, b"x").unwrap();
        eventually(|| count.0.load(Ordering::SeqCst) == 1);
        drop((broken, registration));
        assert_empty(reactor);
    }

    #[test]
    fn a_waker_that_panics_harms_nobody_else() {
        let reactor = Reactor::start().unwrap();
        let count = Arc::new(Count::default());
        let _panics = reactor.register(vec![], Some(1), &Waker::from(Arc::new(Panics))).unwrap();
        let _counts = reactor.register(vec![], Some(2), &Waker::from(count.clone())).unwrap();
        eventually(|| count.0.load(Ordering::SeqCst) == 1);
        let _later = reactor.register(vec![], Some(monotonic() + 1_000_000), &Waker::from(count.clone())).unwrap();
        eventually(|| count.0.load(Ordering::SeqCst) == 2);
    }
}
