//! `path_*`: what a directory can do to the names beneath it.

use std::rc::Rc;

use tambo_kernel::fs::{Directory, Node, OpenFlags};
use tambo_kernel::open_file::OpenFile;
use tambo_kernel::{Error, Result};

use crate::P1;
use crate::abi::{self, Abi, FdFlags, LookupFlags, OFlags, Rights};
use crate::calls::fd::{set_times, write_filestat};
use crate::descriptor::{Descriptor, Object, open_flags};
use crate::memory::Memory;
use crate::p1::Outcome;
use crate::rights;

/// The directory to start from, if the guest has kept the right to do so. [`Error::BadDescriptor`],
/// [`Error::NotDirectory`], [`Error::NotCapable`].
fn directory(p1: &P1, fd: u32, right: Rights) -> Result<&Rc<dyn Directory>> {
    let descriptor = p1.descriptors.get(fd)?;
    let directory = descriptor.directory()?;
    descriptor.require(right)?;
    Ok(directory)
}

fn follows(flags: u32) -> Result<bool> {
    Ok(abi::flags::<LookupFlags>(flags)?.contains(LookupFlags::SYMLINK_FOLLOW))
}

pub(crate) fn path_create_directory(
    p1: &mut P1,
    memory: &mut Memory<'_>,
    fd: u32,
    path: u32,
    path_len: u32,
) -> Outcome {
    let directory = directory(p1, fd, Rights::PATH_CREATE_DIRECTORY)?;
    Ok(directory.create_directory_at(memory.path(path, path_len)?)?)
}

pub(crate) fn path_remove_directory(
    p1: &mut P1,
    memory: &mut Memory<'_>,
    fd: u32,
    path: u32,
    path_len: u32,
) -> Outcome {
    let directory = directory(p1, fd, Rights::PATH_REMOVE_DIRECTORY)?;
    Ok(directory.remove_directory_at(memory.path(path, path_len)?)?)
}

pub(crate) fn path_unlink_file(p1: &mut P1, memory: &mut Memory<'_>, fd: u32, path: u32, path_len: u32) -> Outcome {
    let directory = directory(p1, fd, Rights::PATH_UNLINK_FILE)?;
    Ok(directory.unlink_at(memory.path(path, path_len)?)?)
}

pub(crate) fn path_filestat_get<A: Abi>(
    p1: &mut P1,
    memory: &mut Memory<'_>,
    fd: u32,
    flags: u32,
    path: u32,
    path_len: u32,
    stat: u32,
) -> Outcome {
    memory.check(stat, A::LAYOUT.filestat_size)?;
    let directory = directory(p1, fd, Rights::PATH_FILESTAT_GET)?;
    let attributes = directory.stat_at(memory.path(path, path_len)?, follows(flags)?)?;
    Ok(write_filestat::<A>(memory, stat, &attributes)?)
}

#[expect(clippy::too_many_arguments, reason = "the parameters are the specification's")]
pub(crate) fn path_filestat_set_times(
    p1: &mut P1,
    memory: &mut Memory<'_>,
    fd: u32,
    flags: u32,
    path: u32,
    path_len: u32,
    atim: u64,
    mtim: u64,
    fst_flags: u32,
) -> Outcome {
    let directory = directory(p1, fd, Rights::PATH_FILESTAT_SET_TIMES)?;
    let (accessed, modified) = set_times(atim, mtim, fst_flags)?;
    Ok(directory.set_times_at(memory.path(path, path_len)?, follows(flags)?, accessed, modified)?)
}

#[expect(clippy::too_many_arguments, reason = "the parameters are the specification's")]
pub(crate) fn path_link(
    p1: &mut P1,
    memory: &mut Memory<'_>,
    old_fd: u32,
    old_flags: u32,
    old_path: u32,
    old_path_len: u32,
    new_fd: u32,
    new_path: u32,
    new_path_len: u32,
) -> Outcome {
    let source = directory(p1, old_fd, Rights::PATH_LINK_SOURCE)?;
    let target = directory(p1, new_fd, Rights::PATH_LINK_TARGET)?;
    let old_path = memory.path(old_path, old_path_len)?;
    let new_path = memory.path(new_path, new_path_len)?;
    Ok(source.link_at(old_path, follows(old_flags)?, target.as_ref(), new_path)?)
}

#[expect(clippy::too_many_arguments, reason = "the parameters are the specification's")]
pub(crate) fn path_rename(
    p1: &mut P1,
    memory: &mut Memory<'_>,
    fd: u32,
    old_path: u32,
    old_path_len: u32,
    new_fd: u32,
    new_path: u32,
    new_path_len: u32,
) -> Outcome {
    let source = directory(p1, fd, Rights::PATH_RENAME_SOURCE)?;
    let target = directory(p1, new_fd, Rights::PATH_RENAME_TARGET)?;
    let old_path = memory.path(old_path, old_path_len)?;
    let new_path = memory.path(new_path, new_path_len)?;
    Ok(source.rename_at(old_path, target.as_ref(), new_path)?)
}

pub(crate) fn path_symlink(
    p1: &mut P1,
    memory: &mut Memory<'_>,
    old_path: u32,
    old_path_len: u32,
    fd: u32,
    new_path: u32,
    new_path_len: u32,
) -> Outcome {
    let directory = directory(p1, fd, Rights::PATH_SYMLINK)?;
    let target = memory.path(old_path, old_path_len)?;
    Ok(directory.symlink_at(target, memory.path(new_path, new_path_len)?)?)
}

/// A link that does not fit the buffer is cut to it.
#[expect(clippy::too_many_arguments, reason = "the parameters are the specification's")]
pub(crate) fn path_readlink(
    p1: &mut P1,
    memory: &mut Memory<'_>,
    fd: u32,
    path: u32,
    path_len: u32,
    buf: u32,
    buf_len: u32,
    used: u32,
) -> Outcome {
    memory.check(used, 4)?;
    let directory = directory(p1, fd, Rights::PATH_READLINK)?;
    let target = directory.read_link_at(memory.path(path, path_len)?)?;
    let len = target.len().min(buf_len as usize);
    let target = target.as_bytes().get(..len).unwrap_or_default();
    memory.check(buf, buf_len)?;
    memory.bytes_mut(buf, len as u32)?.copy_from_slice(target);
    Ok(memory.write_u32(used, len as u32)?)
}

#[expect(clippy::too_many_arguments, reason = "the parameters are the specification's")]
pub(crate) fn path_open(
    p1: &mut P1,
    memory: &mut Memory<'_>,
    fd: u32,
    dirflags: u32,
    path: u32,
    path_len: u32,
    oflags: u32,
    fs_rights_base: u64,
    fs_rights_inheriting: u64,
    fdflags: u32,
    opened_fd: u32,
) -> Outcome {
    // Rights to inherit are asked for by nobody who means it (see `rights`).
    let _ = fs_rights_inheriting;
    memory.check(opened_fd, 4)?;
    p1.descriptors.check_room()?;
    let opening = Opening {
        follow: follows(dirflags)?,
        oflags: abi::flags(oflags)?,
        fdflags: abi::flags(fdflags)?,
        access: rights::access(fs_rights_base),
    };
    let (right, flags) = opening.plan()?;
    let directory = directory(p1, fd, right)?;
    let node = directory.open(memory.path(path, path_len)?, flags)?;
    let inherited = p1.descriptors.get(fd)?.inheriting();
    let number = p1.descriptors.insert(opening.descriptor(node).inherit(inherited))?;
    Ok(memory.write_u32(opened_fd, number)?)
}

/// What a guest asks `path_open` for.
struct Opening {
    follow: bool,
    oflags: OFlags,
    fdflags: FdFlags,
    access: OpenFlags,
}

impl Opening {
    /// The rights that it needs, and what it is to the kernel.
    fn plan(&self) -> Result<(Rights, OpenFlags)> {
        let (creates, truncates) = (self.oflags.contains(OFlags::CREAT), self.oflags.contains(OFlags::TRUNC));
        let directory = self.oflags.contains(OFlags::DIRECTORY);
        if creates && directory {
            return Err(Error::Invalid);
        }
        let mut right = Rights::PATH_OPEN;
        right.set(Rights::PATH_CREATE_FILE, creates);
        right.set(Rights::PATH_FILESTAT_SET_SIZE, truncates);

        let mut flags = self.access;
        flags.set(OpenFlags::FOLLOW, self.follow);
        flags.set(OpenFlags::CREATE, creates);
        flags.set(OpenFlags::EXCLUSIVE, creates && self.oflags.contains(OFlags::EXCL));
        flags.set(OpenFlags::DIRECTORY, directory);
        // To truncate is to write, whatever the guest means to do with the file afterwards.
        flags.set(OpenFlags::TRUNCATE, truncates);
        flags.set(OpenFlags::WRITE, truncates || self.access.contains(OpenFlags::WRITE));
        if flags.contains(OpenFlags::WRITE) {
            flags |= open_flags(self.fdflags);
        }
        // The kernel opens for something, even what the guest will only ask the attributes of.
        flags.set(OpenFlags::READ, self.access.contains(OpenFlags::READ) || !flags.contains(OpenFlags::WRITE));
        Ok((right, flags))
    }

    fn descriptor(&self, node: Node) -> Descriptor {
        let object = match node {
            Node::File(file) => Object::File(OpenFile::new(file, self.access | open_flags(self.fdflags))),
            Node::Directory(directory) => Object::directory(directory),
            Node::Stream(stream) => Object::Stream(stream),
        };
        Descriptor::new(object, self.access, self.fdflags)
    }
}
