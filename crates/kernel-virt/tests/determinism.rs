//! The same seed and start give the same run, and no run waits for real time.
#![expect(clippy::unwrap_used, reason = "a failed unwrap here is a failed test")]

use std::rc::Rc;

use tambo_kernel::clock::{MonotonicClock, Timestamp, WallClock};
use tambo_kernel::entropy::Entropy;
use tambo_kernel::host::Host;
use tambo_kernel::poll::{Subscription, poll};
use tambo_kernel::stream::Wait;
use tambo_kernel::wait::{Interest, OsHandle, Pollable, Source, WaitSet, Waiter};
use tambo_kernel::{Error, Grant, Interrupt, System};
use tambo_kernel_virt::{FixedWall, Seeded, VirtualClock, VirtualWaiter, pipe, system};

const START: Timestamp = Timestamp { seconds: 1_700_000_000, nanoseconds: 999_999_000 };

fn hex(entropy: &dyn Entropy, len: usize) -> String {
    let mut bytes = vec![0; len];
    entropy.fill(&mut bytes).unwrap();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The key stream of the zero key is published with ChaCha20 itself (RFC 8439, appendix A.1, vectors 1 and 2).
#[test]
fn seeded_bytes_are_those_of_chacha20() {
    let entropy = Seeded::from_key([0; 32]);
    let first = "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7\
                 da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586";
    let second = "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed\
                  29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f";
    assert_eq!((hex(&entropy, 64), hex(&entropy, 64)), (first.to_owned(), second.to_owned()));
    assert_eq!(hex(&Seeded::new(0), 64), first);
}

#[test]
fn seeds_differ_and_stand_for_their_bytes() {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&0x0102_0304_0506_0708_u64.to_le_bytes());
    assert_eq!(hex(&Seeded::new(0x0102_0304_0506_0708), 100), hex(&Seeded::from_key(key), 100));
    assert_ne!(hex(&Seeded::new(1), 32), hex(&Seeded::new(2), 32));
}

#[test]
fn pieces_make_the_same_bytes() {
    let whole = hex(&Seeded::new(7), 5_000);
    let pieces = Seeded::new(7);
    let mut joined = String::new();
    for len in [1, 2, 3, 5, 63, 64, 65, 0, 127, 128, 129, 1_000, 7].into_iter().cycle() {
        let len = len.min((whole.len() - joined.len()) / 2);
        joined += &hex(&pieces, len);
        if joined.len() == whole.len() {
            break;
        }
    }
    assert_eq!(joined, whole);
}

/// What one guest sees.
fn run(system: System) -> Vec<String> {
    let mut host = Host::new(&Grant::new(system));
    let mut seen = Vec::new();
    for round in 0..20 {
        seen.push(format!("{:?} {}", host.system.wall.now(), host.system.monotonic.now()));
        seen.push(format!("{:?}", host.system.process_cpu.now()));
        seen.push(hex(&*host.system.entropy, round));
        let instant = host.system.monotonic.now() + 1_000_000_000_000;
        let mut events = Vec::new();
        poll(&mut host, &[Subscription::Monotonic(instant)], &mut events).unwrap();
        seen.push(format!("{events:?}"));
    }
    seen
}

#[test]
fn runs_are_the_same() {
    let (one, two) = (run(system(5, START)), run(system(5, START)));
    assert_eq!(one, two);
    assert_ne!(one, run(system(6, START)));
    assert_eq!(one[0], "Ok(Timestamp { seconds: 1700000000, nanoseconds: 999999000 }) 1000");
}

#[test]
fn the_wall_clock_follows_the_monotonic_clock() {
    let clock = VirtualClock::new(START, 0);
    assert_eq!((MonotonicClock::now(&clock), WallClock::now(&clock)), (0, Ok(START)));
    clock.advance(1_000);
    assert_eq!(WallClock::now(&clock), Ok(Timestamp { seconds: 1_700_000_001, nanoseconds: 0 }));
    assert!(clock.skip_to(86_400_000_000_000 + 1_001));
    assert_eq!(WallClock::now(&clock), Ok(Timestamp { seconds: 1_700_086_401, nanoseconds: 1 }));
}

#[test]
fn each_look_moves_the_clock_by_its_step() {
    let clock = VirtualClock::new(START, 7);
    assert_eq!((MonotonicClock::now(&clock), MonotonicClock::now(&clock), clock.peek()), (0, 7, 14));
    WallClock::now(&clock).unwrap();
    assert_eq!(MonotonicClock::now(&clock), 21);
}

/// Attack 25: no start and no skip overflows.
#[test]
fn extreme_times_are_survived() {
    for seconds in [i64::MIN, -1, i64::MAX] {
        for nanoseconds in [0, 999_999_999, u32::MAX] {
            let clock = VirtualClock::new(Timestamp { seconds, nanoseconds }, u64::MAX);
            for _ in 0..3 {
                let now = WallClock::now(&clock).unwrap();
                assert!(now.nanoseconds < 1_000_000_000 && now.seconds >= seconds);
                clock.skip_to(u64::MAX);
            }
        }
    }
}

#[test]
fn years_pass_at_once() {
    let mut host = Host::new(&Grant::new(system(0, START)));
    let mut events = Vec::new();
    let century = 100 * 365 * 86_400 * 1_000_000_000;
    poll(&mut host, &[Subscription::Monotonic(century)], &mut events).unwrap();
    assert_eq!(events.len(), 1);
    let later = Timestamp { seconds: START.seconds + 101 * 365 * 86_400, nanoseconds: 0 };
    poll(&mut host, &[Subscription::Wall(later)], &mut events).unwrap();
    assert!(host.system.wall.now().unwrap() >= later);
    poll(&mut host, &[Subscription::Monotonic(u64::MAX)], &mut events).unwrap();
    assert_eq!(host.system.monotonic.now(), u64::MAX);
}

#[test]
fn a_fixed_wall_stands() {
    let wall = FixedWall(START);
    assert_eq!((wall.now(), wall.now()), (Ok(START), Ok(START)));
}

/// An object that may have come before wins over time that has to pass.
#[test]
fn what_is_ready_comes_before_a_skip() {
    let (reader, writer) = pipe(10);
    let mut host = Host::new(&Grant::new(system(0, START)));
    let object: Rc<dyn Pollable> = Rc::new(reader);
    let subscriptions = [Subscription::Object(object, Interest::Read), Subscription::Monotonic(1 << 50)];
    let mut events = Vec::new();
    tambo_kernel::stream::Stream::write(&writer, &[std::io::IoSlice::new(b"x")], Wait::Try).unwrap();
    poll(&mut host, &subscriptions, &mut events).unwrap();
    assert_eq!((events.len(), events[0].index), (1, 0));
    assert!(host.system.monotonic.now() < 1 << 50);
}

#[test]
fn objects_of_an_operating_system_are_unsupported() {
    struct Foreign;
    impl Pollable for Foreign {
        fn source(&self, _: Interest) -> Source<'_> {
            Source::Os(OsHandle(0))
        }
    }
    let waiter = VirtualWaiter::new(Rc::new(VirtualClock::new(START, 0)));
    let mut set = WaitSet::one(Rc::new(Foreign), Interest::Read);
    assert_eq!(waiter.check(&mut set), Err(Error::Unsupported));
    assert_eq!(waiter.wait(&mut set, &Interrupt::new()), Err(Error::Unsupported));
}
