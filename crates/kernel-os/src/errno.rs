//! The one table from the operating system's error numbers to the kernel's errors.

use rustix::io::Errno;
use tambo_kernel::Error;

macro_rules! table {
    ($($errno:ident => $error:ident,)*) => {
        /// The kernel's error for an error number. What the table does not name is [`Error::Io`].
        pub(crate) fn kernel_error(errno: Errno) -> Error {
            match errno {
                $(Errno::$errno => Error::$error,)*
                _ => Error::Io,
            }
        }

        #[cfg(test)]
        const TABLE: &[(Errno, Error)] = &[$((Errno::$errno, Error::$error),)*];
    };
}

table! {
    ACCESS => Access,
    ADDRINUSE => AddressInUse,
    ADDRNOTAVAIL => AddressNotAvailable,
    AFNOSUPPORT => AddressFamily,
    AGAIN => WouldBlock,
    ALREADY => Already,
    BADF => BadDescriptor,
    BUSY => Busy,
    CANCELED => Cancelled,
    CONNABORTED => ConnectionAborted,
    CONNREFUSED => ConnectionRefused,
    CONNRESET => ConnectionReset,
    DEADLK => Deadlock,
    DESTADDRREQ => Invalid,
    DOM => Invalid,
    DQUOT => Quota,
    EXIST => Exist,
    FAULT => Fault,
    FBIG => FileTooLarge,
    HOSTDOWN => HostUnreachable,
    HOSTUNREACH => HostUnreachable,
    ILSEQ => IllegalByteSequence,
    INPROGRESS => InProgress,
    INTR => Interrupted,
    INVAL => Invalid,
    IO => Io,
    ISCONN => IsConnected,
    ISDIR => IsDirectory,
    LOOP => Loop,
    MFILE => TooManyFiles,
    MLINK => TooManyLinks,
    MSGSIZE => MessageSize,
    NAMETOOLONG => NameTooLong,
    NETDOWN => NetworkDown,
    NETRESET => ConnectionReset,
    NETUNREACH => NetworkUnreachable,
    NFILE => TooManyFiles,
    NOBUFS => NoBuffers,
    NODEV => NoDevice,
    NOENT => NoEntry,
    NOLCK => NoLocks,
    NOMEM => NoMemory,
    NOPROTOOPT => Unsupported,
    NOSPC => NoSpace,
    NOSYS => Unsupported,
    NOTCONN => NotConnected,
    NOTDIR => NotDirectory,
    NOTEMPTY => NotEmpty,
    NOTSOCK => NotSocket,
    NOTTY => NotTerminal,
    NXIO => NoSuchAddress,
    OPNOTSUPP => Unsupported,
    OVERFLOW => Overflow,
    PERM => NotPermitted,
    PFNOSUPPORT => AddressFamily,
    PIPE => Pipe,
    PROTO => Protocol,
    PROTONOSUPPORT => Unsupported,
    PROTOTYPE => Invalid,
    RANGE => Overflow,
    ROFS => ReadOnly,
    SHUTDOWN => Pipe,
    SOCKTNOSUPPORT => Unsupported,
    SPIPE => InvalidSeek,
    STALE => Stale,
    TIMEDOUT => TimedOut,
    TOOBIG => Invalid,
    TXTBSY => TextBusy,
    XDEV => CrossDevice,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What no error number stands for: the kernel and its doors make these up themselves.
    const MADE_UP: &[Error] = &[
        Error::InvalidState,
        Error::NoSuchName,
        Error::NotCapable,
        Error::ResolverFailed,
        Error::ResolverUnavailable,
        Error::TooManyDescriptors,
    ];

    /// Linux's error numbers that no call of ours can meet in a way that a guest should tell from [`Error::Io`]:
    /// processes and programs, System V, STREAMS, keys, media, robust locks.
    const LEFT_TO_IO: &[i32] = &[
        3, 8, 10, 15, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 59, 60, 61, 62, 63, 64, 65, 66,
        67, 68, 69, 70, 72, 73, 74, 76, 77, 78, 79, 80, 81, 82, 83, 85, 86, 87, 109, 117, 118, 119, 120, 121, 123, 124,
        126, 127, 128, 129, 130, 131, 132, 133,
    ];

    #[test]
    fn every_kernel_error_that_the_system_has_is_reached() {
        for &error in Error::ALL {
            let reached = TABLE.iter().any(|&(_, mapped)| mapped == error);
            assert_eq!(reached, !MADE_UP.contains(&error), "{error:?}");
        }
    }

    #[test]
    fn the_function_is_the_table() {
        for &(errno, error) in TABLE {
            assert_eq!(kernel_error(errno), error, "{errno:?}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn every_error_number_of_linux_is_decided() {
        const UNASSIGNED: &[i32] = &[41, 58];
        for raw in 1..=133 {
            if UNASSIGNED.contains(&raw) {
                continue;
            }
            let listed = TABLE.iter().any(|(errno, _)| errno.raw_os_error() == raw);
            assert_ne!(listed, LEFT_TO_IO.contains(&raw), "error number {raw} must be in exactly one list");
        }
        assert_eq!(kernel_error(Errno::from_raw_os_error(4095)), Error::Io);
    }
}
