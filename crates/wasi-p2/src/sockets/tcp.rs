//! `tcp`, `tcp-create-socket`: the kernel's sockets, and the two states that only 0.2 has, in which binding or listening
//! was started and is not finished (TcpSocketOperationalSemantics.md).
//!
//! Binding is done when it is started, listening when it is finished: so a socket is ready to be finished at once, and
//! accepts nothing before.

use std::rc::{Rc, Weak};

use tambo_component_linker::bindings::{Borrow, Own};
use tambo_engine::Trap;
use tambo_kernel::input::Input;
use tambo_kernel::net::{GuestTcp, Shutdown, SocketOption, TcpState};
use tambo_kernel::output::Output;
use tambo_kernel::stream::{Stream, Wait};
use tambo_kernel::wait::Interest;

use super::SocketFailure;
use crate::P2;
use crate::bindings::wasi::io::poll::Pollable;
use crate::bindings::wasi::io::streams::{InputStream, OutputStream};
use crate::bindings::wasi::sockets::network::{IpAddressFamily, IpSocketAddress, Network};
use crate::bindings::wasi::sockets::tcp::{Host, HostTcpSocket, ShutdownType, TcpSocket};
use crate::bindings::wasi::sockets::tcp_create_socket;

/// Behind a handle of `tcp-socket`.
pub(super) struct TcpObject {
    socket: Rc<GuestTcp>,
    started: Option<Started>,
    /// Through what the guest writes to its peer.
    output: Weak<Output>,
}

/// What was started and is not finished, apart from connecting.
#[derive(Clone, Copy, PartialEq)]
enum Started {
    Bind,
    Listen,
}

type Streams = (Own<InputStream>, Own<OutputStream>);

impl P2 {
    fn tcp(&mut self, socket: &Borrow<TcpSocket>) -> Result<&mut TcpObject, Trap> {
        self.sockets.tcp.get_mut(socket.rep())
    }

    fn new_tcp(&mut self, socket: Rc<GuestTcp>) -> Own<TcpSocket> {
        let object = TcpObject { socket, started: None, output: Weak::new() };
        Own::new(self.sockets.tcp.add(object))
    }

    fn new_streams(&mut self, socket: &Borrow<TcpSocket>) -> Result<Streams, Trap> {
        let connection: Rc<dyn Stream> = self.tcp(socket)?.socket.clone();
        let input = self.new_input(Input::of_stream(connection.clone()), None);
        let output = self.new_output(Output::of_stream(connection), None);
        self.tcp(socket)?.output = Rc::downgrade(&self.io.outputs.get(output.rep())?.object);
        Ok((input, output))
    }

    fn tcp_option(&mut self, socket: &Borrow<TcpSocket>, option: SocketOption) -> Result<u64, SocketFailure> {
        Ok(self.tcp(socket)?.socket.option(option)?)
    }

    fn set_tcp_option(
        &mut self,
        socket: &Borrow<TcpSocket>,
        option: SocketOption,
        value: u64,
    ) -> Result<(), SocketFailure> {
        Ok(self.tcp(socket)?.socket.set_option(option, value)?)
    }
}

impl TcpObject {
    /// Judge whether `operation` can be started.
    fn check_start(&self, operation: Option<Started>) -> Result<(), SocketFailure> {
        match self.started {
            None => Ok(()),
            started if started == operation => Err(SocketFailure::CONFLICT),
            Some(_) => Err(SocketFailure::INVALID_STATE),
        }
    }

    fn finish(&mut self, operation: Started) -> Result<(), SocketFailure> {
        if self.started != Some(operation) {
            return Err(SocketFailure::NOT_IN_PROGRESS);
        }
        self.started = None;
        Ok(())
    }
}

impl HostTcpSocket for P2 {
    fn start_bind(
        &mut self,
        socket: Borrow<TcpSocket>,
        _: Borrow<Network>,
        local_address: IpSocketAddress,
    ) -> Result<(), SocketFailure> {
        let object = self.tcp(&socket)?;
        object.check_start(Some(Started::Bind))?;
        object.socket.bind(local_address.into())?;
        object.started = Some(Started::Bind);
        Ok(())
    }

    fn finish_bind(&mut self, socket: Borrow<TcpSocket>) -> Result<(), SocketFailure> {
        self.tcp(&socket)?.finish(Started::Bind)
    }

    fn start_connect(
        &mut self,
        socket: Borrow<TcpSocket>,
        _: Borrow<Network>,
        remote_address: IpSocketAddress,
    ) -> Result<(), SocketFailure> {
        let object = self.tcp(&socket)?;
        object.check_start(None)?;
        Ok(object.socket.connect(remote_address.into())?)
    }

    fn finish_connect(&mut self, socket: Borrow<TcpSocket>) -> Result<Streams, SocketFailure> {
        let object = self.tcp(&socket)?;
        if object.socket.state() != TcpState::Connecting {
            return Err(SocketFailure::NOT_IN_PROGRESS);
        }
        object.socket.finish_connect(Wait::Try)?;
        Ok(self.new_streams(&socket)?)
    }

    fn start_listen(&mut self, socket: Borrow<TcpSocket>) -> Result<(), SocketFailure> {
        let object = self.tcp(&socket)?;
        object.check_start(Some(Started::Listen))?;
        if object.socket.state() != TcpState::Bound {
            return Err(SocketFailure::INVALID_STATE);
        }
        object.started = Some(Started::Listen);
        Ok(())
    }

    fn finish_listen(&mut self, socket: Borrow<TcpSocket>) -> Result<(), SocketFailure> {
        let object = self.tcp(&socket)?;
        object.finish(Started::Listen)?;
        Ok(object.socket.listen()?)
    }

    fn accept(
        &mut self,
        socket: Borrow<TcpSocket>,
    ) -> Result<(Own<TcpSocket>, Own<InputStream>, Own<OutputStream>), SocketFailure> {
        let accepted = self.tcp(&socket)?.socket.accept(Wait::Try)?;
        let accepted = self.new_tcp(accepted);
        let (input, output) = self.new_streams(&Borrow::new(accepted.rep()))?;
        Ok((accepted, input, output))
    }

    fn local_address(&mut self, socket: Borrow<TcpSocket>) -> Result<IpSocketAddress, SocketFailure> {
        let object = self.tcp(&socket)?;
        match object.started {
            Some(Started::Bind) => Err(SocketFailure::INVALID_STATE),
            _ => Ok(object.socket.local_address()?.into()),
        }
    }

    fn remote_address(&mut self, socket: Borrow<TcpSocket>) -> Result<IpSocketAddress, SocketFailure> {
        Ok(self.tcp(&socket)?.socket.remote_address()?.into())
    }

    fn is_listening(&mut self, socket: Borrow<TcpSocket>) -> Result<bool, Trap> {
        Ok(self.tcp(&socket)?.socket.state() == TcpState::Listening)
    }

    fn address_family(&mut self, socket: Borrow<TcpSocket>) -> Result<IpAddressFamily, Trap> {
        Ok(self.tcp(&socket)?.socket.family().into())
    }

    fn set_listen_backlog_size(&mut self, socket: Borrow<TcpSocket>, value: u64) -> Result<(), SocketFailure> {
        Ok(self.tcp(&socket)?.socket.set_backlog(value)?)
    }

    fn keep_alive_enabled(&mut self, socket: Borrow<TcpSocket>) -> Result<bool, SocketFailure> {
        Ok(self.tcp_option(&socket, SocketOption::KeepAlive)? != 0)
    }

    fn set_keep_alive_enabled(&mut self, socket: Borrow<TcpSocket>, value: bool) -> Result<(), SocketFailure> {
        self.set_tcp_option(&socket, SocketOption::KeepAlive, value.into())
    }

    fn keep_alive_idle_time(&mut self, socket: Borrow<TcpSocket>) -> Result<u64, SocketFailure> {
        self.tcp_option(&socket, SocketOption::KeepAliveIdle)
    }

    fn set_keep_alive_idle_time(&mut self, socket: Borrow<TcpSocket>, value: u64) -> Result<(), SocketFailure> {
        self.set_tcp_option(&socket, SocketOption::KeepAliveIdle, value)
    }

    fn keep_alive_interval(&mut self, socket: Borrow<TcpSocket>) -> Result<u64, SocketFailure> {
        self.tcp_option(&socket, SocketOption::KeepAliveInterval)
    }

    fn set_keep_alive_interval(&mut self, socket: Borrow<TcpSocket>, value: u64) -> Result<(), SocketFailure> {
        self.set_tcp_option(&socket, SocketOption::KeepAliveInterval, value)
    }

    fn keep_alive_count(&mut self, socket: Borrow<TcpSocket>) -> Result<u32, SocketFailure> {
        let count = self.tcp_option(&socket, SocketOption::KeepAliveCount)?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    fn set_keep_alive_count(&mut self, socket: Borrow<TcpSocket>, value: u32) -> Result<(), SocketFailure> {
        self.set_tcp_option(&socket, SocketOption::KeepAliveCount, value.into())
    }

    fn hop_limit(&mut self, socket: Borrow<TcpSocket>) -> Result<u8, SocketFailure> {
        let limit = self.tcp_option(&socket, SocketOption::HopLimit)?;
        Ok(u8::try_from(limit).unwrap_or(u8::MAX))
    }

    fn set_hop_limit(&mut self, socket: Borrow<TcpSocket>, value: u8) -> Result<(), SocketFailure> {
        self.set_tcp_option(&socket, SocketOption::HopLimit, value.into())
    }

    fn receive_buffer_size(&mut self, socket: Borrow<TcpSocket>) -> Result<u64, SocketFailure> {
        self.tcp_option(&socket, SocketOption::ReceiveBuffer)
    }

    fn set_receive_buffer_size(&mut self, socket: Borrow<TcpSocket>, value: u64) -> Result<(), SocketFailure> {
        self.set_tcp_option(&socket, SocketOption::ReceiveBuffer, value)
    }

    fn send_buffer_size(&mut self, socket: Borrow<TcpSocket>) -> Result<u64, SocketFailure> {
        self.tcp_option(&socket, SocketOption::SendBuffer)
    }

    fn set_send_buffer_size(&mut self, socket: Borrow<TcpSocket>, value: u64) -> Result<(), SocketFailure> {
        self.set_tcp_option(&socket, SocketOption::SendBuffer, value)
    }

    fn subscribe(&mut self, socket: Borrow<TcpSocket>) -> Result<Own<Pollable>, Trap> {
        let progress = self.tcp(&socket)?.socket.progress();
        Ok(self.new_readiness(progress, Interest::Read, None))
    }

    fn shutdown(&mut self, socket: Borrow<TcpSocket>, how: ShutdownType) -> Result<(), SocketFailure> {
        let how = match how {
            ShutdownType::Receive => Shutdown::Read,
            ShutdownType::Send => Shutdown::Write,
            ShutdownType::Both => Shutdown::Both,
        };
        let object = self.tcp(&socket)?;
        let (socket, output) = (object.socket.clone(), object.output.upgrade());
        match output {
            Some(output) => socket.shutdown_after(&output, how, &mut self.host)?,
            None => socket.shutdown(how)?,
        }
        Ok(())
    }

    fn drop(&mut self, socket: Own<TcpSocket>) -> Result<(), Trap> {
        self.sockets.tcp.remove(socket.rep());
        Ok(())
    }
}

impl Host for P2 {}

impl tcp_create_socket::Host for P2 {
    fn create_tcp_socket(&mut self, family: IpAddressFamily) -> Result<Own<TcpSocket>, SocketFailure> {
        let socket = self.host.network.tcp(family.into())?;
        Ok(self.new_tcp(socket))
    }
}
