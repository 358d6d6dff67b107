//! Host directories as the kernel's [`Directory`]: the sandbox of the file system.
//!
//! This is where a host path becomes a capability ([`open_directory`]); everything after that resolves beneath an open
//! directory and names no host path. One module a system; all of them pass `tests/fs`.

use std::path::Path;
use std::rc::Rc;

use tambo_kernel::Result;
use tambo_kernel::fs::Directory;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use linux as sys;

pub use sys::Resolver;

/// Grant a host directory. The path is the host's: it is resolved with all the authority of this process.
pub fn open_directory(path: &Path) -> Result<Rc<dyn Directory>> {
    sys::open_directory(path, None)
}

/// [`open_directory`], with this way of resolving paths beneath it instead of the best one.
pub fn open_directory_with(path: &Path, resolver: Resolver) -> Result<Rc<dyn Directory>> {
    sys::open_directory(path, Some(resolver))
}
