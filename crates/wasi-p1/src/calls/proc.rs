//! `proc_*` and `sched_yield`: the guest as a process.

use tambo_kernel::Error;

use crate::P1;
use crate::memory::Memory;
use crate::p1::{Outcome, Stop};

pub(crate) fn proc_exit(_: &mut P1, _: &mut Memory<'_>, rval: u32) -> Outcome {
    Err(Stop::Exit(rval))
}

/// There are no signal handlers in 0.1, so each signal has the default action that `typenames.witx` names: it ends
/// the guest with 128 and its number, as a shell shows a program that a signal killed, or is ignored. A guest cannot
/// be stopped and continued: `notsup`.
pub(crate) fn proc_raise(_: &mut P1, _: &mut Memory<'_>, sig: u32) -> Outcome {
    match sig {
        // none; pipe, chld, cont, urg, winch
        0 | 13 | 16 | 17 | 22 | 27 => Ok(()),
        // stop, tstp, ttin, ttou
        18..=21 => Err(Error::Unsupported.into()),
        1..=30 => Err(Stop::Exit(128 + sig)),
        _ => Err(Error::Invalid.into()),
    }
}

/// A guest has one thread, so there is nobody to yield to; but like every call this one heeds the interrupt.
pub(crate) fn sched_yield(_: &mut P1, _: &mut Memory<'_>) -> Outcome {
    Ok(())
}
