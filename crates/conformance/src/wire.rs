//! HTTP/1.1 by hand, from a peer that need not keep to it: enough for an origin and for a client that compare what they
//! are sent. Everything is bounded.

use std::io::{BufRead, Error, ErrorKind, Read, Result};

/// Bytes of a line of a head.
const LINE: u64 = 64 << 10;

/// Lines of a head.
const LINES: usize = 1_000;

/// Bytes of a body.
const BODY: usize = 16 << 20;

/// A request or a response.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message {
    /// The first line.
    pub(crate) line: String,
    /// Names as they came, and values.
    pub(crate) fields: Vec<(String, String)>,
    /// The content.
    pub(crate) body: Vec<u8>,
    /// The fields after the content.
    pub(crate) trailers: Vec<(String, String)>,
}

impl Message {
    /// Read a head; none if the connection ends before it begins.
    pub(crate) fn head(from: &mut impl BufRead) -> Result<Option<Self>> {
        let Some(line) = line(from)? else { return Ok(None) };
        Ok(Some(Self { line, fields: fields(from)?, ..Self::default() }))
    }

    /// All values of a name; none if it is not there.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let values = self.fields.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let values: Vec<&str> = values.map(|(_, value)| value.as_str()).collect();
        if values.is_empty() { None } else { Some(values.join(", ")) }
    }

    fn is_chunked(&self) -> bool {
        self.field("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"))
    }

    /// Read the content, and the trailers, if the head says how long it is; whether it did.
    pub(crate) fn content(&mut self, from: &mut impl BufRead) -> Result<bool> {
        if self.is_chunked() {
            while let Some(size) = chunk_size(from)? {
                self.take(from, size)?;
                line(from)?;
            }
            self.trailers = fields(from)?;
            return Ok(true);
        }
        let Some(length) = self.field("content-length") else { return Ok(false) };
        let length = length.parse().map_err(|_| invalid("a length that is no number"))?;
        self.take(from, length)?;
        Ok(true)
    }

    /// Read content that ends with the connection.
    pub(crate) fn rest(&mut self, from: &mut impl BufRead) -> Result<()> {
        from.take(BODY as u64).read_to_end(&mut self.body).map(drop)
    }

    fn take(&mut self, from: &mut impl BufRead, count: usize) -> Result<()> {
        if self.body.len().saturating_add(count) > BODY {
            return Err(invalid("a body that is too large"));
        }
        let begin = self.body.len();
        let read = from.take(count as u64).read_to_end(&mut self.body)?;
        if read < count {
            self.body.truncate(begin + read);
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

fn invalid(what: &'static str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

/// A line without its end; none at the end of the connection.
fn line(from: &mut impl BufRead) -> Result<Option<String>> {
    let mut line = Vec::new();
    from.take(LINE).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(None);
    }
    if line.pop() != Some(b'\n') {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    let text = String::from_utf8_lossy(&line);
    Ok(Some(text.trim_end_matches('\r').to_owned()))
}

fn fields(from: &mut impl BufRead) -> Result<Vec<(String, String)>> {
    let mut fields = Vec::new();
    loop {
        let line = line(from)?.ok_or(ErrorKind::UnexpectedEof)?;
        if line.is_empty() {
            return Ok(fields);
        }
        let (name, value) = line.split_once(':').ok_or_else(|| invalid("a field without a colon"))?;
        if fields.len() == LINES {
            return Err(invalid("more fields than anybody needs"));
        }
        fields.push((name.to_owned(), value.trim().to_owned()));
    }
}

/// The size of the next chunk; none for the last one.
fn chunk_size(from: &mut impl BufRead) -> Result<Option<usize>> {
    let line = line(from)?.ok_or(ErrorKind::UnexpectedEof)?;
    let digits = line.split(';').next().unwrap_or_default().trim();
    let size = usize::from_str_radix(digits, 16).map_err(|_| invalid("a chunk without a size"))?;
    Ok(Some(size).filter(|&size| size > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Message> {
        let from = &mut text.as_bytes();
        let mut message = Message::head(from)?.ok_or(ErrorKind::NotFound)?;
        message.content(from)?;
        Ok(message)
    }

    #[test]
    fn content_ends_where_it_says() {
        let counted = read("GET / HTTP/1.1\r\nX-a: 1\r\ncontent-length: 5\r\nx-A: 2\r\n\r\nhello, more").unwrap();
        assert_eq!((counted.line.as_str(), counted.body.as_slice()), ("GET / HTTP/1.1", b"hello".as_slice()));
        assert_eq!(counted.field("x-a").as_deref(), Some("1, 2"));
        let chunked =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x\r\nlo\r\n0\r\nx-sum: 5\r\n\r\n";
        let chunked = read(chunked).unwrap();
        assert_eq!(chunked.body, b"hello");
        assert_eq!(chunked.trailers, [("x-sum".to_owned(), "5".to_owned())]);
    }

    #[test]
    fn what_is_not_whole_is_an_error() {
        for text in [
            "GET / HTTP/1.1\r\nx-a: 1\r\n",
            "GET / HTTP/1.1\r\ncontent-length: 5\r\n\r\nhell",
            "GET / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
            "GET / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nnone\r\n",
            "GET / HTTP/1.1\r\nno field\r\n\r\n",
        ] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }
}
