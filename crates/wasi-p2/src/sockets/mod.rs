//! `wasi:sockets` (proposals/sockets/wit at v0.2.12).

mod address;
mod error;
mod lookup;
mod network;
mod tcp;
mod udp;

use std::rc::Rc;

use tambo_kernel::net::{Datagrams, GuestLookup};

use crate::table::Objects;
use tcp::TcpObject;
use udp::UdpObject;

pub use error::SocketFailure;
pub(crate) use network::add_network_error_code;

/// The objects of `wasi:sockets`.
#[derive(Default)]
pub(crate) struct Sockets {
    tcp: Objects<TcpObject>,
    udp: Objects<UdpObject>,
    incoming: Objects<Rc<Datagrams>>,
    outgoing: Objects<Rc<Datagrams>>,
    lookups: Objects<Rc<GuestLookup>>,
}
