//! The escape oracle: looks again at everything that was opened beneath a directory, in another way than it was opened.
//!
//! The feature `escape-oracle` is for tests only; a failure is a panic.

use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

/// Looks before a failure. Two names are not read at one moment, and others may rename directories between; what has
/// really escaped stays outside.
const LOOKS: u64 = 100;

/// Asks the system for the names of both, and panics if `opened` is not beneath `root`. A test that moves things out of
/// the root itself cannot use this.
pub(super) fn check(root: BorrowedFd<'_>, opened: BorrowedFd<'_>, path: &[u8]) {
    let mut last = (Vec::new(), Vec::new());
    for look in 0..LOOKS {
        let (Some(root_name), Some(opened_name)) = (name(root), name(opened)) else { return };
        if root_name.ends_with(b" (deleted)") || root_name == b"/" {
            return;
        }
        if opened_name.strip_prefix(&root_name[..]).is_some_and(|rest| rest.is_empty() || rest[0] == b'/') {
            return;
        }
        last = (root_name, opened_name);
        // Not in step with whoever renames.
        std::thread::sleep(Duration::from_micros(7 * look));
    }
    panic!(
        "escape: {:?} beneath {:?} opened {:?}",
        String::from_utf8_lossy(path),
        String::from_utf8_lossy(&last.0),
        String::from_utf8_lossy(&last.1),
    );
}

/// The name that the system has for an open object, if it tells.
fn name(fd: BorrowedFd<'_>) -> Option<Vec<u8>> {
    let link = format!("/proc/self/fd/{}", fd.as_raw_fd());
    rustix::fs::readlink(link, Vec::new()).ok().map(std::ffi::CString::into_bytes)
}
