//! An echo server: any number of connections at once, until so many have ended.

use crate::wasi::io::poll::{Pollable, poll};
use crate::wasi::io::streams::{InputStream, OutputStream};
use crate::wasi::sockets::instance_network::instance_network;
use crate::wasi::sockets::network::ErrorCode;
use crate::wasi::sockets::tcp::{ShutdownType, TcpSocket};
use crate::wasi::sockets::tcp_create_socket::create_tcp_socket;
use crate::{address, say};

/// In the order in which they are to be dropped: pollables before what they are about.
struct Connection {
    readable: Pollable,
    input: InputStream,
    output: OutputStream,
    socket: TcpSocket,
}

/// Bytes that are moved at once.
const PIECE: u64 = 64 << 10;

/// `ADDRESS COUNT`: listen there, tell the port, and end after so many connections have.
pub(crate) fn serve(arguments: &[String]) {
    let [local, count] = arguments else { panic!("echo ADDRESS COUNT") };
    let mut left: usize = count.parse().expect("a number");
    let local = address::parse(local);
    let listener = create_tcp_socket(address::family(&local)).expect("a socket");
    listener.start_bind(&instance_network(), local).expect("start-bind");
    listener.finish_bind().expect("finish-bind");
    listener.start_listen().expect("start-listen");
    listener.finish_listen().expect("finish-listen");
    say(&format!("{}", address::port(&listener.local_address().expect("an address"))));
    let arrival = listener.subscribe();
    let mut connections: Vec<Connection> = Vec::new();
    while left > 0 {
        let mut wanted: Vec<&Pollable> = connections.iter().map(|connection| &connection.readable).collect();
        wanted.push(&arrival);
        let mut ready = poll(&wanted);
        // Hosts give them in an order of their own.
        ready.sort_unstable();
        if ready.last() == Some(&(connections.len() as u32)) {
            ready.pop();
            accept_all(&listener, &mut connections);
        }
        // From behind, so that what is left keeps its place.
        for index in ready.into_iter().rev() {
            if !connections[index as usize].echo() {
                connections.swap_remove(index as usize);
                left -= 1;
            }
        }
    }
}

fn accept_all(listener: &TcpSocket, connections: &mut Vec<Connection>) {
    loop {
        match listener.accept() {
            Ok((socket, input, output)) => {
                connections.push(Connection { readable: input.subscribe(), input, output, socket });
            }
            Err(ErrorCode::WouldBlock) => return,
            Err(error) => panic!("accept: {error:?}"),
        }
    }
}

impl Connection {
    /// Give back what is there; whether more may come.
    fn echo(&self) -> bool {
        match self.input.read(PIECE) {
            Ok(bytes) => bytes.chunks(4096).all(|chunk| self.output.blocking_write_and_flush(chunk).is_ok()),
            Err(_) => {
                // The peer may be gone already.
                let _ = self.socket.shutdown(ShutdownType::Both);
                false
            }
        }
    }
}
