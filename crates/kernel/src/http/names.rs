//! Which fields a guest may neither set nor see, because they are about a connection and not about a message (RFC 9110
//! section 7.6.1), and rules about the values of a few others. The one policy for all messages, in both directions.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::FieldsError;

/// Names that belong to the host: it speaks for the connection. `host` is the authority of a request, which has a place
/// of its own.
fn is_forbidden(name: &HeaderName) -> bool {
    const OTHERS: &[&str] = &["keep-alive", "proxy-connection", "http2-settings"];
    matches!(
        *name,
        header::CONNECTION
            | header::HOST
            | header::PROXY_AUTHENTICATE
            | header::PROXY_AUTHORIZATION
            | header::TRANSFER_ENCODING
            | header::UPGRADE
    ) || OTHERS.contains(&name.as_str())
}

/// Whether a guest may use the name at all.
pub(super) fn check_name(name: &HeaderName) -> Result<(), FieldsError> {
    if is_forbidden(name) { Err(FieldsError::Forbidden) } else { Ok(()) }
}

/// Whether a guest may set the field to this value, as the only or as one more one (`is_first`).
pub(super) fn check_value(name: &HeaderName, value: &HeaderValue, is_first: bool) -> Result<(), FieldsError> {
    match *name {
        // Of transfer codings, HTTP/2 has but this word; the others are about the connection.
        header::TE if !is_trailers(value) => Err(FieldsError::Forbidden),
        // Two lengths are how requests are smuggled.
        header::CONTENT_LENGTH if !is_first || content_length(value).is_none() => Err(FieldsError::InvalidSyntax),
        _ => Ok(()),
    }
}

/// A length as RFC 9110 section 8.6 writes it: digits only.
pub(super) fn content_length(value: &HeaderValue) -> Option<u64> {
    let text = value.to_str().ok()?;
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

fn is_trailers(value: &HeaderValue) -> bool {
    value.as_bytes().eq_ignore_ascii_case(b"trailers")
}

/// Removes what is about the connection that a message came in on: the forbidden names, and those that its
/// `connection` field lists. A guest that passes fields on cannot pass these on.
pub fn remove_hop_by_hop(fields: &mut HeaderMap) {
    if fields.is_empty() {
        return;
    }
    if fields.contains_key(header::CONNECTION) {
        let listed: Vec<HeaderName> = (fields.get_all(header::CONNECTION).iter())
            .flat_map(|value| value.as_bytes().split(|&byte| byte == b','))
            .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
            .collect();
        for name in listed {
            fields.remove(name);
        }
    }
    let forbidden: Vec<HeaderName> = fields.keys().filter(|name| is_forbidden(name)).cloned().collect();
    for name in forbidden {
        fields.remove(name);
    }
    if fields.get_all(header::TE).iter().any(|value| !is_trailers(value)) {
        fields.remove(header::TE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attack_15_what_is_about_the_connection_is_not_passed_on() {
        let mut fields = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-Secret ,te"),
            ("x-secret", "1"),
            ("keep-alive", "timeout=5"),
            ("proxy-connection", "close"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("http2-settings", "AAAA"),
            ("host", "a.example"),
            ("te", "trailers"),
            ("x-kept", "2"),
        ] {
            fields.append(name, HeaderValue::from_static(value));
        }
        remove_hop_by_hop(&mut fields);
        assert_eq!(fields.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["x-kept"]);
    }

    #[test]
    fn attack_15_lengths_are_digits() {
        for (text, length) in [("0", Some(0)), ("12", Some(12)), ("+1", None), ("1 ", None), ("", None), ("0x1", None)]
        {
            assert_eq!(content_length(&HeaderValue::from_static(text)), length, "{text:?}");
        }
        assert_eq!(content_length(&HeaderValue::from_static("99999999999999999999")), None);
    }
}
