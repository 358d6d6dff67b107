//! The server that guests send requests to, on the loopback interface, well-behaved or not.
//!
//! A request whose field `x-answer` has something in it is answered with that, byte for byte, and the connection closes.
//! A backslash and a letter in it are a command: `\r` and `\n` are the ends of lines, `\p` a pause, `\h` holds on until
//! the client closes, `\f` reads the beginning of the request's body and `\b` all of it, `\c` is a large chunk, `\g` are
//! more fields than a head should have.
//!
//! Any other request is described: its head as it came, an empty line, its content, an empty line, its trailers. One
//! that is not whole gets no answer.

use std::io::{BufRead, BufReader, Read, Result, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use rustix::net::{AddressFamily, SocketFlags, SocketType};

use crate::wire::Message;

/// How long a connection may stand still.
const PATIENCE: Duration = Duration::from_secs(60);

/// Connections at a time; more are closed.
const CONNECTIONS: usize = 256;

/// How a connection begins that wants TLS: such a head has no end.
const TLS: u8 = 0x16;

/// What `\p` takes.
const PAUSE: Duration = Duration::from_millis(100);

/// A running server. It ends when this is dropped.
pub struct Origin {
    address: SocketAddr,
    deaf: Deaf,
    is_over: Arc<AtomicBool>,
}

impl Origin {
    /// Start it on a free port.
    pub fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let (address, is_over) = (listener.local_addr()?, Arc::new(AtomicBool::new(false)));
        let over = is_over.clone();
        thread::spawn(move || accept(&listener, &over));
        Ok(Self { address, deaf: Deaf::new()?, is_over })
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where nobody takes a connection, or refuses it.
    pub fn deaf(&self) -> SocketAddr {
        self.deaf.address
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // So that it looks. If this fails, it ends with the process.
        drop(TcpStream::connect(self.address));
    }
}

/// A listener whose queue is full: the system answers nothing to whoever wants to connect.
struct Deaf {
    address: SocketAddr,
    _listener: OwnedFd,
    _waiting: Vec<OwnedFd>,
}

impl Deaf {
    fn new() -> Result<Self> {
        let listener = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None)?;
        rustix::net::bind(&listener, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        rustix::net::listen(&listener, 0)?;
        let address = SocketAddr::try_from(rustix::net::getsockname(&listener)?)?;
        let mut waiting = Vec::new();
        // A queue of none holds one, and as many as are about to connect.
        for _ in 0..8 {
            let flags = SocketFlags::NONBLOCK;
            let socket = rustix::net::socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
            // It is in progress, for ever.
            let _ = rustix::net::connect(&socket, &address);
            waiting.push(socket);
        }
        Ok(Self { address, _listener: listener, _waiting: waiting })
    }
}

fn accept(listener: &TcpListener, is_over: &AtomicBool) {
    let live = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        let Ok(stream) = stream else { continue };
        if live.fetch_add(1, Ordering::Relaxed) >= CONNECTIONS {
            live.fetch_sub(1, Ordering::Relaxed);
            continue;
        }
        let live = live.clone();
        thread::spawn(move || {
            // A client that goes away is none of its business.
            let _ = serve(&stream);
            live.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

fn serve(stream: &TcpStream) -> Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    let mut from = BufReader::new(stream);
    if from.fill_buf()?.first() == Some(&TLS) {
        return (&mut &*stream).write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    }
    let Some(mut request) = Message::head(&mut from)? else { return Ok(()) };
    match request.field("x-answer") {
        Some(program) => answer(&program, &mut request, &mut from, stream)?,
        None => describe(&mut request, &mut from, stream)?,
    }
    // What the client still sends is read, so that its end is no reset, which would take the answer along.
    stream.shutdown(std::net::Shutdown::Write)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    let _ = std::io::copy(&mut from.take(64 << 20), &mut std::io::sink());
    Ok(())
}

fn describe(request: &mut Message, from: &mut impl BufRead, mut to: &TcpStream) -> Result<()> {
    request.content(from)?;
    let lines = |fields: &[(String, String)]| -> String {
        fields.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
    };
    let mut text = format!("{}\n{}\n", request.line, lines(&request.fields)).into_bytes();
    text.extend_from_slice(&request.body);
    text.extend_from_slice(format!("\n\n{}", lines(&request.trailers)).as_bytes());
    let length = text.len();
    write!(to, "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n")?;
    to.write_all(&text)
}

fn answer(program: &str, request: &mut Message, from: &mut BufReader<&TcpStream>, mut to: &TcpStream) -> Result<()> {
    let mut plain = Vec::new();
    let mut bytes = program.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            plain.push(byte);
            continue;
        }
        let command = bytes.next().unwrap_or_default();
        match command {
            b'r' => plain.push(b'\r'),
            b'n' => plain.push(b'\n'),
            b'c' => {
                plain.extend_from_slice(b"493e0\r\n");
                plain.resize(plain.len() + 0x493e0, b'x');
                plain.extend_from_slice(b"\r\n");
            }
            b'g' => {
                let value = "y".repeat(10_000);
                (0..400).for_each(|number| plain.extend(format!("x-{number}: {value}\r\n").into_bytes()));
            }
            _ => {
                to.write_all(&std::mem::take(&mut plain))?;
                rest(command, request, from)?;
            }
        }
    }
    to.write_all(&plain)
}

/// The commands that write nothing.
fn rest(command: u8, request: &mut Message, from: &mut BufReader<&TcpStream>) -> Result<()> {
    match command {
        b'p' => thread::sleep(PAUSE),
        b'h' => {
            // Whatever comes before it, the end is what counts.
            let _ = std::io::copy(from, &mut std::io::sink());
        }
        b'f' => drop(from.fill_buf()?),
        b'b' => drop(request.content(from)?),
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(origin: &Origin, request: &str) -> String {
        let mut stream = TcpStream::connect(origin.address()).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn requests_are_described_as_they_came() {
        let origin = Origin::start().unwrap();
        let text = ask(&origin, "POST /x HTTP/1.1\r\nX-OnE: 1\r\ncontent-length: 2\r\n\r\nhi");
        assert!(text.ends_with("\r\n\r\nPOST /x HTTP/1.1\nX-OnE: 1\ncontent-length: 2\n\nhi\n\n"), "{text}");
    }

    #[test]
    fn answers_are_what_the_request_tells() {
        let origin = Origin::start().unwrap();
        assert_eq!(ask(&origin, "GET / HTTP/1.1\r\nx-answer: a\\r\\n\\pb\r\n\r\n"), "a\r\nb");
    }

    #[test]
    fn the_deaf_address_neither_accepts_nor_refuses() {
        let origin = Origin::start().unwrap();
        let outcome = TcpStream::connect_timeout(&origin.deaf(), Duration::from_millis(200));
        assert_eq!(outcome.unwrap_err().kind(), std::io::ErrorKind::TimedOut);
    }
}
