//! Which part of a file, read from front to back, is known to be in the page cache.
//!
//! `preadv2(RWF_NOWAIT)` tells for each read whether it would wait, and costs about a tenth of a 4 KiB read more than `pread`.
//! A guest that reads a file in order asks again and again for neighbours, so the system is asked once for a whole
//! [`WINDOW`] (`cachestat`, Linux 6.5), and reads within a window that is wholly resident are plain ones. What is known
//! is used for a window's worth of reads and no longer. If memory runs so short in that time that a page just seen is
//! gone, one read waits for its device: the price of the guess, paid by a host that is thrashing anyway.
//!
//! # Safety
//!
//! The one system call gets a range and a result of ours, laid out as the system's headers say.
#![expect(unsafe_code, reason = "cachestat has no safe interface yet; see Safety")]

use std::cell::Cell;
use std::os::fd::{AsRawFd, BorrowedFd};

/// Bytes that are asked about at once.
const WINDOW: u64 = 1 << 20;
/// The number of the system call, the same on every architecture.
const SYS_CACHESTAT: libc::c_long = 451;

/// What is known of a file.
#[derive(Default)]
pub(super) struct Resident {
    /// Where the last read ended.
    next: Cell<u64>,
    window: Cell<Window>,
}

#[derive(Clone, Copy, Default)]
struct Window {
    start: u64,
    end: u64,
    resident: bool,
}

impl Resident {
    /// Whether a read will find its bytes in the page cache. False if it may not, or if nobody knows.
    #[inline]
    pub(super) fn holds(&self, fd: BorrowedFd<'_>, offset: u64, len: usize) -> bool {
        let end = offset.saturating_add(len as u64);
        let in_order = self.next.replace(end) == offset;
        let window = self.window.get();
        if window.start <= offset && end <= window.end {
            // Behind what was read nothing is known any more: to read it again is to ask again.
            self.window.set(Window { start: end, ..window });
            return window.resident;
        }
        in_order && offset > 0 && self.ask(fd, offset, end)
    }

    #[cold]
    fn ask(&self, fd: BorrowedFd<'_>, offset: u64, end: u64) -> bool {
        let start = offset - offset % PAGE;
        let window = Window { start: end, end: start.saturating_add(WINDOW), resident: false };
        let resident = end <= window.end && cached_pages(fd, start, WINDOW) == Some(WINDOW / PAGE);
        self.window.set(Window { resident, ..window });
        resident
    }
}

const PAGE: u64 = 4096;

#[repr(C)]
struct Range {
    offset: u64,
    len: u64,
}

#[repr(C)]
#[derive(Default)]
struct Pages {
    cached: u64,
    dirty: u64,
    writeback: u64,
    evicted: u64,
    recently_evicted: u64,
}

/// How many pages of a range are in the page cache. None if the system does not tell.
fn cached_pages(fd: BorrowedFd<'_>, offset: u64, len: u64) -> Option<u64> {
    let range = Range { offset, len };
    let mut pages = Pages::default();
    // SAFETY: both structures live on this frame and are laid out as `struct cachestat_range` and `struct cachestat`.
    let result = unsafe { libc::syscall(SYS_CACHESTAT, fd.as_raw_fd(), &raw const range, &raw mut pages, 0) };
    (result == 0).then_some(pages.cached)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::os::fd::AsFd as _;

    fn file(len: usize) -> std::fs::File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&vec![1; len]).unwrap();
        file
    }

    #[test]
    fn reading_in_order_through_cached_pages_becomes_plain() {
        let file = file(4 << 20);
        if cached_pages(file.as_fd(), 0, PAGE).is_none() {
            eprintln!("skipped: this system has no cachestat (Linux 6.5), so nothing is ever known");
            return;
        }
        let resident = Resident::default();
        let known = (0..768).filter(|page| resident.holds(file.as_fd(), page * PAGE, 4096)).count();
        assert_eq!(known, 767, "all but the first");
    }

    #[test]
    fn out_of_order_or_past_the_end_nothing_is_known() {
        let file = file(1 << 20);
        let resident = Resident::default();
        for page in [5, 3, 200, 7, 100] {
            assert!(!resident.holds(file.as_fd(), page * PAGE, 4096));
        }
        // In order, but the window reaches beyond the end of the file.
        assert!(!resident.holds(file.as_fd(), 101 * PAGE, 4096));
        assert!(!resident.holds(file.as_fd(), u64::MAX - 1, 4096));
    }

    #[test]
    fn what_was_read_is_asked_for_again() {
        let file = file(4 << 20);
        let resident = Resident::default();
        let forward = |from: u64| {
            (from..from + 4).map(|page| resident.holds(file.as_fd(), page * PAGE, 4096)).collect::<Vec<_>>()
        };
        forward(0);
        assert!(!forward(0)[0], "the first read after going back is not in order");
    }
}
