//! An echo server for one connection after the other, which moves as much at once as the streams take.

use crate::address;
use crate::wasi::io::streams::{InputStream, OutputStream, StreamError};
use crate::wasi::sockets::instance_network::instance_network;
use crate::wasi::sockets::network::ErrorCode;
use crate::wasi::sockets::tcp::{ShutdownType, TcpSocket};
use crate::wasi::sockets::tcp_create_socket::create_tcp_socket;

/// Bytes that are moved at once.
const PIECE: u64 = 64 << 10;

/// `ADDRESS COUNT`: listen there, and end after so many connections.
pub(crate) fn serve(arguments: &[String]) {
    let [local, count] = arguments else { panic!("pump ADDRESS COUNT") };
    let local = address::parse(local);
    let listener = create_tcp_socket(address::family(&local)).expect("a socket");
    listener.start_bind(&instance_network(), local).expect("start-bind");
    listener.finish_bind().expect("finish-bind");
    listener.start_listen().expect("start-listen");
    listener.finish_listen().expect("finish-listen");
    for _ in 0..count.parse().expect("a number") {
        let (socket, input, output) = accept(&listener);
        // The peer's end of the connection is how it ends.
        let _ = echo(&input, &output);
        let _ = socket.shutdown(ShutdownType::Both);
    }
}

fn accept(listener: &TcpSocket) -> (TcpSocket, InputStream, OutputStream) {
    loop {
        match listener.accept() {
            Ok(connection) => return connection,
            Err(ErrorCode::WouldBlock) => listener.subscribe().block(),
            Err(error) => panic!("accept: {error:?}"),
        }
    }
}

fn echo(input: &InputStream, output: &OutputStream) -> Result<(), StreamError> {
    loop {
        let bytes = input.blocking_read(PIECE)?;
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let room = output.check_write()? as usize;
            if room == 0 {
                output.subscribe().block();
                continue;
            }
            let (now, later) = rest.split_at(room.min(rest.len()));
            output.write(now)?;
            rest = later;
        }
    }
}
