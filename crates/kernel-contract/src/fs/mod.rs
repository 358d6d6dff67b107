//! The suite for [`Directory`] and [`File`].

use std::any::Any;
use std::io::{IoSlice, IoSliceMut};
use std::rc::Rc;

use tambo_kernel::clock::Timestamp;
use tambo_kernel::fs::{Directory, File, Node, OpenFlags, SetTime, Stat};
use tambo_kernel::stream::Wait;
use tambo_kernel::{Error, Result};

pub mod attributes;
pub mod data;
pub mod directories;
pub mod entries;
pub mod links;
pub mod names;
pub mod open;
pub mod read_only;
pub mod rename;
pub mod sandbox;
pub mod symlinks;
pub mod times;

/// One `#[test]` for each case of the file-system contract, in a module of the given name.
///
/// The second argument is a closure without captures that answers a fresh, empty, writable directory and whatever has
/// to live as long (a temporary directory's guard): `Fn() -> (Rc<dyn Directory>, Box<dyn Any>)`. The implementation's
/// clock must show a time after 2001-09-09.
#[macro_export]
macro_rules! directory_tests {
    ($module:ident, $make:expr) => {
        mod $module {
            #[allow(unused_imports, reason = "the expression may need what is imported around the macro")]
            use super::*;

            $crate::directory_tests! { @group $make, open [
                a_missing_file_is_no_entry
                a_file_opens_as_a_regular_file
                a_directory_opens_as_a_directory
                create_makes_an_empty_file
                create_keeps_what_exists
                create_needs_the_parent
                create_with_a_trailing_slash_makes_nothing
                create_and_directory_together_make_nothing
                create_on_a_directory_is_refused
                exclusive_refuses_what_exists
                exclusive_does_not_truncate
                truncate_empties_even_without_write
                truncate_on_a_directory_is_refused
                directory_flag_refuses_files
                a_directory_is_not_writable
                a_link_is_not_followed_unless_asked
                create_follows_a_dangling_link_only_if_asked
                rights_of_the_handle_hold
                a_file_without_rights_can_still_be_inspected
                sync_flags_allow_writing
            ] }
            $crate::directory_tests! { @group $make, data [
                vectored_reads_fill_buffers_in_order
                vectored_writes_take_buffers_in_order
                empty_buffers_move_nothing
                reads_stop_at_the_end
                reads_beyond_the_end_are_empty
                reads_at_impossible_offsets_are_refused
                a_write_beyond_the_end_leaves_zeros
                an_empty_write_beyond_the_end_changes_nothing
                writes_at_impossible_offsets_are_refused
                a_huge_hole_costs_nothing
                append_goes_to_the_end
                append_sees_what_others_added
                a_file_opened_for_appending_ignores_offsets
                set_flags_changes_appending
                two_handles_share_one_file
                an_unlinked_file_stays_readable
                a_replaced_file_stays_readable
                a_renamed_file_stays_open
                trying_gives_the_same_or_would_block
                large_writes_come_back
                scattered_writes_come_back
                files_are_ready_always
            ] }
            $crate::directory_tests! { @group $make, attributes [
                stat_of_a_file
                stat_of_a_directory
                stat_by_path_and_by_handle_agree
                stat_with_a_trailing_slash_wants_a_directory
                inodes_tell_objects_apart
                objects_are_recognised_by_their_attributes
                the_hash_of_metadata_tells_of_changes
                set_size_cuts_and_extends
                set_size_shows_no_old_bytes
                set_size_needs_a_writable_handle
                set_size_refuses_impossible_sizes
                allocate_extends_and_never_cuts
                allocate_refuses_impossible_ranges
                allocate_needs_a_writable_handle
                advise_changes_nothing
                advise_survives_impossible_ranges
                sync_works
            ] }
            $crate::directory_tests! { @group $make, times [
                times_are_set_and_kept
                times_are_set_to_now
                times_are_set_through_a_readable_handle
                times_of_a_directory_are_set
                times_of_a_link_are_its_own
                times_by_path_name_the_same_errors
                times_have_nanoseconds
                times_before_1970_come_back
                extreme_times_are_survived
                impossible_nanoseconds_are_refused
                writing_moves_the_modification_time
                changing_a_directory_moves_its_modification_time
                setting_times_moves_the_change_time
            ] }
            $crate::directory_tests! { @group $make, directories [
                create_makes_an_empty_directory
                create_refuses_what_exists
                create_needs_the_parent
                create_accepts_trailing_slashes
                create_refuses_dots
                remove_takes_an_empty_directory
                remove_refuses_a_directory_with_entries
                remove_refuses_what_is_no_directory
                remove_refuses_dots
                remove_accepts_trailing_slashes
                a_removed_directory_takes_nothing_new
                unlink_removes_files
                unlink_refuses_directories
                unlink_refuses_trailing_slashes
                unlink_removes_a_link_not_its_target
                handles_name_directories_not_paths
                deep_trees_work
            ] }
            $crate::directory_tests! { @group $make, entries [
                children_are_the_entries_without_dots
                an_empty_directory_has_its_dots
                entries_tell_name_kind_and_inode
                positions_resume_after_their_entry
                seeking_to_the_start_begins_again
                a_step_back_gives_the_entry_again
                a_step_back_and_a_seek_agree
                the_walk_survives_removal
                the_walk_survives_addition
                a_position_outlives_its_entry
                a_walk_outlives_its_directory
                two_walks_are_independent
                strange_positions_are_survived
                after_the_end_comes_the_end
            ] }
            $crate::directory_tests! { @group $make, links [
                a_link_is_the_same_file
                a_link_goes_into_another_directory
                the_last_link_ends_the_file
                link_refuses_what_exists
                link_refuses_directories
                link_refuses_what_is_missing
                link_refuses_trailing_slashes
                link_of_a_symbolic_link_is_one
                link_follows_if_asked
                link_refuses_to_leave
                link_refuses_another_implementation
            ] }
            $crate::directory_tests! { @group $make, symlinks [
                a_symbolic_link_keeps_its_target
                a_symbolic_link_leads_to_a_file
                a_symbolic_link_leads_to_a_directory
                a_symbolic_link_in_the_middle_is_followed
                a_dangling_link_is_no_entry
                symlink_refuses_what_exists
                symlink_refuses_trailing_slashes
                symlink_refuses_absolute_and_odd_targets
                symlink_needs_the_parent
                read_link_refuses_what_is_no_link
                a_trailing_slash_follows_the_link
                a_target_with_a_trailing_slash_is_a_directory
                dots_in_a_target_are_relative_to_the_link
                dots_after_a_link_are_relative_to_its_target
                chains_are_followed
                long_chains_are_loops
                loops_are_loops
                expanding_links_are_bounded
                long_targets_are_refused
            ] }
            $crate::directory_tests! { @group $make, sandbox [
                absolute_paths_are_refused
                dots_do_not_lead_out
                dots_within_are_fine
                dots_need_directories
                a_link_does_not_lead_out
                a_link_with_a_trailing_slash_does_not_lead_out
                a_chain_does_not_lead_out
                a_subdirectory_is_a_sandbox_too
                an_opened_directory_stays_a_sandbox_when_moved
            ] }
            $crate::directory_tests! { @group $make, rename [
                a_file_moves
                a_file_replaces_a_file
                a_file_does_not_replace_a_directory
                a_directory_moves_with_what_it_holds
                a_directory_replaces_an_empty_directory
                a_directory_does_not_replace_a_full_one
                a_directory_does_not_replace_a_file
                a_directory_does_not_move_into_itself
                a_directory_does_not_replace_its_parent
                a_name_moves_onto_itself
                links_of_one_file_both_stay
                a_symbolic_link_moves_itself
                a_symbolic_link_is_replaced_itself
                moves_go_between_handles
                parents_follow_a_moved_directory
                parents_follow_a_directory_that_replaced_one
                rename_refuses_what_is_missing
                rename_refuses_dots
                rename_heeds_trailing_slashes
                rename_refuses_to_leave
                rename_refuses_another_implementation
                rename_into_a_removed_directory_is_refused
            ] }
            $crate::directory_tests! { @group $make, names [
                an_empty_path_is_no_entry
                a_nul_is_invalid
                names_have_255_bytes
                a_name_too_long_is_refused_everywhere
                long_paths_are_survived
                unicode_names_come_back
                only_slashes_and_dots_are_special
                repeated_slashes_count_once
            ] }
            $crate::directory_tests! { @group $make, read_only [
                reading_works
                opening_for_change_is_refused
                creating_is_refused
                every_change_by_path_is_refused
                every_change_by_handle_is_refused
                links_from_a_read_only_view_are_refused
                links_into_a_read_only_view_are_refused
                what_is_opened_through_a_view_is_read_only
                a_path_does_not_leave_the_view
            ] }
        }
    };
    (@group $make:expr, $group:ident [ $($case:ident)* ]) => {
        mod $group {
            #[allow(unused_imports, reason = "the expression may need what is imported around the macro")]
            use super::*;

            $(
                #[test]
                fn $case() {
                    $crate::fs::$group::$case(&$crate::fs::Scratch::new(&$make));
                }
            )*
        }
    };
}

/// A directory to test with, and what has to live as long.
pub type Made = (Rc<dyn Directory>, Box<dyn Any>);

/// A fresh directory, with short words for what the cases do all the time.
pub struct Scratch {
    /// The directory.
    pub root: Rc<dyn Directory>,
    _guard: Box<dyn Any>,
}

/// For reading and writing a file that need not exist.
pub(crate) const CREATE_RW: OpenFlags = OpenFlags::READ.union(OpenFlags::WRITE).union(OpenFlags::CREATE);
/// For reading and writing a file that exists.
pub(crate) const RW: OpenFlags = OpenFlags::READ.union(OpenFlags::WRITE);

impl Scratch {
    /// A fresh directory.
    pub fn new(make: &dyn Fn() -> Made) -> Self {
        let (root, guard) = make();
        Self { root, _guard: guard }
    }

    pub(crate) fn open(&self, path: &str, flags: OpenFlags) -> Result<Node> {
        self.root.open(path, flags)
    }

    #[track_caller]
    pub(crate) fn file(&self, path: &str, flags: OpenFlags) -> Rc<dyn File> {
        file_of(self.open(path, flags).unwrap())
    }

    #[track_caller]
    pub(crate) fn dir(&self, path: &str) -> Rc<dyn Directory> {
        directory_of(self.open(path, OpenFlags::READ | OpenFlags::DIRECTORY).unwrap())
    }

    #[track_caller]
    pub(crate) fn mkdir(&self, path: &str) {
        self.root.create_directory_at(path).unwrap();
    }

    #[track_caller]
    pub(crate) fn symlink(&self, target: &str, path: &str) {
        self.root.symlink_at(target, path).unwrap();
    }

    /// Write a whole file.
    #[track_caller]
    pub(crate) fn write(&self, path: &str, bytes: &[u8]) {
        let file = self.file(path, OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::TRUNCATE);
        put_all(&*file, bytes, 0);
    }

    /// Read a whole file, through links.
    #[track_caller]
    pub(crate) fn read(&self, path: &str) -> Vec<u8> {
        get_all(&*self.file(path, OpenFlags::READ | OpenFlags::FOLLOW))
    }

    /// The attributes, of a link itself.
    #[track_caller]
    pub(crate) fn stat(&self, path: &str) -> Stat {
        self.root.stat_at(path, false).unwrap()
    }

    #[track_caller]
    pub(crate) fn exists(&self, path: &str) -> bool {
        match self.root.stat_at(path, false) {
            Ok(_) => true,
            Err(Error::NoEntry) => false,
            Err(error) => panic!("{path}: {error}"),
        }
    }
}

#[track_caller]
pub(crate) fn file_of(node: Node) -> Rc<dyn File> {
    match node {
        Node::File(file) => file,
        Node::Directory(_) => panic!("a directory, not a file"),
        Node::Stream(_) => panic!("a stream, not a file"),
    }
}

#[track_caller]
pub(crate) fn directory_of(node: Node) -> Rc<dyn Directory> {
    match node {
        Node::Directory(directory) => directory,
        Node::File(_) => panic!("a file, not a directory"),
        Node::Stream(_) => panic!("a stream, not a directory"),
    }
}

/// Fails unless `result` is one of these errors.
#[track_caller]
pub(crate) fn refused<T>(result: Result<T>, accepted: &[Error]) {
    match result {
        Ok(_) => panic!("succeeded, but should fail with one of {accepted:?}"),
        Err(error) => assert!(accepted.contains(&error), "failed with {error:?}, not with one of {accepted:?}"),
    }
}

/// Fails unless `result` is a success or one of these errors; answers the success.
#[track_caller]
pub(crate) fn allowed<T>(result: Result<T>, accepted: &[Error]) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            assert!(accepted.contains(&error), "failed with {error:?}, not with one of {accepted:?}");
            None
        }
    }
}

/// One write.
pub(crate) fn put(file: &dyn File, bytes: &[u8], offset: u64) -> Result<usize> {
    file.write_at(&[IoSlice::new(bytes)], offset, Wait::Block)
}

/// As many writes as it takes.
#[track_caller]
pub(crate) fn put_all(file: &dyn File, mut bytes: &[u8], mut offset: u64) {
    while !bytes.is_empty() {
        let count = put(file, bytes, offset).unwrap();
        assert!(count > 0, "a write moved nothing");
        bytes = &bytes[count..];
        offset += count as u64;
    }
}

/// One read of at most `len` bytes.
pub(crate) fn get(file: &dyn File, len: usize, offset: u64) -> Result<Vec<u8>> {
    let mut bytes = vec![0xa5; len];
    let count = file.read_at(&mut [IoSliceMut::new(&mut bytes)], offset, Wait::Block)?;
    bytes.truncate(count);
    Ok(bytes)
}

/// The whole file.
#[track_caller]
pub(crate) fn get_all(file: &dyn File) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        let piece = get(file, 65_536, all.len() as u64).unwrap();
        if piece.is_empty() {
            return all;
        }
        all.extend_from_slice(&piece);
    }
}

/// The names in a directory, sorted, without `.` and `..`.
#[track_caller]
pub(crate) fn names(directory: &dyn Directory) -> Vec<String> {
    let mut names = Vec::new();
    let mut entries = directory.entries().unwrap();
    while let Some(entry) = entries.next_entry().unwrap() {
        if entry.name != "." && entry.name != ".." {
            names.push(entry.name.to_owned());
        }
    }
    names.sort();
    names
}

/// Fails if a directory that was removed still shows a name. Linux refuses to walk over it, which is fine too.
#[track_caller]
pub(crate) fn holds_nothing(removed: &dyn Directory) {
    let Some(mut entries) = allowed(removed.entries(), &[Error::NoEntry]) else { return };
    while let Some(Some(entry)) = allowed(entries.next_entry(), &[Error::NoEntry]) {
        assert!(entry.name == "." || entry.name == "..", "{} in a removed directory", entry.name);
    }
}

/// A time to set: seconds since 1970.
pub(crate) fn at(seconds: i64) -> SetTime {
    SetTime::At(Timestamp { seconds, nanoseconds: 0 })
}

#[cfg(test)]
mod tests {
    /// A case that is written but not listed would never run.
    #[test]
    fn every_case_is_listed() {
        let list = include_str!("mod.rs");
        let groups = [
            ("attributes", include_str!("attributes.rs")),
            ("data", include_str!("data.rs")),
            ("directories", include_str!("directories.rs")),
            ("entries", include_str!("entries.rs")),
            ("links", include_str!("links.rs")),
            ("names", include_str!("names.rs")),
            ("open", include_str!("open.rs")),
            ("read_only", include_str!("read_only.rs")),
            ("rename", include_str!("rename.rs")),
            ("sandbox", include_str!("sandbox.rs")),
            ("symlinks", include_str!("symlinks.rs")),
            ("times", include_str!("times.rs")),
        ];
        for (group, source) in groups {
            let listed = list.split_once(&format!("$make, {group} [")).unwrap().1.split_once(']').unwrap().0;
            let listed: Vec<&str> = listed.split_whitespace().collect();
            let written = source.lines().filter_map(|line| line.strip_prefix("pub fn ")?.split('(').next());
            let missing: Vec<&str> = written.filter(|case| !listed.contains(case)).collect();
            assert!(missing.is_empty(), "{group}: not listed: {missing:?}");
        }
    }
}
