//! What a case is given and what must come of it: the files `cases/PACKAGE.json`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::reply::Reply;
use crate::{Error, folder, read_json};

/// One file of cases, which are those of one program.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// The name of the program, which is that of the file.
    #[serde(skip)]
    pub name: String,
    /// What holds for every case that does not say otherwise.
    #[serde(default)]
    defaults: Spec,
    /// The cases, by the function that they are about, and by name.
    cases: BTreeMap<String, BTreeMap<String, Spec>>,
}

/// One case.
#[derive(Clone, Debug)]
pub struct Case {
    /// The name of its program.
    pub package: String,
    /// Its name in the program: `interface/function/what-it-shows`.
    pub name: String,
    /// What it is given and what must come of it.
    pub spec: Spec,
}

/// What a case is given and what must come of it. What is left out is as the defaults of the file have it, or empty.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Spec {
    /// Arguments after the case's name. `{origin}` and `{deaf}` stand for addresses of the runner's [`Origin`](crate::Origin).
    pub args: Option<Vec<Text>>,
    /// The environment, which has nothing else.
    pub env: Option<BTreeMap<String, Text>>,
    /// Preopened directories, each with a copy of the fixture, by their names for the guest.
    pub dirs: Option<BTreeMap<String, Access>>,
    /// Whether it is granted the network, all of it.
    pub network: Option<bool>,
    /// Whether it may send HTTP requests, to anywhere.
    pub http: Option<bool>,
    /// It is a handler: a server gets this request, with fields that name the case (`x-case`) and the origin (`x-origin`)
    /// after the first line. What the server writes by itself is not compared, and its exit code neither.
    pub request: Option<Text>,
    /// What the server answers.
    pub response: Option<Reply>,
    /// Standard input; without it, it is empty.
    pub stdin: Option<Text>,
    /// Standard input is open and stays empty.
    pub stdin_stays_open: Option<bool>,
    /// Standard input, output and error are one terminal; what comes out of it is not compared.
    pub terminal: Option<bool>,
    /// How it ends.
    pub exit_code: Option<Exit>,
    /// What it writes to standard output.
    pub stdout: Option<Text>,
    /// What it writes to standard error, unless it traps.
    pub stderr: Option<Text>,
    /// What the machine must have, or the case is skipped: `ipv6`.
    pub needs: Option<String>,
    /// Why an outcome other than the plain one is right, where that is not plain: for people.
    pub note: Option<String>,
}

/// A string; in the file, a long one may be told as `{ "repeat": "ab", "times": 1000 }`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "ToldText")]
pub struct Text(pub String);

#[derive(Deserialize)]
#[serde(untagged)]
enum ToldText {
    Plain(String),
    Repeated { repeat: String, times: usize },
}

impl From<ToldText> for Text {
    fn from(told: ToldText) -> Self {
        match told {
            ToldText::Plain(text) => Self(text),
            ToldText::Repeated { repeat, times } => Self(repeat.repeat(times)),
        }
    }
}

/// Whether a directory may be changed.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// It may.
    ReadWrite,
    /// It may not.
    ReadOnly,
}

/// How a program ends.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(untagged)]
pub enum Exit {
    /// With this code.
    Code(i32),
    /// Otherwise.
    Trap(Trap),
}

/// Ends that are no exit codes.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Trap {
    /// It traps.
    Trap,
    /// It traps, or exits with 0: the text permits both.
    MayTrap,
}

impl Spec {
    /// This, with what it leaves out taken from the defaults.
    fn or(self, defaults: &Self) -> Self {
        let defaults = defaults.clone();
        Self {
            args: self.args.or(defaults.args),
            env: self.env.or(defaults.env),
            dirs: self.dirs.or(defaults.dirs),
            network: self.network.or(defaults.network),
            http: self.http.or(defaults.http),
            request: self.request.or(defaults.request),
            response: self.response.or(defaults.response),
            stdin: self.stdin.or(defaults.stdin),
            stdin_stays_open: self.stdin_stays_open.or(defaults.stdin_stays_open),
            terminal: self.terminal.or(defaults.terminal),
            exit_code: self.exit_code.or(defaults.exit_code),
            stdout: self.stdout.or(defaults.stdout),
            stderr: self.stderr.or(defaults.stderr),
            needs: self.needs.or(defaults.needs),
            note: self.note.or(defaults.note),
        }
    }
}

impl Package {
    /// The file of this package.
    pub fn read(name: &str) -> Result<Self, Error> {
        let package: Self = read_json(&folder().join("cases").join(format!("{name}.json")))?;
        Ok(Self { name: name.to_owned(), ..package })
    }

    /// Its cases.
    pub fn cases(&self) -> Vec<Case> {
        let groups = self.cases.iter();
        let all = groups.flat_map(|(group, cases)| cases.iter().map(move |(name, spec)| (group, name, spec)));
        let case = |(group, name, spec): (&String, &String, &Spec)| Case {
            package: self.name.clone(),
            name: format!("{group}/{name}"),
            spec: spec.clone().or(&self.defaults),
        };
        all.map(case).collect()
    }

    /// The case that is none: the program lists what it has.
    pub(crate) fn list(&self) -> Case {
        let spec = Spec { http: self.defaults.http, ..Spec::default() };
        Case { package: self.name.clone(), name: "list".to_owned(), spec }
    }

    /// The functions that it has cases about, and the other groups.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.cases.keys().map(String::as_str)
    }
}

/// The names of all packages.
pub fn packages() -> Result<Vec<String>, Error> {
    let folder = folder().join("cases");
    let entries = std::fs::read_dir(&folder).map_err(|error| Error::at(&folder, error))?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| Error::at(&folder, error))?.path();
        if let (Some(stem), Some("json")) = (path.file_stem(), path.extension().and_then(|it| it.to_str())) {
            names.push(stem.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
