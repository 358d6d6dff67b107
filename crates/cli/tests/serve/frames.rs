//! A client of HTTP/2 by hand (RFC 9113): frames as they are told, fields without compression.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::TcpStream;

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;

pub(crate) const END_STREAM: u8 = 1;
pub(crate) const ACK: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

pub(crate) struct Connection<S = TcpStream> {
    stream: S,
    /// Whether it answers a PING.
    pub(crate) answers_pings: bool,
    statuses: HashMap<u32, u16>,
    bodies: HashMap<u32, Vec<u8>>,
}

/// What a frame was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
}

pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// A field, neither indexed nor compressed (RFC 7541, section 6.2.2).
pub(crate) fn field(name: &str, value: &str) -> Vec<u8> {
    let mut bytes = vec![0, name.len() as u8];
    bytes.extend(name.bytes());
    bytes.push(value.len() as u8);
    bytes.extend(value.bytes());
    bytes
}

/// A stream may send nothing until its window is widened (RFC 9113, section 6.5.2).
pub(crate) const NO_WINDOW: [u8; 6] = [0, 4, 0, 0, 0, 0];

pub(crate) fn head(method: &str, path: &str) -> Vec<u8> {
    head_to("http", "test", method, path)
}

pub(crate) fn head_to(scheme: &str, authority: &str, method: &str, path: &str) -> Vec<u8> {
    [(":method", method), (":scheme", scheme), (":authority", authority), (":path", path)]
        .iter()
        .flat_map(|(name, value)| field(name, value))
        .collect()
}

impl<S: Read + Write> Connection<S> {
    pub(crate) fn open(stream: S) -> Self {
        Self::open_with(stream, &[])
    }

    /// With the payload of its SETTINGS.
    pub(crate) fn open_with(stream: S, settings: &[u8]) -> Self {
        let mut connection = Self { stream, answers_pings: true, statuses: HashMap::new(), bodies: HashMap::new() };
        connection.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        connection.send(&frame(SETTINGS, 0, 0, settings));
        connection
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// Whether the other side still takes it.
    pub(crate) fn try_send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    pub(crate) fn request(&mut self, stream: u32, method: &str, path: &str, flags: u8) {
        self.send(&frame(HEADERS, END_HEADERS | flags, stream, &head(method, path)));
    }

    pub(crate) fn data(&mut self, stream: u32, bytes: &[u8], flags: u8) {
        self.send(&frame(DATA, flags, stream, bytes));
    }

    /// Let the other side send more: on a stream, or in all if it is 0.
    pub(crate) fn widen(&mut self, stream: u32, bytes: u32) {
        self.send(&frame(WINDOW_UPDATE, 0, stream, &bytes.to_be_bytes()));
    }

    /// The next frame; none if the connection is over.
    pub(crate) fn next(&mut self) -> Option<Seen> {
        let mut header = [0; 9];
        self.stream.read_exact(&mut header).ok()?;
        let length = u32::from_be_bytes([0, header[0], header[1], header[2]]) as usize;
        let mut payload = vec![0; length];
        self.stream.read_exact(&mut payload).ok()?;
        let stream = u32::from_be_bytes([header[5], header[6], header[7], header[8]]);
        let seen = Seen { kind: header[3], flags: header[4], stream };
        match seen.kind {
            SETTINGS if seen.flags & ACK == 0 => drop(self.try_send(&frame(SETTINGS, ACK, 0, &[]))),
            PING if seen.flags & ACK == 0 && self.answers_pings => drop(self.try_send(&frame(PING, ACK, 0, &payload))),
            HEADERS => drop(status(&payload).map(|status| self.statuses.insert(stream, status))),
            DATA => self.bodies.entry(stream).or_default().extend(payload),
            _ => {}
        }
        Some(seen)
    }

    /// Read until a stream ends.
    pub(crate) fn wait_for_end(&mut self) -> Seen {
        loop {
            let seen = self.next().expect("the connection goes on");
            if seen.kind == RST_STREAM || (matches!(seen.kind, HEADERS | DATA) && seen.flags & END_STREAM != 0) {
                return seen;
            }
        }
    }

    /// Read until the connection is over; whether it said goodbye.
    pub(crate) fn read_to_end(&mut self) -> bool {
        let mut said = false;
        while let Some(seen) = self.next() {
            said |= seen.kind == GOAWAY;
        }
        said
    }

    pub(crate) fn status(&self, stream: u32) -> Option<u16> {
        self.statuses.get(&stream).copied()
    }

    pub(crate) fn body(&self, stream: u32) -> &[u8] {
        self.bodies.get(&stream).map_or(&[], Vec::as_slice)
    }
}

/// The status, if it is one of the static table (RFC 7541, appendix A), which comes first.
fn status(payload: &[u8]) -> Option<u16> {
    let statuses = [200, 204, 206, 304, 400, 404, 500];
    statuses.get(usize::from(payload.first()?.checked_sub(0x88)?)).copied()
}
