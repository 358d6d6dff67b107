//! `error-code` and `header-error`: the tables between the kernel's errors and those of WASI 0.2.

use tambo_engine::Trap;
use tambo_kernel::http::{FieldSize, FieldsError, HttpError};

use crate::bindings::wasi::http::types::{
    DNSErrorPayload, ErrorCode, ErrorCodeRef, FieldSizePayload, FieldSizePayloadRef, HeaderError,
    TLSAlertReceivedPayload,
};
use crate::p2::fault;

/// How an operation on HTTP fails.
#[derive(Debug)]
pub enum HttpFailure {
    /// As the guest is told.
    Told(HttpError),
    /// The guest ends.
    Ends(Trap),
}

impl From<HttpError> for HttpFailure {
    fn from(error: HttpError) -> Self {
        Self::Told(error)
    }
}

impl From<Trap> for HttpFailure {
    fn from(trap: Trap) -> Self {
        Self::Ends(trap)
    }
}

impl TryFrom<HttpFailure> for ErrorCode {
    type Error = Trap;

    fn try_from(failure: HttpFailure) -> Result<Self, Trap> {
        match failure {
            HttpFailure::Told(error) => Ok(error_code(error)),
            HttpFailure::Ends(trap) => Err(trap),
        }
    }
}

/// How a change of fields fails.
#[derive(Debug)]
pub enum FieldsFailure {
    /// As the guest is told.
    Told(FieldsError),
    /// The guest ends.
    Ends(Trap),
}

impl From<FieldsError> for FieldsFailure {
    fn from(error: FieldsError) -> Self {
        Self::Told(error)
    }
}

impl From<Trap> for FieldsFailure {
    fn from(trap: Trap) -> Self {
        Self::Ends(trap)
    }
}

impl TryFrom<FieldsFailure> for HeaderError {
    type Error = Trap;

    fn try_from(failure: FieldsFailure) -> Result<Self, Trap> {
        match failure {
            FieldsFailure::Told(FieldsError::InvalidSyntax) => Ok(Self::InvalidSyntax),
            FieldsFailure::Told(FieldsError::Forbidden) => Ok(Self::Forbidden),
            FieldsFailure::Told(FieldsError::Immutable) => Ok(Self::Immutable),
            FieldsFailure::Told(FieldsError::TooLarge) => Err(too_large()),
            FieldsFailure::Ends(trap) => Err(trap),
        }
    }
}

/// WASI 0.2 has no error for fields that the host has no room for.
#[cold]
pub(super) fn too_large() -> Trap {
    fault("the fields of HTTP messages are more, or larger, than the host allows")
}

/// The two tables, from one list.
macro_rules! codes {
    ($($plain:ident = $wasi:ident,)*) => {
        /// What a guest is told of an error.
        pub(super) fn error_code(error: HttpError) -> ErrorCode {
            use HttpError as E;
            match error {
                $(E::$plain => ErrorCode::$wasi,)*
                E::DnsError { rcode, info_code } => ErrorCode::DNSError(DNSErrorPayload { rcode, info_code }),
                E::TlsAlertReceived { id, message } => {
                    ErrorCode::TLSAlertReceived(TLSAlertReceivedPayload { alert_id: id, alert_message: message })
                }
                E::HttpRequestBodySize(size) => ErrorCode::HTTPRequestBodySize(size),
                E::HttpRequestHeaderSectionSize(size) => ErrorCode::HTTPRequestHeaderSectionSize(size),
                E::HttpRequestHeaderSize(size) => ErrorCode::HTTPRequestHeaderSize(size.map(payload)),
                E::HttpRequestTrailerSectionSize(size) => ErrorCode::HTTPRequestTrailerSectionSize(size),
                E::HttpRequestTrailerSize(size) => ErrorCode::HTTPRequestTrailerSize(payload(size)),
                E::HttpResponseHeaderSectionSize(size) => ErrorCode::HTTPResponseHeaderSectionSize(size),
                E::HttpResponseHeaderSize(size) => ErrorCode::HTTPResponseHeaderSize(payload(size)),
                E::HttpResponseBodySize(size) => ErrorCode::HTTPResponseBodySize(size),
                E::HttpResponseTrailerSectionSize(size) => ErrorCode::HTTPResponseTrailerSectionSize(size),
                E::HttpResponseTrailerSize(size) => ErrorCode::HTTPResponseTrailerSize(payload(size)),
                E::HttpResponseTransferCoding(coding) => ErrorCode::HTTPResponseTransferCoding(coding),
                E::HttpResponseContentCoding(coding) => ErrorCode::HTTPResponseContentCoding(coding),
                E::InternalError(what) => ErrorCode::InternalError(what),
            }
        }

        /// The error that a guest tells.
        pub(super) fn http_error(code: ErrorCodeRef<'_>) -> HttpError {
            use ErrorCodeRef as C;
            let owned = |text: Option<&str>| text.map(str::to_owned);
            match code {
                $(C::$wasi => HttpError::$plain,)*
                C::DNSError(dns) => HttpError::DnsError { rcode: owned(dns.rcode), info_code: dns.info_code },
                C::TLSAlertReceived(alert) => {
                    HttpError::TlsAlertReceived { id: alert.alert_id, message: owned(alert.alert_message) }
                }
                C::HTTPRequestBodySize(size) => HttpError::HttpRequestBodySize(size),
                C::HTTPRequestHeaderSectionSize(size) => HttpError::HttpRequestHeaderSectionSize(size),
                C::HTTPRequestHeaderSize(size) => HttpError::HttpRequestHeaderSize(size.map(field_size)),
                C::HTTPRequestTrailerSectionSize(size) => HttpError::HttpRequestTrailerSectionSize(size),
                C::HTTPRequestTrailerSize(size) => HttpError::HttpRequestTrailerSize(field_size(size)),
                C::HTTPResponseHeaderSectionSize(size) => HttpError::HttpResponseHeaderSectionSize(size),
                C::HTTPResponseHeaderSize(size) => HttpError::HttpResponseHeaderSize(field_size(size)),
                C::HTTPResponseBodySize(size) => HttpError::HttpResponseBodySize(size),
                C::HTTPResponseTrailerSectionSize(size) => HttpError::HttpResponseTrailerSectionSize(size),
                C::HTTPResponseTrailerSize(size) => HttpError::HttpResponseTrailerSize(field_size(size)),
                C::HTTPResponseTransferCoding(coding) => HttpError::HttpResponseTransferCoding(owned(coding)),
                C::HTTPResponseContentCoding(coding) => HttpError::HttpResponseContentCoding(owned(coding)),
                C::InternalError(what) => HttpError::InternalError(owned(what)),
            }
        }
    };
}

codes! {
    DnsTimeout = DNSTimeout,
    DestinationNotFound = DestinationNotFound,
    DestinationUnavailable = DestinationUnavailable,
    DestinationIpProhibited = DestinationIPProhibited,
    DestinationIpUnroutable = DestinationIPUnroutable,
    ConnectionRefused = ConnectionRefused,
    ConnectionTerminated = ConnectionTerminated,
    ConnectionTimeout = ConnectionTimeout,
    ConnectionReadTimeout = ConnectionReadTimeout,
    ConnectionWriteTimeout = ConnectionWriteTimeout,
    ConnectionLimitReached = ConnectionLimitReached,
    TlsProtocolError = TLSProtocolError,
    TlsCertificateError = TLSCertificateError,
    HttpRequestDenied = HTTPRequestDenied,
    HttpRequestLengthRequired = HTTPRequestLengthRequired,
    HttpRequestMethodInvalid = HTTPRequestMethodInvalid,
    HttpRequestUriInvalid = HTTPRequestURIInvalid,
    HttpRequestUriTooLong = HTTPRequestURITooLong,
    HttpResponseIncomplete = HTTPResponseIncomplete,
    HttpResponseTimeout = HTTPResponseTimeout,
    HttpUpgradeFailed = HTTPUpgradeFailed,
    HttpProtocolError = HTTPProtocolError,
    LoopDetected = LoopDetected,
    ConfigurationError = ConfigurationError,
}

fn payload(size: FieldSize) -> FieldSizePayload {
    FieldSizePayload { field_name: size.name, field_size: size.size }
}

fn field_size(payload: FieldSizePayloadRef<'_>) -> FieldSize {
    FieldSize { name: payload.field_name.map(str::to_owned), size: payload.field_size }
}
