//! `descriptor.rename-at`.

use conformance::files::{HELLO, content, exists, fails, names, open, open_directory, preopen, root};
use conformance::wasi::filesystem::types::{DescriptorType, ErrorCode, PathFlags};

conformance::cases! {
    "types/descriptor.rename-at":
        renames_a_file,
        moves_a_file_into_a_directory,
        moves_between_descriptors,
        moves_between_preopens,
        replaces_a_file,
        renames_a_directory,
        replaces_an_empty_directory,
        does_not_replace_a_directory_that_is_not_empty,
        does_not_replace_a_file_with_a_directory,
        does_not_replace_a_directory_with_a_file,
        renames_a_link_and_not_its_target,
        replaces_a_link_and_not_its_target,
        to_itself_changes_nothing,
        what_does_not_exist_is_no_entry,
        into_what_does_not_exist_is_no_entry,
        a_directory_into_itself_is_invalid,
        a_file_with_a_slash_is_not_a_directory,
        an_open_file_goes_along;
}

fn rename(from: &str, to: &str) -> Result<(), ErrorCode> {
    root().rename_at(from, &root(), to)
}

fn renames_a_file() {
    assert_eq!(rename("file.txt", "new.txt"), Ok(()));
    assert!(!exists(&root(), "file.txt"));
    assert_eq!(content(&root(), "new.txt"), HELLO);
}

fn moves_a_file_into_a_directory() {
    assert_eq!(rename("file.txt", "dir/sub/new.txt"), Ok(()));
    assert!(!exists(&root(), "file.txt"));
    assert_eq!(content(&root(), "dir/sub/new.txt"), HELLO);
}

fn moves_between_descriptors() {
    let (from, to) = (open_directory(&root(), "dir"), open_directory(&root(), "empty"));
    assert_eq!(from.rename_at("inner.txt", &to, "outer.txt"), Ok(()));
    assert_eq!(names(&to), ["outer.txt"]);
    assert!(!exists(&from, "inner.txt"));
}

fn moves_between_preopens() {
    let other = preopen("/data");
    assert_eq!(root().rename_at("file.txt", &other, "moved.txt"), Ok(()));
    assert!(!exists(&root(), "file.txt"));
    assert_eq!(content(&other, "moved.txt"), HELLO);
}

fn replaces_a_file() {
    assert_eq!(rename("file.txt", "other.txt"), Ok(()));
    assert!(!exists(&root(), "file.txt"));
    assert_eq!(content(&root(), "other.txt"), HELLO);
}

fn renames_a_directory() {
    assert_eq!(rename("dir", "new"), Ok(()));
    assert!(!exists(&root(), "dir"));
    assert_eq!(content(&root(), "new/inner.txt"), b"inner\n");
    assert_eq!(rename("new/", "newer/"), Ok(()));
    assert_eq!(content(&root(), "newer/sub/deep.txt"), b"deep\n");
}

fn replaces_an_empty_directory() {
    assert_eq!(rename("dir", "empty"), Ok(()));
    assert_eq!(content(&root(), "empty/inner.txt"), b"inner\n");
}

/// POSIX lets `rename` answer either.
fn does_not_replace_a_directory_that_is_not_empty() {
    fails(rename("empty", "dir"), &[ErrorCode::NotEmpty, ErrorCode::Exist]);
    assert!(exists(&root(), "empty") && exists(&root(), "dir/inner.txt"));
}

fn does_not_replace_a_file_with_a_directory() {
    fails(rename("empty", "file.txt"), &[ErrorCode::NotDirectory]);
    assert_eq!(content(&root(), "file.txt"), HELLO);
}

fn does_not_replace_a_directory_with_a_file() {
    fails(rename("file.txt", "empty"), &[ErrorCode::IsDirectory]);
    assert!(exists(&root(), "file.txt"));
}

fn renames_a_link_and_not_its_target() {
    assert_eq!(rename("link.txt", "new"), Ok(()));
    assert_eq!(root().readlink_at("new"), Ok("file.txt".to_owned()));
    assert_eq!(content(&root(), "file.txt"), HELLO);
    assert_eq!(rename("dangling", "still-dangling"), Ok(()));
    assert_eq!(root().readlink_at("still-dangling"), Ok("nowhere".to_owned()));
}

fn replaces_a_link_and_not_its_target() {
    assert_eq!(rename("other.txt", "link.txt"), Ok(()));
    let replaced = root().stat_at(PathFlags::empty(), "link.txt").expect("stat-at");
    assert_eq!(replaced.type_, DescriptorType::RegularFile);
    assert_eq!(content(&root(), "file.txt"), HELLO);
}

fn to_itself_changes_nothing() {
    assert_eq!(rename("file.txt", "file.txt"), Ok(()));
    assert_eq!(content(&root(), "file.txt"), HELLO);
    assert_eq!(rename("dir", "dir"), Ok(()));
}

fn what_does_not_exist_is_no_entry() {
    fails(rename("absent", "new"), &[ErrorCode::NoEntry]);
    assert!(!exists(&root(), "new"));
}

fn into_what_does_not_exist_is_no_entry() {
    fails(rename("file.txt", "absent/new"), &[ErrorCode::NoEntry]);
    fails(rename("file.txt", "other.txt/new"), &[ErrorCode::NotDirectory]);
    assert_eq!(content(&root(), "file.txt"), HELLO);
}

fn a_directory_into_itself_is_invalid() {
    fails(rename("dir", "dir/sub/new"), &[ErrorCode::Invalid]);
    fails(rename("dir", "dir/new"), &[ErrorCode::Invalid]);
    assert!(exists(&root(), "dir/inner.txt"));
}

fn a_file_with_a_slash_is_not_a_directory() {
    fails(rename("file.txt/", "new"), &[ErrorCode::NotDirectory]);
    fails(rename("file.txt", "new/"), &[ErrorCode::NotDirectory, ErrorCode::NoEntry]);
    assert_eq!(content(&root(), "file.txt"), HELLO);
}

fn an_open_file_goes_along() {
    let file = open(&root(), "file.txt");
    assert_eq!(rename("file.txt", "new.txt"), Ok(()));
    assert!(file.is_same_object(&open(&root(), "new.txt")));
    assert_eq!(file.read(5, 0).expect("a read").0, b"hello");
}
