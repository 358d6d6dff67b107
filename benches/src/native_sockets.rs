//! Sockets without guests: an echo server of tokio, and `poll` of the system, each the whole of a process.

use std::net::{SocketAddr, UdpSocket};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::library::AnyError;

const PIECE: usize = 64 << 10;

/// `ADDRESS COUNT`: echo what comes, and end after so many connections.
pub(crate) fn echo(address: SocketAddr, count: usize) -> Result<(), AnyError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(address).await?;
        let mut tasks = JoinSet::new();
        for _ in 0..count {
            let (stream, _) = listener.accept().await?;
            tasks.spawn(answer(stream));
        }
        while let Some(ended) = tasks.join_next().await {
            ended??;
        }
        Ok(())
    })
}

async fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let mut buffer = vec![0; PIECE];
    loop {
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..count]).await?;
    }
}

/// `COUNT TIMES`: the nanoseconds of a poll of so many sockets, of which none is ready, and a time that has come.
pub(crate) fn poll_many(count: usize, times: u32) -> Result<u128, AnyError> {
    let sockets = (0..count).map(|_| UdpSocket::bind("127.0.0.1:0")).collect::<Result<Vec<_>, _>>()?;
    let mut wanted: Vec<PollFd<'_>> = sockets.iter().map(|socket| PollFd::new(socket, PollFlags::IN)).collect();
    let begun = Instant::now();
    for _ in 0..times {
        let ready = poll(&mut wanted, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))?;
        if ready != 0 {
            return Err("a socket that nobody sends to is ready".into());
        }
    }
    Ok(begun.elapsed().as_nanos() / u128::from(times.max(1)))
}
