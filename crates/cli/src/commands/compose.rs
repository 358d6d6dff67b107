//! `tambo compose`: components in, one component out.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tambo::inspect::{binary, is_component};
use tambo::os::blob_store::{read_file, write_file};
use tambo::{Error, ErrorKind};
use tambo_compose::{ComposeError, Composition};

use crate::args::Compose;
use crate::commands::compile::keep_input;
use crate::report::Failure;
use crate::settings;

pub(crate) fn compose(options: &Compose) -> Result<ExitCode, Failure> {
    let (composition, components) = if options.socket.extension().is_some_and(|extension| extension == "toml") {
        from_file(options)?
    } else {
        from_plugs(options)?
    };
    let inputs = components.iter().map(|(name, _)| Path::new(name));
    inputs.chain([options.socket.as_path()]).try_for_each(|input| keep_input(input, &options.output))?;
    let wasm = tambo_compose::compose(&composition, &components).map_err(told)?;
    write_file(&options.output, &wasm)
        .map_err(|error| Error::new(ErrorKind::File, format!("cannot write {}: {error}", options.output.display())))?;
    Ok(ExitCode::SUCCESS)
}

type Components = Vec<(String, Vec<u8>)>;

fn from_plugs(options: &Compose) -> Result<(Composition, Components), Error> {
    if options.plugs.is_empty() {
        let message = format!("{}: there is nothing to compose it with", options.socket.display());
        return Err(Error::new(ErrorKind::Link, message)
            .with_hint("--plug FILE serves its imports; a composition file has a name that ends in .toml"));
    }
    let files: Vec<&PathBuf> = [&options.socket].into_iter().chain(&options.plugs).collect();
    let components = files.into_iter().map(|file| read(file)).collect::<Result<Components, Error>>()?;
    Ok((tambo_compose::plug(&components).map_err(told)?, components))
}

/// Files that the composition names lie beside it.
fn from_file(options: &Compose) -> Result<(Composition, Components), Error> {
    let place = &options.socket;
    if !options.plugs.is_empty() {
        let message = format!("{}: a composition file says itself what serves what", place.display());
        return Err(Error::new(ErrorKind::Link, message).with_hint("leave out --plug"));
    }
    let bytes = bytes_of(place)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Error::new(ErrorKind::File, format!("cannot read {}: it is not UTF-8", place.display())))?;
    let file = tambo_compose::parse(&text).map_err(|error| told(error).about(place.display()))?;
    let beside = |name: &String| read(&place.parent().unwrap_or(Path::new("")).join(name));
    let components = file.components.iter().map(beside).collect::<Result<Components, Error>>()?;
    Ok((file.composition, components))
}

fn read(file: &Path) -> Result<(String, Vec<u8>), Error> {
    let bytes = bytes_of(file)?;
    let wasm = binary(&bytes).map_err(|error| error.about(file.display()))?;
    if !is_component(&wasm) {
        return Err(Error::new(ErrorKind::Module, "this is no component").about(file.display()));
    }
    Ok((file.display().to_string(), wasm.into_owned()))
}

fn bytes_of(file: &Path) -> Result<Vec<u8>, Error> {
    read_file(file, settings::MAX_MODULE)
        .map_err(|error| Error::new(ErrorKind::File, format!("cannot read {}: {error}", file.display())))
}

fn told(error: ComposeError) -> Error {
    let told = Error::new(ErrorKind::Link, error.message);
    match error.hint {
        Some(hint) => told.with_hint(hint),
        None => told,
    }
}
