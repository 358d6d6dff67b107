//! Streams over file descriptors: standard input and output, pipes, terminals, redirected files.
//!
//! # Without blocking
//!
//! An inherited descriptor shares its file description with the shell and its other children, so `O_NONBLOCK`, which
//! belongs to the description, is never set. With [`Wait::Try`] the system is asked not to wait for this one call
//! (`RWF_NOWAIT`), which pipes, sockets and regular files support. Terminals, and pipes of older systems, do not: they
//! are polled first. What was ready then is so still, unless another process reads from the same pipe or terminal.
//! A write after such a poll is cut to `PIPE_BUF` bytes: that many fit into a pipe that polls as writable, while more
//! could fill it and block. A terminal promises less, and may hold the caller until it has taken the piece.
//!
//! Regular files are read and written directly: the system's cache answers.

use std::cell::Cell;
use std::io::{IoSlice, IoSliceMut, SeekFrom};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::rc::Rc;

use rustix::fs::{Mode, OFlags};
use rustix::io::{Errno, ReadWriteFlags};
use tambo_kernel::fs::{FileKind, Stat};
use tambo_kernel::stream::{Closed, Stream, Wait};
use tambo_kernel::wait::{Interest, Pollable, Readiness, Source};
use tambo_kernel::{Error, Result};

use crate::errno::kernel_error;
use crate::{handle, poll_list, stat};

/// Bytes that a pipe takes whole, without blocking, once it polls as writable.
const PIPE_BUF: usize = 4096;

/// A stream over a descriptor, its own or an inherited one.
pub struct FdStream {
    fd: Fd,
    kind: FileKind,
    /// A file or block device: it has a position and is always ready.
    positioned: bool,
    readable: bool,
    writable: bool,
    /// Whether the system has not yet refused `RWF_NOWAIT` on it.
    nowait: Cell<bool>,
}

enum Fd {
    Owned(OwnedFd),
    Inherited(BorrowedFd<'static>),
}

/// The standard input of this process; at its end if it was closed.
pub fn stdin() -> Rc<dyn Stream> {
    inherited(rustix::stdio::stdin())
}

/// The standard output of this process; what is written is discarded if it was closed.
pub fn stdout() -> Rc<dyn Stream> {
    inherited(rustix::stdio::stdout())
}

/// The standard error of this process; what is written is discarded if it was closed.
pub fn stderr() -> Rc<dyn Stream> {
    inherited(rustix::stdio::stderr())
}

/// The stream behind a descriptor of any kind.
pub fn stream_from_fd(fd: OwnedFd) -> Result<Rc<dyn Stream>> {
    Ok(Rc::new(FdStream::new(Fd::Owned(fd))?))
}

/// Open a file, pipe or device of this host for reading, as a shell does for `<`.
pub fn open_stream_read(path: impl AsRef<Path>) -> Result<Rc<dyn Stream>> {
    open(path.as_ref(), OFlags::RDONLY)
}

/// Open a file, pipe or device of this host for writing, created or emptied, as a shell does for `>`.
pub fn open_stream_write(path: impl AsRef<Path>) -> Result<Rc<dyn Stream>> {
    open(path.as_ref(), OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC)
}

fn open(path: &Path, flags: OFlags) -> Result<Rc<dyn Stream>> {
    let flags = flags | OFlags::CLOEXEC | OFlags::NOCTTY;
    let mode = Mode::from_raw_mode(0o666);
    let fd = rustix::io::retry_on_intr(|| rustix::fs::open(path, flags, mode)).map_err(kernel_error)?;
    stream_from_fd(fd)
}

/// A descriptor that is closed must not become a stream: the next file that is opened would get its number.
fn inherited(fd: BorrowedFd<'static>) -> Rc<dyn Stream> {
    match FdStream::new(Fd::Inherited(fd)) {
        Ok(stream) => Rc::new(stream),
        Err(_) => Rc::new(Closed),
    }
}

impl FdStream {
    fn new(fd: Fd) -> Result<Self> {
        let stat = rustix::fs::fstat(&fd).map_err(kernel_error)?;
        let access = rustix::fs::fcntl_getfl(&fd).map_err(kernel_error)? & OFlags::RWMODE;
        let kind = match stat::from_system(&stat).kind {
            FileKind::CharacterDevice if !rustix::termios::isatty(&fd) => FileKind::Unknown,
            kind => kind,
        };
        Ok(Self {
            fd,
            kind,
            positioned: matches!(kind, FileKind::Regular | FileKind::BlockDevice),
            readable: access != OFlags::WRONLY,
            writable: access != OFlags::RDONLY,
            nowait: Cell::new(true),
        })
    }

    fn read_plainly(&self, buffers: &mut [IoSliceMut<'_>]) -> rustix::io::Result<usize> {
        rustix::io::retry_on_intr(|| match buffers {
            [one] => rustix::io::read(&self.fd, &mut **one),
            _ => rustix::io::readv(&self.fd, buffers),
        })
    }

    fn write_plainly(&self, buffers: &[IoSlice<'_>]) -> rustix::io::Result<usize> {
        rustix::io::retry_on_intr(|| match buffers {
            [one] => rustix::io::write(&self.fd, one),
            _ => rustix::io::writev(&self.fd, buffers),
        })
    }

    #[cold]
    fn try_read(&self, buffers: &mut [IoSliceMut<'_>]) -> Result<usize> {
        if self.nowait.get() {
            let flags = ReadWriteFlags::NOWAIT;
            match rustix::io::retry_on_intr(|| rustix::io::preadv2(&self.fd, buffers, u64::MAX, flags)) {
                Err(errno) if is_refusal(errno) => self.nowait.set(false),
                outcome => return outcome.map_err(kernel_error),
            }
        }
        poll_list::check(&self.fd, Interest::Read)?;
        self.read_plainly(buffers).map_err(kernel_error)
    }

    fn try_write(&self, buffers: &[IoSlice<'_>]) -> Result<usize> {
        if self.nowait.get() {
            let flags = ReadWriteFlags::NOWAIT;
            match rustix::io::retry_on_intr(|| rustix::io::pwritev2(&self.fd, buffers, u64::MAX, flags)) {
                Err(errno) if is_refusal(errno) => self.nowait.set(false),
                outcome => return outcome.map_err(kernel_error),
            }
        }
        poll_list::check(&self.fd, Interest::Write)?;
        let (whole, bytes) = whole_buffers(buffers, PIPE_BUF);
        let outcome = match buffers.get(whole) {
            Some(long) if bytes == 0 => self.write_plainly(&[IoSlice::new(&long[..PIPE_BUF])]),
            _ => self.write_plainly(&buffers[..whole]),
        };
        outcome.map_err(kernel_error)
    }
}

/// The system does not know `RWF_NOWAIT`, or not for this file. `EINVAL` and `ESPIPE` are what older systems and
/// sandboxes say; if they mean something else, the plain call that follows says it again.
fn is_refusal(errno: Errno) -> bool {
    matches!(errno, Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL | Errno::SPIPE)
}

/// How many of the first buffers have together at most `limit` bytes, and how many they have.
fn whole_buffers(buffers: &[IoSlice<'_>], limit: usize) -> (usize, usize) {
    let mut bytes = 0;
    for (count, buffer) in buffers.iter().enumerate() {
        if buffer.len() > limit - bytes {
            return (count, bytes);
        }
        bytes += buffer.len();
    }
    (buffers.len(), bytes)
}

impl Stream for FdStream {
    #[inline]
    fn read(&self, buffers: &mut [IoSliceMut<'_>], wait: Wait) -> Result<usize> {
        if !self.readable {
            return Err(Error::BadDescriptor);
        }
        if buffers.iter().all(|buffer| buffer.is_empty()) {
            return Ok(0);
        }
        if wait == Wait::Try && !self.positioned {
            return self.try_read(buffers);
        }
        loop {
            match self.read_plainly(buffers) {
                Ok(count) => return Ok(count),
                // Whoever gave us the descriptor made it non-blocking.
                Err(Errno::AGAIN) => poll_list::wait_for(&self.fd, Interest::Read)?,
                Err(errno) => return Err(kernel_error(errno)),
            }
        }
    }

    #[inline]
    fn write(&self, buffers: &[IoSlice<'_>], wait: Wait) -> Result<usize> {
        if !self.writable {
            return Err(Error::BadDescriptor);
        }
        if wait == Wait::Try && !self.positioned {
            return self.try_write(buffers);
        }
        loop {
            match self.write_plainly(buffers) {
                Ok(count) => return Ok(count),
                Err(Errno::AGAIN) => poll_list::wait_for(&self.fd, Interest::Write)?,
                Err(errno) => return Err(kernel_error(errno)),
            }
        }
    }

    fn kind(&self) -> FileKind {
        self.kind
    }

    fn stat(&self) -> Result<Stat> {
        rustix::fs::fstat(&self.fd).map(|stat| stat::from_system(&stat)).map_err(kernel_error)
    }

    fn seek(&self, to: SeekFrom) -> Result<u64> {
        if !self.positioned {
            return Err(Error::InvalidSeek);
        }
        let to = match to {
            SeekFrom::Start(offset) => rustix::fs::SeekFrom::Start(offset),
            SeekFrom::End(offset) => rustix::fs::SeekFrom::End(offset),
            SeekFrom::Current(offset) => rustix::fs::SeekFrom::Current(offset),
        };
        rustix::fs::seek(&self.fd, to).map_err(kernel_error)
    }

    fn sync(&self) -> Result<()> {
        if !self.positioned {
            return Ok(());
        }
        rustix::io::retry_on_intr(|| rustix::fs::fsync(&self.fd)).map_err(kernel_error)
    }
}

impl Pollable for FdStream {
    fn source(&self, _: Interest) -> Source<'_> {
        if self.positioned { Source::Ready } else { Source::Os(handle::of(&self.fd)) }
    }

    fn readiness(&self, interest: Interest) -> Readiness {
        let bytes = match interest {
            Interest::Read if self.readable => rustix::io::ioctl_fionread(&self.fd).unwrap_or(0),
            _ => 0,
        };
        Readiness { bytes, hangup: false }
    }
}

impl AsFd for Fd {
    #[inline]
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Owned(fd) => fd.as_fd(),
            Self::Inherited(fd) => *fd,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_cut_at_a_whole_one() {
        let (long, short) = ([0; 5000], [0; 3000]);
        let long = IoSlice::new(&long);
        let short = IoSlice::new(&short);
        let empty = IoSlice::new(&[]);
        assert_eq!(whole_buffers(&[], 4096), (0, 0));
        assert_eq!(whole_buffers(&[short], 4096), (1, 3000));
        assert_eq!(whole_buffers(&[short, short], 4096), (1, 3000));
        assert_eq!(whole_buffers(&[empty, long, short], 4096), (1, 0));
        assert_eq!(whole_buffers(&[short, empty], 4096), (2, 3000));
    }
}
