//! Opening: what each flag does, alone and together.
#![expect(missing_docs, reason = "a case's name is its sentence")]

use tambo_kernel::Error;
use tambo_kernel::fs::{FileKind, OpenFlags};

use super::{CREATE_RW, RW, Scratch, directory_of, file_of, get, get_all, put, put_all, refused};

const READ: OpenFlags = OpenFlags::READ;
const CREATE: OpenFlags = OpenFlags::CREATE;

pub fn a_missing_file_is_no_entry(s: &Scratch) {
    refused(s.open("missing", READ), &[Error::NoEntry]);
    refused(s.open("missing", RW), &[Error::NoEntry]);
    refused(s.open("missing/", READ), &[Error::NoEntry]);
    refused(s.open("missing/file", READ), &[Error::NoEntry]);
    refused(s.open("missing", READ | OpenFlags::DIRECTORY), &[Error::NoEntry]);
    assert!(!s.exists("missing"));
}

pub fn a_file_opens_as_a_regular_file(s: &Scratch) {
    s.write("file", b"text");
    assert_eq!(s.file("file", READ).kind(), FileKind::Regular);
    refused(s.open("file/", READ), &[Error::NotDirectory, Error::NoEntry]);
    refused(s.open("file///", READ), &[Error::NotDirectory, Error::NoEntry]);
    refused(s.open("file/.", READ), &[Error::NotDirectory]);
    refused(s.open("file/below", READ), &[Error::NotDirectory]);
    refused(s.open("file/below", CREATE_RW), &[Error::NotDirectory]);
}

pub fn a_directory_opens_as_a_directory(s: &Scratch) {
    s.mkdir("d");
    s.write("d/file", b"text");
    for path in ["d", "d/", "d///", "d/.", "./d", "."] {
        for flags in [OpenFlags::empty(), READ, READ | OpenFlags::DIRECTORY] {
            let directory = directory_of(s.open(path, flags).unwrap());
            assert_eq!(directory.stat().unwrap().kind, FileKind::Directory, "{path}");
        }
    }
    assert_eq!(get_all(&*file_of(s.dir("d").open("file", READ).unwrap())), b"text");
}

pub fn create_makes_an_empty_file(s: &Scratch) {
    s.mkdir("d");
    for path in ["new", "d/new"] {
        let file = s.file(path, CREATE_RW);
        assert_eq!(file.stat().unwrap().size, 0);
        assert_eq!(s.stat(path).kind, FileKind::Regular);
        put_all(&*file, b"text", 0);
        assert_eq!(s.read(path), b"text");
    }
    let readable = s.file("readable", READ | CREATE);
    assert_eq!(get_all(&*readable), b"");
    s.file("bare", CREATE);
    assert!(s.exists("bare"));
}

pub fn create_keeps_what_exists(s: &Scratch) {
    s.write("file", b"text");
    assert_eq!(get_all(&*s.file("file", CREATE_RW)), b"text");
}

pub fn create_needs_the_parent(s: &Scratch) {
    refused(s.open("missing/new", CREATE_RW), &[Error::NoEntry]);
    refused(s.open("missing/../new", CREATE_RW), &[Error::NoEntry]);
    assert!(!s.exists("new"));
}

pub fn create_with_a_trailing_slash_makes_nothing(s: &Scratch) {
    let accepted = [Error::IsDirectory, Error::NoEntry, Error::NotDirectory, Error::Invalid];
    refused(s.open("new/", CREATE_RW), &accepted);
    refused(s.open("new/.", CREATE_RW), &accepted);
    assert!(!s.exists("new"));
    s.write("file", b"text");
    refused(s.open("file/", CREATE_RW), &accepted);
    assert_eq!(s.read("file"), b"text");
}

pub fn create_and_directory_together_make_nothing(s: &Scratch) {
    let accepted = [Error::Invalid, Error::NoEntry, Error::NotDirectory, Error::IsDirectory, Error::Unsupported];
    refused(s.open("new", READ | CREATE | OpenFlags::DIRECTORY), &accepted);
    assert!(!s.exists("new"));
}

pub fn create_on_a_directory_is_refused(s: &Scratch) {
    s.mkdir("d");
    refused(s.open("d", CREATE_RW), &[Error::IsDirectory]);
    refused(s.open(".", CREATE_RW), &[Error::IsDirectory]);
}

pub fn exclusive_refuses_what_exists(s: &Scratch) {
    let flags = CREATE_RW | OpenFlags::EXCLUSIVE;
    s.file("file", flags);
    s.mkdir("d");
    s.symlink("file", "link");
    s.symlink("nowhere", "dangling");
    for path in ["file", "d", "link", "dangling"] {
        refused(s.open(path, flags), &[Error::Exist]);
        refused(s.open(path, flags | OpenFlags::FOLLOW), &[Error::Exist]);
    }
    assert!(!s.exists("nowhere"));
}

pub fn exclusive_does_not_truncate(s: &Scratch) {
    s.write("file", b"text");
    refused(s.open("file", CREATE_RW | OpenFlags::EXCLUSIVE | OpenFlags::TRUNCATE), &[Error::Exist]);
    assert_eq!(s.read("file"), b"text");
}

pub fn truncate_empties_even_without_write(s: &Scratch) {
    for flags in [RW, OpenFlags::WRITE, READ, CREATE_RW] {
        s.write("file", b"text");
        let file = s.file("file", flags | OpenFlags::TRUNCATE);
        assert_eq!(file.stat().unwrap().size, 0, "{flags:?}");
        assert_eq!(s.read("file"), b"");
    }
}

pub fn truncate_on_a_directory_is_refused(s: &Scratch) {
    s.mkdir("d");
    refused(s.open("d", READ | OpenFlags::TRUNCATE), &[Error::IsDirectory, Error::Invalid]);
    refused(s.open("d", RW | OpenFlags::TRUNCATE), &[Error::IsDirectory, Error::Invalid]);
}

pub fn directory_flag_refuses_files(s: &Scratch) {
    s.write("file", b"text");
    s.symlink("file", "link");
    s.mkdir("d");
    s.symlink("d", "to_d");
    let flags = READ | OpenFlags::DIRECTORY;
    refused(s.open("file", flags), &[Error::NotDirectory]);
    refused(s.open("file", flags | OpenFlags::TRUNCATE), &[Error::NotDirectory, Error::Invalid]);
    assert_eq!(s.read("file"), b"text");
    refused(s.open("link", flags | OpenFlags::FOLLOW), &[Error::NotDirectory]);
    refused(s.open("link", flags), &[Error::NotDirectory, Error::Loop]);
    refused(s.open("to_d", flags), &[Error::NotDirectory, Error::Loop]);
    directory_of(s.open("to_d", flags | OpenFlags::FOLLOW).unwrap());
}

pub fn a_directory_is_not_writable(s: &Scratch) {
    s.mkdir("d");
    refused(s.open("d", RW), &[Error::IsDirectory]);
    refused(s.open("d", OpenFlags::WRITE), &[Error::IsDirectory]);
    refused(s.open("d", RW | OpenFlags::DIRECTORY), &[Error::IsDirectory]);
    refused(s.open(".", RW), &[Error::IsDirectory]);
}

pub fn a_link_is_not_followed_unless_asked(s: &Scratch) {
    s.write("file", b"text");
    s.mkdir("d");
    s.symlink("file", "to_file");
    s.symlink("d", "to_d");
    refused(s.open("to_file", READ), &[Error::Loop]);
    refused(s.open("to_file", RW | OpenFlags::TRUNCATE), &[Error::Loop]);
    refused(s.open("to_d", READ), &[Error::Loop]);
    assert_eq!(get_all(&*s.file("to_file", READ | OpenFlags::FOLLOW)), b"text");
    directory_of(s.open("to_d", READ | OpenFlags::FOLLOW).unwrap());
}

pub fn create_follows_a_dangling_link_only_if_asked(s: &Scratch) {
    s.mkdir("d");
    s.symlink("d/target", "link");
    refused(s.open("link", CREATE_RW), &[Error::Loop]);
    assert!(!s.exists("d/target"));
    put_all(&*s.file("link", CREATE_RW | OpenFlags::FOLLOW), b"text", 0);
    assert_eq!(s.read("d/target"), b"text");
    assert_eq!(s.stat("link").kind, FileKind::SymbolicLink);
}

pub fn rights_of_the_handle_hold(s: &Scratch) {
    s.write("file", b"text");
    let readable = s.file("file", READ);
    refused(put(&*readable, b"x", 0), &[Error::BadDescriptor]);
    refused(readable.append(&[], tambo_kernel::stream::Wait::Block), &[Error::BadDescriptor]);
    let writable = s.file("file", OpenFlags::WRITE);
    refused(get(&*writable, 1, 0), &[Error::BadDescriptor]);
    let created = s.file("created", READ | CREATE);
    refused(put(&*created, b"x", 0), &[Error::BadDescriptor]);
    assert_eq!(s.read("file"), b"text");
}

pub fn a_file_without_rights_can_still_be_inspected(s: &Scratch) {
    s.write("file", b"text");
    let file = s.file("file", OpenFlags::empty());
    assert_eq!(file.stat().unwrap().size, 4);
    refused(get(&*file, 1, 0), &[Error::BadDescriptor]);
    refused(put(&*file, b"x", 0), &[Error::BadDescriptor]);
}

pub fn sync_flags_allow_writing(s: &Scratch) {
    for flags in [OpenFlags::SYNC, OpenFlags::DATA_SYNC, OpenFlags::SYNC | OpenFlags::DATA_SYNC] {
        put_all(&*s.file("file", CREATE_RW | OpenFlags::TRUNCATE | flags), b"text", 0);
        assert_eq!(s.read("file"), b"text");
    }
}
