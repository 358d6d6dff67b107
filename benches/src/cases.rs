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
    pub(crate) count: u32,
    pub(crate) sink: Sink,
}

const fn case(name: &'static str, count: u32) -> Case {
    Case { name, count, sink: Sink::Null }
}

/// All cases, in the order of the table.
pub(crate) const CASES: &[Case] = &[
    case("hello", 1),
    case("large-module", 1),
    case("clock", 10_000_000),
    case("random-16b", 1_000_000),
    case("write-1b", 1_000_000),
    case("write-64k-null", 16_384),
    case("pread-4k", 500_000),
    case("read-4k", 262_144),
    case("read-64k", 16_384),
    case("write-4k", 131_072),
    case("write-64k", 8_192),
    case("stat", 100_000),
    case("open-close", 100_000),
    case("poll-0", 200_000),
    case("readdir-10k", 50),
    Case { name: "pipe-writes", count: 1_000_000, sink: Sink::Pipe },
];

/// Size of the file that is read from; it stays in the page cache.
pub(crate) const DATA_SIZE: u64 = 1 << 30;
/// Entries of the directory that is listed.
pub(crate) const ENTRIES: u32 = 10_000;
