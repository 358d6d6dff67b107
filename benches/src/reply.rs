//! Responses of HTTP/1.1, read as far as a load generator has to: the status, and where the body ends.

use std::io::{Error, Result};

/// A response that is being read.
#[derive(Default)]
pub(crate) struct Reply {
    head: Vec<u8>,
    body: Body,
    /// Bytes of the body so far.
    pub(crate) received: u64,
}

#[derive(Default)]
enum Body {
    /// The head is not whole yet.
    #[default]
    Unknown,
    Length(u64),
    Chunked(Chunked),
}

/// Where in a chunked body (RFC 9112, section 7.1) the reader is.
enum Chunked {
    /// In the line with the size, which is this so far; `true` after its digits.
    Size(u64, bool),
    /// In a chunk of which so much is left.
    Data(u64),
    /// In the line break after a chunk.
    AfterData,
    /// In a line after the last chunk, which has so many bytes.
    Trailer(usize),
}

const HEAD_LIMIT: usize = 16 << 10;

impl Reply {
    /// Ready for the next response.
    pub(crate) fn reset(&mut self) {
        self.head.clear();
        self.body = Body::Unknown;
        self.received = 0;
    }

    /// Take in what came; whether the response is whole. More than that is an error, as is any status but 200.
    pub(crate) fn take(&mut self, mut bytes: &[u8]) -> Result<bool> {
        if let Body::Unknown = self.body {
            let before = self.head.len();
            self.head.extend_from_slice(bytes);
            let from = before.saturating_sub(3);
            let Some(end) = self.head[from..].windows(4).position(|window| window == b"\r\n\r\n") else {
                return if self.head.len() > HEAD_LIMIT { Err(wrong("a head without end")) } else { Ok(false) };
            };
            let end = from + end + 4;
            bytes = &bytes[end - before..];
            self.body = parse(&self.head[..end])?;
        }
        match &mut self.body {
            Body::Unknown => Ok(false),
            Body::Length(length) => {
                self.received += bytes.len() as u64;
                if self.received > *length {
                    Err(wrong("more than the response"))
                } else {
                    Ok(self.received == *length)
                }
            }
            Body::Chunked(state) => state.take(bytes, &mut self.received),
        }
    }
}

fn wrong(what: &str) -> Error {
    Error::other(format!("unexpected answer: {what}"))
}

fn parse(head: &[u8]) -> Result<Body> {
    let text = std::str::from_utf8(head).map_err(|_| wrong("a head that is not text"))?;
    let mut lines = text.split("\r\n");
    let status = lines.next().unwrap_or_default();
    if !status.starts_with("HTTP/1.1 200") {
        return Err(wrong(status));
    }
    for line in lines {
        let Some((name, value)) = line.split_once(':') else { continue };
        if name.eq_ignore_ascii_case("content-length") {
            return value.trim().parse().map(Body::Length).map_err(|_| wrong(line));
        }
        if name.eq_ignore_ascii_case("transfer-encoding") && value.trim().eq_ignore_ascii_case("chunked") {
            return Ok(Body::Chunked(Chunked::Size(0, false)));
        }
    }
    Err(wrong("neither content-length nor chunks"))
}

impl Chunked {
    fn take(&mut self, mut bytes: &[u8], received: &mut u64) -> Result<bool> {
        while let Some(&byte) = bytes.first() {
            let mut used = 1;
            *self = match *self {
                Self::Size(0, _) if byte == b'\n' => Self::Trailer(0),
                Self::Size(size, _) if byte == b'\n' => Self::Data(size),
                Self::Size(size, false) => match (byte as char).to_digit(16) {
                    Some(digit) if size < 1 << 32 => Self::Size(size * 16 + u64::from(digit), false),
                    Some(_) => return Err(wrong("a chunk that is too large")),
                    None => Self::Size(size, true),
                },
                Self::Size(size, true) => Self::Size(size, true),
                Self::Data(left) => {
                    used = (left as usize).min(bytes.len());
                    *received += used as u64;
                    let left = left - used as u64;
                    if left == 0 { Self::AfterData } else { Self::Data(left) }
                }
                Self::AfterData if byte == b'\n' => Self::Size(0, false),
                Self::AfterData => Self::AfterData,
                // The empty line, if nothing but the carriage return came before.
                Self::Trailer(length) if byte == b'\n' && length <= 1 => {
                    return if bytes.len() == 1 { Ok(true) } else { Err(wrong("more than the response")) };
                }
                Self::Trailer(_) if byte == b'\n' => Self::Trailer(0),
                Self::Trailer(length) => Self::Trailer(length + 1),
            };
            bytes = &bytes[used..];
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes of the body, whole at the very end and not before, however the response is cut.
    fn length(response: &str) -> u64 {
        let mut reply = Reply::default();
        for cut in 0..response.len() {
            reply.reset();
            let (first, second) = response.as_bytes().split_at(cut);
            assert!(!reply.take(first).unwrap(), "{cut}");
            assert!(reply.take(second).unwrap(), "{cut}");
        }
        reply.reset();
        for (index, byte) in response.as_bytes().iter().enumerate() {
            assert_eq!(reply.take(&[*byte]).unwrap(), index + 1 == response.len());
        }
        reply.received
    }

    #[test]
    fn the_end_is_found() {
        assert_eq!(length("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nx: y\r\n\r\nhello"), 5);
        assert_eq!(length("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"), 0);
        let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        assert_eq!(length(&format!("{chunked}5\r\nhello\r\nA;x=1\r\n0123456789\r\n0\r\n\r\n")), 15);
        assert_eq!(length(&format!("{chunked}0\r\na: b\r\n\r\n")), 0);
    }

    #[test]
    fn what_is_no_good_answer_is_an_error() {
        let take = |text: &str| Reply::default().take(text.as_bytes());
        for text in [
            "HTTP/1.1 500 no\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nab",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nx",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1ffffffffff\r\n",
        ] {
            assert!(take(text).is_err(), "{text}");
        }
    }
}
