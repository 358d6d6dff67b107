//! A load generator: connections that are kept, each with one request at a time, on one thread.
//!
//! It shares the processors with the server, so it does no more than it has to: requests are bytes that were made before,
//! and of a response it reads where it ends ([`crate::reply`]).

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::reply::Reply;

/// How much longer than asked for a run may take until it has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request, as it goes over the wire.
pub(crate) type Request = Arc<[u8]>;

pub(crate) fn get(path: &str) -> Request {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").into_bytes().into()
}

pub(crate) fn post(path: &str, size: usize) -> Request {
    let head = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {size}\r\n\r\n");
    let mut bytes = head.into_bytes();
    bytes.resize(bytes.len() + size, b'x');
    bytes.into()
}

/// What came of a run.
#[derive(Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) responses: u64,
    /// Bytes of bodies that were received.
    pub(crate) bytes: u64,
    pub(crate) seconds: f64,
}

/// Connections to one server.
pub(crate) struct Pool {
    runtime: Runtime,
    connections: Vec<Connection>,
}

impl Pool {
    /// Connect, and have each connection answer a request.
    pub(crate) fn open(address: SocketAddr, count: usize, request: &Request) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let opened = runtime.block_on(async {
            let mut connections = Vec::new();
            for _ in 0..count {
                connections.push(Connection::open(address).await?);
            }
            Result::Ok(connections)
        })?;
        let mut pool = Self { runtime, connections: opened };
        pool.run(request, Duration::ZERO)?;
        Ok(pool)
    }

    /// Send the request over and over for so long, and once at least.
    pub(crate) fn run(&mut self, request: &Request, duration: Duration) -> Result<Tally> {
        let connections = std::mem::take(&mut self.connections);
        let work = async {
            let begun = Instant::now();
            let until = begun + duration;
            let mut tasks = JoinSet::new();
            for connection in connections {
                tasks.spawn(connection.work(Arc::clone(request), until));
            }
            let (mut total, mut connections) = (Tally::default(), Vec::new());
            while let Some(ended) = tasks.join_next().await {
                let (connection, tally) = ended.map_err(Error::other)??;
                connections.push(connection);
                total.responses += tally.responses;
                total.bytes += tally.bytes;
            }
            total.seconds = begun.elapsed().as_secs_f64();
            Result::Ok((total, connections))
        };
        let late = |_| Error::new(ErrorKind::TimedOut, "a response did not come");
        let (total, connections) =
            self.runtime.block_on(async { timeout(duration + PATIENCE, work).await }).map_err(late)??;
        self.connections = connections;
        Ok(total)
    }
}

struct Connection {
    stream: TcpStream,
    reply: Reply,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, reply: Reply::default(), buffer: vec![0; 128 << 10] })
    }

    async fn work(mut self, request: Request, until: Instant) -> Result<(Self, Tally)> {
        let mut tally = Tally::default();
        loop {
            tally.bytes += self.exchange(&request).await?;
            tally.responses += 1;
            if Instant::now() >= until {
                return Ok((self, tally));
            }
        }
    }

    /// Send and receive at once: a body that is echoed would be stuck otherwise.
    async fn exchange(&mut self, request: &[u8]) -> Result<u64> {
        let (mut from, mut to) = self.stream.split();
        let (reply, buffer) = (&mut self.reply, &mut self.buffer);
        let read = async {
            reply.reset();
            loop {
                let count = from.read(buffer).await?;
                if count == 0 {
                    return Err(Error::from(ErrorKind::UnexpectedEof));
                }
                if reply.take(&buffer[..count])? {
                    return Ok(reply.received);
                }
            }
        };
        let ((), received) = tokio::try_join!(to.write_all(request), read)?;
        Ok(received)
    }
}
