//! Our own scripts, one folder for each part of the canonical ABI, on every engine. The paragraph is named at the top of
//! each script.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};

use tambo::{Config, EngineKind, Runtime};
use tambo_wast::{Options, Report};

fn scripts(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let of = |path: PathBuf| if path.is_dir() { scripts(&path) } else { vec![path] };
    entries.into_iter().flat_map(of).collect()
}

fn check(folder: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let files = scripts(&root.join(folder));
    assert!(!files.is_empty(), "{folder} has no scripts");
    for engine in EngineKind::ALL {
        let runtime = Runtime::with_config(Config { engine: *engine, ..Config::default() }).unwrap();
        let mut total = Report::default();
        for file in &files {
            let name = file.strip_prefix(&root).unwrap().display().to_string();
            let text = std::fs::read_to_string(file).unwrap();
            assert!(text.starts_with(";; "), "{name} does not say what it tests");
            let report = tambo_wast::run(&runtime, &name, &text, Options { exact_messages: true });
            assert!(report.passed > 0, "{name} says nothing");
            total.add(report);
        }
        assert!(total.failed.is_empty() && total.skips() == 0, "{engine}:\n{total}");
    }
}

macro_rules! folders {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            check(stringify!($name));
        }
    )*};
}

folders! { core values strings lists records variants flags resources options linking reentrance limits }

#[test]
fn every_folder_is_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut folders: Vec<String> =
        std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    folders.sort();
    let mut known = [
        "core",
        "values",
        "strings",
        "lists",
        "records",
        "variants",
        "flags",
        "resources",
        "options",
        "linking",
        "reentrance",
        "limits",
    ];
    known.sort_unstable();
    assert_eq!(folders, known);
}
