//! `wasi:filesystem/preopens`.

use conformance::files::{names, preopen};
use conformance::wasi::filesystem::preopens::get_directories;
use conformance::wasi::filesystem::types::{DescriptorFlags, DescriptorType};

conformance::cases! {
    "preopens/get-directories":
        returns_nothing_if_nothing_was_granted,
        returns_the_names_that_were_granted,
        returns_directories,
        can_be_called_again_after_a_drop,
        a_writable_one_may_be_mutated,
        one_for_reading_only_may_not;
}

fn returns_nothing_if_nothing_was_granted() {
    assert_eq!(get_directories().len(), 0);
}

fn returns_the_names_that_were_granted() {
    let mut names: Vec<String> = get_directories().into_iter().map(|(_, name)| name).collect();
    names.sort();
    assert_eq!(names, ["/", "/data", "relative"]);
}

fn returns_directories() {
    for (directory, name) in get_directories() {
        assert_eq!(directory.get_type(), Ok(DescriptorType::Directory), "{name}");
        assert!(names(&directory).contains(&"file.txt".to_owned()), "{name}");
    }
}

fn can_be_called_again_after_a_drop() {
    drop(get_directories());
    assert!(names(&preopen("/")).contains(&"file.txt".to_owned()));
}

fn a_writable_one_may_be_mutated() {
    let flags = preopen("/").get_flags().expect("get-flags");
    assert!(flags.contains(DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY), "{flags:?}");
}

fn one_for_reading_only_may_not() {
    let flags = preopen("/ro").get_flags().expect("get-flags");
    assert!(flags.contains(DescriptorFlags::READ) && !flags.contains(DescriptorFlags::MUTATE_DIRECTORY), "{flags:?}");
}
