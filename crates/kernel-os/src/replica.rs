//! Processes that share the work of this one, and have a [`Channel`] to it: copies of it, or the same program started again
//! with the same arguments, whose standard input is the channel. A copy is there in a fraction of the time, but a process
//! that has threads cannot be copied.
//!
//! The channel carries messages, and descriptors with them. It closes when either process ends, however it ends: that is
//! how one learns of the other's death. A replica is in a process group of its own, so that what a terminal sends reaches
//! only the process that started it.

use std::ffi::OsString;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair, sockopt,
};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use tambo_kernel::wait::Interest;

use crate::fork::fork;
use crate::poll_list;

/// This very program, also after its file was replaced or removed.
const PROGRAM: &str = "/proc/self/exe";
/// What a service manager says to one process is not said to its replicas.
const ACTIVATION: [&str; 3] = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"];
/// The longest message; what is longer is cut off.
pub const LONGEST: usize = 64 << 10;

/// A process that was started. It is not ended by a drop: it learns from its channel that nobody is there any more.
#[derive(Debug)]
pub struct Replica(Process);

#[derive(Debug)]
enum Process {
    Started(Child),
    Copy {
        id: Pid,
        /// How it ended. From then on its number may be another process's.
        ended: Option<End>,
    },
}

/// Which of two processes this is.
#[derive(Debug)]
pub enum Copied {
    /// The one that there was before.
    Original(Replica, Channel),
    /// The other one.
    Copy(Channel),
}

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// Its exit code, unless a signal ended it.
    pub code: Option<u8>,
    /// In words for a person.
    pub text: String,
}

impl Replica {
    /// Start one. It tells itself from the first process by the variable, which is set to `value`.
    pub fn start(variable: &str, value: &str) -> io::Result<(Self, Channel)> {
        let (own, other) = Channel::pair()?;
        let mut arguments = std::env::args_os();
        let name = arguments.next().unwrap_or_else(|| OsString::from(PROGRAM));
        let mut command = Command::new(PROGRAM);
        command.arg0(name).args(arguments).env(variable, value).process_group(0).stdin(Stdio::from(other.0));
        for activation in ACTIVATION {
            command.env_remove(activation);
        }
        Ok((Self(Process::Started(command.spawn()?)), own))
    }

    /// Go on as two processes. Fails if this one has other threads.
    pub fn copy() -> io::Result<Copied> {
        let (own, other) = Channel::pair()?;
        Ok(match fork()? {
            Some(id) => Copied::Original(Self(Process::Copy { id, ended: None }), own),
            None => {
                // Only a process that leads a session cannot do this, and a new one leads none.
                let _ = rustix::process::setpgid(None, None);
                Copied::Copy(other)
            }
        })
    }

    /// Its number in the system.
    pub fn id(&self) -> u32 {
        match &self.0 {
            Process::Started(child) => child.id(),
            Process::Copy { id, .. } => id.as_raw_nonzero().get().unsigned_abs(),
        }
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> io::Result<Option<End>> {
        match &mut self.0 {
            Process::Started(child) => Ok(child.try_wait()?.map(End::of)),
            Process::Copy { id, ended } => {
                if ended.is_none() {
                    let status = waitpid(Some(*id), WaitOptions::NOHANG)?;
                    *ended = status.map(|(_, status)| End::of(ExitStatus::from_raw(status.as_raw())));
                }
                Ok(ended.clone())
            }
        }
    }

    /// End it at once.
    pub fn kill(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Process::Started(child) => child.kill(),
            Process::Copy { id, ended: None } => Ok(kill_process(*id, Signal::KILL)?),
            Process::Copy { .. } => Ok(()),
        }
    }
}

impl End {
    fn of(status: ExitStatus) -> Self {
        let code = status.code().and_then(|code| u8::try_from(code).ok());
        let text = match status.signal() {
            Some(signal) => format!("it was ended by signal {signal}"),
            None => format!("it ended with exit code {}", status.code().unwrap_or_default()),
        };
        Self { code, text }
    }
}

/// One end of a connection between two processes of one program. Nothing blocks but [`wait`](Self::wait).
#[derive(Debug)]
pub struct Channel(OwnedFd);

impl Channel {
    /// The two ends of a new one.
    pub fn pair() -> io::Result<(Self, Self)> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let (one, other) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)?;
        Ok((Self(one), Self(other)))
    }

    /// The channel of a process that is a replica. From now on the system shows it under `name`, not as what it was
    /// started from.
    pub fn of_replica(name: &std::ffi::CStr) -> io::Result<Self> {
        let fd = io::stdin().as_fd().try_clone_to_owned()?;
        if sockopt::socket_type(&fd)? != SocketType::SEQPACKET {
            return Err(io::Error::other("standard input is not a channel"));
        }
        rustix::thread::set_name(name)?;
        Ok(Self(fd))
    }

    /// Send a message, which is not empty, and a descriptor with it.
    pub fn send(&self, message: &[u8], descriptor: Option<BorrowedFd<'_>>) -> io::Result<()> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        let descriptors = descriptor.map(|fd| [fd]);
        if let Some(descriptors) = &descriptors {
            control.push(SendAncillaryMessage::ScmRights(descriptors));
        }
        let message = [IoSlice::new(&message[..message.len().min(LONGEST)])];
        rustix::io::retry_on_intr(|| sendmsg(&self.0, &message, &mut control, SendFlags::NOSIGNAL))?;
        Ok(())
    }

    /// The next message, and the descriptor that came with it; none if the other process is gone.
    pub fn receive(&self) -> io::Result<Option<(Vec<u8>, Option<OwnedFd>)>> {
        let mut bytes = vec![0; LONGEST];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let received = loop {
            match recvmsg(&self.0, &mut [IoSliceMut::new(&mut bytes)], &mut control, RecvFlags::CMSG_CLOEXEC) {
                // Told once, if the other process had not read everything; what it sent before comes after it.
                Err(Errno::INTR | Errno::CONNRESET) => {}
                other => break other?,
            }
        };
        if received.bytes == 0 {
            return Ok(None);
        }
        bytes.truncate(received.bytes);
        let descriptor = control.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
            _ => None,
        });
        Ok(Some((bytes, descriptor)))
    }

    /// Block until there may be a message.
    pub fn wait(&self) -> io::Result<()> {
        poll_list::wait_for(&self.0, Interest::Read).map_err(io::Error::other)
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_keep_their_bounds_and_carry_descriptors() {
        let (one, other) = Channel::pair().unwrap();
        assert_eq!(other.receive().unwrap_err().kind(), io::ErrorKind::WouldBlock);
        let (reader, writer) = io::pipe().unwrap();
        one.send(b"first", None).unwrap();
        one.send(b"second", Some(writer.as_fd())).unwrap();
        drop(writer);
        other.wait().unwrap();
        assert!(matches!(other.receive().unwrap(), Some((text, None)) if text == b"first"));
        let (text, descriptor) = other.receive().unwrap().unwrap();
        assert_eq!(text, b"second");
        let descriptor = descriptor.expect("a descriptor");
        rustix::io::write(&descriptor, b"x").unwrap();
        assert_eq!(rustix::io::read(&reader, &mut [0; 8]).unwrap(), 1);
        assert!(rustix::io::fcntl_getfd(&descriptor).unwrap().contains(rustix::io::FdFlags::CLOEXEC));
    }

    #[test]
    fn what_was_sent_before_an_end_is_received_after_it() {
        let (one, other) = Channel::pair().unwrap();
        other.send(b"not read", None).unwrap();
        one.send(b"last", None).unwrap();
        drop(one);
        assert_eq!(other.receive().unwrap().map(|(text, _)| text), Some(b"last".to_vec()));
        assert!(other.receive().unwrap().is_none());
        assert!(other.send(b"more", None).is_err());
    }

    #[test]
    fn a_message_that_is_too_long_is_cut_off() {
        let (one, other) = Channel::pair().unwrap();
        one.send(&vec![b'x'; LONGEST + 1], None).unwrap();
        assert_eq!(other.receive().unwrap().map(|(text, _)| text.len()), Some(LONGEST));
    }

    #[test]
    fn ends_are_told_in_words() {
        let end = |status| End::of(ExitStatus::from_raw(status));
        assert_eq!(end(2 << 8), End { code: Some(2), text: "it ended with exit code 2".to_owned() });
        assert_eq!(end(9), End { code: None, text: "it was ended by signal 9".to_owned() });
    }
}
