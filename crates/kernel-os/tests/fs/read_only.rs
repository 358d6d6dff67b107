//! Read-only preopens beside writable ones, of the host's directories: attacks 4 and 5. The contract suite has every
//! method by itself; here is what two grants could do together, and what is particular to the system.

use std::io::{IoSlice, IoSliceMut};
use std::os::unix::fs::MetadataExt;
use std::rc::Rc;

use rustix::fs::{CWD, FileType, Mode};
use tambo_kernel::fs::{Advice, Directory, Node, OpenFlags, SetTime, Sync};
use tambo_kernel::stream::Wait;
use tambo_kernel::{Error, ReadOnly};

use super::tools::{Case, FOLLOW, READ, RW, directory, each, refused, stream};

/// A read-only grant of `box/held`, with a file and a directory in it; `box` itself is granted writable.
fn held(case: &Case) -> Rc<dyn Directory> {
    case.mkdir("held/d/empty");
    case.mkdir("own");
    case.write("held/file", b"text");
    case.write("held/d/inner", b"inner");
    case.write("own/file", b"mine");
    std::os::unix::fs::symlink("file", case.inside("held/link")).unwrap();
    std::os::unix::fs::symlink("nowhere", case.inside("held/dangling")).unwrap();
    Rc::new(ReadOnly::new(case.directory("held")))
}

/// All that a change would show in.
fn picture(case: &Case) -> Vec<(u64, u64, u64, i64, i64, Vec<u8>)> {
    let paths = ["held", "held/d", "held/d/empty", "held/file", "held/d/inner"];
    let look = |path: &&str| {
        let path = case.inside(path);
        let meta = std::fs::symlink_metadata(&path).unwrap();
        let bytes = if meta.is_file() { std::fs::read(&path).unwrap() } else { Vec::new() };
        (meta.ino(), meta.nlink(), meta.size(), meta.mtime(), meta.mtime_nsec(), bytes)
    };
    paths.iter().map(look).collect()
}

#[test]
fn attack_04_no_name_leads_from_read_only_to_writable() {
    each(|case| {
        let held = held(case);
        let below = directory(held.open("d", READ | OpenFlags::DIRECTORY));
        let before = picture(case);
        let writable: Rc<dyn Directory> = case.directory("own");
        for (from, path) in
            [(&held, "file"), (&held, "link"), (&held, "d/inner"), (&held, "./d/../file"), (&below, "inner")]
        {
            for follow in [false, true] {
                refused(from.link_at(path, follow, &*writable, "stolen"), Error::ReadOnly);
                refused(from.link_at(path, follow, &**from, "copy"), Error::ReadOnly);
            }
            refused(from.rename_at(path, &*writable, "stolen"), Error::ReadOnly);
            refused(from.rename_at(path, &**from, "moved"), Error::ReadOnly);
        }
        refused(held.rename_at("d", &*writable, "stolen"), Error::ReadOnly);
        for into in [&held, &below] {
            refused(writable.link_at("file", false, &**into, "planted"), Error::ReadOnly);
            refused(writable.rename_at("file", &**into, "planted"), Error::ReadOnly);
            refused(writable.rename_at("file", &**into, "file"), Error::ReadOnly);
        }
        assert_eq!(picture(case), before);
        assert_eq!(std::fs::read_dir(case.inside("own")).unwrap().count(), 1);
        // No link of the writable grant leads into the read-only one: each is a sandbox by itself.
        writable.symlink_at("../held/file", "way_in").unwrap();
        refused(writable.open("way_in", RW | OpenFlags::FOLLOW), Error::NotPermitted);
    });
}

#[test]
fn attack_05_no_flag_changes_through_read_only() {
    each(|case| {
        let held = held(case);
        let before = picture(case);
        let changing = [
            OpenFlags::WRITE,
            OpenFlags::TRUNCATE,
            OpenFlags::APPEND,
            OpenFlags::WRITE | OpenFlags::TRUNCATE,
            OpenFlags::CREATE | OpenFlags::TRUNCATE,
            OpenFlags::CREATE | OpenFlags::WRITE | OpenFlags::EXCLUSIVE,
        ];
        for path in ["file", "link", "d/inner", "new", "dangling", "d", "d/"] {
            for flags in changing {
                for extra in [OpenFlags::empty(), READ, FOLLOW, OpenFlags::SYNC, OpenFlags::DIRECTORY] {
                    refused(held.open(path, flags | extra), Error::ReadOnly);
                }
            }
        }
        for flags in
            [OpenFlags::CREATE, OpenFlags::CREATE | OpenFlags::EXCLUSIVE, OpenFlags::CREATE | OpenFlags::FOLLOW]
        {
            refused(held.open("new", READ | flags), Error::ReadOnly);
            refused(held.open("d/new", READ | flags), Error::ReadOnly);
        }
        refused(held.open("dangling", READ | OpenFlags::CREATE | OpenFlags::FOLLOW), Error::ReadOnly);
        refused(held.open("d", READ | OpenFlags::CREATE), Error::IsDirectory);
        for path in ["file", "link", "dangling", "d"] {
            let exclusive = READ | OpenFlags::CREATE | OpenFlags::EXCLUSIVE;
            refused(held.open(path, exclusive), Error::Exist);
            refused(held.open(path, exclusive | OpenFlags::FOLLOW), Error::Exist);
        }
        assert_eq!(picture(case), before);
    });
}

/// The system lets whoever can open a file for reading change its times; a read-only grant does not.
#[test]
fn attack_05_no_handle_changes_through_read_only() {
    each(|case| {
        let held = held(case);
        let before = picture(case);
        let below = directory(held.open("d/../d", READ));
        for (directory, path) in [(&held, "file"), (&held, "link"), (&below, "inner")] {
            let Node::File(file) = directory.open(path, FOLLOW).unwrap_or_else(|_| panic!("{path}")) else {
                panic!("{path}")
            };
            file.set_flags(OpenFlags::APPEND | OpenFlags::SYNC).unwrap();
            for wait in [Wait::Block, Wait::Try] {
                refused(file.write_at(&[IoSlice::new(b"x")], 0, wait), Error::BadDescriptor);
                refused(file.append(&[IoSlice::new(b"x")], wait), Error::BadDescriptor);
                file.sync(Sync::All, wait).unwrap();
            }
            refused(file.set_size(0), Error::ReadOnly);
            refused(file.allocate(0, 4096), Error::ReadOnly);
            refused(file.set_times(SetTime::Now, SetTime::Now), Error::ReadOnly);
            file.advise(0, 0, Advice::DontNeed).unwrap();
        }
        for directory in [&held, &below] {
            refused(directory.set_times(SetTime::Now, SetTime::Now), Error::ReadOnly);
            refused(directory.set_times_at(".", true, SetTime::Now, SetTime::Now), Error::ReadOnly);
            refused(directory.remove_directory_at("empty"), Error::ReadOnly);
            refused(directory.symlink_at("x", "new"), Error::ReadOnly);
        }
        assert_eq!(picture(case), before);
    });
}

/// A pipe has no directory entry to protect, but a reader of it is no writer.
#[test]
fn attack_05_streams_through_read_only_do_not_write() {
    each(|case| {
        let held = held(case);
        rustix::fs::mknodat(CWD, case.inside("held/pipe"), FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
        let pipe = stream(held.open("pipe", READ));
        let mut writer = std::fs::OpenOptions::new().write(true).open(case.inside("held/pipe")).unwrap();
        std::io::Write::write_all(&mut writer, b"text").unwrap();
        let mut bytes = [0; 8];
        assert_eq!(pipe.read(&mut [IoSliceMut::new(&mut bytes)], Wait::Try), Ok(4));
        refused(pipe.write(&[IoSlice::new(b"x")], Wait::Try), Error::BadDescriptor);
        refused(held.open("pipe", RW), Error::ReadOnly);
        // Looking whether it exists does not open it: that would wake a writer.
        refused(held.open("pipe", READ | OpenFlags::CREATE | OpenFlags::EXCLUSIVE), Error::Exist);
    });
}
