//! The same work natively: the system calls that a C program would make, in a process of its own.
//!
//! # Safety
//!
//! Every call gets buffers that live on this stack frame or in a static, with their true lengths.
#![expect(unsafe_code, reason = "the native side of the comparison is the system call itself")]

use std::ffi::CString;
use std::process::ExitCode;

use libc::{c_int, c_void};

use crate::cases::{CASES, Case};

/// Do the case `name` in the directory `directory`, as the whole of this process.
pub(crate) fn run(name: &str, directory: Option<&str>) -> ExitCode {
    let Some(case) = CASES.iter().find(|case| case.name == name) else { return ExitCode::from(2) };
    let directory = CString::new(directory.unwrap_or(".")).unwrap_or_default();
    // SAFETY: the path is a C string.
    let root = unsafe { libc::open(directory.as_ptr(), libc::O_RDONLY | libc::O_DIRECTORY) };
    let ok = (0..case.count).try_fold(State::new(case, root), |state, round| state.step(case, round));
    ExitCode::from(u8::from(ok.is_none()))
}

struct State {
    root: c_int,
    file: c_int,
    memory: Vec<u8>,
}

const PAGE: usize = 4096;
const SIZE: usize = 65_536;

impl State {
    fn new(case: &Case, root: c_int) -> Self {
        let file = match case.name {
            "pread-4k" | "read-4k" | "read-64k" => open(root, c"data.bin", libc::O_RDONLY),
            "write-4k" | "write-64k" => open(root, c"out.bin", libc::O_WRONLY | libc::O_CREAT),
            _ => -1,
        };
        Self { root, file, memory: vec![0; SIZE + PAGE] }
    }

    fn step(mut self, case: &Case, round: u32) -> Option<Self> {
        // A copy's speed depends on how its ends are aligned to each other; the guest's buffer begins a page.
        let aligned = self.memory.as_ptr().align_offset(PAGE);
        let buffer = self.memory[aligned..aligned + SIZE].as_mut_ptr().cast::<c_void>();
        // SAFETY: `buffer` has 65,536 bytes, and no call is given more; the others get locals.
        let result = unsafe {
            match case.name {
                "hello" | "large-module" => libc::write(1, c"hello!\n".as_ptr().cast(), 7),
                "clock" => {
                    let mut time = std::mem::zeroed();
                    libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) as isize
                }
                "random-16b" => libc::getrandom(buffer, 16, 0),
                "write-1b" | "pipe-writes" => libc::write(1, buffer, 1),
                "write-64k-null" => libc::write(1, buffer, 65_536),
                "pread-4k" => libc::pread(self.file, buffer, 4096, 8192),
                "read-4k" => libc::read(self.file, buffer, 4096),
                "read-64k" => libc::read(self.file, buffer, 65_536),
                "write-4k" => rewind(self.file, round.is_multiple_of(256)).min(libc::write(self.file, buffer, 4096)),
                "write-64k" => rewind(self.file, round.is_multiple_of(16)).min(libc::write(self.file, buffer, 65_536)),
                "stat" => {
                    let mut stat = std::mem::zeroed();
                    libc::fstatat(self.root, c"data.bin".as_ptr(), &mut stat, 0) as isize
                }
                "open-close" => libc::close(open(self.root, c"data.bin", libc::O_RDONLY)) as isize,
                "poll-0" => libc::poll(std::ptr::null_mut(), 0, 0) as isize,
                "readdir-10k" => list(self.root, buffer),
                _ => -1,
            }
        };
        (result >= 0).then_some(self)
    }
}

fn open(root: c_int, name: &std::ffi::CStr, flags: c_int) -> c_int {
    // SAFETY: the name is a C string.
    unsafe { libc::openat(root, name.as_ptr(), flags, 0o644) }
}

fn rewind(file: c_int, really: bool) -> isize {
    // SAFETY: no memory is passed.
    if really { unsafe { libc::lseek(file, 0, libc::SEEK_SET) as isize } } else { isize::MAX }
}

fn list(root: c_int, buffer: *mut c_void) -> isize {
    // SAFETY: `buffer` has 65,536 bytes.
    unsafe {
        libc::lseek(root, 0, libc::SEEK_SET);
        loop {
            let count = libc::syscall(libc::SYS_getdents64, root, buffer, 32_768) as isize;
            if count <= 0 {
                return count;
            }
        }
    }
}
