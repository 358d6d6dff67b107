//! Times: set, kept, moved by changes, and extreme.
#![expect(missing_docs, reason = "a case's name is its sentence")]

use tambo_kernel::Error;
use tambo_kernel::clock::Timestamp;
use tambo_kernel::fs::{OpenFlags, SetTime};

use super::{CREATE_RW, RW, Scratch, allowed, at, put_all, refused};

/// A time that every clock shows to be long past.
const PAST: i64 = 1_000_000;

fn seconds(time: Timestamp) -> i64 {
    assert!(time.nanoseconds < 1_000_000_000);
    time.seconds
}

pub fn times_are_set_and_kept(s: &Scratch) {
    let file = s.file("file", CREATE_RW);
    file.set_times(at(100), at(200)).unwrap();
    file.set_times(SetTime::Keep, at(300)).unwrap();
    let stat = s.stat("file");
    assert_eq!((seconds(stat.accessed), seconds(stat.modified)), (100, 300));
    s.root.set_times_at("file", false, at(400), SetTime::Keep).unwrap();
    s.root.set_times_at("file", true, SetTime::Keep, SetTime::Keep).unwrap();
    let stat = file.stat().unwrap();
    assert_eq!((seconds(stat.accessed), seconds(stat.modified)), (400, 300));
}

pub fn times_are_set_to_now(s: &Scratch) {
    s.write("file", b"");
    s.root.set_times_at("file", false, at(100), at(200)).unwrap();
    s.root.set_times_at("file", false, SetTime::Now, SetTime::Keep).unwrap();
    let stat = s.stat("file");
    assert!(seconds(stat.accessed) > PAST && seconds(stat.modified) == 200);
    s.file("file", RW).set_times(SetTime::Keep, SetTime::Now).unwrap();
    assert!(seconds(s.stat("file").modified) > PAST);
}

pub fn times_are_set_through_a_readable_handle(s: &Scratch) {
    s.write("file", b"");
    s.file("file", OpenFlags::READ).set_times(at(100), at(200)).unwrap();
    assert_eq!(seconds(s.stat("file").modified), 200);
}

pub fn times_of_a_directory_are_set(s: &Scratch) {
    s.mkdir("d");
    s.dir("d").set_times(at(100), at(200)).unwrap();
    assert_eq!(seconds(s.stat("d").modified), 200);
    s.root.set_times_at("d", false, SetTime::Keep, at(300)).unwrap();
    assert_eq!(seconds(s.dir("d").stat().unwrap().modified), 300);
    s.root.set_times_at("d/", false, SetTime::Keep, at(400)).unwrap();
    assert_eq!(seconds(s.stat("d").modified), 400);
    s.root.set_times_at(".", false, SetTime::Keep, at(500)).unwrap();
    assert_eq!(seconds(s.root.stat().unwrap().modified), 500);
}

pub fn times_of_a_link_are_its_own(s: &Scratch) {
    s.write("file", b"");
    s.symlink("file", "link");
    s.root.set_times_at("file", false, at(100), at(100)).unwrap();
    if allowed(s.root.set_times_at("link", false, at(200), at(200)), &[Error::Unsupported]).is_some() {
        assert_eq!(seconds(s.stat("link").modified), 200);
    }
    assert_eq!(seconds(s.stat("file").modified), 100);
    s.root.set_times_at("link", true, at(300), at(300)).unwrap();
    assert_eq!(seconds(s.stat("file").modified), 300);
    assert_ne!(seconds(s.stat("link").modified), 300);
}

pub fn times_by_path_name_the_same_errors(s: &Scratch) {
    s.write("file", b"");
    let set = |path: &str, follow| s.root.set_times_at(path, follow, at(100), at(100));
    refused(set("missing", false), &[Error::NoEntry]);
    refused(set("file/", false), &[Error::NotDirectory, Error::NoEntry]);
    refused(set("file/below", true), &[Error::NotDirectory]);
    s.symlink("missing", "dangling");
    refused(set("dangling", true), &[Error::NoEntry]);
    refused(set("../outside", true), &[Error::NotPermitted]);
}

pub fn times_have_nanoseconds(s: &Scratch) {
    let file = s.file("file", CREATE_RW);
    let time = Timestamp { seconds: 1_600_000_000, nanoseconds: 123_456_789 };
    file.set_times(SetTime::At(time), SetTime::At(time)).unwrap();
    let stat = file.stat().unwrap();
    assert_eq!((stat.accessed, stat.modified), (time, time));
}

pub fn times_before_1970_come_back(s: &Scratch) {
    let file = s.file("file", CREATE_RW);
    let time = Timestamp { seconds: -2, nanoseconds: 500_000_000 };
    let set = file.set_times(SetTime::At(time), SetTime::At(time));
    if allowed(set, &[Error::Invalid, Error::Overflow]).is_some() {
        assert_eq!(file.stat().unwrap().modified, time);
    }
}

/// Attack 25.
pub fn extreme_times_are_survived(s: &Scratch) {
    let file = s.file("file", CREATE_RW);
    s.mkdir("d");
    s.symlink("file", "link");
    for seconds in [i64::MIN, i64::MIN + 1, -1, i64::from(i32::MAX) + 1, 1 << 34, i64::MAX - 1, i64::MAX] {
        for nanoseconds in [0, 999_999_999] {
            let time = SetTime::At(Timestamp { seconds, nanoseconds });
            let accepted = [Error::Invalid, Error::Overflow];
            allowed(file.set_times(time, time), &accepted);
            allowed(s.root.set_times_at("d", false, time, time), &accepted);
            allowed(s.root.set_times_at("link", true, time, time), &accepted);
            // What was stored may be clamped; it must be readable.
            let (stat, of_directory) = (file.stat().unwrap(), s.stat("d"));
            assert!(stat.modified.nanoseconds < 1_000_000_000 && of_directory.accessed.nanoseconds < 1_000_000_000);
            put_all(&*file, b"x", 0);
            s.root.entries().unwrap().next_entry().unwrap();
        }
    }
}

/// Attack 25: Linux gives some of these numbers a meaning of their own.
pub fn impossible_nanoseconds_are_refused(s: &Scratch) {
    let file = s.file("file", CREATE_RW);
    file.set_times(at(100), at(100)).unwrap();
    for nanoseconds in [1_000_000_000, 0x3fff_fffe, 0x3fff_ffff, u32::MAX] {
        let time = SetTime::At(Timestamp { seconds: 5, nanoseconds });
        refused(file.set_times(time, SetTime::Keep), &[Error::Invalid]);
        refused(file.set_times(SetTime::Keep, time), &[Error::Invalid]);
        refused(s.root.set_times_at("file", false, time, time), &[Error::Invalid]);
        refused(s.root.set_times(time, SetTime::Keep), &[Error::Invalid]);
    }
    let stat = file.stat().unwrap();
    assert_eq!((seconds(stat.accessed), seconds(stat.modified)), (100, 100));
}

pub fn writing_moves_the_modification_time(s: &Scratch) {
    let file = s.file("file", CREATE_RW);
    let moved = |change: &dyn Fn()| {
        file.set_times(at(100), at(100)).unwrap();
        change();
        assert!(seconds(file.stat().unwrap().modified) > PAST);
    };
    moved(&|| put_all(&*file, b"text", 0));
    moved(&|| file.set_size(2).unwrap());
    moved(&|| file.set_size(8).unwrap());
    moved(&|| assert_eq!(file.append(&[std::io::IoSlice::new(b"x")], tambo_kernel::stream::Wait::Block), Ok(1)));
    moved(&|| drop(s.file("file", RW | OpenFlags::TRUNCATE)));
    file.set_times(at(100), at(100)).unwrap();
    s.read("file");
    s.root.rename_at("file", &*s.root, "moved").unwrap();
    assert_eq!(seconds(file.stat().unwrap().modified), 100);
}

pub fn changing_a_directory_moves_its_modification_time(s: &Scratch) {
    s.mkdir("d");
    let directory = s.dir("d");
    let moved = |change: &dyn Fn()| {
        directory.set_times(at(100), at(100)).unwrap();
        change();
        assert!(seconds(directory.stat().unwrap().modified) > PAST);
    };
    moved(&|| s.write("d/file", b""));
    moved(&|| s.mkdir("d/sub"));
    moved(&|| s.symlink("file", "d/link"));
    moved(&|| s.root.link_at("d/file", false, &*directory, "hard").unwrap());
    moved(&|| directory.rename_at("hard", &*directory, "renamed").unwrap());
    moved(&|| directory.unlink_at("file").unwrap());
    moved(&|| directory.remove_directory_at("sub").unwrap());
    moved(&|| directory.rename_at("renamed", &*s.root, "out").unwrap());
    moved(&|| s.root.rename_at("out", &*directory, "in").unwrap());
    directory.set_times(at(100), at(100)).unwrap();
    put_all(&*s.file("d/in", RW), b"text", 0);
    assert_eq!(seconds(directory.stat().unwrap().modified), 100);
}

pub fn setting_times_moves_the_change_time(s: &Scratch) {
    let file = s.file("file", CREATE_RW);
    file.set_times(at(100), at(100)).unwrap();
    assert!(seconds(file.stat().unwrap().changed) > PAST);
}
