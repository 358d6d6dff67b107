//! How operations on sockets fail: the one table from the kernel's errors to `wasi:sockets/network`, `error-code`.

use tambo_engine::Trap;
use tambo_kernel::Error;

use crate::bindings::wasi::sockets::network::ErrorCode;

/// How an operation on a socket fails.
#[derive(Debug)]
pub enum SocketFailure {
    /// As the guest is told.
    Told(ErrorCode),
    /// The guest ends.
    Ends(Trap),
}

impl SocketFailure {
    /// There is no such operation to finish.
    pub(super) const NOT_IN_PROGRESS: Self = Self::Told(ErrorCode::NotInProgress);
    /// Such an operation has to be finished first.
    pub(super) const CONFLICT: Self = Self::Told(ErrorCode::ConcurrencyConflict);
    /// Not in this state.
    pub(super) const INVALID_STATE: Self = Self::Told(ErrorCode::InvalidState);
}

impl From<Trap> for SocketFailure {
    fn from(trap: Trap) -> Self {
        Self::Ends(trap)
    }
}

impl TryFrom<SocketFailure> for ErrorCode {
    type Error = Trap;

    fn try_from(failure: SocketFailure) -> Result<Self, Trap> {
        match failure {
            SocketFailure::Told(error) => Ok(error),
            SocketFailure::Ends(trap) => Err(trap),
        }
    }
}

impl From<Error> for SocketFailure {
    fn from(error: Error) -> Self {
        Self::Told(match error {
            Error::Access | Error::NotPermitted | Error::NotCapable => ErrorCode::AccessDenied,
            Error::Unsupported | Error::AddressFamily => ErrorCode::NotSupported,
            Error::Invalid => ErrorCode::InvalidArgument,
            Error::NoMemory | Error::NoBuffers => ErrorCode::OutOfMemory,
            Error::TimedOut => ErrorCode::Timeout,
            Error::Already => ErrorCode::ConcurrencyConflict,
            Error::WouldBlock | Error::InProgress => ErrorCode::WouldBlock,
            Error::InvalidState | Error::IsConnected | Error::NotConnected => ErrorCode::InvalidState,
            Error::TooManyDescriptors | Error::TooManyFiles => ErrorCode::NewSocketLimit,
            Error::AddressNotAvailable => ErrorCode::AddressNotBindable,
            Error::AddressInUse => ErrorCode::AddressInUse,
            Error::HostUnreachable | Error::NetworkUnreachable | Error::NetworkDown => ErrorCode::RemoteUnreachable,
            Error::ConnectionRefused => ErrorCode::ConnectionRefused,
            Error::ConnectionReset => ErrorCode::ConnectionReset,
            Error::ConnectionAborted => ErrorCode::ConnectionAborted,
            Error::MessageSize => ErrorCode::DatagramTooLarge,
            Error::NoSuchName => ErrorCode::NameUnresolvable,
            Error::ResolverUnavailable => ErrorCode::TemporaryResolverFailure,
            Error::ResolverFailed => ErrorCode::PermanentResolverFailure,
            _ => ErrorCode::Unknown,
        })
    }
}
