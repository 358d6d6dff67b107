//! `instance-network`, and what creates sockets.

use conformance::net::{any, bind_tcp, network, tcp, udp};
use conformance::wasi::sockets::network::{ErrorCode, IpAddressFamily};
use conformance::wasi::sockets::tcp_create_socket::create_tcp_socket;

conformance::cases! {
    "instance-network/instance-network":
        gives_a_network,
        a_socket_outlives_the_handle;
    "tcp-create-socket/create-tcp-socket":
        of_version_4,
        of_version_6,
        a_version_6_socket_is_for_version_6_only;
    "udp-create-socket/create-udp-socket":
        datagrams_of_version_4,
        datagrams_of_version_6;
    "attacks/13":
        sockets_without_end;
}

fn gives_a_network() {
    let (first, second) = (network(), network());
    drop(first);
    drop(second);
}

fn a_socket_outlives_the_handle() {
    let socket = tcp(IpAddressFamily::Ipv4);
    bind_tcp(&socket, any(IpAddressFamily::Ipv4, 0)).expect("a bind");
    assert!(socket.local_address().is_ok());
}

fn of_version_4() {
    assert_eq!(tcp(IpAddressFamily::Ipv4).address_family(), IpAddressFamily::Ipv4);
}

fn of_version_6() {
    assert_eq!(tcp(IpAddressFamily::Ipv6).address_family(), IpAddressFamily::Ipv6);
}

/// "On IPv6 sockets, IPV6_V6ONLY is enabled by default and can't be configured otherwise."
fn a_version_6_socket_is_for_version_6_only() {
    let six = tcp(IpAddressFamily::Ipv6);
    bind_tcp(&six, any(IpAddressFamily::Ipv6, 0)).expect("a bind");
    let port = conformance::net::port(six.local_address().expect("local-address"));
    let four = tcp(IpAddressFamily::Ipv4);
    assert_eq!(bind_tcp(&four, any(IpAddressFamily::Ipv4, port)), Ok(()), "version 4 has the port for itself");
}

fn datagrams_of_version_4() {
    assert_eq!(udp(IpAddressFamily::Ipv4).address_family(), IpAddressFamily::Ipv4);
}

fn datagrams_of_version_6() {
    assert_eq!(udp(IpAddressFamily::Ipv6).address_family(), IpAddressFamily::Ipv6);
}

/// "The new socket resource could not be created because of a system limit."
fn sockets_without_end() {
    let mut sockets = Vec::new();
    for _ in 0..50_000 {
        match create_tcp_socket(IpAddressFamily::Ipv4) {
            Ok(socket) => sockets.push(socket),
            Err(code) => {
                assert!([ErrorCode::NewSocketLimit, ErrorCode::OutOfMemory].contains(&code), "{code:?}");
                break;
            }
        }
    }
    drop(sockets);
    tcp(IpAddressFamily::Ipv4);
}
