//! A read-only view over the implementation: attacks 4 and 5.
#![expect(missing_docs, reason = "a case's name is its sentence")]

use std::rc::Rc;

use tambo_kernel::fs::{Advice, Directory, File, OpenFlags, SetTime, Sync};
use tambo_kernel::stream::Wait;
use tambo_kernel::{Error, ReadOnly};

use super::{CREATE_RW, RW, Scratch, at, directory_of, file_of, get_all, names, put, refused};

const READ: OpenFlags = OpenFlags::READ;

/// A tree and a read-only view of it.
fn view(s: &Scratch) -> Rc<dyn Directory> {
    s.mkdir("d");
    s.mkdir("empty");
    s.write("file", b"text");
    s.write("d/inner", b"inner");
    s.symlink("file", "link");
    for path in ["d", "empty", "file", "d/inner", "."] {
        s.root.set_times_at(path, false, at(100), at(100)).unwrap();
    }
    Rc::new(ReadOnly::new(s.root.clone()))
}

#[track_caller]
fn untouched(s: &Scratch) {
    assert_eq!(names(&*s.root), ["d", "empty", "file", "link"]);
    assert_eq!(names(&*s.dir("d")), ["inner"]);
    assert_eq!((s.read("file"), s.read("d/inner")), (b"text".to_vec(), b"inner".to_vec()));
    for path in ["d", "empty", "file", "d/inner", "."] {
        assert_eq!(s.stat(path).modified.seconds, 100, "{path}");
    }
    assert_eq!((s.stat("file").links, s.root.read_link_at("link").unwrap()), (1, "file".to_owned()));
}

pub fn reading_works(s: &Scratch) {
    let view = view(s);
    assert_eq!(get_all(&*file_of(view.open("file", READ).unwrap())), b"text");
    assert_eq!(get_all(&*file_of(view.open("link", READ | OpenFlags::FOLLOW).unwrap())), b"text");
    assert_eq!(names(&*view), names(&*s.root));
    assert_eq!(view.stat_at("file", true).unwrap().inode, s.stat("file").inode);
    assert_eq!(view.read_link_at("link").unwrap(), "file");
    assert_eq!(view.stat().unwrap().inode, s.root.stat().unwrap().inode);
    view.sync(Sync::All).unwrap();
    assert!(view.is_read_only() && directory_of(view.open("d", READ).unwrap()).is_read_only());
    assert!(!s.root.is_read_only());
    refused(view.open("missing", READ), &[Error::NoEntry]);
    file_of(view.open("file", READ | OpenFlags::CREATE).unwrap());
    refused(view.open("file", READ | OpenFlags::CREATE | OpenFlags::EXCLUSIVE), &[Error::Exist]);
    untouched(s);
}

/// Attack 5.
pub fn opening_for_change_is_refused(s: &Scratch) {
    let view = view(s);
    for path in ["file", "link", "d/inner"] {
        for flags in [RW, OpenFlags::WRITE, READ | OpenFlags::TRUNCATE, OpenFlags::TRUNCATE, RW | OpenFlags::APPEND] {
            refused(view.open(path, flags), &[Error::ReadOnly]);
            refused(view.open(path, flags | OpenFlags::FOLLOW), &[Error::ReadOnly]);
            refused(view.open(path, flags | OpenFlags::FOLLOW | OpenFlags::CREATE), &[Error::ReadOnly]);
        }
    }
    untouched(s);
}

/// Attack 5.
pub fn creating_is_refused(s: &Scratch) {
    let view = view(s);
    s.symlink("new", "dangling");
    for flags in [CREATE_RW, OpenFlags::CREATE, READ | OpenFlags::CREATE | OpenFlags::EXCLUSIVE] {
        refused(view.open("new", flags), &[Error::ReadOnly]);
        refused(view.open("d/new", flags), &[Error::ReadOnly]);
    }
    refused(view.open("dangling", READ | OpenFlags::CREATE | OpenFlags::FOLLOW), &[Error::ReadOnly]);
    assert!(!s.exists("new") && !s.exists("d/new"));
}

/// Attack 5.
pub fn every_change_by_path_is_refused(s: &Scratch) {
    let view = view(s);
    let accepted = &[Error::ReadOnly];
    for follow in [false, true] {
        refused(view.set_times_at("file", follow, at(1), at(1)), accepted);
        refused(view.set_times_at("d", follow, SetTime::Now, SetTime::Now), accepted);
        refused(view.link_at("file", follow, &*view, "new"), accepted);
    }
    refused(view.create_directory_at("new"), accepted);
    refused(view.remove_directory_at("empty"), accepted);
    refused(view.unlink_at("file"), accepted);
    refused(view.unlink_at("link"), accepted);
    refused(view.symlink_at("file", "new"), accepted);
    refused(view.rename_at("file", &*view, "new"), accepted);
    refused(view.rename_at("empty", &*view, "d"), accepted);
    refused(view.set_times(at(1), at(1)), accepted);
    untouched(s);
}

/// Attack 5.
pub fn every_change_by_handle_is_refused(s: &Scratch) {
    let view = view(s);
    for flags in [READ, OpenFlags::empty(), READ | OpenFlags::FOLLOW] {
        changes_are_refused(&*file_of(view.open("file", flags).unwrap()));
    }
    untouched(s);
}

#[track_caller]
fn changes_are_refused(file: &dyn File) {
    let accepted = [Error::ReadOnly, Error::BadDescriptor, Error::Invalid];
    refused(put(file, b"x", 0), &accepted);
    refused(file.append(&[std::io::IoSlice::new(b"x")], Wait::Block), &accepted);
    refused(file.set_size(0), &accepted);
    refused(file.set_times(at(1), at(1)), &accepted);
    refused(file.set_times(SetTime::Now, SetTime::Keep), &accepted);
    refused(file.allocate(0, 1_000), &accepted);
    file.advise(0, 0, Advice::DontNeed).unwrap();
    file.sync(Sync::All, Wait::Block).unwrap();
}

/// Attack 4: a second name in a writable place would be a way to change the file.
pub fn links_from_a_read_only_view_are_refused(s: &Scratch) {
    let view = view(s);
    let accepted = &[Error::ReadOnly];
    refused(view.link_at("file", false, &*s.root, "new"), accepted);
    refused(view.link_at("link", true, &*s.root, "new"), accepted);
    refused(view.rename_at("file", &*s.root, "new"), accepted);
    refused(view.rename_at("d", &*s.dir("empty"), "new"), accepted);
    untouched(s);
}

/// Attack 4, the other way round.
pub fn links_into_a_read_only_view_are_refused(s: &Scratch) {
    let view = view(s);
    let accepted = &[Error::ReadOnly];
    refused(s.root.link_at("file", false, &*view, "new"), accepted);
    refused(s.root.rename_at("file", &*view, "new"), accepted);
    refused(s.root.rename_at("file", &*view, "d/inner"), accepted);
    refused(s.root.rename_at("empty", &*view, "d/new"), accepted);
    let below = directory_of(view.open("d", READ).unwrap());
    refused(s.root.link_at("file", false, &*below, "new"), accepted);
    refused(s.root.rename_at("file", &*below, "new"), accepted);
    untouched(s);
}

/// Attacks 4 and 5, one level down.
pub fn what_is_opened_through_a_view_is_read_only(s: &Scratch) {
    let view = view(s);
    for path in ["d", ".", "d/../d"] {
        let below = directory_of(view.open(path, READ | OpenFlags::DIRECTORY).unwrap());
        refused(below.open("new", CREATE_RW), &[Error::ReadOnly]);
        refused(below.open("inner", RW), &[Error::ReadOnly]);
        refused(below.create_directory_at("new"), &[Error::ReadOnly]);
        refused(below.set_times(at(1), at(1)), &[Error::ReadOnly]);
        refused(below.rename_at("inner", &*s.root, "new"), &[Error::ReadOnly]);
        refused(below.link_at("inner", false, &*s.root, "new"), &[Error::ReadOnly]);
    }
    let below = directory_of(view.open("d", READ).unwrap());
    changes_are_refused(&*file_of(below.open("inner", READ).unwrap()));
    untouched(s);
}

pub fn a_path_does_not_leave_the_view(s: &Scratch) {
    let view = view(s);
    refused(view.open("..", READ), &[Error::NotPermitted]);
    let below = directory_of(view.open("d", READ).unwrap());
    refused(below.open("../file", READ), &[Error::NotPermitted]);
}
