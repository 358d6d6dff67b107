//! What is no regular file: pipes, devices, sockets. Opening one never blocks.

use std::io::{IoSlice, IoSliceMut, Read, Write};
use std::os::unix::net::UnixListener;

use rustix::fs::{CWD, FileType, Mode};
use tambo_kernel::Error;
use tambo_kernel::fs::{FileKind, Node, OpenFlags};
use tambo_kernel::stream::Wait;
use tambo_kernel::wait::{Interest, Source};
use tambo_kernel_os::{Resolver, open_directory_with};

use super::tools::{CREATE, FOLLOW, READ, RW, each, refused, stream};

#[test]
fn a_pipe_opens_at_once_and_streams() {
    each(|case| {
        rustix::fs::mknodat(CWD, case.inside("pipe"), FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
        // Nobody has the other end.
        refused(case.root.open("pipe", OpenFlags::WRITE), Error::NoSuchAddress);
        let reader = stream(case.root.open("pipe", READ));
        assert_eq!(reader.kind(), FileKind::Fifo);
        assert_eq!(case.root.stat_at("pipe", true).unwrap().kind, FileKind::Fifo);
        let mut writer = std::fs::OpenOptions::new().write(true).open(case.inside("pipe")).unwrap();
        let mut bytes = [0; 8];
        assert_eq!(reader.read(&mut [IoSliceMut::new(&mut bytes)], Wait::Try), Err(Error::WouldBlock));
        assert!(matches!(reader.source(Interest::Read), Source::Os(_)));
        writer.write_all(b"text").unwrap();
        assert_eq!(reader.read(&mut [IoSliceMut::new(&mut bytes)], Wait::Try), Ok(4));
        assert_eq!(reader.write(&[IoSlice::new(b"x")], Wait::Try), Err(Error::BadDescriptor));
        let back = stream(case.root.open("pipe", OpenFlags::WRITE | OpenFlags::TRUNCATE));
        let mut other = std::fs::File::open(case.inside("pipe")).unwrap();
        assert_eq!(back.write(&[IoSlice::new(b"more")], Wait::Block), Ok(4));
        other.read_exact(&mut bytes[..4]).unwrap();
        assert_eq!(&bytes[..4], b"more");
        refused(case.root.open("pipe", READ | OpenFlags::DIRECTORY), Error::NotDirectory);
        refused(case.root.open("pipe/", READ), Error::NotDirectory);
    });
}

#[test]
fn a_waiting_read_of_a_pipe_blocks_until_there_is_something() {
    each(|case| {
        rustix::fs::mknodat(CWD, case.inside("pipe"), FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
        let reader = stream(case.root.open("pipe", READ));
        let mut writer = std::fs::OpenOptions::new().write(true).open(case.inside("pipe")).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                std::thread::sleep(std::time::Duration::from_millis(20));
                writer.write_all(b"late").unwrap();
            });
            let mut bytes = [0; 8];
            assert_eq!(reader.read(&mut [IoSliceMut::new(&mut bytes)], Wait::Block), Ok(4));
        });
    });
}

#[test]
fn memory_devices_are_files_that_are_always_ready() {
    for resolver in [Resolver::Openat2, Resolver::Walk] {
        let dev = open_directory_with("/dev".as_ref(), resolver).unwrap();
        let open = |name: &str, flags| match dev.open(name, flags).unwrap() {
            Node::File(file) => file,
            _ => panic!("{name}"),
        };
        for wait in [Wait::Block, Wait::Try] {
            let mut bytes = [1; 16];
            let zero = open("zero", READ);
            assert_eq!(zero.kind(), FileKind::CharacterDevice);
            assert_eq!(zero.read_at(&mut [IoSliceMut::new(&mut bytes)], 0, wait), Ok(16));
            assert_eq!(bytes, [0; 16]);
            assert!(matches!(zero.source(Interest::Read), Source::Ready));
            let null = open("null", RW);
            assert_eq!(null.read_at(&mut [IoSliceMut::new(&mut bytes)], 5, wait), Ok(0));
            assert_eq!(null.write_at(&[IoSlice::new(b"gone")], 7, wait), Ok(4));
            assert_eq!(open("full", RW).write_at(&[IoSlice::new(b"x")], 0, wait), Err(Error::NoSpace));
        }
        // Through one of Linux's own links that are no magic.
        assert!(matches!(dev.open("fd/0", FOLLOW), Err(Error::NotPermitted)));
    }
}

#[test]
fn terminals_are_streams() {
    let dev = open_directory_with("/dev".as_ref(), Resolver::best()).unwrap();
    let terminal = stream(dev.open("ptmx", RW));
    assert_eq!(terminal.kind(), FileKind::CharacterDevice);
}

#[test]
fn sockets_cannot_be_opened() {
    each(|case| {
        let _listener = UnixListener::bind(case.inside("socket")).unwrap();
        refused(case.root.open("socket", RW), Error::NoSuchAddress);
        refused(case.root.open("socket", CREATE), Error::NoSuchAddress);
        assert_eq!(case.root.stat_at("socket", false).unwrap().kind, FileKind::StreamSocket);
        case.root.unlink_at("socket").unwrap();
    });
}
