//! How a runtime is called: the files `runtimes/NAME.json`.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::case::{Access, Case};
use crate::{Error, Origin, folder, read_json};

/// A runtime's command line. In the options, `{…}` stands for what the case has.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Runtime {
    /// The command.
    pub program: PathBuf,
    /// What comes before all options.
    arguments: Vec<String>,
    /// The same for serving a handler, on a free port of the loopback interface, with the address in the first line of
    /// standard error; without it, cases of handlers are skipped.
    serve: Option<Vec<String>>,
    /// Options that come with every call besides, from the command line of the runner.
    #[serde(skip)]
    options: Vec<String>,
    /// Options that preopen the directory `{host}` under the name `{guest}`.
    directory: Vec<String>,
    /// Options that do so for reading only; without them, such cases are skipped.
    read_only_directory: Option<Vec<String>>,
    /// Options that set the variable `{name}` to `{value}`.
    variable: Vec<String>,
    /// Options that grant the network.
    network: Vec<String>,
    /// Options that grant HTTP requests.
    http: Vec<String>,
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
        self.options.extend(option.map(str::to_owned));
        self
    }

    /// Why a case says nothing about this runtime.
    pub fn cannot_run(&self, case: &Case) -> Option<&'static str> {
        let mut directories = case.spec.dirs.iter().flat_map(|dirs| dirs.values());
        let is_read_only = directories.any(|access| *access == Access::ReadOnly);
        if is_read_only && self.read_only_directory.is_none() {
            return Some("it cannot grant a directory for reading only");
        }
        (case.spec.request.is_some() && self.serve.is_none()).then_some("it cannot serve")
    }

    /// The call that runs a case of this component, or serves it. `places` are what `{…}` in an argument stands for.
    pub(crate) fn command(&self, case: &Case, component: &Path, site: &Places<'_>) -> Command {
        let mut command = Command::new(&self.program);
        let serve = self.serve.as_ref().filter(|_| case.spec.request.is_some());
        command.env_clear().args(serve.unwrap_or(&self.arguments)).args(&self.options);
        for (name, value) in &self.environment {
            command.env(name, value.replace("{scratch}", &site.scratch.to_string_lossy()));
        }
        for ((guest, access), host) in case.spec.dirs.iter().flatten().zip(site.directories) {
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
        if case.spec.http == Some(true) {
            command.args(&self.http);
        }
        command.arg(component);
        if serve.is_none() {
            command.arg(&case.name).args(case.spec.args.iter().flatten().map(|text| site.origin.named_in(&text.0)));
        }
        command
    }
}

/// Where a case finds what is of the runner.
pub(crate) struct Places<'a> {
    /// The directories on the host, in the order of the case's.
    pub(crate) directories: &'a [PathBuf],
    /// A folder that all runs share.
    pub(crate) scratch: &'a Path,
    /// The server for requests.
    pub(crate) origin: &'a Origin,
}

impl Origin {
    /// A text with addresses in place of their names.
    pub(crate) fn named_in(&self, text: &str) -> String {
        text.replace("{origin}", &self.address().to_string()).replace("{deaf}", &self.deaf().to_string())
    }
}

fn filled<'a>(options: &'a [String], values: &'a [(&str, &str)]) -> impl Iterator<Item = String> + 'a {
    options.iter().map(|option| values.iter().fold(option.clone(), |option, (key, value)| option.replace(key, value)))
}
