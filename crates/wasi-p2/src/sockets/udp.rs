//! `udp`, `udp-create-socket`. Only the streams that were made last for a socket work; earlier ones answer
//! `invalid-state`.

use std::net::SocketAddr;
use std::rc::Rc;

use tambo_component_linker::bindings::{Borrow, Own};
use tambo_engine::Trap;
use tambo_kernel::Error;
use tambo_kernel::net::{GuestUdp, SocketOption};
use tambo_kernel::poll::Subscription;
use tambo_kernel::wait::Interest;

use super::SocketFailure;
use crate::P2;
use crate::bindings::wasi::io::poll::Pollable;
use crate::bindings::wasi::sockets::network::{IpAddressFamily, IpSocketAddress, Network};
use crate::bindings::wasi::sockets::udp::{
    Host, HostIncomingDatagramStream, HostOutgoingDatagramStream, HostUdpSocket, IncomingDatagram,
    IncomingDatagramStream, OutgoingDatagramRef, OutgoingDatagramStream, UdpSocket,
};
use crate::bindings::wasi::sockets::udp_create_socket;
use crate::p2::fault;

/// Behind a handle of `udp-socket`.
pub(super) struct UdpObject {
    socket: Rc<GuestUdp>,
    /// Binding was started and is not finished.
    binding: bool,
}

impl P2 {
    fn udp(&mut self, socket: &Borrow<UdpSocket>) -> Result<&mut UdpObject, Trap> {
        self.sockets.udp.get_mut(socket.rep())
    }

    /// The socket, unless binding has to be finished first.
    fn bound_udp(&mut self, socket: &Borrow<UdpSocket>) -> Result<&Rc<GuestUdp>, SocketFailure> {
        match self.udp(socket)? {
            UdpObject { binding: true, .. } => Err(SocketFailure::INVALID_STATE),
            UdpObject { socket, .. } => Ok(socket),
        }
    }

    fn udp_option(&mut self, socket: &Borrow<UdpSocket>, option: SocketOption) -> Result<u64, SocketFailure> {
        Ok(self.udp(socket)?.socket.option(option)?)
    }

    fn set_udp_option(
        &mut self,
        socket: &Borrow<UdpSocket>,
        option: SocketOption,
        value: u64,
    ) -> Result<(), SocketFailure> {
        Ok(self.udp(socket)?.socket.set_option(option, value)?)
    }
}

/// A reset is how some systems say that nobody is there, and is in the list of `remote-unreachable`.
fn datagram_failure(error: Error) -> SocketFailure {
    match error {
        Error::ConnectionReset => Error::HostUnreachable.into(),
        error => error.into(),
    }
}

impl HostUdpSocket for P2 {
    fn start_bind(
        &mut self,
        socket: Borrow<UdpSocket>,
        _: Borrow<Network>,
        local_address: IpSocketAddress,
    ) -> Result<(), SocketFailure> {
        let object = self.udp(&socket)?;
        if object.binding {
            return Err(SocketFailure::CONFLICT);
        }
        object.socket.bind(local_address.into())?;
        object.binding = true;
        Ok(())
    }

    fn finish_bind(&mut self, socket: Borrow<UdpSocket>) -> Result<(), SocketFailure> {
        match std::mem::take(&mut self.udp(&socket)?.binding) {
            true => Ok(()),
            false => Err(SocketFailure::NOT_IN_PROGRESS),
        }
    }

    fn stream(
        &mut self,
        socket: Borrow<UdpSocket>,
        remote_address: Option<IpSocketAddress>,
    ) -> Result<(Own<IncomingDatagramStream>, Own<OutgoingDatagramStream>), SocketFailure> {
        let remote = remote_address.map(Into::into);
        let datagrams = Rc::new(self.bound_udp(&socket)?.datagrams(remote).map_err(datagram_failure)?);
        let incoming = Own::new(self.sockets.incoming.add(datagrams.clone()));
        let outgoing = Own::new(self.sockets.outgoing.add(datagrams));
        Ok((incoming, outgoing))
    }

    fn local_address(&mut self, socket: Borrow<UdpSocket>) -> Result<IpSocketAddress, SocketFailure> {
        Ok(self.bound_udp(&socket)?.local_address()?.into())
    }

    fn remote_address(&mut self, socket: Borrow<UdpSocket>) -> Result<IpSocketAddress, SocketFailure> {
        Ok(self.bound_udp(&socket)?.remote_address()?.into())
    }

    fn address_family(&mut self, socket: Borrow<UdpSocket>) -> Result<IpAddressFamily, Trap> {
        Ok(self.udp(&socket)?.socket.family().into())
    }

    fn unicast_hop_limit(&mut self, socket: Borrow<UdpSocket>) -> Result<u8, SocketFailure> {
        let limit = self.udp_option(&socket, SocketOption::HopLimit)?;
        Ok(u8::try_from(limit).unwrap_or(u8::MAX))
    }

    fn set_unicast_hop_limit(&mut self, socket: Borrow<UdpSocket>, value: u8) -> Result<(), SocketFailure> {
        self.set_udp_option(&socket, SocketOption::HopLimit, value.into())
    }

    fn receive_buffer_size(&mut self, socket: Borrow<UdpSocket>) -> Result<u64, SocketFailure> {
        self.udp_option(&socket, SocketOption::ReceiveBuffer)
    }

    fn set_receive_buffer_size(&mut self, socket: Borrow<UdpSocket>, value: u64) -> Result<(), SocketFailure> {
        self.set_udp_option(&socket, SocketOption::ReceiveBuffer, value)
    }

    fn send_buffer_size(&mut self, socket: Borrow<UdpSocket>) -> Result<u64, SocketFailure> {
        self.udp_option(&socket, SocketOption::SendBuffer)
    }

    fn set_send_buffer_size(&mut self, socket: Borrow<UdpSocket>, value: u64) -> Result<(), SocketFailure> {
        self.set_udp_option(&socket, SocketOption::SendBuffer, value)
    }

    /// Nothing that a socket itself does takes time; its streams have pollables of their own.
    fn subscribe(&mut self, _: Borrow<UdpSocket>) -> Result<Own<Pollable>, Trap> {
        Ok(self.new_pollable(Subscription::Monotonic(0), None))
    }

    fn drop(&mut self, socket: Own<UdpSocket>) -> Result<(), Trap> {
        self.sockets.udp.remove(socket.rep());
        Ok(())
    }
}

impl HostIncomingDatagramStream for P2 {
    fn receive(
        &mut self,
        stream: Borrow<IncomingDatagramStream>,
        max_results: u64,
    ) -> Result<Vec<IncomingDatagram>, SocketFailure> {
        let datagrams = self.sockets.incoming.get(stream.rep())?.receive(max_results).map_err(datagram_failure)?;
        let translated = datagrams
            .into_iter()
            .map(|datagram| IncomingDatagram { data: datagram.data, remote_address: datagram.from.into() });
        Ok(translated.collect())
    }

    fn subscribe(&mut self, stream: Borrow<IncomingDatagramStream>) -> Result<Own<Pollable>, Trap> {
        let datagrams = self.sockets.incoming.get(stream.rep())?.clone();
        Ok(self.new_readiness(datagrams, Interest::Read, None))
    }

    fn drop(&mut self, stream: Own<IncomingDatagramStream>) -> Result<(), Trap> {
        self.sockets.incoming.remove(stream.rep());
        Ok(())
    }
}

impl HostOutgoingDatagramStream for P2 {
    fn check_send(&mut self, stream: Borrow<OutgoingDatagramStream>) -> Result<u64, SocketFailure> {
        Ok(self.sockets.outgoing.get(stream.rep())?.check_send(&self.host)?)
    }

    fn send(
        &mut self,
        stream: Borrow<OutgoingDatagramStream>,
        datagrams: Vec<OutgoingDatagramRef<'_>>,
    ) -> Result<u64, SocketFailure> {
        let outgoing = self.sockets.outgoing.get(stream.rep())?;
        if !outgoing.permits(datagrams.len() as u64) {
            let count = datagrams.len();
            return Err(fault(format!("{count} datagrams were sent, more than check-send permitted")).into());
        }
        let translated =
            datagrams.into_iter().map(|datagram| (datagram.data, datagram.remote_address.map(SocketAddr::from)));
        outgoing.send(translated).map_err(datagram_failure)
    }

    fn subscribe(&mut self, stream: Borrow<OutgoingDatagramStream>) -> Result<Own<Pollable>, Trap> {
        let datagrams = self.sockets.outgoing.get(stream.rep())?.clone();
        Ok(self.new_readiness(datagrams, Interest::Write, None))
    }

    fn drop(&mut self, stream: Own<OutgoingDatagramStream>) -> Result<(), Trap> {
        self.sockets.outgoing.remove(stream.rep());
        Ok(())
    }
}

impl Host for P2 {}

impl udp_create_socket::Host for P2 {
    fn create_udp_socket(&mut self, family: IpAddressFamily) -> Result<Own<UdpSocket>, SocketFailure> {
        let socket = self.host.network.udp(family.into())?;
        Ok(Own::new(self.sockets.udp.add(UdpObject { socket, binding: false })))
    }
}
