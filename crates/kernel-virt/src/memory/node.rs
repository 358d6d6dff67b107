//! What names point at, and the counts of what is in use.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use tambo_kernel::clock::{Timestamp, WallClock};
use tambo_kernel::fs::{FileKind, SetTime, Stat};
use tambo_kernel::{Error, Result};

use super::children::Children;
use super::data::Data;

/// What the nodes of one file system share.
pub(super) struct Shared {
    pub(super) device: Cell<u64>,
    clock: Rc<dyn WallClock>,
    capacity: u64,
    used: Cell<u64>,
    /// For nodes besides the root, and for names.
    node_limit: u64,
    nodes: Cell<u64>,
    names: Cell<u64>,
    next_inode: Cell<u64>,
}

impl Shared {
    pub(super) fn new(clock: Rc<dyn WallClock>, capacity: u64, node_limit: u64) -> Rc<Self> {
        let zero = || Cell::new(0);
        let (used, nodes, names) = (zero(), zero(), zero());
        let (device, next_inode) = (Cell::new(1), Cell::new(1));
        Rc::new(Self { device, clock, capacity, used, node_limit, nodes, names, next_inode })
    }

    pub(super) fn now(&self) -> Result<Timestamp> {
        self.clock.now()
    }

    pub(super) fn capacity(&self) -> u64 {
        self.capacity
    }

    pub(super) fn used(&self) -> u64 {
        self.used.get()
    }

    /// Take bytes of the capacity. [`Error::NoSpace`].
    pub(super) fn reserve(&self, bytes: u64) -> Result<()> {
        take(&self.used, bytes, self.capacity)
    }

    pub(super) fn release(&self, bytes: u64) {
        self.used.set(self.used.get() - bytes);
    }

    /// Take one name. [`Error::NoSpace`].
    pub(super) fn reserve_name(&self) -> Result<()> {
        take(&self.names, 1, self.node_limit)
    }

    pub(super) fn release_names(&self, count: u64) {
        self.names.set(self.names.get() - count);
    }
}

fn take(used: &Cell<u64>, count: u64, limit: u64) -> Result<()> {
    let total = used.get().checked_add(count).filter(|&total| total <= limit).ok_or(Error::NoSpace)?;
    used.set(total);
    Ok(())
}

/// A file, directory or symbolic link. It lives as long as a name or a handle.
pub(super) struct Node {
    pub(super) shared: Rc<Shared>,
    pub(super) inode: u64,
    pub(super) body: Body,
    links: Cell<u64>,
    accessed: Cell<Timestamp>,
    modified: Cell<Timestamp>,
    changed: Cell<Timestamp>,
}

pub(super) enum Body {
    File(RefCell<Data>),
    Directory(RefCell<Children>),
    Link(Box<str>),
}

impl Node {
    /// A root. It exists whatever the limit is.
    pub(super) fn root(shared: Rc<Shared>) -> Rc<Self> {
        let now = shared.now().unwrap_or_default();
        shared.nodes.set(1);
        Self::bare(shared, Body::Directory(RefCell::default()), now)
    }

    /// A node without a name. [`Error::NoSpace`].
    pub(super) fn new(shared: &Rc<Shared>, body: Body, now: Timestamp) -> Result<Rc<Self>> {
        take(&shared.nodes, 1, shared.node_limit.saturating_add(1))?;
        if let Body::Link(target) = &body
            && let Err(error) = shared.reserve(target.len() as u64)
        {
            shared.nodes.set(shared.nodes.get() - 1);
            return Err(error);
        }
        Ok(Self::bare(shared.clone(), body, now))
    }

    fn bare(shared: Rc<Shared>, body: Body, now: Timestamp) -> Rc<Self> {
        let inode = shared.next_inode.get();
        shared.next_inode.set(inode + 1);
        let links = Cell::new(if matches!(body, Body::Directory(_)) { 2 } else { 1 });
        let time = || Cell::new(now);
        Rc::new(Self { shared, inode, body, links, accessed: time(), modified: time(), changed: time() })
    }

    pub(super) fn kind(&self) -> FileKind {
        match self.body {
            Body::File(_) => FileKind::Regular,
            Body::Directory(_) => FileKind::Directory,
            Body::Link(_) => FileKind::SymbolicLink,
        }
    }

    pub(super) fn is_directory(&self) -> bool {
        matches!(self.body, Body::Directory(_))
    }

    /// Its children. [`Error::NotDirectory`].
    pub(super) fn children(&self) -> Result<&RefCell<Children>> {
        match &self.body {
            Body::Directory(children) => Ok(children),
            _ => Err(Error::NotDirectory),
        }
    }

    pub(super) fn stat(&self) -> Stat {
        let size = match &self.body {
            Body::File(data) => data.borrow().size(),
            Body::Directory(_) => 0,
            Body::Link(target) => target.len() as u64,
        };
        Stat {
            device: self.shared.device.get(),
            inode: self.inode,
            kind: self.kind(),
            links: self.links.get(),
            size,
            accessed: self.accessed.get(),
            modified: self.modified.get(),
            changed: self.changed.get(),
        }
    }

    /// [`Error::Invalid`] for what is no time.
    pub(super) fn set_times(&self, accessed: SetTime, modified: SetTime) -> Result<()> {
        let now = self.shared.now()?;
        let resolve = |set: SetTime, old: Timestamp| match set {
            SetTime::Keep => Ok(old),
            SetTime::Now => Ok(now),
            SetTime::At(time) if time.nanoseconds < 1_000_000_000 => Ok(time),
            SetTime::At(_) => Err(Error::Invalid),
        };
        let (accessed, modified) = (resolve(accessed, self.accessed.get())?, resolve(modified, self.modified.get())?);
        self.accessed.set(accessed);
        self.modified.set(modified);
        self.changed.set(now);
        Ok(())
    }

    /// Its data or its entries changed.
    pub(super) fn touch(&self, now: Timestamp) {
        self.modified.set(now);
        self.changed.set(now);
    }

    /// One more name points at it, or one more directory has it as its parent.
    pub(super) fn add_link(&self, now: Timestamp) {
        self.links.set(self.links.get() + 1);
        self.changed.set(now);
    }

    /// The opposite of [`add_link`](Node::add_link).
    pub(super) fn remove_link(&self, now: Timestamp) {
        self.links.set(self.links.get() - 1);
        self.changed.set(now);
    }

    /// A directory without a name takes nothing new.
    pub(super) fn mark_removed(&self, now: Timestamp) {
        if let Body::Directory(children) = &self.body {
            children.borrow_mut().mark_removed();
        }
        self.links.set(0);
        self.changed.set(now);
    }

    /// A name points elsewhere now.
    pub(super) fn mark_moved(&self, now: Timestamp) {
        self.changed.set(now);
    }
}

impl Drop for Node {
    /// Takes the tree below apart in a loop: a guest can make it deeper than the host's stack.
    fn drop(&mut self) {
        self.shared.nodes.set(self.shared.nodes.get() - 1);
        match &mut self.body {
            Body::File(data) => self.shared.release(data.get_mut().allocated()),
            Body::Link(target) => self.shared.release(target.len() as u64),
            Body::Directory(children) => {
                let mut orphans = children.get_mut().take(&self.shared);
                while let Some(orphan) = orphans.pop() {
                    let Some(mut orphan) = Rc::into_inner(orphan) else { continue };
                    if let Body::Directory(children) = &mut orphan.body {
                        orphans.append(&mut children.get_mut().take(&self.shared));
                    }
                }
            }
        }
    }
}
