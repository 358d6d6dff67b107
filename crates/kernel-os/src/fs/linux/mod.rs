//! The file system of Linux.
//!
//! # The sandbox
//!
//! Three rules, which together make an escape impossible, and each of which a reader can check by searching for the
//! calls of `rustix::fs` that take a path:
//!
//! 1. A path of several components, or one whose last component may be followed, goes only to
//!    [`Resolver::open`](resolve), which stays beneath the directory whatever others rename meanwhile.
//! 2. Every other call gets one component: not empty, no `/` (and so no trailing one), not `..`; with the flag that
//!    keeps the system from following it. Such a call can only act on an entry of the open directory that it names.
//! 3. The text of a symbolic link is a path that the guest wrote: it goes through rule 1.

mod cold;
mod directory;
mod entries;
mod file;
mod flush;
#[cfg(feature = "escape-oracle")]
mod oracle;
mod path;
mod place;
mod resident;
mod resolve;
mod times;
mod walk;

use std::cell::Cell;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::rc::Rc;

use rustix::fs::{FileType, Mode, OFlags};
use tambo_kernel::fs::{Directory, Node};
use tambo_kernel::{Error, Result};

use self::directory::HostDirectory;
pub use self::resolve::Resolver;
use crate::errno::kernel_error;
use crate::pool::{Pool, SMALL_STACK};

/// What everything opened beneath one granted directory shares.
pub(crate) struct Volume {
    resolver: Resolver,
    pool: Pool,
    /// Bytes that cold reads hold for guests that have not fetched them yet.
    cold_bytes: Cell<usize>,
}

pub(super) fn open(path: &Path) -> Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, Mode::empty()).map_err(kernel_error)
}

/// [`Error::NotDirectory`] if it is something else.
pub(super) fn check_directory(fd: &OwnedFd) -> Result<()> {
    let mode = rustix::fs::fstat(fd).map_err(kernel_error)?.st_mode;
    if FileType::from_raw_mode(mode) == FileType::Directory { Ok(()) } else { Err(Error::NotDirectory) }
}

pub(super) fn directory(fd: OwnedFd, resolver: Option<Resolver>) -> Result<Rc<dyn Directory>> {
    let resolver = resolver.unwrap_or_else(Resolver::best);
    let volume = Volume { resolver, pool: Pool::new(SMALL_STACK), cold_bytes: Cell::new(0) };
    Ok(Rc::new(HostDirectory::new(fd, Rc::new(volume))))
}

/// A pipe, terminal or other device without positions, as a stream.
fn stream(fd: OwnedFd) -> Result<Node> {
    crate::stream::stream_from_fd(fd).map(Node::Stream)
}
