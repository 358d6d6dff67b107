//! `network`, `instance-network`: the network, of which each guest has one.

use tambo_component_linker::Linker;
use tambo_component_linker::bindings::{Borrow, Own};
use tambo_engine::Trap;

use super::SocketFailure;
use crate::P2;
use crate::bindings::wasi::io::error::Error as ErrorResource;
use crate::bindings::wasi::sockets::network::{ErrorCode, Network};
use crate::bindings::wasi::sockets::{instance_network, network};

/// Nothing is behind a handle to the network: what a guest may do with it is in its grant.
const NETWORK: u64 = 0;

impl network::HostNetwork for P2 {
    fn drop(&mut self, _: Own<Network>) -> Result<(), Trap> {
        Ok(())
    }
}

impl network::Host for P2 {}

/// Give `network-error-code`, which is `@unstable` and so in no trait.
pub(crate) fn add_network_error_code<S: 'static>(linker: &mut Linker<S>, get: fn(&mut S) -> &mut P2) {
    linker.func::<(Borrow<ErrorResource>,), (Option<ErrorCode>,), _>(
        "wasi:sockets/network@0.2.12#network-error-code",
        move |state, (error,)| Ok((get(state).network_error_code(&error)?,)),
    );
}

impl P2 {
    /// The code of an error of a stream, if only a connection can have it.
    fn network_error_code(&self, error: &Borrow<ErrorResource>) -> Result<Option<ErrorCode>, Trap> {
        let code = self.io.errors.get(error.rep())?.system().map(SocketFailure::from);
        Ok(code.and_then(|failure| match failure {
            SocketFailure::Told(
                code @ (ErrorCode::Timeout
                | ErrorCode::RemoteUnreachable
                | ErrorCode::ConnectionRefused
                | ErrorCode::ConnectionReset
                | ErrorCode::ConnectionAborted),
            ) => Some(code),
            _ => None,
        }))
    }
}

impl instance_network::Host for P2 {
    fn instance_network(&mut self) -> Result<Own<Network>, Trap> {
        Ok(Own::new(NETWORK))
    }
}
