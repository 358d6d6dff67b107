//! The few functions of `wasi_snapshot_preview1` that a socket server needs, by hand: no crate, no libc.
//!
//! # Safety
//!
//! Every call passes pointers to live Rust values of the layout that the WASI 0.1 witx files give, and lengths that
//! match them; nothing is kept by the host after a call returns.

/// An error number of WASI 0.1; 0 is success.
pub type Errno = u16;

pub const SUCCESS: Errno = 0;
pub const AGAIN: Errno = 6;

pub const READ: u8 = 1;
pub const WRITE: u8 = 2;

const NONBLOCK: u16 = 1 << 2;
const SHUTDOWN_BOTH: u8 = 3;

/// `subscription`, for a descriptor to become readable or writable. What follows the tag is a union that begins at
/// offset 16, because one of its cases has a 64-bit member.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Subscription {
    pub userdata: u64,
    pub tag: u8,
    padding: [u8; 7],
    pub descriptor: u32,
    clock: [u64; 3],
}

const _: () = assert!(size_of::<Subscription>() == 48 && std::mem::offset_of!(Subscription, descriptor) == 16);

impl Subscription {
    pub fn new(userdata: u64, tag: u8, descriptor: u32) -> Self {
        Self { userdata, tag, padding: [0; 7], descriptor, clock: [0; 3] }
    }
}

/// `event`.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct Event {
    pub userdata: u64,
    pub error: Errno,
    pub tag: u8,
    bytes: u64,
    flags: u16,
}

const _: () = assert!(size_of::<Event>() == 32);

#[repr(C)]
struct Buffer {
    start: *const u8,
    len: usize,
}

mod raw {
    use super::{Buffer, Errno, Event, Subscription};

    #[link(wasm_import_module = "wasi_snapshot_preview1")]
    unsafe extern "C" {
        pub fn poll_oneoff(input: *const Subscription, out: *mut Event, count: usize, ready: *mut usize) -> Errno;
        pub fn sock_accept(listener: u32, flags: u16, descriptor: *mut u32) -> Errno;
        pub fn sock_recv(fd: u32, to: *const Buffer, n: usize, flags: u16, got: *mut usize, out: *mut u16) -> Errno;
        pub fn sock_send(fd: u32, from: *const Buffer, n: usize, flags: u16, sent: *mut usize) -> Errno;
        pub fn sock_shutdown(fd: u32, how: u8) -> Errno;
        pub fn fd_close(fd: u32) -> Errno;
    }
}

fn outcome<T>(error: Errno, value: T) -> Result<T, Errno> {
    if error == SUCCESS { Ok(value) } else { Err(error) }
}

pub fn poll(subscriptions: &[Subscription], events: &mut Vec<Event>) -> Result<(), Errno> {
    events.clear();
    events.resize(subscriptions.len(), Event::default());
    let mut ready = 0;
    // SAFETY: there is room for as many events as there are subscriptions.
    let error =
        unsafe { raw::poll_oneoff(subscriptions.as_ptr(), events.as_mut_ptr(), subscriptions.len(), &mut ready) };
    events.truncate(ready);
    outcome(error, ())
}

pub fn accept(listener: u32) -> Result<u32, Errno> {
    let mut descriptor = 0;
    // SAFETY: the result goes to a live u32.
    let error = unsafe { raw::sock_accept(listener, NONBLOCK, &mut descriptor) };
    outcome(error, descriptor)
}

pub fn receive(descriptor: u32, buffer: &mut [u8]) -> Result<usize, Errno> {
    let into = Buffer { start: buffer.as_mut_ptr(), len: buffer.len() };
    let (mut got, mut flags) = (0, 0);
    // SAFETY: the one buffer is a live, exclusively borrowed slice.
    let error = unsafe { raw::sock_recv(descriptor, &into, 1, 0, &mut got, &mut flags) };
    outcome(error, got)
}

pub fn send(descriptor: u32, bytes: &[u8]) -> Result<usize, Errno> {
    let from = Buffer { start: bytes.as_ptr(), len: bytes.len() };
    let mut sent = 0;
    // SAFETY: the one buffer is a live slice.
    let error = unsafe { raw::sock_send(descriptor, &from, 1, 0, &mut sent) };
    outcome(error, sent)
}

pub fn shutdown_and_close(descriptor: u32) -> Result<(), Errno> {
    // SAFETY: no pointers.
    let shut = unsafe { raw::sock_shutdown(descriptor, SHUTDOWN_BOTH) };
    // SAFETY: no pointers.
    let closed = unsafe { raw::fd_close(descriptor) };
    // The peer may have closed first, so that a failed shutdown means nothing.
    let _ = shut;
    outcome(closed, ())
}
