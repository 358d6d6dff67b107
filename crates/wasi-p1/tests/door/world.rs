//! A guest to call the door as: its memory, its descriptors, and a directory of its own.

use std::path::Path;

use tambo_engine::{Flow, HostData, Slot, Trap};
use tambo_kernel::Grant;
use tambo_kernel::clock::Timestamp;
use tambo_kernel_virt::MemoryFs;
use tambo_wasi_p1::table::{Function, functions};
use tambo_wasi_p1::{Errno, P1};
use tempfile::TempDir;

pub(crate) const MODULE: &str = "wasi_snapshot_preview1";

/// Where the helpers put things; a test may use what is between and after.
pub(crate) const OUT: u64 = 64;
pub(crate) const IOVS: u64 = 256;
pub(crate) const PATH: u64 = 1024;
pub(crate) const OTHER_PATH: u64 = 2048;
pub(crate) const BUFFER: u64 = 4096;

/// `rights` by bit.
pub(crate) const READ: u64 = 1 << 1;
pub(crate) const WRITE: u64 = 1 << 6;
/// `oflags`.
pub(crate) const CREAT: u64 = 1;
pub(crate) const DIRECTORY: u64 = 2;
pub(crate) const EXCL: u64 = 4;
pub(crate) const TRUNC: u64 = 8;
/// `fdflags`.
pub(crate) const APPEND: u64 = 1;
pub(crate) const NONBLOCK: u64 = 4;
/// The first preopened directory, if there are no listeners.
pub(crate) const ROOT: u64 = 3;

pub(crate) struct World {
    pub(crate) p1: P1,
    pub(crate) memory: Vec<u8>,
    module: &'static str,
    root: Option<TempDir>,
}

/// What a call answers: success or an error number.
pub(crate) type Answer<T = ()> = Result<T, Errno>;

impl World {
    /// With an empty, writable directory as `/`.
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// The same, with more granted.
    pub(crate) fn with(more: impl FnOnce(&mut Grant)) -> Self {
        Self::made(MODULE, more)
    }

    /// The same, as a guest of `wasi_unstable`.
    pub(crate) fn unstable() -> Self {
        Self::made("wasi_unstable", |_| {})
    }

    /// With a file system in memory as `/`, and a clock that jumps to what is waited for.
    pub(crate) fn in_memory() -> (Self, MemoryFs) {
        let start = Timestamp::from_nanoseconds(1_700_000_000_000_000_000);
        let mut grant = Grant::new(tambo_kernel_virt::system(1, start));
        let files = MemoryFs::new(grant.system.wall.clone(), 1 << 24, 1 << 16);
        grant.preopen("/", files.root());
        (Self { p1: P1::new(grant).unwrap(), memory: vec![0; 1 << 17], module: MODULE, root: None }, files)
    }

    fn made(module: &'static str, more: impl FnOnce(&mut Grant)) -> Self {
        let root = tempfile::tempdir().unwrap();
        let mut grant = Grant::new(tambo_kernel_os::system());
        grant.preopen("/", tambo_kernel_os::open_directory(root.path()).unwrap());
        more(&mut grant);
        Self { p1: P1::new(grant).unwrap(), memory: vec![0; 1 << 17], module, root: Some(root) }
    }

    /// The guest's `/` on the host.
    pub(crate) fn host(&self) -> &Path {
        self.root.as_ref().unwrap().path()
    }

    pub(crate) fn function(&self, name: &str) -> &'static Function {
        functions().find(|function| function.module == self.module && function.name == name).unwrap()
    }

    /// One try.
    pub(crate) fn flow(&mut self, name: &str, arguments: &[u64]) -> (Flow, u32) {
        let function = self.function(name);
        assert_eq!(function.signature().params.len(), arguments.len(), "{name}");
        let mut slots: Vec<Slot> = arguments.iter().map(|&argument| Slot(argument)).collect();
        slots.resize(function.signature().slots(), Slot(0));
        let flow = function.call(&mut self.p1, &mut self.memory, &mut slots);
        (flow, slots.first().map_or(0, |slot| u32::from(*slot)))
    }

    /// A call that ends, blocking as long as it takes.
    pub(crate) fn call(&mut self, name: &str, arguments: &[u64]) -> Answer {
        loop {
            match self.flow(name, arguments) {
                (Flow::Done, 0) => return Ok(()),
                (Flow::Done, errno) => return Err(Errno::from_number(errno).unwrap()),
                (Flow::Pending, _) => self.p1.block().unwrap(),
                (Flow::Trap(trap), _) => panic!("{name} trapped: {trap}"),
            }
        }
    }

    /// A call that ends the guest.
    pub(crate) fn trap(&mut self, name: &str, arguments: &[u64]) -> Trap {
        match self.flow(name, arguments) {
            (Flow::Trap(trap), _) => *trap,
            (flow, errno) => panic!("{name} answered {flow:?} {errno}"),
        }
    }

    pub(crate) fn u16(&self, at: u64) -> u16 {
        u16::from_le_bytes(self.memory[at as usize..][..2].try_into().unwrap())
    }

    pub(crate) fn u32(&self, at: u64) -> u32 {
        u32::from_le_bytes(self.memory[at as usize..][..4].try_into().unwrap())
    }

    pub(crate) fn u64(&self, at: u64) -> u64 {
        u64::from_le_bytes(self.memory[at as usize..][..8].try_into().unwrap())
    }

    pub(crate) fn put(&mut self, at: u64, bytes: &[u8]) {
        self.memory[at as usize..][..bytes.len()].copy_from_slice(bytes);
    }

    pub(crate) fn bytes(&self, at: u64, len: u64) -> &[u8] {
        &self.memory[at as usize..][..len as usize]
    }

    /// Put a list of buffers at [`IOVS`].
    pub(crate) fn buffers(&mut self, buffers: &[(u32, u32)]) {
        for (index, (pointer, len)) in buffers.iter().enumerate() {
            let at = IOVS + index as u64 * 8;
            self.put(at, &pointer.to_le_bytes());
            self.put(at + 4, &len.to_le_bytes());
        }
    }

    pub(crate) fn open_with(&mut self, fd: u64, path: &str, oflags: u64, rights: u64, fdflags: u64) -> Answer<u64> {
        self.put(PATH, path.as_bytes());
        self.call("path_open", &[fd, 1, PATH, path.len() as u64, oflags, rights, u64::MAX, fdflags, OUT])?;
        Ok(self.u32(OUT).into())
    }

    pub(crate) fn open(&mut self, path: &str, oflags: u64, rights: u64) -> Answer<u64> {
        self.open_with(ROOT, path, oflags, rights, 0)
    }

    /// A new file, open for both.
    pub(crate) fn create(&mut self, path: &str) -> u64 {
        self.open(path, CREAT, READ | WRITE).unwrap()
    }

    pub(crate) fn write(&mut self, fd: u64, bytes: &[u8]) -> Answer<u32> {
        self.put(BUFFER, bytes);
        self.buffers(&[(BUFFER as u32, bytes.len() as u32)]);
        self.call("fd_write", &[fd, IOVS, 1, OUT])?;
        Ok(self.u32(OUT))
    }

    pub(crate) fn read(&mut self, fd: u64, len: u32) -> Answer<Vec<u8>> {
        self.buffers(&[(BUFFER as u32, len)]);
        self.call("fd_read", &[fd, IOVS, 1, OUT])?;
        Ok(self.bytes(BUFFER, self.u32(OUT).into()).to_vec())
    }

    pub(crate) fn seek(&mut self, fd: u64, offset: i64, whence: u64) -> Answer<u64> {
        self.call("fd_seek", &[fd, offset as u64, whence, OUT])?;
        Ok(self.u64(OUT))
    }

    /// A call with one path after a descriptor.
    pub(crate) fn path(&mut self, name: &str, fd: u64, path: &str) -> Answer {
        self.put(PATH, path.as_bytes());
        self.call(name, &[fd, PATH, path.len() as u64])
    }

    /// The base and inheriting rights of a descriptor.
    pub(crate) fn rights(&mut self, fd: u64) -> (u64, u64) {
        self.call("fd_fdstat_get", &[fd, OUT]).unwrap();
        (self.u64(OUT + 8), self.u64(OUT + 16))
    }
}
