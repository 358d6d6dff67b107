//! Data and size of an open file: `read`, `write`, `set-size`, `sync`, `sync-data`, `advise`.

use conformance::files::{HELLO, content, create, fails, open, open_directory, open_writable, root};
use conformance::wasi::filesystem::types::{Advice, Descriptor, ErrorCode};

conformance::cases! {
    "types/descriptor.read":
        returns_the_data_at_the_offset,
        returns_at_most_length,
        says_that_the_end_was_reached,
        past_the_end_is_nothing_and_the_end,
        has_no_offset_of_its_own,
        a_length_of_zero,
        any_length_is_valid,
        any_offset_is_valid,
        a_directory_has_no_data;
    "types/descriptor.write":
        returns_how_much_was_written,
        replaces_in_place,
        extends_the_file,
        fills_a_gap_with_zeroes,
        writing_nothing,
        far_beyond_is_too_large,
        a_directory_takes_no_data;
    "types/descriptor.set-size":
        shrinks,
        grows_with_zeroes,
        to_the_same_size,
        a_size_that_no_file_can_have,
        of_a_file_opened_for_reading,
        of_a_directory;
    "types/descriptor.sync":
        after_a_write,
        has_no_effect_if_not_opened_for_writing,
        of_a_directory_that_is_open;
    "types/descriptor.sync-data":
        data_after_a_write,
        data_has_no_effect_if_not_opened_for_writing;
    "types/descriptor.advise":
        every_advice_is_taken,
        a_region_beyond_the_end,
        a_region_that_wraps;
    "attacks/11":
        reads_of_all_sizes;
}

fn hello() -> Descriptor {
    open(&root(), "file.txt")
}

/// All of it, in as many reads as it takes.
fn read_to_end(file: &Descriptor, mut offset: u64) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        let (data, is_end) = file.read(1000, offset).expect("a read");
        offset += data.len() as u64;
        all.extend(data);
        if is_end {
            return all;
        }
    }
}

fn returns_the_data_at_the_offset() {
    assert_eq!(read_to_end(&hello(), 0), HELLO);
    assert_eq!(read_to_end(&hello(), 7), HELLO[7..]);
}

fn returns_at_most_length() {
    for length in 1..5 {
        let (data, _) = hello().read(length, 2).expect("a read");
        assert!(!data.is_empty() && data.len() as u64 <= length && HELLO[2..].starts_with(&data), "{data:?}");
    }
}

/// "along with a bool which, when true, indicates that the end of the file was reached."
fn says_that_the_end_was_reached() {
    let file = hello();
    let (data, is_end) = file.read(5, 0).expect("a read");
    assert!(!is_end, "{data:?} is not all of it");
    let mut offset = data.len() as u64;
    for _ in 0..HELLO.len() + 1 {
        let (data, is_end) = file.read(100, offset).expect("a read");
        offset += data.len() as u64;
        if is_end {
            assert_eq!(offset, HELLO.len() as u64);
            return;
        }
    }
    panic!("the end is never reached");
}

fn past_the_end_is_nothing_and_the_end() {
    assert_eq!(hello().read(10, 1000), Ok((Vec::new(), true)));
    assert_eq!(hello().read(10, HELLO.len() as u64), Ok((Vec::new(), true)));
    assert_eq!(open(&root(), "empty.txt").read(10, 0), Ok((Vec::new(), true)));
}

/// "without using and updating the descriptor's offset."
fn has_no_offset_of_its_own() {
    let file = hello();
    let first = file.read(4, 0).expect("a read");
    assert_eq!(file.read(4, 0).expect("a read"), first);
}

fn a_length_of_zero() {
    assert_eq!(hello().read(0, 0).expect("a read of nothing").0, []);
}

/// "may return fewer than requested".
fn any_length_is_valid() {
    let (data, _) = hello().read(u64::MAX, 0).expect("a read");
    assert!(!data.is_empty() && HELLO.starts_with(&data));
}

/// There is no data there, and it does not wrap; what POSIX calls an invalid offset may fail.
fn any_offset_is_valid() {
    for offset in [1 << 40, 1 << 62, 1 << 63, u64::MAX - 1, u64::MAX] {
        match hello().read(10, offset) {
            Ok((data, is_end)) => assert!(data.is_empty() && is_end, "{data:?} at {offset}"),
            Err(code) => assert!([ErrorCode::Invalid, ErrorCode::Overflow].contains(&code), "{code:?} at {offset}"),
        }
    }
}

fn a_directory_has_no_data() {
    fails(open(&root(), "dir").read(10, 0), &[ErrorCode::IsDirectory, ErrorCode::BadDescriptor]);
}

fn returns_how_much_was_written() {
    let file = create(&root(), "new", b"");
    let written = file.write(b"some text", 0).expect("a write");
    assert!((1..=9).contains(&written));
    assert_eq!(content(&root(), "new"), b"some text"[..written as usize]);
}

fn replaces_in_place() {
    assert_eq!(open_writable(&root(), "file.txt").write(b"HE", 0), Ok(2));
    assert_eq!(content(&root(), "file.txt"), b"HEllo, world\n");
}

/// "the file is extended to the extent of the write".
fn extends_the_file() {
    let file = open_writable(&root(), "file.txt");
    assert_eq!(file.write(b"more", HELLO.len() as u64), Ok(4));
    assert_eq!(content(&root(), "file.txt"), [HELLO, b"more"].concat());
}

/// "with bytes between the previous end and the start of the write set to zero."
fn fills_a_gap_with_zeroes() {
    assert_eq!(create(&root(), "new", b"ab").write(b"c", 10), Ok(1));
    assert_eq!(content(&root(), "new"), b"ab\0\0\0\0\0\0\0\0c");
}

fn writing_nothing() {
    assert_eq!(open_writable(&root(), "file.txt").write(b"", 0), Ok(0));
    assert_eq!(content(&root(), "file.txt"), HELLO);
}

/// "File too large, similar to `EFBIG` in POSIX." An offset that POSIX cannot express is invalid there.
fn far_beyond_is_too_large() {
    let file = open_writable(&root(), "file.txt");
    for offset in [i64::MAX as u64, 1 << 63, u64::MAX - 1, u64::MAX] {
        fails(file.write(b"xyz", offset), &[ErrorCode::FileTooLarge, ErrorCode::Invalid, ErrorCode::Overflow]);
    }
    assert_eq!(content(&root(), "file.txt"), HELLO);
}

fn a_directory_takes_no_data() {
    let written = open_directory(&root(), "dir").write(b"x", 0);
    fails(written, &[ErrorCode::IsDirectory, ErrorCode::BadDescriptor]);
}

fn shrinks() {
    let file = open_writable(&root(), "file.txt");
    assert_eq!(file.set_size(5), Ok(()));
    assert_eq!(content(&root(), "file.txt"), b"hello");
    assert_eq!(file.set_size(0), Ok(()));
    assert_eq!(content(&root(), "file.txt"), b"");
}

/// "If this increases the file's size, the extra bytes are filled with zeros."
fn grows_with_zeroes() {
    let file = open_writable(&root(), "file.txt");
    assert_eq!(file.set_size(20), Ok(()));
    assert_eq!(content(&root(), "file.txt"), [HELLO, &[0; 7]].concat());
}

fn to_the_same_size() {
    assert_eq!(open_writable(&root(), "file.txt").set_size(HELLO.len() as u64), Ok(()));
    assert_eq!(content(&root(), "file.txt"), HELLO);
}

fn a_size_that_no_file_can_have() {
    let file = open_writable(&root(), "file.txt");
    for size in [1 << 63, u64::MAX] {
        fails(file.set_size(size), &[ErrorCode::FileTooLarge, ErrorCode::Invalid, ErrorCode::Overflow]);
    }
    assert_eq!(content(&root(), "file.txt"), HELLO);
}

fn of_a_file_opened_for_reading() {
    let codes = [ErrorCode::BadDescriptor, ErrorCode::NotPermitted, ErrorCode::Invalid, ErrorCode::Access];
    fails(hello().set_size(0), &codes);
    assert_eq!(content(&root(), "file.txt"), HELLO);
}

fn of_a_directory() {
    let codes = [ErrorCode::BadDescriptor, ErrorCode::IsDirectory, ErrorCode::Invalid];
    fails(open_directory(&root(), "dir").set_size(0), &codes);
}

fn after_a_write() {
    let file = create(&root(), "new", b"content");
    assert_eq!(file.sync(), Ok(()));
    assert_eq!(content(&root(), "new"), b"content");
}

/// "This function succeeds with no effect if the file descriptor is not opened for writing."
fn has_no_effect_if_not_opened_for_writing() {
    assert_eq!(hello().sync(), Ok(()));
}

fn of_a_directory_that_is_open() {
    assert_eq!(open(&root(), "dir").sync(), Ok(()));
}

fn data_after_a_write() {
    assert_eq!(create(&root(), "new", b"content").sync_data(), Ok(()));
}

fn data_has_no_effect_if_not_opened_for_writing() {
    assert_eq!(hello().sync_data(), Ok(()));
    assert_eq!(open(&root(), "dir").sync_data(), Ok(()));
}

fn every_advice_is_taken() {
    let file = hello();
    let all = [Advice::Normal, Advice::Sequential, Advice::Random, Advice::WillNeed, Advice::DontNeed, Advice::NoReuse];
    for advice in all {
        assert_eq!(file.advise(0, 5, advice), Ok(()), "{advice:?}");
        assert_eq!(file.advise(0, 0, advice), Ok(()), "{advice:?}");
    }
    assert_eq!(read_to_end(&file, 0), HELLO);
}

fn a_region_beyond_the_end() {
    assert_eq!(hello().advise(1000, 1000, Advice::WillNeed), Ok(()));
}

/// It is advice: taken, or refused as POSIX does, and nothing else.
fn a_region_that_wraps() {
    for (offset, length) in [(u64::MAX, u64::MAX), (1 << 63, 1), (1, u64::MAX), (i64::MAX as u64, i64::MAX as u64)] {
        if let Err(code) = hello().advise(offset, length, Advice::DontNeed) {
            assert!([ErrorCode::Invalid, ErrorCode::Overflow].contains(&code), "{code:?}");
        }
    }
}

fn reads_of_all_sizes() {
    let file = hello();
    for shift in 0..64 {
        let (data, _) = file.read(1 << shift, 0).expect("a read");
        assert!(!data.is_empty() && HELLO.starts_with(&data));
    }
}
