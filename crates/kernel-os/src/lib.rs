//! The kernel's contracts on the operating system.

mod activation;
mod allocator;
mod clock;
mod content;
mod descriptors;
mod entropy;
mod errno;
mod fork;
mod fs;
mod handle;
mod net;
mod poll_list;
mod pool;
mod reactor;
mod socket;
mod stat;
mod stream;
mod stuck;
mod system;
mod waiter;
mod wake;
mod watch;

pub mod blob_store;
pub mod process;
pub mod replica;

pub use activation::{Activated, ActivationError, activated_listeners, activated_sockets};
pub use allocator::keep_freed_memory;
pub use clock::{ProcessCpuClock, SystemMonotonicClock, SystemWallClock, ThreadCpuClock};
pub use content::file_content;
pub use descriptors::keep_descriptors_from_guests;
pub use entropy::OsEntropy;
pub use fs::{OpenDirectory, Resolver, open_directory, open_directory_with};
pub use net::{network, resolve};
pub use socket::{OsListener, listen_tcp, listen_unix, listener_from_fd, listens};
pub use stream::{FdStream, open_stream_read, open_stream_write, stderr, stdin, stdout, stream_from_fd};
pub use system::system;
pub use waiter::OsWaiter;
