//! `wasi:random` (proposals/random/wit at v0.2.12). The host has one source of random bytes, and it is a secure one unless
//! the grant says otherwise; what is called insecure comes from it too.

use std::task::Poll;

use tambo_component_linker::bindings::{Answer, Filled, Space};
use tambo_engine::Trap;
use tambo_kernel::Error;

use crate::P2;
use crate::bindings::wasi::random::{insecure, insecure_seed, random};
use crate::p2::fault;

impl P2 {
    /// As many as the host makes at once, into the guest's memory.
    fn begin_random(&self, len: u64) -> Poll<Result<Answer<Filled, ()>, Trap>> {
        let most = self.host.budget.answer as u64;
        if len > most {
            return Poll::Ready(Err(fault(format!(
                "{len} random bytes were asked for at once, and the host makes {most} at the most"
            ))));
        }
        Poll::Ready(Ok(Answer::Fill { bytes: len as u32, job: () }))
    }

    fn fill_random(&self, mut space: Space<'_>) -> Poll<Result<Filled, Trap>> {
        let bytes = space.bytes();
        let count = bytes.len();
        self.host.system.entropy.fill(bytes).map_err(no_entropy)?;
        Poll::Ready(Ok(space.filled(count)))
    }

    fn random_u64(&self) -> Result<u64, Trap> {
        let mut bytes = [0; 8];
        self.host.system.entropy.fill(&mut bytes).map_err(no_entropy)?;
        Ok(u64::from_le_bytes(bytes))
    }
}

#[cold]
fn no_entropy(error: Error) -> Trap {
    Trap::new(tambo_engine::TrapKind::Other(format!("the host has no random bytes: {error}")))
}

impl random::Host for P2 {
    type GetRandomBytesJob = ();

    fn get_random_bytes(&mut self, len: u64) -> Poll<Result<Answer<Filled, ()>, Trap>> {
        self.begin_random(len)
    }

    fn get_random_bytes_fill(&mut self, _: &mut (), space: Space<'_>) -> Poll<Result<Filled, Trap>> {
        self.fill_random(space)
    }

    fn get_random_u64(&mut self) -> Result<u64, Trap> {
        self.random_u64()
    }
}

impl insecure::Host for P2 {
    type GetInsecureRandomBytesJob = ();

    fn get_insecure_random_bytes(&mut self, len: u64) -> Poll<Result<Answer<Filled, ()>, Trap>> {
        self.begin_random(len)
    }

    fn get_insecure_random_bytes_fill(&mut self, _: &mut (), space: Space<'_>) -> Poll<Result<Filled, Trap>> {
        self.fill_random(space)
    }

    fn get_insecure_random_u64(&mut self) -> Result<u64, Trap> {
        self.random_u64()
    }
}

impl insecure_seed::Host for P2 {
    fn insecure_seed(&mut self) -> Result<(u64, u64), Trap> {
        Ok((self.random_u64()?, self.random_u64()?))
    }
}
