//! The one table from what goes wrong on the wire to the kernel's [`HttpError`].
//!
//! Names are used as RFC 9209 section 2.3, from which WASI has them, explains them.

use std::error::Error;
use std::io::{self, ErrorKind};

use tambo_kernel::http::{BodyOf, HttpError};
use tokio_rustls::rustls;

/// The error of making a connection.
pub(crate) fn of_connecting(error: &io::Error) -> HttpError {
    if let Some(tls) = find::<rustls::Error>(error) {
        return of_tls(tls);
    }
    match error.kind() {
        ErrorKind::ConnectionRefused => HttpError::ConnectionRefused,
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::UnexpectedEof
        | ErrorKind::BrokenPipe => HttpError::ConnectionTerminated,
        ErrorKind::TimedOut => HttpError::ConnectionTimeout,
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::AddrNotAvailable => {
            HttpError::DestinationIpUnroutable
        }
        ErrorKind::NetworkDown => HttpError::DestinationUnavailable,
        _ => HttpError::internal(error.to_string()),
    }
}

fn of_tls(error: &rustls::Error) -> HttpError {
    match error {
        rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => HttpError::TlsCertificateError,
        rustls::Error::AlertReceived(alert) => {
            HttpError::TlsAlertReceived { id: Some(u8::from(*alert)), message: Some(format!("{alert:?}")) }
        }
        _ => HttpError::TlsProtocolError,
    }
}

/// The error of sending a request, or of the head of its response.
pub(crate) fn of_exchange(error: &hyper::Error) -> HttpError {
    of_hyper(error, HttpError::ConnectionTerminated)
}

/// The error of a body that is received.
pub(crate) fn of_body(error: &hyper::Error, of: BodyOf) -> HttpError {
    let incomplete = match of {
        BodyOf::Request => HttpError::ConnectionTerminated,
        BodyOf::Response => HttpError::HttpResponseIncomplete,
    };
    of_hyper(error, incomplete)
}

/// `incomplete` is what it is called that the connection ended early.
fn of_hyper(error: &hyper::Error, incomplete: HttpError) -> HttpError {
    // The body that was being sent: its own error.
    if let Some(own) = find::<HttpError>(error) {
        return own.clone();
    }
    if error.is_parse_too_large() {
        return HttpError::HttpResponseHeaderSectionSize(None);
    }
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        return incomplete;
    }
    if let Some(system) = find::<io::Error>(error) {
        // So hyper says that the chunks of a body are malformed; the system says no such thing of a socket.
        if matches!(system.kind(), ErrorKind::InvalidInput | ErrorKind::InvalidData)
            && system.raw_os_error().is_none()
            && find::<rustls::Error>(system).is_none()
        {
            return HttpError::HttpProtocolError;
        }
        return match of_connecting(system) {
            HttpError::ConnectionTerminated => incomplete,
            other => other,
        };
    }
    if error.is_timeout() {
        return HttpError::ConnectionReadTimeout;
    }
    HttpError::HttpProtocolError
}

/// The first error of a type among an error and its causes.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        // What an `io::Error` wraps is not its source, but has the source that it would have.
        if let Some(inner) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref)
            && let Some(found) = inner.downcast_ref::<T>()
        {
            return Some(found);
        }
        next = error.source();
    }
    None
}
