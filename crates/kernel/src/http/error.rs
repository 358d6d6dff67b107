//! What goes wrong with HTTP, in the vocabulary of `wasi:http/types.error-code`, which all of WASI's versions share.

use std::fmt;

use crate::Error;

/// Why an exchange or a body failed. The cases are those of WASI, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the specification's, and it says no more of most of them")]
pub enum HttpError {
    DnsTimeout,
    /// The response code of the name server, and an extended error (RFC 8914).
    DnsError {
        rcode: Option<String>,
        info_code: Option<u16>,
    },
    DestinationNotFound,
    DestinationUnavailable,
    DestinationIpProhibited,
    DestinationIpUnroutable,
    ConnectionRefused,
    ConnectionTerminated,
    ConnectionTimeout,
    ConnectionReadTimeout,
    ConnectionWriteTimeout,
    ConnectionLimitReached,
    TlsProtocolError,
    TlsCertificateError,
    TlsAlertReceived {
        id: Option<u8>,
        message: Option<String>,
    },
    HttpRequestDenied,
    HttpRequestLengthRequired,
    HttpRequestBodySize(Option<u64>),
    HttpRequestMethodInvalid,
    HttpRequestUriInvalid,
    HttpRequestUriTooLong,
    HttpRequestHeaderSectionSize(Option<u32>),
    HttpRequestHeaderSize(Option<FieldSize>),
    HttpRequestTrailerSectionSize(Option<u32>),
    HttpRequestTrailerSize(FieldSize),
    HttpResponseIncomplete,
    HttpResponseHeaderSectionSize(Option<u32>),
    HttpResponseHeaderSize(FieldSize),
    HttpResponseBodySize(Option<u64>),
    HttpResponseTrailerSectionSize(Option<u32>),
    HttpResponseTrailerSize(FieldSize),
    HttpResponseTransferCoding(Option<String>),
    HttpResponseContentCoding(Option<String>),
    HttpResponseTimeout,
    HttpUpgradeFailed,
    HttpProtocolError,
    LoopDetected,
    ConfigurationError,
    /// Something else; the text is for people.
    InternalError(Option<String>),
}

/// A field that is too large.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSize {
    /// Its name.
    pub name: Option<String>,
    /// Its size in bytes.
    pub size: Option<u32>,
}

impl HttpError {
    /// A failure that the vocabulary has no name for.
    pub fn internal(what: impl Into<String>) -> Self {
        Self::InternalError(Some(what.into()))
    }

    /// The error of connecting, or of using a connection.
    pub fn from_system(error: Error) -> Self {
        match error {
            Error::Access | Error::NotCapable | Error::NotPermitted => Self::DestinationIpProhibited,
            Error::ConnectionRefused => Self::ConnectionRefused,
            Error::ConnectionReset | Error::ConnectionAborted | Error::Pipe | Error::NotConnected => {
                Self::ConnectionTerminated
            }
            Error::TimedOut => Self::ConnectionTimeout,
            Error::HostUnreachable | Error::NetworkUnreachable | Error::AddressNotAvailable => {
                Self::DestinationIpUnroutable
            }
            Error::NetworkDown => Self::DestinationUnavailable,
            Error::TooManyDescriptors | Error::TooManyFiles | Error::NoBuffers | Error::Quota => {
                Self::ConnectionLimitReached
            }
            other => Self::internal(other.to_string()),
        }
    }
}

/// The text is for logs and for people.
impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InternalError(Some(what)) => f.write_str(what),
            Self::InternalError(None) => f.write_str("internal error"),
            other => write!(f, "{other:?}"),
        }
    }
}

impl std::error::Error for HttpError {}
