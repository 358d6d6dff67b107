//! Standard error whose reader does not read.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Duration;

use crate::client::Client;
use crate::server::{PATIENCE, exit_code, signal, web};

struct Unread {
    child: Child,
    address: SocketAddr,
    stderr: BufReader<ChildStderr>,
}

impl Unread {
    fn start(options: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tambo"));
        command.args(["serve", "--no-cache", "--addr", "127.0.0.1:0"]).args(options).arg(web()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut first = String::new();
        stderr.read_line(&mut first).unwrap();
        let address = first.trim().rsplit("//").next().unwrap().parse().unwrap();
        Self { child, address, stderr }
    }

    fn get(&self, path: &str) -> u16 {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Client::new(stream).get(path).status
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn who_reads_no_lines_holds_up_neither_requests_nor_the_end() {
    for options in [&["--workers", "1"][..], &["--workers", "2"]] {
        let mut server = Unread::start(options);
        for _ in 0..4 {
            assert_eq!(server.get("/noise?40"), 200, "more than a pipe has room for");
            assert_eq!(server.get("/hello"), 200);
        }
        // Whoever reads again is told what was lost.
        let mut read = vec![0; 150_000];
        let count = server.stderr.read(&mut read).unwrap();
        assert!(count > 0);
        std::thread::scope(|scope| {
            let reading = scope.spawn(|| {
                let mut lines = (&mut server.stderr).lines().map_while(Result::ok);
                lines.any(|line| line.contains("writes to standard error are lost"))
            });
            while !reading.is_finished() {
                let stream = TcpStream::connect(server.address).unwrap();
                assert_eq!(Client::new(stream).get("/say").status, 200);
                std::thread::sleep(Duration::from_millis(20));
            }
            assert!(reading.join().unwrap());
        });
        assert_eq!(server.get("/noise?40"), 200);
        signal(server.child.id(), "TERM");
        assert_eq!(exit_code(&mut server.child), Some(Some(0)));
    }
}
