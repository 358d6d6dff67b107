//! `fd_readdir` and `fd_prestat_*`: what is in a directory, and which directories there are.

use tambo_kernel::fs::{Entries, Entry};
use tambo_kernel::{Error, Interrupt, Result};

use crate::P1;
use crate::abi::{self, DIRENT_SIZE, PREOPEN_DIR, PREOPEN_LISTENER, PRESTAT_SIZE, Rights};
use crate::descriptor::{Object, Prestat};
use crate::memory::{Memory, put};
use crate::p1::Outcome;

/// How many entries are written between two looks at the interrupt.
const ENTRIES_BETWEEN_CHECKS: u32 = 4096;

/// `prestat`: the tag at 0, the length of the name at 4.
pub(crate) fn fd_prestat_get(p1: &mut P1, memory: &mut Memory<'_>, fd: u32, stat: u32) -> Outcome {
    let (tag, len) = match &p1.descriptors.get(fd)?.prestat {
        Some(Prestat::Directory(name)) => (PREOPEN_DIR, name.len() as u32),
        Some(Prestat::Listener) => (PREOPEN_LISTENER, 0),
        None => return Err(Error::BadDescriptor.into()),
    };
    let record = memory.bytes_mut(stat, PRESTAT_SIZE)?;
    put(record, 0, tag.to_le_bytes());
    put(record, 4, len.to_le_bytes());
    Ok(())
}

/// A buffer may be longer than the name, and then stays as it is after it; a shorter one is `nametoolong`.
pub(crate) fn fd_prestat_dir_name(p1: &mut P1, memory: &mut Memory<'_>, fd: u32, path: u32, path_len: u32) -> Outcome {
    let name = match &p1.descriptors.get(fd)?.prestat {
        Some(Prestat::Directory(name)) => name.as_bytes(),
        Some(Prestat::Listener) => return Err(Error::NotDirectory.into()),
        None => return Err(Error::BadDescriptor.into()),
    };
    if (path_len as usize) < name.len() {
        return Err(Error::NameTooLong.into());
    }
    memory.bytes_mut(path, name.len() as u32)?.copy_from_slice(name);
    Ok(())
}

/// The walk stays open between calls: a guest that goes on with the cookie of the last entry it saw finds the walk
/// where it left it.
pub(crate) fn fd_readdir(
    p1: &mut P1,
    memory: &mut Memory<'_>,
    fd: u32,
    buf: u32,
    buf_len: u32,
    cookie: u64,
    used: u32,
) -> Outcome {
    memory.check(used, 4)?;
    let descriptor = p1.descriptors.get_mut(fd)?;
    descriptor.require(Rights::FD_READDIR)?;
    let Object::Directory(open) = &mut descriptor.object else { return Err(Error::NotDirectory.into()) };
    let buffer = memory.bytes_mut(buf, buf_len)?;
    let walk = match &mut open.walk {
        Some(walk) => walk,
        none => none.insert(open.directory.entries()?),
    };
    walk.seek(cookie)?;
    let filled = fill(walk.as_mut(), buffer, &p1.host.interrupt)?;
    Ok(memory.write_u32(used, filled as u32)?)
}

/// Fills the buffer with entries, the last of them cut off where the buffer ends; less is filled only at the end.
fn fill(walk: &mut dyn Entries, buffer: &mut [u8], interrupt: &Interrupt) -> Result<usize> {
    let len = buffer.len();
    let mut rest = buffer;
    let mut until_check = ENTRIES_BETWEEN_CHECKS;
    while !rest.is_empty() {
        until_check -= 1;
        if until_check == 0 {
            interrupt.check()?;
            until_check = ENTRIES_BETWEEN_CHECKS;
        }
        let Some(entry) = walk.next_entry()? else { return Ok(len - rest.len()) };
        let head = dirent(&entry);
        let cut = rest.len() < head.len() + entry.name.len();
        rest = copy(copy(rest, &head), entry.name.as_bytes());
        if cut {
            walk.step_back();
        }
    }
    Ok(len)
}

/// Copies as much as there is room for; answers the room that is left.
fn copy<'a>(rest: &'a mut [u8], bytes: &[u8]) -> &'a mut [u8] {
    let (target, rest) = rest.split_at_mut(bytes.len().min(rest.len()));
    target.iter_mut().zip(bytes).for_each(|(target, byte)| *target = *byte);
    rest
}

/// `dirent`: the next cookie at 0, the inode at 8, the length of the name at 16, the type at 20.
fn dirent(entry: &Entry<'_>) -> [u8; DIRENT_SIZE] {
    let mut record = [0; DIRENT_SIZE];
    put(&mut record, 0, entry.next.to_le_bytes());
    put(&mut record, 8, entry.inode.to_le_bytes());
    put(&mut record, 16, (entry.name.len() as u32).to_le_bytes());
    put(&mut record, 20, [abi::filetype(entry.kind)]);
    record
}
