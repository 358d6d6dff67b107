//! A walk over a directory, by position.

use std::rc::Rc;

use tambo_kernel::Result;
use tambo_kernel::fs::{Entries, Entry, FileKind};

use super::children::{DOT, DOT_DOT};
use super::node::Node;

pub(super) struct MemoryEntries {
    directory: Rc<Node>,
    /// The position after which to go on, and the one before.
    position: u64,
    previous: u64,
    /// The last position when the walk began: what is added later is not seen, or a guest that adds a name for each
    /// that it sees would never come to the end.
    last: u64,
    /// Holds the name of the entry that was given last.
    name: Rc<str>,
}

impl MemoryEntries {
    /// A walk over a node that is a directory.
    pub(super) fn new(directory: Rc<Node>) -> Result<Self> {
        let last = directory.children()?.borrow().last_position();
        Ok(Self { directory, position: 0, previous: 0, last, name: "".into() })
    }

    /// The parent, as `..` shows it; the root is its own.
    fn parent(&self) -> Result<u64> {
        let parent = self.directory.children()?.borrow().parent();
        Ok(parent.map_or(self.directory.inode, |parent| parent.inode))
    }

    /// Give an entry and stand behind it.
    fn give(&mut self, next: u64, name: Rc<str>, inode: u64, kind: FileKind) -> Option<Entry<'_>> {
        self.previous = self.position;
        self.position = next;
        self.name = name;
        Some(Entry { name: &self.name, inode, kind, next })
    }
}

impl Entries for MemoryEntries {
    fn next_entry(&mut self) -> Result<Option<Entry<'_>>> {
        if self.position < DOT {
            return Ok(self.give(DOT, ".".into(), self.directory.inode, FileKind::Directory));
        }
        if self.position < DOT_DOT {
            let parent = self.parent()?;
            return Ok(self.give(DOT_DOT, "..".into(), parent, FileKind::Directory));
        }
        let found = self.directory.children()?.borrow().after(self.position, self.last);
        Ok(found.and_then(|(next, name, node)| self.give(next, name, node.inode, node.kind())))
    }

    fn step_back(&mut self) {
        self.position = self.previous;
    }

    fn seek(&mut self, position: u64) -> Result<()> {
        if position == 0 {
            self.last = self.directory.children()?.borrow().last_position();
        }
        self.position = position;
        self.previous = position;
        Ok(())
    }
}
