//! Hard links.
#![expect(missing_docs, reason = "a case's name is its sentence")]

use std::any::Any;
use std::rc::Rc;

use tambo_kernel::fs::{Directory, Entries, FileKind, Node, OpenFlags, SetTime, Stat, Sync};
use tambo_kernel::{Error, Result};

use super::{RW, Scratch, allowed, file_of, get_all, names, put_all, refused};

pub fn a_link_is_the_same_file(s: &Scratch) {
    s.write("file", b"text");
    s.root.link_at("file", false, &*s.root, "link").unwrap();
    let (one, two) = (s.stat("file"), s.stat("link"));
    assert_eq!(one, two);
    assert_eq!(one.links, 2);
    put_all(&*s.file("link", RW), b"T", 0);
    assert_eq!(s.read("file"), b"Text");
}

pub fn a_link_goes_into_another_directory(s: &Scratch) {
    s.write("file", b"text");
    s.mkdir("d");
    s.mkdir("d/sub");
    s.root.link_at("file", false, &*s.dir("d"), "sub/link").unwrap();
    assert_eq!(s.stat("d/sub/link").inode, s.stat("file").inode);
    s.dir("d/sub").link_at("link", false, &*s.root, "third").unwrap();
    assert_eq!(s.stat("third").links, 3);
}

pub fn the_last_link_ends_the_file(s: &Scratch) {
    s.write("file", b"text");
    s.root.link_at("file", false, &*s.root, "link").unwrap();
    let file = s.file("file", OpenFlags::READ);
    s.root.unlink_at("file").unwrap();
    assert_eq!((s.stat("link").links, s.read("link")), (1, b"text".to_vec()));
    s.root.unlink_at("link").unwrap();
    assert_eq!(file.stat().unwrap().links, 0);
    assert_eq!(get_all(&*file), b"text");
}

pub fn link_refuses_what_exists(s: &Scratch) {
    s.write("file", b"text");
    s.write("other", b"other");
    s.mkdir("d");
    s.symlink("nowhere", "dangling");
    for path in ["file", "other", "d", "d/", "d/.", ".", "dangling"] {
        refused(s.root.link_at("file", false, &*s.root, path), &[Error::Exist]);
    }
    assert_eq!((s.stat("file").links, s.read("other")), (1, b"other".to_vec()));
    assert!(!s.exists("nowhere"));
}

pub fn link_refuses_directories(s: &Scratch) {
    s.mkdir("d");
    for path in ["d", "d/", "."] {
        refused(s.root.link_at(path, false, &*s.root, "link"), &[Error::NotPermitted, Error::Access]);
    }
    assert_eq!(names(&*s.root), ["d"]);
}

pub fn link_refuses_what_is_missing(s: &Scratch) {
    s.write("file", b"text");
    refused(s.root.link_at("missing", false, &*s.root, "link"), &[Error::NoEntry]);
    refused(s.root.link_at("file", false, &*s.root, "missing/link"), &[Error::NoEntry]);
    refused(s.root.link_at("file", false, &*s.root, "file/link"), &[Error::NotDirectory]);
    refused(s.root.link_at("file/below", false, &*s.root, "link"), &[Error::NotDirectory]);
    assert_eq!(names(&*s.root), ["file"]);
}

pub fn link_refuses_trailing_slashes(s: &Scratch) {
    s.write("file", b"text");
    refused(s.root.link_at("file", false, &*s.root, "link/"), &[Error::NoEntry]);
    refused(s.root.link_at("file/", false, &*s.root, "link"), &[Error::NotDirectory, Error::NoEntry]);
    refused(s.root.link_at("file", false, &*s.root, "file/"), &[Error::Exist, Error::NotDirectory]);
    assert_eq!(names(&*s.root), ["file"]);
}

pub fn link_of_a_symbolic_link_is_one(s: &Scratch) {
    s.symlink("nowhere", "symlink");
    s.root.link_at("symlink", false, &*s.root, "link").unwrap();
    assert_eq!(s.stat("link").kind, FileKind::SymbolicLink);
    assert_eq!(s.stat("link").inode, s.stat("symlink").inode);
    assert_eq!(s.root.read_link_at("link").unwrap(), "nowhere");
}

pub fn link_follows_if_asked(s: &Scratch) {
    let unfollowed = [Error::Invalid, Error::Unsupported];
    s.write("file", b"text");
    s.symlink("file", "symlink");
    if allowed(s.root.link_at("symlink", true, &*s.root, "link"), &unfollowed).is_some() {
        assert_eq!(s.stat("link").inode, s.stat("file").inode);
    }
    s.symlink("nowhere", "dangling");
    let accepted = [Error::Invalid, Error::Unsupported, Error::NoEntry];
    refused(s.root.link_at("dangling", true, &*s.root, "other"), &accepted);
    s.symlink("../outside", "out");
    let accepted = [Error::Invalid, Error::Unsupported, Error::NotPermitted];
    refused(s.root.link_at("out", true, &*s.root, "other"), &accepted);
}

pub fn link_refuses_to_leave(s: &Scratch) {
    s.mkdir("d");
    s.write("file", b"text");
    s.write("d/file", b"text");
    let directory = s.dir("d");
    refused(directory.link_at("../file", false, &*directory, "link"), &[Error::NotPermitted]);
    refused(directory.link_at("file", false, &*directory, "../link"), &[Error::NotPermitted]);
    refused(directory.link_at("file", false, &*directory, "/link"), &[Error::NotPermitted]);
    refused(s.root.link_at("file", false, &*directory, "../link"), &[Error::NotPermitted]);
    refused(s.root.link_at("file", false, &*directory, ".."), &[Error::NotPermitted, Error::Exist]);
    assert_eq!(names(&*s.root), ["d", "file"]);
}

pub fn link_refuses_another_implementation(s: &Scratch) {
    s.write("file", b"text");
    refused(s.root.link_at("file", false, &Foreign, "link"), &[Error::CrossDevice]);
    assert_eq!(get_all(&*file_of(s.open("file", RW).unwrap())), b"text");
}

/// A directory of an implementation that no other knows.
pub(crate) struct Foreign;

impl Directory for Foreign {
    fn open(&self, _: &str, _: OpenFlags) -> Result<Node> {
        Ok(Node::Directory(Rc::new(Foreign)))
    }

    fn stat_at(&self, _: &str, _: bool) -> Result<Stat> {
        Err(Error::NoEntry)
    }

    fn set_times_at(&self, _: &str, _: bool, _: SetTime, _: SetTime) -> Result<()> {
        Err(Error::NoEntry)
    }

    fn create_directory_at(&self, _: &str) -> Result<()> {
        Ok(())
    }

    fn remove_directory_at(&self, _: &str) -> Result<()> {
        Err(Error::NoEntry)
    }

    fn unlink_at(&self, _: &str) -> Result<()> {
        Err(Error::NoEntry)
    }

    fn read_link_at(&self, _: &str) -> Result<String> {
        Err(Error::NoEntry)
    }

    fn symlink_at(&self, _: &str, _: &str) -> Result<()> {
        Ok(())
    }

    fn link_at(&self, _: &str, _: bool, _: &dyn Directory, _: &str) -> Result<()> {
        Err(Error::NoEntry)
    }

    fn rename_at(&self, _: &str, _: &dyn Directory, _: &str) -> Result<()> {
        Err(Error::NoEntry)
    }

    fn link_target(&self) -> Result<&dyn Any> {
        Ok(self)
    }

    fn stat(&self) -> Result<Stat> {
        Ok(Stat { kind: FileKind::Directory, ..Stat::default() })
    }

    fn set_times(&self, _: SetTime, _: SetTime) -> Result<()> {
        Ok(())
    }

    fn sync(&self, _: Sync) -> Result<()> {
        Ok(())
    }

    fn entries(&self) -> Result<Box<dyn Entries>> {
        Err(Error::Unsupported)
    }
}
