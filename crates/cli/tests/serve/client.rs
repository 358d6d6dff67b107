//! A client of HTTP/1.1 by hand: sends what it is told, reads what comes.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};

pub(crate) struct Client<S> {
    stream: BufReader<S>,
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: Vec<(String, String)>,
    /// Whether the body ended as it should.
    pub(crate) is_whole: bool,
}

impl Response {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

impl Client<TcpStream> {
    /// Send no more.
    pub(crate) fn finish(&mut self) {
        self.stream.get_mut().shutdown(Shutdown::Write).unwrap();
    }
}

impl<S: Read + Write> Client<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream: BufReader::new(stream) }
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.get_mut().write_all(bytes.as_ref()).unwrap();
        self.stream.get_mut().flush().unwrap();
    }

    pub(crate) fn get(&mut self, path: &str) -> Response {
        self.send(format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n"));
        self.read()
    }

    pub(crate) fn read(&mut self) -> Response {
        self.try_read().expect("a response")
    }

    /// None if the connection was closed, or broke, before the head was there.
    pub(crate) fn try_read(&mut self) -> Option<Response> {
        let first = self.line()?;
        let status = first.split(' ').nth(1)?.parse().ok()?;
        let fields = self.fields()?;
        let mut response = Response { status, fields, body: Vec::new(), trailers: Vec::new(), is_whole: false };
        if let Some(length) = response.field("content-length") {
            response.body = vec![0; length.parse().unwrap()];
            response.is_whole = self.stream.read_exact(&mut response.body).is_ok();
        } else if response.field("transfer-encoding") == Some("chunked") {
            let chunks = self.chunks(&mut response.body);
            response.is_whole = chunks.is_some();
            response.trailers = chunks.unwrap_or_default();
        }
        Some(response)
    }

    /// One line without its end.
    pub(crate) fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        match self.stream.read_line(&mut line) {
            Ok(count) if count > 0 => Some(line.trim_end().to_owned()),
            _ => None,
        }
    }

    fn fields(&mut self) -> Option<Vec<(String, String)>> {
        let mut fields = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else { return Some(fields) };
            fields.push((name.to_owned(), value.trim().to_owned()));
        }
    }

    /// The trailers, if all chunks came.
    fn chunks(&mut self, body: &mut Vec<u8>) -> Option<Vec<(String, String)>> {
        loop {
            let size = usize::from_str_radix(&self.line()?, 16).ok()?;
            if size == 0 {
                return self.fields();
            }
            let start = body.len();
            body.resize(start + size, 0);
            self.stream.read_exact(&mut body[start..]).ok()?;
            self.line()?;
        }
    }

    /// Whether the other side closes without another word.
    pub(crate) fn is_closed(&mut self) -> bool {
        let mut byte = [0];
        match self.stream.read(&mut byte) {
            Ok(count) => count == 0,
            Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        }
    }
}
