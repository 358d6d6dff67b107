//! Attempts, each with its outcome as a line: `ADDRESS ok`, or the name of the error.

use crate::wasi::clocks::monotonic_clock::subscribe_duration;
use crate::wasi::io::poll::poll;
use crate::wasi::sockets::instance_network::instance_network;
use crate::wasi::sockets::ip_name_lookup::resolve_addresses;
use crate::wasi::sockets::network::{ErrorCode, IpSocketAddress};
use crate::wasi::sockets::tcp_create_socket::create_tcp_socket;
use crate::wasi::sockets::udp::{OutgoingDatagram, UdpSocket};
use crate::wasi::sockets::udp_create_socket::create_udp_socket;
use crate::{address, say};

fn tell(about: &str, outcome: Result<(), ErrorCode>) {
    match outcome {
        Ok(()) => say(&format!("{about} ok")),
        Err(error) => say(&format!("{about} {}", error.name())),
    }
}

/// Connect to each of these addresses.
pub(crate) fn connect(remotes: &[String]) {
    for remote in remotes {
        tell(remote, connect_to(&address::parse(remote)));
    }
}

fn connect_to(remote: &IpSocketAddress) -> Result<(), ErrorCode> {
    let socket = create_tcp_socket(address::family(remote))?;
    socket.start_connect(&instance_network(), *remote)?;
    socket.subscribe().block();
    socket.finish_connect().map(drop)
}

/// Send a datagram to each of these addresses, once unconnected and once connected.
pub(crate) fn send(remotes: &[String]) {
    for remote in remotes {
        let to = address::parse(remote);
        tell(&format!("send {remote}"), send_to(&to, None));
        tell(&format!("stream {remote}"), send_to(&to, Some(to)));
    }
}

fn any_port(of: &IpSocketAddress) -> Result<UdpSocket, ErrorCode> {
    let socket = create_udp_socket(address::family(of))?;
    socket.start_bind(&instance_network(), address::any(address::family(of)))?;
    socket.finish_bind()?;
    Ok(socket)
}

fn send_to(remote: &IpSocketAddress, connected: Option<IpSocketAddress>) -> Result<(), ErrorCode> {
    let socket = any_port(remote)?;
    let (_incoming, outgoing) = socket.stream(connected)?;
    outgoing.check_send()?;
    outgoing.send(&[OutgoingDatagram { data: b"x".to_vec(), remote_address: Some(*remote) }]).map(drop)
}

/// Look each of these names up, and connect to what comes of it at the given port.
pub(crate) fn resolve(names: &[String]) {
    for name in names {
        match addresses(name) {
            Ok(addresses) => say(&format!("{name} {}", addresses.join(" "))),
            Err(error) => say(&format!("{name} {}", error.name())),
        }
    }
}

fn addresses(name: &str) -> Result<Vec<String>, ErrorCode> {
    let stream = resolve_addresses(&instance_network(), name)?;
    stream.subscribe().block();
    let mut addresses = Vec::new();
    while let Some(address) = stream.resolve_next_address()? {
        addresses.push(address::text(address));
    }
    Ok(addresses)
}

/// Listen on each of these addresses.
pub(crate) fn listen(locals: &[String]) {
    for local in locals {
        tell(local, listen_on(&address::parse(local)));
    }
}

fn listen_on(local: &IpSocketAddress) -> Result<(), ErrorCode> {
    let socket = create_tcp_socket(address::family(local))?;
    socket.start_bind(&instance_network(), *local)?;
    socket.finish_bind()?;
    socket.start_listen()?;
    socket.finish_listen()
}

/// `REMOTE`: send a datagram there from a port of the system's choice, and tell how many come within half a second.
pub(crate) fn hear(arguments: &[String]) {
    let remote = address::parse(&arguments[0]);
    let socket = any_port(&remote).expect("a port");
    let (incoming, outgoing) = socket.stream(None).expect("streams");
    outgoing.check_send().expect("check-send");
    let greeting = OutgoingDatagram { data: b"here".to_vec(), remote_address: Some(remote) };
    outgoing.send(&[greeting]).expect("send");
    let (readable, late) = (incoming.subscribe(), subscribe_duration(500_000_000));
    let mut heard = 0;
    while poll(&[&readable, &late]) == [0] {
        heard += incoming.receive(16).expect("receive").len();
    }
    say(&format!("heard {heard}"));
}
