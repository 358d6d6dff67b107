//! A server in a guest: many connections at once, large and small pieces, ends.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use tambo::Runtime;

use crate::{allowed, on_each_engine, run};

/// A port that is free now.
fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn connect(address: SocketAddr) -> TcpStream {
    for _ in 0..1_000 {
        if let Ok(stream) = TcpStream::connect(address) {
            return stream;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("nobody listens within ten seconds");
}

/// Have the guest serve so many connections, which `client` makes.
fn serve(runtime: &Runtime, connections: usize, client: impl FnOnce(SocketAddr) + Send) {
    let address = free_port();
    std::thread::scope(|scope| {
        let client = scope.spawn(move || client(address));
        let mut grant = allowed("tcp:listen:127.0.0.1:*");
        // What goes wrong in a client must not leave the server waiting for ever.
        grant.timeout(Duration::from_secs(60));
        let count = connections.to_string();
        assert_eq!(run(runtime, grant, &["echo", &address.to_string(), &count]), [address.port().to_string()]);
        client.join().unwrap();
    });
}

#[test]
fn what_is_sent_comes_back() {
    on_each_engine(|runtime| {
        serve(runtime, 1, |address| {
            let mut stream = connect(address);
            for size in [1, 10, 4_096, 4_097, 100_000] {
                let sent: Vec<u8> = (0..size).map(|index| (index % 251) as u8).collect();
                stream.write_all(&sent).unwrap();
                let mut received = vec![0; size];
                stream.read_exact(&mut received).unwrap();
                assert_eq!(sent, received);
            }
            stream.shutdown(Shutdown::Write).unwrap();
            assert_eq!(stream.read(&mut [0]).unwrap(), 0, "the end comes back too");
        });
    });
}

#[test]
fn many_connections_are_served_at_once() {
    on_each_engine(|runtime| {
        serve(runtime, 50, |address| {
            let mut streams: Vec<TcpStream> = (0..50).map(|_| connect(address)).collect();
            for (number, stream) in streams.iter_mut().enumerate() {
                stream.write_all(&[number as u8]).unwrap();
            }
            for (number, stream) in streams.iter_mut().enumerate().rev() {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                assert_eq!(byte, [number as u8]);
            }
        });
    });
}

#[test]
fn a_peer_that_goes_away_harms_nobody_else() {
    on_each_engine(|runtime| {
        serve(runtime, 11, |address| {
            let mut steady = connect(address);
            for _ in 0..10 {
                let mut hasty = connect(address);
                hasty.write_all(&[7; 100_000]).unwrap();
                drop(hasty);
                steady.write_all(b"x").unwrap();
                steady.read_exact(&mut [0]).unwrap();
            }
        });
    });
}
