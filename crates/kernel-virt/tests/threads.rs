//! Pipes between a guest's thread and its embedder's.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use tambo_kernel::clock::Timestamp;
use tambo_kernel::stream::{Stream, Wait};
use tambo_kernel::wait::{Interest, WaitSet};
use tambo_kernel::{Error, Interrupt};
use tambo_kernel_virt::{pipe, system};

fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|i| (i % 251) as u8).collect()
}

/// The guest never blocks in the pipe: it tries, and waits for readiness.
#[test]
fn a_guest_copies_from_one_thread_to_another() {
    let (stdin, mut input) = pipe(100);
    let (mut output, stdout) = pipe(77);
    let feed = thread::spawn(move || input.write_all(&bytes(100_000)));
    let collect = thread::spawn(move || {
        let mut all = Vec::new();
        output.read_to_end(&mut all).map(|_| all)
    });
    let waiter = system(0, Timestamp::default()).waiter;
    let (stdin, stdout): (Rc<dyn Stream>, Rc<dyn Stream>) = (Rc::new(stdin), Rc::new(stdout));
    let wait = |object: &Rc<dyn Stream>, interest| {
        waiter.wait(&mut WaitSet::one(object.clone(), interest), &Interrupt::new()).unwrap();
    };
    let mut buffer = [0; 64];
    loop {
        let count = match stdin.read(&mut [IoSliceMut::new(&mut buffer)], Wait::Try) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) => {
                assert_eq!(error, Error::WouldBlock);
                wait(&stdin, Interest::Read);
                continue;
            }
        };
        let mut rest = &buffer[..count];
        while !rest.is_empty() {
            match stdout.write(&[IoSlice::new(rest)], Wait::Try) {
                Ok(count) => rest = &rest[count..],
                Err(error) => {
                    assert_eq!(error, Error::WouldBlock);
                    wait(&stdout, Interest::Write);
                }
            }
        }
    }
    drop(stdout);
    feed.join().unwrap().unwrap();
    assert!(collect.join().unwrap().unwrap() == bytes(100_000), "the bytes differ");
}

#[test]
fn blocking_ends_meet() {
    let (reader, mut writer) = pipe(3);
    let feed = thread::spawn(move || writer.write_all(&bytes(10_000)));
    let mut all = Vec::new();
    let mut buffer = [0; 50];
    loop {
        match Stream::read(&reader, &mut [IoSliceMut::new(&mut buffer)], Wait::Block).unwrap() {
            0 => break,
            count => all.extend_from_slice(&buffer[..count]),
        }
    }
    feed.join().unwrap().unwrap();
    assert!(all == bytes(10_000), "the bytes differ");
}

#[test]
fn an_end_that_goes_ends_a_blocked_write() {
    let (reader, mut writer) = pipe(3);
    let gone = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        drop(reader);
    });
    let error = writer.write_all(&[0; 100]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    gone.join().unwrap();
}

#[test]
fn an_end_that_goes_ends_a_wait() {
    let (reader, writer) = pipe(3);
    let gone = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        drop(writer);
    });
    let waiter = system(0, Timestamp::default()).waiter;
    let mut set = WaitSet::one(Rc::new(reader), Interest::Read);
    while !set.any_ready() {
        waiter.wait(&mut set, &Interrupt::new()).unwrap();
    }
    assert!(set.entries[0].ready.unwrap().hangup);
    gone.join().unwrap();
}
