//! `fd_*` on the descriptor itself: attributes, flags, rights, closing and renumbering.

use tambo_kernel::clock::Timestamp;
use tambo_kernel::fs::{Advice, OpenFlags, SetTime, Stat, Sync};
use tambo_kernel::wait::Interest;
use tambo_kernel::{Error, Result};

use crate::P1;
use crate::abi::{self, Abi, FDSTAT_SIZE, FdFlags, FstFlags, Rights};
use crate::descriptor::Object;
use crate::memory::{Memory, put};
use crate::p1::Outcome;

pub(crate) fn fd_advise(p1: &mut P1, _: &mut Memory<'_>, fd: u32, offset: u64, len: u64, advice: u32) -> Outcome {
    let descriptor = p1.descriptors.get(fd)?;
    descriptor.require(Rights::FD_ADVISE)?;
    let advice = match advice {
        0 => Advice::Normal,
        1 => Advice::Sequential,
        2 => Advice::Random,
        3 => Advice::WillNeed,
        4 => Advice::DontNeed,
        5 => Advice::NoReuse,
        _ => return Err(Error::Invalid.into()),
    };
    let file = descriptor.object.file()?;
    offset.checked_add(len).ok_or(Error::Invalid)?;
    Ok(file.file.advise(offset, len, advice)?)
}

pub(crate) fn fd_allocate(p1: &mut P1, _: &mut Memory<'_>, fd: u32, offset: u64, len: u64) -> Outcome {
    let descriptor = p1.descriptors.get(fd)?;
    descriptor.require(Rights::FD_ALLOCATE)?;
    let file = descriptor.object.file()?;
    descriptor.object.check_writable()?;
    if len == 0 {
        return Err(Error::Invalid.into());
    }
    offset.checked_add(len).filter(|&end| end <= i64::MAX as u64).ok_or(Error::FileTooLarge)?;
    Ok(file.file.allocate(offset, len)?)
}

pub(crate) fn fd_close(p1: &mut P1, _: &mut Memory<'_>, fd: u32) -> Outcome {
    p1.descriptors.remove(fd)?;
    Ok(())
}

pub(crate) fn fd_datasync(p1: &mut P1, _: &mut Memory<'_>, fd: u32) -> Outcome {
    sync(p1, fd, Rights::FD_DATASYNC, Sync::Data)
}

pub(crate) fn fd_sync(p1: &mut P1, _: &mut Memory<'_>, fd: u32) -> Outcome {
    sync(p1, fd, Rights::FD_SYNC, Sync::All)
}

fn sync(p1: &mut P1, fd: u32, right: Rights, what: Sync) -> Outcome {
    let descriptor = p1.descriptors.get(fd)?;
    descriptor.require(right)?;
    // There is no synchronization that answers "again": a descriptor that does not wait waits here too.
    let result = match &descriptor.object {
        Object::File(file) => file.file.sync(what, p1.host.wait),
        Object::Directory(open) => open.directory.sync(what),
        Object::Stream(stream) => stream.sync(),
        Object::Listener(_) | Object::Connection(_) => Err(Error::Invalid),
    };
    match result {
        Err(Error::WouldBlock) => Ok(p1.host.park_on(descriptor.object.pollable()?, Interest::Write)?),
        result => Ok(result?),
    }
}

/// `fdstat`: the type at 0, the flags at 2, the rights at 8 and 16.
pub(crate) fn fd_fdstat_get(p1: &mut P1, memory: &mut Memory<'_>, fd: u32, stat: u32) -> Outcome {
    let descriptor = p1.descriptors.get(fd)?;
    let record = memory.bytes_mut(stat, FDSTAT_SIZE)?;
    let (base, inheriting) = descriptor.rights();
    record.fill(0);
    put(record, 0, [abi::filetype(descriptor.object.kind())]);
    put(record, 2, descriptor.flags().bits().to_le_bytes());
    put(record, 8, base.bits().to_le_bytes());
    put(record, 16, inheriting.bits().to_le_bytes());
    Ok(())
}

pub(crate) fn fd_fdstat_set_flags(p1: &mut P1, _: &mut Memory<'_>, fd: u32, flags: u32) -> Outcome {
    let descriptor = p1.descriptors.get_mut(fd)?;
    descriptor.require(Rights::FD_FDSTAT_SET_FLAGS)?;
    Ok(descriptor.set_flags(abi::flags::<FdFlags>(flags)?)?)
}

pub(crate) fn fd_fdstat_set_rights(
    p1: &mut P1,
    _: &mut Memory<'_>,
    fd: u32,
    fs_rights_base: u64,
    fs_rights_inheriting: u64,
) -> Outcome {
    Ok(p1.descriptors.get_mut(fd)?.restrict(fs_rights_base, fs_rights_inheriting)?)
}

pub(crate) fn fd_filestat_get<A: Abi>(p1: &mut P1, memory: &mut Memory<'_>, fd: u32, stat: u32) -> Outcome {
    let descriptor = p1.descriptors.get(fd)?;
    descriptor.require(Rights::FD_FILESTAT_GET)?;
    memory.check(stat, A::LAYOUT.filestat_size)?;
    Ok(write_filestat::<A>(memory, stat, &descriptor.object.stat()?)?)
}

/// `filestat`. A number that does not fit its field becomes the nearest one that does: an odd clock on some file must
/// not make the file unusable.
pub(crate) fn write_filestat<A: Abi>(memory: &mut Memory<'_>, pointer: u32, stat: &Stat) -> Result<()> {
    let layout = A::LAYOUT;
    let record = memory.bytes_mut(pointer, layout.filestat_size)?;
    record.fill(0);
    put(record, 0, stat.device.to_le_bytes());
    put(record, 8, stat.inode.to_le_bytes());
    put(record, 16, [abi::filetype(stat.kind)]);
    match layout.links {
        (offset, 4) => put(record, offset, u32::try_from(stat.links).unwrap_or(u32::MAX).to_le_bytes()),
        (offset, _) => put(record, offset, stat.links.to_le_bytes()),
    }
    put(record, layout.size_offset, stat.size.to_le_bytes());
    for (index, time) in [stat.accessed, stat.modified, stat.changed].into_iter().enumerate() {
        put(record, layout.size_offset + 8 * (index + 1), clamped(time).to_le_bytes());
    }
    Ok(())
}

fn clamped(time: Timestamp) -> u64 {
    time.to_nanoseconds().unwrap_or(if time.seconds < 0 { 0 } else { u64::MAX })
}

pub(crate) fn fd_filestat_set_size(p1: &mut P1, _: &mut Memory<'_>, fd: u32, size: u64) -> Outcome {
    let descriptor = p1.descriptors.get(fd)?;
    descriptor.require(Rights::FD_FILESTAT_SET_SIZE)?;
    match &descriptor.object {
        Object::File(file) if file.flags().contains(OpenFlags::WRITE) => Ok(file.file.set_size(size)?),
        _ => Err(Error::Invalid.into()),
    }
}

pub(crate) fn fd_filestat_set_times(
    p1: &mut P1,
    _: &mut Memory<'_>,
    fd: u32,
    atim: u64,
    mtim: u64,
    fst_flags: u32,
) -> Outcome {
    let descriptor = p1.descriptors.get(fd)?;
    descriptor.require(Rights::FD_FILESTAT_SET_TIMES)?;
    let (accessed, modified) = set_times(atim, mtim, fst_flags)?;
    match &descriptor.object {
        Object::File(file) => Ok(file.file.set_times(accessed, modified)?),
        Object::Directory(open) => Ok(open.directory.set_times(accessed, modified)?),
        _ => Err(Error::Unsupported.into()),
    }
}

/// The access and modification time to set. [`Error::Invalid`] for both a value and "now".
pub(crate) fn set_times(atim: u64, mtim: u64, fst_flags: u32) -> Result<(SetTime, SetTime)> {
    let flags = abi::flags::<FstFlags>(fst_flags)?;
    let time = |at, now, value| match (flags.contains(at), flags.contains(now)) {
        (true, true) => Err(Error::Invalid),
        (true, false) => Ok(SetTime::At(Timestamp::from_nanoseconds(value))),
        (false, true) => Ok(SetTime::Now),
        (false, false) => Ok(SetTime::Keep),
    };
    Ok((time(FstFlags::ATIM, FstFlags::ATIM_NOW, atim)?, time(FstFlags::MTIM, FstFlags::MTIM_NOW, mtim)?))
}

pub(crate) fn fd_renumber(p1: &mut P1, _: &mut Memory<'_>, fd: u32, to: u32) -> Outcome {
    p1.descriptors.renumber(fd, to)?;
    Ok(())
}
