//! Long lists: what stays registered from one wait to the next tells what `poll(2)` would.

#![expect(clippy::unwrap_used, reason = "test helpers, whose failures are panics")]

mod common;

use std::rc::Rc;
use std::time::{Duration, Instant};

use common::{MODES, pipe, pipe_fds, read, wait, write};
use tambo_kernel::Interrupt;
use tambo_kernel::stream::{Stream, Wait};
use tambo_kernel::wait::{Interest, WaitSet, Waiter};
use tambo_kernel_os::{OsWaiter, stream_from_fd};

type Ends = (Rc<dyn Stream>, Rc<dyn Stream>);

fn pipes(count: usize) -> Vec<Ends> {
    (0..count).map(|_| pipe()).collect()
}

fn readers(pipes: &[Ends]) -> WaitSet {
    let mut set = WaitSet::default();
    pipes.iter().for_each(|(reader, _)| set.push(reader.clone(), Interest::Read));
    set
}

fn ready(set: &WaitSet) -> Vec<usize> {
    let entries = set.entries.iter().enumerate();
    entries.filter_map(|(index, entry)| entry.ready.map(|_| index)).collect()
}

/// What a fresh list of the readers says, three times: left to `poll(2)`, registered, and found registered.
#[track_caller]
fn assert_ready(waiter: &OsWaiter, pipes: &[Ends], expected: &[usize]) {
    for _ in 0..3 {
        let mut set = readers(pipes);
        waiter.check(&mut set).unwrap();
        assert_eq!(ready(&set), expected);
    }
}

#[test]
fn readiness_comes_and_goes() {
    let (waiter, pipes) = (OsWaiter::new(), pipes(100));
    assert_ready(&waiter, &pipes, &[]);
    write(&*pipes[7].1, b"x", Wait::Block).unwrap();
    write(&*pipes[93].1, b"xy", Wait::Block).unwrap();
    assert_ready(&waiter, &pipes, &[7, 93]);
    let mut set = readers(&pipes);
    waiter.check(&mut set).unwrap();
    assert_eq!(set.entries[93].ready.unwrap().bytes, 2);
    read(&*pipes[7].0, &mut [0], Wait::Block).unwrap();
    assert_ready(&waiter, &pipes, &[93]);
}

#[test]
fn both_directions_of_one_descriptor_are_told_apart() {
    let waiter = OsWaiter::new();
    let pairs: Vec<_> = (0..100).map(|_| std::os::unix::net::UnixStream::pair().unwrap()).collect();
    let streams: Vec<_> =
        pairs.iter().map(|(one, _)| stream_from_fd(one.try_clone().unwrap().into()).unwrap()).collect();
    for _ in 0..3 {
        let mut set = WaitSet::default();
        for stream in &streams {
            set.push(stream.clone(), Interest::Read);
            set.push(stream.clone(), Interest::Write);
        }
        waiter.check(&mut set).unwrap();
        assert!(ready(&set).iter().all(|index| index % 2 == 1) && ready(&set).len() == 100);
    }
}

#[test]
fn a_number_that_means_another_file_is_registered_anew() {
    let (waiter, mut pipes) = (OsWaiter::new(), pipes(100));
    write(&*pipes[50].1, b"x", Wait::Block).unwrap();
    assert_ready(&waiter, &pipes, &[50]);
    for round in 0..10 {
        // The numbers that are given back are the next ones that are given out.
        pipes[50] = pipe();
        assert_ready(&waiter, &pipes, &[]);
        write(&*pipes[50].1, b"x", Wait::Block).unwrap();
        assert_ready(&waiter, &pipes, &[50]);
        assert_eq!(pipes.len(), 100, "{round}");
    }
}

#[test]
fn lists_grow_and_shrink() {
    let (waiter, mut pipes) = (OsWaiter::new(), pipes(70));
    assert_ready(&waiter, &pipes, &[]);
    for _ in 0..50 {
        pipes.push(pipe());
        assert_ready(&waiter, &pipes, &[]);
    }
    write(&*pipes[0].1, b"x", Wait::Block).unwrap();
    write(&*pipes[119].1, b"x", Wait::Block).unwrap();
    assert_ready(&waiter, &pipes, &[0, 119]);
    pipes.remove(0);
    assert_ready(&waiter, &pipes, &[118]);
    pipes.truncate(80);
    assert_ready(&waiter, &pipes, &[]);
}

/// Closing a descriptor does not end what was registered for it while somebody else holds the description.
#[test]
fn a_description_that_outlives_its_object_wakes_nobody() {
    let (waiter, mut pipes) = (OsWaiter::new(), pipes(100));
    let (reader, writer) = pipe_fds();
    let held = reader.try_clone().unwrap();
    pipes.push((stream_from_fd(reader).unwrap(), stream_from_fd(writer).unwrap()));
    write(&*pipes[100].1, b"x", Wait::Block).unwrap();
    assert_ready(&waiter, &pipes, &[100]);
    pipes.pop();
    assert_ready(&waiter, &pipes, &[]);
    let mut set = readers(&pipes);
    set.deadline = Some(waiter.now() + 50_000_000);
    let start = Instant::now();
    waiter.wait(&mut set, &Interrupt::new()).unwrap();
    assert!(start.elapsed() >= Duration::from_millis(50), "it waited");
    drop(held);
}

#[test]
fn a_wait_for_many_ends_when_one_is_ready() {
    for mode in MODES {
        let (waiter, mut pipes) = (OsWaiter::new(), pipes(200));
        let (reader, writer) = pipe_fds();
        pipes.push((stream_from_fd(reader).unwrap(), pipe().1));
        for _ in 0..5 {
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    std::thread::sleep(Duration::from_millis(5));
                    rustix::io::write(&writer, b"x").unwrap();
                });
                let mut set = readers(&pipes);
                while !set.any_ready() {
                    wait(mode, &waiter, &mut set, &Interrupt::new()).unwrap();
                }
                assert_eq!(ready(&set), [200], "{mode:?}");
                read(&*pipes[200].0, &mut [0], Wait::Block).unwrap();
            });
        }
    }
}

#[test]
fn a_wait_for_many_ends_with_its_deadline() {
    for mode in MODES {
        let (waiter, pipes) = (OsWaiter::new(), pipes(200));
        for _ in 0..4 {
            let mut set = readers(&pipes);
            set.deadline = Some(waiter.now() + 5_000_000);
            wait(mode, &waiter, &mut set, &Interrupt::new()).unwrap();
            assert!(!set.any_ready() && waiter.now() >= set.deadline.unwrap(), "{mode:?}");
        }
    }
}
