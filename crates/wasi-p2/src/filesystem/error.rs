//! `wasi:filesystem/types.error-code`, and the one table from the kernel's errors.

use tambo_component_linker::bindings::Borrow;
use tambo_engine::Trap;
use tambo_kernel::Error;

use crate::P2;
use crate::bindings::wasi::filesystem::types::{ErrorCode, Host};
use crate::bindings::wasi::io::error::Error as IoErrorResource;

/// How an operation on a file system fails.
#[derive(Debug)]
pub enum FileFailure {
    /// As the guest is told.
    Told(ErrorCode),
    /// The guest ends.
    Ends(Trap),
}

impl From<Error> for FileFailure {
    #[cold]
    fn from(error: Error) -> Self {
        Self::Told(error_code(error).unwrap_or(ErrorCode::Io))
    }
}

impl From<Trap> for FileFailure {
    fn from(trap: Trap) -> Self {
        Self::Ends(trap)
    }
}

impl TryFrom<FileFailure> for ErrorCode {
    type Error = Trap;

    fn try_from(failure: FileFailure) -> Result<Self, Trap> {
        match failure {
            FileFailure::Told(code) => Ok(code),
            FileFailure::Ends(trap) => Err(trap),
        }
    }
}

impl P2 {
    /// What a guest is told of an error of an operation that may have waited.
    #[cold]
    pub(super) fn file_failure(&mut self, error: Error) -> FileFailure {
        match self.stopped(error) {
            Some(trap) => FileFailure::Ends(trap),
            None => error.into(),
        }
    }
}

impl Host for P2 {
    fn filesystem_error_code(&mut self, err: Borrow<IoErrorResource>) -> Result<Option<ErrorCode>, Trap> {
        Ok(self.io.errors.get(err.rep())?.system().and_then(error_code))
    }
}

/// The code of an error; none for one that has nothing to do with file systems.
fn error_code(error: Error) -> Option<ErrorCode> {
    Some(match error {
        Error::Access => ErrorCode::Access,
        Error::Already => ErrorCode::Already,
        Error::BadDescriptor => ErrorCode::BadDescriptor,
        Error::Busy => ErrorCode::Busy,
        Error::CrossDevice => ErrorCode::CrossDevice,
        Error::Deadlock => ErrorCode::Deadlock,
        Error::Exist => ErrorCode::Exist,
        Error::FileTooLarge => ErrorCode::FileTooLarge,
        Error::IllegalByteSequence => ErrorCode::IllegalByteSequence,
        Error::InProgress => ErrorCode::InProgress,
        Error::Cancelled | Error::Interrupted => ErrorCode::Interrupted,
        Error::Invalid => ErrorCode::Invalid,
        Error::InvalidSeek => ErrorCode::InvalidSeek,
        Error::Io => ErrorCode::Io,
        Error::IsDirectory => ErrorCode::IsDirectory,
        Error::Loop => ErrorCode::Loop,
        Error::MessageSize => ErrorCode::MessageSize,
        Error::NameTooLong => ErrorCode::NameTooLong,
        Error::NotDirectory => ErrorCode::NotDirectory,
        Error::NotEmpty => ErrorCode::NotEmpty,
        Error::NotCapable | Error::NotPermitted => ErrorCode::NotPermitted,
        Error::NotTerminal => ErrorCode::NoTty,
        Error::NoDevice => ErrorCode::NoDevice,
        Error::NoEntry => ErrorCode::NoEntry,
        Error::NoLocks => ErrorCode::NoLock,
        // Descriptors are memory that has run out, here or in the host: there is no code of their own.
        Error::NoBuffers | Error::NoMemory | Error::TooManyDescriptors | Error::TooManyFiles => {
            ErrorCode::InsufficientMemory
        }
        Error::NoSpace => ErrorCode::InsufficientSpace,
        Error::NoSuchAddress => ErrorCode::NoSuchDevice,
        Error::Overflow => ErrorCode::Overflow,
        Error::Pipe => ErrorCode::Pipe,
        Error::Quota => ErrorCode::Quota,
        Error::ReadOnly => ErrorCode::ReadOnly,
        Error::Stale => ErrorCode::NotRecoverable,
        Error::TooManyLinks => ErrorCode::TooManyLinks,
        Error::TextBusy => ErrorCode::TextFileBusy,
        Error::Unsupported => ErrorCode::Unsupported,
        Error::WouldBlock => ErrorCode::WouldBlock,
        Error::AddressFamily
        | Error::AddressInUse
        | Error::AddressNotAvailable
        | Error::ConnectionAborted
        | Error::ConnectionRefused
        | Error::ConnectionReset
        | Error::Fault
        | Error::HostUnreachable
        | Error::InvalidState
        | Error::IsConnected
        | Error::NetworkDown
        | Error::NetworkUnreachable
        | Error::NoSuchName
        | Error::NotConnected
        | Error::NotSocket
        | Error::Protocol
        | Error::ResolverFailed
        | Error::ResolverUnavailable
        | Error::TimedOut => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Errors that share a code with another.
    const SHARED: &[Error] =
        &[Error::Cancelled, Error::NotCapable, Error::NoBuffers, Error::TooManyDescriptors, Error::TooManyFiles];

    /// No two others become one code, and every code but the unused stands for some error.
    #[test]
    fn the_table_is_total_and_nearly_injective() {
        let mut seen = HashSet::new();
        for &error in Error::ALL {
            let Some(code) = error_code(error) else { continue };
            assert!(SHARED.contains(&error) || seen.insert(code as u32), "{error:?} shares {code:?}");
        }
        assert_eq!(seen.len(), 37, "all codes of 0.2.12");
    }

    #[test]
    fn errors_of_networks_have_no_code() {
        for error in [Error::ConnectionReset, Error::NoSuchName, Error::AddressInUse, Error::InvalidState] {
            assert_eq!(error_code(error), None, "{error:?}");
            assert!(matches!(FileFailure::from(error), FileFailure::Told(ErrorCode::Io)), "{error:?}");
        }
    }
}
