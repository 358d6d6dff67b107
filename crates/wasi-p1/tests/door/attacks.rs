//! The attack cases that end at the door, by number (`attack-cases.md`). The engines' tests run some of them again
//! from inside a guest.

use std::time::{Duration, Instant};

use tambo_engine::{HostData, TrapKind};
use tambo_kernel::{Error, Grant};
use tambo_wasi_p1::table::functions;
use tambo_wasi_p1::{Errno, P1};

use crate::world::{BUFFER, CREAT, IOVS, OUT, PATH, READ, ROOT, WRITE, World};

const WILD: u64 = u32::MAX as u64;

#[test]
fn attack_07_names_with_nul_wrong_bytes_or_too_long() {
    let mut world = World::new();
    for (name, errno) in [(&b"a\0b"[..], Errno::Inval), (b"\0", Errno::Inval), (b"a\xffb", Errno::Ilseq)] {
        world.put(PATH, name);
        let len = name.len() as u64;
        let open = [ROOT, 0, PATH, len, CREAT, WRITE, 0, 0, OUT];
        assert_eq!(world.call("path_open", &open), Err(errno));
        assert_eq!(world.call("path_create_directory", &[ROOT, PATH, len]), Err(errno));
        assert_eq!(world.call("path_rename", &[ROOT, PATH, len, ROOT, PATH, len]), Err(errno));
        assert_eq!(world.call("path_symlink", &[PATH, len, ROOT, PATH, len]), Err(errno));
    }
    world.memory[BUFFER as usize..].fill(b'n');
    for len in [256, 5_000, 65_537, 120_000] {
        assert_eq!(world.call("path_create_directory", &[ROOT, BUFFER, len]), Err(Errno::Nametoolong), "{len}");
    }
    assert_eq!(world.call("path_create_directory", &[ROOT, BUFFER, WILD]), Err(Errno::Nametoolong));
    let mut grant = Grant::new(tambo_kernel_os::system());
    grant.environment.push(("PATH\0".into(), "x".into()));
    assert_eq!(P1::new(grant).err(), Some(Error::Invalid));
}

#[test]
fn attack_08_renumber_to_itself_closed_preopen_repeated() {
    let mut world = World::new();
    let file = world.create("file");
    assert_eq!(world.call("fd_renumber", &[file, file]), Ok(()));
    assert_eq!(world.write(file, b"x"), Ok(1));
    assert_eq!(world.call("fd_renumber", &[file, 99]), Err(Errno::Badf));
    assert_eq!(world.call("fd_renumber", &[99, file]), Err(Errno::Badf));
    assert_eq!(world.call("fd_renumber", &[99, 99]), Err(Errno::Badf));
    assert_eq!(world.call("fd_renumber", &[WILD, file]), Err(Errno::Badf));
    assert_eq!(world.call("fd_renumber", &[file, WILD]), Err(Errno::Badf));
    assert_eq!(world.call("fd_renumber", &[file, ROOT]), Ok(()));
    assert_eq!(world.call("fd_prestat_get", &[ROOT, OUT]), Err(Errno::Badf));
    assert_eq!(world.write(ROOT, b"y"), Ok(1));
    assert_eq!(world.call("fd_close", &[file]), Err(Errno::Badf));
    for _ in 0..3 {
        for (from, to) in [(0, 1), (1, 2), (2, ROOT)] {
            assert_eq!(world.call("fd_renumber", &[from, to]), Ok(()));
            assert_eq!(world.call("fd_renumber", &[from, to]), Err(Errno::Badf));
        }
        world = World::new();
    }
}

#[test]
fn attack_09_iovec_huge() {
    let mut world = World::new();
    let fd = world.create("file");
    for buffers in [[(0, u32::MAX), (0, 0)], [(BUFFER as u32, 1 << 17), (0, 1)], [(0, 1), (1 << 17, 1)]] {
        world.buffers(&buffers);
        for name in ["fd_read", "fd_write"] {
            assert_eq!(world.call(name, &[fd, IOVS, 2, OUT]), Err(Errno::Fault), "{name} {buffers:?}");
        }
    }
    assert_eq!(world.call("fd_write", &[fd, IOVS, WILD, OUT]), Err(Errno::Fault));
}

#[test]
fn attack_09_iovec_wrapping() {
    let mut world = World::new();
    let fd = world.create("file");
    for buffer in [(u32::MAX, 2), (u32::MAX - 1, u32::MAX), (1 << 31, 1 << 31), (u32::MAX - 7, 8)] {
        world.buffers(&[buffer]);
        for name in ["fd_read", "fd_write"] {
            assert_eq!(world.call(name, &[fd, IOVS, 1, OUT]), Err(Errno::Fault), "{name} {buffer:?}");
        }
    }
    // The list itself: its size does not fit 32 bits, or its end does not.
    for (list, count) in [(0, 1 << 29), (8, (1 << 29) - 1), (WILD, 1), (WILD - 6, 1)] {
        assert_eq!(world.call("fd_read", &[fd, list, count, OUT]), Err(Errno::Fault));
    }
}

#[test]
fn attack_09_iovec_overlapping() {
    let mut world = World::new();
    let fd = world.create("file");
    world.write(fd, b"0123456789").unwrap();
    let (at, start) = (BUFFER as u32, 0);
    for second in [(at, 4), (at + 3, 4), (at + 1, 1), (at - 2, 3)] {
        world.seek(fd, start, 0).unwrap();
        world.buffers(&[(at, 4), second]);
        world.call("fd_read", &[fd, IOVS, 2, OUT]).unwrap();
        assert_eq!((world.u32(OUT), world.bytes(BUFFER, 4)), (4, &b"0123"[..]), "{second:?}");
    }
    // The list of buffers may be among what is overwritten.
    world.seek(fd, start, 0).unwrap();
    world.buffers(&[(IOVS as u32, 16), (at, 4)]);
    world.call("fd_read", &[fd, IOVS, 2, OUT]).unwrap();
    assert_eq!(world.u32(OUT), 10);
    // Written from, they may overlap as they like.
    world.seek(fd, start, 0).unwrap();
    world.put(BUFFER, b"abcd");
    world.buffers(&[(at, 4), (at + 1, 3), (at, 4)]);
    world.call("fd_write", &[fd, IOVS, 3, OUT]).unwrap();
    assert_eq!(std::fs::read(world.host().join("file")).unwrap(), b"abcdbcdabcd");
}

#[test]
fn attack_09_iovec_many() {
    let mut world = World::new();
    let fd = world.create("file");
    let buffers: Vec<_> = (0..300).map(|index| (BUFFER as u32 + index, 1)).collect();
    world.buffers(&buffers);
    world.memory[BUFFER as usize..][..300].fill(b'z');
    world.call("fd_write", &[fd, IOVS, 300, OUT]).unwrap();
    assert_eq!(world.u32(OUT), 300);
    world.p1.host.budget.buffers = 100;
    world.call("fd_pread", &[fd, IOVS, 300, 0, OUT]).unwrap();
    assert_eq!(world.u32(OUT), 100);
    world.p1.host.budget.transfer = 7;
    world.call("fd_pread", &[fd, IOVS, 300, 0, OUT]).unwrap();
    assert_eq!(world.u32(OUT), 7);
}

#[test]
fn attack_09_pointers_at_the_end_and_misaligned() {
    let mut world = World::new();
    let fd = world.create("file");
    let end = world.memory.len() as u64;
    world.put(end - 9, b"x");
    world.put(end - 8, &((end - 9) as u32).to_le_bytes());
    world.put(end - 4, &9u32.to_le_bytes());
    assert_eq!(world.call("fd_write", &[fd, end - 8, 1, OUT + 1]), Ok(()));
    assert_eq!(world.u32(OUT + 1), 9);
    assert_eq!(world.call("fd_write", &[fd, end - 7, 1, OUT]), Err(Errno::Fault));
    assert_eq!(world.call("clock_time_get", &[1, 0, end - 8]), Ok(()));
    assert_eq!(world.call("clock_time_get", &[1, 0, end - 7]), Err(Errno::Fault));
    assert_eq!(world.call("fd_tell", &[fd, OUT + 3]), Ok(()));
}

/// Every function with every argument wild: an answer, never a panic; and without any memory at all.
#[test]
fn attack_09_every_argument_wild() {
    for function in functions().filter(|function| !matches!(function.name, "proc_exit" | "proc_raise")) {
        for memory in [0, 1, 1 << 16] {
            for wild in [u64::MAX, 1 << 16, (1 << 16) - 1] {
                for fd in [1, 3, wild] {
                    let mut world = World::in_memory().0;
                    world.memory.truncate(memory);
                    let mut arguments = vec![wild; function.parameters.len()];
                    if let Some(first) = arguments.first_mut() {
                        *first = fd;
                    }
                    let mut slots: Vec<_> = arguments.into_iter().map(tambo_engine::Slot).collect();
                    slots.resize(function.signature().slots(), tambo_engine::Slot(0));
                    let flow = function.call(&mut world.p1, &mut world.memory, &mut slots);
                    assert!(matches!(flow, tambo_engine::Flow::Done), "{function:?} {flow:?}");
                }
            }
        }
    }
}

#[test]
fn attack_10_poll_empty_huge_and_in_a_loop() {
    let mut world = World::new();
    assert_eq!(world.call("poll_oneoff", &[BUFFER, BUFFER, 0, OUT]), Err(Errno::Inval));
    for count in [65_537, 1 << 20, WILD] {
        assert_eq!(world.call("poll_oneoff", &[BUFFER, BUFFER, count, OUT]), Err(Errno::Inval));
    }
    assert_eq!(world.call("poll_oneoff", &[BUFFER, BUFFER, 65_536, OUT]), Err(Errno::Fault));
    for name in ["poll_oneoff", "sched_yield"] {
        let mut world = World::new();
        world.memory[BUFFER as usize..][..48].fill(0);
        world.p1.host.interrupt.raise();
        let arguments: &[u64] = if name == "poll_oneoff" { &[BUFFER, BUFFER, 1, OUT] } else { &[] };
        assert_eq!(world.trap(name, arguments).kind, TrapKind::Interrupted, "{name}");
    }
}

#[test]
fn attack_11_random_for_all_of_the_memory_can_be_stopped() {
    let mut world = World::new();
    world.memory = vec![0; 1 << 30];
    assert_eq!(world.call("random_get", &[1, 1 << 30]), Err(Errno::Fault));
    assert_eq!(world.memory[1], 0, "nothing is filled before the length is checked");
    let interrupt = world.p1.host.interrupt.clone();
    let stop = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        interrupt.raise();
    });
    let began = Instant::now();
    assert_eq!(world.trap("random_get", &[0, 1 << 30]).kind, TrapKind::Interrupted);
    assert!(began.elapsed() < Duration::from_secs(2));
    stop.join().unwrap();
}

#[test]
fn attack_13_descriptors_are_bounded() {
    let mut world = World::with(|grant| grant.budget.descriptors = 20);
    let opened = std::iter::from_fn(|| world.open(".", 0, READ).ok()).take(100).count();
    assert_eq!(opened, 16);
    assert_eq!(world.open(".", 0, READ), Err(Errno::Mfile));
}

#[test]
fn attack_25_extreme_timestamps() {
    let mut world = World::new();
    let fd = world.create("file");
    for time in [0, 1, i64::MAX as u64, i64::MAX as u64 + 1, u64::MAX] {
        // A file system may round or refuse what it cannot store; it may not panic or answer nonsense.
        let set = world.call("fd_filestat_set_times", &[fd, time, time, 5]);
        assert!(matches!(set, Ok(()) | Err(Errno::Inval | Errno::Overflow)), "{time}: {set:?}");
        assert_eq!(world.call("fd_filestat_get", &[fd, OUT]), Ok(()));
    }
    let ancient = std::time::SystemTime::UNIX_EPOCH - Duration::from_secs(1_000_000);
    std::fs::File::options().write(true).open(world.host().join("file")).unwrap().set_modified(ancient).unwrap();
    world.call("fd_filestat_get", &[fd, OUT]).unwrap();
    assert_eq!(world.u64(OUT + 48), 0, "before 1970 is the beginning of 1970");
    world.put(BUFFER, &[0; 48]);
    world.put(BUFFER + 24, &u64::MAX.to_le_bytes());
    for (id, flags) in [(0u32, 0u16), (0, 1), (1, 0), (1, 1)] {
        world.put(BUFFER + 16, &id.to_le_bytes());
        world.put(BUFFER + 40, &flags.to_le_bytes());
        let (flow, _) = world.flow("poll_oneoff", &[BUFFER, BUFFER, 1, OUT]);
        assert!(matches!(flow, tambo_engine::Flow::Pending), "{id} {flags}");
    }
}

#[test]
fn attack_26_a_parked_guest_is_stopped() {
    let mut world = World::new();
    world.put(BUFFER, &[0; 48]);
    world.put(BUFFER + 16, &1u32.to_le_bytes());
    world.put(BUFFER + 24, &u64::MAX.to_le_bytes());
    world.flow("poll_oneoff", &[BUFFER, BUFFER, 1, OUT]);
    let interrupt = world.p1.host.interrupt.clone();
    let stop = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        interrupt.raise();
    });
    assert_eq!(world.p1.block().unwrap_err().kind, TrapKind::Interrupted);
    stop.join().unwrap();
}
