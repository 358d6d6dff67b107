//! The handle that the kernel passes around: the number of a file descriptor.
//!
//! # Safety
//!
//! A [`BorrowedFd`] promises that its descriptor is open. A handle comes from the [`Source::Os`] of an object that
//! owns its descriptor, and the waiter keeps the object alive for as long as it uses the handle. An object that breaks
//! this rule gets the readiness of another file, nothing worse: handles are only ever polled, registered with epoll,
//! or asked how many bytes wait.
//!
//! [`Source::Os`]: tambo_kernel::wait::Source::Os
#![expect(unsafe_code, reason = "a descriptor has to be borrowed by its number; see Safety")]

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

use tambo_kernel::wait::OsHandle;
use tambo_kernel::{Error, Result};

/// The handle of a descriptor that the caller keeps open.
pub(crate) fn of(fd: impl AsFd) -> OsHandle {
    OsHandle(i64::from(fd.as_fd().as_raw_fd()))
}

/// The descriptor number behind a handle. [`Error::BadDescriptor`] if it is none.
pub(crate) fn number(handle: OsHandle) -> Result<RawFd> {
    RawFd::try_from(handle.0).ok().filter(|&fd| fd >= 0).ok_or(Error::BadDescriptor)
}

/// The descriptor with this number, one that [`number`] gave.
pub(crate) fn borrow(number: RawFd) -> BorrowedFd<'static> {
    debug_assert!(number >= 0);
    // SAFETY: open, and not -1, by the rule of the module.
    unsafe { BorrowedFd::borrow_raw(number) }
}
