//! The calls, by the prefix of their names. Each checks its arguments, asks the kernel, and writes the answer.

pub(crate) mod args;
pub(crate) mod clock;
pub(crate) mod fd;
pub(crate) mod fd_dir;
pub(crate) mod fd_io;
pub(crate) mod path;
pub(crate) mod poll;
pub(crate) mod proc;
pub(crate) mod random;
pub(crate) mod sock;
