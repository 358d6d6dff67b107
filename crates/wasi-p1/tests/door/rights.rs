//! Rights: what is reported, what can be given up, and what that does.

use tambo_wasi_p1::Errno;
use tambo_wasi_p1::abi::Rights;

use crate::world::{CREAT, DIRECTORY, IOVS, OUT, PATH, READ, ROOT, TRUNC, WRITE, World};

#[test]
fn a_directory_reports_what_libcs_look_for() {
    let mut world = World::new();
    let (base, inheriting) = world.rights(ROOT);
    let (base, inheriting) = (Rights::from_bits_retain(base), Rights::from_bits_retain(inheriting));
    assert!(base.contains(Rights::PATH_OPEN | Rights::FD_READDIR | Rights::PATH_FILESTAT_SET_TIMES));
    assert!(!base.intersects(Rights::FD_SEEK | Rights::FD_WRITE | Rights::FD_FILESTAT_SET_SIZE));
    assert!(inheriting.contains(base | Rights::FD_READ | Rights::FD_WRITE | Rights::FD_SEEK | Rights::FD_ALLOCATE));
    assert!(world.open(".", 0, base.bits()).is_ok(), "a directory opens again with its own rights");
    let asked_to_seek = world.open(".", DIRECTORY, Rights::FD_SEEK.bits()).unwrap();
    assert_eq!(world.rights(asked_to_seek), (base.bits(), inheriting.bits()));
}

#[test]
fn a_file_reports_how_it_was_opened() {
    let mut world = World::new();
    world.create("file");
    for (asked, expected) in [(READ, READ), (WRITE, WRITE), (READ | WRITE, READ | WRITE), (0, 0)] {
        let fd = world.open("file", 0, asked).unwrap();
        let (base, inheriting) = world.rights(fd);
        assert_eq!(base & (READ | WRITE), expected);
        assert_ne!(base & Rights::FD_SEEK.bits(), 0);
        assert_eq!(inheriting, 0);
    }
}

#[test]
fn what_is_given_up_is_gone() {
    let mut world = World::new();
    let fd = world.create("file");
    let (base, _) = world.rights(fd);
    assert_eq!(world.call("fd_fdstat_set_rights", &[fd, base, 0]), Ok(()));
    assert_eq!(world.write(fd, b"x"), Ok(1));
    assert_eq!(world.call("fd_fdstat_set_rights", &[fd, base & !(READ | WRITE), 0]), Ok(()));
    assert_eq!(world.rights(fd).0, base & !(READ | WRITE));
    assert_eq!(world.read(fd, 1), Err(Errno::Notcapable));
    assert_eq!(world.write(fd, b"x"), Err(Errno::Notcapable));
    assert_eq!(world.call("fd_pread", &[fd, IOVS, 1, 0, OUT]), Err(Errno::Notcapable));
    assert_eq!(world.call("fd_fdstat_set_rights", &[fd, base, 0]), Err(Errno::Notcapable));
    assert_eq!(world.call("fd_fdstat_set_rights", &[fd, 0, 1]), Err(Errno::Notcapable));
    assert_eq!(world.call("fd_fdstat_set_rights", &[fd, 1 << 40, 0]), Err(Errno::Notcapable));
    assert_eq!(world.call("fd_fdstat_set_rights", &[fd, 0, 0]), Ok(()));
    assert_eq!(world.call("fd_filestat_get", &[fd, OUT]), Err(Errno::Notcapable));
    assert_eq!(world.call("fd_tell", &[fd, OUT]), Err(Errno::Notcapable));
    assert_eq!(world.call("fd_close", &[fd]), Ok(()));
}

#[test]
fn a_directory_without_a_right_does_not_do_it() {
    let calls: [(Rights, &str); 6] = [
        (Rights::PATH_CREATE_DIRECTORY, "path_create_directory"),
        (Rights::PATH_REMOVE_DIRECTORY, "path_remove_directory"),
        (Rights::PATH_UNLINK_FILE, "path_unlink_file"),
        (Rights::PATH_CREATE_FILE, "create"),
        (Rights::PATH_FILESTAT_SET_SIZE, "truncate"),
        (Rights::PATH_OPEN, "open"),
    ];
    for (right, name) in calls {
        let mut world = World::new();
        let (base, inheriting) = world.rights(ROOT);
        world.create("file");
        world.call("fd_fdstat_set_rights", &[ROOT, base & !right.bits(), inheriting]).unwrap();
        let answer = match name {
            "create" => world.open("new", CREAT, WRITE).map(|_| ()),
            "truncate" => world.open("file", TRUNC, WRITE).map(|_| ()),
            "open" => world.open("file", 0, READ).map(|_| ()),
            name => world.path(name, ROOT, "file"),
        };
        assert_eq!(answer, Err(Errno::Notcapable), "{name}");
        world.put(PATH, b"file");
        assert_eq!(world.call("path_filestat_get", &[ROOT, 0, PATH, 4, OUT]), Ok(()));
    }
}

#[test]
fn what_is_opened_inherits_what_is_left() {
    let mut world = World::new();
    let (base, inheriting) = world.rights(ROOT);
    world.path("path_create_directory", ROOT, "dir").unwrap();
    let left = inheriting & !(WRITE | Rights::PATH_UNLINK_FILE.bits());
    world.call("fd_fdstat_set_rights", &[ROOT, base, left]).unwrap();
    let dir = world.open("dir", DIRECTORY, READ).unwrap();
    let file = world.open_with(dir, "file", CREAT, READ | WRITE, 0).unwrap();
    assert_eq!(world.rights(file).0 & (READ | WRITE), READ);
    assert_eq!(world.write(file, b"x"), Err(Errno::Notcapable));
    assert_eq!(world.path("path_unlink_file", dir, "file"), Err(Errno::Notcapable));
    assert_eq!(world.path("path_unlink_file", ROOT, "dir/file"), Ok(()));
}
