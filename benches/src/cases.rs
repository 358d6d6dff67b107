//! The work that is compared: one list, done by a guest ([`crate::guests`]) and natively ([`crate::native`]).

/// Where a program's standard output goes while it is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sink {
    /// `/dev/null`.
    Null,
    /// A pipe that is read as fast as it fills.
    Pipe,
}

/// One piece of work.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// In figures, without the count.
    pub(crate) title: &'static str,
    pub(crate) count: u32,
    pub(crate) sink: Sink,
}

const fn case(name: &'static str, title: &'static str, count: u32) -> Case {
    Case { name, title, count, sink: Sink::Null }
}

/// All cases, in the order of the table.
pub(crate) const CASES: &[Case] = &[
    case("hello", "start, print, end", 1),
    case("large-module", "start, print, end: 20,000 exports", 1),
    case("clock", "clock_time_get", 10_000_000),
    case("random-16b", "random_get, 16 bytes", 1_000_000),
    case("write-1b", "fd_write, 1 byte", 1_000_000),
    case("write-64k-null", "fd_write, 64 KiB to /dev/null", 16_384),
    case("pread-4k", "fd_pread, 4 KiB", 500_000),
    case("read-4k", "fd_read, 4 KiB", 262_144),
    case("read-64k", "fd_read, 64 KiB", 16_384),
    case("write-4k", "fd_write, 4 KiB to a file", 131_072),
    case("write-64k", "fd_write, 64 KiB to a file", 8_192),
    case("stat", "path_filestat_get", 100_000),
    case("open-close", "open and close", 100_000),
    case("poll-0", "poll_oneoff, a clock of 0 ns", 200_000),
    case("readdir-10k", "list 10,000 entries", 50),
    Case { name: "pipe-writes", title: "write 1 byte to a pipe", count: 1_000_000, sink: Sink::Pipe },
];

/// Size of the file that is read from; it stays in the page cache.
pub(crate) const DATA_SIZE: u64 = 1 << 30;
/// Entries of the directory that is listed.
pub(crate) const ENTRIES: u32 = 10_000;
