//! `descriptor.read-directory` and `directory-entry-stream`.

use std::collections::BTreeMap;

use conformance::files::{create, fails, names, open, open_directory, root};
use conformance::wasi::filesystem::types::{Descriptor, DescriptorType, ErrorCode};

conformance::cases! {
    "types/descriptor.read-directory":
        has_every_name_once,
        omits_dot_and_dot_dot,
        an_empty_directory_has_no_entries,
        starts_at_the_beginning_each_time,
        several_streams_do_not_interfere,
        a_file_has_no_entries,
        sees_what_was_made_before,
        a_thousand_entries;
    "types/directory-entry-stream.read-directory-entry":
        tells_types,
        stays_at_the_end,
        outlives_the_descriptor,
        survives_changes_while_it_reads;
}

fn types(directory: &Descriptor) -> BTreeMap<String, DescriptorType> {
    let entries = directory.read_directory().expect("read-directory");
    std::iter::from_fn(|| entries.read_directory_entry().expect("an entry")).map(|it| (it.name, it.type_)).collect()
}

fn has_every_name_once() {
    assert_eq!(names(&open(&root(), "dir")), ["inner.txt", "out", "sub", "up.txt"]);
}

/// "these entries are omitted."
fn omits_dot_and_dot_dot() {
    for directory in [root(), open(&root(), "dir"), open(&root(), "empty")] {
        assert!(!names(&directory).iter().any(|name| name == "." || name == ".."));
    }
}

fn an_empty_directory_has_no_entries() {
    assert_eq!(names(&open(&root(), "empty")), Vec::<String>::new());
}

/// "This always returns a new stream which starts at the beginning of the directory."
fn starts_at_the_beginning_each_time() {
    let directory = open(&root(), "dir");
    directory.read_directory().expect("a stream").read_directory_entry().expect("an entry");
    assert_eq!(names(&directory).len(), 4);
    assert_eq!(names(&directory).len(), 4);
}

/// "Multiple streams may be active on the same directory, and they do not interfere with each other."
fn several_streams_do_not_interfere() {
    let directory = open(&root(), "dir");
    let streams = [directory.read_directory().expect("a stream"), directory.read_directory().expect("a stream")];
    let mut found = [Vec::new(), Vec::new()];
    for _ in 0..4 {
        for (stream, names) in streams.iter().zip(&mut found) {
            names.push(stream.read_directory_entry().expect("an entry").expect("one of four").name);
        }
    }
    for (stream, mut names) in streams.iter().zip(found) {
        assert!(stream.read_directory_entry().expect("the end").is_none());
        names.sort();
        assert_eq!(names, ["inner.txt", "out", "sub", "up.txt"]);
    }
}

fn a_file_has_no_entries() {
    fails(open(&root(), "file.txt").read_directory(), &[ErrorCode::NotDirectory, ErrorCode::BadDescriptor]);
}

fn sees_what_was_made_before() {
    let directory = open_directory(&root(), "empty");
    create(&directory, "new", b"");
    directory.create_directory_at("made").expect("create-directory-at");
    assert_eq!(names(&directory), ["made", "new"]);
}

fn a_thousand_entries() {
    let directory = open_directory(&root(), "empty");
    let expected: Vec<String> = (0..1000).map(|number| format!("a-rather-long-name-{number:04}")).collect();
    for name in &expected {
        create(&directory, name, b"");
    }
    assert_eq!(names(&directory), expected);
}

fn tells_types() {
    let types = types(&root());
    for (name, expected) in [
        ("file.txt", DescriptorType::RegularFile),
        ("dir", DescriptorType::Directory),
        ("link.txt", DescriptorType::SymbolicLink),
        ("link-to-dir", DescriptorType::SymbolicLink),
        ("dangling", DescriptorType::SymbolicLink),
        ("pipe", DescriptorType::Fifo),
    ] {
        // "The type of the descriptor or file is unknown" is what a host may say that does not look.
        let told = types[name];
        assert!(told == expected || told == DescriptorType::Unknown, "{name} is {told:?}");
    }
}

fn stays_at_the_end() {
    let entries = open(&root(), "empty").read_directory().expect("a stream");
    assert!(entries.read_directory_entry().expect("the end").is_none());
    assert!(entries.read_directory_entry().expect("the end").is_none());
}

fn outlives_the_descriptor() {
    let directory = open(&root(), "dir");
    let entries = directory.read_directory().expect("a stream");
    drop(directory);
    let mut count = 0;
    while entries.read_directory_entry().expect("an entry").is_some() {
        count += 1;
    }
    assert_eq!(count, 4);
}

fn survives_changes_while_it_reads() {
    let directory = open_directory(&root(), "empty");
    for name in ["a", "b", "c"] {
        create(&directory, name, b"");
    }
    let entries = directory.read_directory().expect("a stream");
    entries.read_directory_entry().expect("an entry").expect("one of three");
    for name in ["a", "b", "c"] {
        directory.unlink_file_at(name).expect("unlink-file-at");
    }
    while entries.read_directory_entry().expect("an entry or the end").is_some() {}
}
