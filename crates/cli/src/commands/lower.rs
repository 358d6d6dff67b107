//! `tambo lower`: a component in, the core module that stands for it out.

use std::process::ExitCode;

use tambo::os::blob_store::{read_file, write_file};
use tambo::{Error, ErrorKind, Runtime};

use crate::args::Lower;
use crate::commands::compile::keep_input;
use crate::report::Failure;
use crate::settings;

pub(crate) fn lower(options: &Lower) -> Result<ExitCode, Failure> {
    keep_input(&options.component, &options.output)?;
    let runtime = Runtime::with_config(settings::config(&options.engine, false, false))?;
    let about = |error: Error| error.about(options.component.display());
    let component = read_file(&options.component, settings::MAX_MODULE)
        .map_err(|error| about(Error::new(ErrorKind::File, format!("cannot read the component: {error}"))))?;
    let image = runtime.lower_component(&component).map_err(about)?;
    write_file(&options.output, &image.wasm)
        .map_err(|error| Error::new(ErrorKind::File, format!("cannot write {}: {error}", options.output.display())))?;
    Ok(ExitCode::SUCCESS)
}
