//! Open directories. The module above states the rules of the sandbox that every method here keeps.
//!
//! A path of one plain component, the most frequent by far, takes the fewest system calls that there are: it needs no
//! resolution, because a single component that is not followed leads nowhere else.

use std::any::Any;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::rc::Rc;

use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use tambo_kernel::fs::{Directory, Entries, Node, OpenFlags, SetTime, Stat, Sync};
use tambo_kernel::{Error, Result};

use super::Volume;
use super::entries::HostEntries;
use super::file::HostFile;
use super::path::{check, is_plain};
use super::place::{self, Entry, Place, file_type};
use super::times::timestamps;
use crate::descriptors::for_guest;
use crate::errno::kernel_error;
use crate::stat::from_system;

/// An open directory of the host.
pub(crate) struct HostDirectory {
    fd: OwnedFd,
    volume: Rc<Volume>,
}

impl HostDirectory {
    pub(super) fn new(fd: OwnedFd, volume: Rc<Volume>) -> Self {
        Self { fd, volume }
    }

    fn find<'a>(&'a self, path: &'a str) -> Result<Place<'a>> {
        check(path)?;
        place::find(self.volume.resolver, self.fd.as_fd(), path.as_bytes())
    }

    fn follow<'a>(&'a self, path: &'a str) -> Result<Place<'a>> {
        check(path)?;
        place::follow(self.volume.resolver, self.fd.as_fd(), path.as_bytes())
    }

    fn open_path(&self, path: &str, flags: OFlags, mode: Mode) -> Result<OwnedFd> {
        self.volume.resolver.open(self.fd.as_fd(), path.as_bytes(), flags, mode)
    }

    /// The entry for a new name. With slashes behind it there can only be an error: no directory is made here.
    fn find_new<'a>(&'a self, path: &'a str) -> Result<Entry<'a>> {
        match self.find(path)? {
            Place::Directory(_) => Err(Error::Exist),
            Place::Entry(entry) if entry.slash => entry.kind().and(Err(Error::Exist)),
            Place::Entry(entry) => Ok(entry),
        }
    }

    /// What was opened, as what it turned out to be.
    fn node(&self, fd: OwnedFd, flags: OpenFlags) -> Result<Node> {
        let fd = for_guest(fd)?;
        let directory = |fd| Node::Directory(Rc::new(Self::new(fd, self.volume.clone())));
        if flags.contains(OpenFlags::DIRECTORY) {
            return Ok(directory(fd));
        }
        let stat = rustix::fs::fstat(&fd).map_err(kernel_error)?;
        let kind = file_type(&stat);
        match kind {
            FileType::Directory => Ok(directory(fd)),
            FileType::RegularFile | FileType::BlockDevice => {
                Ok(Node::File(Rc::new(HostFile::new(fd, kind, flags, self.volume.clone()))))
            }
            FileType::CharacterDevice if is_memory_device(stat.st_rdev) => {
                Ok(Node::File(Rc::new(HostFile::new(fd, kind, flags, self.volume.clone()))))
            }
            // Terminals, pipes and other devices without positions.
            _ => super::stream(fd),
        }
    }
}

/// The devices of memory that never block and have no state: `null`, `zero`, `full`, `random`, `urandom`.
fn is_memory_device(device: u64) -> bool {
    rustix::fs::major(device) == 1 && matches!(rustix::fs::minor(device), 3 | 5 | 7 | 8 | 9)
}

/// The system's flags. `NONBLOCK` keeps the opening of pipes and devices from blocking, and means nothing to files.
fn open_flags(flags: OpenFlags) -> Result<OFlags> {
    let access = match (flags.contains(OpenFlags::READ), flags.contains(OpenFlags::WRITE)) {
        (true, true) => OFlags::RDWR,
        (false, true) => OFlags::WRONLY,
        (_, false) => OFlags::RDONLY,
    };
    let mut system = access | OFlags::NONBLOCK | OFlags::NOCTTY;
    if flags.contains(OpenFlags::CREATE) {
        if flags.contains(OpenFlags::DIRECTORY) {
            return Err(Error::Invalid);
        }
        system |= OFlags::CREATE;
        system.set(OFlags::EXCL, flags.contains(OpenFlags::EXCLUSIVE));
    }
    system.set(OFlags::DIRECTORY, flags.contains(OpenFlags::DIRECTORY));
    system.set(OFlags::TRUNC, flags.contains(OpenFlags::TRUNCATE));
    system.set(OFlags::NOFOLLOW, !flags.contains(OpenFlags::FOLLOW));
    system.set(OFlags::APPEND, flags.contains(OpenFlags::APPEND));
    Ok(system)
}

fn new_file_mode(flags: OpenFlags) -> Mode {
    if flags.contains(OpenFlags::CREATE) { Mode::from_raw_mode(0o666) } else { Mode::empty() }
}

fn own_kind(target: &dyn Directory) -> Result<&HostDirectory> {
    target.link_target()?.downcast_ref().ok_or(Error::CrossDevice)
}

impl Directory for HostDirectory {
    fn open(&self, path: &str, flags: OpenFlags) -> Result<Node> {
        check(path)?;
        let fd = self.open_path(path, open_flags(flags)?, new_file_mode(flags))?;
        self.node(fd, flags)
    }

    fn stat_at(&self, path: &str, follow: bool) -> Result<Stat> {
        check(path)?;
        if is_plain(path.as_bytes()) {
            let stat = rustix::fs::statat(&self.fd, path, AtFlags::SYMLINK_NOFOLLOW).map_err(kernel_error)?;
            if !(follow && file_type(&stat) == FileType::Symlink) {
                return Ok(from_system(&stat));
            }
        }
        let flags = if follow { OFlags::PATH } else { OFlags::PATH | OFlags::NOFOLLOW };
        let fd = self.open_path(path, flags, Mode::empty())?;
        rustix::fs::fstat(fd).map(|stat| from_system(&stat)).map_err(kernel_error)
    }

    fn set_times_at(&self, path: &str, follow: bool, accessed: SetTime, modified: SetTime) -> Result<()> {
        let times = timestamps(accessed, modified)?;
        let place = if follow || path.ends_with('/') { self.follow(path)? } else { self.find(path)? };
        let outcome = match &place {
            Place::Directory(fd) => rustix::fs::utimensat(fd, ".", &times, AtFlags::SYMLINK_NOFOLLOW),
            Place::Entry(entry) => {
                rustix::fs::utimensat(entry.directory(), &entry.name[..], &times, AtFlags::SYMLINK_NOFOLLOW)
            }
        };
        outcome.map_err(kernel_error)
    }

    fn create_directory_at(&self, path: &str) -> Result<()> {
        match self.find(path)? {
            Place::Directory(_) => Err(Error::Exist),
            Place::Entry(entry) => {
                let mode = Mode::from_raw_mode(0o777);
                rustix::fs::mkdirat(entry.directory(), &entry.name[..], mode).map_err(kernel_error)
            }
        }
    }

    fn remove_directory_at(&self, path: &str) -> Result<()> {
        match self.find(path)? {
            Place::Directory(_) if path.trim_end_matches('/').ends_with("..") => Err(Error::NotEmpty),
            Place::Directory(_) => Err(Error::Invalid),
            Place::Entry(entry) => {
                rustix::fs::unlinkat(entry.directory(), &entry.name[..], AtFlags::REMOVEDIR).map_err(kernel_error)
            }
        }
    }

    fn unlink_at(&self, path: &str) -> Result<()> {
        match self.find(path)? {
            Place::Directory(_) => Err(Error::IsDirectory),
            Place::Entry(entry) if entry.slash => match entry.kind()? {
                FileType::Directory => Err(Error::IsDirectory),
                _ => Err(Error::NotDirectory),
            },
            Place::Entry(entry) => {
                rustix::fs::unlinkat(entry.directory(), &entry.name[..], AtFlags::empty()).map_err(kernel_error)
            }
        }
    }

    fn read_link_at(&self, path: &str) -> Result<String> {
        let entry = match self.find(path)? {
            Place::Directory(_) => return Err(Error::Invalid),
            // The slashes have a link followed: to a directory, if anything.
            Place::Entry(entry) if entry.slash => {
                return self.open_path(path, OFlags::PATH, Mode::empty()).and(Err(Error::Invalid));
            }
            Place::Entry(entry) => entry,
        };
        let text = rustix::fs::readlinkat(entry.directory(), &entry.name[..], Vec::new()).map_err(kernel_error)?;
        text.into_string().map_err(|_| Error::IllegalByteSequence)
    }

    fn symlink_at(&self, target: &str, path: &str) -> Result<()> {
        check(target)?;
        let entry = self.find_new(path)?;
        rustix::fs::symlinkat(target, entry.directory(), &entry.name[..]).map_err(kernel_error)
    }

    fn link_at(&self, path: &str, follow: bool, target: &dyn Directory, new_path: &str) -> Result<()> {
        let target = own_kind(target)?;
        let old = if follow || path.ends_with('/') { self.follow(path)? } else { self.find(path)? };
        let Place::Entry(old) = old else { return Err(Error::NotPermitted) };
        let new = target.find_new(new_path)?;
        let (from, to) = (old.directory(), new.directory());
        rustix::fs::linkat(from, &old.name[..], to, &new.name[..], AtFlags::empty()).map_err(kernel_error)
    }

    fn rename_at(&self, path: &str, target: &dyn Directory, new_path: &str) -> Result<()> {
        let target = own_kind(target)?;
        let (Place::Entry(old), Place::Entry(new)) = (self.find(path)?, target.find(new_path)?) else {
            return Err(Error::Busy);
        };
        if (old.slash || new.slash) && old.kind()? != FileType::Directory {
            return Err(Error::NotDirectory);
        }
        rustix::fs::renameat(old.directory(), &old.name[..], new.directory(), &new.name[..]).map_err(kernel_error)
    }

    fn link_target(&self) -> Result<&dyn Any> {
        Ok(self)
    }

    fn stat(&self) -> Result<Stat> {
        rustix::fs::fstat(&self.fd).map(|stat| from_system(&stat)).map_err(kernel_error)
    }

    fn set_times(&self, accessed: SetTime, modified: SetTime) -> Result<()> {
        rustix::fs::futimens(&self.fd, &timestamps(accessed, modified)?).map_err(kernel_error)
    }

    fn sync(&self, what: Sync) -> Result<()> {
        sync_now(self.fd.as_fd(), what)
    }

    fn entries(&self) -> Result<Box<dyn Entries>> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = for_guest(rustix::fs::openat(&self.fd, ".", flags, Mode::empty()).map_err(kernel_error)?)?;
        Ok(Box::new(HostEntries::new(fd)))
    }
}

pub(super) fn sync_now(fd: BorrowedFd<'_>, what: Sync) -> Result<()> {
    match what {
        Sync::Data => rustix::fs::fdatasync(fd),
        Sync::All => rustix::fs::fsync(fd),
    }
    .map_err(kernel_error)
}
