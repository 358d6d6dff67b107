//! A request that the handler sends in turn.

use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{ErrorCode, Fields, OutgoingRequest, Scheme};
use wasip2::io::streams::StreamError;

/// The content of the response to a GET of `AUTHORITY/PATH`.
pub(crate) fn get(target: &str) -> Result<Vec<u8>, ErrorCode> {
    let (authority, path) = target.split_at(target.find('/').unwrap_or(target.len()));
    let request = OutgoingRequest::new(Fields::new());
    let invalid = |()| ErrorCode::HttpRequestUriInvalid;
    request.set_scheme(Some(&Scheme::Http)).map_err(invalid)?;
    request.set_authority(Some(authority)).map_err(invalid)?;
    request.set_path_with_query(Some(path)).map_err(invalid)?;
    let future = handle(request, None)?;
    future.subscribe().block();
    let response = future.get().expect("it is ready").expect("the first time")?;
    let body = response.consume().expect("the first time");
    let stream = body.stream().expect("the first time");
    let mut content = Vec::new();
    loop {
        match stream.blocking_read(1 << 16) {
            Ok(more) => content.extend(more),
            Err(StreamError::Closed) => return Ok(content),
            Err(StreamError::LastOperationFailed(_)) => return Err(ErrorCode::HttpResponseIncomplete),
        }
    }
}
