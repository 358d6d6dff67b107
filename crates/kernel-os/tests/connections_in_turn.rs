//! Many connections, one after the other: alone in its program, because it counts the process's descriptors.

#![expect(clippy::unwrap_used, reason = "test helpers, whose failures are panics")]

mod common;

use std::io::IoSliceMut;

use common::{MODES, client, loopback, wait, write};
use tambo_kernel::net::{Listener as _, Receive};
use tambo_kernel::stream::Wait;
use tambo_kernel::wait::{Interest, WaitSet, Waiter as _};
use tambo_kernel::{Error, Interrupt};
use tambo_kernel_os::OsWaiter;

fn open_descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

#[test]
fn case_13_a_thousand_connections_in_turn_leave_nothing_open() {
    let (waiter, interrupt) = (OsWaiter::new(), Interrupt::new());
    for mode in MODES {
        // What a process opens once for all its waits.
        let mut set = WaitSet { deadline: Some(waiter.now() + 1_000_000), ..WaitSet::default() };
        wait(mode, &waiter, &mut set, &interrupt).unwrap();
    }
    let before = open_descriptors();
    for mode in MODES {
        let (listener, address) = loopback();
        let clients = std::thread::spawn(move || (0..500).for_each(|number| client(address, number)));
        for _ in 0..500 {
            let connection = loop {
                match listener.accept(Wait::Try) {
                    Ok(connection) => break connection,
                    Err(error) => assert_eq!(error, Error::WouldBlock),
                }
                let mut set = WaitSet::one(listener.clone(), Interest::Read);
                wait(mode, &waiter, &mut set, &interrupt).unwrap();
            };
            let mut bytes = [0; 4];
            let all = Receive { all: true, ..Receive::default() };
            assert_eq!(connection.receive(&mut [IoSliceMut::new(&mut bytes)], all, Wait::Block), Ok(4));
            bytes.reverse();
            assert_eq!(write(&*connection, &bytes, Wait::Block), Ok(4));
        }
        clients.join().unwrap();
    }
    assert_eq!(open_descriptors(), before);
}
