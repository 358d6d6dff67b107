//! A second process with the memory of this one.
//!
//! # Safety
//!
//! `fork` copies the thread that calls it and no other: a lock that another thread holds is held for ever in the copy,
//! and what it guards may be half changed. With one thread there is no such lock. So this asks the system how many there
//! are, and does nothing if there is more than one; none can appear in between, because only this thread could start it.
#![expect(unsafe_code, reason = "fork has no safe interface; see Safety")]

use std::io;

use rustix::process::Pid;

/// Make a copy of this process; answers the copy's number to this one, and nothing to the copy. Fails if this process has
/// more than one thread.
pub(crate) fn fork() -> io::Result<Option<Pid>> {
    let threads = std::fs::read_dir("/proc/self/task")?.take(2).count();
    if threads != 1 {
        return Err(io::Error::other("this process has other threads"));
    }
    // SAFETY: there is no other thread; see the module.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        number => Ok(Pid::from_raw(number)),
    }
}
