//! `tambo inspect`, `completions` and `man`: what people and machines read.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::Site;

fn inspect(site: &Site, options: &[&str], text: &str) -> String {
    let path = site.module("m.wasm", text);
    let ran = site.command(&[&["inspect", path.to_str().unwrap()], options].concat());
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    ran.stdout
}

const MODULE: &str = r#"(module
    (import "wasi_snapshot_preview1" "path_open"
        (func (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_accept" (func (param i32 i32 i32) (result i32)))
    (import "env" "other" (func))
    (memory (export "memory") 2 10)
    (func (export "_start")))"#;

#[test]
fn people_read_imports_exports_and_authority() {
    let text = inspect(&Site::new("wasmtime"), &[], MODULE);
    for expected in [
        "command",
        "WASI: 0.1",
        "directories (--dir)",
        "listening sockets (--listen)",
        "memory(2..10 pages)",
        "env::other: func()",
        "_start: func()",
    ] {
        assert!(text.contains(expected), "{expected:?} is not in\n{text}");
    }
    assert!(!text.contains("random"), "{text}");
}

#[test]
fn machines_read_json() {
    let text = inspect(&Site::new("wasmtime"), &["--json"], MODULE);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["kind"], "command");
    assert_eq!(json["wasi"], serde_json::json!(["0.1"]));
    assert_eq!(json["authority"], serde_json::json!(["directories", "listeners"]));
    assert_eq!(json["memories"][0]["maximum"], 10);
    assert_eq!(json["imports"].as_array().unwrap().len(), 3);
    assert_eq!(json["exports"][1]["name"], "_start");
}

#[test]
fn a_precompiled_file_tells_what_it_is_for() {
    let site = Site::new("wasmtime");
    let module = tambo_guests::wat("hello");
    assert_eq!(site.command(&["compile", module.to_str().unwrap(), "-o", "h.cwasm"]).code, Some(0));
    let ran = site.command(&["inspect", "h.cwasm"]);
    assert!(ran.stdout.starts_with("module, precompiled for wasmtime "), "{ran:?}");
}

#[test]
fn completions_and_manual_pages_are_generated() {
    let site = Site::new("wasmtime");
    for shell in ["bash", "zsh", "fish"] {
        let ran = site.command(&["completions", shell]);
        assert!(ran.code == Some(0) && ran.stdout.contains("max-memory"), "{shell}");
    }
    assert!(site.command(&["man"]).stdout.contains(".TH"));
    assert_eq!(site.command(&["man", "pages"]).code, Some(0));
    let page = std::fs::read_to_string(site.path("pages/tambo-run.1")).unwrap();
    assert!(page.contains("listen"), "{page}");
}
