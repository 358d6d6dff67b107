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
    /// A descriptor is more than once in the present list.
    has_twice: bool,
    /// What the last list was, if it was not armed.
    last: u64,
    events: Vec<Event>,
}

/// One descriptor that a list wants.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) fd: RawFd,
    /// Whose it is.
    pub(crate) object: &'a Rc<dyn Pollable>,
    pub(crate) flags: PollFlags,
    /// A number for whoever wants it.
    pub(crate) entry: u32,
}

#[derive(Default)]
struct File {
    object: Option<Weak<dyn Pollable>>,
    armed: EventBits,
    /// The list that wanted it last, and what for.
    list: u64,
    wanted: EventBits,
    /// Who wanted it first.
    entry: u32,
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
        Ok(Self { epoll, files, armed, list: 0, has_found: false, has_twice: false, last: 0, events })
    }

    /// Watch a list, if that pays: most of it is armed, or it is the last one again. Fails if the system takes no more
    /// registrations.
    pub(crate) fn list<'a>(&mut self, list: impl ExactSizeIterator<Item = Wanted<'a>> + Clone) -> Result<bool> {
        if self.is_armed(list.clone()) {
            return Ok(true);
        }
        if !self.pays(list.clone()) {
            return Ok(false);
        }
        self.begin();
        list.clone().for_each(|wanted| self.want(wanted));
        self.arm(list.map(|wanted| wanted.fd)).map(|()| true)
    }

    fn begin(&mut self) {
        self.list += 1;
        (self.has_found, self.has_twice) = (false, false);
    }

    /// Begin a list that is armed as it is, and nothing besides; answers whether it is. One that is not has to begin again.
    fn is_armed<'a>(&mut self, list: impl Iterator<Item = Wanted<'a>>) -> bool {
        self.begin();
        // Of those that were seen, how many there are, and how many are armed for more than was wanted so far.
        let (mut seen, mut open) = (0, 0_usize);
        for Wanted { fd, object, flags, entry } in list {
            let Some(file) = self.files.get_mut(fd as usize) else { return false };
            if file.list == self.list {
                self.has_twice = true;
                open -= usize::from(file.armed != file.wanted);
            } else if file.is_of(object) {
                (file.list, file.wanted, file.found, file.entry) = (self.list, 0, 0, entry);
                seen += 1;
            } else {
                return false;
            }
            file.wanted |= u32::from(flags.bits());
            open += usize::from(file.armed != file.wanted);
        }
        open == 0 && seen == self.armed.len()
    }

    fn pays<'a>(&mut self, list: impl ExactSizeIterator<Item = Wanted<'a>> + Clone) -> bool {
        let half = list.len() / 2;
        let is_known =
            |wanted: &Wanted<'a>| self.files.get(wanted.fd as usize).is_some_and(|file| file.is_of(wanted.object));
        if list.clone().filter(is_known).take(half).count() == half {
            return true;
        }
        let mut hasher = DefaultHasher::new();
        list.for_each(|wanted| (wanted.fd, Rc::as_ptr(wanted.object).cast::<()>()).hash(&mut hasher));
        let last = std::mem::replace(&mut self.last, hasher.finish());
        last == self.last
    }

    /// Want a descriptor of an object in the present list.
    fn want(&mut self, Wanted { fd, object, flags, entry }: Wanted<'_>) {
        let index = fd as usize;
        if self.files.len() <= index {
            self.files.resize_with(index + 1, File::default);
        }
        let Some(file) = self.files.get_mut(index) else { return };
        if file.list == self.list {
            self.has_twice = true;
        } else {
            if !file.is_of(object) {
                // Whatever was armed under this number was another file, or may have been.
                *file = File { object: Some(Rc::downgrade(object)), ..File::default() };
            }
            (file.list, file.wanted, file.found, file.entry) = (self.list, 0, 0, entry);
        }
        file.wanted |= u32::from(flags.bits());
    }

    /// The list is complete: register what has changed.
    fn arm(&mut self, wanted: impl Iterator<Item = RawFd>) -> Result<()> {
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

    /// Whether the last look found anything.
    pub(crate) fn has_any(&self) -> bool {
        self.has_found || !self.events.is_empty()
    }

    /// Who wanted what was found, and under which number, if that can be told without looking at the whole list.
    pub(crate) fn finders(&self) -> Option<impl Iterator<Item = (u32, RawFd)>> {
        let by_event = |event: &Event| {
            let data = event.data.u64();
            self.files.get(data as usize).filter(|file| file.list == self.list).map(|file| (file.entry, data as RawFd))
        };
        (!self.has_found && !self.has_twice).then(|| self.events.iter().filter_map(by_event))
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
