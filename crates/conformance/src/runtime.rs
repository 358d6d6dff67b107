//! How a runtime is called: the files `runtimes/NAME.json`.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::case::{Access, Case};
use crate::{Error, folder, read_json};

/// A runtime's command line. In the options, `{…}` stands for what the case has.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Runtime {
    /// The command.
    pub program: PathBuf,
    /// What comes before all options.
    arguments: Vec<String>,
    /// Options that preopen the directory `{host}` under the name `{guest}`.
    directory: Vec<String>,
    /// Options that do so for reading only; without them, such cases are skipped.
    read_only_directory: Option<Vec<String>>,
    /// Options that set the variable `{name}` to `{value}`.
    variable: Vec<String>,
    /// Options that grant the network.
    network: Vec<String>,
    /// Variables for the runtime itself; `{scratch}` is a folder that all its runs share.
    #[serde(default)]
    environment: std::collections::BTreeMap<String, String>,
    /// Exit codes after a trap.
    pub(crate) trap_codes: Vec<i32>,
}

impl Runtime {
    /// The runtime of this name.
    pub fn read(name: &str) -> Result<Self, Error> {
        read_json(&folder().join("runtimes").join(format!("{name}.json")))
    }

    /// Call this program instead of what the file names.
    #[must_use]
    pub fn program(mut self, program: impl Into<PathBuf>) -> Self {
        self.program = program.into();
        self
    }

    /// Add an option to every call.
    #[must_use]
    pub fn option<const N: usize>(mut self, option: [&str; N]) -> Self {
        self.arguments.extend(option.map(str::to_owned));
        self
    }

    /// Why a case says nothing about this runtime.
    pub fn cannot_run(&self, case: &Case) -> Option<&'static str> {
        let mut directories = case.spec.dirs.iter().flat_map(|dirs| dirs.values());
        let is_read_only = directories.any(|access| *access == Access::ReadOnly);
        (is_read_only && self.read_only_directory.is_none()).then_some("it cannot grant a directory for reading only")
    }

    /// The call that runs a case of this component. `directories` are on the host, in the order of the case's.
    pub(crate) fn command(&self, case: &Case, component: &Path, directories: &[PathBuf], scratch: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.env_clear().args(&self.arguments);
        for (name, value) in &self.environment {
            command.env(name, value.replace("{scratch}", &scratch.to_string_lossy()));
        }
        for ((guest, access), host) in case.spec.dirs.iter().flatten().zip(directories) {
            let read_only = self.read_only_directory.as_ref().filter(|_| *access == Access::ReadOnly);
            let host = host.to_string_lossy();
            command.args(filled(read_only.unwrap_or(&self.directory), &[("{host}", &host), ("{guest}", guest)]));
        }
        for (name, value) in case.spec.env.iter().flatten() {
            command.args(filled(&self.variable, &[("{name}", name), ("{value}", &value.0)]));
        }
        if case.spec.network == Some(true) {
            command.args(&self.network);
        }
        command.arg(component).arg(&case.name).args(case.spec.args.iter().flatten().map(|text| &text.0));
        command
    }
}

fn filled<'a>(options: &'a [String], values: &'a [(&str, &str)]) -> impl Iterator<Item = String> + 'a {
    options.iter().map(|option| values.iter().fold(option.clone(), |option, (key, value)| option.replace(key, value)))
}
