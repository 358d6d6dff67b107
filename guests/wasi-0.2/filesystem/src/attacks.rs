//! Attack cases 1, 2, 3, 6 and 7: what leads out of a directory, and strange names. The runner looks afterwards whether
//! anything outside was changed; what was read is told from the error, which the text gives: "if any step of resolving a
//! `path`, including `..` and symbolic link steps, reaches a directory outside of the base directory, or reaches a
//! symlink to an absolute or rooted path in the underlying filesystem, the function fails with
//! `error-code::not-permitted`."

use conformance::files::{HELLO, content, create, exists, fails, names, open, open_directory, root};
use conformance::wasi::filesystem::types::{
    Descriptor, DescriptorFlags, ErrorCode, NewTimestamp, OpenFlags, PathFlags,
};

conformance::cases! {
    "attacks/1":
        open_at_a_path_outside,
        create_at_a_path_outside,
        stat_at_a_path_outside,
        set_times_at_a_path_outside,
        metadata_hash_at_a_path_outside,
        readlink_at_a_path_outside,
        create_directory_at_a_path_outside,
        remove_directory_at_a_path_outside,
        unlink_file_at_a_path_outside,
        rename_at_from_a_path_outside,
        rename_at_to_a_path_outside,
        link_at_from_a_path_outside,
        link_at_to_a_path_outside,
        symlink_at_a_path_outside,
        dots_out_of_a_directory_that_is_open;
    "attacks/2":
        open_at_through_a_link_out,
        create_through_a_link_out,
        stat_at_through_a_link_out,
        set_times_at_through_a_link_out,
        metadata_hash_at_through_a_link_out,
        a_directory_through_a_link_out,
        changes_through_a_link_out,
        a_hard_link_through_a_link_out,
        a_link_that_leads_out_and_back,
        a_link_of_our_own_that_leads_out;
    "attacks/3":
        a_directory_that_is_moved_while_open,
        a_link_in_place_of_a_directory;
    "attacks/6":
        names_that_mean_something_elsewhere,
        backslashes_lead_nowhere;
    "attacks/7":
        nul_in_a_path,
        names_of_all_lengths,
        a_path_of_a_megabyte;
}

const NONE: PathFlags = PathFlags::empty();
const FOLLOW: PathFlags = PathFlags::SYMLINK_FOLLOW;
const OUT: &[ErrorCode] = &[ErrorCode::NotPermitted];

/// Every one leads out, or starts with a slash.
const OUTSIDE: &[&str] = &[
    "..",
    "../",
    "../.",
    "./..",
    "../outside",
    "../outside/secret.txt",
    "../0/file.txt",
    "dir/../..",
    "dir/../../outside/secret.txt",
    "dir/sub/../../../outside/secret.txt",
    "dir//..//..//outside",
    "link-to-dir/../../outside",
    "/",
    "//",
    "/.",
    "/..",
    "/file.txt",
    "/etc/passwd",
    "//file.txt",
];

/// Links that lead out when they are followed.
const LINKS: &[&str] = &["out", "out-dir", "out-chain", "out-slash", "out-new", "absolute", "absolute-dir", "dir/out"];

/// Paths whose steps on the way lead out.
const STEPS: &[&str] = &[
    "out-dir/secret.txt",
    "out-slash/secret.txt",
    "absolute-dir/etc/passwd",
    "out-dir/../0/file.txt",
    "out-dir/",
    "out-slash/",
    "out-dir/.",
    "absolute-dir/",
    "out-dir/new",
];

#[track_caller]
fn every<T>(paths: &[&str], call: impl Fn(&str) -> Result<T, ErrorCode>) {
    for path in paths {
        match call(path) {
            Ok(_) => panic!("{path} is permitted"),
            Err(code) => assert!(OUT.contains(&code), "{path} is {code:?}"),
        }
    }
}

fn open_as(flags: PathFlags, how: OpenFlags, path: &str) -> Result<Descriptor, ErrorCode> {
    let write = if how.is_empty() { DescriptorFlags::empty() } else { DescriptorFlags::WRITE };
    root().open_at(flags, path, how, DescriptorFlags::READ | write)
}

fn open_at_a_path_outside() {
    every(OUTSIDE, |path| open_as(NONE, OpenFlags::empty(), path));
    every(OUTSIDE, |path| open_as(FOLLOW, OpenFlags::DIRECTORY, path));
}

fn create_at_a_path_outside() {
    let paths = ["../new", "../outside/new", "/new", "dir/../../new", "../0/new"];
    every(&paths, |path| open_as(NONE, OpenFlags::CREATE, path));
    every(&paths, |path| open_as(FOLLOW, OpenFlags::CREATE | OpenFlags::EXCLUSIVE, path));
    every(&["../outside/secret.txt"], |path| open_as(NONE, OpenFlags::TRUNCATE, path));
}

fn stat_at_a_path_outside() {
    every(OUTSIDE, |path| root().stat_at(NONE, path));
    every(OUTSIDE, |path| root().stat_at(FOLLOW, path));
}

fn set_times_at_a_path_outside() {
    for flags in [NONE, FOLLOW] {
        every(OUTSIDE, |path| root().set_times_at(flags, path, NewTimestamp::Now, NewTimestamp::Now));
    }
}

fn metadata_hash_at_a_path_outside() {
    every(OUTSIDE, |path| root().metadata_hash_at(NONE, path));
}

fn readlink_at_a_path_outside() {
    every(OUTSIDE, |path| root().readlink_at(path));
}

fn create_directory_at_a_path_outside() {
    every(&["../new", "/new", "../outside/new", "../new/", "dir/../../new", "../0/new"], |path| {
        root().create_directory_at(path)
    });
    every(OUTSIDE, |path| root().create_directory_at(path));
}

fn remove_directory_at_a_path_outside() {
    every(OUTSIDE, |path| root().remove_directory_at(path));
}

fn unlink_file_at_a_path_outside() {
    every(OUTSIDE, |path| root().unlink_file_at(path));
}

fn rename_at_from_a_path_outside() {
    every(OUTSIDE, |path| root().rename_at(path, &root(), "new"));
    assert!(!exists(&root(), "new"));
}

fn rename_at_to_a_path_outside() {
    every(OUTSIDE, |path| root().rename_at("file.txt", &root(), path));
    every(&["../new", "/new", "../outside/new"], |path| root().rename_at("file.txt", &root(), path));
    assert!(exists(&root(), "file.txt"));
}

fn link_at_from_a_path_outside() {
    every(OUTSIDE, |path| root().link_at(NONE, path, &root(), "new"));
    assert!(!exists(&root(), "new"));
}

fn link_at_to_a_path_outside() {
    every(OUTSIDE, |path| root().link_at(NONE, "file.txt", &root(), path));
    every(&["../new", "/new"], |path| root().link_at(NONE, "file.txt", &root(), path));
}

fn symlink_at_a_path_outside() {
    every(OUTSIDE, |path| root().symlink_at("file.txt", path));
    every(&["../new", "/new", "../outside/new"], |path| root().symlink_at("file.txt", path));
}

/// What is outside depends on the descriptor, not on the preopened directory.
fn dots_out_of_a_directory_that_is_open() {
    let directory = open_directory(&root(), "dir");
    for path in ["..", "../file.txt", "sub/../../file.txt", "up.txt"] {
        fails(directory.open_at(FOLLOW, path, OpenFlags::empty(), DescriptorFlags::READ), OUT);
        fails(directory.stat_at(FOLLOW, path), OUT);
    }
    fails(directory.create_directory_at("../new"), OUT);
    fails(directory.rename_at("inner.txt", &directory, "../new"), OUT);
    assert!(!exists(&root(), "new"));
}

fn open_at_through_a_link_out() {
    every(LINKS, |path| open_as(FOLLOW, OpenFlags::empty(), path));
    every(STEPS, |path| open_as(NONE, OpenFlags::empty(), path));
    every(STEPS, |path| open_as(FOLLOW, OpenFlags::empty(), path));
}

fn create_through_a_link_out() {
    every(&["out-new", "out", "absolute"], |path| open_as(FOLLOW, OpenFlags::CREATE, path));
    every(&["out-dir/new", "out-slash/new"], |path| open_as(NONE, OpenFlags::CREATE, path));
    every(&["out", "out-dir/secret.txt"], |path| open_as(FOLLOW, OpenFlags::TRUNCATE, path));
}

fn stat_at_through_a_link_out() {
    every(LINKS, |path| root().stat_at(FOLLOW, path));
    every(STEPS, |path| root().stat_at(NONE, path));
}

fn set_times_at_through_a_link_out() {
    let now = NewTimestamp::Now;
    every(LINKS, |path| root().set_times_at(FOLLOW, path, now, now));
    every(STEPS, |path| root().set_times_at(NONE, path, now, now));
}

fn metadata_hash_at_through_a_link_out() {
    every(LINKS, |path| root().metadata_hash_at(FOLLOW, path));
    every(STEPS, |path| root().metadata_hash_at(NONE, path));
}

fn a_directory_through_a_link_out() {
    every(&["out-dir", "out-slash", "absolute-dir"], |path| open_as(FOLLOW, OpenFlags::DIRECTORY, path));
    every(&["out-dir/", "out-slash/", "absolute-dir/"], |path| open_as(NONE, OpenFlags::DIRECTORY, path));
}

fn changes_through_a_link_out() {
    every(&["out-dir/new", "out-slash/new", "absolute-dir/tmp/new"], |path| root().create_directory_at(path));
    every(&["out-dir/secret.txt", "out-slash/secret.txt"], |path| root().unlink_file_at(path));
    every(&["out-dir/secret.txt"], |path| root().rename_at(path, &root(), "new"));
    every(&["out-dir/new", "out-dir/secret.txt"], |path| root().rename_at("file.txt", &root(), path));
    every(&["out-dir/new"], |path| root().symlink_at("file.txt", path));
    assert!(exists(&root(), "file.txt") && !exists(&root(), "new"));
}

fn a_hard_link_through_a_link_out() {
    every(&["out-dir/secret.txt", "out-slash/secret.txt"], |path| root().link_at(NONE, path, &root(), "new"));
    every(&["out", "absolute", "out-chain"], |path| root().link_at(FOLLOW, path, &root(), "new"));
    every(&["out-dir/new"], |path| root().link_at(NONE, "file.txt", &root(), path));
    assert!(!exists(&root(), "new"));
}

/// "it's not permitted to use paths that temporarily step outside the sandbox […] even if the final resolved path is back
/// inside" (path-resolution.md).
fn a_link_that_leads_out_and_back() {
    every(&["out-and-back"], |path| open_as(FOLLOW, OpenFlags::empty(), path));
    every(&["out-and-back"], |path| root().stat_at(FOLLOW, path));
}

fn a_link_of_our_own_that_leads_out() {
    for (number, target) in
        ["..", "../outside", "../outside/", "dir/../..", "./../outside/secret.txt"].iter().enumerate()
    {
        let name = format!("made-{number}");
        assert_eq!(root().symlink_at(target, &name), Ok(()));
        fails(open_as(FOLLOW, OpenFlags::empty(), &name), OUT);
        fails(open_as(NONE, OpenFlags::empty(), &format!("{name}/")), OUT);
        fails(open_as(NONE, OpenFlags::empty(), &format!("{name}/secret.txt")), OUT);
    }
}

fn a_directory_that_is_moved_while_open() {
    let sub = open_directory(&root(), "dir/sub");
    let up = |path: &str| sub.open_at(NONE, path, OpenFlags::empty(), DescriptorFlags::READ);
    fails(up(".."), OUT);
    assert_eq!(root().rename_at("dir/sub", &root(), "moved"), Ok(()));
    assert_eq!(content(&sub, "deep.txt"), b"deep\n");
    fails(up(".."), OUT);
    fails(up("../file.txt"), OUT);
    fails(up("../../outside/secret.txt"), OUT);
}

fn a_link_in_place_of_a_directory() {
    let sub = open_directory(&root(), "dir/sub");
    for _ in 0..100 {
        assert_eq!(root().rename_at("dir/sub", &root(), "aside"), Ok(()));
        assert_eq!(root().symlink_at("../../outside", "dir/sub"), Ok(()));
        fails(open_as(NONE, OpenFlags::empty(), "dir/sub/secret.txt"), OUT);
        assert_eq!(content(&sub, "deep.txt"), b"deep\n");
        assert_eq!(root().unlink_file_at("dir/sub"), Ok(()));
        assert_eq!(root().rename_at("aside", &root(), "dir/sub"), Ok(()));
        assert_eq!(content(&root(), "dir/sub/deep.txt"), b"deep\n");
    }
}

/// Elsewhere they are devices, streams or other spellings; here they are names, or they are refused.
fn names_that_mean_something_elsewhere() {
    let all = ["CON", "nul", "COM1", "aux.txt", "file.txt::$DATA", "FILE~1.TXT", "C:", "C:file.txt", "a:b", "x.", "x "];
    let directory = open_directory(&root(), "empty");
    for name in all {
        let flags = DescriptorFlags::READ | DescriptorFlags::WRITE;
        if let Ok(file) = directory.open_at(NONE, name, OpenFlags::CREATE | OpenFlags::EXCLUSIVE, flags) {
            file.write(name.as_bytes(), 0).expect("a write");
            assert_eq!(names(&directory), [name], "it is what it is called");
            assert_eq!(directory.unlink_file_at(name), Ok(()));
        }
    }
    assert_eq!(content(&root(), "file.txt"), HELLO);
}

/// "The directory separator in WASI is always the forward-slash".
fn backslashes_lead_nowhere() {
    for path in ["..\\outside\\secret.txt", "\\etc\\passwd", "\\\\?\\C:\\", "dir\\inner.txt", "\\\\server\\share\\file"]
    {
        let opened = open_as(FOLLOW, OpenFlags::empty(), path);
        fails(opened, &[ErrorCode::NoEntry, ErrorCode::NotPermitted, ErrorCode::Invalid]);
    }
}

/// A path is a string, and a string may have it; a file's name may not.
fn nul_in_a_path() {
    let codes = [ErrorCode::Invalid, ErrorCode::IllegalByteSequence, ErrorCode::NoEntry];
    for path in ["\0", "file.txt\0", "file.txt\0.png", "dir\0/inner.txt", "new\0"] {
        fails(open_as(NONE, OpenFlags::CREATE, path), &codes);
        fails(root().stat_at(NONE, path), &codes);
        fails(root().create_directory_at(path), &codes);
        fails(root().unlink_file_at(path), &codes);
        fails(root().rename_at("file.txt", &root(), path), &codes);
        fails(root().rename_at(path, &root(), "new"), &codes);
        fails(root().link_at(NONE, "file.txt", &root(), path), &codes);
        fails(root().symlink_at(path, "new"), &codes);
        fails(root().readlink_at(path), &codes);
    }
    assert!(!exists(&root(), "new") && exists(&root(), "file.txt"));
}

fn names_of_all_lengths() {
    let directory = open_directory(&root(), "empty");
    for length in [1, 100, 254, 255, 256, 257, 4095, 4096, 4097, 65536] {
        let name = "n".repeat(length);
        let made = directory.create_directory_at(&name);
        assert_eq!(made.is_ok(), length < 256, "{length}: {made:?}");
        if length >= 256 {
            fails(made, &[ErrorCode::NameTooLong]);
        }
    }
    create(&directory, &"é".repeat(127), b"");
    fails(directory.create_directory_at(&"é".repeat(128)), &[ErrorCode::NameTooLong]);
}

/// Many steps that lead nowhere new: answered, however.
fn a_path_of_a_megabyte() {
    let path = "dir/../".repeat(150_000);
    match open(&root(), ".").open_at(NONE, &path, OpenFlags::empty(), DescriptorFlags::READ) {
        Ok(directory) => assert!(directory.is_same_object(&root())),
        Err(code) => assert_eq!(code, ErrorCode::NameTooLong),
    }
}
