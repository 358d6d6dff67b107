//! Guests that take as much as they get, and extreme values.

use crate::wasi::clocks::monotonic_clock::{now, subscribe_duration};
use crate::wasi::io::poll::poll;
use crate::wasi::sockets::instance_network::instance_network;
use crate::wasi::sockets::ip_name_lookup::resolve_addresses;
use crate::wasi::sockets::network::IpAddressFamily;
use crate::wasi::sockets::tcp_create_socket::create_tcp_socket;
use crate::wasi::sockets::udp_create_socket::create_udp_socket;
use crate::{address, say};

/// Make sockets until there are no more; then drop one and make another.
pub(crate) fn sockets() {
    let mut kept = Vec::new();
    let error = loop {
        match create_tcp_socket(IpAddressFamily::Ipv4) {
            Ok(socket) => kept.push(socket),
            Err(error) => break error,
        }
    };
    say(&format!("{} {}", kept.len(), error.name()));
    kept.pop();
    say(if create_tcp_socket(IpAddressFamily::Ipv4).is_ok() { "another" } else { "none" });
}

/// Begin lookups of a name until there are no more.
pub(crate) fn lookups(arguments: &[String]) {
    let mut kept = Vec::new();
    let error = loop {
        match resolve_addresses(&instance_network(), &arguments[0]) {
            Ok(stream) => kept.push(stream),
            Err(error) => break error,
        }
    };
    say(&format!("{} {}", kept.len(), error.name()));
}

/// Make pairs of streams of one socket, far more than it can use.
pub(crate) fn datagram_streams() {
    let socket = create_udp_socket(IpAddressFamily::Ipv4).expect("a socket");
    socket.start_bind(&instance_network(), address::parse("127.0.0.1:0")).expect("start-bind");
    socket.finish_bind().expect("finish-bind");
    let (first, _) = socket.stream(None).expect("streams");
    for _ in 0..1_000 {
        drop(socket.stream(None).expect("streams"));
    }
    say(&format!("{:?}", first.receive(1).map(|datagrams| datagrams.len()).map_err(|error| error.name())));
}

/// `COUNT TIMES`: poll so many sockets, of which none is ready, and a time that has come; so many times.
pub(crate) fn pollables(arguments: &[String]) {
    let [count, times] = [0, 1].map(|index| arguments[index].parse::<u64>().expect("a number"));
    let sockets: Vec<_> = (0..count)
        .map(|_| {
            let socket = create_udp_socket(IpAddressFamily::Ipv4).expect("a socket");
            socket.start_bind(&instance_network(), address::parse("127.0.0.1:0")).expect("start-bind");
            socket.finish_bind().expect("finish-bind");
            let (incoming, outgoing) = socket.stream(None).expect("streams");
            (incoming.subscribe(), incoming, outgoing, socket)
        })
        .collect();
    let due = subscribe_duration(0);
    let mut wanted: Vec<_> = sockets.iter().map(|(readable, ..)| readable).collect();
    wanted.push(&due);
    let start = now();
    for _ in 0..times {
        assert_eq!(poll(&wanted), [count as u32]);
    }
    say(&format!("{} ns", (now() - start) / times));
}

/// Every option at the ends of its range.
pub(crate) fn options() {
    let socket = create_tcp_socket(IpAddressFamily::Ipv4).expect("a socket");
    for value in [1, u64::MAX] {
        socket.set_keep_alive_idle_time(value).expect("keep-alive-idle-time");
        socket.set_keep_alive_interval(value).expect("keep-alive-interval");
        socket.set_keep_alive_count(value as u32).expect("keep-alive-count");
        socket.set_hop_limit(value as u8).expect("hop-limit");
        socket.set_receive_buffer_size(value).expect("receive-buffer-size");
        socket.set_send_buffer_size(value).expect("send-buffer-size");
        socket.set_listen_backlog_size(value).expect("listen-backlog-size");
    }
    say(&format!("{:?}", socket.keep_alive_idle_time().map(|time| time > 0)));
}
