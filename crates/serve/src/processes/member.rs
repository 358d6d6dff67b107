//! A worker's side: it joins its supervisor, and then hears and tells it.

use std::io::ErrorKind;
use std::os::fd::OwnedFd;

use tambo::Error;
use tambo::os::OpenDirectory;
use tambo::os::replica::Channel;

use super::link::Link;
use super::protocol::{Instruction, Report, Role};
use crate::listener::Socket;
use crate::overseer::Asked;
use crate::server::setup;

/// What a worker was given by its supervisor.
pub struct Membership {
    channel: Channel,
    role: Role,
    sockets: Vec<Socket>,
    directories: Vec<OpenDirectory>,
}

/// What the supervisor says next, and what comes with it.
fn hear(channel: &Channel) -> Result<(Option<Instruction>, Option<OwnedFd>), Error> {
    let received = channel.wait().and_then(|()| match channel.receive() {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(Some((Vec::new(), None))),
        received => received,
    });
    let received = received.map_err(|error| setup(format!("cannot hear the supervisor: {error}")))?;
    let Some((message, descriptor)) = received else { return Err(setup("the supervisor is gone".to_owned())) };
    Ok((Instruction::decode(&String::from_utf8_lossy(&message)), descriptor))
}

impl Membership {
    pub(super) fn new(channel: Channel, role: Role, sockets: Vec<Socket>) -> Self {
        Self { channel, role, sockets, directories: Vec::new() }
    }

    /// Wait until the supervisor has said what this worker is, and has handed over what it opened.
    pub fn join(channel: Channel) -> Result<Self, Error> {
        let (mut sockets, mut directories) = (Vec::new(), Vec::new());
        loop {
            match hear(&channel)? {
                (Some(Instruction::Bound), Some(socket)) => sockets.push(Socket::of_supervisor(socket)?),
                (Some(Instruction::Passed), Some(socket)) => sockets.push(Socket::Passed(socket)),
                (Some(Instruction::Directory), Some(directory)) => {
                    let directory = OpenDirectory::of_descriptor(directory);
                    directories.push(
                        directory.map_err(|error| setup(format!("cannot use what the supervisor opened: {error}")))?,
                    );
                }
                (Some(Instruction::Be(role)), None) => {
                    return Ok(Self { directories, ..Self::new(channel, role, sockets) });
                }
                _ => {}
            }
        }
    }

    /// Wait until it is time to begin, and to do anything that costs something; or to end without having begun. Answers
    /// which.
    pub fn begins(&self) -> Result<bool, Error> {
        loop {
            match hear(&self.channel)? {
                (Some(Instruction::Begin), _) => return Ok(true),
                (Some(Instruction::Drain | Instruction::Abort), _) => return Ok(false),
                _ => {}
            }
        }
    }

    /// This worker's share of a number that is meant for all of them, and at least 1.
    pub fn share(&self, all: u32) -> u32 {
        all.div_ceil(self.role.count.max(1)).max(1)
    }

    /// What is granted, in order, as the supervisor opened it. For a worker that was started again.
    pub fn directories(&mut self) -> Vec<OpenDirectory> {
        std::mem::take(&mut self.directories)
    }

    /// How many workers there are.
    pub fn count(&self) -> usize {
        self.role.count as usize
    }

    /// Whether it is the one that watches files.
    pub fn leads(&self) -> bool {
        self.role.leads
    }

    /// Its number, its sockets, and the supervisor as it is heard from now on.
    pub(crate) fn begin(self) -> Result<(u32, Vec<Socket>, Supervised), Error> {
        let link = Link::new(self.channel).map_err(|error| setup(format!("cannot hear the supervisor: {error}")))?;
        Ok((self.role.number, self.sockets, Supervised { link, is_ending: false, is_gone: false }))
    }
}

/// The supervisor, as a worker sees it.
pub(crate) struct Supervised {
    link: Link,
    /// Whether it has asked to end.
    is_ending: bool,
    is_gone: bool,
}

impl Supervised {
    pub(crate) fn tell(&self, report: &Report) {
        self.link.send(&report.encode());
    }

    /// What it asks for next. Its death asks to end, unless it has asked already: then what was begun is still done.
    pub(crate) async fn next(&mut self) -> Asked {
        while !self.is_gone {
            use Instruction::*;
            let asked = match self.link.receive().await.map(|(message, _)| Instruction::decode(&message)) {
                Some(Some(Look)) => Asked::Look,
                Some(Some(Load)) => Asked::Load,
                Some(Some(Certificate)) => Asked::Certificate,
                Some(Some(Reopen)) => Asked::Reopen,
                Some(Some(Count)) => Asked::Count,
                Some(Some(Drain | Abort)) => Asked::End,
                Some(Some(Bound | Passed | Directory | Be(_) | Begin) | None) => continue,
                None => {
                    self.is_gone = true;
                    if self.is_ending {
                        continue;
                    }
                    Asked::End
                }
            };
            self.is_ending |= asked == Asked::End;
            return asked;
        }
        std::future::pending().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_up_and_never_nothing() {
        let (channel, _other) = tambo::os::replica::Channel::pair().unwrap();
        let role = Role { number: 5, count: 4, leads: false };
        let membership = Membership::new(channel, role, Vec::new());
        assert_eq!([0, 1, 4, 5, 1000].map(|all| membership.share(all)), [1, 1, 1, 2, 250]);
    }
}
