//! The escape oracle: looks again at everything that was opened beneath a directory, in another way than it was opened.
//!
//! The feature `escape-oracle` is for tests only; a failure is a panic.

use std::os::fd::{AsRawFd, BorrowedFd};

/// Asks the system for the names of both, and panics if `opened` is not beneath `root`. A test that moves things out of
/// the root itself cannot use this.
pub(super) fn check(root: BorrowedFd<'_>, opened: BorrowedFd<'_>, path: &[u8]) {
    let name = |fd: BorrowedFd<'_>| {
        let link = format!("/proc/self/fd/{}", fd.as_raw_fd());
        rustix::fs::readlink(link.as_str(), Vec::new()).map(std::ffi::CString::into_bytes)
    };
    let (Ok(root_name), Ok(opened_name)) = (name(root), name(opened)) else { return };
    if root_name.ends_with(b" (deleted)") || root_name == b"/" {
        return;
    }
    let beneath = opened_name.strip_prefix(&root_name[..]).is_some_and(|rest| rest.is_empty() || rest[0] == b'/');
    assert!(
        beneath,
        "escape: {:?} beneath {:?} opened {:?}",
        String::from_utf8_lossy(path),
        String::from_utf8_lossy(&root_name),
        String::from_utf8_lossy(&opened_name),
    );
}
