//! The host data of one guest's store: what the doors act on, and how the guest waits.

use std::task::{Context, Poll};

use tambo_engine::{HostData, Trap};
use tambo_wasi_p1::P1;

/// The data of every store that this crate makes.
pub(crate) struct Guest {
    pub(crate) p1: P1,
}

impl AsMut<P1> for Guest {
    fn as_mut(&mut self) -> &mut P1 {
        &mut self.p1
    }
}

impl HostData for Guest {
    fn block(&mut self) -> Result<(), Trap> {
        self.p1.block()
    }

    fn poll_wait(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Trap>> {
        self.p1.poll_wait(context)
    }
}
