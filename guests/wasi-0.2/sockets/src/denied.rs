//! Without the network. A socket can be made, "an in-memory configuration object, unable to communicate with the outside
//! world", or `access-denied` comes then already, which is "always possible".

use conformance::net::{any, bind_tcp, bind_udp, connect_tcp, fails, loopback, network, wait};
use conformance::wasi::sockets::ip_name_lookup::resolve_addresses;
use conformance::wasi::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress};
use conformance::wasi::sockets::tcp_create_socket::create_tcp_socket;
use conformance::wasi::sockets::udp_create_socket::create_udp_socket;

conformance::cases! {
    "tcp-create-socket/create-tcp-socket":
        is_made_or_denied;
    "udp-create-socket/create-udp-socket":
        a_udp_socket_is_made_or_denied;
    "tcp/tcp-socket.start-bind":
        needs_a_grant;
    "tcp/tcp-socket.start-connect":
        a_connection_needs_a_grant;
    "udp/udp-socket.start-bind":
        a_udp_bind_needs_a_grant;
    "ip-name-lookup/resolve-addresses":
        a_lookup_needs_a_grant;
    "attacks/19":
        no_datagram_without_a_bind,
        no_listener_without_a_bind;
}

const DENIED: &[ErrorCode] = &[ErrorCode::AccessDenied];
const FAMILIES: [IpAddressFamily; 2] = [IpAddressFamily::Ipv4, IpAddressFamily::Ipv6];

fn is_made_or_denied() {
    match create_tcp_socket(IpAddressFamily::Ipv4) {
        Ok(socket) => assert!(!socket.is_listening()),
        Err(code) => assert_eq!(code, ErrorCode::AccessDenied),
    }
}

fn a_udp_socket_is_made_or_denied() {
    match create_udp_socket(IpAddressFamily::Ipv4) {
        Ok(socket) => assert_eq!(socket.address_family(), IpAddressFamily::Ipv4),
        Err(code) => assert_eq!(code, ErrorCode::AccessDenied),
    }
}

fn needs_a_grant() {
    let bind = |family, address: IpSocketAddress| create_tcp_socket(family).and_then(|it| bind_tcp(&it, address));
    for family in FAMILIES {
        fails(bind(family, loopback(family, 0)), DENIED);
        fails(bind(family, any(family, 0)), DENIED);
    }
}

fn a_connection_needs_a_grant() {
    for family in FAMILIES {
        fails(create_tcp_socket(family).and_then(|it| connect_tcp(&it, loopback(family, 9))), DENIED);
    }
}

fn a_udp_bind_needs_a_grant() {
    let bind = |family, address: IpSocketAddress| create_udp_socket(family).and_then(|it| bind_udp(&it, address));
    for family in FAMILIES {
        fails(bind(family, loopback(family, 0)), DENIED);
        fails(bind(family, any(family, 0)), DENIED);
    }
}

/// A resolver that is not there at all is a permanent failure, too.
fn a_lookup_needs_a_grant() {
    let denied = [ErrorCode::AccessDenied, ErrorCode::PermanentResolverFailure, ErrorCode::NameUnresolvable];
    match resolve_addresses(&network(), "localhost") {
        Err(code) => fails::<()>(Err(code), &denied),
        Ok(stream) => fails(wait(&stream.subscribe(), || stream.resolve_next_address()), &denied),
    }
}

fn no_datagram_without_a_bind() {
    let Ok(socket) = create_udp_socket(IpAddressFamily::Ipv4) else { return };
    fails(socket.stream(None), &[ErrorCode::InvalidState, ErrorCode::AccessDenied]);
    let peer = loopback(IpAddressFamily::Ipv4, 9);
    fails(socket.stream(Some(peer)), &[ErrorCode::InvalidState, ErrorCode::AccessDenied]);
}

fn no_listener_without_a_bind() {
    let Ok(socket) = create_tcp_socket(IpAddressFamily::Ipv4) else { return };
    fails(socket.start_listen(), &[ErrorCode::InvalidState, ErrorCode::AccessDenied]);
}
