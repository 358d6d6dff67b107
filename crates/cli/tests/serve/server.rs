//! A server that runs as a child, on a free port, and what it wrote.

use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::client::Client;

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    lines: Arc<(Mutex<Vec<String>>, Condvar)>,
    _cache: tempfile::TempDir,
}

/// The component that does what the path says.
pub(crate) fn web() -> PathBuf {
    tambo_guests::component("web")
}

impl Server {
    /// Serve the guest of most tests.
    pub(crate) fn start(options: &[&str]) -> Self {
        Self::start_with(&web(), options)
    }

    pub(crate) fn start_with(component: &Path, options: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tambo"));
        command
            .env_clear()
            .args(["serve", "--addr", "127.0.0.1:0"])
            .args(if options.contains(&"--workers") { &[][..] } else { &["--workers", "2"] })
            .args(options)
            .arg(component)
            .stdin(Stdio::null());
        Self::spawn(command)
    }

    /// What a command starts, once it says that it serves.
    pub(crate) fn spawn(mut command: Command) -> Self {
        let cache = tempfile::tempdir().unwrap();
        let mut child = command.env("TAMBO_CACHE_DIR", cache.path()).stderr(Stdio::piped()).spawn().unwrap();
        // A command keeps what it was given for its child: sockets among it, which would stay open here.
        drop(command);
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut first = String::new();
        stderr.read_line(&mut first).unwrap();
        let address = first.trim().rsplit("//").next().and_then(|address| address.parse().ok());
        let address = address.unwrap_or_else(|| panic!("the first line names no address: {first}"));
        let lines: Arc<(Mutex<Vec<String>>, Condvar)> = Arc::default();
        let sink = lines.clone();
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                sink.0.lock().unwrap().push(line);
                sink.1.notify_all();
            }
        });
        Self { child, address, lines, _cache: cache }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    pub(crate) fn client(&self) -> Client<TcpStream> {
        Client::new(self.connect())
    }

    /// The status and body of a GET on a connection of its own.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        let response = self.client().get(path);
        (response.status, response.text())
    }

    /// As [`get`](Self::get), once the guest before it has ended, if there may be one guest only: it may go on for a moment
    /// after its response.
    pub(crate) fn get_alone(&self, path: &str) -> (u16, String) {
        let begin = Instant::now();
        loop {
            match self.get(path) {
                (503, _) => assert!(begin.elapsed() < PATIENCE, "the guest is still there"),
                answer => return answer,
            }
        }
    }

    /// Other requests are unharmed.
    pub(crate) fn assert_serves(&self) {
        for _ in 0..4 {
            assert_eq!(self.get("/hello"), (200, "hello, world\n".to_owned()));
        }
    }

    pub(crate) fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// The processes that work for it, in the order of their numbers in the system.
    pub(crate) fn workers(&self) -> Vec<u32> {
        let pid = self.child.id();
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        let mut workers: Vec<u32> = children.split_whitespace().map(|pid| pid.parse().unwrap()).collect();
        workers.sort_unstable();
        workers
    }

    /// Wait for a line that contains this; answers all lines until now.
    pub(crate) fn wait_for_line(&self, part: &str) -> Vec<String> {
        let lines = self.lines.0.lock().unwrap();
        let missing = |lines: &mut Vec<String>| !lines.iter().any(|line| line.contains(part));
        let (lines, timeout) = self.lines.1.wait_timeout_while(lines, PATIENCE, missing).unwrap();
        assert!(!timeout.timed_out(), "no line with {part:?} in {lines:#?}");
        lines.clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.0.lock().unwrap().clone()
    }

    /// The exit code, once it has ended by itself.
    pub(crate) fn wait(&mut self) -> Option<i32> {
        exit_code(&mut self.child).unwrap_or_else(|| panic!("the server does not end: {:#?}", self.lines()))
    }
}

pub(crate) fn signal(process: u32, name: &str) {
    let status = Command::new("kill").arg(format!("-{name}")).arg(process.to_string()).status().unwrap();
    assert!(status.success());
}

/// Whether there is a process with this number.
pub(crate) fn exists(process: u32) -> bool {
    Path::new(&format!("/proc/{process}")).exists()
}

/// The exit code of a child, or that it was killed; none if it goes on.
pub(crate) fn exit_code(child: &mut Child) -> Option<Option<i32>> {
    let begin = Instant::now();
    while begin.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status.code());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    None
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
