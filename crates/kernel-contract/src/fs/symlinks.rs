//! Symbolic links: kept, followed, looping. What leads outside is in `sandbox`.
#![expect(missing_docs, reason = "a case's name is its sentence")]

use tambo_kernel::Error;
use tambo_kernel::fs::{FileKind, OpenFlags};

use super::{CREATE_RW, Scratch, at, directory_of, names, put_all, refused};

const FOLLOW: OpenFlags = OpenFlags::READ.union(OpenFlags::FOLLOW);

pub fn a_symbolic_link_keeps_its_target(s: &Scratch) {
    for (index, target) in ["file", "a//b/./../c/", "..", "../../out", ".", " ", "ü/日本", "a\\b"].iter().enumerate()
    {
        let path = format!("link{index}");
        s.symlink(target, &path);
        assert_eq!(s.root.read_link_at(&path).unwrap(), **target);
        let stat = s.stat(&path);
        assert_eq!((stat.kind, stat.size, stat.links), (FileKind::SymbolicLink, target.len() as u64, 1));
    }
}

pub fn a_symbolic_link_leads_to_a_file(s: &Scratch) {
    s.write("file", b"text");
    s.symlink("file", "link");
    assert_eq!(s.read("link"), b"text");
    assert_eq!(s.root.stat_at("link", true).unwrap(), s.stat("file"));
    put_all(&*s.file("link", CREATE_RW | OpenFlags::FOLLOW | OpenFlags::TRUNCATE), b"new", 0);
    assert_eq!(s.read("file"), b"new");
}

pub fn a_symbolic_link_leads_to_a_directory(s: &Scratch) {
    s.mkdir("d");
    s.write("d/file", b"text");
    s.symlink("d", "link");
    assert_eq!(names(&*directory_of(s.open("link", FOLLOW).unwrap())), ["file"]);
    assert_eq!(s.root.stat_at("link", true).unwrap(), s.stat("d"));
}

pub fn a_symbolic_link_in_the_middle_is_followed(s: &Scratch) {
    s.mkdir("d");
    s.symlink("d", "link");
    s.write("link/file", b"text");
    assert_eq!(s.read("d/file"), b"text");
    s.root.create_directory_at("link/sub").unwrap();
    s.root.symlink_at("file", "link/symlink").unwrap();
    s.root.rename_at("link/file", &*s.root, "link/renamed").unwrap();
    assert_eq!(names(&*s.dir("d")), ["renamed", "sub", "symlink"]);
    s.root.remove_directory_at("link/sub").unwrap();
    s.root.unlink_at("link/renamed").unwrap();
    assert_eq!(s.root.read_link_at("link/symlink").unwrap(), "file");
    s.write("file", b"text");
    s.symlink("file", "to_file");
    refused(s.open("to_file/below", FOLLOW), &[Error::NotDirectory]);
}

pub fn a_dangling_link_is_no_entry(s: &Scratch) {
    s.symlink("nowhere", "link");
    refused(s.open("link", FOLLOW), &[Error::NoEntry]);
    refused(s.open("link/below", FOLLOW), &[Error::NoEntry]);
    refused(s.root.stat_at("link", true), &[Error::NoEntry]);
    refused(s.root.stat_at("link/", false), &[Error::NoEntry]);
    assert_eq!(s.stat("link").kind, FileKind::SymbolicLink);
}

pub fn symlink_refuses_what_exists(s: &Scratch) {
    s.write("file", b"text");
    s.mkdir("d");
    s.symlink("nowhere", "dangling");
    for path in ["file", "d", "d/", "dangling", ".", "d/."] {
        refused(s.root.symlink_at("target", path), &[Error::Exist]);
    }
    assert_eq!(s.root.read_link_at("dangling").unwrap(), "nowhere");
    assert!(!s.exists("nowhere"));
}

pub fn symlink_refuses_trailing_slashes(s: &Scratch) {
    s.write("file", b"text");
    refused(s.root.symlink_at("target", "new/"), &[Error::NoEntry]);
    refused(s.root.symlink_at("target", "file/"), &[Error::NotDirectory, Error::Exist]);
    assert_eq!(names(&*s.root), ["file"]);
}

pub fn symlink_refuses_absolute_and_odd_targets(s: &Scratch) {
    refused(s.root.symlink_at("/", "link"), &[Error::NotPermitted]);
    refused(s.root.symlink_at("/etc/passwd", "link"), &[Error::NotPermitted]);
    refused(s.root.symlink_at("", "link"), &[Error::NoEntry, Error::Invalid]);
    refused(s.root.symlink_at("a\0b", "link"), &[Error::Invalid]);
    assert_eq!(names(&*s.root), [""; 0]);
}

pub fn symlink_needs_the_parent(s: &Scratch) {
    s.write("file", b"text");
    refused(s.root.symlink_at("target", "missing/link"), &[Error::NoEntry]);
    refused(s.root.symlink_at("target", "file/link"), &[Error::NotDirectory]);
    refused(s.root.symlink_at("target", "../link"), &[Error::NotPermitted]);
}

pub fn read_link_refuses_what_is_no_link(s: &Scratch) {
    s.write("file", b"text");
    s.mkdir("d");
    refused(s.root.read_link_at("file"), &[Error::Invalid]);
    refused(s.root.read_link_at("d"), &[Error::Invalid]);
    refused(s.root.read_link_at("."), &[Error::Invalid]);
    refused(s.root.read_link_at("missing"), &[Error::NoEntry]);
    refused(s.root.read_link_at("file/below"), &[Error::NotDirectory]);
    s.symlink("d", "link");
    refused(s.root.read_link_at("link/"), &[Error::Invalid, Error::NotDirectory]);
}

pub fn a_trailing_slash_follows_the_link(s: &Scratch) {
    s.mkdir("d");
    s.write("file", b"text");
    s.symlink("d", "to_d");
    s.symlink("file", "to_file");
    directory_of(s.open("to_d/", OpenFlags::READ).unwrap());
    assert_eq!(s.stat("to_d/"), s.stat("d"));
    s.root.set_times_at("to_d/", false, at(100), at(100)).unwrap();
    assert_eq!(s.stat("d").modified.seconds, 100);
    refused(s.open("to_file/", OpenFlags::READ), &[Error::NotDirectory, Error::NoEntry]);
    refused(s.root.stat_at("to_file/", false), &[Error::NotDirectory, Error::NoEntry]);
}

/// Attack 2.
pub fn a_target_with_a_trailing_slash_is_a_directory(s: &Scratch) {
    s.mkdir("d");
    s.write("d/inner", b"text");
    s.write("file", b"text");
    s.symlink("d/", "to_d");
    s.symlink("file/", "to_file");
    assert_eq!(s.read("to_d/inner"), b"text");
    assert_eq!(s.root.stat_at("to_d", true).unwrap(), s.stat("d"));
    refused(s.open("to_d", OpenFlags::READ), &[Error::Loop]);
    refused(s.open("to_file", FOLLOW), &[Error::NotDirectory, Error::NoEntry]);
    refused(s.root.stat_at("to_file", true), &[Error::NotDirectory, Error::NoEntry]);
    assert_eq!(s.stat("to_file").kind, FileKind::SymbolicLink);
}

pub fn dots_in_a_target_are_relative_to_the_link(s: &Scratch) {
    s.mkdir("a");
    s.mkdir("a/b");
    s.write("a/file", b"in a");
    s.write("file", b"in root");
    s.symlink("../file", "a/b/link");
    s.symlink("../../file", "a/b/up");
    s.symlink(".", "a/self");
    assert_eq!(s.read("a/b/link"), b"in a");
    assert_eq!(s.read("a/b/up"), b"in root");
    assert_eq!(s.read("a/self/self/b/../self/file"), b"in a");
}

pub fn dots_after_a_link_are_relative_to_its_target(s: &Scratch) {
    s.mkdir("a");
    s.mkdir("a/b");
    s.write("a/file", b"in a");
    s.write("file", b"in root");
    s.symlink("a/b", "link");
    assert_eq!(s.read("link/../file"), b"in a");
    assert_eq!(s.read("link/../../file"), b"in root");
}

fn chain(s: &Scratch, length: usize) {
    s.write("link0", b"text");
    for i in 1..=length {
        s.symlink(&format!("link{}", i - 1), &format!("link{i}"));
    }
}

pub fn chains_are_followed(s: &Scratch) {
    chain(s, 20);
    assert_eq!(s.read("link20"), b"text");
    assert_eq!(s.root.stat_at("link20", true).unwrap(), s.stat("link0"));
}

pub fn long_chains_are_loops(s: &Scratch) {
    chain(s, 64);
    refused(s.open("link64", FOLLOW), &[Error::Loop]);
    refused(s.root.stat_at("link64", true), &[Error::Loop]);
    assert_eq!(s.read("link10"), b"text");
}

pub fn loops_are_loops(s: &Scratch) {
    s.symlink("self", "self");
    s.symlink("b", "a");
    s.symlink("./a", "b");
    for path in ["self", "a", "b"] {
        refused(s.open(path, OpenFlags::READ), &[Error::Loop]);
        refused(s.open(path, FOLLOW), &[Error::Loop]);
        refused(s.open(path, CREATE_RW | OpenFlags::FOLLOW), &[Error::Loop]);
        refused(s.root.stat_at(path, true), &[Error::Loop]);
        refused(s.root.set_times_at(path, true, at(1), at(1)), &[Error::Loop]);
        refused(s.root.stat_at(&format!("{path}/"), false), &[Error::Loop]);
        refused(s.open(&format!("{path}/below"), OpenFlags::READ), &[Error::Loop]);
        refused(s.root.create_directory_at(&format!("{path}/below")), &[Error::Loop]);
        assert_eq!(s.stat(path).kind, FileKind::SymbolicLink);
    }
    s.root.unlink_at("self").unwrap();
}

/// Attack 2: each link doubles the path, so that following must be bounded as a whole.
pub fn expanding_links_are_bounded(s: &Scratch) {
    s.mkdir("d");
    s.symlink(".", "d/x0");
    for i in 1..40 {
        let below = i - 1;
        s.symlink(&format!("x{below}/x{below}"), &format!("d/x{i}"));
    }
    refused(s.open("d/x39", FOLLOW), &[Error::Loop]);
    refused(s.root.stat_at("d/x39/file", true), &[Error::Loop]);
}

pub fn long_targets_are_refused(s: &Scratch) {
    let target = "x/".repeat(500);
    s.symlink(&target, "link");
    assert_eq!(s.root.read_link_at("link").unwrap(), target);
    refused(s.root.symlink_at(&"x/".repeat(2_500), "long"), &[Error::NameTooLong]);
    refused(s.root.symlink_at(&"x/".repeat(500_000), "long"), &[Error::NameTooLong]);
    assert_eq!(names(&*s.root), ["link"]);
}
