//! `fd_read`, `fd_write` and their kin: bytes between the guest's memory and an object, without a copy in between.
//!
//! The four that move bytes are inlined into their entry of the [table](crate::table), and what is rare is outlined from
//! them: a frame above a system call costs a mispredicted return.

use std::io::{IoSlice, IoSliceMut, SeekFrom};

use tambo_kernel::wait::Interest;
use tambo_kernel::{Error, Result};

use crate::P1;
use crate::abi::{Abi, Rights, Whence};
use crate::buffers::{List, gather, only_mut, only_ref, scatter};
use crate::descriptor::{Descriptor, Object};
use crate::memory::Memory;
use crate::p1::{Outcome, or_park};

#[inline(always)]
pub(crate) fn fd_read(p1: &mut P1, memory: &mut Memory<'_>, fd: u32, iovs: u32, iovs_len: u32, nread: u32) -> Outcome {
    memory.check(nread, 4)?;
    let P1 { host, descriptors, .. } = p1;
    let descriptor = descriptors.get_mut(fd)?;
    descriptor.require(Rights::FD_READ)?;
    descriptor.object.check_readable()?;
    let wait = host.wait_for(descriptor.is_nonblocking());
    let list = List::new(iovs, iovs_len);
    let result = match only_mut(memory, list, &host.budget) {
        Some(buffer) => descriptor.object.read(&mut [IoSliceMut::new(buffer)], wait),
        None => scatter(memory, list, &host.budget, |buffers| descriptor.object.read(buffers, wait)),
    };
    let count = or_park(host, descriptor, Interest::Read, result)?;
    Ok(memory.write_u32(nread, count as u32)?)
}

#[inline(always)]
pub(crate) fn fd_write(
    p1: &mut P1,
    memory: &mut Memory<'_>,
    fd: u32,
    iovs: u32,
    iovs_len: u32,
    nwritten: u32,
) -> Outcome {
    memory.check(nwritten, 4)?;
    let P1 { host, descriptors, .. } = p1;
    let descriptor = descriptors.get_mut(fd)?;
    descriptor.require(Rights::FD_WRITE)?;
    descriptor.object.check_writable()?;
    let wait = host.wait_for(descriptor.is_nonblocking());
    let list = List::new(iovs, iovs_len);
    let result = match only_ref(memory, list, &host.budget) {
        Some(buffer) => descriptor.object.write(&[IoSlice::new(buffer)], wait),
        None => gather(memory, list, &host.budget, |buffers| descriptor.object.write(buffers, wait)),
    };
    let count = or_park(host, descriptor, Interest::Write, result)?;
    Ok(memory.write_u32(nwritten, count as u32)?)
}

#[inline(always)]
pub(crate) fn fd_pread(
    p1: &mut P1,
    memory: &mut Memory<'_>,
    fd: u32,
    iovs: u32,
    iovs_len: u32,
    offset: u64,
    nread: u32,
) -> Outcome {
    memory.check(nread, 4)?;
    let P1 { host, descriptors, .. } = p1;
    let descriptor = descriptors.get(fd)?;
    descriptor.require(Rights::FD_READ | Rights::FD_SEEK)?;
    let file = &descriptor.object.file()?.file;
    descriptor.object.check_readable()?;
    let wait = host.wait_for(descriptor.is_nonblocking());
    let list = List::new(iovs, iovs_len);
    let result = match only_mut(memory, list, &host.budget) {
        Some(buffer) => file.read_at(&mut [IoSliceMut::new(buffer)], offset, wait),
        None => scatter(memory, list, &host.budget, |buffers| file.read_at(buffers, offset, wait)),
    };
    let count = or_park(host, descriptor, Interest::Read, result)?;
    Ok(memory.write_u32(nread, count as u32)?)
}

#[inline(always)]
pub(crate) fn fd_pwrite(
    p1: &mut P1,
    memory: &mut Memory<'_>,
    fd: u32,
    iovs: u32,
    iovs_len: u32,
    offset: u64,
    nwritten: u32,
) -> Outcome {
    memory.check(nwritten, 4)?;
    let P1 { host, descriptors, .. } = p1;
    let descriptor = descriptors.get(fd)?;
    descriptor.require(Rights::FD_WRITE | Rights::FD_SEEK)?;
    let file = &descriptor.object.file()?.file;
    descriptor.object.check_writable()?;
    let wait = host.wait_for(descriptor.is_nonblocking());
    let list = List::new(iovs, iovs_len);
    let result = match only_ref(memory, list, &host.budget) {
        Some(buffer) => file.write_at(&[IoSlice::new(buffer)], offset, wait),
        None => gather(memory, list, &host.budget, |buffers| file.write_at(buffers, offset, wait)),
    };
    let count = or_park(host, descriptor, Interest::Write, result)?;
    Ok(memory.write_u32(nwritten, count as u32)?)
}

pub(crate) fn fd_seek<A: Abi>(
    p1: &mut P1,
    memory: &mut Memory<'_>,
    fd: u32,
    offset: i64,
    whence: u32,
    newoffset: u32,
) -> Outcome {
    memory.check(newoffset, 8)?;
    let whence = *A::LAYOUT.whence.get(whence as usize).ok_or(Error::Invalid)?;
    let descriptor = p1.descriptors.get_mut(fd)?;
    let tells = offset == 0 && whence == Whence::Cur;
    descriptor.require(if tells { Rights::FD_TELL } else { Rights::FD_SEEK })?;
    let to = match whence {
        Whence::Set => SeekFrom::Start(u64::try_from(offset).map_err(|_| Error::Invalid)?),
        Whence::Cur => SeekFrom::Current(offset),
        Whence::End => SeekFrom::End(offset),
    };
    let position = seek(descriptor, to)?;
    Ok(memory.write_u64(newoffset, position)?)
}

pub(crate) fn fd_tell(p1: &mut P1, memory: &mut Memory<'_>, fd: u32, offset: u32) -> Outcome {
    let descriptor = p1.descriptors.get_mut(fd)?;
    descriptor.require(Rights::FD_TELL)?;
    let position = seek(descriptor, SeekFrom::Current(0))?;
    Ok(memory.write_u64(offset, position)?)
}

fn seek(descriptor: &mut Descriptor, to: SeekFrom) -> Result<u64> {
    match &mut descriptor.object {
        Object::File(file) => file.seek(to),
        Object::Stream(stream) => stream.seek(to),
        Object::Directory(_) => Err(Error::BadDescriptor),
        Object::Listener(_) | Object::Connection(_) => Err(Error::InvalidSeek),
    }
}
