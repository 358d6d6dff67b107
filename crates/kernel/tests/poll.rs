//! Polling over clocks and objects of our own: what happens when, what is waited for, and what hostile lists do.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use tambo_kernel::clock::{CpuClock, MonotonicClock, Timestamp, WallClock};
use tambo_kernel::entropy::Entropy;
use tambo_kernel::poll::{Event, Subscription, after, poll};
use tambo_kernel::stream::Wait;
use tambo_kernel::wait::{Interest, Pollable, Readiness, Source, WaitSet, Waiter, Wakeable};
use tambo_kernel::{Error, Grant, Host, Interrupt, Result, System};

/// The whole world of a test: three clocks, and what happens while somebody waits.
struct World {
    monotonic: Cell<u64>,
    wall: Cell<Timestamp>,
    /// The guest's monotonic clock moves by itself instead of being waited for.
    skips: Cell<bool>,
    clock_reads: Cell<usize>,
    checks: Cell<usize>,
    deadlines: RefCell<Vec<Option<u64>>>,
    on_wait: RefCell<Meanwhile>,
}

type Meanwhile = Box<dyn FnMut(&World)>;

/// How far the waiter's clock is ahead of the guest's.
const OFFSET: u64 = 1_000_000;

struct Services(Rc<World>);

impl WallClock for Services {
    fn now(&self) -> Result<Timestamp> {
        Ok(self.0.wall.get())
    }

    fn resolution(&self) -> u64 {
        1
    }
}

impl MonotonicClock for Services {
    fn now(&self) -> u64 {
        self.0.clock_reads.set(self.0.clock_reads.get() + 1);
        self.0.monotonic.get()
    }

    fn resolution(&self) -> u64 {
        1
    }

    fn skip_to(&self, instant: u64) -> bool {
        if self.0.skips.get() {
            self.0.monotonic.set(self.0.monotonic.get().max(instant));
        }
        self.0.skips.get()
    }
}

impl CpuClock for Services {
    fn now(&self) -> Result<u64> {
        Err(Error::Unsupported)
    }

    fn resolution(&self) -> u64 {
        1
    }
}

impl Entropy for Services {
    fn fill(&self, _: &mut [u8]) -> Result<()> {
        Err(Error::Unsupported)
    }
}

impl Waiter for Services {
    fn now(&self) -> u64 {
        self.0.monotonic.get() + OFFSET
    }

    fn check(&self, set: &mut WaitSet) -> Result<()> {
        self.0.checks.set(self.0.checks.get() + 1);
        let mut context = Context::from_waker(Waker::noop());
        for entry in &mut set.entries {
            if let Source::Waker(object) = entry.object.source(entry.interest)
                && let Poll::Ready(readiness) = object.poll_ready(entry.interest, &mut context)
            {
                entry.ready = Some(readiness);
            }
        }
        Ok(())
    }

    fn wait(&self, set: &mut WaitSet, interrupt: &Interrupt) -> Result<()> {
        self.0.deadlines.borrow_mut().push(set.deadline);
        (self.0.on_wait.borrow_mut())(&self.0);
        interrupt.check()?;
        self.check(set)
    }

    fn poll_wait(&self, set: &mut WaitSet, interrupt: &Interrupt, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(self.wait(set, interrupt))
    }
}

/// An object that is ready once it is set.
#[derive(Default)]
struct Flag(Cell<Option<Readiness>>);

impl Flag {
    fn set(&self) {
        self.0.set(Some(Readiness { bytes: 7, hangup: true }));
    }
}

impl Pollable for Flag {
    fn source(&self, _: Interest) -> Source<'_> {
        Source::Waker(self)
    }
}

impl Wakeable for Flag {
    fn poll_ready(&self, _: Interest, _: &mut Context<'_>) -> Poll<Readiness> {
        self.0.get().map_or(Poll::Pending, Poll::Ready)
    }
}

struct Always;

impl Pollable for Always {
    fn source(&self, _: Interest) -> Source<'_> {
        Source::Ready
    }

    fn readiness(&self, _: Interest) -> Readiness {
        Readiness { bytes: 3, hangup: false }
    }
}

fn world(wait: Wait) -> (Rc<World>, Host) {
    let world = Rc::new(World {
        monotonic: Cell::new(1_000),
        wall: Cell::new(Timestamp { seconds: 50, nanoseconds: 0 }),
        skips: Cell::new(false),
        clock_reads: Cell::new(0),
        checks: Cell::new(0),
        deadlines: RefCell::default(),
        on_wait: RefCell::new(Box::new(|_| panic!("nobody should wait"))),
    });
    let services = Rc::new(Services(world.clone()));
    let mut grant = Grant::new(System {
        wall: services.clone(),
        monotonic: services.clone(),
        process_cpu: services.clone(),
        thread_cpu: services.clone(),
        entropy: services.clone(),
        waiter: services,
    });
    grant.may_block_thread = wait == Wait::Block;
    (world, Host::new(&grant))
}

fn on_wait(world: &World, f: impl FnMut(&World) + 'static) {
    *world.on_wait.borrow_mut() = Box::new(f);
}

fn run(host: &mut Host, subscriptions: &[Subscription]) -> Result<Vec<Event>> {
    // What was there must go.
    let mut events = vec![Event { index: 99, outcome: Err(Error::Io) }];
    poll(host, subscriptions, &mut events).map(|()| events)
}

fn happened(index: usize) -> Event {
    Event { index, outcome: Ok(Readiness::default()) }
}

fn read(object: &Rc<impl Pollable + 'static>) -> Subscription {
    Subscription::Object(object.clone(), Interest::Read)
}

#[test]
fn a_zero_time_has_happened_without_a_look_at_the_clock() {
    let (world, mut host) = world(Wait::Try);
    let subscription = after(&mut host, 0);
    assert_eq!(run(&mut host, &[subscription]), Ok(vec![happened(0)]));
    assert_eq!(world.clock_reads.get(), 0);
}

#[test]
fn case_10_an_empty_list_is_refused() {
    let (_, mut host) = world(Wait::Block);
    assert_eq!(run(&mut host, &[]), Err(Error::Invalid));
}

#[test]
fn case_10_a_huge_list_is_bounded() {
    let (_, mut host) = world(Wait::Block);
    let bound = host.budget.subscriptions as usize;
    let mut list: Vec<_> = (0..bound).map(|_| Subscription::Monotonic(1)).collect();
    let events = run(&mut host, &list).unwrap();
    assert!(events.iter().enumerate().all(|(index, event)| *event == happened(index)));
    assert_eq!(events.len(), bound);
    list.push(Subscription::Monotonic(1));
    assert_eq!(run(&mut host, &list), Err(Error::Invalid));
}

#[test]
fn events_come_in_the_order_of_their_subscriptions() {
    let (_, mut host) = world(Wait::Try);
    let flag = Rc::new(Flag::default());
    flag.set();
    let unset = Rc::new(Flag::default());
    let list = [
        read(&unset),
        read(&flag),
        Subscription::Failed(Error::BadDescriptor),
        read(&Rc::new(Always)),
        read(&flag),
        Subscription::Monotonic(1_001),
        Subscription::Monotonic(1_000),
    ];
    let ready = Readiness { bytes: 7, hangup: true };
    let expected = vec![
        Event { index: 1, outcome: Ok(ready) },
        Event { index: 2, outcome: Err(Error::BadDescriptor) },
        Event { index: 3, outcome: Ok(Readiness { bytes: 3, hangup: false }) },
        Event { index: 4, outcome: Ok(ready) },
        happened(6),
    ];
    assert_eq!(run(&mut host, &list), Ok(expected));
}

#[test]
fn an_object_alone_parks_and_is_found_by_the_retry() {
    let (world, mut host) = world(Wait::Try);
    let flag = Rc::new(Flag::default());
    assert_eq!(run(&mut host, &[read(&flag)]), Err(Error::WouldBlock));
    assert!(host.is_parked());
    let waker = flag.clone();
    on_wait(&world, move |_| waker.set());
    assert_eq!(host.block(), Ok(()));
    assert!(!host.is_parked());
    assert_eq!(run(&mut host, &[read(&flag)]).unwrap()[0].index, 0);
    assert_eq!(*world.deadlines.borrow(), [None]);
}

#[test]
fn a_time_parks_until_its_deadline_on_the_waiters_clock() {
    let (world, mut host) = world(Wait::Try);
    on_wait(&world, |world| world.monotonic.set(1_500));
    let list = [Subscription::Monotonic(3_000), Subscription::Monotonic(1_500)];
    assert_eq!(run(&mut host, &list), Err(Error::WouldBlock));
    let outcome = host.poll_wait(&mut Context::from_waker(Waker::noop()));
    assert_eq!(outcome, Poll::Ready(Ok(())));
    assert_eq!(run(&mut host, &list), Ok(vec![happened(1)]));
    assert_eq!(*world.deadlines.borrow(), [Some(1_500 + OFFSET)]);
}

#[test]
fn a_host_that_may_block_does_so_without_asking_first() {
    let (world, mut host) = world(Wait::Block);
    let flag = Rc::new(Flag::default());
    let waker = flag.clone();
    let mut early = 3;
    // Waits may end early, with nothing to show.
    on_wait(&world, move |_| match early {
        0 => waker.set(),
        _ => early -= 1,
    });
    assert_eq!(run(&mut host, &[read(&flag)]).unwrap().len(), 1);
    assert_eq!(world.deadlines.borrow().len(), 4);
    assert_eq!(world.checks.get(), 4, "one for each wait and none besides");
}

#[test]
fn a_clock_that_skips_is_not_waited_for() {
    for wait in [Wait::Block, Wait::Try] {
        let (world, mut host) = world(wait);
        world.skips.set(true);
        let list = [Subscription::Monotonic(u64::MAX), Subscription::Monotonic(5_000), read(&Rc::new(Flag::default()))];
        assert_eq!(run(&mut host, &list), Ok(vec![happened(1)]));
        assert_eq!(world.monotonic.get(), 5_000);
    }
}

#[test]
fn a_ready_object_comes_before_a_skip() {
    let (world, mut host) = world(Wait::Block);
    world.skips.set(true);
    let flag = Rc::new(Flag::default());
    flag.set();
    assert_eq!(run(&mut host, &[Subscription::Monotonic(5_000), read(&flag)]).unwrap()[0].index, 1);
    assert_eq!(world.monotonic.get(), 1_000);
}

#[test]
fn case_10_a_skip_reaches_a_wall_clock_that_stands_still() {
    let (world, mut host) = world(Wait::Block);
    world.skips.set(true);
    let list = [Subscription::Wall(Timestamp { seconds: 51, nanoseconds: 5 })];
    assert_eq!(run(&mut host, &list), Ok(vec![happened(0)]));
    assert_eq!(world.monotonic.get(), 1_000 + 1_000_000_005);
}

#[test]
fn a_wall_clock_that_jumps_back_is_waited_for_again() {
    let (world, mut host) = world(Wait::Block);
    let mut jumps = [40, 60].into_iter();
    on_wait(&world, move |world| {
        world.monotonic.set(world.monotonic.get() + 10);
        world.wall.set(Timestamp { seconds: jumps.next().unwrap(), nanoseconds: 0 });
    });
    let list = [Subscription::Wall(Timestamp { seconds: 52, nanoseconds: 0 })];
    assert_eq!(run(&mut host, &list), Ok(vec![happened(0)]));
    let second = 1_000_000_000;
    let expected = [Some(1_000 + OFFSET + 2 * second), Some(1_010 + OFFSET + 12 * second)];
    assert_eq!(*world.deadlines.borrow(), expected);
}

#[test]
fn case_25_extreme_times_neither_overflow_nor_end_early() {
    let (world, mut host) = world(Wait::Try);
    let past = Timestamp { seconds: i64::MIN, nanoseconds: 0 };
    let future = Timestamp { seconds: i64::MAX, nanoseconds: 999_999_999 };
    assert_eq!(run(&mut host, &[Subscription::Wall(past)]), Ok(vec![happened(0)]));
    on_wait(&world, |_| {});
    for far in [Subscription::Wall(future), Subscription::Monotonic(u64::MAX), after(&mut host, u64::MAX)] {
        assert_eq!(run(&mut host, &[far]), Err(Error::WouldBlock));
        assert_eq!(host.block(), Ok(()));
    }
    world.wall.set(past);
    assert_eq!(run(&mut host, &[Subscription::Wall(future)]), Err(Error::WouldBlock));
    assert!(world.deadlines.borrow().iter().all(|deadline| deadline.unwrap() >= u64::MAX - 1_000));
}

#[test]
fn a_delay_counts_from_the_first_try() {
    let (world, mut host) = world(Wait::Try);
    let instant = |host: &mut Host| match after(host, 100) {
        Subscription::Monotonic(instant) => instant,
        _ => unreachable!(),
    };
    assert_eq!(instant(&mut host), 1_100);
    world.monotonic.set(1_090);
    assert_eq!(instant(&mut host), 1_100);
    host.finish();
    assert_eq!(instant(&mut host), 1_190);
}

#[test]
fn case_26_an_interrupt_ends_polling() {
    for wait in [Wait::Block, Wait::Try] {
        let (world, mut host) = world(wait);
        let interrupt = host.interrupt.clone();
        on_wait(&world, move |_| interrupt.raise());
        let list = [read(&Rc::new(Flag::default()))];
        let outcome = run(&mut host, &list);
        if wait == Wait::Try {
            assert_eq!(outcome, Err(Error::WouldBlock));
            assert_eq!(host.block(), Err(Error::Cancelled));
        } else {
            assert_eq!(outcome, Err(Error::Cancelled));
        }
        // Also a guest that polls in a loop and never waits.
        assert_eq!(run(&mut host, &[Subscription::Monotonic(0)]), Err(Error::Cancelled));
        assert_eq!(host.block(), Err(Error::Cancelled));
    }
}
