//! A process that may open no more files: alone in its program, because the limit is the process's.

mod common;

use std::net::{Ipv4Addr, SocketAddr, TcpStream};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tambo_kernel::net::Listener as _;
use tambo_kernel::stream::Wait;
use tambo_kernel::wait::{Interest, WaitSet, Waiter as _};
use tambo_kernel::{Error, Interrupt};
use tambo_kernel_os::{OsWaiter, listen_tcp};

#[test]
fn case_13_running_out_of_descriptors_is_an_error_and_passes() {
    let listener = listen_tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let _peer = TcpStream::connect(listener.local_address().unwrap()).unwrap();
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(0), maximum: limit.maximum }).unwrap();
    let accepted = listener.accept(Wait::Try).err();
    let waited = OsWaiter::new().wait(&mut WaitSet::one(listener.clone(), Interest::Read), &Interrupt::new()).err();
    setrlimit(Resource::Nofile, limit).unwrap();
    assert_eq!(accepted, Some(Error::TooManyFiles));
    assert_eq!(waited, Some(Error::TooManyFiles));
    assert!(listener.accept(Wait::Try).is_ok());
}
