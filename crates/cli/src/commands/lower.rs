//! `tambo lower`: a component in, the core module that stands for it out.

use std::process::ExitCode;

use tambo::os::blob_store::write_file;
use tambo::{Error, ErrorKind, Runtime};

use crate::args::Lower;
use crate::report::Failure;
use crate::settings;

pub(crate) fn lower(options: &Lower) -> Result<ExitCode, Failure> {
    let runtime = Runtime::with_config(settings::config(&options.engine, false, false))?;
    let component = runtime.load_component_file(&options.component)?;
    write_file(&options.output, &component.image().wasm)
        .map_err(|error| Error::new(ErrorKind::File, format!("cannot write {}: {error}", options.output.display())))?;
    Ok(ExitCode::SUCCESS)
}
