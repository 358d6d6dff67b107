//! What a guest can make grow, and where it ends: attack 13, for everything in this crate.
#![expect(clippy::unwrap_used, reason = "a failed unwrap here is a failed test")]

use std::io::{IoSlice, IoSliceMut};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};

use tambo_kernel::clock::Timestamp;
use tambo_kernel::fs::{Directory, File, Node, OpenFlags};
use tambo_kernel::stream::{Stream, Wait};
use tambo_kernel::wait::{Interest, Wakeable};
use tambo_kernel::{Error, Result};
use tambo_kernel_virt::{FixedWall, Input, MemoryFs, Output, pipe};

const PAGE: u64 = 4096;
const CREATE_RW: OpenFlags = OpenFlags::READ.union(OpenFlags::WRITE).union(OpenFlags::CREATE);

fn memory(capacity: u64, nodes: u64) -> MemoryFs {
    MemoryFs::new(Rc::new(FixedWall(Timestamp::default())), capacity, nodes)
}

fn file(directory: &dyn Directory, path: &str) -> Rc<dyn File> {
    match directory.open(path, CREATE_RW).unwrap() {
        Node::File(file) => file,
        _ => panic!("not a file"),
    }
}

fn directory(at: &dyn Directory, path: &str) -> Rc<dyn Directory> {
    match at.open(path, OpenFlags::READ).unwrap() {
        Node::Directory(directory) => directory,
        _ => panic!("not a directory"),
    }
}

fn put(file: &dyn File, bytes: &[u8], offset: u64) -> Result<usize> {
    file.write_at(&[IoSlice::new(bytes)], offset, Wait::Block)
}

#[test]
fn writes_end_at_the_capacity() {
    let fs = memory(3 * PAGE, 10);
    let root = fs.root();
    let one = file(&*root, "one");
    assert_eq!(put(&*one, &[1; 10_000], 0), Ok(10_000));
    assert_eq!(fs.used(), 3 * PAGE);
    let two = file(&*root, "two");
    assert_eq!(put(&*two, b"x", 0), Err(Error::NoSpace));
    assert_eq!(put(&*one, &[2; 5_000], 9_000), Ok(3_288), "what is left of the last page");
    assert_eq!(put(&*one, b"x", 3 * PAGE), Err(Error::NoSpace));
    assert_eq!(one.stat().unwrap().size, 3 * PAGE);
    one.set_size(PAGE).unwrap();
    assert_eq!((fs.used(), put(&*two, b"x", 0)), (PAGE, Ok(1)));
}

#[test]
fn an_unlinked_file_counts_until_it_is_closed() {
    let fs = memory(PAGE, 1);
    let root = fs.root();
    let open = file(&*root, "file");
    put(&*open, b"x", 0).unwrap();
    root.unlink_at("file").unwrap();
    assert_eq!(root.open("other", CREATE_RW).err(), Some(Error::NoSpace));
    drop(open);
    assert_eq!(fs.used(), 0);
    assert_eq!(put(&*file(&*root, "other"), b"x", 0), Ok(1));
}

#[test]
fn nodes_and_names_are_bounded() {
    let fs = memory(1 << 20, 4);
    let root = fs.root();
    file(&*root, "file");
    root.create_directory_at("d").unwrap();
    root.symlink_at("x", "link").unwrap();
    root.link_at("file", false, &*root, "hard").unwrap();
    // Four names, three nodes: no further name fits, of whatever kind.
    assert_eq!(root.link_at("file", false, &*root, "d/hard"), Err(Error::NoSpace));
    assert_eq!(root.create_directory_at("d/e"), Err(Error::NoSpace));
    assert_eq!(root.symlink_at("x", "d/e"), Err(Error::NoSpace));
    assert_eq!(root.open("d/e", CREATE_RW).err(), Some(Error::NoSpace));
    root.rename_at("hard", &*root, "d/moved").unwrap();
    root.unlink_at("d/moved").unwrap();
    root.create_directory_at("d/e").unwrap();
    assert_eq!(root.create_directory_at("f"), Err(Error::NoSpace));
    // Replacing gives a name back.
    root.rename_at("file", &*root, "link").unwrap();
    root.create_directory_at("f").unwrap();
}

#[test]
fn failures_cost_nothing() {
    let fs = memory(100, 2);
    let root = fs.root();
    for _ in 0..10 {
        assert_eq!(root.symlink_at(&"x/".repeat(100), "long"), Err(Error::NoSpace));
        assert_eq!(root.create_directory_at("missing/d"), Err(Error::NoEntry));
    }
    root.symlink_at(&"x".repeat(100), "link").unwrap();
    assert_eq!((fs.used(), root.symlink_at("x", "other")), (100, Err(Error::NoSpace)));
    root.create_directory_at("d").unwrap();
    assert_eq!(root.create_directory_at("e"), Err(Error::NoSpace));
    root.unlink_at("link").unwrap();
    assert_eq!(fs.used(), 0);
}

#[test]
fn holes_cost_nothing() {
    let fs = memory(4 * PAGE, 10);
    let file = file(&*fs.root(), "file");
    assert_eq!(put(&*file, b"x", 1 << 60), Ok(1));
    assert_eq!(put(&*file, b"xyz", i64::MAX as u64 - 2), Ok(2), "cut at the largest size");
    assert_eq!(put(&*file, b"x", i64::MAX as u64), Err(Error::FileTooLarge));
    assert_eq!((fs.used(), file.stat().unwrap().size), (2 * PAGE, i64::MAX as u64));
    file.set_size((1 << 60) + 1).unwrap();
    assert_eq!(fs.used(), PAGE);
    file.set_size(0).unwrap();
    assert_eq!(fs.used(), 0);
    let mut page = [1; 100];
    file.set_size(1 << 62).unwrap();
    assert_eq!(file.read_at(&mut [IoSliceMut::new(&mut page)], 1 << 61, Wait::Block), Ok(100));
    assert_eq!((page, fs.used()), ([0; 100], 0));
    assert_eq!(fs.read_file("file"), Err(Error::FileTooLarge));
}

/// Attack 11: a length is checked before anything is allocated.
#[test]
fn allocation_is_all_or_nothing() {
    let fs = memory(4 * PAGE, 10);
    let file = file(&*fs.root(), "file");
    put(&*file, b"x", 0).unwrap();
    for len in [4 * PAGE + 1, 1 << 40, 1 << 60, i64::MAX as u64] {
        assert_eq!(file.allocate(0, len), Err(Error::NoSpace));
        assert_eq!((fs.used(), file.stat().unwrap().size), (PAGE, 1));
    }
    file.allocate(PAGE - 1, 3 * PAGE).unwrap();
    assert_eq!((fs.used(), file.stat().unwrap().size), (4 * PAGE, 4 * PAGE - 1));
    assert_eq!(put(&*file, &[7; 4 * PAGE as usize], 0), Ok(4 * PAGE as usize), "no further space is needed");
}

/// A tree deeper than the host's stack is taken apart in a loop.
#[test]
fn deep_trees_are_dropped() {
    let fs = memory(PAGE, 300_000);
    let mut here = fs.root();
    for _ in 0..200_000 {
        here.create_directory_at("d").unwrap();
        here = directory(&*here, "d");
    }
    let lowest = here;
    assert_eq!(fs.root().rename_at("d", &*lowest, "d"), Err(Error::Invalid));
    drop(fs);
    assert_eq!(lowest.stat().unwrap().links, 2);
    lowest.create_directory_at("still").unwrap();
}

/// A guest that adds a name for each that it sees comes to the end.
#[test]
fn walks_end() {
    let fs = memory(PAGE, 1_000);
    let root = fs.root();
    for i in 0..10 {
        file(&*root, &format!("{i}"));
    }
    let (mut walk, mut seen) = (root.entries().unwrap(), 0);
    while let Some(entry) = walk.next_entry().unwrap() {
        let name = entry.name.to_owned();
        seen += 1;
        assert!(seen <= 12);
        if !name.starts_with('.') {
            root.rename_at(&name, &*root, &format!("{name}.bak")).unwrap();
        }
    }
    assert_eq!(seen, 12);
}

/// Whatever was done, removing everything gives everything back.
#[test]
fn nothing_leaks() {
    let (fs, mut state) = (memory(64 * PAGE, 40), 1_u64);
    let root = fs.root();
    let mut random = |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let mut held: Vec<Node> = Vec::new();
    for _ in 0..20_000 {
        let mut path = || ["a", "b", "c", "a/a", "a/b", "b/a", "b/b/c", "c/..", "a/", "l", "l/a"][random(11) as usize];
        let (one, two) = (path(), path());
        let outcome = match random(9) {
            0 => root.create_directory_at(one),
            1 => root.remove_directory_at(one),
            2 => root.unlink_at(one),
            3 => root.symlink_at(two, one),
            4 => root.link_at(one, random(2) == 0, &*root, two),
            5 | 6 => root.rename_at(one, &*root, two),
            7 => root.open(one, CREATE_RW | OpenFlags::FOLLOW).map(|node| {
                if let Node::File(file) = &node {
                    let _ = put(&**file, &[1; 9_000], random(1 << 20));
                    let _ = file.set_size(random(1 << 20));
                }
                held.push(node);
            }),
            _ => {
                held.truncate(random(5) as usize);
                Ok(())
            }
        };
        assert!(outcome != Err(Error::Io));
        assert!(fs.used() <= 64 * PAGE);
    }
    drop(held);
    remove_all(&*root);
    assert_eq!((fs.used(), root.stat().unwrap().links), (0, 2));
    for i in 0..40 {
        root.create_directory_at(&format!("{i}")).unwrap();
    }
    assert_eq!(root.create_directory_at("more"), Err(Error::NoSpace));
}

fn remove_all(at: &dyn Directory) {
    let mut walk = at.entries().unwrap();
    while let Some(entry) = walk.next_entry().unwrap() {
        let name = entry.name.to_owned();
        if name == "." || name == ".." {
            continue;
        }
        if at.unlink_at(&name) == Err(Error::IsDirectory) {
            remove_all(&*directory(at, &name));
            at.remove_directory_at(&name).unwrap();
        }
    }
}

#[test]
fn files_of_another_file_system_are_across_devices() {
    let (one, two) = (memory(PAGE, 10), memory(PAGE, 10).with_device(2));
    file(&*one.root(), "file");
    assert_eq!(one.root().link_at("file", false, &*two.root(), "link"), Err(Error::CrossDevice));
    assert_eq!(one.root().rename_at("file", &*two.root(), "moved"), Err(Error::CrossDevice));
    assert_ne!(one.root().stat().unwrap().device, two.root().stat().unwrap().device);
}

#[test]
fn embedders_write_and_read_whole_files() {
    let fs = memory(1 << 20, 10);
    fs.create_dir_all("a/b//c/").unwrap();
    fs.create_dir_all("a/b/c").unwrap();
    fs.write_file("a/b/c/file", &[7; 10_000]).unwrap();
    fs.write_file("a/b/c/file", b"text").unwrap();
    fs.root().symlink_at("a/b/c/file", "link").unwrap();
    assert_eq!(fs.read_file("link").unwrap(), b"text");
    assert_eq!(fs.write_file("missing/file", b""), Err(Error::NoEntry));
    assert_eq!(fs.create_dir_all("a/b/c/file/d"), Err(Error::Exist));
    assert_eq!(fs.create_dir_all("/a"), Err(Error::NotPermitted));
    assert_eq!(fs.create_dir_all(""), Err(Error::NoEntry));
    assert_eq!(fs.read_file("a"), Err(Error::IsDirectory));
}

#[test]
fn output_is_collected_up_to_its_limit() {
    let output = Output::new(10);
    let put = |bytes: &[u8]| output.write(&[IoSlice::new(bytes), IoSlice::new(b"!")], Wait::Block);
    assert_eq!((put(b"1234"), put(b"56789"), put(b"x")), (Ok(5), Ok(5), Err(Error::NoSpace)));
    assert_eq!(output.write(&[IoSlice::new(b"")], Wait::Try), Ok(0));
    assert_eq!(output.contents(), b"1234!56789");
    assert_eq!(output.take(), b"1234!56789");
    assert_eq!((put(b"again"), output.contents()), (Ok(6), b"again!".to_vec()));
}

#[test]
fn input_is_read_once() {
    let input = Input::from_bytes(*b"some text");
    let (mut first, mut second) = ([0; 5], [0; 10]);
    let mut buffers = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
    assert_eq!(input.read(&mut buffers, Wait::Try), Ok(9));
    assert_eq!((&first, &second[..4]), (b"some ", &b"text"[..]));
    assert_eq!(input.read(&mut [IoSliceMut::new(&mut first)], Wait::Block), Ok(0));
    assert_eq!(input.write(&[IoSlice::new(b"x")], Wait::Try), Err(Error::BadDescriptor));
}

#[test]
fn a_pipe_holds_its_capacity() {
    let (reader, writer) = pipe(10);
    let put = |len| Stream::write(&writer, &[IoSlice::new(&vec![1; len])], Wait::Try);
    assert_eq!((put(7), put(7), put(7)), (Ok(7), Ok(3), Err(Error::WouldBlock)));
    let mut bytes = [0; 4];
    assert_eq!(Stream::read(&reader, &mut [IoSliceMut::new(&mut bytes)], Wait::Try), Ok(4));
    assert_eq!(put(7), Ok(4));
}

/// A guest that abandons waits without end leaves few wakers behind, and none of them is lost.
#[test]
fn a_pipe_keeps_few_wakers() {
    #[derive(Default)]
    struct Count(AtomicUsize);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let (reader, writer) = pipe(10);
    let count = Arc::new(Count::default());
    for _ in 0..1_000 {
        // Each on its own, so that no two are the same waker.
        struct Other(Arc<Count>);
        impl Wake for Other {
            fn wake(self: Arc<Self>) {
                self.0.clone().wake();
            }
        }
        let waker = Waker::from(Arc::new(Other(count.clone())));
        assert!(reader.poll_ready(Interest::Read, &mut Context::from_waker(&waker)).is_pending());
    }
    let woken_for_room = count.0.load(Ordering::SeqCst);
    assert!(woken_for_room >= 900, "{woken_for_room}");
    Stream::write(&writer, &[IoSlice::new(b"x")], Wait::Try).unwrap();
    assert_eq!(count.0.load(Ordering::SeqCst), 1_000);
}
