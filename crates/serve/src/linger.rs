//! The end of a connection of HTTP/1.1 whose client may still send. To close a socket with bytes in it that nobody read
//! is to reset it, which takes the last response away from a client that has not seen it (RFC 9112, section 9.6). So the
//! server says that it sends no more, and drops what still comes, for a while.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// How long a client may take to notice.
const LONGEST: Duration = Duration::from_secs(2);
/// Bytes that are dropped at most: who sends more does not listen.
const MOST: usize = 4 << 20;
/// How much is read at once.
const PIECE: usize = 16 << 10;

/// Send no more, and read until the client closes its end.
pub(crate) async fn linger(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    // Whether it takes too long or fails: what follows is the close in any case.
    let _ = tokio::time::timeout(LONGEST, dropping(stream)).await;
}

async fn dropping(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    // It may have been done already.
    let _ = stream.shutdown().await;
    // Not in the future itself, which every connection has room for.
    let mut piece = vec![0; PIECE];
    let mut dropped = 0;
    while dropped < MOST {
        match stream.read(&mut piece).await {
            Ok(count) if count > 0 => dropped += count,
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_ends_when_the_client_does_or_when_it_takes_too_long() {
        let (mut server, mut client) = tokio::io::duplex(64);
        let sending = async move {
            client.write_all(&[0; 1000]).await.unwrap();
            let mut rest = Vec::new();
            client.read_to_end(&mut rest).await.unwrap();
            assert!(rest.is_empty());
        };
        let begin = tokio::time::Instant::now();
        tokio::join!(linger(&mut server), sending);
        assert!(begin.elapsed() < LONGEST);

        let (mut server, _silent) = tokio::io::duplex(64);
        linger(&mut server).await;
        assert!(begin.elapsed() >= LONGEST);
    }

    #[tokio::test]
    async fn who_never_stops_sending_is_closed() {
        let (mut server, mut client) = tokio::io::duplex(PIECE);
        let sending = async move {
            let mut sent = 0;
            while client.write_all(&[0; PIECE]).await.is_ok() {
                sent += PIECE;
            }
            assert!((MOST..MOST + 3 * PIECE).contains(&sent), "{sent}");
        };
        let lingering = async move { linger(&mut server).await };
        tokio::join!(lingering, sending);
    }
}
