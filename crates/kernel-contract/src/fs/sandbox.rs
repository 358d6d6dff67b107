//! Nothing leads out of a directory: attacks 1 and 2.
#![expect(missing_docs, reason = "a case's name is its sentence")]

use std::rc::Rc;

use tambo_kernel::Error;
use tambo_kernel::fs::{Directory, OpenFlags};

use super::{CREATE_RW, Scratch, at, directory_of, file_of, get_all, names, refused};

const FOLLOW: OpenFlags = OpenFlags::READ.union(OpenFlags::FOLLOW);

/// Every path method with a path that leads out by its text alone, or through a link that is not in the last place.
#[track_caller]
fn refused_everywhere(directory: &dyn Directory, path: &str) {
    let accepted = &[Error::NotPermitted];
    refused(directory.open(path, FOLLOW), accepted);
    refused(directory.open(path, OpenFlags::READ), accepted);
    refused(directory.open(path, CREATE_RW), accepted);
    refused(directory.open(path, CREATE_RW | OpenFlags::EXCLUSIVE), accepted);
    refused(directory.open(path, OpenFlags::READ | OpenFlags::DIRECTORY), accepted);
    refused(directory.stat_at(path, true), accepted);
    refused(directory.stat_at(path, false), accepted);
    refused(directory.set_times_at(path, true, at(1), at(1)), accepted);
    refused(directory.set_times_at(path, false, at(1), at(1)), accepted);
    refused(directory.create_directory_at(path), accepted);
    refused(directory.remove_directory_at(path), accepted);
    refused(directory.unlink_at(path), accepted);
    refused(directory.read_link_at(path), accepted);
    refused(directory.symlink_at("x", path), accepted);
    refused(directory.link_at(path, false, directory, "link"), accepted);
    refused(directory.link_at("inner", false, directory, path), accepted);
    refused(directory.rename_at(path, directory, "renamed"), accepted);
    refused(directory.rename_at("inner", directory, path), accepted);
}

/// `box`, a directory with a file `inner`, beside a file `outer` and a directory `outside` with a file.
fn boxed(s: &Scratch) -> Rc<dyn Directory> {
    s.mkdir("box");
    s.mkdir("box/sub");
    s.write("box/inner", b"inner");
    s.write("outer", b"outer");
    s.mkdir("outside");
    s.write("outside/file", b"outer");
    s.dir("box")
}

#[track_caller]
fn untouched(s: &Scratch) {
    assert_eq!(names(&*s.root), ["box", "outer", "outside"]);
    assert_eq!(names(&*s.dir("outside")), ["file"]);
    assert_eq!((s.read("outer"), s.read("outside/file")), (b"outer".to_vec(), b"outer".to_vec()));
    assert_ne!(s.stat("outer").modified.seconds, 1);
}

/// Attack 1.
pub fn absolute_paths_are_refused(s: &Scratch) {
    let directory = boxed(s);
    for path in ["/inner", "/outer", "//inner", "/sub/x", "/./x", "/../x"] {
        refused_everywhere(&*directory, path);
    }
    untouched(s);
}

/// Attack 1.
pub fn dots_do_not_lead_out(s: &Scratch) {
    let directory = boxed(s);
    for path in ["../outer", "../missing", "sub/../../outer", "./../outer", "sub/.././../outer", "..//outer"] {
        refused_everywhere(&*directory, path);
    }
    for path in ["../box/inner", "../box", "../outside/file"] {
        refused(directory.open(path, FOLLOW), &[Error::NotPermitted]);
        refused(directory.stat_at(path, true), &[Error::NotPermitted]);
    }
    for path in ["..", "../", "../.", "sub/../..", "../.."] {
        refused(directory.open(path, FOLLOW), &[Error::NotPermitted]);
        refused(directory.open(path, OpenFlags::READ), &[Error::NotPermitted]);
        refused(directory.stat_at(path, false), &[Error::NotPermitted]);
        refused(directory.set_times_at(path, false, at(1), at(1)), &[Error::NotPermitted]);
    }
    untouched(s);
}

pub fn dots_within_are_fine(s: &Scratch) {
    let directory = boxed(s);
    for path in ["sub/../inner", "./inner", "sub/./../inner", ".//sub/../sub/..///./inner"] {
        assert_eq!(get_all(&*file_of(directory.open(path, FOLLOW).unwrap())), b"inner", "{path}");
    }
    assert_eq!(directory.stat_at("sub/..", false).unwrap(), directory.stat().unwrap());
    assert_eq!(names(&*directory_of(directory.open("sub/../", FOLLOW).unwrap())), ["inner", "sub"]);
}

pub fn dots_need_directories(s: &Scratch) {
    let directory = boxed(s);
    for path in ["inner/.", "inner/..", "inner/../inner", "inner/./x"] {
        refused(directory.open(path, FOLLOW), &[Error::NotDirectory]);
        refused(directory.stat_at(path, false), &[Error::NotDirectory]);
    }
    refused(directory.open("missing/../inner", FOLLOW), &[Error::NoEntry]);
    refused(directory.open("missing/..", FOLLOW), &[Error::NoEntry]);
}

/// Attack 2.
pub fn a_link_does_not_lead_out(s: &Scratch) {
    let directory = boxed(s);
    for (index, target) in ["..", "../", "../.", "sub/../..", "../outside", "../box"].iter().enumerate() {
        let link = format!("link{index}");
        directory.symlink_at(target, &link).unwrap();
        refused(directory.open(&link, FOLLOW), &[Error::NotPermitted]);
        refused(directory.open(&link, FOLLOW | OpenFlags::DIRECTORY), &[Error::NotPermitted]);
        refused(directory.open(&link, OpenFlags::READ), &[Error::Loop]);
        refused(directory.stat_at(&link, true), &[Error::NotPermitted]);
        refused(directory.set_times_at(&link, true, at(1), at(1)), &[Error::NotPermitted]);
        refused_everywhere(&*directory, &format!("{link}/file"));
    }
    for (link, target) in [("file", "../outer"), ("new", "../missing"), ("deep", "../outside/file")] {
        directory.symlink_at(target, link).unwrap();
        refused(directory.open(link, FOLLOW), &[Error::NotPermitted]);
        refused(directory.open(link, CREATE_RW | OpenFlags::FOLLOW), &[Error::NotPermitted]);
        refused(directory.open(link, CREATE_RW | OpenFlags::FOLLOW | OpenFlags::TRUNCATE), &[Error::NotPermitted]);
        refused(directory.stat_at(link, true), &[Error::NotPermitted]);
        refused(directory.set_times_at(link, true, at(1), at(1)), &[Error::NotPermitted]);
    }
    untouched(s);
}

/// Attack 2: a trailing slash, of the path or of the target, must not make a link out of bounds be followed.
pub fn a_link_with_a_trailing_slash_does_not_lead_out(s: &Scratch) {
    let directory = boxed(s);
    directory.symlink_at("../outside", "plain").unwrap();
    directory.symlink_at("../outside/", "slash").unwrap();
    for path in ["plain/", "slash/", "plain//", "slash/.", "plain/.."] {
        for flags in [OpenFlags::READ, FOLLOW, OpenFlags::READ | OpenFlags::DIRECTORY, CREATE_RW] {
            refused(directory.open(path, flags), &[Error::NotPermitted, Error::IsDirectory]);
        }
        refused(directory.stat_at(path, false), &[Error::NotPermitted]);
        refused(directory.stat_at(path, true), &[Error::NotPermitted]);
        refused(directory.set_times_at(path, false, at(1), at(1)), &[Error::NotPermitted]);
        let accepted = [Error::NotPermitted, Error::NotDirectory, Error::Exist, Error::Busy, Error::Invalid];
        refused(directory.rename_at(path, &*directory, "renamed"), &accepted);
        refused(directory.rename_at("sub", &*directory, path), &accepted);
        refused(directory.link_at(path, false, &*directory, "linked"), &accepted);
        refused(directory.remove_directory_at(path), &accepted);
        refused(directory.create_directory_at(path), &accepted);
    }
    refused(directory.open("slash", FOLLOW), &[Error::NotPermitted]);
    untouched(s);
}

/// Attack 2.
pub fn a_chain_does_not_lead_out(s: &Scratch) {
    let directory = boxed(s);
    directory.symlink_at("..", "sub/up").unwrap();
    directory.symlink_at("sub/up/..", "two").unwrap();
    directory.symlink_at("two/outer", "three").unwrap();
    refused(directory.open("two", FOLLOW), &[Error::NotPermitted]);
    refused(directory.open("three", FOLLOW), &[Error::NotPermitted]);
    refused(directory.open("sub/up/../outer", FOLLOW), &[Error::NotPermitted]);
    assert_eq!(get_all(&*file_of(directory.open("sub/up/inner", FOLLOW).unwrap())), b"inner");
    // Out and in again is out.
    directory.symlink_at("../box/inner", "again").unwrap();
    refused(directory.open("again", FOLLOW), &[Error::NotPermitted]);
    untouched(s);
}

pub fn a_subdirectory_is_a_sandbox_too(s: &Scratch) {
    let directory = boxed(s);
    directory.symlink_at("../inner", "sub/link").unwrap();
    assert_eq!(s.read("box/sub/link"), b"inner");
    let sub = directory_of(directory.open("sub", OpenFlags::READ).unwrap());
    refused(sub.open("link", FOLLOW), &[Error::NotPermitted]);
    refused(sub.open("../inner", FOLLOW), &[Error::NotPermitted]);
    refused(sub.open("..", FOLLOW), &[Error::NotPermitted]);
}

/// Attack 3, as far as one thread can show it.
pub fn an_opened_directory_stays_a_sandbox_when_moved(s: &Scratch) {
    let directory = boxed(s);
    s.mkdir("outside/deep");
    s.root.rename_at("box", &*s.root, "outside/deep/box").unwrap();
    refused(directory.open("..", FOLLOW), &[Error::NotPermitted]);
    refused(directory.open("../../file", FOLLOW), &[Error::NotPermitted]);
    assert_eq!(get_all(&*file_of(directory.open("sub/../inner", FOLLOW).unwrap())), b"inner");
    let sub = directory_of(directory.open("sub", OpenFlags::READ).unwrap());
    s.root.rename_at("outside/deep/box/sub", &*s.root, "sub").unwrap();
    refused(sub.open("../outer", FOLLOW), &[Error::NotPermitted]);
    refused(directory.open("sub", FOLLOW), &[Error::NoEntry]);
}
