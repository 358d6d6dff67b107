//! The entries of a directory: by name for lookups, by position for walks.
//!
//! Positions are given once and never again, in the order of addition, so that a walk that goes by position sees each
//! entry once, whatever is added or removed meanwhile.

use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use super::node::{Node, Shared};

/// The positions of `.` and `..`; those of entries follow.
pub(super) const DOT: u64 = 1;
pub(super) const DOT_DOT: u64 = 2;

#[derive(Default)]
pub(super) struct Children {
    by_name: BTreeMap<Rc<str>, Child>,
    by_position: BTreeMap<u64, Rc<str>>,
    /// The position that was given last, less what `.` and `..` take.
    given: u64,
    parent: Weak<Node>,
    removed: bool,
}

struct Child {
    node: Rc<Node>,
    position: u64,
}

impl Children {
    pub(super) fn get(&self, name: &str) -> Option<Rc<Node>> {
        self.by_name.get(name).map(|child| child.node.clone())
    }

    /// Add a name that is not there.
    pub(super) fn insert(&mut self, name: Rc<str>, node: Rc<Node>) {
        self.given += 1;
        let position = DOT_DOT + self.given;
        self.by_position.insert(position, name.clone());
        self.by_name.insert(name, Child { node, position });
    }

    /// Point a name that is there at another node. Its position stays: the name was there all the time.
    pub(super) fn replace(&mut self, name: &str, node: Rc<Node>) {
        if let Some(child) = self.by_name.get_mut(name) {
            child.node = node;
        }
    }

    pub(super) fn remove(&mut self, name: &str) {
        if let Some(child) = self.by_name.remove(name) {
            self.by_position.remove(&child.position);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// The first entry after `position` that was there when `last` was the last position.
    pub(super) fn after(&self, position: u64, last: u64) -> Option<(u64, Rc<str>, Rc<Node>)> {
        let from = position.max(DOT_DOT).checked_add(1).filter(|&from| from <= last)?;
        let (&position, name) = self.by_position.range(from..=last).next()?;
        Some((position, name.clone(), self.get(name)?))
    }

    pub(super) fn last_position(&self) -> u64 {
        DOT_DOT + self.given
    }

    pub(super) fn parent(&self) -> Option<Rc<Node>> {
        self.parent.upgrade()
    }

    pub(super) fn set_parent(&mut self, parent: &Rc<Node>) {
        self.parent = Rc::downgrade(parent);
    }

    pub(super) fn mark_removed(&mut self) {
        self.removed = true;
    }

    pub(super) fn is_removed(&self) -> bool {
        self.removed
    }

    /// Everything in it, at the end of its life.
    pub(super) fn take(&mut self, shared: &Shared) -> Vec<Rc<Node>> {
        shared.release_names(self.by_name.len() as u64);
        self.by_position.clear();
        std::mem::take(&mut self.by_name).into_values().map(|child| child.node).collect()
    }
}
