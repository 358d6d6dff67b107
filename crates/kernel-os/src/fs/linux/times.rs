//! Times to be set, in the system's form.

use rustix::fs::{Timespec, Timestamps, UTIME_NOW, UTIME_OMIT};
use tambo_kernel::clock::Timestamp;
use tambo_kernel::fs::SetTime;
use tambo_kernel::{Error, Result};

/// Both times. [`Error::Invalid`] for a fraction that is none: the system would read some of them as commands.
pub(super) fn timestamps(accessed: SetTime, modified: SetTime) -> Result<Timestamps> {
    Ok(Timestamps { last_access: timespec(accessed)?, last_modification: timespec(modified)? })
}

fn timespec(time: SetTime) -> Result<Timespec> {
    match time {
        SetTime::Keep => Ok(Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT }),
        SetTime::Now => Ok(Timespec { tv_sec: 0, tv_nsec: UTIME_NOW }),
        SetTime::At(Timestamp { nanoseconds: 1_000_000_000.., .. }) => Err(Error::Invalid),
        SetTime::At(Timestamp { seconds, nanoseconds }) => {
            Ok(Timespec { tv_sec: seconds, tv_nsec: nanoseconds.into() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attack_25_a_fraction_cannot_be_a_command() {
        for nanoseconds in [1_000_000_000, UTIME_NOW as u32, UTIME_OMIT as u32, u32::MAX] {
            let time = SetTime::At(Timestamp { seconds: 0, nanoseconds });
            assert_eq!(timestamps(time, SetTime::Keep).err(), Some(Error::Invalid));
            assert_eq!(timestamps(SetTime::Keep, time).err(), Some(Error::Invalid));
        }
    }
}
