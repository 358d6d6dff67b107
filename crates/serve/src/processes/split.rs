//! The beginning: one process becomes a supervisor and its workers, by copying itself before it has any thread. A worker
//! that is a copy needs no program to be loaded, no options to be read, and no socket to be sent to it.

use std::net::SocketAddr;

use tambo::Error;
use tambo::os::replica::{Channel, Copied, Replica};

use super::member::Membership;
use super::protocol::{Instruction, Role};
use super::supervisor::{LEADER, cannot_start};
use crate::listener::Socket;
use crate::server::{self, Options};

/// What a process is once there are several.
pub enum Part {
    /// The one that there was before.
    Supervisor(Split),
    /// One of the others.
    Worker(Membership),
}

/// The workers that a server begins with, and what each listens on.
pub struct Split {
    pub(super) addresses: Vec<SocketAddr>,
    /// By slot, as are the workers.
    pub(super) sockets: Vec<Vec<Socket>>,
    pub(super) copies: Vec<(Replica, Channel)>,
}

/// Bind the sockets of a server, and go on as its supervisor and its workers. To be called before this process starts any
/// thread.
pub fn split(options: &Options) -> Result<Part, Error> {
    let (mut sockets, addresses) = server::sockets(options, options.workers)?;
    let count = sockets.len().try_into().unwrap_or(u32::MAX);
    let mut copies = Vec::with_capacity(sockets.len());
    for (slot, number) in (0..sockets.len()).zip(0..) {
        // Whoever fails leaves workers behind that hear of it from their channels.
        match Replica::copy().map_err(|error| cannot_start(&error))? {
            Copied::Original(replica, channel) => {
                if slot == LEADER {
                    // What cannot be sent is for a process that is gone, which is noticed later.
                    let _ = channel.send(Instruction::Begin.encode().as_bytes(), None);
                }
                copies.push((replica, channel));
            }
            // The channels and sockets of others end here.
            Copied::Copy(channel) => {
                let role = Role { number, count, leads: slot == LEADER };
                return Ok(Part::Worker(Membership::new(channel, role, sockets.swap_remove(slot))));
            }
        }
    }
    Ok(Part::Supervisor(Split { addresses, sockets, copies }))
}
