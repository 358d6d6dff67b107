//! A small harness around the built command: each run has a directory and a cache of its own.

#![allow(dead_code, reason = "every test file uses a part of it")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A place to run in.
pub(crate) struct Site {
    pub(crate) directory: tempfile::TempDir,
    engine: &'static str,
}

/// What a run gave.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Site {
    pub(crate) fn new(engine: &'static str) -> Self {
        Self { directory: tempfile::tempdir().unwrap(), engine }
    }

    pub(crate) fn engine(&self) -> &'static str {
        self.engine
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Write a module given as text; answers its path.
    pub(crate) fn module(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, wat::parse_str(text).unwrap()).unwrap();
        path
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// `tambo` with a cache of this site's own and none of the caller's environment.
    pub(crate) fn tambo(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tambo"));
        command.env_clear().env("TAMBO_CACHE_DIR", self.path("cache")).current_dir(self.directory.path());
        command.stdin(Stdio::null());
        command
    }

    /// `tambo run` on this site's engine; the module and its arguments are to be added.
    pub(crate) fn run_command(&self) -> Command {
        let mut command = self.tambo();
        command.args(["run", "--engine", self.engine]);
        command
    }

    /// Run a module with options before it and arguments after it.
    pub(crate) fn run(&self, options: &[&str], module: &Path, arguments: &[&str]) -> Ran {
        let mut command = self.run_command();
        command.args(options).arg(module).args(arguments);
        finish(command.output().unwrap())
    }

    /// Run another command.
    pub(crate) fn command(&self, arguments: &[&str]) -> Ran {
        finish(self.tambo().args(arguments).output().unwrap())
    }
}

pub(crate) fn finish(output: Output) -> Ran {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Feed a child and wait for it.
pub(crate) fn feed(mut child: Child, input: &[u8]) -> Ran {
    child.stdin.take().unwrap().write_all(input).unwrap();
    finish(child.wait_with_output().unwrap())
}

/// Wait until `probe` holds, for at most some seconds.
pub(crate) fn eventually(mut probe: impl FnMut() -> bool) -> bool {
    for _ in 0..500 {
        if probe() {
            return true;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    false
}

/// One test for each engine.
#[macro_export]
macro_rules! on_both_engines {
    ($($(#[$meta:meta])* fn $name:ident($site:ident) $body:block)*) => {
        mod wasmtime {
            use super::*;
            $($(#[$meta])* #[test] fn $name() { let $site = Site::new("wasmtime"); $body })*
        }
        mod wasmi {
            use super::*;
            $($(#[$meta])* #[test] fn $name() { let $site = Site::new("wasmi"); $body })*
        }
    };
}
