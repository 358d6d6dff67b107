//! Attributes, sizes, allocation, advice and syncing.
#![expect(missing_docs, reason = "a case's name is its sentence")]

use tambo_kernel::Error;
use tambo_kernel::fs::{Advice, FileKind, OpenFlags, Stat, Sync};
use tambo_kernel::stream::Wait;

use super::{CREATE_RW, RW, Scratch, allowed, at, get, get_all, put_all, refused};

pub fn stat_of_a_file(s: &Scratch) {
    s.write("file", b"text");
    let stat = s.stat("file");
    assert_eq!((stat.kind, stat.size, stat.links), (FileKind::Regular, 4, 1));
    assert!(stat.accessed.nanoseconds < 1_000_000_000 && stat.modified.seconds > 1_000_000_000);
}

pub fn stat_of_a_directory(s: &Scratch) {
    s.mkdir("d");
    let stat = s.stat("d");
    assert_eq!(stat.kind, FileKind::Directory);
    assert!(stat.links >= 1);
    assert_eq!(s.root.stat().unwrap().kind, FileKind::Directory);
    assert_eq!(s.root.stat().unwrap().device, stat.device);
}

pub fn stat_by_path_and_by_handle_agree(s: &Scratch) {
    s.mkdir("d");
    s.write("d/file", b"text");
    assert_eq!(s.file("d/file", OpenFlags::READ).stat().unwrap(), s.stat("d/file"));
    assert_eq!(s.dir("d").stat().unwrap(), s.stat("d"));
    assert_eq!(s.dir("d").stat_at(".", false).unwrap(), s.stat("d/"));
    assert_eq!(s.root.stat().unwrap(), s.stat("."));
    refused(s.root.stat_at("missing", true), &[Error::NoEntry]);
    refused(s.root.stat_at("d/file/below", true), &[Error::NotDirectory]);
}

pub fn stat_with_a_trailing_slash_wants_a_directory(s: &Scratch) {
    s.write("file", b"text");
    s.mkdir("d");
    refused(s.root.stat_at("file/", false), &[Error::NotDirectory, Error::NoEntry]);
    refused(s.root.stat_at("file/", true), &[Error::NotDirectory, Error::NoEntry]);
    assert_eq!(s.stat("d//").kind, FileKind::Directory);
}

pub fn inodes_tell_objects_apart(s: &Scratch) {
    s.write("a", b"");
    s.write("b", b"");
    s.mkdir("d");
    s.symlink("a", "link");
    let mut inodes: Vec<u64> = ["a", "b", "d", "link", "."].iter().map(|path| s.stat(path).inode).collect();
    inodes.sort_unstable();
    inodes.dedup();
    assert_eq!(inodes.len(), 5);
}

pub fn objects_are_recognised_by_their_attributes(s: &Scratch) {
    s.write("a", b"");
    s.write("b", b"");
    s.root.link_at("a", false, &*s.root, "c").unwrap();
    assert!(s.stat("a").is_same_object(&s.stat("c")));
    assert!(!s.stat("a").is_same_object(&s.stat("b")));
    assert!(!s.stat("a").is_same_object(&s.stat(".")));
    assert!(!Stat::default().is_same_object(&Stat::default()), "two that have no number");
}

pub fn the_hash_of_metadata_tells_of_changes(s: &Scratch) {
    s.write("a", b"text");
    s.write("b", b"text");
    for path in ["a", "b"] {
        s.root.set_times_at(path, false, at(100), at(100)).unwrap();
    }
    let before = s.stat("a").metadata_hash();
    s.read("a");
    s.root.rename_at("a", &*s.root, "c").unwrap();
    assert_eq!(s.stat("c").metadata_hash(), before, "neither reading nor renaming changes a file");
    assert_ne!(s.stat("b").metadata_hash().0, before.0);
    s.root.set_times_at("c", false, at(100), at(101)).unwrap();
    let (identity, version) = s.stat("c").metadata_hash();
    assert_eq!((identity, version == before.1), (before.0, false));
    put_all(&*s.file("c", OpenFlags::WRITE), b"more text", 0);
    s.root.set_times_at("c", false, at(100), at(100)).unwrap();
    assert_ne!(s.stat("c").metadata_hash().1, before.1, "a change of the size alone");
}

pub fn set_size_cuts_and_extends(s: &Scratch) {
    let file = s.file("file", CREATE_RW);
    put_all(&*file, b"some text", 0);
    file.set_size(4).unwrap();
    assert_eq!(get_all(&*file), b"some");
    file.set_size(6).unwrap();
    assert_eq!(get_all(&*file), b"some\0\0");
    file.set_size(0).unwrap();
    assert_eq!(get_all(&*file), b"");
    file.set_size(100_000).unwrap();
    assert!(get_all(&*file) == vec![0; 100_000], "not zeros");
}

/// Attack 28, within one file system: bytes that were cut off do not come back.
pub fn set_size_shows_no_old_bytes(s: &Scratch) {
    let file = s.file("file", CREATE_RW);
    put_all(&*file, &[7; 20_000], 0);
    file.set_size(4_097).unwrap();
    file.set_size(20_000).unwrap();
    assert_eq!(get(&*file, 4, 4_095).unwrap(), [7, 7, 0, 0]);
    assert!(get(&*file, 20_000, 4_097).unwrap().iter().all(|&byte| byte == 0));
    file.set_size(10).unwrap();
    put_all(&*file, b"x", 5_000);
    assert!(get(&*file, 4_990, 10).unwrap().iter().all(|&byte| byte == 0));
}

pub fn set_size_needs_a_writable_handle(s: &Scratch) {
    s.write("file", b"text");
    let file = s.file("file", OpenFlags::READ);
    refused(file.set_size(0), &[Error::BadDescriptor, Error::Invalid]);
    refused(file.set_size(10), &[Error::BadDescriptor, Error::Invalid]);
    assert_eq!(s.read("file"), b"text");
}

pub fn set_size_refuses_impossible_sizes(s: &Scratch) {
    let file = s.file("file", CREATE_RW);
    put_all(&*file, b"text", 0);
    for size in [u64::MAX, i64::MAX as u64 + 1] {
        refused(file.set_size(size), &[Error::Invalid, Error::FileTooLarge]);
    }
    assert_eq!(get_all(&*file), b"text");
    let accepted = [Error::Invalid, Error::FileTooLarge, Error::NoSpace];
    for size in [i64::MAX as u64, 1 << 62] {
        if allowed(file.set_size(size), &accepted).is_some() {
            assert_eq!(file.stat().unwrap().size, size);
            assert_eq!(get(&*file, 4, 1 << 61).unwrap(), [0; 4]);
        }
    }
}

pub fn allocate_extends_and_never_cuts(s: &Scratch) {
    let file = s.file("file", CREATE_RW);
    if allowed(file.allocate(0, 100), &[Error::Unsupported]).is_none() {
        return;
    }
    assert_eq!(file.stat().unwrap().size, 100);
    file.allocate(10, 10).unwrap();
    assert_eq!(file.stat().unwrap().size, 100);
    put_all(&*file, b"text", 0);
    file.allocate(90, 20).unwrap();
    assert_eq!(file.stat().unwrap().size, 110);
    assert_eq!(get(&*file, 6, 0).unwrap(), b"text\0\0");
    assert_eq!(get(&*file, 100, 100).unwrap(), [0; 10]);
    allowed(file.allocate(200, 0), &[Error::Invalid]);
    assert_eq!(file.stat().unwrap().size, 110);
}

pub fn allocate_refuses_impossible_ranges(s: &Scratch) {
    let file = s.file("file", CREATE_RW);
    let accepted = [Error::Invalid, Error::FileTooLarge, Error::NoSpace, Error::Overflow, Error::Unsupported];
    let end = i64::MAX as u64;
    for (offset, len) in [(u64::MAX, 1), (0, u64::MAX), (u64::MAX, u64::MAX), (end, 1), (1, end)] {
        refused(file.allocate(offset, len), &accepted);
    }
    assert_eq!(file.stat().unwrap().size, 0);
}

pub fn allocate_needs_a_writable_handle(s: &Scratch) {
    s.write("file", b"text");
    let file = s.file("file", OpenFlags::READ);
    refused(file.allocate(0, 100), &[Error::BadDescriptor, Error::Invalid, Error::Unsupported]);
    assert_eq!(s.read("file"), b"text");
}

pub fn advise_changes_nothing(s: &Scratch) {
    s.write("file", b"text");
    let file = s.file("file", RW);
    let all = [Advice::Normal, Advice::Sequential, Advice::Random, Advice::WillNeed, Advice::DontNeed, Advice::NoReuse];
    for advice in all {
        file.advise(0, 0, advice).unwrap();
        file.advise(1, 2, advice).unwrap();
        file.advise(100, 1 << 40, advice).unwrap();
    }
    assert_eq!(get_all(&*file), b"text");
}

pub fn advise_survives_impossible_ranges(s: &Scratch) {
    s.write("file", b"text");
    let file = s.file("file", RW);
    for (offset, len) in [(u64::MAX, 1), (0, u64::MAX), (u64::MAX, u64::MAX), (i64::MAX as u64, i64::MAX as u64)] {
        allowed(file.advise(offset, len, Advice::WillNeed), &[Error::Invalid]);
    }
    assert_eq!(get_all(&*file), b"text");
}

pub fn sync_works(s: &Scratch) {
    let file = s.file("file", CREATE_RW);
    put_all(&*file, b"text", 0);
    for what in [Sync::Data, Sync::All] {
        file.sync(what, Wait::Block).unwrap();
        allowed(file.sync(what, Wait::Try), &[Error::WouldBlock]);
        s.root.sync(what).unwrap();
    }
    s.file("file", OpenFlags::READ).sync(Sync::All, Wait::Block).unwrap();
    assert_eq!(s.read("file"), b"text");
}
