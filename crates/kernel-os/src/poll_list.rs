//! One `poll(2)` over the objects of a wait set, or over a [`Watch`] that stands for them if they are many.

use std::os::fd::{AsFd, BorrowedFd, RawFd};
use std::task::{Context, Poll};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use tambo_kernel::wait::{Interest, Readiness, Source, WaitEntry, WaitSet};
use tambo_kernel::{Error, Result};

use crate::errno::kernel_error;
use crate::handle;
use crate::watch::{Wanted, Watch};

/// The descriptors behind a wait set. Its vectors are kept from one wait to the next.
#[derive(Default)]
pub(crate) struct PollList {
    wants: Vec<Want>,
    /// For each want its place among the descriptors that are polled.
    slots: Vec<u32>,
    fds: Vec<PollFd<'static>>,
    /// Whether the watch stands for the descriptors.
    watched: bool,
    watch: Option<Watch>,
}

/// An entry of the set that the system has to be asked about. Of two numbers only, which a list takes without a detour.
#[derive(Clone, Copy)]
struct Want {
    entry: u32,
    fd: RawFd,
}

/// Lists of this many entries are kept for the next wait; longer ones are given back.
const KEPT: usize = 1024;
/// Lists of this many entries are watched: two system calls then cost less than the looks at each.
const MANY: usize = 64;

impl PollList {
    /// List what has to be asked of the system. Marks the entries that are ready without it, and has the others'
    /// objects wake the context; an entry that was marked before is looked at afresh.
    pub(crate) fn build(&mut self, set: &mut WaitSet, context: &mut Context<'_>) -> Result<()> {
        self.clear();
        for (entry, WaitEntry { object, interest, ready }) in (0..).zip(&mut set.entries) {
            *ready = match object.source(*interest) {
                Source::Ready => Some(object.readiness(*interest)),
                Source::Never => None,
                Source::Waker(wakeable) => match wakeable.poll_ready(*interest, context) {
                    Poll::Ready(readiness) => Some(readiness),
                    Poll::Pending => None,
                },
                Source::Os(handle) => {
                    let fd = handle::number(handle)?;
                    self.wants.push(Want { entry, fd });
                    None
                }
            };
        }
        self.watched = self.wants.len() >= MANY && self.watch(set).unwrap_or(false);
        if !self.watched {
            self.list_descriptors(set);
        }
        Ok(())
    }

    /// Have the watch stand for the wants, if that pays. It fails if the system takes no more registrations.
    fn watch(&mut self, set: &WaitSet) -> Result<bool> {
        let watch = match &mut self.watch {
            Some(watch) => watch,
            none => none.insert(Watch::new()?),
        };
        watch.list(self.wants.iter().map(|&Want { entry, fd }| {
            let WaitEntry { object, interest, .. } = &set.entries[entry as usize];
            Wanted { fd, object, flags: events(*interest), entry }
        }))
    }

    fn list_descriptors(&mut self, set: &WaitSet) {
        // Those on the same descriptor are polled as one: the system refuses a list longer than the number of files that
        // the process may open, which may be a small one, and a guest may name one descriptor as often as it likes.
        self.wants.sort_unstable_by_key(|want| want.fd);
        let mut last: Option<(RawFd, PollFlags)> = None;
        for want in &self.wants {
            let mut events = events(set.entries[want.entry as usize].interest);
            if let Some((fd, others)) = last
                && fd == want.fd
            {
                events |= others;
                self.fds.pop();
            }
            self.fds.push(PollFd::from_borrowed_fd(handle::borrow(want.fd), events));
            self.slots.push((self.fds.len() - 1) as u32);
            last = Some((want.fd, events));
        }
    }

    /// The descriptors and directions that the entries want of the system.
    pub(crate) fn wants(&self, set: &WaitSet) -> impl Iterator<Item = (RawFd, Interest)> {
        self.wants.iter().map(|want| (want.fd, set.entries[want.entry as usize].interest))
    }

    /// Ask the system, waiting for at most `timeout` nanoseconds if there is one, or until `event` is readable.
    /// Answers whether `event` is. A signal ends the wait early.
    pub(crate) fn ask(&mut self, event: Option<BorrowedFd<'_>>, timeout: Option<u64>) -> Result<bool> {
        let watch = self.watch.as_mut().filter(|_| self.watched);
        if let Some(watch) = watch {
            // Where much is watched, something is ready more often than not.
            watch.look()?;
            if timeout == Some(0) || watch.has_any() {
                return Ok(false);
            }
            let watched = handle::number(handle::of(&*watch))?;
            self.fds.push(PollFd::from_borrowed_fd(handle::borrow(watched), PollFlags::IN));
        }
        let timeout = timeout.map(timespec);
        let Some(event) = event else {
            if !self.fds.is_empty() || timeout != Some(timespec(0)) {
                self.poll(timeout.as_ref())?;
            }
            return Ok(false);
        };
        // The event is polled with the others in one call and leaves the list again before its borrow ends.
        self.fds.push(PollFd::from_borrowed_fd(handle::borrow(handle::number(handle::of(event))?), PollFlags::IN));
        let outcome = self.poll(timeout.as_ref());
        let woken = self.fds.pop().is_some_and(|fd| !fd.revents().is_empty());
        outcome.map(|()| woken)
    }

    fn poll(&mut self, timeout: Option<&Timespec>) -> Result<()> {
        match poll(&mut self.fds, timeout) {
            Ok(_) => {}
            Err(Errno::INTR) => self.fds.iter_mut().for_each(PollFd::clear_revents),
            Err(errno) => return Err(kernel_error(errno)),
        }
        match &mut self.watch {
            Some(watch) if self.watched => watch.look(),
            _ => Ok(()),
        }
    }

    /// Mark what the system found ready.
    pub(crate) fn mark(&self, set: &mut WaitSet) {
        let Some(watch) = self.watch.as_ref().filter(|_| self.watched) else {
            for (want, slot) in self.wants.iter().zip(&self.slots) {
                let found = self.fds.get(*slot as usize).map_or(PollFlags::empty(), PollFd::revents);
                mark_one(*want, found, set);
            }
            return;
        };
        match watch.finders() {
            Some(finders) => finders.for_each(|(entry, fd)| mark_one(Want { entry, fd }, watch.found(fd), set)),
            None => self.wants.iter().for_each(|want| mark_one(*want, watch.found(want.fd), set)),
        }
    }

    /// Forget the descriptors, which the set keeps open only while it is waited for.
    pub(crate) fn clear(&mut self) {
        self.wants.clear();
        self.wants.shrink_to(KEPT);
        self.slots.clear();
        self.slots.shrink_to(KEPT);
        self.fds.clear();
        self.fds.shrink_to(KEPT);
    }
}

fn mark_one(want: Want, found: PollFlags, set: &mut WaitSet) {
    let always = PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
    let Some(entry) = set.entries.get_mut(want.entry as usize) else { return };
    if found.intersects(events(entry.interest) | always) {
        entry.ready = Some(readiness(entry, want.fd, found));
    }
}

fn events(interest: Interest) -> PollFlags {
    match interest {
        Interest::Read => PollFlags::IN | PollFlags::RDHUP,
        Interest::Write => PollFlags::OUT,
    }
}

fn readiness(entry: &WaitEntry, fd: RawFd, revents: PollFlags) -> Readiness {
    let hangup = revents.intersects(PollFlags::HUP | PollFlags::RDHUP | PollFlags::ERR);
    let bytes = match entry.interest {
        // What has no count of waiting bytes, such as a listener, may know better itself.
        Interest::Read => rustix::io::ioctl_fionread(handle::borrow(fd).as_fd())
            .unwrap_or_else(|_| entry.object.readiness(entry.interest).bytes),
        Interest::Write => u64::from(revents.contains(PollFlags::OUT) && !hangup),
    };
    Readiness { bytes, hangup }
}

/// A duration in nanoseconds in the system's form.
pub(crate) fn timespec(nanoseconds: u64) -> Timespec {
    Timespec { tv_sec: (nanoseconds / 1_000_000_000) as i64, tv_nsec: (nanoseconds % 1_000_000_000) as _ }
}

/// Block until `fd` is ready for `interest`. A signal ends the wait early.
pub(crate) fn wait_for(fd: impl AsFd, interest: Interest) -> Result<()> {
    match poll(&mut [PollFd::new(&fd, events(interest))], None) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(errno) => Err(kernel_error(errno)),
    }
}

/// [`Error::WouldBlock`] unless `fd` is ready for `interest` now.
pub(crate) fn check(fd: impl AsFd, interest: Interest) -> Result<()> {
    match poll(&mut [PollFd::new(&fd, events(interest))], Some(&timespec(0))) {
        Ok(0) | Err(Errno::INTR) => Err(Error::WouldBlock),
        Ok(_) => Ok(()),
        Err(errno) => Err(kernel_error(errno)),
    }
}
