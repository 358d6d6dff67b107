//! Waiting: deadlines, interrupts, hangups, objects that wake by themselves, and many of everything.

#![expect(clippy::unwrap_used, reason = "test helpers, whose failures are panics")]

mod common;

use std::cell::Cell;
use std::future::Future;
use std::os::fd::{AsRawFd, OwnedFd};
use std::pin::pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use common::{MODES, block_on, pipe, pipe_fds, poll_wait, read, ready, wait, write};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tambo_kernel::stream::{Closed, Wait};
use tambo_kernel::wait::{Interest, Pollable, Readiness, Source, WaitSet, Waiter, Wakeable};
use tambo_kernel::{Error, Grant, Host, Interrupt, poll};
use tambo_kernel_os::{OsWaiter, stream_from_fd, system};

const MILLISECOND: u64 = 1_000_000;

struct Never;

impl Pollable for Never {
    fn source(&self, _: Interest) -> Source<'_> {
        Source::Never
    }
}

/// An object that another thread makes ready.
#[derive(Clone, Default)]
struct Signal(Arc<(AtomicBool, Mutex<Option<Waker>>)>);

impl Signal {
    fn set(&self) {
        self.0.0.store(true, Ordering::SeqCst);
        let waker = self.0.1.lock().unwrap().take();
        waker.into_iter().for_each(Waker::wake);
    }
}

impl Wakeable for Signal {
    fn poll_ready(&self, _: Interest, context: &mut Context<'_>) -> Poll<Readiness> {
        *self.0.1.lock().unwrap() = Some(context.waker().clone());
        if self.0.0.load(Ordering::SeqCst) { Poll::Ready(Readiness::default()) } else { Poll::Pending }
    }
}

impl Pollable for Signal {
    fn source(&self, _: Interest) -> Source<'_> {
        Source::Waker(self)
    }
}

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Count {
    /// Whether it is woken within a while.
    fn comes(&self) -> bool {
        let start = Instant::now();
        while self.0.load(Ordering::SeqCst) == 0 && start.elapsed() < Duration::from_millis(500) {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.0.load(Ordering::SeqCst) > 0
    }
}

#[test]
fn a_deadline_ends_a_wait_and_not_before() {
    let (reader, _writer) = pipe();
    let objects: [Option<Rc<dyn Pollable>>; 4] =
        [None, Some(Rc::new(Never)), Some(reader), Some(Rc::new(Signal::default()))];
    for mode in MODES {
        for object in &objects {
            for delay in [0, 1, MILLISECOND / 2, 7 * MILLISECOND] {
                let waiter = OsWaiter::new();
                let start = waiter.now();
                let mut set = WaitSet { deadline: Some(start + delay), ..WaitSet::default() };
                object.iter().for_each(|object| set.push(object.clone(), Interest::Read));
                wait(mode, &waiter, &mut set, &Interrupt::new()).unwrap();
                let late = waiter.now() - start;
                assert!(late >= delay, "{mode:?} {delay} {late}");
                assert!(late < delay + 300 * MILLISECOND, "{mode:?} {delay} {late}");
                assert!(!set.any_ready());
            }
        }
    }
}

struct Note(u64, Arc<Mutex<Vec<u64>>>);

impl Wake for Note {
    fn wake(self: Arc<Self>) {
        self.1.lock().unwrap().push(self.0);
    }
}

#[test]
fn deadlines_come_in_their_order() {
    let (waiter, interrupt) = (OsWaiter::new(), Interrupt::new());
    let start = waiter.now() + 200 * MILLISECOND;
    let woken = Arc::new(Mutex::new(Vec::new()));
    let mut sets = [40, 10, 30, 0, 20].map(|delay| {
        let mut set = WaitSet { deadline: Some(start + delay * MILLISECOND), ..WaitSet::default() };
        let waker = Waker::from(Arc::new(Note(delay, woken.clone())));
        assert!(waiter.poll_wait(&mut set, &interrupt, &mut Context::from_waker(&waker)).is_pending());
        set
    });
    while woken.lock().unwrap().len() < sets.len() {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(*woken.lock().unwrap(), [0, 10, 20, 30, 40]);
    for set in &mut sets {
        let outcome = waiter.poll_wait(set, &interrupt, &mut Context::from_waker(Waker::noop()));
        assert_eq!(outcome, Poll::Ready(Ok(())));
    }
}

#[test]
fn case_26_an_interrupt_ends_every_wait() {
    for mode in MODES {
        for deadline in [None, Some(u64::MAX)] {
            let (reader, _writer) = pipe();
            let waiter = OsWaiter::new();
            let interrupt = Interrupt::new();
            let raiser = std::thread::spawn({
                let interrupt = interrupt.clone();
                move || {
                    std::thread::sleep(Duration::from_millis(20));
                    interrupt.raise();
                    Instant::now()
                }
            });
            let mut set = WaitSet { deadline, ..WaitSet::one(reader.clone(), Interest::Read) };
            assert_eq!(wait(mode, &waiter, &mut set, &interrupt), Err(Error::Cancelled));
            assert!(raiser.join().unwrap().elapsed() < Duration::from_millis(300));
            // Raised before: not even what is ready counts.
            let mut set = WaitSet::one(Rc::new(Closed), Interest::Read);
            assert_eq!(wait(mode, &waiter, &mut set, &interrupt), Err(Error::Cancelled));
            interrupt.reset();
            assert_eq!(wait(mode, &waiter, &mut set, &interrupt), Ok(()));
            assert!(set.any_ready());
        }
    }
}

#[test]
fn what_is_known_of_a_pipe() {
    let waiter = OsWaiter::new();
    let (reader, writer) = pipe();
    let mut set = WaitSet::one(reader.clone(), Interest::Read);
    set.push(writer.clone(), Interest::Write);
    set.push(Rc::new(Never), Interest::Read);
    waiter.check(&mut set).unwrap();
    let known = |set: &WaitSet| set.entries.iter().map(|entry| entry.ready).collect::<Vec<_>>();
    let writable = Some(Readiness { bytes: 1, hangup: false });
    assert_eq!(known(&set), [None, writable, None]);
    write(&*writer, b"five!", Wait::Block).unwrap();
    waiter.wait(&mut set, &Interrupt::new()).unwrap();
    assert_eq!(known(&set), [Some(Readiness { bytes: 5, hangup: false }), writable, None]);
}

#[test]
fn ends_and_hangups_are_ready() {
    for mode in MODES {
        let (waiter, interrupt) = (OsWaiter::new(), Interrupt::new());
        let (reader, writer) = pipe();
        write(&*writer, b"last", Wait::Block).unwrap();
        drop(writer);
        let mut set = WaitSet::one(reader.clone(), Interest::Read);
        wait(mode, &waiter, &mut set, &interrupt).unwrap();
        assert_eq!(set.entries[0].ready, Some(Readiness { bytes: 4, hangup: true }));
        assert_eq!(read(&*reader, &mut [0; 9], Wait::Try), Ok(4));
        wait(mode, &waiter, &mut set, &interrupt).unwrap();
        assert_eq!(set.entries[0].ready, Some(Readiness { bytes: 0, hangup: true }));
        assert_eq!(read(&*reader, &mut [0; 9], Wait::Try), Ok(0));
        let (reader, writer) = pipe();
        drop(reader);
        let mut set = WaitSet::one(writer, Interest::Write);
        wait(mode, &waiter, &mut set, &interrupt).unwrap();
        assert_eq!(set.entries[0].ready, Some(Readiness { bytes: 0, hangup: true }));
    }
}

#[test]
fn files_and_devices_are_always_ready() {
    for mode in MODES {
        let null = tambo_kernel_os::open_stream_read("/dev/null").unwrap();
        let file = stream_from_fd(tempfile::tempfile().unwrap().into()).unwrap();
        let mut set = WaitSet::one(null, Interest::Read);
        set.push(file, Interest::Write);
        wait(mode, &OsWaiter::new(), &mut set, &Interrupt::new()).unwrap();
        assert!(set.entries.iter().all(|entry| entry.ready.is_some()));
    }
}

#[test]
fn objects_wake_from_other_threads() {
    for mode in MODES {
        let waiter = OsWaiter::new();
        for round in 0..300 {
            let signal = Signal::default();
            let (reader, _writer) = pipe();
            let setter = std::thread::spawn({
                let signal = signal.clone();
                move || {
                    // Now before, now after the wait has begun.
                    std::thread::sleep(Duration::from_micros(round % 3 * 40));
                    signal.set();
                }
            });
            let mut set = WaitSet::one(reader, Interest::Read);
            set.push(Rc::new(signal), Interest::Read);
            while !set.any_ready() {
                wait(mode, &waiter, &mut set, &Interrupt::new()).unwrap();
            }
            assert!(set.entries[0].ready.is_none() && set.entries[1].ready.is_some());
            setter.join().unwrap();
        }
    }
}

#[test]
fn case_10_sixty_thousand_waits_for_one_pipe() {
    for mode in MODES {
        let (reader, writer) = pipe();
        let (waiter, interrupt) = (OsWaiter::new(), Interrupt::new());
        let mut set = WaitSet { deadline: Some(waiter.now() + MILLISECOND), ..WaitSet::default() };
        for _ in 0..65_536 {
            set.push(reader.clone(), Interest::Read);
        }
        set.push(writer.clone(), Interest::Read);
        wait(mode, &waiter, &mut set, &interrupt).unwrap();
        assert!(!set.any_ready());
        write(&*writer, b"x", Wait::Block).unwrap();
        set.deadline = None;
        wait(mode, &waiter, &mut set, &interrupt).unwrap();
        assert_eq!(set.entries.iter().filter(|entry| entry.ready.is_some()).count(), 65_536);
        assert!(set.entries.last().unwrap().ready.is_none());
    }
}

#[test]
fn a_thousand_pipes_in_one_wait() {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
    for mode in MODES {
        let pipes: Vec<_> = (0..1_000).map(|_| pipe()).collect();
        let (waiter, interrupt) = (OsWaiter::new(), Interrupt::new());
        for chosen in [0, 63, 64, 500, 999] {
            let mut set = WaitSet::default();
            for (reader, writer) in &pipes {
                set.push(reader.clone(), Interest::Read);
                // The wrong way round: never ready.
                set.push(writer.clone(), Interest::Read);
            }
            write(&*pipes[chosen].1, b"!", Wait::Block).unwrap();
            wait(mode, &waiter, &mut set, &interrupt).unwrap();
            let ready: Vec<_> = (0..2_000).filter(|&index| set.entries[index].ready.is_some()).collect();
            assert_eq!(ready, [2 * chosen]);
            assert_eq!(read(&*pipes[chosen].0, &mut [0; 4], Wait::Try), Ok(1));
        }
    }
}

#[test]
fn case_22_a_dropped_wait_wakes_nobody_and_frees_its_descriptor() {
    let waiter = OsWaiter::new();
    let interrupt = Interrupt::new();
    // High numbers, which no other test of this program gets meanwhile.
    let high = |fd: OwnedFd| rustix::io::fcntl_dupfd_cloexec(fd, 900).unwrap();
    let (read_end, write_end) = pipe_fds();
    let read_end = high(read_end);
    let number = read_end.as_raw_fd();
    let dropped = Arc::new(Count::default());
    {
        let mut set = WaitSet::one(stream_from_fd(read_end).unwrap(), Interest::Read);
        let waker = Waker::from(dropped.clone());
        assert!(waiter.poll_wait(&mut set, &interrupt, &mut Context::from_waker(&waker)).is_pending());
        drop(write_end);
        assert!(dropped.comes(), "the hangup");
    }
    // The next pipe gets the number of the one that was closed.
    let (read_end, write_end) = pipe_fds();
    let read_end = high(read_end);
    assert_eq!(read_end.as_raw_fd(), number);
    let before = dropped.0.load(Ordering::SeqCst);
    let next = Arc::new(Count::default());
    let waker = Waker::from(next.clone());
    let mut set = WaitSet::one(stream_from_fd(read_end).unwrap(), Interest::Read);
    assert!(waiter.poll_wait(&mut set, &interrupt, &mut Context::from_waker(&waker)).is_pending());
    write(&*stream_from_fd(write_end).unwrap(), b"x", Wait::Block).unwrap();
    assert!(next.comes());
    assert_eq!(dropped.0.load(Ordering::SeqCst), before);
}

#[test]
fn the_last_waker_is_the_one_that_is_woken() {
    let (reader, writer) = pipe();
    let (waiter, interrupt) = (OsWaiter::new(), Interrupt::new());
    let mut set = WaitSet::one(reader, Interest::Read);
    let counts: Vec<_> = (0..5).map(|_| Arc::new(Count::default())).collect();
    for count in &counts {
        let waker = Waker::from(count.clone());
        assert!(waiter.poll_wait(&mut set, &interrupt, &mut Context::from_waker(&waker)).is_pending());
    }
    write(&*writer, b"x", Wait::Block).unwrap();
    assert!(counts[4].comes());
    assert!(counts[..4].iter().all(|count| count.0.load(Ordering::SeqCst) == 0));
    interrupt.raise();
    assert_eq!(counts[4].0.load(Ordering::SeqCst), 2);
    assert!(counts[..4].iter().all(|count| count.0.load(Ordering::SeqCst) == 0));
}

#[test]
fn two_waits_share_a_descriptor() {
    // Both directions of one socket, by two guests on one thread; each is woken for its own.
    let (near, far) = std::os::unix::net::UnixStream::pair().unwrap();
    let (near, far) = (stream_from_fd(near.into()).unwrap(), stream_from_fd(far.into()).unwrap());
    while write(&*near, &[0; 4_096], Wait::Try).is_ok() {}
    let waiter = OsWaiter::new();
    let finished = Cell::new(0);
    let expect = |interest| {
        let (waiter, near, finished) = (&waiter, near.clone(), &finished);
        Box::pin(async move {
            ready(waiter, near, interest).await.unwrap();
            finished.set(finished.get() + 1);
        })
    };
    let mut reading = pin!(expect(Interest::Read));
    let mut also_reading = pin!(expect(Interest::Read));
    let mut writing = pin!(expect(Interest::Write));
    let counts: [Arc<Count>; 3] = Default::default();
    let wakers = counts.clone().map(Waker::from);
    let mut contexts = [0, 1, 2].map(|index: usize| Context::from_waker(&wakers[index]));
    assert!(reading.as_mut().poll(&mut contexts[0]).is_pending());
    assert!(writing.as_mut().poll(&mut contexts[1]).is_pending());
    assert!(also_reading.as_mut().poll(&mut contexts[2]).is_pending());
    write(&*far, b"x", Wait::Try).unwrap();
    assert!(counts[0].comes() && counts[2].comes());
    assert_eq!(counts[1].0.load(Ordering::SeqCst), 0, "a reader's event is not a writer's");
    assert!(reading.as_mut().poll(&mut contexts[0]).is_ready());
    let mut buffer = vec![0; 1 << 20];
    while read(&*far, &mut buffer, Wait::Try).is_ok() {}
    assert!(counts[1].comes(), "what is left is armed again");
    assert!(writing.as_mut().poll(&mut contexts[1]).is_ready());
    assert!(also_reading.as_mut().poll(&mut contexts[2]).is_ready());
    assert_eq!(finished.get(), 3);
}

/// Bytes go round through two pipes; each side waits without blocking, and often lets a wait go that it began.
#[test]
fn case_22_a_hammer_of_waits_loses_no_wake() {
    const ROUNDS: usize = 400;
    let threads: Vec<_> = (0..8u64)
        .map(|seed| {
            std::thread::spawn(move || {
                let (near_read, far_write) = pipe_fds();
                let (far_read, near_write) = pipe_fds();
                let far = std::thread::spawn(move || side(far_read, far_write, seed, false));
                side(near_read, near_write, seed + 100, true);
                far.join().unwrap();
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());

    fn side(read_end: OwnedFd, write_end: OwnedFd, seed: u64, first: bool) {
        let (reader, writer) = (stream_from_fd(read_end).unwrap(), stream_from_fd(write_end).unwrap());
        let (waiter, interrupt) = (OsWaiter::new(), Interrupt::new());
        let mut random = seed;
        if first {
            write(&*writer, b"b", Wait::Try).unwrap();
        }
        for _ in 0..ROUNDS {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let mut set = WaitSet::one(reader.clone(), Interest::Read);
            if random >> 60 < 4 {
                let abandoned = waiter.poll_wait(&mut set, &interrupt, &mut Context::from_waker(Waker::noop()));
                drop((abandoned, set));
                set = WaitSet::one(reader.clone(), Interest::Read);
            }
            if random >> 62 == 1 {
                set.deadline = Some(waiter.now() + (random >> 44));
            }
            while !set.any_ready() {
                block_on(poll_wait(&waiter, &mut set, &interrupt)).unwrap();
                if !set.any_ready() {
                    set.deadline = None;
                }
            }
            assert_eq!(read(&*reader, &mut [0; 2], Wait::Try), Ok(1));
            // The last byte may find that nobody is left to read it.
            let _ = write(&*writer, b"b", Wait::Try);
        }
    }
}

#[test]
fn the_system_polls_as_a_guest_would() {
    let mut grant = Grant::new(system());
    let (reader, writer) = pipe();
    for block in [false, true] {
        grant.may_block_thread = block;
        let mut host = Host::new(&grant);
        let mut events = Vec::new();
        let start = grant.system.monotonic.now();
        let subscriptions =
            [poll::Subscription::Object(reader.clone(), Interest::Read), poll::after(&mut host, 3 * MILLISECOND)];
        let mut parks = 0;
        while let Err(error) = poll::poll(&mut host, &subscriptions, &mut events) {
            assert_eq!(error, Error::WouldBlock);
            host.block().unwrap();
            parks += 1;
        }
        assert_eq!(events, [poll::Event { index: 1, outcome: Ok(Readiness::default()) }]);
        assert!(grant.system.monotonic.now() - start >= 3 * MILLISECOND);
        assert_eq!(parks, usize::from(!block));
        write(&*writer, b"x", Wait::Block).unwrap();
        poll::poll(&mut host, &subscriptions[..1], &mut events).unwrap();
        assert_eq!(events, [poll::Event { index: 0, outcome: Ok(Readiness { bytes: 1, hangup: false }) }]);
        read(&*reader, &mut [0; 1], Wait::Block).unwrap();
    }
}
