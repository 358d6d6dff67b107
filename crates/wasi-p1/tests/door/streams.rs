//! Standard streams over pipes: blocking, parking, non-blocking.

use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::task::{Context, Poll, Waker};

use tambo_engine::{Flow, HostData};
use tambo_kernel_os::stream_from_fd;
use tambo_wasi_p1::Errno;
use tambo_wasi_p1::abi::Rights;

use crate::world::{BUFFER, IOVS, NONBLOCK, OUT, World};

fn piped() -> (World, PipeWriter, PipeReader) {
    let (stdin, feed) = pipe().unwrap();
    let (drain, stdout) = pipe().unwrap();
    let world = World::with(|grant| {
        grant.stdin = stream_from_fd(stdin.into()).unwrap();
        grant.stdout = stream_from_fd(stdout.into()).unwrap();
    });
    (world, feed, drain)
}

#[test]
fn bytes_go_through() {
    let (mut world, mut feed, mut drain) = piped();
    feed.write_all(b"question").unwrap();
    assert_eq!(world.read(0, 100).unwrap(), b"question");
    assert_eq!(world.write(1, b"answer"), Ok(6));
    let mut answer = [0; 6];
    drain.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"answer");
    drop(feed);
    assert_eq!(world.read(0, 100).unwrap(), b"");
    drop(drain);
    assert_eq!(world.write(1, b"x"), Err(Errno::Pipe));
}

#[test]
fn an_empty_pipe_parks_the_guest_until_it_has_data() {
    let (mut world, mut feed, _drain) = piped();
    world.buffers(&[(BUFFER as u32, 10)]);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..2 {
        assert!(matches!(world.flow("fd_read", &[0, IOVS, 1, OUT]).0, Flow::Pending));
        assert!(world.p1.host.is_parked());
        assert!(matches!(world.p1.poll_wait(&mut context), Poll::Pending));
    }
    let writer = std::thread::spawn(move || feed.write_all(b"late"));
    world.p1.block().unwrap();
    assert_eq!(world.read(0, 10).unwrap(), b"late");
    writer.join().unwrap().unwrap();
}

#[test]
fn a_descriptor_that_does_not_wait_answers_again() {
    let (mut world, mut feed, _drain) = piped();
    world.call("fd_fdstat_set_flags", &[0, NONBLOCK]).unwrap();
    world.call("fd_fdstat_get", &[0, OUT]).unwrap();
    assert_eq!(u64::from(world.u16(OUT + 2)), NONBLOCK);
    assert_eq!(world.read(0, 10), Err(Errno::Again));
    assert!(!world.p1.host.is_parked());
    feed.write_all(b"now").unwrap();
    assert_eq!(world.read(0, 10).unwrap(), b"now");
}

#[test]
fn a_full_pipe_parks_the_guest() {
    let (mut world, _feed, mut drain) = piped();
    world.buffers(&[(BUFFER as u32, 100_000)]);
    let mut written = 0;
    while let (Flow::Done, 0) = world.flow("fd_write", &[1, IOVS, 1, OUT]) {
        written += world.u32(OUT) as usize;
    }
    assert!(world.p1.host.is_parked());
    let reader = std::thread::spawn(move || {
        let mut bytes = vec![0; written];
        drain.read_exact(&mut bytes).unwrap();
        drain
    });
    world.p1.block().unwrap();
    assert!(world.write(1, b"more").unwrap() > 0);
    reader.join().unwrap();
}

/// Reading into nothing asks nobody, so it does not wait.
#[test]
fn no_buffers_mean_no_wait() {
    let (mut world, _feed, _drain) = piped();
    world.buffers(&[(BUFFER as u32, 0), (0, 0)]);
    for count in 0..3 {
        assert_eq!(world.call("fd_read", &[0, IOVS, count, OUT]), Ok(()), "{count}");
        assert_eq!(world.u32(OUT), 0);
    }
}

#[test]
fn a_stream_has_no_positions() {
    let (mut world, _feed, _drain) = piped();
    assert_eq!(world.seek(0, 0, 1), Err(Errno::Spipe));
    assert_eq!(world.call("fd_tell", &[1, OUT]), Err(Errno::Spipe));
    assert_eq!(world.call("fd_pread", &[0, IOVS, 1, 0, OUT]), Err(Errno::Spipe));
    assert_eq!(world.call("fd_pwrite", &[1, IOVS, 1, 0, OUT]), Err(Errno::Spipe));
    assert_eq!(world.call("fd_advise", &[0, 0, 0, 0]), Err(Errno::Spipe));
    assert_eq!(world.call("fd_allocate", &[1, 0, 1]), Err(Errno::Spipe));
    let seek = (Rights::FD_SEEK | Rights::FD_TELL).bits();
    assert_eq!(world.rights(0).0 & seek, 0);
}

/// As a shell redirects it; wasi-libc asks the rights whether it is a terminal.
#[test]
fn a_redirected_file_can_seek() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "0123456789").unwrap();
    let mut world = World::with(|grant| grant.stdin = tambo_kernel_os::open_stream_read(file.path()).unwrap());
    assert_eq!(world.seek(0, 4, 0), Ok(4));
    assert_eq!(world.read(0, 3).unwrap(), b"456");
    let seek = (Rights::FD_SEEK | Rights::FD_TELL).bits();
    assert_eq!(world.rights(0).0 & seek, seek);
    world.call("fd_filestat_get", &[0, OUT]).unwrap();
    assert_eq!((world.bytes(OUT + 16, 1), world.u64(OUT + 32)), (&[4][..], 10));
}

#[test]
fn standard_streams_say_which_way_they_go() {
    let mut world = World::new();
    let ways: Vec<u64> = (0..3).map(|fd| world.rights(fd).0 & (1 << 1 | 1 << 6)).collect();
    assert_eq!(ways, [1 << 1, 1 << 6, 1 << 6]);
}
