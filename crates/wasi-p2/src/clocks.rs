//! `wasi:clocks` (proposals/clocks/wit at v0.2.12).

use tambo_component_linker::bindings::Own;
use tambo_engine::Trap;
use tambo_kernel::clock::Timestamp;
use tambo_kernel::poll::Subscription;

use crate::P2;
use crate::bindings::wasi::clocks::wall_clock::Datetime;
use crate::bindings::wasi::clocks::{monotonic_clock, wall_clock};
use crate::bindings::wasi::io::poll::Pollable;

impl monotonic_clock::Host for P2 {
    fn now(&mut self) -> Result<u64, Trap> {
        Ok(self.host.system.monotonic.now())
    }

    fn resolution(&mut self) -> Result<u64, Trap> {
        Ok(self.host.system.monotonic.resolution())
    }

    fn subscribe_instant(&mut self, when: u64) -> Result<Own<Pollable>, Trap> {
        Ok(self.new_pollable(Subscription::Monotonic(when), None))
    }

    fn subscribe_duration(&mut self, duration: u64) -> Result<Own<Pollable>, Trap> {
        let when = match duration {
            0 => 0,
            duration => self.host.system.monotonic.now().saturating_add(duration),
        };
        self.subscribe_instant(when)
    }
}

impl wall_clock::Host for P2 {
    fn now(&mut self) -> Result<Datetime, Trap> {
        match self.host.system.wall.now() {
            Ok(now) => Ok(datetime(now)),
            Err(error) => Err(Trap::new(tambo_engine::TrapKind::Other(format!("the host has no wall clock: {error}")))),
        }
    }

    fn resolution(&mut self) -> Result<Datetime, Trap> {
        let resolution = self.host.system.wall.resolution();
        Ok(datetime(Timestamp::from_nanoseconds(resolution)))
    }
}

/// A moment as 0.2 counts: not before 1970.
pub(crate) fn datetime(moment: Timestamp) -> Datetime {
    match u64::try_from(moment.seconds) {
        Ok(seconds) => Datetime { seconds, nanoseconds: moment.nanoseconds },
        Err(_) => Datetime { seconds: 0, nanoseconds: 0 },
    }
}
