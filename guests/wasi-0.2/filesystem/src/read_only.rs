//! What may not be mutated: "operations using the descriptor which would create, rename, delete, modify the data or
//! metadata of filesystem objects, or obtain another handle which would permit any of those, shall fail with
//! `error-code::read-only` if they would otherwise succeed."
//!
//! The cases named after a function use a directory that was opened without `mutate-directory`; those of attack 5 do the
//! same in a preopened directory that was granted for reading only, and the runner looks whether anything in it changed.

use conformance::files::{HELLO, content, exists, fails, open, open_directory, preopen, root};
use conformance::wasi::filesystem::types::{
    Advice, Descriptor, DescriptorFlags, ErrorCode, NewTimestamp, OpenFlags, PathFlags,
};

conformance::cases! {
    "types/descriptor.open-at":
        create_needs_mutate_directory,
        truncate_needs_mutate_directory,
        write_needs_mutate_directory,
        mutate_directory_needs_mutate_directory,
        reading_needs_no_mutate_directory;
    "types/descriptor.create-directory-at":
        needs_mutate_directory;
    "types/descriptor.remove-directory-at":
        removal_needs_mutate_directory;
    "types/descriptor.unlink-file-at":
        unlinking_needs_mutate_directory;
    "types/descriptor.rename-at":
        from_there_needs_mutate_directory,
        to_there_needs_mutate_directory;
    "types/descriptor.link-at":
        linking_from_there_needs_mutate_directory,
        linking_to_there_needs_mutate_directory;
    "types/descriptor.symlink-at":
        a_link_needs_mutate_directory;
    "types/descriptor.set-times-at":
        times_need_mutate_directory;
    "types/descriptor.set-times":
        times_of_itself_need_mutate_directory;
    "attacks/4":
        a_hard_link_out_of_a_read_only_preopen,
        a_rename_out_of_a_read_only_preopen,
        a_rename_into_a_read_only_preopen;
    "attacks/5":
        create_in_a_read_only_preopen,
        truncate_in_a_read_only_preopen,
        write_in_a_read_only_preopen,
        directories_in_a_read_only_preopen,
        names_in_a_read_only_preopen,
        links_in_a_read_only_preopen,
        times_in_a_read_only_preopen,
        handles_from_a_read_only_preopen,
        files_from_a_read_only_preopen,
        reading_a_read_only_preopen;
}

const NONE: PathFlags = PathFlags::empty();
const READ_ONLY: &[ErrorCode] = &[ErrorCode::ReadOnly];

fn read_write() -> DescriptorFlags {
    DescriptorFlags::READ | DescriptorFlags::WRITE
}

/// The directory `dir`, opened without `mutate-directory`.
fn fixed() -> Descriptor {
    open(&root(), "dir")
}

fn creates(base: &Descriptor) {
    let new = |how, flags| base.open_at(NONE, "new", how, flags);
    fails(new(OpenFlags::CREATE, read_write()), READ_ONLY);
    fails(new(OpenFlags::CREATE | OpenFlags::EXCLUSIVE, read_write()), READ_ONLY);
    fails(new(OpenFlags::CREATE, DescriptorFlags::READ), READ_ONLY);
    fails(new(OpenFlags::CREATE, DescriptorFlags::empty()), READ_ONLY);
    assert!(!exists(base, "new"));
}

fn truncates(base: &Descriptor, path: &str) {
    fails(base.open_at(NONE, path, OpenFlags::TRUNCATE, read_write()), READ_ONLY);
    fails(base.open_at(NONE, path, OpenFlags::TRUNCATE, DescriptorFlags::READ), READ_ONLY);
    assert!(base.stat_at(NONE, path).expect("stat-at").size > 0);
}

fn writes(base: &Descriptor, path: &str) {
    for flags in [DescriptorFlags::WRITE, read_write()] {
        fails(base.open_at(NONE, path, OpenFlags::empty(), flags), READ_ONLY);
    }
}

fn mutates(base: &Descriptor, path: &str) {
    let flags = DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY;
    fails(base.open_at(NONE, path, OpenFlags::DIRECTORY, flags), READ_ONLY);
    fails(base.open_at(NONE, ".", OpenFlags::empty(), flags), READ_ONLY);
}

/// "or `open-flags` contains `truncate` or `create`".
fn create_needs_mutate_directory() {
    creates(&fixed());
}

fn truncate_needs_mutate_directory() {
    truncates(&fixed(), "inner.txt");
}

/// "If `flags` contains `write`".
fn write_needs_mutate_directory() {
    writes(&fixed(), "inner.txt");
}

/// "If `flags` contains `descriptor-flags::mutate-directory`, and the base descriptor doesn't".
fn mutate_directory_needs_mutate_directory() {
    mutates(&fixed(), "sub");
}

fn reading_needs_no_mutate_directory() {
    assert_eq!(content(&fixed(), "inner.txt"), b"inner\n");
    assert_eq!(content(&open(&fixed(), "sub"), "deep.txt"), b"deep\n");
}

fn needs_mutate_directory() {
    fails(fixed().create_directory_at("new"), READ_ONLY);
    assert!(!exists(&root(), "dir/new"));
}

fn removal_needs_mutate_directory() {
    assert_eq!(root().create_directory_at("dir/gone"), Ok(()));
    fails(fixed().remove_directory_at("gone"), READ_ONLY);
    assert!(exists(&root(), "dir/gone"));
}

fn unlinking_needs_mutate_directory() {
    fails(fixed().unlink_file_at("inner.txt"), READ_ONLY);
    assert!(exists(&root(), "dir/inner.txt"));
}

fn from_there_needs_mutate_directory() {
    fails(fixed().rename_at("inner.txt", &root(), "new"), READ_ONLY);
    assert!(exists(&root(), "dir/inner.txt") && !exists(&root(), "new"));
}

fn to_there_needs_mutate_directory() {
    fails(root().rename_at("file.txt", &fixed(), "new"), READ_ONLY);
    assert!(exists(&root(), "file.txt") && !exists(&root(), "dir/new"));
}

/// It modifies the file's count of links, and makes a name that would permit more.
fn linking_from_there_needs_mutate_directory() {
    fails(fixed().link_at(NONE, "inner.txt", &root(), "new"), READ_ONLY);
    assert!(!exists(&root(), "new"));
}

fn linking_to_there_needs_mutate_directory() {
    fails(root().link_at(NONE, "file.txt", &fixed(), "new"), READ_ONLY);
    assert!(!exists(&root(), "dir/new"));
}

fn a_link_needs_mutate_directory() {
    fails(fixed().symlink_at("inner.txt", "new"), READ_ONLY);
    assert!(!exists(&root(), "dir/new"));
}

fn times_need_mutate_directory() {
    let before = root().stat_at(NONE, "dir/inner.txt").expect("stat-at");
    fails(fixed().set_times_at(NONE, "inner.txt", NewTimestamp::Now, NewTimestamp::Now), READ_ONLY);
    assert_eq!(root().stat_at(NONE, "dir/inner.txt"), Ok(before));
}

fn times_of_itself_need_mutate_directory() {
    fails(fixed().set_times(NewTimestamp::Now, NewTimestamp::Now), READ_ONLY);
}

fn a_hard_link_out_of_a_read_only_preopen() {
    fails(preopen("/ro").link_at(NONE, "file.txt", &root(), "new"), READ_ONLY);
    assert!(!exists(&root(), "new"));
}

fn a_rename_out_of_a_read_only_preopen() {
    for path in ["file.txt", "dir", "link.txt"] {
        fails(preopen("/ro").rename_at(path, &root(), "new"), READ_ONLY);
        assert!(!exists(&root(), "new"));
    }
}

fn a_rename_into_a_read_only_preopen() {
    fails(root().rename_at("file.txt", &preopen("/ro"), "new"), READ_ONLY);
    fails(root().rename_at("file.txt", &preopen("/ro"), "other.txt"), READ_ONLY);
    fails(root().link_at(NONE, "file.txt", &preopen("/ro"), "new"), READ_ONLY);
    assert!(exists(&root(), "file.txt"));
}

fn create_in_a_read_only_preopen() {
    creates(&preopen("/ro"));
}

fn truncate_in_a_read_only_preopen() {
    truncates(&preopen("/ro"), "file.txt");
    truncates(&preopen("/ro"), "dir/inner.txt");
}

fn write_in_a_read_only_preopen() {
    writes(&preopen("/ro"), "file.txt");
    writes(&open(&preopen("/ro"), "dir"), "inner.txt");
}

fn directories_in_a_read_only_preopen() {
    let directory = preopen("/ro");
    fails(directory.create_directory_at("new"), READ_ONLY);
    fails(directory.remove_directory_at("empty"), READ_ONLY);
}

fn names_in_a_read_only_preopen() {
    let directory = preopen("/ro");
    fails(directory.unlink_file_at("file.txt"), READ_ONLY);
    fails(directory.rename_at("file.txt", &directory, "new"), READ_ONLY);
    fails(directory.rename_at("file.txt", &directory, "other.txt"), READ_ONLY);
}

fn links_in_a_read_only_preopen() {
    let directory = preopen("/ro");
    fails(directory.link_at(NONE, "file.txt", &directory, "new"), READ_ONLY);
    fails(directory.symlink_at("file.txt", "new"), READ_ONLY);
}

fn times_in_a_read_only_preopen() {
    let directory = preopen("/ro");
    let now = NewTimestamp::Now;
    fails(directory.set_times(now, now), READ_ONLY);
    for path in ["file.txt", "dir", "link.txt"] {
        fails(directory.set_times_at(NONE, path, now, now), READ_ONLY);
    }
    fails(directory.set_times_at(PathFlags::SYMLINK_FOLLOW, "link.txt", now, now), READ_ONLY);
}

fn handles_from_a_read_only_preopen() {
    mutates(&preopen("/ro"), "dir");
    let below = open(&preopen("/ro"), "dir");
    mutates(&below, "sub");
    creates(&below);
}

/// A file that was opened for reading from there can be changed in no way.
fn files_from_a_read_only_preopen() {
    let file = open(&preopen("/ro"), "file.txt");
    let forbidden = [ErrorCode::ReadOnly, ErrorCode::BadDescriptor, ErrorCode::NotPermitted, ErrorCode::Invalid];
    fails(file.write(b"x", 0), &forbidden);
    fails(file.set_size(0), &forbidden);
    fails(file.set_times(NewTimestamp::Now, NewTimestamp::Now), &forbidden);
    fails(file.append_via_stream(), &forbidden);
    fails(file.write_via_stream(0), &forbidden);
    // Advice and synchronization change nothing.
    let _ = file.advise(0, 5, Advice::DontNeed);
    assert_eq!((file.sync(), file.sync_data()), (Ok(()), Ok(())));
    assert!(HELLO.starts_with(&file.read(100, 0).expect("a read").0));
}

fn reading_a_read_only_preopen() {
    let directory = preopen("/ro");
    assert_eq!(content(&directory, "file.txt"), HELLO);
    assert_eq!(content(&open(&directory, "dir"), "inner.txt"), b"inner\n");
    assert!(exists(&directory, "link.txt"));
    open_directory(&root(), "dir");
}
