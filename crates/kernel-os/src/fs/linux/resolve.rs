//! Opening a path beneath a directory: by `openat2` where the system has it, by [walking](super::walk) elsewhere.
//!
//! `openat2` has the kernel itself refuse every step outside. It answers `EAGAIN` when a rename anywhere in the system
//! came between while it resolved a `..`; after a few tries the walk, which holds the directories it came through, takes
//! over, so that nobody can keep a guest from opening files by renaming in a loop.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::OnceLock;

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;
use tambo_kernel::{Error, Result};

use super::walk;
use crate::errno::kernel_error;

/// How paths are resolved beneath a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolver {
    /// By the system, in one call (Linux 5.6).
    Openat2,
    /// Component by component.
    Walk,
}

/// Tries of `openat2` before the walk takes over.
const TRIES: usize = 16;

const BENEATH: ResolveFlags = ResolveFlags::BENEATH.union(ResolveFlags::NO_MAGICLINKS);

impl Resolver {
    /// The best that this system has. It is asked once: a filter of system calls does not go away either.
    pub fn best() -> Self {
        static BEST: OnceLock<Resolver> = OnceLock::new();
        *BEST.get_or_init(|| {
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            match rustix::fs::openat2(CWD, ".", flags, Mode::empty(), BENEATH) {
                Err(Errno::NOSYS | Errno::PERM | Errno::INVAL | Errno::OPNOTSUPP | Errno::TOOBIG) => Self::Walk,
                _ => Self::Openat2,
            }
        })
    }

    /// Open `path` beneath `root`. `flags` are the system's; without `NOFOLLOW` a symbolic link in the last place is
    /// followed, and with trailing slashes it is in any case. The path is relative and not empty.
    ///
    /// [`Error::NotPermitted`] for a path or link that leads outside, [`Error::Stale`] if directories were renamed all
    /// the time while it was resolved.
    pub(super) fn open(self, root: BorrowedFd<'_>, path: &[u8], flags: OFlags, mode: Mode) -> Result<OwnedFd> {
        let flags = flags | OFlags::CLOEXEC;
        let fd = match self {
            Self::Openat2 => open_by_system(root, path, flags, mode),
            Self::Walk => walk::open(root, path, flags, mode),
        }?;
        #[cfg(feature = "escape-oracle")]
        super::oracle::check(root, fd.as_fd(), path);
        Ok(fd)
    }

    /// Open a directory, to act on its entries only.
    pub(super) fn open_parent(self, root: BorrowedFd<'_>, path: &[u8]) -> Result<OwnedFd> {
        self.open(root, path, OFlags::PATH | OFlags::DIRECTORY, Mode::empty())
    }
}

fn open_by_system(root: BorrowedFd<'_>, path: &[u8], flags: OFlags, mode: Mode) -> Result<OwnedFd> {
    for _ in 0..TRIES {
        match rustix::fs::openat2(root.as_fd(), path, flags, mode, BENEATH) {
            Ok(fd) => return Ok(fd),
            Err(Errno::XDEV) => return Err(Error::NotPermitted),
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(errno) => return Err(kernel_error(errno)),
        }
    }
    walk::open(root, path, flags, mode)
}
