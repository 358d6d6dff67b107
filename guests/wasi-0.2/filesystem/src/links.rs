//! Links: `link-at`, `symlink-at`, `readlink-at`.

use conformance::files::{HELLO, content, exists, fails, open, open_directory, open_writable, preopen, root};
use conformance::wasi::filesystem::types::{DescriptorType, ErrorCode, PathFlags};

conformance::cases! {
    "types/descriptor.link-at":
        both_names_are_one_file,
        the_count_of_links_grows,
        between_descriptors,
        between_preopens,
        the_old_path_does_not_exist,
        the_new_path_exists,
        the_old_path_is_a_directory,
        the_new_path_has_no_parent,
        without_symlink_follow_it_links_the_link,
        with_symlink_follow_it_links_the_target,
        a_slash_after_a_file;
    "types/descriptor.symlink-at":
        makes_a_link,
        to_what_does_not_exist,
        to_a_directory,
        an_absolute_target_is_not_permitted,
        a_target_outside_is_made_and_not_followed,
        the_name_exists,
        the_name_has_no_parent,
        an_empty_target;
    "types/descriptor.readlink-at":
        returns_the_contents,
        of_a_link_in_a_directory,
        absolute_contents_are_not_permitted,
        contents_that_lead_outside_are_text,
        what_is_no_link_is_invalid,
        what_does_not_exist_is_no_entry;
}

const NONE: PathFlags = PathFlags::empty();

fn link(from: &str, to: &str) -> Result<(), ErrorCode> {
    root().link_at(NONE, from, &root(), to)
}

fn both_names_are_one_file() {
    assert_eq!(link("file.txt", "new.txt"), Ok(()));
    assert!(open(&root(), "file.txt").is_same_object(&open(&root(), "new.txt")));
    open_writable(&root(), "new.txt").write(b"J", 0).expect("a write");
    assert_eq!(content(&root(), "file.txt")[0], b'J');
}

fn the_count_of_links_grows() {
    let count = || open(&root(), "file.txt").stat().expect("stat").link_count;
    assert_eq!(count(), 1);
    assert_eq!(link("file.txt", "dir/new.txt"), Ok(()));
    assert_eq!(count(), 2);
    assert_eq!(root().unlink_file_at("dir/new.txt"), Ok(()));
    assert_eq!(count(), 1);
}

fn between_descriptors() {
    let (from, to) = (open_directory(&root(), "dir"), open_directory(&root(), "empty"));
    assert_eq!(from.link_at(NONE, "inner.txt", &to, "new"), Ok(()));
    assert_eq!(content(&to, "new"), b"inner\n");
}

fn between_preopens() {
    let other = preopen("/data");
    assert_eq!(root().link_at(NONE, "file.txt", &other, "new"), Ok(()));
    assert_eq!(content(&other, "new"), HELLO);
}

/// "Fails with `error-code::no-entry` if the old path does not exist".
fn the_old_path_does_not_exist() {
    fails(link("absent", "new"), &[ErrorCode::NoEntry]);
}

/// "with `error-code::exist` if the new path already exists".
fn the_new_path_exists() {
    for path in ["other.txt", "dir", "link.txt", "dangling", "file.txt"] {
        fails(link("file.txt", path), &[ErrorCode::Exist]);
    }
    assert!(!exists(&root(), "nowhere"));
}

/// "and `error-code::not-permitted` if the old path is not a file."
fn the_old_path_is_a_directory() {
    fails(link("dir", "new"), &[ErrorCode::NotPermitted]);
}

fn the_new_path_has_no_parent() {
    fails(link("file.txt", "absent/new"), &[ErrorCode::NoEntry]);
    fails(link("file.txt", "other.txt/new"), &[ErrorCode::NotDirectory]);
}

/// "similar to `linkat` in POSIX", which links the symbolic link itself; or it is "not a file".
fn without_symlink_follow_it_links_the_link() {
    match link("link.txt", "new") {
        Ok(()) => assert_eq!(root().readlink_at("new"), Ok("file.txt".to_owned())),
        Err(code) => assert_eq!(code, ErrorCode::NotPermitted),
    }
}

/// "As long as the resolved path corresponds to a symbolic link, it is expanded."
fn with_symlink_follow_it_links_the_target() {
    assert_eq!(root().link_at(PathFlags::SYMLINK_FOLLOW, "link.txt", &root(), "new"), Ok(()));
    assert!(open(&root(), "new").is_same_object(&open(&root(), "file.txt")));
}

fn a_slash_after_a_file() {
    fails(link("file.txt/", "new"), &[ErrorCode::NotDirectory]);
    fails(link("file.txt", "new/"), &[ErrorCode::NotDirectory, ErrorCode::NoEntry]);
    assert!(!exists(&root(), "new"));
}

fn makes_a_link() {
    assert_eq!(root().symlink_at("file.txt", "new"), Ok(()));
    assert_eq!(root().readlink_at("new"), Ok("file.txt".to_owned()));
    assert_eq!(root().stat_at(NONE, "new").expect("stat-at").type_, DescriptorType::SymbolicLink);
    let target = root().stat_at(PathFlags::SYMLINK_FOLLOW, "new").expect("stat-at");
    assert_eq!(target.size, HELLO.len() as u64);
}

/// "symlinks may be created with any string".
fn to_what_does_not_exist() {
    for target in ["absent", "a b", "maíz", "dir/../x/", "."] {
        assert_eq!(root().symlink_at(target, "new"), Ok(()), "{target}");
        assert_eq!(root().readlink_at("new"), Ok(target.to_owned()));
        assert_eq!(root().unlink_file_at("new"), Ok(()));
    }
}

fn to_a_directory() {
    assert_eq!(root().symlink_at("../dir", "empty/new"), Ok(()));
    assert_eq!(content(&root(), "empty/new/inner.txt"), b"inner\n");
}

/// "If `old-path` starts with `/`, the function fails with `error-code::not-permitted`."
fn an_absolute_target_is_not_permitted() {
    for target in ["/", "/etc/passwd", "//", "/file.txt"] {
        fails(root().symlink_at(target, "new"), &[ErrorCode::NotPermitted]);
    }
    assert!(!exists(&root(), "new"));
}

/// "Sandboxing for symlink strings is performed at the time of an access […] and not at the time that the symlink is
/// created" (path-resolution.md).
fn a_target_outside_is_made_and_not_followed() {
    assert_eq!(root().symlink_at("../outside/secret.txt", "new"), Ok(()));
    fails(root().stat_at(PathFlags::SYMLINK_FOLLOW, "new"), &[ErrorCode::NotPermitted]);
}

fn the_name_exists() {
    for path in ["other.txt", "dir", "link.txt", "dangling"] {
        fails(root().symlink_at("file.txt", path), &[ErrorCode::Exist]);
    }
}

fn the_name_has_no_parent() {
    fails(root().symlink_at("file.txt", "absent/new"), &[ErrorCode::NoEntry]);
    fails(root().symlink_at("file.txt", "other.txt/new"), &[ErrorCode::NotDirectory]);
}

fn an_empty_target() {
    fails(root().symlink_at("", "new"), &[ErrorCode::NoEntry, ErrorCode::Invalid]);
}

fn returns_the_contents() {
    assert_eq!(root().readlink_at("link.txt"), Ok("file.txt".to_owned()));
    assert_eq!(root().readlink_at("dangling"), Ok("nowhere".to_owned()));
    assert_eq!(root().readlink_at("self"), Ok("self".to_owned()));
}

fn of_a_link_in_a_directory() {
    assert_eq!(root().readlink_at("dir/up.txt"), Ok("../file.txt".to_owned()));
    assert_eq!(root().readlink_at("link-to-dir/up.txt"), Ok("../file.txt".to_owned()));
}

/// "If the contents contain an absolute or rooted path in the underlying filesystem, this function fails with
/// `error-code::not-permitted`."
fn absolute_contents_are_not_permitted() {
    fails(root().readlink_at("absolute"), &[ErrorCode::NotPermitted]);
    fails(root().readlink_at("absolute-dir"), &[ErrorCode::NotPermitted]);
}

fn contents_that_lead_outside_are_text() {
    assert_eq!(root().readlink_at("out"), Ok("../outside/secret.txt".to_owned()));
}

/// "similar to `readlinkat` in POSIX", where this is `EINVAL`.
fn what_is_no_link_is_invalid() {
    fails(root().readlink_at("file.txt"), &[ErrorCode::Invalid]);
    fails(root().readlink_at("dir"), &[ErrorCode::Invalid]);
}

fn what_does_not_exist_is_no_entry() {
    fails(root().readlink_at("absent"), &[ErrorCode::NoEntry]);
    fails(root().readlink_at("file.txt/x"), &[ErrorCode::NotDirectory]);
}
