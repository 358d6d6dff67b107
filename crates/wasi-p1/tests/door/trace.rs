//! What a trace shows.

use std::io::{Write, pipe};
use std::sync::{Arc, Mutex};

use tambo_engine::{Call, Flow, HostData, Import, Slot};
use tambo_kernel_os::stream_from_fd;
use tambo_wasi_p1::{P1, TraceSink, traced};

use crate::world::{BUFFER, CREAT, IOVS, MODULE, OTHER_PATH, OUT, PATH, READ, ROOT, TRUNC, WRITE, World};

struct Traced {
    world: World,
    imports: Vec<Import<P1>>,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Traced {
    fn new(world: World) -> Self {
        Self::with(world, |sink| sink)
    }

    fn with(world: World, change: impl FnOnce(TraceSink) -> TraceSink) -> Self {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let told = lines.clone();
        let sink = TraceSink::new(move |line| told.lock().unwrap().push(line.to_owned()));
        Self { world, imports: traced(change(sink)), lines }
    }

    fn flow(&mut self, name: &str, arguments: &[u64]) -> Flow {
        let import = self.imports.iter().find(|import| import.module == MODULE && import.name == name).unwrap();
        let mut slots: Vec<Slot> = arguments.iter().map(|&argument| Slot(argument)).collect();
        slots.resize(import.ty.slots(), Slot(0));
        let mut call = Call { memory: &mut self.world.memory, data: &mut self.world.p1 };
        (import.call)(&mut call, &mut slots)
    }

    /// The lines of one call.
    fn line(&mut self, name: &str, arguments: &[u64]) -> String {
        self.flow(name, arguments);
        self.lines.lock().unwrap().drain(..).collect::<Vec<_>>().join("\n")
    }
}

#[test]
fn calls_read_like_strace() {
    let mut it = Traced::new(World::new());
    it.world.put(PATH, b"data.bin");
    it.world.put(OTHER_PATH, b"other");
    it.world.put(BUFFER, b"one\n\"two\"\xff");
    it.world.buffers(&[(BUFFER as u32, 4), (BUFFER as u32 + 4, 6)]);
    let open = [ROOT, 1, PATH, 8, CREAT | TRUNC, READ | WRITE, 0, 4, OUT];
    let cases: [(&str, &[u64], &str); 18] = [
        ("path_open", &open, r#"path_open(3, SYMLINK_FOLLOW, "data.bin", CREAT|TRUNC, 0x42, 0x0, NONBLOCK) = 4"#),
        ("fd_write", &[4, IOVS, 2, OUT], r#"fd_write(4, ["one\n", "\"two\"\xff"]) = 10"#),
        ("fd_seek", &[4, (-4i64) as u64, 1, OUT], "fd_seek(4, -4, CUR) = 6"),
        ("fd_read", &[4, IOVS, 2, OUT], "fd_read(4, [4, 6]) = 4"),
        ("fd_close", &[9], "fd_close(9) = BADF (Bad file descriptor)"),
        ("fd_close", &[u64::from(u32::MAX)], "fd_close(-1) = BADF (Bad file descriptor)"),
        ("fd_filestat_get", &[4, OUT], "fd_filestat_get(4) = {REGULAR_FILE, 10 bytes}"),
        ("fd_prestat_get", &[3, OUT], "fd_prestat_get(3) = {dir, 1}"),
        ("fd_prestat_dir_name", &[3, BUFFER, 10], "fd_prestat_dir_name(3, [10]) = 0"),
        ("fd_fdstat_set_flags", &[4, 1 | 1 << 9], "fd_fdstat_set_flags(4, APPEND|0x200) = INVAL (Invalid argument)"),
        ("path_rename", &[3, PATH, 8, 3, OTHER_PATH, 5], r#"path_rename(3, "data.bin", 3, "other") = 0"#),
        ("clock_time_get", &[9, 0, OUT], "clock_time_get(9, 0) = INVAL (Invalid argument)"),
        ("args_sizes_get", &[OUT, OUT + 4], "args_sizes_get() = 0, 0"),
        ("sched_yield", &[], "sched_yield() = 0"),
        ("random_get", &[0, 1 << 20], "random_get([1048576]) = FAULT (Bad address)"),
        ("sock_shutdown", &[1, 3], "sock_shutdown(1, RD|WR) = NOTSOCK (Not a socket)"),
        ("proc_raise", &[6], "proc_raise(ABRT) = ?"),
        ("proc_exit", &[7], "proc_exit(7) = ?"),
    ];
    for (name, arguments, line) in cases {
        assert_eq!(it.line(name, arguments), line);
    }
    let stat = it.line("fd_fdstat_get", &[4, OUT]);
    assert!(stat.starts_with("fd_fdstat_get(4) = {REGULAR_FILE, NONBLOCK, 0x"), "{stat}");
}

#[test]
fn a_pending_call_is_shown_once_with_what_it_was_called_with() {
    let (stdin, mut feed) = pipe().unwrap();
    let world = World::with(|grant| grant.stdin = stream_from_fd(stdin.into()).unwrap());
    let mut it = Traced::with(world, TraceSink::with_durations);
    it.world.buffers(&[(BUFFER as u32, 7)]);
    for _ in 0..3 {
        assert!(matches!(it.flow("fd_read", &[0, IOVS, 1, OUT]), Flow::Pending));
    }
    assert!(it.lines.lock().unwrap().is_empty());
    std::thread::sleep(std::time::Duration::from_millis(2));
    feed.write_all(b"abc").unwrap();
    it.world.p1.block().unwrap();
    let line = it.line("fd_read", &[0, IOVS, 1, OUT]);
    assert!(line.starts_with("fd_read(0, [7]) = 3 [") && line.ends_with("ms]"), "{line}");
}

#[test]
fn a_call_in_which_the_guest_was_stopped_is_shown() {
    let (stdin, _feed) = pipe().unwrap();
    let mut it = Traced::new(World::with(|grant| grant.stdin = stream_from_fd(stdin.into()).unwrap()));
    it.world.buffers(&[(BUFFER as u32, 7)]);
    assert!(matches!(it.flow("fd_read", &[0, IOVS, 1, OUT]), Flow::Pending));
    it.world.p1.host.interrupt.raise();
    it.world.p1.block().unwrap_err();
    assert_eq!(*it.lines.lock().unwrap(), ["fd_read(0, [7]) = ? (interrupted by the host)"]);
}

#[test]
fn what_a_guest_makes_us_print_is_bounded() {
    let mut it = Traced::new(World::new());
    it.world.memory[BUFFER as usize..].fill(b'x');
    it.world.buffers(&[(BUFFER as u32, 100_000); 100]);
    let line = it.line("fd_write", &[9, IOVS, 96, OUT]);
    assert!(line.len() < 1000, "{}", line.len());
    assert!(line.ends_with("…]) = BADF (Bad file descriptor)"), "{line}");
    let wild = u64::from(u32::MAX);
    assert_eq!(it.line("fd_write", &[9, wild, wild, OUT]), "fd_write(9, 0xffffffff?) = BADF (Bad file descriptor)");
    let line = it.line("path_unlink_file", &[3, 1 << 16, wild]);
    assert_eq!(line, "path_unlink_file(3, 0x10000?) = NAMETOOLONG (File name too long)");
}

#[test]
fn subscriptions_are_spelled_out() {
    let mut it = Traced::new(World::new());
    it.world.put(BUFFER, &[0; 144]);
    it.world.put(BUFFER + 16, &1u32.to_le_bytes());
    it.world.put(BUFFER + 24, &1_500_000u64.to_le_bytes());
    it.world.put(BUFFER + 56, &[1]);
    it.world.put(BUFFER + 64, &9u32.to_le_bytes());
    it.world.put(BUFFER + 104, &[2]);
    it.world.put(BUFFER + 112, &1u32.to_le_bytes());
    let line = it.line("poll_oneoff", &[BUFFER, 1 << 15, 3, OUT]);
    assert_eq!(line, "poll_oneoff([MONOTONIC in 1.5ms, read 9, write 1]) = 2");
}
