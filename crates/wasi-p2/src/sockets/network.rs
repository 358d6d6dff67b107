//! `network`, `instance-network`: the network, of which each guest has one.

use tambo_component_linker::bindings::Own;
use tambo_engine::Trap;

use crate::P2;
use crate::bindings::wasi::sockets::network::Network;
use crate::bindings::wasi::sockets::{instance_network, network};

/// Nothing is behind a handle to the network: what a guest may do with it is in its grant.
const NETWORK: u64 = 0;

impl network::HostNetwork for P2 {
    fn drop(&mut self, _: Own<Network>) -> Result<(), Trap> {
        Ok(())
    }
}

impl network::Host for P2 {}

impl instance_network::Host for P2 {
    fn instance_network(&mut self) -> Result<Own<Network>, Trap> {
        Ok(Own::new(NETWORK))
    }
}
