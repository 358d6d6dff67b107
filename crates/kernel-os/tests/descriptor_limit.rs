//! A process that may open no more files: alone in its program, because the limit is the process's.

mod common;

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::fd::AsRawFd as _;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tambo_kernel::net::Listener as _;
use tambo_kernel::stream::Wait;
use tambo_kernel::wait::{Interest, WaitSet, Waiter as _};
use tambo_kernel::{Error, Interrupt};
use tambo_kernel_os::{OsWaiter, listen_tcp};

#[test]
fn case_13_running_out_of_descriptors_is_an_error_and_passes() {
    let listener = listen_tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let address = listener.local_address().unwrap();
    let (idle, _idle_writer) = common::pipe();
    let _peer = TcpStream::connect(address).unwrap();
    let lowest_free = rustix::io::dup(rustix::stdio::stdout()).unwrap().as_raw_fd();
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(lowest_free as u64), ..limit }).unwrap();

    assert_eq!(listener.accept(Wait::Try).err(), Some(Error::TooManyFiles));
    assert_eq!(listener.accept(Wait::Block).err(), Some(Error::TooManyFiles));
    // Other guests of the process can still wait: for objects, for a time, for an interrupt.
    let (waiter, interrupt) = (OsWaiter::new(), Interrupt::new());
    let mut set = WaitSet::one(listener.clone(), Interest::Read);
    assert_eq!(waiter.wait(&mut set, &interrupt), Ok(()));
    assert!(set.any_ready());
    // One descriptor may be named more often than the process may open files.
    let mut set = WaitSet::default();
    (0..=lowest_free).for_each(|_| set.push(listener.clone(), Interest::Read));
    assert_eq!(waiter.wait(&mut set, &interrupt), Ok(()));
    assert!(set.entries.iter().all(|entry| entry.ready.is_some()));
    let start = waiter.now();
    let mut set = WaitSet { deadline: Some(start + 25_000_000), ..WaitSet::one(idle, Interest::Read) };
    assert_eq!(waiter.wait(&mut set, &interrupt), Ok(()));
    assert!(!set.any_ready() && waiter.now() >= start + 25_000_000);
    let raiser = std::thread::spawn({
        let interrupt = interrupt.clone();
        move || {
            std::thread::sleep(Duration::from_millis(15));
            interrupt.raise();
        }
    });
    assert_eq!(waiter.wait(&mut WaitSet::default(), &interrupt), Err(Error::Cancelled));
    raiser.join().unwrap();

    setrlimit(Resource::Nofile, limit).unwrap();
    assert!(listener.accept(Wait::Try).is_ok());
}
