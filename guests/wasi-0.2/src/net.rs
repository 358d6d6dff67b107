//! Addresses, and sockets brought into the states that cases start from. Everything stays on the loopback interface.

use crate::wasi::io::poll::Pollable;
use crate::wasi::io::streams::{InputStream, OutputStream};
use crate::wasi::sockets::instance_network::instance_network;
use crate::wasi::sockets::network::{
    ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6Address, Ipv6SocketAddress, Network,
};
use crate::wasi::sockets::tcp::TcpSocket;
use crate::wasi::sockets::tcp_create_socket::create_tcp_socket;
use crate::wasi::sockets::udp::{IncomingDatagramStream, OutgoingDatagramStream, UdpSocket};
use crate::wasi::sockets::udp_create_socket::create_udp_socket;

/// `::1`
pub const LOOPBACK_V6: Ipv6Address = (0, 0, 0, 0, 0, 0, 0, 1);
/// `::`
pub const ANY_V6: Ipv6Address = (0, 0, 0, 0, 0, 0, 0, 0);
/// `::ffff:127.0.0.1`
pub const MAPPED: Ipv6Address = (0, 0, 0, 0, 0, 0xffff, 0x7f00, 1);

/// The network of this instance.
pub fn network() -> Network {
    instance_network()
}

/// An address of version 4.
pub fn v4(address: (u8, u8, u8, u8), port: u16) -> IpSocketAddress {
    IpSocketAddress::Ipv4(Ipv4SocketAddress { port, address })
}

/// An address of version 6.
pub fn v6(address: Ipv6Address, port: u16) -> IpSocketAddress {
    IpSocketAddress::Ipv6(Ipv6SocketAddress { port, flow_info: 0, address, scope_id: 0 })
}

/// The loopback address of a family.
pub fn loopback(family: IpAddressFamily, port: u16) -> IpSocketAddress {
    match family {
        IpAddressFamily::Ipv4 => v4((127, 0, 0, 1), port),
        IpAddressFamily::Ipv6 => v6(LOOPBACK_V6, port),
    }
}

/// The address that stands for all interfaces.
pub fn any(family: IpAddressFamily, port: u16) -> IpSocketAddress {
    match family {
        IpAddressFamily::Ipv4 => v4((0, 0, 0, 0), port),
        IpAddressFamily::Ipv6 => v6(ANY_V6, port),
    }
}

/// The port of an address.
pub fn port(address: IpSocketAddress) -> u16 {
    match address {
        IpSocketAddress::Ipv4(address) => address.port,
        IpSocketAddress::Ipv6(address) => address.port,
    }
}

/// Check that something failed, and how. `codes` are those that the text allows.
#[track_caller]
pub fn fails<T>(result: Result<T, ErrorCode>, codes: &[ErrorCode]) {
    match result {
        Ok(_) => panic!("it succeeded, where one of {codes:?} was expected"),
        Err(code) => assert!(codes.contains(&code), "it failed with {code:?}, where one of {codes:?} was expected"),
    }
}

/// Repeat what answers `would-block` when the pollable says so.
pub fn wait<T>(pollable: &Pollable, mut attempt: impl FnMut() -> Result<T, ErrorCode>) -> Result<T, ErrorCode> {
    loop {
        match attempt() {
            Err(ErrorCode::WouldBlock) => pollable.block(),
            outcome => return outcome,
        }
    }
}

/// A new TCP socket.
#[track_caller]
pub fn tcp(family: IpAddressFamily) -> TcpSocket {
    create_tcp_socket(family).expect("create-tcp-socket")
}

/// Bind it, whatever time that takes.
pub fn bind_tcp(socket: &TcpSocket, address: IpSocketAddress) -> Result<(), ErrorCode> {
    socket.start_bind(&network(), address)?;
    wait(&socket.subscribe(), || socket.finish_bind())
}

/// Connect it, whatever time that takes.
pub fn connect_tcp(socket: &TcpSocket, address: IpSocketAddress) -> Result<(InputStream, OutputStream), ErrorCode> {
    socket.start_connect(&network(), address)?;
    wait(&socket.subscribe(), || socket.finish_connect())
}

/// Have it listen, whatever time that takes.
pub fn listen(socket: &TcpSocket) -> Result<(), ErrorCode> {
    socket.start_listen()?;
    wait(&socket.subscribe(), || socket.finish_listen())
}

/// A socket in the state `bound`, on a free port of the loopback interface.
#[track_caller]
pub fn bound(family: IpAddressFamily) -> TcpSocket {
    let socket = tcp(family);
    bind_tcp(&socket, loopback(family, 0)).expect("a bind to a free port");
    socket
}

/// A socket in the state `listening`, and where.
#[track_caller]
pub fn listening(family: IpAddressFamily) -> (TcpSocket, IpSocketAddress) {
    let socket = bound(family);
    listen(&socket).expect("listen");
    let address = socket.local_address().expect("local-address of a listener");
    (socket, address)
}

/// A socket in the state `connected`. Streams are dropped before their socket.
pub struct Connected {
    /// What the peer sends.
    pub input: InputStream,
    /// What the peer receives.
    pub output: OutputStream,
    /// The socket.
    pub socket: TcpSocket,
}

/// Accept a connection, whatever time that takes.
pub fn accept(listener: &TcpSocket) -> Result<Connected, ErrorCode> {
    let (socket, input, output) = wait(&listener.subscribe(), || listener.accept())?;
    Ok(Connected { input, output, socket })
}

/// The two ends of a connection: the one that connected, and the one that was accepted.
#[track_caller]
pub fn pair(family: IpAddressFamily) -> (Connected, Connected) {
    let (listener, address) = listening(family);
    let socket = tcp(family);
    let (input, output) = connect_tcp(&socket, address).expect("a connection to our own listener");
    let accepted = accept(&listener).expect("accept");
    (Connected { input, output, socket }, accepted)
}

/// An address on which nobody listens: the port was free a moment ago.
pub fn deserted(family: IpAddressFamily) -> IpSocketAddress {
    listening(family).1
}

/// A new UDP socket.
#[track_caller]
pub fn udp(family: IpAddressFamily) -> UdpSocket {
    create_udp_socket(family).expect("create-udp-socket")
}

/// Bind it, whatever time that takes.
pub fn bind_udp(socket: &UdpSocket, address: IpSocketAddress) -> Result<(), ErrorCode> {
    socket.start_bind(&network(), address)?;
    wait(&socket.subscribe(), || socket.finish_bind())
}

/// A socket on a free port of the loopback interface, and where.
#[track_caller]
pub fn bound_udp(family: IpAddressFamily) -> (UdpSocket, IpSocketAddress) {
    let socket = udp(family);
    bind_udp(&socket, loopback(family, 0)).expect("a bind to a free port");
    let address = socket.local_address().expect("local-address of a bound socket");
    (socket, address)
}

/// A UDP socket with its streams, which are dropped before it.
pub struct Datagrams {
    /// What arrives.
    pub incoming: IncomingDatagramStream,
    /// What leaves.
    pub outgoing: OutgoingDatagramStream,
    /// The socket.
    pub socket: UdpSocket,
    /// Where it is bound.
    pub address: IpSocketAddress,
}

/// A socket with streams, to one peer or to all.
#[track_caller]
pub fn datagrams(family: IpAddressFamily, peer: Option<IpSocketAddress>) -> Datagrams {
    let (socket, address) = bound_udp(family);
    let (incoming, outgoing) = socket.stream(peer).expect("streams of a bound socket");
    Datagrams { incoming, outgoing, socket, address }
}
