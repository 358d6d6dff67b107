//! Cases of `wasi:sockets`. All but those of `denied` are granted the network, and use its loopback interface only.

mod denied;
mod lookup;
mod network;
mod tcp_bind;
mod tcp_connect;
mod tcp_listen;
mod tcp_options;
mod tcp_state;
mod tcp_streams;
mod udp_bind;
mod udp_options;
mod udp_streams;

conformance::command!(
    denied,
    lookup,
    network,
    tcp_bind,
    tcp_connect,
    tcp_listen,
    tcp_options,
    tcp_state,
    tcp_streams,
    udp_bind,
    udp_options,
    udp_streams,
);
