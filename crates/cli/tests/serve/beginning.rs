//! What is said before the first request: where it serves, and what is wrong with an option or a file.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::server::{Server, web};

/// A serve that does not begin: its exit code, and what it said.
fn refused(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_tambo"))
        .env_clear()
        .env("TAMBO_CACHE_DIR", "/nonexistent")
        .arg("serve")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn options_out_of_range_are_told_with_the_range() {
    let component = web().display().to_string();
    for (option, value, part) in [
        ("--addr", "localhost:8081", "such as 127.0.0.1:8081"),
        ("--admin", "9090", "such as 127.0.0.1:"),
        ("--workers", "100000", "1..=1024"),
        ("--max-memory", "0", "from 64K to 4G"),
        ("--max-memory", "100G", "from 64K to 4G"),
        ("--max-header", "1", "from 8K to 1G"),
        ("--max-concurrency", "4294967295", "1..=100000"),
    ] {
        let told = refused(&[option, value, &component]);
        assert!(told.contains(option) && told.contains(part), "{option} {value}: {told}");
    }
    let told = refused(&["--addr", "127.0.0.1:0", "--workers", "1", "--max-concurrency", "100000", &component]);
    assert!(told.contains("no room for 100000 guests") && told.contains("a lower --max-concurrency"), "{told}");
}

#[test]
fn every_address_is_told() {
    for options in [&["--addr", "127.0.0.1:0"][..], &["--addr", "127.0.0.1:0", "--threads"]] {
        let server = Server::start(options);
        let second = server.wait_for_line("serving http://127.0.0.1:").remove(0);
        let second = second.trim_start_matches("serving http://").parse().unwrap();
        assert_ne!(server.address, second);
        let other = std::net::TcpStream::connect(second).unwrap();
        assert_eq!(crate::client::Client::new(other).get("/hello").status, 200);
    }
}

#[test]
fn a_precompiled_component_is_served_if_it_is_called_so() {
    let directory = tempfile::tempdir().unwrap();
    let compile = |options: &[&str], name: &str| {
        let output = directory.path().join(name);
        let mut command = Command::new(env!("CARGO_BIN_EXE_tambo"));
        command.env_clear().arg("compile").args(options).arg(web()).arg("-o").arg(&output);
        assert!(command.status().unwrap().success());
        output
    };
    let file = compile(&["--timeout"], "web.cwasm");
    Server::start_with(&file, &[]).assert_serves();
    let routes = directory.path().join("routes.toml");
    fs::write(&routes, "[[component]]\nfile = 'web.cwasm'\n").unwrap();
    Server::start_with(&routes, &[]).assert_serves();
    let other = compile(&[], "other.cwasm").display().to_string();
    let told = refused(&["--addr", "127.0.0.1:0", "--workers", "1", &other]);
    assert!(told.contains("compiled for interrupts off, but this is interrupts on"), "{told}");
    assert!(told.contains("hint:") && !told.contains("hash"), "{told}");
    let disguised = directory.path().join("web.wasm");
    fs::rename(file, &disguised).unwrap();
    let told = refused(&["--addr", "127.0.0.1:0", "--workers", "1", &disguised.display().to_string()]);
    assert!(told.contains("this is a precompiled file"), "{told}");
}

#[test]
fn a_file_that_was_just_written_is_loaded_once() {
    let directory = tempfile::tempdir().unwrap();
    let routes = directory.path().join("routes.toml");
    let text = format!("[[component]]\nfile = '{}'\n", web().display());
    for options in [&["--threads"][..], &[]] {
        fs::write(&routes, &text).unwrap();
        let server = Server::start_with(&routes, options);
        std::thread::sleep(Duration::from_millis(1500));
        assert!(!server.lines().iter().any(|line| line == "reloaded"), "{:?}", server.lines());
        fs::write(&routes, format!("{text}path = '/only'\n")).unwrap();
        server.wait_for_line("reloaded");
        assert_eq!(server.get("/hello").0, 404);
    }
}
