//! What there is to know of an object: `stat`, `stat-at`, `is-same-object`, `metadata-hash`, `metadata-hash-at`.

use conformance::files::{HELLO, fails, open, open_writable, preopen, root};
use conformance::wasi::filesystem::types::{DescriptorStat, DescriptorType, ErrorCode, PathFlags};

conformance::cases! {
    "types/descriptor.stat":
        of_a_file,
        of_a_directory,
        follows_a_write;
    "types/descriptor.stat-at":
        agrees_with_stat,
        of_a_link_without_symlink_follow,
        of_a_link_with_symlink_follow,
        of_other_types,
        of_the_base_itself,
        what_does_not_exist_is_no_entry,
        links_in_a_loop,
        a_slash_after_a_file;
    "types/descriptor.is-same-object":
        one_file_opened_twice,
        different_files,
        equal_files_are_not_the_same,
        directories,
        preopens_with_equal_content_are_not;
    "types/descriptor.metadata-hash":
        is_the_same_as_long_as_nothing_changes,
        of_different_files_differs,
        differs_after_a_change_of_size;
    "types/descriptor.metadata-hash-at":
        is_that_of_the_descriptor,
        expands_a_link_with_symlink_follow,
        of_what_does_not_exist_is_no_entry;
}

const NONE: PathFlags = PathFlags::empty();
const FOLLOW: PathFlags = PathFlags::SYMLINK_FOLLOW;

#[track_caller]
fn stat_at(flags: PathFlags, path: &str) -> DescriptorStat {
    root().stat_at(flags, path).unwrap_or_else(|error| panic!("stat-at {path}: {error:?}"))
}

fn of_a_file() {
    let stat = open(&root(), "file.txt").stat().expect("stat");
    assert_eq!(stat.type_, DescriptorType::RegularFile);
    assert_eq!(stat.size, HELLO.len() as u64);
    assert_eq!(stat.link_count, 1);
    for time in [stat.data_access_timestamp, stat.data_modification_timestamp, stat.status_change_timestamp] {
        // "If the `option` is none, the platform doesn't maintain" it.
        let Some(time) = time else { continue };
        assert!(time.seconds > 1_600_000_000 && time.nanoseconds < 1_000_000_000, "{time:?}");
    }
}

fn of_a_directory() {
    let stat = open(&root(), "dir").stat().expect("stat");
    assert_eq!(stat.type_, DescriptorType::Directory);
    assert!(stat.link_count >= 1);
}

fn follows_a_write() {
    let file = open_writable(&root(), "file.txt");
    file.write(b"!", 99).expect("a write");
    assert_eq!(file.stat().expect("stat").size, 100);
    assert_eq!(stat_at(NONE, "file.txt").size, 100);
}

fn agrees_with_stat() {
    for path in ["file.txt", "dir", "dir/sub/deep.txt"] {
        assert_eq!(stat_at(NONE, path), open(&root(), path).stat().expect("stat"), "{path}");
    }
}

/// "For symbolic links, the length in bytes of the pathname contained in the symbolic link."
fn of_a_link_without_symlink_follow() {
    for (path, contents) in [("link.txt", "file.txt"), ("dangling", "nowhere"), ("link-to-dir", "dir")] {
        let stat = stat_at(NONE, path);
        assert_eq!((stat.type_, stat.size), (DescriptorType::SymbolicLink, contents.len() as u64), "{path}");
    }
}

fn of_a_link_with_symlink_follow() {
    assert_eq!(stat_at(FOLLOW, "link.txt"), stat_at(NONE, "file.txt"));
    assert_eq!(stat_at(FOLLOW, "link-to-link"), stat_at(NONE, "file.txt"));
    assert_eq!(stat_at(FOLLOW, "link-to-dir").type_, DescriptorType::Directory);
    fails(root().stat_at(FOLLOW, "dangling"), &[ErrorCode::NoEntry]);
}

fn of_other_types() {
    assert_eq!(stat_at(NONE, "pipe").type_, DescriptorType::Fifo);
}

fn of_the_base_itself() {
    assert_eq!(stat_at(NONE, ".").type_, DescriptorType::Directory);
    assert_eq!(open(&root(), "dir").stat_at(NONE, ".").expect("stat-at"), stat_at(NONE, "dir"));
}

fn what_does_not_exist_is_no_entry() {
    for path in ["absent", "dir/absent", "absent/absent", ""] {
        fails(root().stat_at(NONE, path), &[ErrorCode::NoEntry]);
    }
    fails(root().stat_at(NONE, "file.txt/x"), &[ErrorCode::NotDirectory]);
}

fn links_in_a_loop() {
    fails(root().stat_at(FOLLOW, "loop-a"), &[ErrorCode::Loop]);
    fails(root().stat_at(NONE, "loop-a/x"), &[ErrorCode::Loop]);
    assert_eq!(stat_at(NONE, "loop-a").type_, DescriptorType::SymbolicLink);
}

fn a_slash_after_a_file() {
    fails(root().stat_at(NONE, "file.txt/"), &[ErrorCode::NotDirectory]);
    assert_eq!(stat_at(NONE, "link-to-dir/").type_, DescriptorType::Directory);
}

fn one_file_opened_twice() {
    let file = open(&root(), "file.txt");
    assert!(file.is_same_object(&open(&root(), "dir/../file.txt")));
    assert!(file.is_same_object(&file));
}

fn different_files() {
    assert!(!open(&root(), "file.txt").is_same_object(&open(&root(), "other.txt")));
    assert!(!open(&root(), "file.txt").is_same_object(&open(&root(), "dir")));
}

fn equal_files_are_not_the_same() {
    let other = preopen("/data");
    assert!(!open(&root(), "file.txt").is_same_object(&open(&other, "file.txt")));
}

fn directories() {
    let directory = open(&root(), "dir");
    assert!(directory.is_same_object(&open(&root(), "link-to-dir/.")));
    assert!(directory.is_same_object(&open(&directory, "sub/..")));
    assert!(!directory.is_same_object(&root()));
    assert!(root().is_same_object(&root()));
}

fn preopens_with_equal_content_are_not() {
    assert!(!root().is_same_object(&preopen("/data")));
}

/// "If the file is not modified or replaced, the computed hash value should usually not change."
fn is_the_same_as_long_as_nothing_changes() {
    let file = open(&root(), "file.txt");
    let hash = file.metadata_hash().expect("metadata-hash");
    file.read(5, 0).expect("a read");
    assert_eq!(file.metadata_hash(), Ok(hash));
    assert_eq!(open_writable(&root(), "file.txt").metadata_hash(), Ok(hash));
}

fn of_different_files_differs() {
    let hash = |path: &str| open(&root(), path).metadata_hash().expect("metadata-hash");
    assert_ne!(hash("file.txt"), hash("other.txt"));
    assert_ne!(hash("dir"), hash("dir/sub"));
}

/// "If the object is modified or replaced, the computed hash value should usually change."
fn differs_after_a_change_of_size() {
    let file = open_writable(&root(), "file.txt");
    let before = file.metadata_hash().expect("metadata-hash");
    file.write(b"!", 99).expect("a write");
    assert_ne!(file.metadata_hash().expect("metadata-hash"), before);
}

/// "This performs the same hash computation as `metadata-hash`."
fn is_that_of_the_descriptor() {
    for path in ["file.txt", "dir", "dir/inner.txt"] {
        let hash = open(&root(), path).metadata_hash().expect("metadata-hash");
        assert_eq!(root().metadata_hash_at(NONE, path), Ok(hash), "{path}");
    }
}

fn expands_a_link_with_symlink_follow() {
    let hash = |flags, path| root().metadata_hash_at(flags, path).expect("metadata-hash-at");
    assert_eq!(hash(FOLLOW, "link.txt"), hash(NONE, "file.txt"));
    assert_ne!(hash(NONE, "link.txt"), hash(NONE, "file.txt"));
}

fn of_what_does_not_exist_is_no_entry() {
    fails(root().metadata_hash_at(NONE, "absent"), &[ErrorCode::NoEntry]);
    fails(root().metadata_hash_at(FOLLOW, "dangling"), &[ErrorCode::NoEntry]);
}
