//! Precompiled files and the compile cache: found, refused, repaired, bounded, shared.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use std::fs;
use std::path::PathBuf;

use common::{Site, finish};

fn hello() -> PathBuf {
    tambo_guests::wat("hello")
}

fn compile(site: &Site, options: &[&str]) -> PathBuf {
    let output = site.path("hello.cwasm");
    let mut command = site.tambo();
    command.arg("compile").args(options).arg(hello()).arg("-o").arg(&output);
    let ran = finish(command.output().unwrap());
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{}", ran.stderr);
    output
}

/// Entries of the cache, by name.
fn entries(site: &Site) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(site.path("cache")).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

/// A copy of the guest whose times have settled, so that its identity can be remembered.
fn settled_hello(site: &Site) -> PathBuf {
    let path = site.write("hello.wasm", fs::read(hello()).unwrap());
    std::thread::sleep(std::time::Duration::from_millis(150));
    path
}

#[test]
fn a_precompiled_file_runs() {
    let site = Site::new("wasmtime");
    let ran = site.run(&[], &compile(&site, &[]), &[]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "Hello from a guest!\n"), "{}", ran.stderr);
    let limited = compile(&site, &["--timeout", "--fuel"]);
    let ran = site.run(&["--timeout", "10s", "--fuel", "100000"], &limited, &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

#[test]
fn a_precompiled_file_for_other_options_is_refused() {
    let site = Site::new("wasmtime");
    let file = compile(&site, &[]);
    let ran = site.run(&["--fuel", "1000"], &file, &[]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("compiled for fuel off, but this is fuel on") && ran.stderr.contains("hint:"),
        "{}",
        ran.stderr
    );
    let ran = Site::new("wasmi").run(&[], &file, &[]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("wasmi"), "{}", ran.stderr);
}

/// Whoever runs a `.wasm` expects a sandbox, whatever is in the file.
#[test]
fn native_code_under_another_name_is_refused() {
    let site = Site::new("wasmtime");
    let file = compile(&site, &[]);
    for name in ["hello.wasm", "hello", "hello.wat"] {
        fs::copy(&file, site.path(name)).unwrap();
        let ran = site.run(&[], &site.path(name), &[]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
        assert!(ran.stderr.contains("native code") && ran.stderr.contains(".cwasm"), "{}", ran.stderr);
    }
    fs::copy(hello(), site.path("module.cwasm")).unwrap();
    let ran = site.run(&[], &site.path("module.cwasm"), &[]);
    assert_eq!(ran.code, Some(2), "a module under the name of a precompiled file is none: {ran:?}");
}

#[test]
fn a_damaged_precompiled_file_is_refused() {
    let site = Site::new("wasmtime");
    let file = compile(&site, &[]);
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    let ran = site.run(&[], &file, &[]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("damaged"), "{}", ran.stderr);
}

#[test]
fn a_module_is_not_replaced_by_what_it_compiles_to() {
    let site = Site::new("wasmtime");
    let text = "(module)";
    site.write("m.cwasm", text);
    std::os::unix::fs::symlink("m.cwasm", site.path("link")).unwrap();
    for arguments in [&["compile", "m.cwasm"][..], &["compile", "m.cwasm", "-o", "link"]] {
        let ran = site.command(arguments);
        assert!(ran.code == Some(2) && ran.stderr.contains("--output"), "{ran:?}");
        assert_eq!(fs::read_to_string(site.path("m.cwasm")).unwrap(), text);
    }
}

#[test]
fn wasmi_compiles_nothing_ahead_of_time() {
    let site = Site::new("wasmi");
    let module = hello();
    let ran = site.command(&["compile", "--engine", "wasmi", module.to_str().unwrap(), "-o", "x.cwasm"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(!site.path("x.cwasm").exists());
}

#[test]
fn the_cache_is_filled_once_and_found_again() {
    let site = Site::new("wasmtime");
    let module = settled_hello(&site);
    for _ in 0..3 {
        assert_eq!(site.run(&[], &module, &[]).code, Some(0));
    }
    assert_eq!(entries(&site).len(), 2, "one entry, under its content's and its file's name: {:?}", entries(&site));
    fs::remove_dir_all(site.path("cache")).unwrap();
    assert_eq!(site.run(&["--no-cache"], &module, &[]).code, Some(0));
    assert_eq!(entries(&site).len(), 0);
}

#[test]
fn a_changed_module_is_not_taken_from_the_cache() {
    let site = Site::new("wasmtime");
    let module = settled_hello(&site);
    assert_eq!(site.run(&[], &module, &[]).stdout, "Hello from a guest!\n");
    let other = String::from_utf8_lossy(&fs::read(&module).unwrap()).contains("Hello");
    assert!(other, "the guest is expected to hold its text as it is");
    let mut bytes = fs::read(&module).unwrap();
    let at = bytes.windows(5).position(|window| window == b"Hello").unwrap();
    bytes[at..at + 5].copy_from_slice(b"HELLO");
    fs::write(&module, bytes).unwrap();
    assert_eq!(site.run(&[], &module, &[]).stdout, "HELLO from a guest!\n");
}

#[test]
fn damaged_entries_are_made_again() {
    let site = Site::new("wasmtime");
    let module = settled_hello(&site);
    assert_eq!(site.run(&[], &module, &[]).code, Some(0));
    let damage: [fn(&mut Vec<u8>); 4] =
        [|bytes| bytes.clear(), |bytes| bytes.truncate(100), |bytes| bytes[300] ^= 1, |bytes| bytes.extend(b"more")];
    for damage in damage {
        for entry in entries(&site) {
            let mut bytes = fs::read(&entry).unwrap();
            damage(&mut bytes);
            fs::remove_file(&entry).unwrap();
            fs::write(&entry, bytes).unwrap();
            std::os::unix::fs::chown(&entry, None, None).unwrap();
        }
        let ran = site.run(&[], &module, &[]);
        assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(0), "Hello from a guest!\n", ""));
    }
}

#[test]
fn many_processes_share_a_cache() {
    let site = Site::new("wasmtime");
    let module = settled_hello(&site);
    for _ in 0..3 {
        let children: Vec<_> = (0..8)
            .map(|_| {
                let mut command = site.run_command();
                command.arg(&module).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
                command.spawn().unwrap()
            })
            .collect();
        for child in children {
            let ran = finish(child.wait_with_output().unwrap());
            assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(0), "Hello from a guest!\n", ""));
        }
        for entry in entries(&site).into_iter().step_by(2) {
            fs::remove_file(entry).unwrap();
        }
    }
}

#[test]
fn the_cache_is_bounded() {
    let site = Site::new("wasmtime");
    for number in 0..6 {
        let module =
            site.module("m.wasm", &format!("(module (func (export \"_start\")) (func (export \"f{number}\")))"));
        assert_eq!(site.run(&["--cache-size", "40K"], &module, &[]).code, Some(0));
    }
    let total: u64 = entries(&site).iter().map(|entry| fs::metadata(entry).unwrap().len()).sum();
    assert!(total <= 40 << 10, "{total} bytes");
}

#[test]
fn a_cache_that_cannot_be_written_is_no_obstacle() {
    let site = Site::new("wasmtime");
    site.write("file", "");
    let ran = site.run(&["--cache-dir", "file/cache"], &hello(), &[]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
}
