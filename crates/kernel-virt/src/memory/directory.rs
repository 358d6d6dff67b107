//! An open directory: every operation on paths.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use tambo_kernel::clock::Timestamp;
use tambo_kernel::fs::{Directory, Entries, Node as Opened, OpenFlags, SetTime, Stat, Sync};
use tambo_kernel::{Error, Result};

use super::children::Children;
use super::data::Data;
use super::entries::MemoryEntries;
use super::file::MemoryFile;
use super::node::{Body, Node};
use super::walk::{Follow, Last, Place, check, find, locate};

/// A handle on a node that is a directory.
pub(super) struct MemoryDirectory(pub(super) Rc<Node>);

impl MemoryDirectory {
    /// The directory of this file system that `target` is. [`Error::CrossDevice`].
    fn same<'a>(&self, target: &'a dyn Directory) -> Result<&'a Self> {
        let target = target.link_target()?.downcast_ref::<Self>().ok_or(Error::CrossDevice)?;
        if Rc::ptr_eq(&self.0.shared, &target.0.shared) { Ok(target) } else { Err(Error::CrossDevice) }
    }

    fn create_file(&self, place: &Place, flags: OpenFlags) -> Result<Rc<Node>> {
        if !flags.contains(OpenFlags::CREATE) {
            return Err(Error::NoEntry);
        }
        if place.slash {
            return Err(Error::IsDirectory);
        }
        let name = place.vacant()?;
        self.create(&place.parent, name, Body::File(RefCell::new(Data::default())))
    }

    /// A new node under a new name. [`Error::NoSpace`]; [`Error::NoEntry`] in a directory that was removed.
    fn create(&self, parent: &Rc<Node>, name: Rc<str>, body: Body) -> Result<Rc<Node>> {
        let shared = &self.0.shared;
        let now = shared.now()?;
        check_not_removed(parent)?;
        let node = Node::new(shared, body, now)?;
        shared.reserve_name()?;
        attach(parent, name, node.clone(), now)?;
        Ok(node)
    }
}

/// [`Error::NoEntry`] for a directory that nobody can find any more.
fn check_not_removed(directory: &Node) -> Result<()> {
    if directory.children()?.borrow().is_removed() { Err(Error::NoEntry) } else { Ok(()) }
}

/// Put a node under a name that was reserved.
fn attach(parent: &Rc<Node>, name: Rc<str>, node: Rc<Node>, now: Timestamp) -> Result<()> {
    adopt(parent, &node, now);
    parent.children()?.borrow_mut().insert(name, node);
    parent.touch(now);
    Ok(())
}

/// A directory counts as a link of its parent.
fn adopt(parent: &Rc<Node>, node: &Node, now: Timestamp) {
    if let Body::Directory(children) = &node.body {
        children.borrow_mut().set_parent(parent);
        parent.add_link(now);
    }
}

/// Take a name away and give back what it counted for.
fn detach(parent: &Rc<Node>, name: &str, node: &Node, now: Timestamp) -> Result<()> {
    parent.children()?.borrow_mut().remove(name);
    parent.shared.release_names(1);
    if node.is_directory() {
        parent.remove_link(now);
    }
    parent.touch(now);
    Ok(())
}

/// A name less points at a node; a directory has only one.
fn drop_link(node: &Node, now: Timestamp) {
    if node.is_directory() {
        node.mark_removed(now);
    } else {
        node.remove_link(now);
    }
}

/// Whether `node` is `ancestor` or somewhere beneath it.
fn is_within(node: &Rc<Node>, ancestor: &Rc<Node>) -> bool {
    let mut here = Some(node.clone());
    while let Some(node) = here {
        if Rc::ptr_eq(&node, ancestor) {
            return true;
        }
        here = node.children().ok().and_then(|children| children.borrow().parent());
    }
    false
}

/// Whether `from` may take the place of `to`.
fn check_replacement(from: &Node, to: &Node) -> Result<()> {
    match (&from.body, &to.body) {
        (Body::Directory(_), Body::Directory(children)) if children.borrow().is_empty() => Ok(()),
        (Body::Directory(_), Body::Directory(_)) => Err(Error::NotEmpty),
        (Body::Directory(_), _) => Err(Error::NotDirectory),
        (_, Body::Directory(_)) => Err(Error::IsDirectory),
        _ => Ok(()),
    }
}

impl Directory for MemoryDirectory {
    fn open(&self, path: &str, flags: OpenFlags) -> Result<Opened> {
        if flags.contains(OpenFlags::CREATE | OpenFlags::DIRECTORY) {
            return Err(Error::Invalid);
        }
        let exclusive = flags.contains(OpenFlags::CREATE | OpenFlags::EXCLUSIVE);
        let follow = match (exclusive, flags.contains(OpenFlags::FOLLOW)) {
            (true, _) => Follow::Never,
            (_, true) => Follow::Always,
            _ => Follow::BeforeSlash,
        };
        let place = locate(&self.0, path, follow)?;
        let Some(node) = &place.node else {
            let node = self.create_file(&place, flags)?;
            return Ok(Opened::File(Rc::new(MemoryFile::new(node, flags))));
        };
        if exclusive {
            return Err(Error::Exist);
        }
        match &node.body {
            Body::Link(_) => Err(Error::Loop),
            Body::Directory(_) if flags.intersects(OpenFlags::WRITE | OpenFlags::TRUNCATE | OpenFlags::CREATE) => {
                Err(Error::IsDirectory)
            }
            Body::Directory(_) => Ok(Opened::Directory(Rc::new(Self(node.clone())))),
            Body::File(_) if place.slash || flags.contains(OpenFlags::DIRECTORY) => Err(Error::NotDirectory),
            Body::File(data) => {
                if flags.contains(OpenFlags::TRUNCATE) {
                    let now = node.shared.now()?;
                    data.borrow_mut().set_size(0, &node.shared)?;
                    node.touch(now);
                }
                Ok(Opened::File(Rc::new(MemoryFile::new(node.clone(), flags))))
            }
        }
    }

    fn stat_at(&self, path: &str, follow: bool) -> Result<Stat> {
        Ok(find(&self.0, path, follow)?.stat())
    }

    fn set_times_at(&self, path: &str, follow: bool, accessed: SetTime, modified: SetTime) -> Result<()> {
        find(&self.0, path, follow)?.set_times(accessed, modified)
    }

    fn create_directory_at(&self, path: &str) -> Result<()> {
        let place = locate(&self.0, path, Follow::Never)?;
        let name = place.vacant()?;
        self.create(&place.parent, name, Body::Directory(RefCell::new(Children::default()))).map(drop)
    }

    fn remove_directory_at(&self, path: &str) -> Result<()> {
        let place = locate(&self.0, path, Follow::Never)?;
        let name = match &place.last {
            Last::Name(name) => name.clone(),
            Last::Dot => return Err(Error::Invalid),
            Last::DotDot => return Err(Error::NotEmpty),
        };
        let node = place.node.ok_or(Error::NoEntry)?;
        if !node.children()?.borrow().is_empty() {
            return Err(Error::NotEmpty);
        }
        let now = self.0.shared.now()?;
        detach(&place.parent, &name, &node, now)?;
        drop_link(&node, now);
        Ok(())
    }

    fn unlink_at(&self, path: &str) -> Result<()> {
        let place = locate(&self.0, path, Follow::Never)?;
        let node = place.node.ok_or(Error::NoEntry)?;
        let Last::Name(name) = place.last else { return Err(Error::IsDirectory) };
        if node.is_directory() {
            return Err(Error::IsDirectory);
        }
        if place.slash {
            return Err(Error::NotDirectory);
        }
        let now = self.0.shared.now()?;
        detach(&place.parent, &name, &node, now)?;
        drop_link(&node, now);
        Ok(())
    }

    fn read_link_at(&self, path: &str) -> Result<String> {
        match &find(&self.0, path, false)?.body {
            Body::Link(target) => Ok(String::from(&**target)),
            _ => Err(Error::Invalid),
        }
    }

    fn symlink_at(&self, target: &str, path: &str) -> Result<()> {
        check(target)?;
        let place = locate(&self.0, path, Follow::Never)?;
        let name = place.vacant()?;
        if place.slash {
            return Err(Error::NoEntry);
        }
        self.create(&place.parent, name, Body::Link(target.into())).map(drop)
    }

    fn link_at(&self, path: &str, follow: bool, target: &dyn Directory, new_path: &str) -> Result<()> {
        let target = self.same(target)?;
        let node = find(&self.0, path, follow)?;
        let place = locate(&target.0, new_path, Follow::Never)?;
        let name = place.vacant()?;
        if place.slash {
            return Err(Error::NoEntry);
        }
        if node.is_directory() {
            return Err(Error::NotPermitted);
        }
        let now = self.0.shared.now()?;
        check_not_removed(&place.parent)?;
        self.0.shared.reserve_name()?;
        node.add_link(now);
        attach(&place.parent, name, node, now)
    }

    fn rename_at(&self, path: &str, target: &dyn Directory, new_path: &str) -> Result<()> {
        let target = self.same(target)?;
        let from = locate(&self.0, path, Follow::Never)?;
        let to = locate(&target.0, new_path, Follow::Never)?;
        let (Last::Name(old_name), Last::Name(new_name)) = (from.last, to.last) else { return Err(Error::Busy) };
        let node = from.node.ok_or(Error::NoEntry)?;
        if (from.slash || to.slash) && !node.is_directory() {
            return Err(Error::NotDirectory);
        }
        check_not_removed(&to.parent)?;
        if node.is_directory() && is_within(&to.parent, &node) {
            return Err(Error::Invalid);
        }
        let now = self.0.shared.now()?;
        let Some(replaced) = to.node else {
            detach(&from.parent, &old_name, &node, now)?;
            // The name that was just given back.
            self.0.shared.reserve_name()?;
            node.mark_moved(now);
            return attach(&to.parent, new_name, node, now);
        };
        if Rc::ptr_eq(&node, &replaced) {
            return Ok(());
        }
        check_replacement(&node, &replaced)?;
        detach(&from.parent, &old_name, &node, now)?;
        if replaced.is_directory() {
            to.parent.remove_link(now);
        }
        drop_link(&replaced, now);
        adopt(&to.parent, &node, now);
        to.parent.children()?.borrow_mut().replace(&new_name, node.clone());
        to.parent.touch(now);
        node.mark_moved(now);
        Ok(())
    }

    fn link_target(&self) -> Result<&dyn Any> {
        Ok(self)
    }

    fn stat(&self) -> Result<Stat> {
        Ok(self.0.stat())
    }

    fn set_times(&self, accessed: SetTime, modified: SetTime) -> Result<()> {
        self.0.set_times(accessed, modified)
    }

    fn sync(&self, _: Sync) -> Result<()> {
        Ok(())
    }

    fn entries(&self) -> Result<Box<dyn Entries>> {
        Ok(Box::new(MemoryEntries::new(self.0.clone())?))
    }
}
