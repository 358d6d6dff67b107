//! `path_*`: what the door adds to the kernel's resolution — flags, rights, encodings and results.

use std::fs;

use tambo_wasi_p1::Errno;

use crate::world::{BUFFER, CREAT, DIRECTORY, EXCL, NONBLOCK, OTHER_PATH, OUT, PATH, READ, ROOT, WRITE, World};

fn two(world: &mut World, name: &str, from: &str, to: &str) -> Result<(), Errno> {
    world.put(PATH, from.as_bytes());
    world.put(OTHER_PATH, to.as_bytes());
    let (from, to) = (from.len() as u64, to.len() as u64);
    match name {
        "path_symlink" => world.call(name, &[PATH, from, ROOT, OTHER_PATH, to]),
        "path_link" => world.call(name, &[ROOT, 0, PATH, from, ROOT, OTHER_PATH, to]),
        _ => world.call(name, &[ROOT, PATH, from, ROOT, OTHER_PATH, to]),
    }
}

#[test]
fn names_come_and_go() {
    let mut world = World::new();
    world.path("path_create_directory", ROOT, "dir").unwrap();
    assert_eq!(world.path("path_create_directory", ROOT, "dir"), Err(Errno::Exist));
    world.create("dir/file");
    assert_eq!(world.path("path_remove_directory", ROOT, "dir"), Err(Errno::Notempty));
    two(&mut world, "path_rename", "dir/file", "moved").unwrap();
    two(&mut world, "path_link", "moved", "again").unwrap();
    assert_eq!(two(&mut world, "path_link", "moved", "again"), Err(Errno::Exist));
    world.path("path_unlink_file", ROOT, "moved").unwrap();
    assert_eq!(world.path("path_unlink_file", ROOT, "dir"), Err(Errno::Isdir));
    world.path("path_remove_directory", ROOT, "dir").unwrap();
    let left: Vec<_> = fs::read_dir(world.host()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["again"]);
}

#[test]
fn links_are_read_and_cut() {
    let mut world = World::new();
    two(&mut world, "path_symlink", "target", "link").unwrap();
    let readlink = |world: &mut World, len| {
        world.put(PATH, b"link");
        world.call("path_readlink", &[ROOT, PATH, 4, BUFFER, len, OUT]).unwrap();
        world.bytes(BUFFER, world.u32(OUT).into()).to_vec()
    };
    assert_eq!(readlink(&mut world, 100), b"target");
    assert_eq!(readlink(&mut world, 4), b"targ");
    assert_eq!(readlink(&mut world, 0), b"");
    assert!(two(&mut world, "path_symlink", "/etc", "absolute").is_err());
    world.put(PATH, b"link");
    let stat = |world: &mut World, follow| world.call("path_filestat_get", &[ROOT, follow, PATH, 4, OUT]);
    assert_eq!(stat(&mut world, 1), Err(Errno::Noent));
    stat(&mut world, 0).unwrap();
    assert_eq!((world.bytes(OUT + 16, 1), world.u64(OUT + 32)), (&[7][..], 6));
    assert_eq!(stat(&mut world, 2), Err(Errno::Inval));
}

#[test]
fn times_of_a_link_and_of_its_target() {
    let mut world = World::new();
    world.create("file");
    two(&mut world, "path_symlink", "file", "link").unwrap();
    world.put(PATH, b"link");
    for (follow, time) in [(0, 111_000_000_000), (1, 222_000_000_000)] {
        world.call("path_filestat_set_times", &[ROOT, follow, PATH, 4, 0, time, 4]).unwrap();
    }
    for (follow, time) in [(0, 111_000_000_000), (1, 222_000_000_000)] {
        world.call("path_filestat_get", &[ROOT, follow, PATH, 4, OUT]).unwrap();
        assert_eq!(world.u64(OUT + 48), time);
    }
    assert_eq!(world.call("path_filestat_set_times", &[ROOT, 0, PATH, 4, 0, 0, 12]), Err(Errno::Inval));
}

#[test]
fn open_flags_mean_what_they_say() {
    let mut world = World::new();
    assert_eq!(world.open("file", 0, READ), Err(Errno::Noent));
    world.open("file", CREAT | EXCL, READ).unwrap();
    assert_eq!(world.open("file", CREAT | EXCL, READ), Err(Errno::Exist));
    assert_eq!(world.open("file", EXCL, READ), world.open("file", 0, READ).map(|fd| fd - 1));
    assert_eq!(world.open("file", DIRECTORY, READ), Err(Errno::Notdir));
    assert_eq!(world.open(".", DIRECTORY, READ | WRITE), Err(Errno::Isdir));
    assert_eq!(world.open(".", DIRECTORY | CREAT, READ), Err(Errno::Inval));
    assert_eq!(world.open(".", 1 << 4, READ), Err(Errno::Inval));
    assert_eq!(world.open_with(ROOT, ".", 0, 0, 1 << 5), Err(Errno::Inval));
    assert!(world.open_with(ROOT, ".", 0, 0, NONBLOCK).is_ok());
    let file = world.open("file", 0, READ).unwrap();
    assert_eq!(world.open_with(file, "x", 0, READ, 0), Err(Errno::Notdir));
    assert_eq!(world.open_with(99, "x", 0, READ, 0), Err(Errno::Badf));
    world.put(PATH, b"file");
    assert_eq!(world.call("path_open", &[ROOT, 2, PATH, 4, 0, READ, 0, 0, OUT]), Err(Errno::Inval));
}

#[test]
fn nothing_is_created_for_a_bad_result_pointer_or_a_full_table() {
    let mut world = World::with(|grant| grant.budget.descriptors = 5);
    world.put(PATH, b"new");
    let end = world.memory.len() as u64;
    assert_eq!(world.call("path_open", &[ROOT, 0, PATH, 3, CREAT, WRITE, 0, 0, end - 3]), Err(Errno::Fault));
    world.create("one");
    assert_eq!(world.open("new", CREAT, WRITE), Err(Errno::Mfile));
    assert!(!world.host().join("new").exists());
    world.call("fd_close", &[4]).unwrap();
    assert_eq!(world.open("new", CREAT, WRITE), Ok(4));
}

#[test]
fn paths_are_relative_and_beneath() {
    let mut world = World::new();
    world.path("path_create_directory", ROOT, "dir").unwrap();
    let inner = world.open("dir", DIRECTORY, READ).unwrap();
    for path in ["/dir", "..", "dir/../../x"] {
        assert_eq!(world.open(path, 0, READ), Err(Errno::Perm), "{path}");
    }
    assert_eq!(world.open_with(inner, "../x", CREAT, READ, 0), Err(Errno::Perm));
    assert_eq!(world.open("", 0, READ), Err(Errno::Noent));
    assert!(world.open("dir/..", 0, READ).is_ok());
}
