//! Creating and removing directories, and removing everything else.
#![expect(missing_docs, reason = "a case's name is its sentence")]

use tambo_kernel::Error;
use tambo_kernel::fs::{FileKind, OpenFlags};

use super::{CREATE_RW, Scratch, file_of, get_all, holds_nothing, names, refused};

pub fn create_makes_an_empty_directory(s: &Scratch) {
    s.mkdir("d");
    s.mkdir("d/sub");
    assert_eq!(s.stat("d/sub").kind, FileKind::Directory);
    assert_eq!(names(&*s.dir("d/sub")), [""; 0]);
    assert_eq!(names(&*s.dir("d")), ["sub"]);
    assert_eq!(names(&*s.root), ["d"]);
}

pub fn create_refuses_what_exists(s: &Scratch) {
    s.mkdir("d");
    s.write("file", b"text");
    s.symlink("d", "link");
    s.symlink("nowhere", "dangling");
    for path in ["d", "d/", "file", "link", "link/", "dangling"] {
        refused(s.root.create_directory_at(path), &[Error::Exist]);
    }
    refused(s.root.create_directory_at("file/"), &[Error::Exist, Error::NotDirectory]);
    assert!(!s.exists("nowhere"));
}

pub fn create_needs_the_parent(s: &Scratch) {
    s.write("file", b"text");
    refused(s.root.create_directory_at("missing/d"), &[Error::NoEntry]);
    refused(s.root.create_directory_at("file/d"), &[Error::NotDirectory]);
    assert_eq!(names(&*s.root), ["file"]);
}

pub fn create_accepts_trailing_slashes(s: &Scratch) {
    s.mkdir("a/");
    s.mkdir("a/b///");
    assert_eq!(names(&*s.dir("a")), ["b"]);
}

pub fn create_refuses_dots(s: &Scratch) {
    s.mkdir("d");
    refused(s.root.create_directory_at("."), &[Error::Exist]);
    refused(s.root.create_directory_at("./"), &[Error::Exist]);
    refused(s.root.create_directory_at("d/."), &[Error::Exist]);
    refused(s.root.create_directory_at("d/.."), &[Error::Exist]);
    refused(s.root.create_directory_at(".."), &[Error::NotPermitted, Error::Exist]);
    refused(s.root.create_directory_at("new/."), &[Error::NoEntry]);
    refused(s.root.create_directory_at("new/.."), &[Error::NoEntry]);
    assert_eq!(names(&*s.root), ["d"]);
}

pub fn remove_takes_an_empty_directory(s: &Scratch) {
    s.mkdir("d");
    s.write("d/file", b"text");
    s.root.unlink_at("d/file").unwrap();
    s.root.remove_directory_at("d").unwrap();
    assert!(!s.exists("d"));
    refused(s.root.remove_directory_at("d"), &[Error::NoEntry]);
    s.mkdir("d");
    assert_eq!(names(&*s.dir("d")), [""; 0]);
}

pub fn remove_refuses_a_directory_with_entries(s: &Scratch) {
    s.mkdir("d");
    for (path, make) in [("d/file", 0), ("d/sub", 1), ("d/link", 2)] {
        match make {
            0 => s.write(path, b""),
            1 => s.mkdir(path),
            _ => s.symlink("nowhere", path),
        }
        refused(s.root.remove_directory_at("d"), &[Error::NotEmpty]);
        match make {
            1 => s.root.remove_directory_at(path).unwrap(),
            _ => s.root.unlink_at(path).unwrap(),
        }
    }
    s.root.remove_directory_at("d").unwrap();
}

pub fn remove_refuses_what_is_no_directory(s: &Scratch) {
    s.write("file", b"text");
    s.mkdir("d");
    s.symlink("d", "link");
    for path in ["file", "file/", "link", "link/", "file/below"] {
        refused(s.root.remove_directory_at(path), &[Error::NotDirectory]);
    }
    assert!(s.exists("file") && s.exists("link") && s.exists("d"));
}

pub fn remove_refuses_dots(s: &Scratch) {
    s.mkdir("d");
    refused(s.root.remove_directory_at("."), &[Error::Invalid]);
    refused(s.root.remove_directory_at("./"), &[Error::Invalid]);
    refused(s.root.remove_directory_at("d/."), &[Error::Invalid]);
    let accepted = [Error::NotEmpty, Error::NotPermitted, Error::Invalid, Error::Busy];
    refused(s.root.remove_directory_at("d/.."), &accepted);
    refused(s.root.remove_directory_at(".."), &accepted);
    assert!(s.exists("d"));
}

pub fn remove_accepts_trailing_slashes(s: &Scratch) {
    s.mkdir("d");
    s.root.remove_directory_at("d//").unwrap();
    assert!(!s.exists("d"));
}

pub fn a_removed_directory_takes_nothing_new(s: &Scratch) {
    s.mkdir("d");
    s.write("file", b"text");
    let directory = s.dir("d");
    s.root.remove_directory_at("d").unwrap();
    assert_eq!(directory.stat().unwrap().kind, FileKind::Directory);
    refused(directory.open("new", CREATE_RW), &[Error::NoEntry]);
    refused(directory.create_directory_at("new"), &[Error::NoEntry]);
    refused(directory.symlink_at("x", "new"), &[Error::NoEntry]);
    refused(s.root.link_at("file", false, &*directory, "new"), &[Error::NoEntry]);
    refused(directory.open("..", OpenFlags::READ), &[Error::NotPermitted, Error::NoEntry]);
    holds_nothing(&*directory);
}

pub fn unlink_removes_files(s: &Scratch) {
    s.mkdir("d");
    s.write("d/file", b"text");
    s.root.unlink_at("d/file").unwrap();
    assert!(!s.exists("d/file"));
    refused(s.root.unlink_at("d/file"), &[Error::NoEntry]);
    refused(s.root.unlink_at("missing/file"), &[Error::NoEntry]);
}

pub fn unlink_refuses_directories(s: &Scratch) {
    s.mkdir("d");
    for path in ["d", "d/", "d/."] {
        refused(s.root.unlink_at(path), &[Error::IsDirectory]);
    }
    refused(s.root.unlink_at("."), &[Error::IsDirectory, Error::Invalid]);
    refused(s.root.unlink_at("d/.."), &[Error::IsDirectory, Error::Invalid]);
    refused(s.root.unlink_at(".."), &[Error::NotPermitted, Error::IsDirectory]);
    assert!(s.exists("d"));
}

pub fn unlink_refuses_trailing_slashes(s: &Scratch) {
    s.write("file", b"text");
    s.mkdir("d");
    s.symlink("file", "to_file");
    s.symlink("d", "to_d");
    refused(s.root.unlink_at("file/"), &[Error::NotDirectory, Error::NoEntry]);
    refused(s.root.unlink_at("to_file/"), &[Error::NotDirectory, Error::NoEntry]);
    refused(s.root.unlink_at("to_d/"), &[Error::NotDirectory, Error::IsDirectory]);
    refused(s.root.unlink_at("missing/"), &[Error::NoEntry]);
    assert_eq!(names(&*s.root), ["d", "file", "to_d", "to_file"]);
}

pub fn unlink_removes_a_link_not_its_target(s: &Scratch) {
    s.write("file", b"text");
    s.mkdir("d");
    s.symlink("file", "to_file");
    s.symlink("d", "to_d");
    s.symlink("nowhere", "dangling");
    for path in ["to_file", "to_d", "dangling"] {
        s.root.unlink_at(path).unwrap();
    }
    assert_eq!(names(&*s.root), ["d", "file"]);
}

pub fn handles_name_directories_not_paths(s: &Scratch) {
    s.mkdir("d");
    s.write("d/file", b"text");
    let directory = s.dir("d");
    s.root.rename_at("d", &*s.root, "moved").unwrap();
    s.mkdir("d");
    assert_eq!(get_all(&*file_of(directory.open("file", OpenFlags::READ).unwrap())), b"text");
    directory.create_directory_at("sub").unwrap();
    assert!(s.exists("moved/sub") && !s.exists("d/sub"));
}

pub fn deep_trees_work(s: &Scratch) {
    let mut directory = s.root.clone();
    for _ in 0..200 {
        directory.create_directory_at("d").unwrap();
        directory = super::directory_of(directory.open("d", OpenFlags::READ).unwrap());
    }
    file_of(directory.open("file", CREATE_RW).unwrap());
    assert!(s.exists(&("d/".repeat(200) + "file")));
    assert!(s.exists(&("d/".repeat(200) + &"../".repeat(200) + "d")));
}
