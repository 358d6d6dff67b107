//! Descriptors that guests leave to the host: a server whose guests hold all that its process may open accepts nobody.
//!
//! The system gives out the lowest number that is free. So a descriptor with a high number says how many are in use, and
//! whoever opened it for a guest closes it again if that is too many.

use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};
use std::sync::atomic::{AtomicI32, Ordering};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tambo_kernel::{Error, Result};

/// Guests get no descriptor with this number or a higher one.
static CEILING: AtomicI32 = AtomicI32::new(RawFd::MAX);

/// Open as many descriptors as this process may be allowed to, but leave a quarter of them to the host, whatever all guests
/// together ask for. Answers how many there are; no more than anybody needs.
pub fn keep_descriptors_from_guests() -> u32 {
    let limit = raise_limit();
    CEILING.store(RawFd::try_from(limit - limit / 4).unwrap_or(RawFd::MAX), Ordering::Relaxed);
    limit
}

/// More than this is not asked for: some programs that are started later visit all numbers that they might have.
const ENOUGH: u64 = 1 << 20;

fn raise_limit() -> u32 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.unwrap_or(ENOUGH).min(ENOUGH).max(current.unwrap_or(ENOUGH));
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum });
    let limit = if raised.is_ok() { wanted } else { current.unwrap_or(ENOUGH) };
    u32::try_from(limit).unwrap_or(u32::MAX)
}

/// A descriptor that a guest is going to hold. [`Error::TooManyDescriptors`], and it is closed, if that is one too many.
pub(crate) fn for_guest(fd: OwnedFd) -> Result<OwnedFd> {
    if fd.as_raw_fd() < CEILING.load(Ordering::Relaxed) { Ok(fd) } else { Err(Error::TooManyDescriptors) }
}
