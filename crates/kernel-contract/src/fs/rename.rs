//! Renaming, of every kind over every kind.
#![expect(missing_docs, reason = "a case's name is its sentence")]

use tambo_kernel::fs::{FileKind, OpenFlags};
use tambo_kernel::{Error, Result};

use super::links::Foreign;
use super::{Scratch, directory_of, holds_nothing, names, refused};

fn rename(s: &Scratch, from: &str, to: &str) -> Result<()> {
    s.root.rename_at(from, &*s.root, to)
}

pub fn a_file_moves(s: &Scratch) {
    s.write("a", b"text");
    s.mkdir("d");
    let inode = s.stat("a").inode;
    rename(s, "a", "b").unwrap();
    rename(s, "b", "d/c").unwrap();
    assert_eq!(names(&*s.root), ["d"]);
    assert_eq!((s.read("d/c"), s.stat("d/c").inode, s.stat("d/c").links), (b"text".to_vec(), inode, 1));
}

pub fn a_file_replaces_a_file(s: &Scratch) {
    s.write("a", b"from a");
    s.write("b", b"from b");
    rename(s, "a", "b").unwrap();
    assert_eq!((names(&*s.root), s.read("b")), (vec!["b".to_owned()], b"from a".to_vec()));
}

pub fn a_file_does_not_replace_a_directory(s: &Scratch) {
    s.write("file", b"text");
    s.mkdir("d");
    refused(rename(s, "file", "d"), &[Error::IsDirectory]);
    refused(rename(s, "file", "d/"), &[Error::IsDirectory, Error::NotDirectory]);
    s.symlink("nowhere", "link");
    refused(rename(s, "link", "d"), &[Error::IsDirectory]);
    assert_eq!(names(&*s.root), ["d", "file", "link"]);
}

pub fn a_directory_moves_with_what_it_holds(s: &Scratch) {
    s.mkdir("a");
    s.mkdir("a/sub");
    s.write("a/sub/file", b"text");
    s.mkdir("d");
    rename(s, "a", "d/b").unwrap();
    assert_eq!(s.read("d/b/sub/file"), b"text");
    assert!(!s.exists("a"));
}

pub fn a_directory_replaces_an_empty_directory(s: &Scratch) {
    s.mkdir("a");
    s.write("a/file", b"text");
    s.mkdir("b");
    let old = s.dir("b");
    rename(s, "a", "b").unwrap();
    assert_eq!(s.read("b/file"), b"text");
    assert_eq!(names(&*s.root), ["b"]);
    holds_nothing(&*old);
    refused(old.create_directory_at("new"), &[Error::NoEntry]);
}

pub fn a_directory_does_not_replace_a_full_one(s: &Scratch) {
    s.mkdir("a");
    s.mkdir("b");
    s.write("b/file", b"text");
    refused(rename(s, "a", "b"), &[Error::NotEmpty]);
    assert_eq!(names(&*s.root), ["a", "b"]);
}

pub fn a_directory_does_not_replace_a_file(s: &Scratch) {
    s.mkdir("d");
    s.write("file", b"text");
    s.symlink("d", "link");
    refused(rename(s, "d", "file"), &[Error::NotDirectory]);
    refused(rename(s, "d", "link"), &[Error::NotDirectory]);
    assert_eq!(names(&*s.root), ["d", "file", "link"]);
}

pub fn a_directory_does_not_move_into_itself(s: &Scratch) {
    s.mkdir("d");
    s.mkdir("d/sub");
    s.symlink("d/sub", "link");
    for to in ["d/new", "d/sub/new", "link/new", "d/sub/../new"] {
        refused(rename(s, "d", to), &[Error::Invalid]);
    }
    refused(s.root.rename_at("d", &*s.dir("d/sub"), "new"), &[Error::Invalid]);
    refused(rename(s, "d", "d/sub"), &[Error::Invalid]);
    assert_eq!(names(&*s.dir("d")), ["sub"]);
}

pub fn a_directory_does_not_replace_its_parent(s: &Scratch) {
    s.mkdir("d");
    s.mkdir("d/sub");
    s.mkdir("d/sub/deep");
    refused(rename(s, "d/sub", "d"), &[Error::NotEmpty, Error::Exist, Error::Invalid]);
    refused(rename(s, "d/sub/deep", "d"), &[Error::NotEmpty, Error::Exist, Error::Invalid]);
    s.write("file", b"text");
    rename(s, "file", "d/file").unwrap();
    refused(rename(s, "d/file", "d"), &[Error::IsDirectory, Error::NotEmpty]);
}

pub fn a_name_moves_onto_itself(s: &Scratch) {
    s.write("file", b"text");
    s.mkdir("d");
    s.write("d/inner", b"text");
    rename(s, "file", "file").unwrap();
    rename(s, "file", "d/../file").unwrap();
    rename(s, "d", "d").unwrap();
    assert_eq!((s.read("file"), s.read("d/inner")), (b"text".to_vec(), b"text".to_vec()));
}

pub fn links_of_one_file_both_stay(s: &Scratch) {
    s.write("a", b"text");
    s.root.link_at("a", false, &*s.root, "b").unwrap();
    rename(s, "a", "b").unwrap();
    assert_eq!(names(&*s.root), ["a", "b"]);
    assert_eq!(s.stat("a").links, 2);
}

pub fn a_symbolic_link_moves_itself(s: &Scratch) {
    s.write("file", b"text");
    s.symlink("file", "link");
    s.symlink("nowhere", "dangling");
    rename(s, "link", "moved").unwrap();
    rename(s, "dangling", "still").unwrap();
    assert_eq!(s.root.read_link_at("moved").unwrap(), "file");
    assert_eq!(names(&*s.root), ["file", "moved", "still"]);
}

pub fn a_symbolic_link_is_replaced_itself(s: &Scratch) {
    s.write("file", b"text");
    s.write("target", b"target");
    s.symlink("target", "link");
    rename(s, "file", "link").unwrap();
    assert_eq!((s.stat("link").kind, s.read("link")), (FileKind::Regular, b"text".to_vec()));
    assert_eq!(s.read("target"), b"target");
}

pub fn moves_go_between_handles(s: &Scratch) {
    s.mkdir("a");
    s.mkdir("b");
    s.write("a/file", b"text");
    let (a, b) = (s.dir("a"), s.dir("b"));
    a.rename_at("file", &*b, "moved").unwrap();
    assert_eq!((names(&*a), s.read("b/moved")), (vec![], b"text".to_vec()));
    b.rename_at("moved", &*s.root, "a/back").unwrap();
    assert_eq!(names(&*a), ["back"]);
}

pub fn parents_follow_a_moved_directory(s: &Scratch) {
    s.mkdir("a");
    s.mkdir("a/moving");
    s.write("a/file", b"in a");
    s.mkdir("b");
    s.write("b/file", b"in b");
    s.symlink("../file", "a/moving/link");
    let links = (s.stat("a").links, s.stat("b").links);
    assert_eq!(s.read("a/moving/link"), b"in a");
    rename(s, "a/moving", "b/moving").unwrap();
    assert_eq!(s.read("b/moving/link"), b"in b");
    assert_eq!(s.read("b/moving/../file"), b"in b");
    assert_eq!(s.stat("a").links + s.stat("b").links, links.0 + links.1);
    let walk_up = directory_of(s.open("b/moving/..", OpenFlags::READ).unwrap());
    assert_eq!(walk_up.stat().unwrap().inode, s.stat("b").inode);
}

pub fn parents_follow_a_directory_that_replaced_one(s: &Scratch) {
    for path in ["x", "x/a", "p", "p/q"] {
        s.mkdir(path);
    }
    let links = (s.stat("x").links, s.stat("p").links);
    rename(s, "x/a", "p/q").unwrap();
    // File systems that do not count subdirectories always show 1.
    let expected = if links.0 > 1 { (links.0 - 1, links.1) } else { links };
    assert_eq!((s.stat("x").links, s.stat("p").links), expected);
    assert_eq!(s.stat("p/q/..").inode, s.stat("p").inode);
    refused(rename(s, "p", "p/q/new"), &[Error::Invalid]);
    rename(s, "x", "p/q/x").unwrap();
    refused(rename(s, "p/q", "p/q/x/new"), &[Error::Invalid]);
}

pub fn rename_refuses_what_is_missing(s: &Scratch) {
    s.write("file", b"text");
    refused(rename(s, "missing", "new"), &[Error::NoEntry]);
    refused(rename(s, "missing", "file"), &[Error::NoEntry]);
    refused(rename(s, "file", "missing/new"), &[Error::NoEntry]);
    refused(rename(s, "file", "file/new"), &[Error::NotDirectory]);
    refused(rename(s, "file/below", "new"), &[Error::NotDirectory]);
    assert_eq!(names(&*s.root), ["file"]);
}

pub fn rename_refuses_dots(s: &Scratch) {
    s.mkdir("d");
    s.mkdir("e");
    let accepted = [Error::Busy, Error::Invalid, Error::NotPermitted, Error::Exist, Error::NotEmpty];
    for path in [".", "d/.", "d/..", ".."] {
        refused(rename(s, path, "new"), &accepted);
        refused(rename(s, "e", path), &accepted);
    }
    assert_eq!(names(&*s.root), ["d", "e"]);
}

pub fn rename_heeds_trailing_slashes(s: &Scratch) {
    s.mkdir("d");
    rename(s, "d/", "e").unwrap();
    rename(s, "e", "f/").unwrap();
    rename(s, "f/", "d/").unwrap();
    s.write("file", b"text");
    s.write("other", b"other");
    refused(rename(s, "file/", "new"), &[Error::NotDirectory]);
    refused(rename(s, "file", "new/"), &[Error::NotDirectory, Error::NoEntry]);
    refused(rename(s, "file", "other/"), &[Error::NotDirectory]);
    s.symlink("d", "link");
    refused(rename(s, "link/", "new"), &[Error::NotDirectory, Error::Loop]);
    assert_eq!(names(&*s.root), ["d", "file", "link", "other"]);
}

pub fn rename_refuses_to_leave(s: &Scratch) {
    s.mkdir("d");
    s.write("d/file", b"text");
    s.write("outer", b"outer");
    let directory = s.dir("d");
    refused(directory.rename_at("file", &*directory, "../moved"), &[Error::NotPermitted]);
    refused(directory.rename_at("../outer", &*directory, "in"), &[Error::NotPermitted]);
    refused(directory.rename_at("file", &*directory, "/moved"), &[Error::NotPermitted]);
    refused(s.root.rename_at("outer", &*directory, "../moved"), &[Error::NotPermitted]);
    assert_eq!((names(&*s.root).len(), names(&*directory).len()), (2, 1));
}

pub fn rename_refuses_another_implementation(s: &Scratch) {
    s.write("file", b"text");
    refused(s.root.rename_at("file", &Foreign, "new"), &[Error::CrossDevice]);
    assert_eq!(s.read("file"), b"text");
}

pub fn rename_into_a_removed_directory_is_refused(s: &Scratch) {
    s.write("file", b"text");
    s.mkdir("d");
    s.mkdir("e");
    let gone = s.dir("d");
    s.root.remove_directory_at("d").unwrap();
    refused(s.root.rename_at("file", &*gone, "new"), &[Error::NoEntry]);
    refused(s.root.rename_at("e", &*gone, "new"), &[Error::NoEntry]);
    assert_eq!(names(&*s.root), ["e", "file"]);
}
