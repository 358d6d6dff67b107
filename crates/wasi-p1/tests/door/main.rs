//! The door by direct calls: no engine, a vector as the guest's memory, and the system's files and pipes below.

#![expect(clippy::unwrap_used, reason = "a test suite, whose failures are panics")]

mod attacks;
mod directories;
mod files;
mod paths;
mod poll;
mod process;
mod rights;
mod sockets;
mod streams;
mod table;
mod trace;
mod unstable;
mod world;
