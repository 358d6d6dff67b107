//! What the tests of this folder share: a tiny executor, waits in both modes, and pipes.

#![expect(clippy::unwrap_used, reason = "test helpers, whose failures are panics")]
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::future::{Future, poll_fn};
use std::io::{IoSlice, IoSliceMut, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use tambo_kernel::stream::{Stream, Wait};
use tambo_kernel::wait::{Interest, Pollable, WaitSet, Waiter};
use tambo_kernel::{Interrupt, Result};
use tambo_kernel_os::{OsListener, OsWaiter, listen_tcp, stream_from_fd};

/// Whether a test blocks its thread or polls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Blocking,
    Async,
}

pub(crate) const MODES: [Mode; 2] = [Mode::Blocking, Mode::Async];

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Run a future to its end on this thread.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        std::thread::park();
    }
}

/// All of the futures; every wake polls them all, so most polls find nothing new.
pub(crate) async fn join_all(futures: Vec<Pin<Box<dyn Future<Output = ()> + '_>>>) {
    let mut futures: Vec<_> = futures.into_iter().map(Some).collect();
    poll_fn(|context| {
        for slot in &mut futures {
            if slot.as_mut().is_some_and(|future| future.as_mut().poll(context).is_ready()) {
                *slot = None;
            }
        }
        if futures.iter().all(Option::is_none) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// Wait for a set in either mode.
pub(crate) fn wait(mode: Mode, waiter: &OsWaiter, set: &mut WaitSet, interrupt: &Interrupt) -> Result<()> {
    match mode {
        Mode::Blocking => waiter.wait(set, interrupt),
        Mode::Async => block_on(poll_wait(waiter, set, interrupt)),
    }
}

/// One wait as a future.
pub(crate) async fn poll_wait(waiter: &OsWaiter, set: &mut WaitSet, interrupt: &Interrupt) -> Result<()> {
    poll_fn(|context| waiter.poll_wait(set, interrupt, context)).await
}

/// Wait until one object is ready.
pub(crate) async fn ready(waiter: &OsWaiter, object: Rc<dyn Pollable>, interest: Interest) -> Result<()> {
    let mut set = WaitSet::one(object, interest);
    while !set.any_ready() {
        poll_wait(waiter, &mut set, &Interrupt::new()).await?;
    }
    Ok(())
}

/// A pipe: what is read, what is written.
pub(crate) fn pipe() -> (Rc<dyn Stream>, Rc<dyn Stream>) {
    let (read, write) = pipe_fds();
    (stream_from_fd(read).unwrap(), stream_from_fd(write).unwrap())
}

pub(crate) fn pipe_fds() -> (OwnedFd, OwnedFd) {
    rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).unwrap()
}

pub(crate) fn read(stream: &(impl Stream + ?Sized), buffer: &mut [u8], wait: Wait) -> Result<usize> {
    stream.read(&mut [IoSliceMut::new(buffer)], wait)
}

pub(crate) fn write(stream: &(impl Stream + ?Sized), bytes: &[u8], wait: Wait) -> Result<usize> {
    stream.write(&[IoSlice::new(bytes)], wait)
}

/// A listener on a free port.
pub(crate) fn loopback() -> (Rc<OsListener>, SocketAddr) {
    let listener = listen_tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let address = listener.local_address().unwrap();
    (listener, address)
}

/// What a client does: sends its number and expects it back, backwards.
pub(crate) fn client(address: SocketAddr, number: u32) {
    let mut stream = TcpStream::connect(address).unwrap();
    let mut bytes = number.to_le_bytes();
    stream.write_all(&bytes).unwrap();
    stream.read_exact(&mut bytes).unwrap();
    assert_eq!(u32::from_be_bytes(bytes), number);
    assert_eq!(stream.read(&mut bytes).unwrap(), 0);
}
