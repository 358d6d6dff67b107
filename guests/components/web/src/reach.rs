//! What a handler sees and reaches outside of itself, if it is granted: each answers what came of it, as text.

use wasip2::cli::environment;
use wasip2::filesystem::preopens;
use wasip2::filesystem::types::{DescriptorFlags, OpenFlags, PathFlags};
use wasip2::io::streams::StreamError;
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress};
use wasip2::sockets::tcp_create_socket::{TcpSocket, create_tcp_socket};

/// Connect to a port of the loopback address, say something, and read until the other side closes.
pub(crate) fn connect(port: u16) -> String {
    match talk(port) {
        Ok(heard) => format!("heard {heard}"),
        Err(error) => error.name().to_owned(),
    }
}

fn talk(port: u16) -> Result<String, ErrorCode> {
    let socket = create_tcp_socket(IpAddressFamily::Ipv4)?;
    let address = Ipv4SocketAddress { port, address: (127, 0, 0, 1) };
    socket.start_connect(&instance_network(), IpSocketAddress::Ipv4(address))?;
    socket.subscribe().block();
    let (input, output) = socket.finish_connect()?;
    output.blocking_write_and_flush(b"ping\n").map_err(|_| ErrorCode::ConnectionReset)?;
    let mut heard = Vec::new();
    loop {
        match input.blocking_read(1024) {
            Ok(bytes) => heard.extend(bytes),
            Err(StreamError::Closed) => break Ok(String::from_utf8_lossy(&heard).into_owned()),
            Err(StreamError::LastOperationFailed(_)) => break Err(ErrorCode::ConnectionReset),
        }
    }
}

/// As many sockets as there are.
pub(crate) fn hoard() -> Vec<TcpSocket> {
    std::iter::from_fn(|| create_tcp_socket(IpAddressFamily::Ipv4).ok()).collect()
}

/// A file of the first directory.
pub(crate) fn read(name: &str) -> String {
    let Some((directory, _)) = preopens::get_directories().into_iter().next() else { return "no directory".to_owned() };
    let opened = directory.open_at(PathFlags::empty(), name, OpenFlags::empty(), DescriptorFlags::READ);
    match opened.and_then(|file| file.read(1 << 16, 0)) {
        Ok((bytes, _)) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => error.name().to_owned(),
    }
}

/// A variable.
pub(crate) fn variable(name: &str) -> String {
    let all = environment::get_environment();
    all.into_iter().find(|(known, _)| known == name).map_or_else(|| "unset".to_owned(), |(_, value)| value)
}
