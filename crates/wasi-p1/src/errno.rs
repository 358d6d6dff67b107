//! `errno`: the numbers, their names, and the one table from the kernel's errors (`typenames.witx`, `$errno`).

use tambo_kernel::Error;

macro_rules! errnos {
    ($($number:literal $name:ident $shown:literal $text:literal;)*) => {
        /// An error number of WASI 0.1.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum Errno { $(#[doc = $text] $name = $number,)* }

        impl Errno {
            /// Every number, in order.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its name, in capitals.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $shown,)* }
            }

            /// What it means, for a person.
            pub fn message(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The error with this number.
            pub fn from_number(number: u32) -> Option<Self> {
                Self::ALL.get(number as usize).copied()
            }
        }
    };
}

errnos! {
    0 Success "SUCCESS" "Success";
    1 TooBig "2BIG" "Argument list too long";
    2 Acces "ACCES" "Permission denied";
    3 Addrinuse "ADDRINUSE" "Address in use";
    4 Addrnotavail "ADDRNOTAVAIL" "Address not available";
    5 Afnosupport "AFNOSUPPORT" "Address family not supported";
    6 Again "AGAIN" "Resource unavailable, or operation would block";
    7 Already "ALREADY" "Connection already in progress";
    8 Badf "BADF" "Bad file descriptor";
    9 Badmsg "BADMSG" "Bad message";
    10 Busy "BUSY" "Device or resource busy";
    11 Canceled "CANCELED" "Operation canceled";
    12 Child "CHILD" "No child processes";
    13 Connaborted "CONNABORTED" "Connection aborted";
    14 Connrefused "CONNREFUSED" "Connection refused";
    15 Connreset "CONNRESET" "Connection reset";
    16 Deadlk "DEADLK" "Resource deadlock would occur";
    17 Destaddrreq "DESTADDRREQ" "Destination address required";
    18 Dom "DOM" "Argument out of domain of function";
    19 Dquot "DQUOT" "Quota exceeded";
    20 Exist "EXIST" "File exists";
    21 Fault "FAULT" "Bad address";
    22 Fbig "FBIG" "File too large";
    23 Hostunreach "HOSTUNREACH" "Host is unreachable";
    24 Idrm "IDRM" "Identifier removed";
    25 Ilseq "ILSEQ" "Illegal byte sequence";
    26 Inprogress "INPROGRESS" "Operation in progress";
    27 Intr "INTR" "Interrupted function";
    28 Inval "INVAL" "Invalid argument";
    29 Io "IO" "Input/output error";
    30 Isconn "ISCONN" "Socket is connected";
    31 Isdir "ISDIR" "Is a directory";
    32 Loop "LOOP" "Too many levels of symbolic links";
    33 Mfile "MFILE" "Too many open descriptors";
    34 Mlink "MLINK" "Too many links";
    35 Msgsize "MSGSIZE" "Message too large";
    36 Multihop "MULTIHOP" "Multihop attempted";
    37 Nametoolong "NAMETOOLONG" "File name too long";
    38 Netdown "NETDOWN" "Network is down";
    39 Netreset "NETRESET" "Connection aborted by network";
    40 Netunreach "NETUNREACH" "Network unreachable";
    41 Nfile "NFILE" "Too many files open in system";
    42 Nobufs "NOBUFS" "No buffer space available";
    43 Nodev "NODEV" "No such device";
    44 Noent "NOENT" "No such file or directory";
    45 Noexec "NOEXEC" "Executable file format error";
    46 Nolck "NOLCK" "No locks available";
    47 Nolink "NOLINK" "Link has been severed";
    48 Nomem "NOMEM" "Not enough memory";
    49 Nomsg "NOMSG" "No message of the desired type";
    50 Noprotoopt "NOPROTOOPT" "Protocol not available";
    51 Nospc "NOSPC" "No space left on device";
    52 Nosys "NOSYS" "Function not supported";
    53 Notconn "NOTCONN" "Socket is not connected";
    54 Notdir "NOTDIR" "Not a directory";
    55 Notempty "NOTEMPTY" "Directory not empty";
    56 Notrecoverable "NOTRECOVERABLE" "State not recoverable";
    57 Notsock "NOTSOCK" "Not a socket";
    58 Notsup "NOTSUP" "Not supported";
    59 Notty "NOTTY" "Inappropriate I/O control operation";
    60 Nxio "NXIO" "No such device or address";
    61 Overflow "OVERFLOW" "Value too large for data type";
    62 Ownerdead "OWNERDEAD" "Previous owner died";
    63 Perm "PERM" "Operation not permitted";
    64 Pipe "PIPE" "Broken pipe";
    65 Proto "PROTO" "Protocol error";
    66 Protonosupport "PROTONOSUPPORT" "Protocol not supported";
    67 Prototype "PROTOTYPE" "Protocol wrong type for socket";
    68 Range "RANGE" "Result too large";
    69 Rofs "ROFS" "Read-only file system";
    70 Spipe "SPIPE" "Invalid seek";
    71 Srch "SRCH" "No such process";
    72 Stale "STALE" "Stale file handle";
    73 Timedout "TIMEDOUT" "Connection timed out";
    74 Txtbsy "TXTBSY" "Text file busy";
    75 Xdev "XDEV" "Cross-device link";
    76 Notcapable "NOTCAPABLE" "Capabilities insufficient";
}

impl From<Error> for Errno {
    fn from(error: Error) -> Self {
        match error {
            Error::Access => Self::Acces,
            Error::AddressInUse => Self::Addrinuse,
            Error::AddressNotAvailable => Self::Addrnotavail,
            Error::AddressFamily => Self::Afnosupport,
            Error::Already => Self::Already,
            Error::BadDescriptor => Self::Badf,
            Error::Busy => Self::Busy,
            Error::Cancelled => Self::Canceled,
            Error::ConnectionAborted => Self::Connaborted,
            Error::ConnectionRefused => Self::Connrefused,
            Error::ConnectionReset => Self::Connreset,
            Error::CrossDevice => Self::Xdev,
            Error::Deadlock => Self::Deadlk,
            Error::Exist => Self::Exist,
            Error::Fault => Self::Fault,
            Error::FileTooLarge => Self::Fbig,
            Error::HostUnreachable => Self::Hostunreach,
            Error::IllegalByteSequence => Self::Ilseq,
            Error::InProgress => Self::Inprogress,
            Error::Interrupted => Self::Intr,
            Error::Invalid => Self::Inval,
            Error::InvalidState => Self::Inval,
            Error::InvalidSeek => Self::Spipe,
            Error::Io => Self::Io,
            Error::IsConnected => Self::Isconn,
            Error::IsDirectory => Self::Isdir,
            Error::Loop => Self::Loop,
            Error::MessageSize => Self::Msgsize,
            Error::NameTooLong => Self::Nametoolong,
            Error::NetworkDown => Self::Netdown,
            Error::NetworkUnreachable => Self::Netunreach,
            Error::NotCapable => Self::Notcapable,
            Error::NotConnected => Self::Notconn,
            Error::NotDirectory => Self::Notdir,
            Error::NotEmpty => Self::Notempty,
            Error::NotPermitted => Self::Perm,
            Error::NotSocket => Self::Notsock,
            Error::NotTerminal => Self::Notty,
            Error::NoDevice => Self::Nodev,
            Error::NoEntry => Self::Noent,
            Error::NoBuffers => Self::Nobufs,
            Error::NoLocks => Self::Nolck,
            Error::NoMemory => Self::Nomem,
            Error::NoSpace => Self::Nospc,
            Error::NoSuchAddress => Self::Nxio,
            Error::NoSuchName => Self::Noent,
            Error::Overflow => Self::Overflow,
            Error::Pipe => Self::Pipe,
            Error::Protocol => Self::Proto,
            Error::Quota => Self::Dquot,
            Error::ReadOnly => Self::Rofs,
            Error::ResolverFailed => Self::Io,
            Error::ResolverUnavailable => Self::Again,
            Error::Stale => Self::Stale,
            Error::TimedOut => Self::Timedout,
            Error::TooManyDescriptors => Self::Mfile,
            Error::TooManyFiles => Self::Nfile,
            Error::TooManyLinks => Self::Mlink,
            Error::TextBusy => Self::Txtbsy,
            Error::Unsupported => Self::Notsup,
            Error::WouldBlock => Self::Again,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn numbers_are_dense_and_names_distinct() {
        for (index, errno) in Errno::ALL.iter().enumerate() {
            assert_eq!(*errno as usize, index, "{}", errno.name());
        }
        let names: HashSet<_> = Errno::ALL.iter().map(|errno| errno.name()).collect();
        assert_eq!(names.len(), 77);
        assert_eq!(Errno::from_number(76), Some(Errno::Notcapable));
        assert_eq!(Errno::from_number(77), None);
    }

    /// What no object that 0.1 knows answers: states of sockets, and names.
    const NOT_MET: &[Error] =
        &[Error::InvalidState, Error::NoSuchName, Error::ResolverFailed, Error::ResolverUnavailable];

    /// No two kernel errors become one number, so nothing is lost; and none becomes success.
    #[test]
    fn the_table_is_total_and_injective() {
        let mut seen = HashSet::new();
        for &error in Error::ALL {
            let errno = Errno::from(error);
            assert_ne!(errno, Errno::Success, "{error:?}");
            assert!(NOT_MET.contains(&error) || seen.insert(errno), "{error:?} shares {}", errno.name());
        }
    }
}
