//! 0.1 beside 0.2: programs of WASI 0.1 run as modules, and the same again as components that the usual adapter made of
//! them. They must not notice.

use std::path::{Path, PathBuf};

use tambo::{Config, EngineKind, Grant, Outcome, Runtime};

/// A program, and what it is given.
struct Program {
    module: PathBuf,
    args: &'static [&'static str],
    stdin: &'static str,
}

/// How it ended, and what it wrote.
#[derive(Debug, PartialEq)]
struct Ran {
    code: Option<u32>,
    stdout: String,
    stderr: String,
    /// What it left in its directory.
    files: Vec<String>,
}

impl Program {
    fn run(&self, runtime: &Runtime, adapted: bool) -> Ran {
        let folder = tempfile::tempdir().unwrap();
        crate::lay_out(folder.path());
        let mut grant = Grant::new();
        grant.args(["program"]).args(self.args.iter().copied()).env("LANG", "C").env("EMPTY", "");
        grant.stdin(self.stdin).dir(folder.path(), "/").unwrap();
        let (stdout, stderr) = (grant.capture_stdout(1 << 20), grant.capture_stderr(1 << 20));
        let outcome = if adapted {
            let component = runtime.load_component_file(tambo_guests::adapted(&self.module)).unwrap();
            component.command().unwrap().run(grant).unwrap()
        } else {
            runtime.load_file(&self.module).unwrap().run(grant).unwrap()
        };
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran {
            code: match outcome {
                Outcome::Exit(code) => Some(code),
                Outcome::Trap(_) => None,
            },
            stdout: text(stdout.contents().to_vec()),
            stderr: text(stderr.contents().to_vec()),
            files: tree(folder.path(), folder.path()),
        }
    }
}

fn tree(root: &Path, folder: &Path) -> Vec<String> {
    let mut all = Vec::new();
    for name in crate::names(folder) {
        let path = folder.join(name);
        all.push(path.strip_prefix(root).unwrap().display().to_string());
        if path.is_dir() {
            all.extend(tree(root, &path));
        }
    }
    all
}

#[track_caller]
fn runs_the_same(module: PathBuf, args: &'static [&'static str], stdin: &'static str) {
    let program = Program { module, args, stdin };
    for &engine in EngineKind::ALL {
        let runtime = Runtime::with_config(Config { engine, ..Config::default() }).unwrap();
        let native = program.run(&runtime, false);
        assert_eq!(native.code, Some(0), "{engine}: {native:?}");
        assert_eq!(program.run(&runtime, true), native, "{engine}");
    }
}

#[test]
fn hello() {
    runs_the_same(tambo_guests::rust("hello"), &[], "");
    runs_the_same(tambo_guests::c("hello"), &[], "");
    runs_the_same(tambo_guests::wat("hello"), &[], "");
}

#[test]
fn arguments_and_environment() {
    runs_the_same(tambo_guests::rust("env-args"), &["one", "", "maíz 🌽"], "");
}

#[test]
fn standard_input() {
    runs_the_same(tambo_guests::rust("cat"), &[], "a line\nand one without end");
}

#[test]
fn a_tree_of_directories() {
    runs_the_same(tambo_guests::rust("ls-tree"), &["/"], "");
}

/// Everything that a program does with files, error numbers and the removal of trees included.
#[test]
fn files() {
    runs_the_same(tambo_guests::rust("fs-exercise"), &["/"], "");
}
