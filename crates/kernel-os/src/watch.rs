//! A set of descriptors that stays registered with the system from one wait to the next: what long lists are asked with.
//!
//! `poll(2)` looks at every descriptor each time, which takes 44 µs for a thousand. A guest that serves many connections
//! waits for nearly the same list again and again, so here epoll keeps it, and a wait pays for what is ready and for what
//! has changed. A list that was not seen before is left to `poll(2)`: guests that share a waiter take turns with lists of
//! their own, and to register them each time would cost more.
//!
//! Only waits that block the thread, and looks, use it; between two polls of a task others may begin lists.
//!
//! # State
//!
//! For each descriptor number there is a [`File`]: for what it is `armed` in epoll (level-triggered), and for what the
//! present list wants it. The two are made equal by [`Watch::arm`].
//!
//! # No registration is taken for another's
//!
//! Nothing here keeps an object alive: a guest that drops a socket closes it. The system then forgets the descriptor by
//! itself, and the number may come to mean another file. So a file remembers its object weakly, which keeps the address
//! from being used again, and is armed anew for any other. A description that somebody else holds too is not forgotten
//! when its number is closed; its event then belongs to nothing that is wanted, and all is registered afresh.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};
use std::rc::{Rc, Weak};

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::event::{PollFlags, Timespec};
use rustix::io::Errno;
use tambo_kernel::Result;
use tambo_kernel::wait::Pollable;

use crate::errno::kernel_error;
use crate::handle;

/// Descriptors that are watched.
pub(crate) struct Watch {
    epoll: OwnedFd,
    /// By descriptor number.
    files: Vec<File>,
    /// The numbers of those that are armed.
    armed: Vec<RawFd>,
    /// Which list is the present one.
    list: u64,
    /// Something of the present list is ready that epoll does not watch.
    has_found: bool,
    /// What the last list was, if it was not armed.
    last: u64,
    events: Vec<Event>,
}

/// One descriptor of a list, and whose it is.
pub(crate) type Watched<'a> = (RawFd, &'a Rc<dyn Pollable>);

#[derive(Default)]
struct File {
    object: Option<Weak<dyn Pollable>>,
    armed: EventBits,
    /// The list that wanted it last, and what for.
    list: u64,
    wanted: EventBits,
    /// What was found.
    found: EventBits,
}

/// [`EventFlags`], which has no default.
type EventBits = u32;

impl Watch {
    /// Nothing is watched.
    pub(crate) fn new() -> Result<Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC).map_err(kernel_error)?;
        let (files, armed, events) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self { epoll, files, armed, list: 0, has_found: false, last: 0, events })
    }

    /// Begin a list, if that pays: most of it is armed, or it is the last one again.
    pub(crate) fn begin<'a>(&mut self, list: impl ExactSizeIterator<Item = Watched<'a>> + Clone) -> bool {
        let half = list.len() / 2;
        let armed =
            list.clone().filter(|(fd, object)| self.files.get(*fd as usize).is_some_and(|file| file.is_of(object)));
        if armed.take(half).count() < half {
            let mut hasher = DefaultHasher::new();
            list.for_each(|(fd, object)| (fd, Rc::as_ptr(object).cast::<()>()).hash(&mut hasher));
            let last = std::mem::replace(&mut self.last, hasher.finish());
            if last != self.last {
                return false;
            }
        }
        self.list += 1;
        self.has_found = false;
        true
    }

    /// Want a descriptor of an object in the present list.
    pub(crate) fn want(&mut self, fd: RawFd, object: &Rc<dyn Pollable>, flags: PollFlags) {
        let index = fd as usize;
        if self.files.len() <= index {
            self.files.resize_with(index + 1, File::default);
        }
        let Some(file) = self.files.get_mut(index) else { return };
        if file.list != self.list {
            file.list = self.list;
            file.wanted = 0;
            file.found = 0;
            if !file.is_of(object) {
                // Whatever was armed under this number was another file, or may have been.
                *file = File { object: Some(Rc::downgrade(object)), list: self.list, ..File::default() };
            }
        }
        file.wanted |= u32::from(flags.bits());
    }

    /// The list is complete: register what has changed.
    pub(crate) fn arm(&mut self, wanted: impl Iterator<Item = RawFd>) -> Result<()> {
        for fd in std::mem::take(&mut self.armed) {
            match self.files.get_mut(fd as usize) {
                Some(file) if file.list == self.list => self.armed.push(fd),
                Some(file) => {
                    *file = File::default();
                    // Fails if it was closed, and so is gone already.
                    let _ = epoll::delete(&self.epoll, handle::borrow(fd));
                }
                None => {}
            }
        }
        for fd in wanted {
            let Some(file) = self.files.get_mut(fd as usize) else { continue };
            if file.armed == file.wanted || file.found != 0 {
                continue;
            }
            let was_armed = file.armed != 0;
            match register(&self.epoll, fd, file.wanted, was_armed) {
                Ok(()) => {
                    file.armed = file.wanted;
                    if !was_armed {
                        self.armed.push(fd);
                    }
                }
                // Not a file that can be waited for, or none at all: whoever tries will see.
                Err(errno @ (Errno::PERM | Errno::BADF)) => {
                    let found = if errno == Errno::PERM { PollFlags::IN | PollFlags::OUT } else { PollFlags::NVAL };
                    file.found = found.bits().into();
                    self.has_found = true;
                }
                Err(errno) => return Err(kernel_error(errno)),
            }
        }
        Ok(())
    }

    /// Ask the system what is ready now.
    pub(crate) fn look(&mut self) -> Result<()> {
        self.events.clear();
        // Room for all, so that one call tells all.
        self.events.reserve(self.armed.len().max(1));
        match epoll::wait(&self.epoll, spare_capacity(&mut self.events), Some(&Timespec { tv_sec: 0, tv_nsec: 0 })) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(kernel_error(errno)),
        }
        let mut is_stale = false;
        for event in &self.events {
            let (data, flags) = (event.data.u64(), event.flags);
            match self.files.get_mut(data as usize) {
                Some(file) if file.list == self.list => file.found |= flags.bits(),
                _ => is_stale = true,
            }
        }
        if is_stale { self.start_afresh() } else { Ok(()) }
    }

    /// Whether something of the present list is ready, although the watch itself is not readable.
    pub(crate) fn has_found(&self) -> bool {
        self.has_found
    }

    /// What was found of a descriptor of the present list.
    pub(crate) fn found(&self, fd: RawFd) -> PollFlags {
        let bits = self.files.get(fd as usize).filter(|file| file.list == self.list).map_or(0, |file| file.found);
        // The numbers are those of poll.
        PollFlags::from_bits_truncate(bits as u16)
    }

    /// Forget all registrations. The present look stands; the next list is registered whole.
    fn start_afresh(&mut self) -> Result<()> {
        self.epoll = epoll::create(CreateFlags::CLOEXEC).map_err(kernel_error)?;
        self.armed.clear();
        self.files.iter_mut().for_each(|file| file.armed = 0);
        Ok(())
    }
}

impl AsFd for Watch {
    /// Readable when anything of the present list is ready.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.epoll.as_fd()
    }
}

impl File {
    fn is_of(&self, object: &Rc<dyn Pollable>) -> bool {
        self.object.as_ref().is_some_and(|known| std::ptr::addr_eq(known.as_ptr(), Rc::as_ptr(object)))
    }
}

fn register(epoll: &OwnedFd, fd: RawFd, flags: u32, was_armed: bool) -> rustix::io::Result<()> {
    let (source, data) = (handle::borrow(fd), EventData::new_u64(fd as u64));
    let flags = EventFlags::from_bits_truncate(flags);
    let add = || epoll::add(epoll, source, data, flags);
    let modify = || epoll::modify(epoll, source, data, flags);
    let outcome = if was_armed { modify() } else { add() };
    match outcome {
        // Armed against expectation, or not: do the other.
        Err(Errno::EXIST) => modify(),
        Err(Errno::NOENT) => add(),
        outcome => outcome,
    }
}
