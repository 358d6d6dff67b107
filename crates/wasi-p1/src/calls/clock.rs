//! `clock_*`: the four clocks. A clock that the host does not have is `inval`, as the specification asks.

use tambo_kernel::{Error, Result};

use crate::P1;
use crate::abi::{CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME, CLOCK_REALTIME, CLOCK_THREAD_CPUTIME};
use crate::memory::Memory;
use crate::p1::Outcome;

pub(crate) fn clock_res_get(p1: &mut P1, memory: &mut Memory<'_>, id: u32, resolution: u32) -> Outcome {
    let system = &p1.host.system;
    let nanoseconds = match id {
        CLOCK_REALTIME => system.wall.resolution(),
        CLOCK_MONOTONIC => system.monotonic.resolution(),
        CLOCK_PROCESS_CPUTIME => {
            exists(system.process_cpu.now())?;
            system.process_cpu.resolution()
        }
        CLOCK_THREAD_CPUTIME => {
            exists(system.thread_cpu.now())?;
            system.thread_cpu.resolution()
        }
        _ => return Err(Error::Invalid.into()),
    };
    Ok(memory.write_u64(resolution, nanoseconds)?)
}

/// The precision that a guest allows is no reason to answer less precisely: it is ignored.
#[inline]
pub(crate) fn clock_time_get(p1: &mut P1, memory: &mut Memory<'_>, id: u32, precision: u64, time: u32) -> Outcome {
    let _ = precision;
    let system = &p1.host.system;
    let nanoseconds = match id {
        CLOCK_REALTIME => system.wall.now()?.to_nanoseconds()?,
        CLOCK_MONOTONIC => system.monotonic.now(),
        CLOCK_PROCESS_CPUTIME => exists(system.process_cpu.now())?,
        CLOCK_THREAD_CPUTIME => exists(system.thread_cpu.now())?,
        _ => return Err(Error::Invalid.into()),
    };
    Ok(memory.write_u64(time, nanoseconds)?)
}

fn exists(now: Result<u64>) -> Result<u64> {
    now.map_err(|error| if error == Error::Unsupported { Error::Invalid } else { error })
}
