//! `ip-name-lookup`.

use tambo_component_linker::bindings::{Borrow, Own};
use tambo_engine::Trap;
use tambo_kernel::stream::Wait;
use tambo_kernel::wait::Interest;

use super::SocketFailure;
use crate::P2;
use crate::bindings::wasi::io::poll::Pollable;
use crate::bindings::wasi::sockets::ip_name_lookup::{Host, HostResolveAddressStream, ResolveAddressStream};
use crate::bindings::wasi::sockets::network::{IpAddress, Network};

impl HostResolveAddressStream for P2 {
    fn resolve_next_address(
        &mut self,
        stream: Borrow<ResolveAddressStream>,
    ) -> Result<Option<IpAddress>, SocketFailure> {
        let lookup = self.sockets.lookups.get(stream.rep())?;
        Ok(lookup.next_address(Wait::Try)?.map(Into::into))
    }

    fn subscribe(&mut self, stream: Borrow<ResolveAddressStream>) -> Result<Own<Pollable>, Trap> {
        let lookup = self.sockets.lookups.get(stream.rep())?.clone();
        Ok(self.new_readiness(lookup, Interest::Read, None))
    }

    fn drop(&mut self, stream: Own<ResolveAddressStream>) -> Result<(), Trap> {
        self.sockets.lookups.remove(stream.rep());
        Ok(())
    }
}

impl Host for P2 {
    fn resolve_addresses(
        &mut self,
        _: Borrow<Network>,
        name: &str,
    ) -> Result<Own<ResolveAddressStream>, SocketFailure> {
        let lookup = self.host.network.look_up(name)?;
        Ok(Own::new(self.sockets.lookups.add(lookup)))
    }
}
