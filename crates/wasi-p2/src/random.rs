//! `wasi:random` (proposals/random/wit at v0.2.12). The host has one source of random bytes, and it is a secure one unless
//! the grant says otherwise; what is called insecure comes from it too.

use tambo_engine::Trap;
use tambo_kernel::Error;

use crate::P2;
use crate::bindings::wasi::random::{insecure, insecure_seed, random};
use crate::p2::fault;

impl P2 {
    fn random_bytes(&self, len: u64) -> Result<Vec<u8>, Trap> {
        let most = self.host.budget.answer;
        let count = usize::try_from(len).ok().filter(|&count| count <= most).ok_or_else(|| {
            fault(format!("{len} random bytes were asked for at once, and the host makes {most} at the most"))
        })?;
        let mut bytes = vec![0; count];
        self.host.system.entropy.fill(&mut bytes).map_err(no_entropy)?;
        Ok(bytes)
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
    fn get_random_bytes(&mut self, len: u64) -> Result<Vec<u8>, Trap> {
        self.random_bytes(len)
    }

    fn get_random_u64(&mut self) -> Result<u64, Trap> {
        self.random_u64()
    }
}

impl insecure::Host for P2 {
    fn get_insecure_random_bytes(&mut self, len: u64) -> Result<Vec<u8>, Trap> {
        self.random_bytes(len)
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
