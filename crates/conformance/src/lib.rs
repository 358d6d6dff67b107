//! The conformance suite of WASI 0.2, run against the command line of any runtime.
//!
//! The programs are `guests/wasi-0.2`, one for each package of WASI; what a case is given and what must come of it is in
//! `suites/wasi-0.2/cases`; how a runtime is called is in `suites/wasi-0.2/runtimes`; and what is known to fail is in
//! `suites/wasi-0.2/expected-failures`. All of that is data, in the manner of wasi-testsuite, so that another runner or
//! another runtime can use it. A case of a handler has a server started and sends it one request; requests of guests go to
//! an [`Origin`] of the runner's. Each case gets a copy of the fixture of its own, next to a folder that no guest may reach,
//! and the runner looks afterwards whether any did.

mod case;
mod expected;
mod judge;
mod origin;
mod process;
mod reply;
mod runtime;
mod served;
mod site;
mod suite;
mod wire;

use std::path::{Path, PathBuf};

pub use case::{Case, Exit, Package, Spec, packages};
pub use expected::Expected;
pub use judge::Outcome;
pub use origin::Origin;
pub use reply::Reply;
pub use runtime::Runtime;
pub use suite::{Run, Totals};

/// Why the suite could not be run, in words.
#[derive(Debug)]
pub struct Error(String);

impl Error {
    fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }

    /// An error about a file.
    fn at(path: &Path, error: impl std::fmt::Display) -> Self {
        Self(format!("{}: {error}", path.display()))
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

/// The folder `suites/wasi-0.2` of the checkout.
pub fn folder() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).join("suites/wasi-0.2")
}

/// A JSON file as what it stands for.
fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let text = std::fs::read_to_string(path).map_err(|error| Error::at(path, error))?;
    serde_json::from_str(&text).map_err(|error| Error::at(path, error))
}
