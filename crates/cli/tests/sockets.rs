//! Socket servers behind `--listen` and behind socket activation, with real clients on loopback.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::process::{Child, Stdio};

use common::{Site, eventually};

/// Say a line and read it back.
fn echo(stream: impl std::io::Read + std::io::Write, line: &str) {
    let mut stream = BufReader::new(stream);
    writeln!(stream.get_mut(), "{line}").unwrap();
    let mut answer = String::new();
    stream.read_line(&mut answer).unwrap();
    assert_eq!(answer.trim_end(), line);
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn ends(mut child: Child) {
    assert!(eventually(|| child.try_wait().unwrap().is_some()), "the server goes on");
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert!(child.wait().unwrap().success(), "{stderr}");
}

fn connect(port: u16) -> TcpStream {
    let mut stream = None;
    assert!(eventually(|| {
        stream = TcpStream::connect(("127.0.0.1", port)).ok();
        stream.is_some()
    }));
    stream.unwrap()
}

/// 1,000 connections in turn, then 100 at once.
fn exercise(port: u16) {
    drop(connect(port));
    for number in 0..1_000 {
        echo(connect(port), &format!("in turn {number}"));
    }
    let mut streams: Vec<TcpStream> = (0..100).map(|_| connect(port)).collect();
    for round in 0..3 {
        for (number, stream) in streams.iter_mut().enumerate().rev() {
            echo(stream, &format!("round {round} of {number}"));
        }
    }
}

const CONNECTIONS: &str = "1101";

on_both_engines! {
    fn a_server_behind_listen(site) {
        let port = free_port();
        let mut command = site.run_command();
        command.args(["--listen", &format!("127.0.0.1:{port}")]).arg(tambo_guests::rust("echo-server")).arg(CONNECTIONS);
        let child = command.stderr(Stdio::piped()).spawn().unwrap();
        exercise(port);
        ends(child);
    }

    fn a_server_behind_listen_with_a_time_limit_parks_instead_of_blocking(site) {
        let port = free_port();
        let mut command = site.run_command();
        command.args(["--timeout", "120s", "--listen", &format!("127.0.0.1:{port}")]);
        command.arg(tambo_guests::rust("echo-server")).arg(CONNECTIONS);
        let child = command.stderr(Stdio::piped()).spawn().unwrap();
        exercise(port);
        ends(child);
    }

    fn a_server_behind_a_unix_socket(site) {
        let path = site.path("socket");
        let mut command = site.run_command();
        command.args(["--listen", &format!("unix:{}", path.display())]).arg(tambo_guests::rust("echo-server")).arg("50");
        let child = command.stderr(Stdio::piped()).spawn().unwrap();
        assert!(eventually(|| path.exists()));
        for number in 0..50 {
            echo(UnixStream::connect(&path).unwrap(), &format!("unix {number}"));
        }
        ends(child);
    }

    fn a_server_behind_socket_activation(site) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        // As a service manager does it: the socket is descriptor 3, and the variables name this very process.
        let tambo = env!("CARGO_BIN_EXE_tambo");
        let mut command = std::process::Command::new("sh");
        let run = site.run_command();
        let arguments: Vec<_> = run.get_args().map(|argument| argument.to_str().unwrap().to_owned()).collect();
        command.arg("-c").arg(format!(
            "exec 3<&0 0</dev/null; export LISTEN_FDS=1 LISTEN_PID=$$ LISTEN_FDNAMES=web; exec {tambo} {} {} {CONNECTIONS}",
            arguments.join(" "),
            tambo_guests::rust("echo-server").display(),
        ));
        command.env("TAMBO_CACHE_DIR", site.path("cache"));
        command.stdin(Stdio::from(std::os::fd::OwnedFd::from(listener)));
        let child = command.stderr(Stdio::piped()).spawn().unwrap();
        exercise(port);
        ends(child);
    }

    fn sockets_that_were_not_passed_are_refused(site) {
        // Descriptor 3 is a listener of this test's or nothing; 4 and 5 are nobody's, and what tambo opens itself,
        // such as the socket of --listen, would get these numbers.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        for (passed, count) in [("3<&0", 2), ("3<&0", 3), ("3<&-", 1), ("3</dev/null", 1)] {
            let mut command = std::process::Command::new("sh");
            let run = site.run_command();
            let arguments: Vec<_> = run.get_args().map(|argument| argument.to_str().unwrap().to_owned()).collect();
            command.arg("-c").arg(format!(
                "exec {passed} 0</dev/null; export LISTEN_FDS={count} LISTEN_PID=$$; exec {} {} --listen 127.0.0.1:0 {}",
                env!("CARGO_BIN_EXE_tambo"),
                arguments.join(" "),
                tambo_guests::wat("hello").display(),
            ));
            command.env("TAMBO_CACHE_DIR", site.path("cache"));
            command.stdin(Stdio::from(std::os::fd::OwnedFd::from(listener.try_clone().unwrap())));
            let ran = common::finish(command.output().unwrap());
            assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{passed} {count}: {}", ran.stderr);
            assert!(ran.stderr.contains("LISTEN_FDS"), "{}", ran.stderr);
        }
    }
}
