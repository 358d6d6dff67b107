//! All cases of a package on one runtime, several at a time.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::{fmt, thread};

use crate::case::{Case, Package};
use crate::expected::Expected;
use crate::judge::{Outcome, judge, judge_served};
use crate::runtime::{Places, Runtime};
use crate::site::{Fixture, Site};
use crate::{Error, Origin, Spec, process, served};

/// A runtime, and what is expected of it.
pub struct Run {
    runtime: Runtime,
    expected: Expected,
    fixture: Fixture,
    origin: Origin,
    /// A folder that all its runs share.
    scratch: tempfile::TempDir,
    /// Cases whose name has this in it.
    filter: String,
    jobs: usize,
}

/// How many cases passed, failed and were skipped, and a text for each that failed.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// Those that passed.
    pub passed: usize,
    /// Those that failed and were not expected to, or passed and were expected to fail.
    pub failed: Vec<String>,
    /// Those that were not run, or failed as expected.
    pub skipped: Vec<String>,
}

impl Totals {
    /// These and those.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed.extend(other.failed);
        self.skipped.extend(other.skipped);
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed.len(), self.skipped.len())
    }
}

impl Run {
    /// Run on this, and take these failures for known.
    pub fn new(runtime: Runtime, expected: Expected) -> Result<Self, Error> {
        let failed = |error: std::io::Error| Error::new(error.to_string());
        let (scratch, origin) = (tempfile::tempdir().map_err(failed)?, Origin::start().map_err(failed)?);
        let jobs = thread::available_parallelism().map_or(1, usize::from);
        Ok(Self { runtime, expected, fixture: Fixture::read()?, origin, scratch, filter: String::new(), jobs })
    }

    /// Run cases only whose name has this in it.
    #[must_use]
    pub fn filter(mut self, text: &str) -> Self {
        text.clone_into(&mut self.filter);
        self
    }

    /// Run a package, whose program is this file.
    pub fn package(&self, package: &Package, program: &Path) -> Result<Totals, Error> {
        let cases = package.cases();
        self.check_names(package, &cases, program)?;
        let cases: Vec<Case> = cases.into_iter().filter(|case| case.name.contains(&self.filter)).collect();
        let next = AtomicUsize::new(0);
        let totals = Mutex::new(Totals::default());
        let work = || {
            while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                let outcome = self.case(case, program).unwrap_or_else(|error| Outcome::Failed(error.to_string()));
                let mut totals = totals.lock().unwrap_or_else(PoisonError::into_inner);
                self.count(case, outcome, &mut totals);
            }
        };
        thread::scope(|scope| (0..self.jobs).for_each(|_| drop(scope.spawn(work))));
        let mut totals = totals.into_inner().unwrap_or_else(PoisonError::into_inner);
        totals.failed.sort();
        totals.skipped.sort();
        Ok(totals)
    }

    /// Run one case.
    fn case(&self, case: &Case, program: &Path) -> Result<Outcome, Error> {
        if let Some(reason) = self.runtime.cannot_run(case) {
            return Ok(Outcome::Skipped(reason.to_owned()));
        }
        if let Some(reason) = lacks(&case.spec) {
            return Ok(Outcome::Skipped(reason));
        }
        let site = Site::new(&self.fixture, case)?;
        let mut command = self.runtime.command(case, program, &self.places(&site.directories));
        command.current_dir(site.root());
        let failed = |error| Error::at(&self.runtime.program, error);
        let outcome = match &case.spec.request {
            Some(request) => {
                let request = self.origin.named_in(&named(&request.0, case));
                judge_served(&case.spec, &served::run(&mut command, &request).map_err(failed)?)
            }
            None => {
                let ran = process::run(&mut command, &case.spec).map_err(failed)?;
                judge(&case.spec, &ran, &self.runtime.trap_codes)
            }
        };
        Ok(site.damage().map_or(outcome, Outcome::Failed))
    }

    fn places<'a>(&'a self, directories: &'a [PathBuf]) -> Places<'a> {
        Places { directories, scratch: self.scratch.path(), origin: &self.origin }
    }

    fn count(&self, case: &Case, outcome: Outcome, totals: &mut Totals) {
        let name = format!("{} {}", case.package, case.name);
        match (outcome, self.expected.reason(&case.package, &case.name)) {
            (Outcome::Passed, None) => totals.passed += 1,
            (Outcome::Passed, Some(_)) => {
                totals.failed.push(format!("{name}: passed, but is listed as an expected failure: remove it there"));
            }
            (Outcome::Failed(what), None) => totals.failed.push(format!("{name}: {what}")),
            (Outcome::Failed(_), Some(reason)) => totals.skipped.push(format!("{name}: fails as expected: {reason}")),
            (Outcome::Skipped(reason), _) => totals.skipped.push(format!("{name}: {reason}")),
        }
    }

    /// The program, the file of cases and the expected failures must know the same cases. Where the program does not even
    /// start, because the runtime has not what it imports, that is for every case to tell.
    fn check_names(&self, package: &Package, cases: &[Case], program: &Path) -> Result<(), Error> {
        let list = package.list();
        let mut command = self.runtime.command(&list, program, &self.places(&[]));
        let ran = process::run(&mut command, &list.spec).map_err(|error| Error::at(&self.runtime.program, error))?;
        if ran.code != Some(0) {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&ran.stdout);
        let there: BTreeSet<&str> = text.lines().collect();
        let told: BTreeSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
        let expected: BTreeSet<&str> = self.expected.of(&package.name).collect();
        let differences = [
            (there.difference(&told), "the program has it, the file of cases has not"),
            (told.difference(&there), "the file of cases has it, the program has not"),
            (expected.difference(&told), "it is an expected failure, and no case"),
        ];
        for (mut names, what) in differences {
            if let Some(name) = names.next() {
                return Err(Error::new(format!("{} {name}: {what}", package.name)));
            }
        }
        Ok(())
    }
}

/// A request with the fields that a handler knows its case by.
fn named(request: &str, case: &Case) -> String {
    let (line, rest) = request.split_once("\r\n").unwrap_or((request, "\r\n"));
    format!("{line}\r\nx-case: {}\r\nx-origin: {{origin}}\r\n{rest}", case.name)
}

/// What the machine has not that a case needs.
fn lacks(spec: &Spec) -> Option<String> {
    match spec.needs.as_deref() {
        Some("ipv6") if std::net::TcpListener::bind("[::1]:0").is_err() => Some("the machine has no IPv6".to_owned()),
        Some("ipv6") | None => None,
        Some(other) => Some(format!("nobody knows what {other:?} is")),
    }
}
