//! `wasi_unstable`: the four places where it differs.

use tambo_wasi_p1::Errno;

use crate::world::{BUFFER, OUT, PATH, ROOT, World};

#[test]
fn whence_has_another_order() {
    let mut world = World::unstable();
    let fd = world.create("file");
    world.write(fd, b"0123456789").unwrap();
    assert_eq!(world.seek(fd, 4, 2), Ok(4), "2 is set");
    assert_eq!(world.seek(fd, 1, 0), Ok(5), "0 is cur");
    assert_eq!(world.seek(fd, -1, 1), Ok(9), "1 is end");
    assert_eq!(world.seek(fd, 0, 3), Err(Errno::Inval));
}

#[test]
fn filestat_is_shorter() {
    let mut world = World::unstable();
    let fd = world.create("file");
    world.write(fd, b"0123456789").unwrap();
    world.call("fd_filestat_set_times", &[fd, 1_000_000_001, 2_000_000_002, 5]).unwrap();
    world.put(PATH, b"file");
    for path in [false, true] {
        world.put(OUT, &[0xaa; 64]);
        if path {
            world.call("path_filestat_get", &[ROOT, 0, PATH, 4, OUT]).unwrap();
        } else {
            world.call("fd_filestat_get", &[fd, OUT]).unwrap();
        }
        assert_eq!((world.bytes(OUT + 16, 1), world.u32(OUT + 20), world.u64(OUT + 24)), (&[4][..], 1, 10));
        assert_eq!((world.u64(OUT + 32), world.u64(OUT + 40)), (1_000_000_001, 2_000_000_002));
        assert_eq!(world.bytes(OUT + 56, 8), [0xaa; 8]);
    }
    let end = world.memory.len() as u64;
    assert_eq!(world.call("fd_filestat_get", &[fd, end - 56]), Ok(()));
    assert_eq!(world.call("fd_filestat_get", &[fd, end - 55]), Err(Errno::Fault));
}

#[test]
fn subscriptions_are_longer() {
    let mut world = World::unstable();
    world.put(BUFFER, &[0; 112]);
    // A clock with an identifier that means nothing, then a closed descriptor.
    world.put(BUFFER, &77u64.to_le_bytes());
    world.put(BUFFER + 16, &u64::MAX.to_le_bytes());
    world.put(BUFFER + 24, &1u32.to_le_bytes());
    world.put(BUFFER + 32, &1000u64.to_le_bytes());
    world.put(BUFFER + 56, &88u64.to_le_bytes());
    world.put(BUFFER + 64, &[1]);
    world.put(BUFFER + 72, &99u32.to_le_bytes());
    world.call("poll_oneoff", &[BUFFER, BUFFER + 4096, 1, OUT]).unwrap();
    assert_eq!((world.u32(OUT), world.u64(BUFFER + 4096), world.u16(BUFFER + 4104)), (1, 77, 0));
    world.put(BUFFER + 32, &u64::MAX.to_le_bytes());
    world.call("poll_oneoff", &[BUFFER, BUFFER + 4096, 2, OUT]).unwrap();
    assert_eq!((world.u32(OUT), world.u64(BUFFER + 4096)), (1, 88));
    assert_eq!(world.u16(BUFFER + 4104), Errno::Badf as u16);
}
