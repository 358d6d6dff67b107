//! Without the network: a socket can be made, "an in-memory configuration object, unable to communicate with the outside
//! world", and that is all.

use conformance::net::{any, bind_tcp, bind_udp, connect_tcp, fails, loopback, network, tcp, udp, wait};
use conformance::wasi::sockets::ip_name_lookup::resolve_addresses;
use conformance::wasi::sockets::network::{ErrorCode, IpAddressFamily};

conformance::cases! {
    "tcp-create-socket/create-tcp-socket":
        needs_no_grant;
    "udp-create-socket/create-udp-socket":
        a_udp_socket_needs_no_grant;
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

fn needs_no_grant() {
    assert!(!tcp(IpAddressFamily::Ipv4).is_listening());
}

fn a_udp_socket_needs_no_grant() {
    assert_eq!(udp(IpAddressFamily::Ipv4).address_family(), IpAddressFamily::Ipv4);
}

fn needs_a_grant() {
    for family in FAMILIES {
        fails(bind_tcp(&tcp(family), loopback(family, 0)), DENIED);
        fails(bind_tcp(&tcp(family), any(family, 0)), DENIED);
    }
}

fn a_connection_needs_a_grant() {
    for family in FAMILIES {
        fails(connect_tcp(&tcp(family), loopback(family, 9)), DENIED);
    }
}

fn a_udp_bind_needs_a_grant() {
    for family in FAMILIES {
        fails(bind_udp(&udp(family), loopback(family, 0)), DENIED);
        fails(bind_udp(&udp(family), any(family, 0)), DENIED);
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
    let socket = udp(IpAddressFamily::Ipv4);
    fails(socket.stream(None), &[ErrorCode::InvalidState, ErrorCode::AccessDenied]);
    let peer = loopback(IpAddressFamily::Ipv4, 9);
    fails(socket.stream(Some(peer)), &[ErrorCode::InvalidState, ErrorCode::AccessDenied]);
}

fn no_listener_without_a_bind() {
    fails(tcp(IpAddressFamily::Ipv4).start_listen(), &[ErrorCode::InvalidState, ErrorCode::AccessDenied]);
}
