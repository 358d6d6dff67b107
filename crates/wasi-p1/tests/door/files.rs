//! Regular files through descriptors: reading, writing, positions, attributes.

use std::fs;

use tambo_wasi_p1::Errno;

use crate::world::{APPEND, BUFFER, CREAT, IOVS, NONBLOCK, OUT, READ, ROOT, TRUNC, WRITE, World};

const SET: u64 = 0;
const CUR: u64 = 1;
const END: u64 = 2;

#[test]
fn what_is_written_is_read_back() {
    let mut world = World::new();
    let fd = world.create("file");
    assert_eq!(world.write(fd, b"hello world"), Ok(11));
    assert_eq!(world.seek(fd, -5, CUR), Ok(6));
    assert_eq!(world.read(fd, 100).unwrap(), b"world");
    assert_eq!(world.read(fd, 100).unwrap(), b"");
    assert_eq!(fs::read(world.host().join("file")).unwrap(), b"hello world");
}

#[test]
fn several_buffers_are_one_read_and_one_write() {
    let mut world = World::new();
    let fd = world.create("file");
    world.put(BUFFER, b"abcdef");
    world.buffers(&[(BUFFER as u32 + 3, 3), (7, 0), (BUFFER as u32, 3)]);
    world.call("fd_write", &[fd, IOVS, 3, OUT]).unwrap();
    assert_eq!((world.u32(OUT), fs::read(world.host().join("file")).unwrap()), (6, b"defabc".to_vec()));
    world.call("fd_pread", &[fd, IOVS, 3, 1, OUT]).unwrap();
    assert_eq!((world.u32(OUT), world.bytes(BUFFER, 6)), (5, &b"bccefa"[..]));
}

#[test]
fn positions_are_bounded() {
    let mut world = World::new();
    let fd = world.create("file");
    world.write(fd, &[1; 100]).unwrap();
    assert_eq!(world.seek(fd, 0, END), Ok(100));
    assert_eq!(world.seek(fd, -101, END), Err(Errno::Inval));
    assert_eq!(world.seek(fd, -1, SET), Err(Errno::Inval));
    assert_eq!(world.seek(fd, 0, 3), Err(Errno::Inval));
    assert_eq!(world.seek(fd, i64::MAX, SET), Ok(i64::MAX as u64));
    assert_eq!(world.seek(fd, 1, CUR), Err(Errno::Inval));
    assert_eq!(world.seek(fd, 1000, SET), Ok(1000));
    world.call("fd_tell", &[fd, OUT]).unwrap();
    assert_eq!(world.u64(OUT), 1000);
    assert_eq!(world.read(fd, 10).unwrap(), b"");
}

#[test]
fn positional_calls_leave_the_position() {
    let mut world = World::new();
    let fd = world.create("file");
    world.put(BUFFER, b"0123456789");
    world.buffers(&[(BUFFER as u32, 10)]);
    world.call("fd_pwrite", &[fd, IOVS, 1, 5, OUT]).unwrap();
    assert_eq!(world.u32(OUT), 10);
    assert_eq!(world.seek(fd, 0, CUR), Ok(0));
    assert_eq!(world.read(fd, 6).unwrap(), b"\0\0\0\0\x000");
    world.call("fd_pread", &[fd, IOVS, 1, 14, OUT]).unwrap();
    assert_eq!((world.u32(OUT), world.bytes(BUFFER, 1)), (1, &b"9"[..]));
    assert_eq!(world.seek(fd, 0, CUR), Ok(6));
    assert_eq!(world.call("fd_pread", &[fd, IOVS, 1, u64::MAX, OUT]), Err(Errno::Inval));
}

#[test]
fn appending_goes_to_the_end_until_it_is_switched_off() {
    let mut world = World::new();
    fs::write(world.host().join("log"), "one ").unwrap();
    let fd = world.open_with(ROOT, "log", 0, READ | WRITE, APPEND).unwrap();
    world.write(fd, b"two ").unwrap();
    assert_eq!(world.seek(fd, 0, CUR), Ok(8));
    world.seek(fd, 0, SET).unwrap();
    world.write(fd, b"three").unwrap();
    world.call("fd_fdstat_get", &[fd, OUT]).unwrap();
    assert_eq!((world.bytes(OUT, 1), world.u16(OUT + 2)), (&[4][..], APPEND as u16));
    world.call("fd_fdstat_set_flags", &[fd, 0]).unwrap();
    world.seek(fd, 0, SET).unwrap();
    world.write(fd, b"ONE").unwrap();
    assert_eq!(fs::read_to_string(world.host().join("log")).unwrap(), "ONE two three");
    assert_eq!(world.call("fd_fdstat_set_flags", &[fd, 1 << 5]), Err(Errno::Inval));
    assert_eq!(world.call("fd_fdstat_set_flags", &[fd, 1 << 16]), Err(Errno::Inval));
}

/// As in POSIX: a file is always ready. That the device is slow is not for the guest to see.
#[test]
fn a_file_never_answers_again() {
    const DSYNC: u64 = 2;
    let mut world = World::new();
    let fd = world.open_with(ROOT, "file", CREAT, READ | WRITE, NONBLOCK | DSYNC).unwrap();
    assert_eq!(world.write(fd, b"bytes"), Ok(5));
    assert_eq!(world.write(fd, b"again"), Ok(5));
    assert_eq!(fs::read(world.host().join("file")).unwrap(), b"bytesagain");
}

#[test]
fn a_file_does_only_what_it_was_opened_for() {
    let mut world = World::new();
    world.create("file");
    let reader = world.open("file", 0, READ).unwrap();
    let writer = world.open("file", 0, WRITE).unwrap();
    let neither = world.open("file", 0, 0).unwrap();
    assert_eq!(world.write(writer, b"x"), Ok(1));
    assert_eq!(world.read(reader, 9).unwrap(), b"x");
    for (fd, name) in [(reader, "fd_write"), (neither, "fd_write"), (writer, "fd_read"), (neither, "fd_read")] {
        assert_eq!(world.call(name, &[fd, IOVS, 1, OUT]), Err(Errno::Badf), "{name} {fd}");
        assert_eq!(world.call(name, &[fd, IOVS, 0, OUT]), Err(Errno::Badf), "{name} {fd} of nothing");
    }
    assert_eq!(world.call("fd_filestat_set_size", &[reader, 0]), Err(Errno::Inval));
    assert_eq!(world.call("fd_allocate", &[reader, 0, 10]), Err(Errno::Badf));
}

/// Opened only to be emptied, a file is open for nothing, though the kernel opened it for writing.
#[test]
fn truncating_needs_no_right_to_write_and_gives_none() {
    let mut world = World::new();
    fs::write(world.host().join("file"), "contents").unwrap();
    let fd = world.open("file", TRUNC, 0).unwrap();
    assert_eq!(fs::read(world.host().join("file")).unwrap(), b"");
    assert_eq!(world.write(fd, b"x"), Err(Errno::Badf));
    let fd = world.open("file", TRUNC | CREAT, READ).unwrap();
    assert_eq!(world.read(fd, 1).unwrap(), b"");
    assert_eq!(world.write(fd, b"x"), Err(Errno::Badf));
}

/// Go asks for `FD_FILESTAT_SET_SIZE` when it opens a file that it only reads.
#[test]
fn asking_for_side_rights_does_not_open_for_writing() {
    let mut world = World::with(|grant| {
        let directory = grant.preopens[0].directory.clone();
        grant.preopen_read_only("/ro", directory);
    });
    fs::write(world.host().join("file"), "contents").unwrap();
    let fd = world.open_with(4, "file", 0, u64::from(u32::MAX) & !(WRITE | 1 | 1 << 8), 0).unwrap();
    assert_eq!(world.read(fd, 3).unwrap(), b"con");
    assert_eq!(world.open_with(4, "file", 0, READ | WRITE, 0), Err(Errno::Rofs));
    assert_eq!(world.open_with(4, "file", TRUNC, READ, 0), Err(Errno::Rofs));
    assert_eq!(world.open_with(4, "new", CREAT, READ, 0), Err(Errno::Rofs));
    assert!(world.open_with(4, "file", 0, READ, APPEND).is_ok());
}

#[test]
fn sizes_can_be_set_and_allocated() {
    let mut world = World::new();
    let fd = world.create("file");
    world.call("fd_filestat_set_size", &[fd, 100]).unwrap();
    world.call("fd_filestat_get", &[fd, OUT]).unwrap();
    assert_eq!((world.bytes(OUT + 16, 1), world.u64(OUT + 24), world.u64(OUT + 32)), (&[4][..], 1, 100));
    world.call("fd_allocate", &[fd, 90, 20]).unwrap();
    assert_eq!(fs::metadata(world.host().join("file")).unwrap().len(), 110);
    assert_eq!(world.call("fd_allocate", &[fd, 0, 0]), Err(Errno::Inval));
    assert_eq!(world.call("fd_allocate", &[fd, u64::MAX, 2]), Err(Errno::Fbig));
    assert!(world.call("fd_filestat_set_size", &[fd, u64::MAX]).is_err());
    world.call("fd_advise", &[fd, 0, 0, 3]).unwrap();
    assert_eq!(world.call("fd_advise", &[fd, 0, 0, 6]), Err(Errno::Inval));
    assert_eq!(world.call("fd_advise", &[fd, u64::MAX, 2, 0]), Err(Errno::Inval));
}

#[test]
fn times_are_set_one_by_one() {
    let mut world = World::new();
    let fd = world.create("file");
    let times = |world: &mut World| {
        world.call("fd_filestat_get", &[fd, OUT]).unwrap();
        (world.u64(OUT + 40), world.u64(OUT + 48))
    };
    world.call("fd_filestat_set_times", &[fd, 1_000_000_001, 2_000_000_002, 1 | 4]).unwrap();
    assert_eq!(times(&mut world), (1_000_000_001, 2_000_000_002));
    world.call("fd_filestat_set_times", &[fd, 7, 7, 2]).unwrap();
    let (accessed, modified) = times(&mut world);
    assert!(accessed > 1_000_000_001);
    assert_eq!(modified, 2_000_000_002);
    for flags in [1 | 2, 4 | 8, 1 << 4] {
        assert_eq!(world.call("fd_filestat_set_times", &[fd, 1, 1, flags]), Err(Errno::Inval));
    }
    assert_eq!(times(&mut world), (accessed, modified));
    world.call("fd_filestat_set_times", &[ROOT, 3_000_000_000, 0, 1]).unwrap();
    world.call("fd_filestat_get", &[ROOT, OUT]).unwrap();
    assert_eq!((world.bytes(OUT + 16, 1), world.u64(OUT + 40)), (&[3][..], 3_000_000_000));
}

#[test]
fn synchronizing_works_on_files_and_directories() {
    let mut world = World::new();
    let fd = world.create("file");
    for name in ["fd_sync", "fd_datasync"] {
        assert_eq!(world.call(name, &[fd]), Ok(()));
        assert_eq!(world.call(name, &[ROOT]), Ok(()));
        assert_eq!(world.call(name, &[99]), Err(Errno::Badf));
    }
}

#[test]
fn a_directory_is_no_file() {
    let mut world = World::new();
    assert_eq!(world.read(ROOT, 1), Err(Errno::Isdir));
    assert_eq!(world.write(ROOT, b"x"), Err(Errno::Badf));
    assert_eq!(world.write(ROOT, b""), Err(Errno::Badf));
    assert_eq!(world.seek(ROOT, 0, CUR), Err(Errno::Badf));
    assert_eq!(world.call("fd_tell", &[ROOT, OUT]), Err(Errno::Badf));
    assert_eq!(world.call("fd_allocate", &[ROOT, 0, 1]), Err(Errno::Badf));
    assert_eq!(world.call("fd_filestat_set_size", &[ROOT, 0]), Err(Errno::Inval));
    assert_eq!(world.call("fd_pread", &[ROOT, IOVS, 0, 0, OUT]), Err(Errno::Badf));
}

#[test]
fn a_bad_result_pointer_loses_nothing() {
    let mut world = World::new();
    let fd = world.create("file");
    let end = world.memory.len() as u64;
    world.write(fd, b"data").unwrap();
    world.seek(fd, 0, SET).unwrap();
    world.buffers(&[(BUFFER as u32, 4)]);
    for out in [end - 3, end, u64::from(u32::MAX)] {
        assert_eq!(world.call("fd_read", &[fd, IOVS, 1, out]), Err(Errno::Fault));
        assert_eq!(world.call("fd_write", &[fd, IOVS, 1, out]), Err(Errno::Fault));
        assert_eq!(world.call("fd_seek", &[fd, 2, CUR, out]), Err(Errno::Fault));
    }
    assert_eq!(world.seek(fd, 0, CUR), Ok(0));
    assert_eq!(world.read(fd, 10).unwrap(), b"data");
}
