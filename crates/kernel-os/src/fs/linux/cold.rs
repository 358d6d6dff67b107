//! Reads of pages that are not in memory, for a guest whose thread must not wait for a device.
//!
//! A thread of the [pool](crate::pool) reads the range into a buffer of ours. The guest's next try takes what the page
//! cache has by then, which is newer than the buffer; if the page is gone again, it is given the buffer. So every read
//! is done after one wait, however short of memory the system is.
//!
//! There is one cold read a file. Another read that is cold too waits for it, and takes its place when it is done.

use std::cell::RefCell;
use std::io::IoSliceMut;
use std::os::fd::{AsFd, BorrowedFd};
use std::rc::Rc;
use std::task::{Context, Poll};

use tambo_kernel::{Error, Result};

use super::Volume;
use super::file::read_now;
use crate::errno::kernel_error;
use crate::pool::Completion;

/// Bytes that one cold read fetches at most.
const MOST: usize = 256 * 1024;
/// Bytes that one cold read fetches at most while its volume holds [`PLENTY`] for guests that do not come back.
const LEAST: usize = 4 * 1024;
/// Bytes that a volume may hold in cold reads of full size.
const PLENTY: usize = 16 * 1024 * 1024;

/// The cold read of a file, if there is one.
#[derive(Default)]
pub(super) struct ColdRead(RefCell<Option<Running>>);

struct Running {
    /// None if the file changed since, and the bytes are of no use.
    offset: Option<u64>,
    bytes: Completion<Result<Vec<u8>>>,
    _held: Held,
}

/// Bytes counted against the volume.
struct Held {
    volume: Rc<Volume>,
    count: usize,
}

impl Held {
    fn new(volume: &Rc<Volume>, wanted: usize) -> Self {
        let before = volume.cold_bytes.get();
        let count = wanted.min(if before < PLENTY { MOST } else { LEAST });
        volume.cold_bytes.set(before + count);
        Self { volume: volume.clone(), count }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.volume.cold_bytes.set(self.volume.cold_bytes.get() - self.count);
    }
}

impl ColdRead {
    /// Take the bytes that were read at this offset, or have them read: [`Error::WouldBlock`].
    pub(super) fn read(
        &self,
        volume: &Rc<Volume>,
        fd: BorrowedFd<'_>,
        buffers: &mut [IoSliceMut<'_>],
        offset: u64,
    ) -> Result<usize> {
        if self.is_running() {
            return Err(Error::WouldBlock);
        }
        if let Some(running) = self.0.take()
            && running.offset == Some(offset)
        {
            return Ok(scatter(&running.bytes.wait()??, buffers));
        }
        let wanted = buffers.iter().map(|buffer| buffer.len()).sum();
        let held = Held::new(volume, wanted);
        let fd = rustix::io::fcntl_dupfd_cloexec(fd, 3).map_err(kernel_error)?;
        let count = held.count;
        let bytes = volume.pool.submit(move || {
            let mut bytes = vec![0; count];
            let read = read_now(fd.as_fd(), &mut [IoSliceMut::new(&mut bytes)], offset)?;
            bytes.truncate(read);
            Ok(bytes)
        });
        self.0.replace(Some(Running { offset: Some(offset), bytes, _held: held }));
        Err(Error::WouldBlock)
    }

    /// A read at this offset was done without us.
    #[inline]
    pub(super) fn fetched(&self, offset: u64) {
        let mut slot = self.0.borrow_mut();
        if slot.as_ref().is_some_and(|running| running.offset == Some(offset)) {
            *slot = None;
        }
    }

    /// The file changed: what was read before is of no use.
    #[inline]
    pub(super) fn forget(&self) {
        if let Some(running) = &mut *self.0.borrow_mut() {
            running.offset = None;
        }
    }

    pub(super) fn is_running(&self) -> bool {
        self.0.borrow().as_ref().is_some_and(|running| !running.bytes.is_done())
    }

    pub(super) fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        self.0.borrow().as_ref().map_or(Poll::Ready(()), |running| running.bytes.poll(context))
    }
}

/// Copies into the buffers, in order, what fits.
fn scatter(bytes: &[u8], buffers: &mut [IoSliceMut<'_>]) -> usize {
    let mut rest = bytes;
    for buffer in buffers {
        let (now, later) = rest.split_at(rest.len().min(buffer.len()));
        buffer[..now.len()].copy_from_slice(now);
        rest = later;
    }
    bytes.len() - rest.len()
}
