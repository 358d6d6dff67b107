//! `sock_*` over real sockets, and how listeners show among the descriptors.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use tambo_engine::{Flow, HostData, TrapKind};
use tambo_kernel_os::listen_tcp;
use tambo_wasi_p1::Errno;
use tambo_wasi_p1::abi::Rights;

use crate::world::{BUFFER, IOVS, NONBLOCK, OUT, World};

const LISTENER: u64 = 3;
const PEEK: u64 = 1;
const WAITALL: u64 = 2;

fn listening() -> (World, SocketAddr) {
    let mut address = None;
    let world = World::with(|grant| {
        let listener = listen_tcp(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        address = Some(listener.local_address().unwrap());
        grant.listeners.push(listener);
    });
    (world, address.unwrap())
}

fn connected(flags: u64) -> (World, TcpStream, u64) {
    let (mut world, address) = listening();
    let peer = TcpStream::connect(address).unwrap();
    world.call("sock_accept", &[LISTENER, flags, OUT]).unwrap();
    let fd = world.u32(OUT).into();
    (world, peer, fd)
}

fn receive(world: &mut World, fd: u64, len: u32, flags: u64) -> Result<Vec<u8>, Errno> {
    world.buffers(&[(BUFFER as u32, len / 2), (BUFFER as u32 + len / 2, len - len / 2)]);
    world.put(OUT + 4, &[0xff; 2]);
    world.call("sock_recv", &[fd, IOVS, 2, flags, OUT, OUT + 4])?;
    assert_eq!(world.u16(OUT + 4), 0, "a stream never cuts a message");
    Ok(world.bytes(BUFFER, world.u32(OUT).into()).to_vec())
}

#[test]
fn listeners_come_first_and_are_skipped_by_libcs() {
    let (mut world, _) = listening();
    world.call("fd_prestat_get", &[LISTENER, OUT]).unwrap();
    assert_eq!(world.u32(OUT), 1);
    assert_eq!(world.call("fd_prestat_dir_name", &[LISTENER, BUFFER, 10]), Err(Errno::Notdir));
    world.call("fd_prestat_get", &[LISTENER + 1, OUT]).unwrap();
    assert_eq!((world.u32(OUT), world.u32(OUT + 4)), (0, 1));
    world.call("fd_fdstat_get", &[LISTENER, OUT]).unwrap();
    assert_eq!(world.bytes(OUT, 1), [6]);
    let (base, inheriting) = world.rights(LISTENER);
    assert_ne!(base & Rights::SOCK_ACCEPT.bits(), 0);
    assert_ne!(inheriting & Rights::SOCK_SHUTDOWN.bits(), 0);
}

#[test]
fn a_connection_is_accepted_and_talks_both_ways() {
    let (mut world, mut peer, fd) = connected(0);
    peer.write_all(b"request").unwrap();
    assert_eq!(receive(&mut world, fd, 3, PEEK).unwrap(), b"req");
    assert_eq!(world.read(fd, 3).unwrap(), b"req");
    assert_eq!(receive(&mut world, fd, 100, 0).unwrap(), b"uest");
    world.put(BUFFER, b"response");
    world.buffers(&[(BUFFER as u32, 8)]);
    world.call("sock_send", &[fd, IOVS, 1, 0, OUT]).unwrap();
    assert_eq!(world.write(fd, b"!"), Ok(1));
    world.call("sock_shutdown", &[fd, 2]).unwrap();
    let mut response = String::new();
    peer.read_to_string(&mut response).unwrap();
    assert_eq!(response, "response!");
    peer.shutdown(Shutdown::Write).unwrap();
    assert_eq!(receive(&mut world, fd, 100, 0).unwrap(), b"");
    assert_eq!(world.call("sock_send", &[fd, IOVS, 1, 0, OUT]), Err(Errno::Pipe));
}

#[test]
fn accepting_waits_or_does_not() {
    let (mut world, address) = listening();
    assert!(matches!(world.flow("sock_accept", &[LISTENER, 0, OUT]).0, Flow::Pending));
    let peer = TcpStream::connect(address).unwrap();
    world.p1.block().unwrap();
    world.call("sock_accept", &[LISTENER, NONBLOCK, OUT]).unwrap();
    let fd = world.u32(OUT).into();
    assert_eq!(receive(&mut world, fd, 1, 0), Err(Errno::Again));
    world.call("fd_fdstat_set_flags", &[LISTENER, NONBLOCK]).unwrap();
    assert_eq!(world.call("sock_accept", &[LISTENER, 0, OUT]), Err(Errno::Again));
    drop(peer);
}

#[test]
fn receiving_all_goes_on_after_each_wait() {
    let (mut world, mut peer, fd) = connected(0);
    world.buffers(&[(BUFFER as u32, 3), (BUFFER as u32 + 3, 5)]);
    let arguments = [fd, IOVS, 2, WAITALL, OUT, OUT + 4];
    for part in [b"ab", b"cd", b"ef"] {
        peer.write_all(part).unwrap();
        std::thread::sleep(Duration::from_millis(20));
        assert!(matches!(world.flow("sock_recv", &arguments).0, Flow::Pending));
    }
    peer.write_all(b"ghij").unwrap();
    world.call("sock_recv", &arguments).unwrap();
    assert_eq!((world.u32(OUT), world.bytes(BUFFER, 9)), (8, &b"abcdefgh\0"[..]));
    // The next call starts anew, and ends early when the peer does.
    drop(peer);
    world.call("sock_recv", &arguments).unwrap();
    assert_eq!((world.u32(OUT), world.bytes(BUFFER, 3)), (2, &b"ijc"[..]));
}

#[test]
fn receiving_that_was_stopped_leaves_nothing_to_the_next_call() {
    let (mut world, mut peer, fd) = connected(0);
    world.buffers(&[(BUFFER as u32, 3), (BUFFER as u32 + 3, 5)]);
    let arguments = [fd, IOVS, 2, WAITALL, OUT, OUT + 4];
    peer.write_all(b"ab").unwrap();
    std::thread::sleep(Duration::from_millis(20));
    assert!(matches!(world.flow("sock_recv", &arguments).0, Flow::Pending));
    let interrupt = world.p1.host.interrupt.clone();
    interrupt.raise();
    assert_eq!(world.p1.block().unwrap_err().kind, TrapKind::Interrupted);
    interrupt.reset();
    peer.write_all(b"cdefghij").unwrap();
    world.call("sock_recv", &arguments).unwrap();
    assert_eq!((world.u32(OUT), world.bytes(BUFFER, 8)), (8, &b"cdefghij"[..]));
}

#[test]
fn receiving_all_without_waiting_takes_what_is_there() {
    let (mut world, mut peer, fd) = connected(NONBLOCK);
    peer.write_all(b"abc").unwrap();
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(receive(&mut world, fd, 8, WAITALL).unwrap(), b"abc");
    assert_eq!(receive(&mut world, fd, 8, WAITALL), Err(Errno::Again));
}

#[test]
fn nothing_is_lost_for_a_bad_pointer() {
    let (mut world, address) = listening();
    let mut peer = TcpStream::connect(address).unwrap();
    let end = world.memory.len() as u64;
    assert_eq!(world.call("sock_accept", &[LISTENER, 0, end - 3]), Err(Errno::Fault));
    assert_eq!(world.call("sock_accept", &[LISTENER, 1, OUT]), Err(Errno::Inval));
    world.call("sock_accept", &[LISTENER, 0, OUT]).unwrap();
    let fd = world.u32(OUT).into();
    peer.write_all(b"x").unwrap();
    assert_eq!(world.call("sock_recv", &[fd, IOVS, 0, 0, OUT, end - 1]), Err(Errno::Fault));
    assert_eq!(receive(&mut world, fd, 1, 0).unwrap(), b"x");
}

#[test]
fn a_full_table_accepts_nothing() {
    let mut address = None;
    let mut world = World::with(|grant| {
        let listener = listen_tcp(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        address = Some(listener.local_address().unwrap());
        grant.listeners.push(listener);
        grant.budget.descriptors = 5;
    });
    let _peer = TcpStream::connect(address.unwrap()).unwrap();
    assert_eq!(world.call("sock_accept", &[LISTENER, 0, OUT]), Err(Errno::Mfile));
    world.call("fd_close", &[0]).unwrap();
    assert_eq!(world.call("sock_accept", &[LISTENER, 0, OUT]), Ok(()));
    assert_eq!(world.u32(OUT), 0);
}

#[test]
fn flags_without_meaning_are_refused() {
    let (mut world, _peer, fd) = connected(0);
    assert_eq!(receive(&mut world, fd, 1, 4), Err(Errno::Inval));
    assert_eq!(world.call("sock_send", &[fd, IOVS, 0, 1, OUT]), Err(Errno::Inval));
    for how in [0, 4, 7, 256] {
        assert_eq!(world.call("sock_shutdown", &[fd, how]), Err(Errno::Inval), "{how}");
    }
    assert_eq!(world.call("sock_shutdown", &[fd, 3]), Ok(()));
}

#[test]
fn what_is_no_connection_says_so() {
    let (mut world, _peer, fd) = connected(0);
    let cases = [(1, Errno::Notsock), (4, Errno::Notsock), (LISTENER, Errno::Notconn), (99, Errno::Badf)];
    for (other, errno) in cases {
        assert_eq!(world.call("sock_shutdown", &[other, 1]), Err(errno));
        assert_eq!(world.call("sock_send", &[other, IOVS, 0, 0, OUT]), Err(errno));
        assert_eq!(world.call("sock_recv", &[other, IOVS, 0, 0, OUT, OUT]), Err(errno));
    }
    for (other, errno) in [(1, Errno::Notsock), (fd, Errno::Inval), (99, Errno::Badf)] {
        assert_eq!(world.call("sock_accept", &[other, 0, OUT]), Err(errno));
    }
    assert_eq!(world.read(LISTENER, 1), Err(Errno::Notconn));
    assert_eq!(world.seek(fd, 0, 1), Err(Errno::Spipe));
    assert_eq!(world.call("fd_sync", &[fd]), Err(Errno::Inval));
}

#[test]
fn rights_given_up_reach_sockets() {
    let (mut world, address) = listening();
    let (base, inheriting) = world.rights(LISTENER);
    let left = inheriting & !Rights::FD_WRITE.bits();
    world.call("fd_fdstat_set_rights", &[LISTENER, base, left]).unwrap();
    let _peer = TcpStream::connect(address).unwrap();
    world.call("sock_accept", &[LISTENER, 0, OUT]).unwrap();
    let fd = world.u32(OUT).into();
    assert_eq!(world.call("sock_send", &[fd, IOVS, 0, 0, OUT]), Err(Errno::Notcapable));
    world.call("fd_fdstat_set_rights", &[LISTENER, base & !Rights::SOCK_ACCEPT.bits(), 0]).unwrap();
    assert_eq!(world.call("sock_accept", &[LISTENER, 0, OUT]), Err(Errno::Notcapable));
}
