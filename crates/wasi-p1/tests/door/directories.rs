//! `fd_readdir`, `fd_prestat_*`, closing and renumbering.

use std::collections::BTreeSet;
use std::fs;

use tambo_wasi_p1::Errno;

use crate::world::{BUFFER, DIRECTORY, OUT, READ, ROOT, World};

struct Listed {
    next: u64,
    inode: u64,
    kind: u8,
    name: String,
}

/// The whole entries of one call, and whether the end was reached.
fn list(world: &mut World, fd: u64, len: u64, cookie: u64) -> (Vec<Listed>, bool) {
    world.call("fd_readdir", &[fd, BUFFER, len, cookie, OUT]).unwrap();
    let used = u64::from(world.u32(OUT));
    let (mut at, mut entries) = (0, Vec::new());
    while at + 24 <= used {
        let name_len = u64::from(world.u32(BUFFER + at + 16));
        if at + 24 + name_len > used {
            break;
        }
        entries.push(Listed {
            next: world.u64(BUFFER + at),
            inode: world.u64(BUFFER + at + 8),
            kind: world.bytes(BUFFER + at + 20, 1)[0],
            name: String::from_utf8(world.bytes(BUFFER + at + 24, name_len).to_vec()).unwrap(),
        });
        at += 24 + name_len;
    }
    (entries, used < len)
}

#[test]
fn entries_have_names_types_and_inodes() {
    let mut world = World::new();
    fs::create_dir(world.host().join("dir")).unwrap();
    let file = world.create("file");
    world.call("fd_filestat_get", &[file, OUT]).unwrap();
    let inode = world.u64(OUT + 8);
    let (mut entries, end) = list(&mut world, ROOT, 4096, 0);
    assert!(end);
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let shown: Vec<_> = entries.iter().map(|entry| (entry.name.as_str(), entry.kind)).collect();
    assert_eq!(shown, [(".", 3), ("..", 3), ("dir", 3), ("file", 4)]);
    assert_eq!(entries[3].inode, inode);
    assert!(entries.iter().all(|entry| entry.next != 0));
}

#[test]
fn starting_again_sees_what_is_new() {
    let mut world = World::new();
    assert_eq!(list(&mut world, ROOT, 4096, 0).0.len(), 2);
    world.create("new");
    assert_eq!(list(&mut world, ROOT, 4096, 0).0.len(), 3);
}

/// 10,000 entries through buffers of all sizes: each is seen once, and an entry that was cut comes again.
#[test]
fn a_large_directory_is_walked_once() {
    let (mut world, files) = World::in_memory();
    for number in 0..10_000 {
        files.write_file(&format!("entry-{number:05}"), b"").unwrap();
    }
    for len in [40, 333, 4096, 65536] {
        let mut names = BTreeSet::new();
        let (mut cookie, mut count) = (0, 0);
        loop {
            let (entries, end) = list(&mut world, ROOT, len, cookie);
            count += entries.len();
            cookie = entries.last().map_or(cookie, |entry| entry.next);
            assert!(end || !entries.is_empty(), "no progress with {len} bytes");
            names.extend(entries.into_iter().map(|entry| entry.name));
            if end {
                break;
            }
        }
        assert_eq!((names.len(), count), (10_002, 10_002), "{len}");
    }
}

/// A guest with a small buffer sees the length of a name that does not fit, and comes back with a larger one.
#[test]
fn a_cut_entry_tells_its_size() {
    let mut world = World::new();
    world.create(&"n".repeat(200));
    let (entries, _) = list(&mut world, ROOT, 4096, 0);
    let position = entries.iter().position(|entry| entry.name.len() == 200).unwrap();
    let cookie = if position == 0 { 0 } else { entries[position - 1].next };
    for len in [1, 23, 24, 25, 223] {
        world.memory[BUFFER as usize..].fill(0);
        let (entries, end) = list(&mut world, ROOT, len, cookie);
        assert_eq!((entries.len(), end), (0, false), "{len}");
        assert_eq!(world.bytes(BUFFER + len, 1), [0]);
    }
    assert_eq!(world.u32(BUFFER + 16), 200);
    assert_eq!(list(&mut world, ROOT, 224, cookie).0[0].name.len(), 200);
    assert_eq!(list(&mut world, ROOT, 0, 0).0.len(), 0);
}

#[test]
fn only_directories_are_read() {
    let mut world = World::new();
    let fd = world.create("file");
    assert_eq!(world.call("fd_readdir", &[fd, BUFFER, 100, 0, OUT]), Err(Errno::Notdir));
    assert_eq!(world.call("fd_readdir", &[99, BUFFER, 100, 0, OUT]), Err(Errno::Badf));
    assert_eq!(world.call("fd_readdir", &[ROOT, 1 << 17, 1, 0, OUT]), Err(Errno::Fault));
    assert_eq!(world.call("fd_readdir", &[ROOT, BUFFER, 100, 0, 1 << 17]), Err(Errno::Fault));
}

#[test]
fn preopens_have_names() {
    let mut world = World::with(|grant| {
        let directory = grant.preopens[0].directory.clone();
        grant.preopen("/données", directory);
    });
    world.call("fd_prestat_get", &[4, OUT]).unwrap();
    assert_eq!((world.u32(OUT), world.u32(OUT + 4)), (0, 9));
    world.call("fd_prestat_dir_name", &[4, BUFFER, 20]).unwrap();
    assert_eq!(world.bytes(BUFFER, 10), "/données\0".as_bytes());
    assert_eq!(world.call("fd_prestat_dir_name", &[4, BUFFER, 8]), Err(Errno::Nametoolong));
    assert_eq!(world.call("fd_prestat_get", &[5, OUT]), Err(Errno::Badf));
    assert_eq!(world.call("fd_prestat_get", &[0, OUT]), Err(Errno::Badf));
    let opened = world.open(".", DIRECTORY, READ).unwrap();
    assert_eq!(world.call("fd_prestat_get", &[opened, OUT]), Err(Errno::Badf));
    assert_eq!(world.call("fd_prestat_dir_name", &[opened, BUFFER, 20]), Err(Errno::Badf));
}

#[test]
fn preopens_and_stdio_can_be_closed() {
    let mut world = World::new();
    for fd in [ROOT, 0, 1, 2] {
        assert_eq!(world.call("fd_close", &[fd]), Ok(()));
        assert_eq!(world.call("fd_close", &[fd]), Err(Errno::Badf));
        assert_eq!(world.call("fd_fdstat_get", &[fd, OUT]), Err(Errno::Badf));
    }
}
