//! The end of a connection's sending half, which the peer must not see before what the guest wrote.

use std::rc::Rc;

use super::{GuestTcp, Shutdown};
use crate::Result;
use crate::host::{Deferred, Host};
use crate::output::Output;
use crate::wait::{Interest, Pollable, Source};

/// Shuts the sending half down once its sink keeps nothing more.
struct LateShutdown {
    socket: Rc<GuestTcp>,
    output: Rc<Output>,
}

impl GuestTcp {
    /// As [`shutdown`](GuestTcp::shutdown), of a guest that writes through `output`: what that keeps is sent first. The
    /// guest writes no more at once.
    pub fn shutdown_after(self: &Rc<Self>, output: &Rc<Output>, how: Shutdown, host: &mut Host) -> Result<()> {
        if how == Shutdown::Read || !self.is_connected() || output.close() {
            return self.shutdown(how);
        }
        if how == Shutdown::Both {
            self.shutdown(Shutdown::Read)?;
        }
        host.defer(Rc::new(LateShutdown { socket: self.clone(), output: output.clone() }));
        Ok(())
    }
}

impl Deferred for LateShutdown {
    fn give_on(&self) -> bool {
        if self.output.left() > 0 {
            return false;
        }
        // Whom could it be told? The connection is gone either way.
        let _ = self.socket.shutdown(Shutdown::Write);
        true
    }

    fn left(&self) -> usize {
        0
    }
}

impl Pollable for LateShutdown {
    /// The sink is waited for by itself.
    fn source(&self, _: Interest) -> Source<'_> {
        Source::Never
    }
}
