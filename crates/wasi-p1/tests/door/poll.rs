//! `poll_oneoff`: clocks, descriptors, and what is wrong with either.

use std::io::{Write, pipe};
use std::time::{Duration, Instant};

use tambo_engine::Flow;
use tambo_kernel_os::stream_from_fd;
use tambo_wasi_p1::Errno;

use crate::world::{Answer, BUFFER, NONBLOCK, OUT, World};

const EVENTS: u64 = 1 << 15;
const REALTIME: u32 = 0;
const MONOTONIC: u32 = 1;
const SECOND: u64 = 1_000_000_000;

#[derive(Clone, Copy)]
enum Sub {
    Clock { id: u32, timeout: u64, flags: u16 },
    Read(u32),
    Write(u32),
}

const fn after(timeout: u64) -> Sub {
    Sub::Clock { id: MONOTONIC, timeout, flags: 0 }
}

#[derive(Debug, PartialEq, Eq)]
struct Event {
    index: u64,
    errno: u16,
    kind: u8,
    bytes: u64,
    hangup: bool,
}

fn put(world: &mut World, subscriptions: &[Sub]) {
    for (index, subscription) in subscriptions.iter().enumerate() {
        let at = BUFFER + index as u64 * 48;
        world.put(at, &[0; 48]);
        world.put(at, &(index as u64 + 1000).to_le_bytes());
        match *subscription {
            Sub::Clock { id, timeout, flags } => {
                world.put(at + 16, &id.to_le_bytes());
                world.put(at + 24, &timeout.to_le_bytes());
                world.put(at + 40, &flags.to_le_bytes());
            }
            Sub::Read(fd) => {
                world.put(at + 8, &[1]);
                world.put(at + 16, &fd.to_le_bytes());
            }
            Sub::Write(fd) => {
                world.put(at + 8, &[2]);
                world.put(at + 16, &fd.to_le_bytes());
            }
        }
    }
}

fn poll(world: &mut World, subscriptions: &[Sub]) -> Answer<Vec<Event>> {
    put(world, subscriptions);
    world.call("poll_oneoff", &[BUFFER, EVENTS, subscriptions.len() as u64, OUT])?;
    let count = u64::from(world.u32(OUT));
    let event = |at| Event {
        index: world.u64(at) - 1000,
        errno: world.u16(at + 8),
        kind: world.bytes(at + 10, 1)[0],
        bytes: world.u64(at + 16),
        hangup: world.u16(at + 24) == 1,
    };
    Ok((0..count).map(|number| event(EVENTS + 32 * number)).collect())
}

fn clock_event(index: u64) -> Event {
    Event { index, errno: 0, kind: 0, bytes: 0, hangup: false }
}

fn failed(index: u64, kind: u8, errno: Errno) -> Event {
    Event { index, errno: errno as u16, kind, bytes: 0, hangup: false }
}

#[test]
fn a_relative_time_is_slept() {
    let mut world = World::new();
    let before = Instant::now();
    let asleep = Duration::from_millis(30);
    assert_eq!(poll(&mut world, &[after(asleep.as_nanos() as u64)]), Ok(vec![clock_event(0)]));
    assert!(before.elapsed() >= asleep);
}

/// A retry goes on with the first try's deadline, and the next poll has its own.
#[test]
fn a_parked_sleep_is_not_prolonged() {
    let mut world = World::new();
    let before = Instant::now();
    put(&mut world, &[after(40_000_000)]);
    while matches!(world.flow("poll_oneoff", &[BUFFER, EVENTS, 1, OUT]).0, Flow::Pending) {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(before.elapsed() >= Duration::from_millis(40));
    assert!(before.elapsed() < Duration::from_secs(5));
    assert!(matches!(world.flow("poll_oneoff", &[BUFFER, EVENTS, 1, OUT]).0, Flow::Pending));
}

#[test]
fn times_of_the_past_are_due_now() {
    let mut world = World::new();
    let past = [
        after(0),
        Sub::Clock { id: MONOTONIC, timeout: 0, flags: 1 },
        Sub::Clock { id: REALTIME, timeout: SECOND, flags: 1 },
        after(1000 * SECOND),
        Sub::Clock { id: REALTIME, timeout: u64::MAX, flags: 1 },
    ];
    let due = poll(&mut world, &past).unwrap();
    assert_eq!(due, [clock_event(0), clock_event(1), clock_event(2)]);
}

#[test]
fn clocks_that_cannot_be_waited_for_are_events() {
    let mut world = World::new();
    let clock = |id, flags| Sub::Clock { id, timeout: 0, flags };
    let events = poll(&mut world, &[clock(2, 0), clock(3, 1), clock(4, 0), clock(MONOTONIC, 2)]).unwrap();
    let expected =
        [(0, Errno::Notsup), (1, Errno::Notsup), (2, Errno::Inval), (3, Errno::Inval)].map(|(i, e)| failed(i, 0, e));
    assert_eq!(events, expected);
}

#[test]
fn descriptors_that_cannot_be_waited_for_are_events() {
    let mut world = World::new();
    let base = world.rights(2).0;
    world.call("fd_fdstat_set_rights", &[2, base & !(1 << 27), 0]).unwrap();
    let events = poll(&mut world, &[Sub::Read(99), Sub::Write(2), Sub::Read(3), after(SECOND)]).unwrap();
    assert_eq!(events, [failed(0, 1, Errno::Badf), failed(1, 2, Errno::Notcapable), failed(2, 1, Errno::Badf)]);
}

#[test]
fn a_file_is_ready_and_says_how_much_is_left() {
    let mut world = World::new();
    let fd = world.create("file");
    world.write(fd, b"0123456789").unwrap();
    world.seek(fd, 3, 0).unwrap();
    let events = poll(&mut world, &[Sub::Read(fd as u32), Sub::Write(fd as u32)]).unwrap();
    assert_eq!((events.len(), events[0].bytes, events[0].hangup), (2, 7, false));
}

#[test]
fn a_pipe_is_ready_when_it_has_data_and_tells_of_the_end() {
    let (stdin, mut feed) = pipe().unwrap();
    let mut world = World::with(|grant| grant.stdin = stream_from_fd(stdin.into()).unwrap());
    let subscriptions = [Sub::Read(0), after(20_000_000)];
    assert_eq!(poll(&mut world, &subscriptions), Ok(vec![clock_event(1)]));
    feed.write_all(b"12345").unwrap();
    let events = poll(&mut world, &subscriptions).unwrap();
    assert_eq!((events.len(), events[0].index, events[0].bytes), (1, 0, 5));
    // A descriptor that does not wait is waited for all the same.
    world.call("fd_fdstat_set_flags", &[0, NONBLOCK]).unwrap();
    assert_eq!(poll(&mut world, &subscriptions).unwrap().len(), 1);
    world.read(0, 5).unwrap();
    drop(feed);
    let events = poll(&mut world, &subscriptions).unwrap();
    assert_eq!((events.len(), events[0].hangup), (1, true));
}

#[test]
fn bad_lists_are_refused() {
    let mut world = World::with(|grant| grant.budget.subscriptions = 4);
    let end = world.memory.len() as u64;
    assert_eq!(poll(&mut world, &[]), Err(Errno::Inval));
    assert_eq!(poll(&mut world, &[after(0); 5]), Err(Errno::Inval));
    assert_eq!(poll(&mut world, &[after(0); 4]).unwrap().len(), 4);
    assert_eq!(world.call("poll_oneoff", &[end - 47, EVENTS, 1, OUT]), Err(Errno::Fault));
    assert_eq!(world.call("poll_oneoff", &[BUFFER, end - 31, 1, OUT]), Err(Errno::Fault));
    assert_eq!(world.call("poll_oneoff", &[BUFFER, EVENTS, 1, end - 3]), Err(Errno::Fault));
    put(&mut world, &[after(0)]);
    world.put(BUFFER + 8, &[3]);
    assert_eq!(world.call("poll_oneoff", &[BUFFER, EVENTS, 1, OUT]), Err(Errno::Inval));
}

/// Events may overwrite the subscriptions that they answer.
#[test]
fn events_in_place_of_subscriptions() {
    let mut world = World::new();
    put(&mut world, &[after(0); 8]);
    world.call("poll_oneoff", &[BUFFER, BUFFER, 8, OUT]).unwrap();
    assert_eq!(world.u32(OUT), 8);
    let userdata: Vec<_> = (0..8).map(|index| world.u64(BUFFER + 32 * index)).collect();
    assert_eq!(userdata, (1000..1008).collect::<Vec<_>>());
}
