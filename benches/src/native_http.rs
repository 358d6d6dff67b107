//! HTTP without guests: a server and a client of bare hyper, each the whole of a process.
//!
//! The server is made as the one of `tambo serve` is: a thread for each core, with a listener of its own on the address.

use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::{JoinSet, LocalSet};

type Failure = Box<dyn Error + Send + Sync>;

const TEXT: &[u8] = b"hello, world\n";
const PIECE: usize = 64 << 10;

/// What is answered.
enum Content {
    Text(Option<Bytes>),
    /// The request's body as it comes.
    Echo(Incoming),
    /// Pieces, so many bytes in all.
    Made(Bytes, usize),
}

impl Body for Content {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut *self {
            Self::Text(text) => Poll::Ready(text.take().map(|text| Ok(Frame::data(text)))),
            Self::Echo(body) => Pin::new(body).poll_frame(context),
            Self::Made(_, 0) => Poll::Ready(None),
            Self::Made(piece, left) => {
                let now = piece.slice(..(*left).min(PIECE));
                *left -= now.len();
                Poll::Ready(Some(Ok(Frame::data(now))))
            }
        }
    }

    /// Known for the text alone: the others are sent in chunks, as guests send them.
    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Text(text) => SizeHint::with_exact(text.as_ref().map_or(0, Bytes::len) as u64),
            _ => SizeHint::default(),
        }
    }
}

/// `ADDRESS WORKERS`: serve until the process is ended.
pub(crate) fn serve(address: SocketAddr, workers: usize) -> Result<(), Failure> {
    let threads: Vec<_> = (0..workers.max(1)).map(|_| std::thread::spawn(move || work(address))).collect();
    for thread in threads {
        thread.join().map_err(|_| "a worker panicked")??;
    }
    Ok(())
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

fn work(address: SocketAddr) -> Result<(), Failure> {
    LocalSet::new().block_on(&runtime()?, async {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.set_reuseport(true)?;
        socket.bind(address)?;
        let listener = socket.listen(1024)?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::task::spawn_local(async {
                let server = hyper::server::conn::http1::Builder::new();
                // A client that goes away is no failure.
                let _ = server.serve_connection(TokioIo::new(stream), service_fn(answer)).await;
            });
        }
    })
}

async fn answer(request: Request<Incoming>) -> Result<Response<Content>, Infallible> {
    let uri = request.uri();
    let content = match uri.path() {
        "/echo" | "/splice" => Content::Echo(request.into_body()),
        "/bytes" => {
            let count = uri.query().and_then(|query| query.parse().ok()).unwrap_or_default();
            Content::Made(Bytes::from(vec![b'x'; PIECE]), count)
        }
        _ => Content::Text(Some(Bytes::from_static(TEXT))),
    };
    Ok(Response::new(content))
}

/// `ADDRESS COUNT FLIGHT`: the nanoseconds that each of so many requests takes, on kept connections, of which there is one
/// for each request that is under way at once.
pub(crate) fn request(address: SocketAddr, count: usize, flight: usize) -> Result<u128, Failure> {
    LocalSet::new().block_on(&runtime()?, async {
        let mut clients = Vec::new();
        for _ in 0..flight.max(1) {
            let mut client = connect(address).await?;
            send(&mut client, address).await?;
            clients.push(client);
        }
        let begun = Instant::now();
        let mut tasks = JoinSet::new();
        let connections = clients.len();
        for (index, mut client) in clients.into_iter().enumerate() {
            let share = (count + index) / connections;
            tasks.spawn_local(async move {
                for _ in 0..share {
                    send(&mut client, address).await?;
                }
                Ok::<_, Failure>(())
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended??;
        }
        Ok(begun.elapsed().as_nanos() / count.max(1) as u128)
    })
}

type Client = hyper::client::conn::http1::SendRequest<Content>;

async fn connect(address: SocketAddr) -> Result<Client, Failure> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (client, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::task::spawn_local(connection);
    Ok(client)
}

async fn send(client: &mut Client, address: SocketAddr) -> Result<(), Failure> {
    client.ready().await?;
    let request = Request::get("/hello").header("host", address.to_string()).body(Content::Text(None))?;
    let response = client.send_request(request).await?;
    if response.status() != 200 {
        return Err(format!("status {}", response.status()).into());
    }
    let mut body = response.into_body();
    while let Some(frame) = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        frame?;
    }
    Ok(())
}
