//! Echoes lines on every connection to the listener at descriptor 3, many at once, through `poll_oneoff`.
//!
//! The argument is how many connections to serve before it ends. On standard error: how many were open at once, at
//! most.

mod abi;

use std::collections::BTreeMap;
use std::process::ExitCode;

use abi::{AGAIN, Errno, READ, Subscription, WRITE};

const LISTENER: u32 = 3;
const LONGEST_LINE: usize = 64 * 1024;

/// What was received and not sent back yet.
#[derive(Default)]
struct Connection {
    bytes: Vec<u8>,
    ended: bool,
}

impl Connection {
    /// How much of what was received may go back: whole lines, or everything once the line is too long or the end came.
    fn sendable(&self) -> usize {
        if self.ended || self.bytes.len() >= LONGEST_LINE {
            return self.bytes.len();
        }
        self.bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1)
    }

    fn receive(&mut self, descriptor: u32) -> Result<(), Errno> {
        let mut buffer = [0; 4096];
        match abi::receive(descriptor, &mut buffer)? {
            0 => self.ended = true,
            got => self.bytes.extend_from_slice(&buffer[..got]),
        }
        Ok(())
    }

    fn send(&mut self, descriptor: u32) -> Result<(), Errno> {
        let sent = abi::send(descriptor, &self.bytes[..self.sendable()])?;
        self.bytes.drain(..sent);
        Ok(())
    }

    fn is_over(&self) -> bool {
        self.ended && self.bytes.is_empty()
    }
}

fn main() -> ExitCode {
    let Some(count) = std::env::args().nth(1).and_then(|count| count.parse().ok()) else {
        eprintln!("usage: echo-server CONNECTIONS");
        return ExitCode::from(2);
    };
    match serve(count) {
        Ok(most) => {
            eprintln!("served {count} connections, {most} at once at most");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("echo-server: error number {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(count: usize) -> Result<usize, Errno> {
    let mut connections = BTreeMap::new();
    let (mut accepted, mut most) = (0, 0);
    let (mut subscriptions, mut events) = (Vec::new(), Vec::new());
    while accepted < count || !connections.is_empty() {
        subscribe(&connections, accepted < count, &mut subscriptions);
        abi::poll(&subscriptions, &mut events)?;
        for event in &events {
            let descriptor = event.userdata as u32;
            if descriptor == LISTENER {
                if let Some(accepted_descriptor) = ready(abi::accept(LISTENER))? {
                    connections.insert(accepted_descriptor, Connection::default());
                    accepted += 1;
                    most = most.max(connections.len());
                }
            } else if advance(&mut connections, descriptor, event.tag)? {
                connections.remove(&descriptor);
                abi::shutdown_and_close(descriptor)?;
            }
        }
    }
    Ok(most)
}

fn subscribe(connections: &BTreeMap<u32, Connection>, listen: bool, to: &mut Vec<Subscription>) {
    to.clear();
    if listen {
        to.push(Subscription::new(u64::from(LISTENER), READ, LISTENER));
    }
    for (&descriptor, connection) in connections {
        let tag = if connection.sendable() > 0 { WRITE } else { READ };
        to.push(Subscription::new(u64::from(descriptor), tag, descriptor));
    }
}

/// Receives or sends once; answers whether the connection is over.
fn advance(connections: &mut BTreeMap<u32, Connection>, descriptor: u32, tag: u8) -> Result<bool, Errno> {
    let Some(connection) = connections.get_mut(&descriptor) else { return Ok(false) };
    if tag == READ {
        ready(connection.receive(descriptor))?;
    }
    if connection.sendable() > 0 {
        ready(connection.send(descriptor))?;
    }
    Ok(connection.is_over())
}

/// "Try again later" is no error.
fn ready<T>(result: Result<T, Errno>) -> Result<Option<T>, Errno> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(AGAIN) => Ok(None),
        Err(error) => Err(error),
    }
}
