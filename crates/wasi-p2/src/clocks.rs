//! `wasi:clocks` (proposals/clocks/wit at v0.2.12).

use tambo_component_linker::bindings::Own;
use tambo_engine::Trap;
use tambo_kernel::clock::Timestamp;
use tambo_kernel::poll::Subscription;

use crate::P2;
use crate::bindings::timezone::wasi::clocks::timezone;
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

/// The host shows no time zone but UTC.
impl timezone::Host for P2 {
    fn display(&mut self, when: Datetime) -> Result<timezone::TimezoneDisplay, Trap> {
        let utc_offset = self.utc_offset(when)?;
        Ok(timezone::TimezoneDisplay { utc_offset, name: "UTC".to_owned(), in_daylight_saving_time: false })
    }

    fn utc_offset(&mut self, _: Datetime) -> Result<i32, Trap> {
        Ok(0)
    }
}

/// A moment as 0.2 counts: not before 1970.
pub(crate) fn datetime(moment: Timestamp) -> Datetime {
    match u64::try_from(moment.seconds) {
        Ok(seconds) => Datetime { seconds, nanoseconds: moment.nanoseconds },
        Err(_) => Datetime { seconds: 0, nanoseconds: 0 },
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use tambo_kernel::Grant;
    use tambo_kernel_virt::FixedWall;

    use super::*;
    use crate::bindings::wasi::clocks::monotonic_clock::Host as _;

    fn guest_at(seconds: i64) -> P2 {
        let start = Timestamp { seconds, nanoseconds: 999_999_999 };
        let mut system = tambo_kernel_virt::system(7, start);
        system.wall = Rc::new(FixedWall(start));
        P2::new(Grant::new(system))
    }

    #[test]
    fn attack_25_a_wall_clock_before_1970_shows_1970() {
        let mut guest = guest_at(-1);
        assert_eq!(wall_clock::Host::now(&mut guest).unwrap(), Datetime { seconds: 0, nanoseconds: 0 });
        let mut guest = guest_at(i64::MAX);
        let now = wall_clock::Host::now(&mut guest).unwrap();
        assert_eq!(now, Datetime { seconds: i64::MAX as u64, nanoseconds: 999_999_999 });
    }

    #[test]
    fn resolutions_are_not_zero() {
        let mut guest = guest_at(0);
        assert_ne!(monotonic_clock::Host::resolution(&mut guest).unwrap(), 0);
        assert_ne!(wall_clock::Host::resolution(&mut guest).unwrap(), Datetime { seconds: 0, nanoseconds: 0 });
    }

    /// What no clock ever shows can be waited for, and is not there yet; what has passed is.
    #[test]
    fn attack_25_instants_and_durations_beyond_all_time() {
        let mut guest = guest_at(0);
        for _ in 0..10 {
            guest.host.system.monotonic.now();
        }
        for passed in [guest.subscribe_instant(0), guest.subscribe_instant(1), guest.subscribe_duration(0)] {
            assert!(guest.is_ready(passed.unwrap().rep()).unwrap());
        }
        for far in [u64::MAX, u64::MAX - 1, 1 << 63] {
            for pollable in [guest.subscribe_instant(far), guest.subscribe_duration(far)] {
                assert!(!guest.is_ready(pollable.unwrap().rep()).unwrap(), "{far}");
            }
        }
    }

    #[test]
    fn the_time_zone_is_utc_at_all_times() {
        let mut guest = guest_at(0);
        for seconds in [0, u64::MAX] {
            let display = timezone::Host::display(&mut guest, Datetime { seconds, nanoseconds: u32::MAX }).unwrap();
            assert_eq!((display.utc_offset, &*display.name, display.in_daylight_saving_time), (0, "UTC", false));
        }
    }
}
