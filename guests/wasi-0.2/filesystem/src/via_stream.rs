//! Streams over files: `read-via-stream`, `write-via-stream`, `append-via-stream`; and `filesystem-error-code`.

use conformance::files::{HELLO, TOO_FAR, content, create, fails, open, open_directory, open_writable, root};
use conformance::streams::{closed, read_all, write_all};
use conformance::wasi::filesystem::types::{
    Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags, filesystem_error_code,
};
use conformance::wasi::io::streams::StreamError;

conformance::cases! {
    "types/descriptor.read-via-stream":
        starts_at_the_offset,
        past_the_end_it_is_closed,
        several_do_not_interfere,
        of_a_directory_fails,
        of_a_file_for_writing_fails,
        reads_a_large_file;
    "types/descriptor.write-via-stream":
        writes_from_the_offset,
        does_not_truncate,
        past_the_end_it_fills_with_zeroes,
        two_writers_do_not_interfere,
        writing_to_a_directory_fails,
        writing_to_a_file_for_reading_fails,
        writes_a_large_file;
    "types/descriptor.append-via-stream":
        writes_at_the_end,
        appends_after_what_others_appended,
        appending_to_a_file_for_reading_fails,
        appending_to_a_directory_fails;
    "types/filesystem-error-code":
        is_the_code_of_a_file_s_error;
    "resources/descriptor":
        a_stream_outlives_its_descriptor,
        a_writer_outlives_its_descriptor;
}

/// What says that the descriptor's flags do not permit it.
const FORBIDDEN: &[ErrorCode] = &[ErrorCode::BadDescriptor, ErrorCode::NotPermitted, ErrorCode::Access];
/// What says that it is no file.
const NO_FILE: &[ErrorCode] = &[ErrorCode::IsDirectory, ErrorCode::BadDescriptor, ErrorCode::Invalid];

/// A stream may fail when it is made, or when it is first used.
#[track_caller]
fn stream_fails<T>(made: Result<T, ErrorCode>, first: impl FnOnce(&T) -> Result<(), StreamError>, codes: &[ErrorCode]) {
    match made {
        Err(code) => fails::<()>(Err(code), codes),
        Ok(stream) => match first(&stream) {
            Ok(()) => panic!("it can be made and used"),
            Err(StreamError::Closed) => panic!("it can be made, and is closed without an error"),
            Err(StreamError::LastOperationFailed(error)) => {
                fails::<()>(Err(filesystem_error_code(&error).expect("an error of the file system")), codes);
            }
        },
    }
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index ^ (index >> 8)) as u8).collect()
}

fn starts_at_the_offset() {
    for offset in [0, 1, 7, 12] {
        let stream = open(&root(), "file.txt").read_via_stream(offset).expect("read-via-stream");
        assert_eq!(read_all(&stream), HELLO[offset as usize..]);
    }
}

fn past_the_end_it_is_closed() {
    let file = open(&root(), "file.txt");
    for offset in [HELLO.len() as u64, 1000, 1 << 40] {
        closed(file.read_via_stream(offset).expect("read-via-stream").blocking_read(10));
    }
}

/// "Multiple read, write, and append streams may be active on the same open file and they do not interfere".
fn several_do_not_interfere() {
    let file = open(&root(), "file.txt");
    let (first, second) = (file.read_via_stream(0).expect("a stream"), file.read_via_stream(0).expect("a stream"));
    let start = first.blocking_read(5).expect("a read");
    assert_eq!(read_all(&second), HELLO);
    assert_eq!([start, read_all(&first)].concat(), HELLO);
    assert!(HELLO.starts_with(&file.read(100, 0).expect("a read").0));
}

fn of_a_directory_fails() {
    let made = open(&root(), "dir").read_via_stream(0);
    stream_fails(made, |stream| stream.blocking_read(1).map(drop), NO_FILE);
}

fn of_a_file_for_writing_fails() {
    let file = root().open_at(PathFlags::empty(), "file.txt", OpenFlags::empty(), DescriptorFlags::WRITE);
    let made = file.expect("the file").read_via_stream(0);
    stream_fails(made, |stream| stream.blocking_read(1).map(drop), FORBIDDEN);
}

fn reads_a_large_file() {
    let bytes = pattern(1 << 20);
    let file = create(&root(), "large", &bytes);
    assert!(read_all(&file.read_via_stream(0).expect("a stream")) == bytes);
}

fn writes_from_the_offset() {
    let stream = open_writable(&root(), "file.txt").write_via_stream(7).expect("write-via-stream");
    write_all(&stream, b"W").expect("a write");
    write_all(&stream, b"ORLD!!").expect("a write");
    assert_eq!(content(&root(), "file.txt"), b"hello, WORLD!!");
}

fn does_not_truncate() {
    let stream = open_writable(&root(), "file.txt").write_via_stream(0).expect("write-via-stream");
    write_all(&stream, b"J").expect("a write");
    assert_eq!(content(&root(), "file.txt"), b"Jello, world\n");
}

fn past_the_end_it_fills_with_zeroes() {
    let stream = create(&root(), "new", b"ab").write_via_stream(5).expect("write-via-stream");
    write_all(&stream, b"c").expect("a write");
    assert_eq!(content(&root(), "new"), b"ab\0\0\0c");
}

fn two_writers_do_not_interfere() {
    let file = create(&root(), "new", b"------");
    let (first, second) = (file.write_via_stream(0).expect("a stream"), file.write_via_stream(3).expect("a stream"));
    for (stream, text) in [(&first, b"1"), (&second, b"4"), (&first, b"2"), (&second, b"5")] {
        write_all(stream, text).expect("a write");
    }
    assert_eq!(content(&root(), "new"), b"12-45-");
}

fn writing_to_a_directory_fails() {
    let made = open_directory(&root(), "dir").write_via_stream(0);
    stream_fails(made, |stream| stream.blocking_write_and_flush(b"x"), NO_FILE);
}

fn writing_to_a_file_for_reading_fails() {
    let made = open(&root(), "file.txt").write_via_stream(0);
    stream_fails(made, |stream| stream.blocking_write_and_flush(b"x"), FORBIDDEN);
    assert_eq!(content(&root(), "file.txt"), HELLO);
}

fn writes_a_large_file() {
    let bytes = pattern(300_000);
    let stream = create(&root(), "large", b"").write_via_stream(0).expect("a stream");
    write_all(&stream, &bytes).expect("all writes");
    assert!(content(&root(), "large") == bytes);
}

/// "similar to `write` with `O_APPEND` in POSIX."
fn writes_at_the_end() {
    let stream = open_writable(&root(), "file.txt").append_via_stream().expect("append-via-stream");
    write_all(&stream, b"more\n").expect("a write");
    write_all(&stream, b"and more\n").expect("a write");
    assert_eq!(content(&root(), "file.txt"), [HELLO, b"more\nand more\n"].concat());
}

fn appends_after_what_others_appended() {
    let append = || -> (Descriptor, _) {
        let file = open_writable(&root(), "empty.txt");
        let stream = file.append_via_stream().expect("append-via-stream");
        (file, stream)
    };
    let (first, second) = (append(), append());
    for (stream, text) in [(&first.1, b"1"), (&second.1, b"2"), (&first.1, b"3"), (&second.1, b"4")] {
        write_all(stream, text).expect("a write");
    }
    assert_eq!(content(&root(), "empty.txt"), b"1234");
}

fn appending_to_a_file_for_reading_fails() {
    let made = open(&root(), "file.txt").append_via_stream();
    stream_fails(made, |stream| stream.blocking_write_and_flush(b"x"), FORBIDDEN);
    assert_eq!(content(&root(), "file.txt"), HELLO);
}

fn appending_to_a_directory_fails() {
    let made = open_directory(&root(), "dir").append_via_stream();
    stream_fails(made, |stream| stream.blocking_write_and_flush(b"x"), NO_FILE);
}

fn is_the_code_of_a_file_s_error() {
    let stream = open_writable(&root(), "file.txt").write_via_stream(TOO_FAR).expect("a stream that fails");
    match stream.blocking_write_and_flush(b"far") {
        Err(StreamError::LastOperationFailed(error)) => {
            let code = filesystem_error_code(&error).expect("an error of the file system");
            fails::<()>(Err(code), &[ErrorCode::FileTooLarge, ErrorCode::Invalid, ErrorCode::Overflow]);
            assert_eq!(filesystem_error_code(&error), Some(code));
        }
        other => panic!("expected `last-operation-failed`, got {other:?}"),
    }
}

fn a_stream_outlives_its_descriptor() {
    let file = open(&root(), "file.txt");
    let stream = file.read_via_stream(0).expect("a stream");
    drop(file);
    assert_eq!(read_all(&stream), HELLO);
}

fn a_writer_outlives_its_descriptor() {
    let file = create(&root(), "new", b"");
    let stream = file.write_via_stream(0).expect("a stream");
    drop(file);
    write_all(&stream, b"written").expect("a write");
    drop(stream);
    assert_eq!(content(&root(), "new"), b"written");
}
