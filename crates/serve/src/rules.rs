//! What a request has to be by the rules of its protocol where the library does not insist on it.

use hyper::header::{HOST, TRANSFER_ENCODING};
use hyper::{HeaderMap, Request, StatusCode, Version};

/// What is wrong with a request: what it is answered, and what is told.
pub(crate) type Broken = (StatusCode, &'static str);

/// Check the head of a request.
pub(crate) fn check<T>(request: &Request<T>) -> Result<(), Broken> {
    let (fields, version) = (request.headers(), request.version());
    // RFC 9112, section 3.2.
    if version == Version::HTTP_11 && !fields.contains_key(HOST) {
        return Err((StatusCode::BAD_REQUEST, "a request of HTTP/1.1 without a host"));
    }
    // RFC 9113, section 8.3.1, and RFC 9110, section 4.2.4: who reads "a@b" for a user does not see which host is meant.
    if request.uri().authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err((StatusCode::BAD_REQUEST, "a user in the authority of a request"));
    }
    if version < Version::HTTP_2 && has_unknown_coding(fields) {
        return Err((StatusCode::NOT_IMPLEMENTED, "a request with a transfer coding other than chunked"));
    }
    Ok(())
}

/// RFC 9112, section 6.1: chunked may come once, and what else there is must be understood. Guests do not see the field,
/// so that they could not undo it.
fn has_unknown_coding(fields: &HeaderMap) -> bool {
    let mut codings = fields.get_all(TRANSFER_ENCODING).iter().flat_map(|value| value.as_bytes().split(|&b| b == b','));
    let is_chunked = |coding: &[u8]| coding.trim_ascii().eq_ignore_ascii_case(b"chunked");
    codings.next().is_some_and(|coding| !is_chunked(coding)) || codings.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(version: Version, target: &str, fields: &[(&str, &str)]) -> Option<u16> {
        let mut request = Request::builder().version(version).uri(target);
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        check(&request.body(()).unwrap()).err().map(|(status, _)| status.as_u16())
    }

    #[test]
    fn what_breaks_a_rule_is_not_served() {
        let (http1, host) = (Version::HTTP_11, ("host", "a"));
        for (version, target, fields, status) in [
            (http1, "/", &[host][..], None),
            (http1, "/", &[], Some(400)),
            (Version::HTTP_10, "/", &[], None),
            (Version::HTTP_2, "http://a/", &[], None),
            (Version::HTTP_2, "http://user@a/", &[], Some(400)),
            (http1, "http://user@a/", &[host], Some(400)),
            (http1, "/", &[host, ("transfer-encoding", " Chunked ")], None),
            (http1, "/", &[host, ("transfer-encoding", "gzip, chunked")], Some(501)),
            (http1, "/", &[host, ("transfer-encoding", "chunked, chunked")], Some(501)),
            (http1, "/", &[host, ("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")], Some(501)),
        ] {
            assert_eq!(answered(version, target, fields), status, "{target} {fields:?}");
        }
    }
}
