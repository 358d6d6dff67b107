//! Making and removing: `create-directory-at`, `remove-directory-at`, `unlink-file-at`.

use conformance::files::{content, create, exists, fails, names, open, open_directory, root};
use conformance::wasi::filesystem::types::{DescriptorType, ErrorCode, PathFlags};

conformance::cases! {
    "types/descriptor.create-directory-at":
        makes_a_directory,
        makes_one_in_another,
        fails_if_it_exists,
        fails_without_the_parent,
        fails_below_a_file,
        a_slash_at_the_end_is_valid,
        through_a_link_to_a_directory,
        a_name_that_is_too_long;
    "types/descriptor.remove-directory-at":
        removes_a_directory,
        fails_if_it_is_not_empty,
        fails_on_a_file,
        fails_on_a_link_to_a_directory,
        fails_if_it_does_not_exist,
        with_a_slash_at_the_end,
        the_base_itself_stays;
    "types/descriptor.unlink-file-at":
        removes_a_file,
        removes_a_link_and_not_its_target,
        removes_a_link_to_nowhere,
        a_directory_is_a_directory,
        fails_if_nothing_is_there,
        a_slash_after_a_file_is_not_a_directory,
        a_link_to_a_directory_with_a_slash,
        an_open_file_stays_usable;
}

fn makes_a_directory() {
    assert_eq!(root().create_directory_at("new"), Ok(()));
    let made = root().stat_at(PathFlags::empty(), "new").expect("stat-at");
    assert_eq!(made.type_, DescriptorType::Directory);
    assert_eq!(names(&open(&root(), "new")), Vec::<String>::new());
}

fn makes_one_in_another() {
    assert_eq!(root().create_directory_at("empty/new"), Ok(()));
    assert_eq!(root().create_directory_at("empty/new/newer"), Ok(()));
    create(&root(), "empty/new/newer/file", b"deep");
    assert_eq!(content(&root(), "empty/new/newer/file"), b"deep");
}

fn fails_if_it_exists() {
    for path in ["dir", "file.txt", "link-to-dir", "dangling", "dir/sub", "dir/"] {
        fails(root().create_directory_at(path), &[ErrorCode::Exist]);
    }
    assert!(!exists(&root(), "nowhere"));
}

fn fails_without_the_parent() {
    fails(root().create_directory_at("absent/new"), &[ErrorCode::NoEntry]);
}

fn fails_below_a_file() {
    fails(root().create_directory_at("file.txt/new"), &[ErrorCode::NotDirectory]);
}

fn a_slash_at_the_end_is_valid() {
    assert_eq!(root().create_directory_at("new/"), Ok(()));
    assert!(exists(&root(), "new"));
}

fn through_a_link_to_a_directory() {
    assert_eq!(root().create_directory_at("link-to-dir/new"), Ok(()));
    assert!(exists(&root(), "dir/new"));
}

fn a_name_that_is_too_long() {
    fails(root().create_directory_at(&"n".repeat(256)), &[ErrorCode::NameTooLong]);
}

fn removes_a_directory() {
    assert_eq!(root().remove_directory_at("empty"), Ok(()));
    assert!(!exists(&root(), "empty"));
}

/// "Return `error-code::not-empty` if the directory is not empty."
fn fails_if_it_is_not_empty() {
    fails(root().remove_directory_at("dir"), &[ErrorCode::NotEmpty]);
    assert_eq!(content(&root(), "dir/inner.txt"), b"inner\n");
}

fn fails_on_a_file() {
    fails(root().remove_directory_at("file.txt"), &[ErrorCode::NotDirectory]);
    assert!(exists(&root(), "file.txt"));
}

fn fails_on_a_link_to_a_directory() {
    assert_eq!(root().symlink_at("empty", "link-to-empty"), Ok(()));
    fails(root().remove_directory_at("link-to-empty"), &[ErrorCode::NotDirectory]);
    assert!(exists(&root(), "empty") && exists(&root(), "link-to-empty"));
}

fn fails_if_it_does_not_exist() {
    fails(root().remove_directory_at("absent"), &[ErrorCode::NoEntry]);
    fails(root().remove_directory_at("absent/x"), &[ErrorCode::NoEntry]);
}

fn with_a_slash_at_the_end() {
    assert_eq!(root().remove_directory_at("empty/"), Ok(()));
    assert!(!exists(&root(), "empty"));
}

fn the_base_itself_stays() {
    let base = open_directory(&root(), "empty");
    let codes = [ErrorCode::Invalid, ErrorCode::Busy, ErrorCode::NotPermitted, ErrorCode::NotEmpty];
    fails(base.remove_directory_at("."), &codes);
    assert!(exists(&root(), "empty"));
}

fn removes_a_file() {
    assert_eq!(root().unlink_file_at("file.txt"), Ok(()));
    assert!(!exists(&root(), "file.txt"));
    assert_eq!(root().unlink_file_at("dir/inner.txt"), Ok(()));
    assert!(!exists(&root(), "dir/inner.txt"));
}

fn removes_a_link_and_not_its_target() {
    assert_eq!(root().unlink_file_at("link.txt"), Ok(()));
    assert!(!exists(&root(), "link.txt") && exists(&root(), "file.txt"));
    assert_eq!(root().unlink_file_at("link-to-dir"), Ok(()));
    assert!(!exists(&root(), "link-to-dir") && exists(&root(), "dir"));
}

fn removes_a_link_to_nowhere() {
    assert_eq!(root().unlink_file_at("dangling"), Ok(()));
    assert_eq!(root().unlink_file_at("absolute"), Ok(()));
    assert!(!exists(&root(), "dangling") && !exists(&root(), "absolute"));
}

/// "Return `error-code::is-directory` if the path refers to a directory."
fn a_directory_is_a_directory() {
    for path in ["dir", "empty", "dir/sub"] {
        fails(root().unlink_file_at(path), &[ErrorCode::IsDirectory]);
        assert!(exists(&root(), path));
    }
}

fn fails_if_nothing_is_there() {
    fails(root().unlink_file_at("absent"), &[ErrorCode::NoEntry]);
    fails(root().unlink_file_at("absent/x"), &[ErrorCode::NoEntry]);
    fails(root().unlink_file_at("file.txt/x"), &[ErrorCode::NotDirectory]);
}

fn a_slash_after_a_file_is_not_a_directory() {
    fails(root().unlink_file_at("file.txt/"), &[ErrorCode::NotDirectory]);
    assert!(exists(&root(), "file.txt"));
}

fn a_link_to_a_directory_with_a_slash() {
    fails(root().unlink_file_at("link-to-dir/"), &[ErrorCode::IsDirectory, ErrorCode::NotDirectory]);
    assert!(exists(&root(), "link-to-dir") && exists(&root(), "dir"));
}

fn an_open_file_stays_usable() {
    let file = open(&root(), "file.txt");
    assert_eq!(root().unlink_file_at("file.txt"), Ok(()));
    assert_eq!(file.read(5, 0).expect("a read").0, b"hello");
    assert_eq!(file.stat().expect("stat").link_count, 0);
}
