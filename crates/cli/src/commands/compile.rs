//! `tambo compile`: a module or component in, a precompiled file out.

use std::path::Path;
use std::process::ExitCode;

use tambo::inspect::{binary, is_component};
use tambo::os::blob_store::{read_file, write_file};
use tambo::{Error, ErrorKind, Runtime, inspect};

use crate::args::Compile;
use crate::report::Failure;
use crate::settings;

pub(crate) fn compile(options: &Compile) -> Result<ExitCode, Failure> {
    let module = &options.module;
    let about = |error: Error| error.about(module.display());
    let source = read_file(module, settings::MAX_MODULE)
        .map_err(|error| about(Error::new(ErrorKind::File, format!("cannot read the module: {error}"))))?;
    if inspect::is_precompiled(&source) {
        return Err(about(Error::new(ErrorKind::Module, "this file is precompiled already")).into());
    }
    let output = options.output.clone().unwrap_or_else(|| module.with_extension("cwasm"));
    keep_input(module, &output)?;
    let runtime = Runtime::with_config(settings::config(&options.engine, options.timeout, options.fuel))?;
    let is_component = is_component(&binary(&source).map_err(about)?);
    let compiled = if is_component { runtime.precompile_component(&source) } else { runtime.precompile(&source) };
    let compiled = compiled.map_err(about)?;
    write_file(&output, &compiled)
        .map_err(|error| Error::new(ErrorKind::File, format!("cannot write {}: {error}", output.display())))?;
    Ok(ExitCode::SUCCESS)
}

/// An error if both paths lead to one file.
pub(crate) fn keep_input(input: &Path, output: &Path) -> Result<(), Error> {
    let is_same = input.canonicalize().ok().is_some_and(|one| output.canonicalize().is_ok_and(|other| one == other));
    if is_same && std::fs::metadata(input).is_ok_and(|metadata| metadata.is_file()) {
        let error = Error::new(ErrorKind::File, "the output would replace this file");
        return Err(error.about(input.display()).with_hint("name another with --output"));
    }
    Ok(())
}
