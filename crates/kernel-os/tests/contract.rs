//! The contract suites over the system: streams of several kinds, sockets, clocks, entropy and waiting.

#![expect(clippy::unwrap_used, reason = "test helpers, whose failures are panics")]

mod common;

use std::rc::Rc;

use rustix::fs::{CWD, FileType, Mode, OFlags};
use tambo_kernel::entropy::Entropy;
use tambo_kernel::wait::Waiter;
use tambo_kernel_contract::clock::Clocks;
use tambo_kernel_contract::net::Net;
use tambo_kernel_contract::stream::Pipe;
use tambo_kernel_os::{OsEntropy, OsWaiter, network, open_stream_read, open_stream_write, system};

fn pipe() -> Pipe {
    let (reader, writer) = common::pipe();
    Pipe::new(reader, writer, Rc::new(OsWaiter::new()))
}

/// A pipe with a name.
fn fifo() -> Pipe {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fifo");
    rustix::fs::mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    // Opening one end alone would wait for the other.
    let _both = rustix::fs::open(&path, OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()).unwrap();
    Pipe::new(open_stream_read(&path).unwrap(), open_stream_write(&path).unwrap(), Rc::new(OsWaiter::new()))
}

fn clocks() -> Clocks {
    let system = system();
    Clocks { wall: system.wall, monotonic: system.monotonic, cpu: system.process_cpu }
}

tambo_kernel_contract::stream_tests!(pipes, pipe);
tambo_kernel_contract::stream_tests!(fifos, fifo);
tambo_kernel_contract::clock_tests!(process_clocks, clocks);
tambo_kernel_contract::clock_tests!(thread_clocks, || Clocks { cpu: system().thread_cpu, ..clocks() });
tambo_kernel_contract::entropy_tests!(entropy, || Rc::new(OsEntropy::new()) as Rc<dyn Entropy>);
tambo_kernel_contract::waiter_tests!(waiter, || Rc::new(OsWaiter::new()) as Rc<dyn Waiter>);
tambo_kernel_contract::network_tests!(loopback, || Net::new(network(), Rc::new(OsWaiter::new())));
