//! Names: what they may be, and how long. Attack 7, where it concerns the kernel.
#![expect(missing_docs, reason = "a case's name is its sentence")]

use tambo_kernel::Error;
use tambo_kernel::fs::{Directory, OpenFlags};

use super::{CREATE_RW, Scratch, allowed, at, names, refused};

#[track_caller]
fn refused_everywhere(directory: &dyn Directory, path: &str, accepted: &[Error]) {
    directory.open("plain", CREATE_RW).map(drop).unwrap();
    refused(directory.open(path, OpenFlags::READ), accepted);
    refused(directory.open(path, CREATE_RW), accepted);
    refused(directory.stat_at(path, true), accepted);
    refused(directory.stat_at(path, false), accepted);
    refused(directory.set_times_at(path, false, at(1), at(1)), accepted);
    refused(directory.create_directory_at(path), accepted);
    refused(directory.remove_directory_at(path), accepted);
    refused(directory.unlink_at(path), accepted);
    refused(directory.read_link_at(path), accepted);
    refused(directory.symlink_at("x", path), accepted);
    refused(directory.link_at(path, false, directory, "link"), accepted);
    refused(directory.link_at("plain", false, directory, path), accepted);
    refused(directory.rename_at(path, directory, "renamed"), accepted);
    refused(directory.rename_at("plain", directory, path), accepted);
    assert_eq!(names(directory), ["plain"]);
}

pub fn an_empty_path_is_no_entry(s: &Scratch) {
    refused_everywhere(&*s.root, "", &[Error::NoEntry]);
}

/// Attack 7.
pub fn a_nul_is_invalid(s: &Scratch) {
    for path in ["\0", "plain\0", "plain\0x", "\0plain", "./plain\0"] {
        refused_everywhere(&*s.root, path, &[Error::Invalid]);
    }
}

pub fn names_have_255_bytes(s: &Scratch) {
    let long = ["x".repeat(255), "é".repeat(127) + "x", "日".repeat(85)];
    for name in &long {
        s.write(name, b"text");
        assert_eq!(s.read(name), b"text");
    }
    let mut sorted = long.to_vec();
    sorted.sort();
    assert_eq!(names(&*s.root), sorted);
    s.mkdir(&"d".repeat(255));
    s.symlink("x", &"l".repeat(255));
}

/// Attack 7.
pub fn a_name_too_long_is_refused_everywhere(s: &Scratch) {
    for name in ["x".repeat(256), "é".repeat(128)] {
        refused_everywhere(&*s.root, &name, &[Error::NameTooLong]);
    }
    refused(s.open(&("x".repeat(256) + "/below"), OpenFlags::READ), &[Error::NameTooLong]);
}

/// Attack 7.
pub fn long_paths_are_survived(s: &Scratch) {
    s.mkdir("d");
    for path in ["./".repeat(100_000), "d/../".repeat(100_000), "d/".repeat(100_000), "/".repeat(100_000)] {
        let accepted = [Error::NameTooLong, Error::NoEntry, Error::NotPermitted];
        allowed(s.root.stat_at(&path, true), &accepted);
        allowed(s.open(&path, OpenFlags::READ), &accepted);
        refused(s.open(&(path + "file"), OpenFlags::READ), &accepted);
    }
    assert!(s.exists(&("d/../".repeat(500) + "d")));
}

pub fn unicode_names_come_back(s: &Scratch) {
    let mut all =
        ["ünïcode", "日本語", "🦀", "e\u{301}", "\u{e9}", "\u{200d}", "ﬀ", "a b", "tab\t", "new\nline", "\u{7f}"];
    for name in all {
        s.write(name, name.as_bytes());
    }
    all.sort_unstable();
    assert_eq!(names(&*s.root), all);
    for name in all {
        assert_eq!(s.read(name), name.as_bytes());
    }
}

/// Attack 6, on systems where none of this has a meaning.
pub fn only_slashes_and_dots_are_special(s: &Scratch) {
    let mut all =
        ["...", "....", ".hidden", "a..", "..a", "a\\b", "..\\up", "C:", "con", "file:stream", "*", "?", "~", " "];
    for name in all {
        s.write(name, name.as_bytes());
        assert_eq!(s.read(name), name.as_bytes());
    }
    all.sort_unstable();
    assert_eq!(names(&*s.root), all);
}

pub fn repeated_slashes_count_once(s: &Scratch) {
    s.mkdir("d");
    s.write("d//file", b"text");
    assert_eq!(s.read("d///./file"), b"text");
    assert_eq!(s.stat("d//file").inode, s.stat("d/file").inode);
}
