//! Where a path ends: an open directory and one name in it, on which a system call can act without following anything.

use std::borrow::Cow;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, FileType};
use tambo_kernel::{Error, Result};

use super::path::{PATH_MAX, is_dots, split};
use super::resolve::Resolver;
use crate::errno::kernel_error;

/// Links that the last component may lead through, as in Linux.
const MAX_LINKS: usize = 40;

/// Where a path ends.
pub(super) enum Place<'a> {
    /// At a name.
    Entry(Entry<'a>),
    /// At `.` or `..`: at a directory that has no name here. It is beneath the root.
    Directory(OwnedFd),
}

/// A name in an open directory; what it names may be missing.
pub(super) struct Entry<'a> {
    directory: Base<'a>,
    /// One component, neither `.` nor `..`.
    pub(super) name: Cow<'a, [u8]>,
    /// Whether slashes followed it: it must be a directory then.
    pub(super) slash: bool,
}

enum Base<'a> {
    Root(BorrowedFd<'a>),
    Opened(OwnedFd),
}

impl Entry<'_> {
    pub(super) fn directory(&self) -> BorrowedFd<'_> {
        match &self.directory {
            Base::Root(fd) => *fd,
            Base::Opened(fd) => fd.as_fd(),
        }
    }

    /// What there is; a link is not followed.
    pub(super) fn kind(&self) -> Result<FileType> {
        let stat = rustix::fs::statat(self.directory(), &self.name[..], AtFlags::SYMLINK_NOFOLLOW);
        Ok(file_type(&stat.map_err(kernel_error)?))
    }
}

/// Where a checked path ends, without following a link there.
pub(super) fn find<'a>(resolver: Resolver, root: BorrowedFd<'a>, path: &'a [u8]) -> Result<Place<'a>> {
    let split = split(path);
    if is_dots(split.name) {
        return resolver.open_parent(root, path).map(Place::Directory);
    }
    let directory = match split.parent {
        [] => Base::Root(root),
        parent => Base::Opened(resolver.open_parent(root, parent)?),
    };
    Ok(Place::Entry(Entry { directory, name: Cow::Borrowed(split.name), slash: split.slash }))
}

/// Where a checked path ends when links there are followed: at a directory, if the path or the last link says that it
/// is one, else at a name that was no link when it was looked at. [`Error::NoEntry`] if there is nothing.
///
/// A link's text is resolved from the root again, behind what led to the link: relative to the link's own directory the
/// system would allow less than what is beneath the root.
pub(super) fn follow<'a>(resolver: Resolver, root: BorrowedFd<'a>, path: &'a [u8]) -> Result<Place<'a>> {
    let mut path = Cow::Borrowed(path);
    for _ in 0..=MAX_LINKS {
        let parts = split(&path);
        if parts.slash || is_dots(parts.name) {
            return resolver.open_parent(root, &path).map(Place::Directory);
        }
        let (parent, name) = (parts.parent, parts.name);
        let directory = match parent {
            [] => Base::Root(root),
            parent => Base::Opened(resolver.open_parent(root, parent)?),
        };
        let entry = Entry { directory, name: Cow::Owned(name.to_vec()), slash: false };
        if entry.kind()? != FileType::Symlink {
            return Ok(Place::Entry(entry));
        }
        let text = rustix::fs::readlinkat(entry.directory(), &entry.name[..], Vec::new()).map_err(kernel_error)?;
        path = Cow::Owned(expanded(parent, text.as_bytes())?);
    }
    Err(Error::Loop)
}

/// What the attributes say it is.
pub(super) fn file_type(stat: &rustix::fs::Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

fn expanded(parent: &[u8], text: &[u8]) -> Result<Vec<u8>> {
    match text.first() {
        None => Err(Error::NoEntry),
        Some(b'/') => Err(Error::NotPermitted),
        Some(_) if parent.len() + text.len() >= PATH_MAX => Err(Error::NameTooLong),
        Some(_) => Ok([parent, text].concat()),
    }
}
