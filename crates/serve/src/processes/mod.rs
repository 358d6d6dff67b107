//! Workers that are processes: a supervisor, and the workers that it starts.
//!
//! Threads of one process share its address space, and whoever changes that makes all others wait; instances change it
//! all the time. Processes share nothing but the sockets and the files.
//!
//! # Who does what
//!
//! The supervisor binds the sockets, hears the signals, answers operators, and starts workers. It loads no component and
//! touches no connection. A worker is a server with one thread, and hears its supervisor only.
//!
//! Each worker has listening sockets of its own, which the supervisor holds too: who is in the queue of a worker that dies is
//! answered by the next one. Before the end, the supervisor lets go of them first.
//!
//! The first workers are copies of the supervisor ([`split`]), which has no thread then; those that replace one are the same
//! program started again, because the supervisor may have threads by then.
//!
//! One worker *leads*: the first to be started, and the one that watches files. The others load what it has loaded: so that
//! a component is compiled once, and a mistake is told once.

mod crew;
mod link;
mod member;
mod protocol;
mod samples;
mod split;
mod supervisor;

pub use member::Membership;
pub(crate) use member::Supervised;
pub(crate) use protocol::Report;
pub use split::{Part, Split, split};
pub use supervisor::{Start, supervise};
