//! Socket activation: listening sockets that were open before the server was, from descriptor 3 on.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use crate::client::Client;
use crate::server::{Server, web};

/// The server as a service manager starts it: with sockets, and variables that the shell sets, in whose process it runs.
fn activated(sockets: [&TcpListener; 2], variables: &str, options: &[&str]) -> Command {
    let mut command = Command::new("sh");
    let [third, fourth] = sockets.map(|socket| Stdio::from(OwnedFd::from(socket.try_clone().unwrap())));
    command
        .env_clear()
        .arg("-c")
        .arg(format!("exec 3<&0 4<&1 0</dev/null 1>/dev/null; {variables} exec \"$0\" \"$@\""))
        .arg(env!("CARGO_BIN_EXE_tambo"))
        .args(["serve", "--workers", "2"])
        .args(options)
        .arg(web())
        .stdin(third)
        .stdout(fourth);
    command
}

fn listeners() -> [TcpListener; 2] {
    [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap())
}

fn get(listener: &TcpListener) -> (u16, String) {
    let stream = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    stream.set_read_timeout(Some(crate::server::PATIENCE)).unwrap();
    let response = Client::new(stream).get("/hello");
    (response.status, response.text())
}

#[test]
fn sockets_that_were_passed_are_served() {
    let [first, second] = listeners();
    let mut server = Server::spawn(activated([&first, &second], "LISTEN_PID=$$ LISTEN_FDS=2", &[]));
    assert_eq!(server.address, first.local_addr().unwrap(), "no address is needed, and the first is named");
    for _ in 0..4 {
        for listener in [&first, &second] {
            assert_eq!(get(listener), (200, "hello, world\n".to_owned()));
        }
    }
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    // The sockets are the service manager's: who connects now waits for whatever it starts next.
    let waiting = std::net::TcpStream::connect(first.local_addr().unwrap()).unwrap();
    let next = Server::spawn(activated([&first, &second], "LISTEN_PID=$$ LISTEN_FDS=1", &[]));
    assert_eq!(Client::new(waiting).get("/hello").status, 200);
    drop(next);
}

#[test]
fn addresses_are_served_beside_sockets() {
    let [first, second] = listeners();
    let variables = "LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=web";
    let server = Server::spawn(activated([&first, &second], variables, &["--addr", "127.0.0.1:0"]));
    assert_eq!(server.get("/hello").0, 200);
    assert_ne!(server.address, first.local_addr().unwrap());
    assert_eq!(get(&first).0, 200);
}

#[test]
fn sockets_that_were_meant_for_another_process_are_left_alone() {
    let [first, second] = listeners();
    let options = ["--addr", "127.0.0.1:0"];
    for variables in ["LISTEN_PID=1 LISTEN_FDS=2", "LISTEN_FDS=2", "LISTEN_PID=$$"] {
        let server = Server::spawn(activated([&first, &second], variables, &options));
        assert_eq!(server.get("/hello").0, 200);
        let stream = std::net::TcpStream::connect(first.local_addr().unwrap()).unwrap();
        stream.set_read_timeout(Some(std::time::Duration::from_millis(300))).unwrap();
        let mut client = Client::new(stream);
        client.send("GET /hello HTTP/1.1\r\nhost: test\r\n\r\n");
        assert!(client.try_read().is_none(), "{variables}: nobody accepts");
    }
}

#[test]
fn what_is_no_listening_socket_is_a_mistake_that_is_told() {
    let [first, second] = listeners();
    let mut command = activated([&first, &second], "LISTEN_PID=$$ LISTEN_FDS=3", &[]);
    let output = command.stderr(Stdio::piped()).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && told.contains("descriptor 5"), "{told}");
}
