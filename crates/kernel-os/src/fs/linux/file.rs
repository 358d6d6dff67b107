//! Open files.
//!
//! Reads and writes go straight between the system and the buffers, which are the guest's own memory.
//!
//! With [`Wait::Try`], a read takes what the page cache has; the rest is a [cold read](super::cold). A read in order is
//! a plain one where the page cache is [known to hold](super::resident) what it wants. A write goes to the
//! page cache directly, in either way of waiting: it does not wait for the device, except that the system slows down
//! whoever makes pages dirty faster than the device takes them, and that may have to read one page to change a part of
//! it. Handing writes to a thread would cost a copy of all data to avoid that. What waits for the device by definition
//! is a [flush](super::flush).
//!
//! `DATA_SYNC` and `SYNC` are flags of each write and not of the open file, because the system cannot change them there.

use std::cell::Cell;
use std::io::{IoSlice, IoSliceMut};
use std::num::NonZeroU64;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::rc::Rc;
use std::task::{Context, Poll};

use rustix::fs::{Advice as OsAdvice, FallocateFlags, FileType, OFlags};
use rustix::io::{Errno, ReadWriteFlags, retry_on_intr};
use tambo_kernel::fs::{Advice, File, FileKind, OpenFlags, SetTime, Stat, Sync};
use tambo_kernel::stream::Wait;
use tambo_kernel::wait::{Interest, Pollable, Readiness, Source, Wakeable};
use tambo_kernel::{Error, Result};

use super::Volume;
use super::cold::ColdRead;
use super::directory::sync_now;
use super::flush::{Flush, Flushed};
use super::resident::Resident;
use super::times::timestamps;
use crate::errno::kernel_error;
use crate::stat::{from_system, kind};

/// An open file or device with positions.
pub(super) struct HostFile {
    fd: OwnedFd,
    kind: FileType,
    /// As opened, and changed since.
    flags: Cell<OpenFlags>,
    volume: Rc<Volume>,
    cold: ColdRead,
    resident: Resident,
    flush: Flush,
}

/// Where a write goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    Offset(u64),
    End,
}

impl HostFile {
    pub(super) fn new(fd: OwnedFd, kind: FileType, flags: OpenFlags, volume: Rc<Volume>) -> Self {
        let (cold, resident, flush) = (ColdRead::default(), Resident::default(), Flush::default());
        Self { fd, kind, flags: Cell::new(flags), volume, cold, resident, flush }
    }

    fn has(&self, flag: OpenFlags) -> bool {
        self.flags.get().contains(flag)
    }

    /// The flags also say what a descriptor without reading and writing is for: nothing, though the system lets it read.
    fn check(&self, flag: OpenFlags) -> Result<()> {
        if self.has(flag) { Ok(()) } else { Err(Error::BadDescriptor) }
    }

    /// What reads of before must not be given to later ones.
    fn changed(&self) {
        self.cold.forget();
        self.flush.forget();
    }

    fn write(&self, buffers: &[IoSlice<'_>], at: At, wait: Wait) -> Result<usize> {
        let sync = self.sync_of_writes();
        match (sync, wait) {
            (Some(what), Wait::Try) => {
                let len = buffers.iter().map(|buffer| buffer.len()).sum();
                let key = Flushed::Write { at, len };
                if let Some((count, outcome)) = self.flush.take(key)? {
                    return outcome.map(|()| count);
                }
                let count = self.write_now(buffers, at, None)?;
                self.flush.start(&self.volume.pool, self.fd.as_fd(), key, count, what)?;
                Err(Error::WouldBlock)
            }
            _ => self.write_now(buffers, at, sync),
        }
    }

    fn write_now(&self, buffers: &[IoSlice<'_>], at: At, sync: Option<Sync>) -> Result<usize> {
        self.changed();
        let mut flags = match sync {
            None => ReadWriteFlags::empty(),
            Some(Sync::Data) => ReadWriteFlags::DSYNC,
            Some(Sync::All) => ReadWriteFlags::SYNC,
        };
        // A file opened for appending appends whatever the offset; a negative offset alone means something else.
        let offset = match at {
            At::Offset(offset) => position(offset)?,
            At::End => 0,
        };
        if at == At::End && !self.has(OpenFlags::APPEND) {
            flags |= ReadWriteFlags::APPEND;
        }
        let outcome = retry_on_intr(|| match buffers {
            _ if !flags.is_empty() => rustix::io::pwritev2(&self.fd, buffers, offset, flags),
            [] => Ok(0),
            [buffer] => rustix::io::pwrite(&self.fd, buffer, offset),
            buffers => rustix::io::pwritev(&self.fd, buffers, offset),
        });
        outcome.map_err(kernel_error)
    }

    fn sync_of_writes(&self) -> Option<Sync> {
        let flags = self.flags.get();
        if flags.contains(OpenFlags::SYNC) {
            return Some(Sync::All);
        }
        flags.contains(OpenFlags::DATA_SYNC).then_some(Sync::Data)
    }

    /// A read of what is at hand; the system's answer if nothing is.
    fn read_cached(&self, buffers: &mut [IoSliceMut<'_>], offset: u64) -> rustix::io::Result<usize> {
        retry_on_intr(|| rustix::io::preadv2(&self.fd, buffers, offset, ReadWriteFlags::NOWAIT))
    }
}

/// A position that a file can have. [`Error::Invalid`] for all others.
fn position(offset: u64) -> Result<u64> {
    if i64::try_from(offset).is_ok() { Ok(offset) } else { Err(Error::Invalid) }
}

/// A read that waits for the device.
pub(super) fn read_now(fd: BorrowedFd<'_>, buffers: &mut [IoSliceMut<'_>], offset: u64) -> Result<usize> {
    let outcome = retry_on_intr(|| match &mut *buffers {
        [] => Ok(0),
        [buffer] => rustix::io::pread(fd, &mut **buffer, offset),
        buffers => rustix::io::preadv(fd, buffers, offset),
    });
    outcome.map_err(kernel_error)
}

/// Reading waits for a cold read, writing for a flush: for those that this file has under way, and nothing else.
impl Pollable for HostFile {
    fn source(&self, interest: Interest) -> Source<'_> {
        let busy = match interest {
            Interest::Read => self.cold.is_running(),
            Interest::Write => self.flush.is_running(),
        };
        if busy { Source::Waker(self) } else { Source::Ready }
    }
}

impl Wakeable for HostFile {
    fn poll_ready(&self, interest: Interest, context: &mut Context<'_>) -> Poll<Readiness> {
        match interest {
            Interest::Read => self.cold.poll(context),
            Interest::Write => self.flush.poll(context),
        }
        .map(|()| self.readiness(interest))
    }
}

impl File for HostFile {
    fn kind(&self) -> FileKind {
        kind(self.kind)
    }

    fn read_at(&self, buffers: &mut [IoSliceMut<'_>], offset: u64, wait: Wait) -> Result<usize> {
        self.check(OpenFlags::READ)?;
        let offset = position(offset)?;
        if wait == Wait::Block || self.kind == FileType::CharacterDevice {
            return read_now(self.fd.as_fd(), buffers, offset);
        }
        if buffers.is_empty() {
            return Ok(0);
        }
        let len = buffers.iter().map(|buffer| buffer.len()).sum();
        if self.resident.holds(self.fd.as_fd(), offset, len) {
            return read_now(self.fd.as_fd(), buffers, offset);
        }
        match self.read_cached(buffers, offset) {
            Ok(count) => {
                self.cold.fetched(offset);
                Ok(count)
            }
            Err(Errno::AGAIN | Errno::OPNOTSUPP | Errno::NOSYS) => {
                self.cold.read(&self.volume, self.fd.as_fd(), buffers, offset)
            }
            Err(errno) => Err(kernel_error(errno)),
        }
    }

    fn write_at(&self, buffers: &[IoSlice<'_>], offset: u64, wait: Wait) -> Result<usize> {
        self.check(OpenFlags::WRITE)?;
        self.write(buffers, At::Offset(offset), wait)
    }

    fn append(&self, buffers: &[IoSlice<'_>], wait: Wait) -> Result<usize> {
        self.check(OpenFlags::WRITE)?;
        self.write(buffers, At::End, wait)
    }

    fn stat(&self) -> Result<Stat> {
        rustix::fs::fstat(&self.fd).map(|stat| from_system(&stat)).map_err(kernel_error)
    }

    fn set_size(&self, size: u64) -> Result<()> {
        self.check(OpenFlags::WRITE)?;
        self.changed();
        if i64::try_from(size).is_err() {
            return Err(Error::FileTooLarge);
        }
        retry_on_intr(|| rustix::fs::ftruncate(&self.fd, size)).map_err(kernel_error)
    }

    fn set_times(&self, accessed: SetTime, modified: SetTime) -> Result<()> {
        rustix::fs::futimens(&self.fd, &timestamps(accessed, modified)?).map_err(kernel_error)
    }

    fn sync(&self, what: Sync, wait: Wait) -> Result<()> {
        if wait == Wait::Block {
            return sync_now(self.fd.as_fd(), what);
        }
        if let Some((_, outcome)) = self.flush.take(Flushed::Sync(what))? {
            return outcome;
        }
        self.flush.start(&self.volume.pool, self.fd.as_fd(), Flushed::Sync(what), 0, what)?;
        Err(Error::WouldBlock)
    }

    fn allocate(&self, offset: u64, len: u64) -> Result<()> {
        self.check(OpenFlags::WRITE)?;
        if len == 0 {
            return Err(Error::Invalid);
        }
        let end = offset.checked_add(len).ok_or(Error::FileTooLarge)?;
        if i64::try_from(end).is_err() {
            return Err(Error::FileTooLarge);
        }
        self.changed();
        let none = FallocateFlags::empty();
        retry_on_intr(|| rustix::fs::fallocate(&self.fd, none, offset, len)).map_err(kernel_error)
    }

    fn advise(&self, offset: u64, len: u64, advice: Advice) -> Result<()> {
        let end = offset.checked_add(len).ok_or(Error::Invalid)?;
        position(end)?;
        let advice = match advice {
            Advice::Normal => OsAdvice::Normal,
            Advice::Sequential => OsAdvice::Sequential,
            Advice::Random => OsAdvice::Random,
            Advice::WillNeed => OsAdvice::WillNeed,
            Advice::DontNeed => OsAdvice::DontNeed,
            Advice::NoReuse => OsAdvice::NoReuse,
        };
        rustix::fs::fadvise(&self.fd, offset, NonZeroU64::new(len), advice).map_err(kernel_error)
    }

    fn set_flags(&self, flags: OpenFlags) -> Result<()> {
        let old = self.flags.get();
        if (old ^ flags).contains(OpenFlags::APPEND) {
            let mut system = rustix::fs::fcntl_getfl(&self.fd).map_err(kernel_error)?;
            system.set(OFlags::APPEND, flags.contains(OpenFlags::APPEND));
            rustix::fs::fcntl_setfl(&self.fd, system).map_err(kernel_error)?;
        }
        let mutable = OpenFlags::APPEND | OpenFlags::DATA_SYNC | OpenFlags::SYNC;
        self.flags.set((old - mutable) | (flags & mutable));
        Ok(())
    }
}
