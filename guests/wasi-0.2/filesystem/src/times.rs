//! `set-times` and `set-times-at`.

use conformance::files::{create, fails, open, open_directory, open_writable, root};
use conformance::wasi::clocks::wall_clock;
use conformance::wasi::clocks::wall_clock::Datetime;
use conformance::wasi::filesystem::types::{Descriptor, ErrorCode, NewTimestamp, PathFlags};

conformance::cases! {
    "types/descriptor.set-times":
        sets_both,
        no_change_leaves_a_time,
        now_is_the_time_of_the_system,
        keeps_nanoseconds,
        of_a_directory,
        too_many_nanoseconds_are_invalid;
    "types/descriptor.set-times-at":
        sets_both_by_path,
        no_change_at_all,
        follows_a_link_with_symlink_follow,
        sets_those_of_the_link_without,
        what_does_not_exist_is_no_entry,
        too_many_nanoseconds_by_path;
    "attacks/25":
        times_that_no_file_system_has,
        times_that_no_file_system_has_by_path;
}

const NONE: PathFlags = PathFlags::empty();
const FOLLOW: PathFlags = PathFlags::SYMLINK_FOLLOW;

fn at(seconds: u64, nanoseconds: u32) -> Datetime {
    Datetime { seconds, nanoseconds }
}

fn to(seconds: u64) -> NewTimestamp {
    NewTimestamp::Timestamp(at(seconds, 0))
}

/// Of access and of modification.
fn times(file: &Descriptor) -> (Datetime, Datetime) {
    let stat = file.stat().expect("stat");
    let told = |time: Option<Datetime>| time.expect("a time, of the platforms that this is run on");
    (told(stat.data_access_timestamp), told(stat.data_modification_timestamp))
}

fn sets_both() {
    let file = open_writable(&root(), "file.txt");
    assert_eq!(file.set_times(to(1_000_000_000), to(1_100_000_000)), Ok(()));
    assert_eq!(times(&file), (at(1_000_000_000, 0), at(1_100_000_000, 0)));
    assert_eq!(times(&open(&root(), "file.txt")).1, at(1_100_000_000, 0));
}

/// "Leave the timestamp set to its previous value."
fn no_change_leaves_a_time() {
    let file = open_writable(&root(), "file.txt");
    assert_eq!(file.set_times(to(1_000_000_000), to(1_100_000_000)), Ok(()));
    assert_eq!(file.set_times(NewTimestamp::NoChange, to(1_200_000_000)), Ok(()));
    assert_eq!(times(&file), (at(1_000_000_000, 0), at(1_200_000_000, 0)));
    assert_eq!(file.set_times(to(1_300_000_000), NewTimestamp::NoChange), Ok(()));
    assert_eq!(times(&file), (at(1_300_000_000, 0), at(1_200_000_000, 0)));
    assert_eq!(file.set_times(NewTimestamp::NoChange, NewTimestamp::NoChange), Ok(()));
    assert_eq!(times(&file), (at(1_300_000_000, 0), at(1_200_000_000, 0)));
}

/// "the current time of the system clock associated with the filesystem."
fn now_is_the_time_of_the_system() {
    let file = open_writable(&root(), "file.txt");
    assert_eq!(file.set_times(to(1_000_000_000), to(1_000_000_000)), Ok(()));
    assert_eq!(file.set_times(NewTimestamp::Now, NewTimestamp::Now), Ok(()));
    let (accessed, modified) = times(&file);
    let now = wall_clock::now().seconds;
    for time in [accessed, modified] {
        assert!(time.seconds.abs_diff(now) < 600, "{time:?} is not about {now}");
    }
}

fn keeps_nanoseconds() {
    let file = open_writable(&root(), "file.txt");
    let time = at(1_000_000_000, 123_456_789);
    assert_eq!(file.set_times(NewTimestamp::Timestamp(time), NewTimestamp::Timestamp(time)), Ok(()));
    let (_, modified) = times(&file);
    assert_eq!(modified.seconds, 1_000_000_000);
    assert!(modified.nanoseconds <= 123_456_789, "it may be rounded, and down: {modified:?}");
}

fn of_a_directory() {
    let directory = open_directory(&root(), "dir");
    assert_eq!(directory.set_times(to(1_000_000_000), to(1_100_000_000)), Ok(()));
    assert_eq!(times(&directory).1, at(1_100_000_000, 0));
}

/// "similar to `futimens` in POSIX", where this is `EINVAL`.
fn too_many_nanoseconds_are_invalid() {
    let file = open_writable(&root(), "file.txt");
    let before = times(&file);
    for nanoseconds in [1_000_000_000, u32::MAX, 0x3fff_ffff, 0x3fff_fffe] {
        let time = NewTimestamp::Timestamp(at(1_000_000_000, nanoseconds));
        fails(file.set_times(NewTimestamp::NoChange, time), &[ErrorCode::Invalid]);
        fails(file.set_times(time, NewTimestamp::NoChange), &[ErrorCode::Invalid]);
    }
    assert_eq!(times(&file), before);
}

fn sets_both_by_path() {
    assert_eq!(root().set_times_at(NONE, "dir/inner.txt", to(1_000_000_000), to(1_100_000_000)), Ok(()));
    assert_eq!(times(&open(&root(), "dir/inner.txt")), (at(1_000_000_000, 0), at(1_100_000_000, 0)));
    assert_eq!(root().set_times_at(NONE, "dir", to(1_000_000_000), to(1_100_000_000)), Ok(()));
    assert_eq!(times(&open(&root(), "dir")).1, at(1_100_000_000, 0));
}

fn no_change_at_all() {
    let before = times(&open(&root(), "file.txt"));
    let unchanged = NewTimestamp::NoChange;
    assert_eq!(root().set_times_at(NONE, "file.txt", unchanged, unchanged), Ok(()));
    assert_eq!(times(&open(&root(), "file.txt")), before);
}

fn follows_a_link_with_symlink_follow() {
    assert_eq!(root().set_times_at(FOLLOW, "link.txt", to(1_000_000_000), to(1_100_000_000)), Ok(()));
    assert_eq!(times(&open(&root(), "file.txt")).1, at(1_100_000_000, 0));
}

fn sets_those_of_the_link_without() {
    let before = times(&open(&root(), "file.txt"));
    assert_eq!(root().set_times_at(NONE, "link.txt", to(1_000_000_000), to(1_100_000_000)), Ok(()));
    let link = root().stat_at(NONE, "link.txt").expect("stat-at");
    assert_eq!(link.data_modification_timestamp, Some(at(1_100_000_000, 0)));
    assert_eq!(times(&open(&root(), "file.txt")), before);
}

fn what_does_not_exist_is_no_entry() {
    fails(root().set_times_at(NONE, "absent", to(1), to(1)), &[ErrorCode::NoEntry]);
    fails(root().set_times_at(FOLLOW, "dangling", to(1), to(1)), &[ErrorCode::NoEntry]);
}

fn too_many_nanoseconds_by_path() {
    let time = NewTimestamp::Timestamp(at(1_000_000_000, 1_000_000_000));
    fails(root().set_times_at(NONE, "file.txt", time, time), &[ErrorCode::Invalid]);
}

/// Taken, rounded or refused; and the file can still be looked at.
fn times_that_no_file_system_has() {
    let file = create(&root(), "new", b"");
    for seconds in [1 << 31, 1 << 34, 1 << 40, 1 << 62, i64::MAX as u64, 1 << 63, u64::MAX] {
        if let Err(code) = file.set_times(to(seconds), to(seconds)) {
            assert!([ErrorCode::Invalid, ErrorCode::Overflow].contains(&code), "{seconds}: {code:?}");
        }
        file.stat().expect("stat");
    }
}

fn times_that_no_file_system_has_by_path() {
    for seconds in [1 << 62, i64::MAX as u64, 1 << 63, u64::MAX] {
        if let Err(code) = root().set_times_at(NONE, "file.txt", to(seconds), to(seconds)) {
            assert!([ErrorCode::Invalid, ErrorCode::Overflow].contains(&code), "{seconds}: {code:?}");
        }
        root().stat_at(NONE, "file.txt").expect("stat-at");
    }
}
