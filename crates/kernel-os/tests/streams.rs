//! Streams over pipes, terminals, redirected files and devices, blocking and not.

#![expect(clippy::unwrap_used, reason = "test helpers, whose failures are panics")]

mod common;

use std::io::{IoSlice, IoSliceMut, Read as _, SeekFrom, Write as _};
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::time::Duration;

use common::{pipe, pipe_fds, read, write};
use rustix::fs::{Mode, OFlags};
use rustix::pty::OpenptFlags;
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use tambo_kernel::Error;
use tambo_kernel::fs::FileKind;
use tambo_kernel::stream::{Stream, Wait};
use tambo_kernel::wait::{Interest, Source};
use tambo_kernel_os::{open_stream_read, open_stream_write, stderr, stdin, stdout, stream_from_fd};

const WAITS: [Wait; 2] = [Wait::Block, Wait::Try];

#[test]
fn a_pipe_carries_bytes_until_both_ends_close() {
    for wait in WAITS {
        let (reader, writer) = pipe();
        assert_eq!(reader.kind(), FileKind::Fifo);
        assert_eq!(write(&*writer, b"hello", wait), Ok(5));
        let parts = [IoSlice::new(b" "), IoSlice::new(b""), IoSlice::new(b"world")];
        assert_eq!(writer.write(&parts, wait), Ok(6));
        let (mut one, mut two) = ([0; 3], [0; 20]);
        let count = reader.read(&mut [IoSliceMut::new(&mut one), IoSliceMut::new(&mut two)], wait);
        assert_eq!(count, Ok(11));
        assert_eq!((&one[..], &two[..8]), (&b"hel"[..], &b"lo world"[..]));
        drop(writer);
        assert_eq!(read(&*reader, &mut two, wait), Ok(0));
        let (reader, writer) = pipe();
        drop(reader);
        assert_eq!(write(&*writer, b"x", wait), Err(Error::Pipe));
    }
}

#[test]
fn case_26_a_pipe_that_cannot_go_on_says_so() {
    let (reader, writer) = pipe();
    let mut buffer = vec![0; 10_000];
    assert_eq!(read(&*reader, &mut buffer, Wait::Try), Err(Error::WouldBlock));
    let mut written = 0;
    let full = loop {
        match write(&*writer, &buffer, Wait::Try) {
            Ok(count) => written += count,
            Err(error) => break error,
        }
    };
    assert_eq!(full, Error::WouldBlock);
    while written > 0 {
        written -= read(&*reader, &mut buffer, Wait::Try).unwrap();
    }
    assert_eq!(read(&*reader, &mut buffer, Wait::Try), Err(Error::WouldBlock));
}

#[test]
fn no_room_is_not_the_end() {
    let (reader, _writer) = pipe();
    for wait in WAITS {
        assert_eq!(read(&*reader, &mut [], wait), Ok(0));
        assert_eq!(reader.read(&mut [], wait), Ok(0));
    }
}

#[test]
fn the_wrong_direction_is_refused_at_once() {
    let (reader, writer) = pipe();
    for wait in WAITS {
        assert_eq!(read(&*writer, &mut [0; 4], wait), Err(Error::BadDescriptor));
        assert_eq!(write(&*reader, b"x", wait), Err(Error::BadDescriptor));
    }
}

#[test]
fn a_description_is_never_changed() {
    let (read_end, write_end) = pipe_fds();
    let shared = (read_end.try_clone().unwrap(), write_end.try_clone().unwrap());
    let (reader, writer) = (stream_from_fd(read_end).unwrap(), stream_from_fd(write_end).unwrap());
    let mut bytes = [0; 8];
    assert_eq!(read(&*reader, &mut bytes, Wait::Try), Err(Error::WouldBlock));
    assert_eq!(write(&*writer, &bytes, Wait::Try), Ok(8));
    assert_eq!(read(&*reader, &mut bytes, Wait::Try), Ok(8));
    for fd in [shared.0, shared.1] {
        assert!(!rustix::fs::fcntl_getfl(&fd).unwrap().contains(OFlags::NONBLOCK));
    }
}

#[test]
fn blocking_works_on_a_description_that_does_not() {
    let (read_end, write_end) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::NONBLOCK).unwrap();
    let total = 300_000;
    let feeder = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        let writer = stream_from_fd(write_end).unwrap();
        let mut left = total;
        while left > 0 {
            left -= write(&*writer, &vec![7; left], Wait::Block).unwrap();
        }
    });
    let reader = stream_from_fd(read_end).unwrap();
    let mut buffer = vec![0; 4096];
    let mut seen = 0;
    while seen < total {
        seen += read(&*reader, &mut buffer, Wait::Block).unwrap();
    }
    feeder.join().unwrap();
    assert_eq!((seen, read(&*reader, &mut buffer, Wait::Block)), (total, Ok(0)));
}

#[test]
fn a_fifo_works_without_blocking() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fifo");
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let both = rustix::fs::open(&path, OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()).unwrap();
    let reader = open_stream_read(&path).unwrap();
    let writer = open_stream_write(&path).unwrap();
    drop(both);
    let mut bytes = [0; 8];
    assert_eq!(read(&*reader, &mut bytes, Wait::Try), Err(Error::WouldBlock));
    assert_eq!(write(&*writer, b"fifo", Wait::Try), Ok(4));
    assert_eq!(read(&*reader, &mut bytes, Wait::Try), Ok(4));
    while write(&*writer, &[0; 3_000], Wait::Try).is_ok() {}
    assert_eq!(write(&*writer, &[0; 3_000], Wait::Try), Err(Error::WouldBlock));
}

/// A terminal without echo or line editing: the end of whoever types and looks, and the program's end.
fn terminal() -> (OwnedFd, Rc<dyn Stream>) {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let user = rustix::pty::openpt(flags).unwrap();
    rustix::pty::grantpt(&user).unwrap();
    rustix::pty::unlockpt(&user).unwrap();
    let program = rustix::pty::ioctl_tiocgptpeer(&user, flags).unwrap();
    let mut attributes = tcgetattr(&program).unwrap();
    attributes.make_raw();
    tcsetattr(&program, OptionalActions::Now, &attributes).unwrap();
    (user, stream_from_fd(program).unwrap())
}

#[test]
fn a_terminal_is_a_character_device_and_polled_first() {
    let (user, program) = terminal();
    assert_eq!(program.kind(), FileKind::CharacterDevice);
    assert_eq!(program.seek(SeekFrom::Current(0)), Err(Error::InvalidSeek));
    let mut buffer = [0; 16];
    assert_eq!(read(&*program, &mut buffer, Wait::Try), Err(Error::WouldBlock));
    rustix::io::write(&user, b"typed").unwrap();
    assert_eq!(read(&*program, &mut buffer, Wait::Try), Ok(5));
    assert_eq!(&buffer[..5], b"typed");
    assert_eq!(read(&*program, &mut buffer, Wait::Try), Err(Error::WouldBlock));
    assert_eq!(write(&*program, b"shown", Wait::Try), Ok(5));
    assert_eq!(rustix::io::read(&user, &mut buffer), Ok(5));
    let parts = [IoSlice::new(&[b'x'; 4_000]), IoSlice::new(&[b'y'; 4_000])];
    assert_eq!(program.write(&parts, Wait::Try), Ok(4_000), "cut at a whole buffer");
    assert_eq!(write(&*program, &[b'z'; 9_000], Wait::Try), Ok(4_096), "cut to a piece");
}

#[test]
fn case_26_a_terminal_that_stands_still_says_so() {
    let (_user, program) = terminal();
    let mut total = 0;
    // Nobody reads; the system buffers a bounded amount.
    while total < 1 << 20 {
        match write(&*program, &[b'x'; 64], Wait::Try) {
            Ok(count) => total += count,
            Err(error) => {
                assert_eq!(error, Error::WouldBlock);
                return;
            }
        }
    }
    panic!("a terminal took {total} bytes that nobody reads");
}

#[test]
fn dev_null_is_no_terminal() {
    for wait in WAITS {
        let null = open_stream_read("/dev/null").unwrap();
        assert_eq!(null.kind(), FileKind::Unknown);
        assert_eq!(null.stat().unwrap().kind, FileKind::CharacterDevice);
        assert_eq!(read(&*null, &mut [0; 4], wait), Ok(0));
        let null = open_stream_write("/dev/null").unwrap();
        assert_eq!(write(&*null, &[0; 100_000], wait), Ok(100_000));
        assert_eq!(null.sync(), Ok(()));
    }
}

#[test]
fn a_redirected_file_has_a_position() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    for wait in WAITS {
        std::fs::write(&path, "old and longer than what comes").unwrap();
        let output = open_stream_write(&path).unwrap();
        assert_eq!(output.kind(), FileKind::Regular);
        assert!(matches!(output.source(Interest::Write), Source::Ready));
        assert_eq!(write(&*output, b"0123456789", wait), Ok(10));
        assert_eq!(output.stat().unwrap().size, 10);
        assert_eq!(output.seek(SeekFrom::Start(4)), Ok(4));
        assert_eq!(write(&*output, b"four", wait), Ok(4));
        assert_eq!(output.sync(), Ok(()));
        let input = open_stream_read(&path).unwrap();
        let mut buffer = [0; 5];
        assert_eq!(read(&*input, &mut buffer, wait), Ok(5));
        assert_eq!(input.readiness(Interest::Read).bytes, 5);
        assert_eq!(read(&*input, &mut buffer, wait), Ok(5));
        assert_eq!(&buffer, b"our89");
        assert_eq!(read(&*input, &mut buffer, wait), Ok(0));
        assert_eq!(input.seek(SeekFrom::End(-1)), Ok(9));
        assert_eq!(input.seek(SeekFrom::Current(-10)), Err(Error::Invalid));
        assert_eq!(read(&*input, &mut buffer, wait), Ok(1));
        assert_eq!(input.write(&[IoSlice::new(b"x")], wait), Err(Error::BadDescriptor));
    }
}

#[test]
fn an_appending_file_stays_so() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"start").unwrap();
    let flags = rustix::fs::fcntl_getfl(&file).unwrap();
    rustix::fs::fcntl_setfl(&file, flags | OFlags::APPEND).unwrap();
    let stream = stream_from_fd(file.try_clone().unwrap().into()).unwrap();
    assert_eq!(stream.seek(SeekFrom::Start(0)), Ok(0));
    assert_eq!(write(&*stream, b" end", Wait::Try), Ok(4));
    let mut text = String::new();
    stream.seek(SeekFrom::Start(0)).unwrap();
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text, "start end");
}

#[test]
fn a_directory_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let stream = open_stream_read(folder.path()).unwrap();
    for wait in WAITS {
        assert_eq!(read(&*stream, &mut [0; 4], wait), Err(Error::IsDirectory));
    }
    assert_eq!(open_stream_read(folder.path().join("missing")).err(), Some(Error::NoEntry));
    assert_eq!(open_stream_write(folder.path()).err(), Some(Error::IsDirectory));
}

#[test]
fn a_stream_over_a_socket_reads_and_writes() {
    for wait in WAITS {
        let (near, far) = std::os::unix::net::UnixStream::pair().unwrap();
        let (near, far) = (stream_from_fd(near.into()).unwrap(), stream_from_fd(far.into()).unwrap());
        assert_eq!(near.kind(), FileKind::StreamSocket);
        let mut buffer = [0; 8];
        assert_eq!(read(&*far, &mut buffer, Wait::Try), Err(Error::WouldBlock));
        assert_eq!(write(&*near, b"socket", wait), Ok(6));
        assert_eq!(read(&*far, &mut buffer, wait), Ok(6));
        drop(far);
        assert_eq!(write(&*near, b"x", wait), Err(Error::Pipe));
    }
}

#[test]
fn the_standard_streams_are_what_the_process_has() {
    let standard = [rustix::stdio::stdin(), rustix::stdio::stdout(), rustix::stdio::stderr()];
    for (stream, fd) in [stdin(), stdout(), stderr()].into_iter().zip(standard) {
        let stat = rustix::fs::fstat(fd).unwrap();
        assert_eq!(stream.stat().unwrap().inode, stat.st_ino);
    }
}
