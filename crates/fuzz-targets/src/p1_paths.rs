//! Any sequence of path calls with any path, over a directory of the system and over a file system in memory.
//!
//! What must hold: no panic; nothing outside of the directory is read or changed (the system's file system checks
//! every open again, in another way); and the two answer alike: both succeed, or both fail.

use std::fs;
use std::path::Path;

use tambo_engine::{Flow, Slot};
use tambo_kernel::Grant;
use tambo_kernel::clock::Timestamp;
use tambo_kernel_virt::MemoryFs;
use tambo_wasi_p1::table::{Function, functions};
use tambo_wasi_p1::{Errno, P1};

use crate::{Input, Reached};

const STEPS: usize = 24;
const SECRET: &str = "outside";
/// The preopened directory, and where what is opened goes.
const ROOT: u64 = 3;
const OUT: u64 = 8;
const PATH: u64 = 1024;
const OTHER: u64 = 4096;

const PARTS: [&str; 16] =
    ["a", "b", "c", ".", "..", "", "/", "a/b", "../..", "a/", "b/..", "./", "secret", "../secret", "\u{e9}", "a\\b"];
const CALLS: [&str; 9] = [
    "path_open",
    "path_create_directory",
    "path_symlink",
    "path_rename",
    "path_link",
    "path_unlink_file",
    "path_remove_directory",
    "path_readlink",
    "path_filestat_get",
];

/// Run one input.
pub fn run(data: &[u8]) -> Reached {
    let mut input = Input::new(data);
    let top = tempfile::tempdir().expect("a temporary directory");
    let inside = top.path().join("inside");
    fs::create_dir(&inside).expect("an empty directory");
    fs::write(top.path().join("secret"), SECRET).expect("an empty directory");

    let mut grant = Grant::new(tambo_kernel_virt::system(1, Timestamp::from_nanoseconds(1_700_000_000_000_000_000)));
    let memory_fs = MemoryFs::new(grant.system.wall.clone(), 1 << 20, 1000);
    let mut worlds = Vec::new();
    for directory in [memory_fs.root(), tambo_kernel_os::open_directory(&inside).expect("a directory")] {
        grant.preopens.clear();
        grant.preopen("/", directory);
        worlds.push((P1::new(grant.clone()).expect("a sound grant"), vec![0; 1 << 14]));
    }
    let mut reached = Reached::new();
    for _ in 0..STEPS {
        if input.is_empty() {
            break;
        }
        let call = Step::new(&mut input);
        let answers: Vec<Errno> = worlds.iter_mut().map(|(p1, memory)| call.run(p1, memory)).collect();
        let alike = (answers[0] == Errno::Success) == (answers[1] == Errno::Success);
        assert!(alike, "{call:?}: memory {}, system {}", answers[0].name(), answers[1].name());
        check_outside(top.path());
        reached.insert(format!("{} {}", call.name, answers[1].name()));
    }
    reached
}

fn check_outside(top: &Path) {
    assert_eq!(fs::read_to_string(top.join("secret")).ok().as_deref(), Some(SECRET));
    let mut names: Vec<_> = fs::read_dir(top).expect("still there").flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    assert_eq!(names, ["inside", "secret"]);
}

/// One call.
#[derive(Debug)]
struct Step {
    name: &'static str,
    path: String,
    other: String,
    follow: u64,
    oflags: u64,
    rights: u64,
}

impl Step {
    fn new(input: &mut Input<'_>) -> Self {
        Self {
            name: input.pick(&CALLS),
            path: path(input),
            other: path(input),
            follow: u64::from(input.byte() % 2),
            oflags: u64::from(input.byte() % 16),
            rights: input.pick(&[1 << 1, 1 << 6, 1 << 1 | 1 << 6, 0]),
        }
    }

    fn run(&self, p1: &mut P1, memory: &mut [u8]) -> Errno {
        memory[PATH as usize..][..self.path.len()].copy_from_slice(self.path.as_bytes());
        memory[OTHER as usize..][..self.other.len()].copy_from_slice(self.other.as_bytes());
        let (path, other) = ([PATH, self.path.len() as u64], [OTHER, self.other.len() as u64]);
        let arguments = match self.name {
            "path_open" => {
                vec![ROOT, self.follow, path[0], path[1], self.oflags, self.rights, 0, 0, OUT]
            }
            "path_symlink" => vec![path[0], path[1], ROOT, other[0], other[1]],
            "path_rename" => vec![ROOT, path[0], path[1], ROOT, other[0], other[1]],
            "path_link" => vec![ROOT, 0, path[0], path[1], ROOT, other[0], other[1]],
            "path_readlink" => vec![ROOT, path[0], path[1], 64, 100, OUT],
            "path_filestat_get" => vec![ROOT, self.follow, path[0], path[1], 64],
            _ => vec![ROOT, path[0], path[1]],
        };
        let errno = call(self.name, p1, memory, &arguments);
        if self.name == "path_open" && errno == Errno::Success {
            let opened = u32::from_le_bytes(memory[OUT as usize..][..4].try_into().expect("four bytes"));
            call("fd_close", p1, memory, &[opened.into()]);
        }
        errno
    }
}

fn path(input: &mut Input<'_>) -> String {
    let parts: Vec<_> = (0..=input.byte() % 4).map(|_| input.pick(&PARTS)).collect();
    parts.join("/")
}

fn call(name: &str, p1: &mut P1, memory: &mut [u8], arguments: &[u64]) -> Errno {
    let function: &Function = functions().find(|function| function.name == name).expect("a function of the door");
    let mut slots: Vec<Slot> = arguments.iter().map(|&argument| Slot(argument)).collect();
    match function.call(p1, memory, &mut slots) {
        Flow::Done => Errno::from_number(slots[0].into()).expect("an error number"),
        other => panic!("{name}: {other:?}"),
    }
}
