//! `tambo wast`: scripts in, failures and totals out.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use tambo::os::blob_store::read_file;
use tambo::{Error, ErrorKind, Runtime};
use tambo_wast::{Options, Report};

use crate::args::Wast;
use crate::report::{Failure, printable};
use crate::settings;

/// The exit code if an assertion failed.
const FAILED: u8 = 1;

pub(crate) fn wast(options: &Wast) -> Result<ExitCode, Failure> {
    let runtime = Runtime::with_config(settings::config(&options.engine, false, false))?;
    let judge = Options { exact_messages: options.exact_messages };
    let mut total = Report::default();
    for file in &options.files {
        let text = read(file)?;
        total.add(tambo_wast::run(&runtime, &file.display().to_string(), &text, judge));
    }
    writeln!(io::stdout(), "{}", printable(&total.to_string()))?;
    Ok(if total.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

fn read(file: &Path) -> Result<String, Error> {
    let cannot =
        |why: &dyn std::fmt::Display| Error::new(ErrorKind::File, format!("cannot read {}: {why}", file.display()));
    let bytes = read_file(file, settings::MAX_MODULE).map_err(|error| cannot(&error))?;
    String::from_utf8(bytes).map_err(|_| cannot(&"it is not UTF-8"))
}
