//! `descriptor.open-at`, but for what a base that may not be mutated forbids.

use conformance::files::{HELLO, content, create, exists, fails, open, open_directory, root};
use conformance::streams::read_all;
use conformance::wasi::filesystem::types::{
    Descriptor, DescriptorFlags, DescriptorType, ErrorCode, OpenFlags, PathFlags,
};

conformance::cases! {
    "types/descriptor.open-at":
        opens_a_file,
        opens_a_directory,
        opens_the_directory_itself,
        dots_within_the_directory,
        a_name_that_is_not_ascii,
        what_does_not_exist_is_no_entry,
        an_empty_path_names_nothing,
        create_makes_a_file,
        create_opens_what_exists,
        exclusive_fails_if_it_exists,
        exclusive_fails_if_a_link_exists,
        exclusive_makes_what_does_not_exist,
        truncate_empties_a_file,
        without_truncate_the_content_stays,
        directory_fails_if_it_is_none,
        a_file_is_no_base,
        a_file_is_no_step,
        a_slash_after_a_file_fails,
        a_slash_after_a_directory_is_valid,
        a_directory_cannot_be_written,
        mutate_directory_is_for_directories,
        does_not_follow_a_link_without_symlink_follow,
        follows_a_link_with_symlink_follow,
        follows_links_on_the_way_in_any_case,
        follows_a_link_to_a_link,
        a_link_to_nowhere_is_no_entry,
        links_in_a_loop_are_loop,
        create_through_a_link_makes_its_target,
        a_name_of_256_bytes_is_too_long,
        a_path_of_5000_bytes_is_too_long,
        each_open_has_its_own_flags,
        a_file_for_reading_cannot_be_written,
        a_file_for_writing_cannot_be_read,
        outlives_its_base;
    "types/descriptor.get-flags":
        are_those_of_open_at,
        of_a_directory;
    "types/descriptor.get-type":
        of_a_file,
        of_a_directory_it_is_directory;
}

const FOLLOW: PathFlags = PathFlags::SYMLINK_FOLLOW;
const READ: DescriptorFlags = DescriptorFlags::READ;

fn read_write() -> DescriptorFlags {
    DescriptorFlags::READ | DescriptorFlags::WRITE
}

fn try_open(path: &str, how: OpenFlags, flags: DescriptorFlags) -> Result<Descriptor, ErrorCode> {
    root().open_at(PathFlags::empty(), path, how, flags)
}

fn plainly(path: &str) -> Result<Descriptor, ErrorCode> {
    try_open(path, OpenFlags::empty(), READ)
}

fn following(path: &str) -> Result<Descriptor, ErrorCode> {
    root().open_at(FOLLOW, path, OpenFlags::empty(), READ)
}

fn all(file: &Descriptor) -> Vec<u8> {
    read_all(&file.read_via_stream(0).expect("read-via-stream"))
}

fn opens_a_file() {
    assert_eq!(all(&open(&root(), "file.txt")), HELLO);
    assert_eq!(all(&open(&root(), "dir/sub/deep.txt")), b"deep\n");
}

fn opens_a_directory() {
    let directory = open_directory(&root(), "dir");
    assert_eq!(content(&directory, "inner.txt"), b"inner\n");
    assert_eq!(plainly("dir").expect("a directory, without the flag").get_type(), Ok(DescriptorType::Directory));
}

fn opens_the_directory_itself() {
    assert!(open(&root(), ".").is_same_object(&root()));
    let directory = open_directory(&root(), "dir");
    assert!(open(&directory, ".").is_same_object(&directory));
}

fn dots_within_the_directory() {
    for path in ["./file.txt", "dir/../file.txt", "dir/./sub/../../file.txt", "dir//..//file.txt"] {
        assert_eq!(content(&root(), path), HELLO, "{path}");
    }
}

fn a_name_that_is_not_ascii() {
    assert_eq!(content(&root(), "maíz.txt"), "🌽\n".as_bytes());
}

fn what_does_not_exist_is_no_entry() {
    fails(plainly("absent"), &[ErrorCode::NoEntry]);
    fails(plainly("absent/file.txt"), &[ErrorCode::NoEntry]);
    fails(plainly("dir/absent"), &[ErrorCode::NoEntry]);
}

fn an_empty_path_names_nothing() {
    fails(plainly(""), &[ErrorCode::NoEntry, ErrorCode::Invalid]);
    fails(try_open("", OpenFlags::CREATE, read_write()), &[ErrorCode::NoEntry, ErrorCode::Invalid]);
}

fn create_makes_a_file() {
    let file = try_open("new", OpenFlags::CREATE, read_write()).expect("a new file");
    assert_eq!(file.get_type(), Ok(DescriptorType::RegularFile));
    assert_eq!(file.stat().expect("stat").size, 0);
    assert_eq!(content(&root(), "new"), b"");
}

fn create_opens_what_exists() {
    assert_eq!(all(&try_open("file.txt", OpenFlags::CREATE, read_write()).expect("what was there")), HELLO);
}

/// "Fail if file already exists, similar to `O_EXCL` in POSIX."
fn exclusive_fails_if_it_exists() {
    for path in ["file.txt", "dir", "empty.txt"] {
        let how = OpenFlags::CREATE | OpenFlags::EXCLUSIVE;
        fails(try_open(path, how, read_write()), &[ErrorCode::Exist]);
    }
    assert_eq!(content(&root(), "file.txt"), HELLO);
}

fn exclusive_fails_if_a_link_exists() {
    let how = OpenFlags::CREATE | OpenFlags::EXCLUSIVE;
    fails(try_open("dangling", how, read_write()), &[ErrorCode::Exist]);
    fails(try_open("link.txt", how, read_write()), &[ErrorCode::Exist]);
    assert!(!exists(&root(), "nowhere"));
}

fn exclusive_makes_what_does_not_exist() {
    try_open("new", OpenFlags::CREATE | OpenFlags::EXCLUSIVE, read_write()).expect("a new file");
    assert!(exists(&root(), "new"));
}

/// "Truncate file to size 0".
fn truncate_empties_a_file() {
    let file = try_open("file.txt", OpenFlags::TRUNCATE, read_write()).expect("the file");
    assert_eq!(file.stat().expect("stat").size, 0);
    assert_eq!(content(&root(), "file.txt"), b"");
}

fn without_truncate_the_content_stays() {
    drop(try_open("file.txt", OpenFlags::CREATE, read_write()).expect("the file"));
    assert_eq!(content(&root(), "file.txt"), HELLO);
}

/// "Fail if not a directory, similar to `O_DIRECTORY` in POSIX."
fn directory_fails_if_it_is_none() {
    fails(try_open("file.txt", OpenFlags::DIRECTORY, READ), &[ErrorCode::NotDirectory]);
}

fn a_file_is_no_base() {
    let file = open(&root(), "file.txt");
    let opened = file.open_at(PathFlags::empty(), "x", OpenFlags::empty(), READ);
    fails(opened, &[ErrorCode::NotDirectory, ErrorCode::BadDescriptor]);
    fails(file.stat_at(PathFlags::empty(), "."), &[ErrorCode::NotDirectory, ErrorCode::BadDescriptor]);
}

fn a_file_is_no_step() {
    fails(plainly("file.txt/x"), &[ErrorCode::NotDirectory]);
    fails(plainly("file.txt/../file.txt"), &[ErrorCode::NotDirectory]);
}

fn a_slash_after_a_file_fails() {
    fails(plainly("file.txt/"), &[ErrorCode::NotDirectory]);
    fails(following("link.txt/"), &[ErrorCode::NotDirectory]);
}

fn a_slash_after_a_directory_is_valid() {
    assert!(plainly("dir/").expect("a directory").is_same_object(&plainly("dir").expect("a directory")));
}

/// "Is a directory, similar to `EISDIR` in POSIX."
fn a_directory_cannot_be_written() {
    fails(try_open("dir", OpenFlags::empty(), read_write()), &[ErrorCode::IsDirectory]);
}

/// "This may only be set on directories."
fn mutate_directory_is_for_directories() {
    let opened = try_open("file.txt", OpenFlags::empty(), READ | DescriptorFlags::MUTATE_DIRECTORY);
    if let Ok(file) = opened {
        let flags = file.get_flags().expect("get-flags");
        assert!(!flags.contains(DescriptorFlags::MUTATE_DIRECTORY), "{flags:?}");
    }
}

fn does_not_follow_a_link_without_symlink_follow() {
    fails(plainly("link.txt"), &[ErrorCode::Loop]);
    fails(plainly("dangling"), &[ErrorCode::Loop]);
}

/// "As long as the resolved path corresponds to a symbolic link, it is expanded."
fn follows_a_link_with_symlink_follow() {
    assert_eq!(all(&following("link.txt").expect("what the link leads to")), HELLO);
    assert_eq!(all(&following("dir/up.txt").expect("what the link leads to")), HELLO);
    let directory = following("link-to-dir").expect("what the link leads to");
    assert!(directory.is_same_object(&open(&root(), "dir")));
}

/// The flag is about "the resolved path", not about steps on the way.
fn follows_links_on_the_way_in_any_case() {
    assert_eq!(content(&root(), "link-to-dir/inner.txt"), b"inner\n");
}

fn follows_a_link_to_a_link() {
    assert_eq!(all(&following("link-to-link").expect("what the links lead to")), HELLO);
}

fn a_link_to_nowhere_is_no_entry() {
    fails(following("dangling"), &[ErrorCode::NoEntry]);
}

/// "Too many levels of symbolic links, similar to `ELOOP` in POSIX."
fn links_in_a_loop_are_loop() {
    for path in ["loop-a", "self", "self/file.txt", "loop-b/x"] {
        fails(following(path), &[ErrorCode::Loop]);
    }
}

fn create_through_a_link_makes_its_target() {
    let made = root().open_at(FOLLOW, "dangling", OpenFlags::CREATE, read_write());
    made.expect("a file where the link leads").write(b"here", 0).expect("a write");
    assert_eq!(content(&root(), "nowhere"), b"here");
}

/// "Filename too long, similar to `ENAMETOOLONG` in POSIX."
fn a_name_of_256_bytes_is_too_long() {
    fails(plainly(&"n".repeat(256)), &[ErrorCode::NameTooLong]);
    fails(try_open(&"n".repeat(256), OpenFlags::CREATE, read_write()), &[ErrorCode::NameTooLong]);
}

fn a_path_of_5000_bytes_is_too_long() {
    fails(plainly(&"absent/".repeat(5000 / 7 + 1)), &[ErrorCode::NameTooLong, ErrorCode::NoEntry]);
}

fn each_open_has_its_own_flags() {
    let (reader, writer) = (open(&root(), "file.txt"), try_open("file.txt", OpenFlags::empty(), read_write()));
    assert_eq!(reader.get_flags(), Ok(READ));
    writer.expect("the file").write(b"J", 0).expect("a write");
    assert_eq!(all(&reader)[0], b'J');
}

/// "Write mode: Data can be written to."
fn a_file_for_reading_cannot_be_written() {
    let file = open(&root(), "file.txt");
    fails(file.write(b"x", 0), &[ErrorCode::BadDescriptor, ErrorCode::NotPermitted, ErrorCode::Access]);
    assert_eq!(content(&root(), "file.txt"), HELLO);
}

/// "Read mode: Data can be read."
fn a_file_for_writing_cannot_be_read() {
    let file = try_open("file.txt", OpenFlags::empty(), DescriptorFlags::WRITE).expect("the file");
    fails(file.read(1, 0), &[ErrorCode::BadDescriptor, ErrorCode::NotPermitted, ErrorCode::Access]);
}

fn outlives_its_base() {
    let directory = open_directory(&root(), "dir");
    let file = open(&directory, "inner.txt");
    drop(directory);
    assert_eq!(all(&file), b"inner\n");
}

fn are_those_of_open_at() {
    for flags in [READ, DescriptorFlags::WRITE, read_write()] {
        let file = try_open("file.txt", OpenFlags::empty(), flags).expect("the file");
        assert_eq!(file.get_flags(), Ok(flags));
    }
    assert_eq!(create(&root(), "new", b"").get_flags(), Ok(read_write()));
}

fn of_a_directory() {
    assert_eq!(plainly("dir").expect("a directory").get_flags(), Ok(READ));
    let flags = READ | DescriptorFlags::MUTATE_DIRECTORY;
    assert_eq!(open_directory(&root(), "dir").get_flags(), Ok(flags));
}

fn of_a_file() {
    assert_eq!(open(&root(), "file.txt").get_type(), Ok(DescriptorType::RegularFile));
}

fn of_a_directory_it_is_directory() {
    assert_eq!(open(&root(), "dir").get_type(), Ok(DescriptorType::Directory));
}
