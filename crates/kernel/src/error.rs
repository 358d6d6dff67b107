//! The one error type of the kernel. Every system below has one table into it, every door one table out of it.

use std::fmt;

/// The result of a kernel operation.
pub type Result<T> = std::result::Result<T, Error>;

macro_rules! errors {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal,)*) => {
        /// What went wrong, in the vocabulary that WASI's versions share.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Error { $($(#[doc = $doc])* $name,)* }

        impl Error {
            /// Every error, for tests of translation tables.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
        }

        impl fmt::Display for Error {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$name => $text,)* })
            }
        }
    };
}

errors! {
    /// The system's own permissions deny it.
    Access = "permission denied",
    /// The address is taken.
    AddressInUse = "address in use",
    /// The address is not one of this host.
    AddressNotAvailable = "address not available",
    /// The address family is not supported.
    AddressFamily = "address family not supported",
    /// The operation is under way already.
    Already = "operation already in progress",
    /// No such descriptor, or it is not open for this.
    BadDescriptor = "bad descriptor",
    /// In use by something else.
    Busy = "resource busy",
    /// Cancelled.
    Cancelled = "operation cancelled",
    /// The peer gave up before the connection was accepted.
    ConnectionAborted = "connection aborted",
    /// Nobody listens there.
    ConnectionRefused = "connection refused",
    /// The peer reset the connection.
    ConnectionReset = "connection reset",
    /// Links or names on different file systems.
    CrossDevice = "cross-device link",
    /// A lock would deadlock.
    Deadlock = "resource deadlock would occur",
    /// It exists already.
    Exist = "file exists",
    /// A pointer or buffer is outside of the guest's memory.
    Fault = "bad address",
    /// Larger than the file system or the host allows.
    FileTooLarge = "file too large",
    /// The host cannot be reached.
    HostUnreachable = "host is unreachable",
    /// A name is not Unicode.
    IllegalByteSequence = "illegal byte sequence",
    /// Started, not finished.
    InProgress = "operation in progress",
    /// A signal interrupted it.
    Interrupted = "interrupted",
    /// An argument makes no sense.
    Invalid = "invalid argument",
    /// Not in the state that the object is in.
    InvalidState = "not valid in this state",
    /// This object cannot seek.
    InvalidSeek = "invalid seek",
    /// The device failed.
    Io = "input/output error",
    /// Connected already.
    IsConnected = "socket is connected",
    /// It is a directory.
    IsDirectory = "is a directory",
    /// Too many symbolic links, or one where none may be.
    Loop = "too many levels of symbolic links",
    /// The message does not fit.
    MessageSize = "message too large",
    /// A name is too long.
    NameTooLong = "name too long",
    /// The network is down.
    NetworkDown = "network is down",
    /// The network cannot be reached.
    NetworkUnreachable = "network unreachable",
    /// Outside of what was granted.
    NotCapable = "capabilities insufficient",
    /// Not a socket that is connected.
    NotConnected = "socket is not connected",
    /// It should be a directory and is not.
    NotDirectory = "not a directory",
    /// The directory has entries.
    NotEmpty = "directory not empty",
    /// Forbidden, whatever the permissions say.
    NotPermitted = "operation not permitted",
    /// It should be a socket and is not.
    NotSocket = "not a socket",
    /// It should be a terminal and is not.
    NotTerminal = "not a terminal",
    /// No such device.
    NoDevice = "no such device",
    /// No such file or directory.
    NoEntry = "no such file or directory",
    /// The system has no buffers left.
    NoBuffers = "no buffer space available",
    /// The system has no locks left.
    NoLocks = "no locks available",
    /// The system has no memory left.
    NoMemory = "not enough memory",
    /// No space on the device.
    NoSpace = "no space left on device",
    /// No host has this name, or it has no address.
    NoSuchName = "name not found",
    /// No such device or address.
    NoSuchAddress = "no such device or address",
    /// A number does not fit.
    Overflow = "value too large",
    /// Nobody reads the other end.
    Pipe = "broken pipe",
    /// A protocol error.
    Protocol = "protocol error",
    /// The quota is used up.
    Quota = "quota exceeded",
    /// No server could answer for the name; that will not change soon.
    ResolverFailed = "name resolution failed",
    /// No server answered for the name; one may later.
    ResolverUnavailable = "name resolution failed temporarily",
    /// The file system, or this view of it, is read-only.
    ReadOnly = "read-only file system",
    /// The object changed underneath.
    Stale = "stale object",
    /// It took too long.
    TimedOut = "timed out",
    /// The guest holds as many descriptors as it may.
    TooManyDescriptors = "too many open descriptors",
    /// The host holds as many files as it may.
    TooManyFiles = "too many open files in the system",
    /// The file has as many links as it may.
    TooManyLinks = "too many links",
    /// The program file is being executed.
    TextBusy = "text file busy",
    /// Not supported on this object or by this host.
    Unsupported = "not supported",
    /// It cannot complete now.
    WouldBlock = "operation would block",
}

impl std::error::Error for Error {}
