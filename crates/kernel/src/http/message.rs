//! Requests and responses as guests make and read them (`wasi:http/types`).

use std::rc::Rc;
use std::time::Duration;

use http::header::HOST;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};

use super::{Account, BodyOf, BodyReader, BodySource, Fields, HttpError, IncomingBody, OutgoingBody, Permit, body};

/// Bounds on the time that an exchange may take, where it may take less than the host allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestOptions {
    /// For a connection to be made.
    pub connect_timeout: Option<Duration>,
    /// From then to the response's first byte.
    pub first_byte_timeout: Option<Duration>,
    /// Between two parts of the response's body.
    pub between_bytes_timeout: Option<Duration>,
}

/// A body that a message is going to have, whoever takes it.
struct BodySlot {
    of: BodyOf,
    reader: Option<(BodyReader, Permit)>,
}

impl BodySlot {
    fn new(of: BodyOf) -> Self {
        Self { of, reader: None }
    }

    fn open(&mut self, headers: &Fields, account: &Account) -> Result<Option<OutgoingBody>, HttpError> {
        if self.reader.is_some() {
            return Ok(None);
        }
        let permit = account.permit().ok_or(HttpError::ConnectionLimitReached)?;
        let (writer, reader) = body(self.of, account.budget.body_buffer, headers.content_length());
        self.reader = Some((reader, permit));
        Ok(Some(writer))
    }

    /// The body to be sent; an empty one if the guest never asked for it.
    fn into_reader(self, headers: &Fields) -> BodyReader {
        match self.reader {
            Some((reader, _)) => reader,
            None => {
                // A length other than 0 was announced for it? That fails the body, as it should.
                let length = headers.content_length().filter(|_| self.of == BodyOf::Request);
                let (writer, reader) = body(self.of, 1, length);
                drop(writer.finish(None));
                reader
            }
        }
    }
}

/// A request that a guest sends.
pub struct OutgoingRequest {
    /// The method; GET at first.
    pub method: Method,
    /// The scheme; the host chooses, if there is none.
    pub scheme: Option<Scheme>,
    /// The authority.
    pub authority: Option<Authority>,
    /// The path and query; empty if there is none.
    pub path_with_query: Option<PathAndQuery>,
    headers: Fields,
    body: BodySlot,
    account: Rc<Account>,
}

impl OutgoingRequest {
    /// A GET request to nowhere yet. The fields cannot be changed from now on.
    pub fn new(mut headers: Fields, account: &Rc<Account>) -> Self {
        headers.freeze();
        Self {
            method: Method::GET,
            scheme: None,
            authority: None,
            path_with_query: None,
            headers,
            body: BodySlot::new(BodyOf::Request),
            account: account.clone(),
        }
    }

    /// The headers.
    pub fn headers(&self) -> &Fields {
        &self.headers
    }

    /// Set the path and query, or have none. Fails if it does not follow an authority: RFC 3986 section 3.3 wants it empty
    /// or beginning with a slash; `*` is for OPTIONS.
    pub fn set_path_with_query(&mut self, path: Option<&str>) -> Result<(), HttpError> {
        self.path_with_query = match path {
            None => None,
            Some(path) if path.is_empty() || path == "*" || path.starts_with(['/', '?']) => {
                let is_plain = !path.contains('#');
                let parsed = PathAndQuery::try_from(path).ok().filter(|_| is_plain);
                Some(parsed.ok_or(HttpError::HttpRequestUriInvalid)?)
            }
            Some(_) => return Err(HttpError::HttpRequestUriInvalid),
        };
        Ok(())
    }

    /// Set the scheme, or have none. Fails if it is not what RFC 3986, section 3.1 calls one.
    pub fn set_scheme(&mut self, scheme: Option<&str>) -> Result<(), HttpError> {
        let parse = |text: &str| {
            let is_scheme = text.starts_with(|first: char| first.is_ascii_alphabetic())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
            Scheme::try_from(text).ok().filter(|_| is_scheme).ok_or(HttpError::HttpRequestUriInvalid)
        };
        self.scheme = scheme.map(parse).transpose()?;
        Ok(())
    }

    /// Set the authority, or have none.
    pub fn set_authority(&mut self, authority: Option<&str>) -> Result<(), HttpError> {
        let parse = |text: &str| match Authority::try_from(text) {
            // Who reads "a@b" for a host and who for a user is not the same everywhere (RFC 9110, section 4.2.4).
            Ok(authority) if !text.contains('@') => Ok(authority),
            _ => Err(HttpError::HttpRequestUriInvalid),
        };
        self.authority = authority.map(parse).transpose()?;
        Ok(())
    }

    /// The body to be written: none but the first time. [`HttpError::ConnectionLimitReached`] if the guest has as many
    /// as it may.
    pub fn body(&mut self) -> Result<Option<OutgoingBody>, HttpError> {
        self.body.open(&self.headers, &self.account)
    }

    /// The message, to be sent. [`HttpError::HttpRequestUriInvalid`] if its parts are none together.
    pub fn into_http(self) -> Result<Request<BodyReader>, HttpError> {
        let mut uri = http::uri::Parts::default();
        uri.scheme = Some(self.scheme.unwrap_or(Scheme::HTTPS));
        uri.authority = self.authority;
        uri.path_and_query = Some(self.path_with_query.unwrap_or_else(|| PathAndQuery::from_static("/")));
        let reader = self.body.into_reader(&self.headers);
        let mut request = Request::new(reader);
        *request.method_mut() = self.method;
        *request.uri_mut() = Uri::from_parts(uri).map_err(|_| HttpError::HttpRequestUriInvalid)?;
        *request.headers_mut() = self.headers.into_map();
        Ok(request)
    }
}

/// A response that a guest sends.
pub struct OutgoingResponse {
    /// The status; 200 at first.
    pub status: StatusCode,
    headers: Fields,
    body: BodySlot,
    account: Rc<Account>,
}

impl OutgoingResponse {
    /// A response of status 200. The fields cannot be changed from now on.
    pub fn new(mut headers: Fields, account: &Rc<Account>) -> Self {
        headers.freeze();
        Self { status: StatusCode::OK, headers, body: BodySlot::new(BodyOf::Response), account: account.clone() }
    }

    /// The headers.
    pub fn headers(&self) -> &Fields {
        &self.headers
    }

    /// The body to be written, as [`OutgoingRequest::body`].
    pub fn body(&mut self) -> Result<Option<OutgoingBody>, HttpError> {
        self.body.open(&self.headers, &self.account)
    }

    /// The message, to be sent.
    pub fn into_http(self) -> Response<BodyReader> {
        let mut response = Response::new(self.body.into_reader(&self.headers));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.into_map();
        response
    }
}

/// A request that a guest answers.
pub struct IncomingRequest {
    /// The method.
    pub method: Method,
    /// The scheme.
    pub scheme: Scheme,
    /// The authority: of the target, or else what the `host` field says.
    pub authority: Option<Authority>,
    /// The path and query.
    pub path_with_query: Option<PathAndQuery>,
    headers: Fields,
    body: Option<IncomingBody>,
}

impl IncomingRequest {
    /// The request that a server received on a connection of a scheme. [`HttpError::HttpRequestUriInvalid`] if it has
    /// several `host` fields, one that is no authority, or one other than its target's (RFC 9112 section 3.2): the
    /// server answers 400.
    pub fn new(
        request: Request<Box<dyn BodySource>>,
        scheme: Scheme,
        account: &Rc<Account>,
    ) -> Result<Self, HttpError> {
        let (parts, source) = request.into_parts();
        let uri = parts.uri.into_parts();
        let authority = authority(uri.authority, &parts.headers)?;
        Ok(Self {
            method: parts.method,
            // The connection's: what the target says, whoever sends it may say without TLS.
            scheme,
            authority,
            path_with_query: uri.path_and_query,
            headers: Fields::received(parts.headers, account),
            body: Some(IncomingBody::new(source)),
        })
    }

    /// The headers, without `host` and what is about the connection.
    pub fn headers(&self) -> &Fields {
        &self.headers
    }

    /// The body; none but the first time.
    pub fn take_body(&mut self) -> Option<IncomingBody> {
        self.body.take()
    }
}

/// A response that a guest was sent.
pub struct IncomingResponse {
    /// The status.
    pub status: StatusCode,
    headers: Fields,
    body: Option<IncomingBody>,
}

impl IncomingResponse {
    /// The response that a client received.
    pub fn new(response: Response<Box<dyn BodySource>>, account: &Rc<Account>) -> Self {
        let (parts, source) = response.into_parts();
        let headers = Fields::received(parts.headers, account);
        Self { status: parts.status, headers, body: Some(IncomingBody::new(source)) }
    }

    /// The headers, without what is about the connection.
    pub fn headers(&self) -> &Fields {
        &self.headers
    }

    /// The body; none but the first time.
    pub fn take_body(&mut self) -> Option<IncomingBody> {
        self.body.take()
    }
}

fn authority(target: Option<Authority>, headers: &HeaderMap) -> Result<Option<Authority>, HttpError> {
    let mut hosts = headers.get_all(HOST).iter();
    let Some(host) = hosts.next() else { return Ok(target) };
    if hosts.next().is_some() {
        return Err(HttpError::HttpRequestUriInvalid);
    }
    if host.is_empty() {
        return Ok(target);
    }
    let host = Authority::try_from(host.as_bytes()).map_err(|_| HttpError::HttpRequestUriInvalid)?;
    match target {
        Some(target) if target != host => Err(HttpError::HttpRequestUriInvalid),
        _ if host.as_str().contains('@') => Err(HttpError::HttpRequestUriInvalid),
        _ => Ok(Some(host)),
    }
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
