//! Layouts, flags and numbers of WASI 0.1 (`typenames.witx` of `preview1` and `preview0`).
//!
//! The two module names differ in four places, which [`Layout`] names; everything else is one.

use bitflags::bitflags;
use tambo_kernel::fs::FileKind;
use tambo_kernel::{Error, Result};

bitflags! {
    /// `rights`: what a descriptor may be used for.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Rights: u64 {
        /// `fd_datasync`.
        const FD_DATASYNC = 1;
        /// `fd_read` and `sock_recv`.
        const FD_READ = 1 << 1;
        /// `fd_seek`; implies `FD_TELL`.
        const FD_SEEK = 1 << 2;
        /// `fd_fdstat_set_flags`.
        const FD_FDSTAT_SET_FLAGS = 1 << 3;
        /// `fd_sync`.
        const FD_SYNC = 1 << 4;
        /// `fd_tell`.
        const FD_TELL = 1 << 5;
        /// `fd_write` and `sock_send`.
        const FD_WRITE = 1 << 6;
        /// `fd_advise`.
        const FD_ADVISE = 1 << 7;
        /// `fd_allocate`.
        const FD_ALLOCATE = 1 << 8;
        /// `path_create_directory`.
        const PATH_CREATE_DIRECTORY = 1 << 9;
        /// `path_open` with `CREAT`.
        const PATH_CREATE_FILE = 1 << 10;
        /// `path_link` from here.
        const PATH_LINK_SOURCE = 1 << 11;
        /// `path_link` to here.
        const PATH_LINK_TARGET = 1 << 12;
        /// `path_open`.
        const PATH_OPEN = 1 << 13;
        /// `fd_readdir`.
        const FD_READDIR = 1 << 14;
        /// `path_readlink`.
        const PATH_READLINK = 1 << 15;
        /// `path_rename` from here.
        const PATH_RENAME_SOURCE = 1 << 16;
        /// `path_rename` to here.
        const PATH_RENAME_TARGET = 1 << 17;
        /// `path_filestat_get`.
        const PATH_FILESTAT_GET = 1 << 18;
        /// `path_open` with `TRUNC`.
        const PATH_FILESTAT_SET_SIZE = 1 << 19;
        /// `path_filestat_set_times`.
        const PATH_FILESTAT_SET_TIMES = 1 << 20;
        /// `fd_filestat_get`.
        const FD_FILESTAT_GET = 1 << 21;
        /// `fd_filestat_set_size`.
        const FD_FILESTAT_SET_SIZE = 1 << 22;
        /// `fd_filestat_set_times`.
        const FD_FILESTAT_SET_TIMES = 1 << 23;
        /// `path_symlink`.
        const PATH_SYMLINK = 1 << 24;
        /// `path_remove_directory`.
        const PATH_REMOVE_DIRECTORY = 1 << 25;
        /// `path_unlink_file`.
        const PATH_UNLINK_FILE = 1 << 26;
        /// `poll_oneoff` on it.
        const POLL_FD_READWRITE = 1 << 27;
        /// `sock_shutdown`.
        const SOCK_SHUTDOWN = 1 << 28;
        /// `sock_accept`.
        const SOCK_ACCEPT = 1 << 29;
    }

    /// `fdflags`: how a descriptor behaves.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct FdFlags: u16 {
        /// Every write goes to the end.
        const APPEND = 1;
        /// Every write waits for the data to reach the device.
        const DSYNC = 1 << 1;
        /// Nothing waits.
        const NONBLOCK = 1 << 2;
        /// Reads are synchronized too; taken as `SYNC`.
        const RSYNC = 1 << 3;
        /// Every write waits for data and attributes.
        const SYNC = 1 << 4;
    }

    /// `oflags`: how `path_open` opens.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct OFlags: u16 {
        /// Create it if it is not there.
        const CREAT = 1;
        /// It must be a directory.
        const DIRECTORY = 1 << 1;
        /// It must not be there.
        const EXCL = 1 << 2;
        /// Empty it.
        const TRUNC = 1 << 3;
    }

    /// `lookupflags`: how a path is resolved.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct LookupFlags: u32 {
        /// Follow a symbolic link in the last place.
        const SYMLINK_FOLLOW = 1;
    }

    /// `fstflags`: which times to set.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct FstFlags: u16 {
        /// Access time, to the value given.
        const ATIM = 1;
        /// Access time, to now.
        const ATIM_NOW = 1 << 1;
        /// Modification time, to the value given.
        const MTIM = 1 << 2;
        /// Modification time, to now.
        const MTIM_NOW = 1 << 3;
    }

    /// `subclockflags`: how a timeout is meant.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct SubClockFlags: u16 {
        /// It is an absolute time.
        const ABSTIME = 1;
    }

    /// `riflags`: how to receive.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct RiFlags: u16 {
        /// Leave the data in the socket.
        const RECV_PEEK = 1;
        /// Wait until the buffers are full.
        const RECV_WAITALL = 1 << 1;
    }

    /// `roflags`: what is to know of data received. A byte stream never sets it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct RoFlags: u16 {
        /// The message was cut.
        const RECV_DATA_TRUNCATED = 1;
    }

    /// `siflags`: none is defined.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct SiFlags: u16 {}

    /// `sdflags`: what to shut down.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct SdFlags: u8 {
        /// Receiving.
        const RD = 1;
        /// Sending.
        const WR = 1 << 1;
    }
}

/// Flags from an argument. [`Error::Invalid`] for bits without a meaning.
pub(crate) fn flags<F>(raw: u32) -> Result<F>
where
    F: bitflags::Flags,
    F::Bits: TryFrom<u32>,
{
    let bits = F::Bits::try_from(raw).map_err(|_| Error::Invalid)?;
    F::from_bits(bits).ok_or(Error::Invalid)
}

/// `clockid::realtime`.
pub const CLOCK_REALTIME: u32 = 0;
/// `clockid::monotonic`.
pub const CLOCK_MONOTONIC: u32 = 1;
/// `clockid::process_cputime_id`.
pub const CLOCK_PROCESS_CPUTIME: u32 = 2;
/// `clockid::thread_cputime_id`.
pub const CLOCK_THREAD_CPUTIME: u32 = 3;
/// The names of `clockid`.
pub(crate) const CLOCK_NAMES: &[&str] = &["REALTIME", "MONOTONIC", "PROCESS_CPUTIME_ID", "THREAD_CPUTIME_ID"];

/// The names of `advice`.
pub(crate) const ADVICE_NAMES: &[&str] = &["NORMAL", "SEQUENTIAL", "RANDOM", "WILLNEED", "DONTNEED", "NOREUSE"];

/// The names of `signal`.
pub(crate) const SIGNAL_NAMES: &[&str] = &[
    "NONE", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
    "TERM", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "POLL",
    "PWR", "SYS",
];

/// The names of `filetype`.
pub(crate) const FILETYPE_NAMES: &[&str] = &[
    "UNKNOWN",
    "BLOCK_DEVICE",
    "CHARACTER_DEVICE",
    "DIRECTORY",
    "REGULAR_FILE",
    "SOCKET_DGRAM",
    "SOCKET_STREAM",
    "SYMBOLIC_LINK",
];

/// `eventtype::clock`.
pub const EVENT_CLOCK: u8 = 0;
/// `eventtype::fd_read`.
pub const EVENT_FD_READ: u8 = 1;
/// `eventtype::fd_write`.
pub const EVENT_FD_WRITE: u8 = 2;
/// The size of `event`.
pub const EVENT_SIZE: u32 = 32;
/// `eventrwflags::fd_readwrite_hangup`.
pub(crate) const EVENT_HANGUP: u16 = 1;
/// The size of the head of `dirent`, before the name.
pub const DIRENT_SIZE: usize = 24;
/// The size of `fdstat`.
pub const FDSTAT_SIZE: u32 = 24;
/// The size of `prestat`.
pub const PRESTAT_SIZE: u32 = 8;
/// The size of `iovec` and `ciovec`.
pub const IOVEC_SIZE: u32 = 8;
/// `preopentype::dir`.
pub const PREOPEN_DIR: u32 = 0;
/// The tag of a preopened listener; not in the specification (see the crate's documentation).
pub const PREOPEN_LISTENER: u32 = 1;

/// `filetype`. There is none for pipes: they are `unknown`.
pub(crate) fn filetype(kind: FileKind) -> u8 {
    match kind {
        FileKind::Unknown | FileKind::Fifo => 0,
        FileKind::BlockDevice => 1,
        FileKind::CharacterDevice => 2,
        FileKind::Directory => 3,
        FileKind::Regular => 4,
        FileKind::DatagramSocket => 5,
        FileKind::StreamSocket => 6,
        FileKind::SymbolicLink => 7,
    }
}

/// `whence`, whose numbers differ between the two modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whence {
    /// From the start.
    Set,
    /// From the position.
    Cur,
    /// From the end.
    End,
}

impl Whence {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Set => "SET",
            Self::Cur => "CUR",
            Self::End => "END",
        }
    }
}

/// What differs between the two modules.
#[derive(Debug)]
pub struct Layout {
    /// The size of `filestat`.
    pub filestat_size: u32,
    /// Where `nlink` is in it, and how many bytes it has.
    pub links: (usize, usize),
    /// Where `size` is in it; the three times follow.
    pub size_offset: usize,
    /// The size of `subscription`.
    pub subscription_size: u32,
    /// Where the clock's `id` is in it; `timeout`, `precision` and `flags` follow 8, 16 and 24 bytes later.
    pub clock_offset: u32,
    /// The meaning of 0, 1 and 2 as `whence`.
    pub whence: [Whence; 3],
}

/// One of the two modules.
pub trait Abi: 'static {
    /// Its name.
    const MODULE: &'static str;
    /// Its layouts.
    const LAYOUT: &'static Layout;
}

/// `wasi_snapshot_preview1`.
#[derive(Debug)]
pub struct Snapshot;

impl Abi for Snapshot {
    const MODULE: &'static str = "wasi_snapshot_preview1";
    const LAYOUT: &'static Layout = &Layout {
        filestat_size: 64,
        links: (24, 8),
        size_offset: 32,
        subscription_size: 48,
        clock_offset: 16,
        whence: [Whence::Set, Whence::Cur, Whence::End],
    };
}

/// `wasi_unstable`, the version before it.
#[derive(Debug)]
pub struct Unstable;

impl Abi for Unstable {
    const MODULE: &'static str = "wasi_unstable";
    const LAYOUT: &'static Layout = &Layout {
        filestat_size: 56,
        links: (20, 4),
        size_offset: 24,
        subscription_size: 56,
        clock_offset: 24,
        whence: [Whence::Cur, Whence::End, Whence::Set],
    };
}
