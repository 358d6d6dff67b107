//! Host directories as the kernel's [`Directory`]: the sandbox of the file system.
//!
//! This is where a host path becomes a capability ([`open_directory`]); everything after that resolves beneath an open
//! directory and names no host path. One module a system; all of them pass `tests/fs`.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use tambo_kernel::Result;
use tambo_kernel::fs::Directory;

use crate::errno::kernel_error;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use linux as sys;

pub use sys::Resolver;

/// A host directory that was opened in order to be granted, to any number of guests, on any thread. What becomes of its path
/// does not matter to them, also to those that are started later.
#[derive(Clone, Debug)]
pub struct OpenDirectory(Arc<OwnedFd>);

impl OpenDirectory {
    /// Open one. The path is the host's: it is resolved with all the authority of this process.
    pub fn open(path: &Path) -> Result<Self> {
        sys::open(path).map(|fd| Self(Arc::new(fd)))
    }

    /// One that another process opened. Fails if it is something else.
    pub fn of_descriptor(fd: OwnedFd) -> Result<Self> {
        sys::check_directory(&fd)?;
        Ok(Self(Arc::new(fd)))
    }

    /// The directory, for the guests of this thread.
    pub fn directory(&self) -> Result<Rc<dyn Directory>> {
        let fd = rustix::io::fcntl_dupfd_cloexec(&*self.0, 3).map_err(kernel_error)?;
        sys::directory(fd, None)
    }
}

impl AsFd for OpenDirectory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Grant a host directory. The path is the host's: it is resolved with all the authority of this process.
pub fn open_directory(path: &Path) -> Result<Rc<dyn Directory>> {
    sys::directory(sys::open(path)?, None)
}

/// [`open_directory`], with this way of resolving paths beneath it instead of the best one.
pub fn open_directory_with(path: &Path, resolver: Resolver) -> Result<Rc<dyn Directory>> {
    sys::directory(sys::open(path)?, Some(resolver))
}
