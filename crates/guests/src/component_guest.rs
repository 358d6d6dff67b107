//! Guest components: worlds of `guests/components/wit`, without WASI, each implemented in Rust or in C by a folder of the
//! world's name; worlds of a folder's own, for C on the WIT of WASI 0.2; and the programs of the conformance suite, in Rust, on the WIT of WASI 0.2. They are compiled to core
//! modules and wrapped as components.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wit_component::ComponentEncoder;
use wit_parser::{Resolve, UnresolvedPackageGroup, WorldId};

use crate::{Error, Language, c_guest, cache, names, rust_guest, tools};

/// Its standard library imports nothing, unlike that of a WASI target.
const TARGET: &str = "wasm32-unknown-unknown";

const C_FLAGS: &[&str] =
    &["--target=wasm32-wasi", "-Wno-deprecated", "-Wall", "-Wextra", "-mexec-model=reactor", "-O2", "-Werror"];

pub(crate) fn build(name: &str) -> Result<PathBuf, Error> {
    let sources = cache::sources(Language::Component);
    let known = names(Language::Component)?;
    if !known.iter().any(|guest| guest == name) {
        return Err(Error::Unknown(known));
    }
    let is_rust = sources.join(name).join("Cargo.toml").is_file();
    let compiler = if is_rust { tools::RUSTC } else { tools::CLANG };
    tools::check(if is_rust { tools::FOR_RUST } else { tools::FOR_C })?;
    let wit = cache::wit();
    let key = cache::key(&[&sources, &wit, Path::new(compiler)], &C_FLAGS.join(" "))?;
    let folder_key = format!("{key}-{name}");
    cache::module(Language::Component, &folder_key, name, |folder| {
        let module = if is_rust { rust(&sources, name)? } else { c(&sources, name, folder)? };
        wrap(&module, name, folder)
    })
}

/// All programs use one standard library and one set of bindings, so they share a target folder with the other components.
pub(crate) fn build_conformance(name: &str) -> Result<PathBuf, Error> {
    let sources = cache::sources(Language::Conformance);
    let known = names(Language::Conformance)?;
    if !known.iter().any(|guest| guest == name) {
        return Err(Error::Unknown(known));
    }
    tools::check(tools::FOR_RUST)?;
    let key = cache::key(&[&sources, &cache::wit(), Path::new(tools::RUSTC)], TARGET)?;
    cache::module(Language::Conformance, &format!("{key}-{name}"), name, |folder| {
        wrap(&rust(&sources, name)?, name, folder)
    })
}

fn wrap(module: &[u8], name: &str, folder: &Path) -> Result<(), Error> {
    let component = ComponentEncoder::default().validate(true).module(module).and_then(|it| it.encode());
    let target = folder.join(format!("{name}.wasm"));
    fs::write(&target, component.map_err(failed)?).map_err(|error| Error::File(target, error))
}

fn rust(sources: &Path, name: &str) -> Result<Vec<u8>, Error> {
    let target_folder = cache::folder().join("build-components");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    command
        .current_dir(sources)
        .args(["build", "--release", "--locked", "-Zbuild-std=std,panic_abort", "--target", TARGET, "-p", name])
        .arg("--target-dir")
        .arg(&target_folder)
        .env("RUSTC", tools::RUSTC)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", format!("-Clinker={}", tools::LINKER));
    rust_guest::shield(&mut command);
    tools::run(&mut command)?;
    let built = target_folder.join(TARGET).join("release").join(format!("{}.wasm", name.replace('-', "_")));
    fs::read(&built).map_err(|error| Error::File(built, error))
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Build(format!("{error:#}"))
}

/// The world of that name: of `NAME.wit` beside the source, which may name the packages of WASI, or of those that all share.
fn world(sources: &Path, name: &str) -> Result<(Resolve, WorldId), Error> {
    let own = sources.join(name).join(format!("{name}.wit"));
    let mut resolve = Resolve::default();
    let package = if own.is_file() {
        let mut wasi = Vec::new();
        for file in cache::entries(&cache::wit().join("wasi-0.2"))? {
            wasi.push(group(&file)?);
        }
        resolve.push_groups(group(&own)?, wasi).map_err(failed)?
    } else {
        resolve.push_path(sources.join("wit")).map_err(failed)?.0
    };
    let world = resolve.select_world(&[package], Some(name)).map_err(failed)?;
    Ok((resolve, world))
}

fn group(file: &Path) -> Result<UnresolvedPackageGroup, Error> {
    let text = fs::read_to_string(file).map_err(|error| Error::File(file.to_owned(), error))?;
    UnresolvedPackageGroup::parse(file, &text).map_err(|(map, error)| failed(error.render(&map)))
}

/// The bindings are generated, compiled together with the source, and not kept.
fn c(sources: &Path, name: &str, folder: &Path) -> Result<Vec<u8>, Error> {
    let (mut resolve, world) = world(sources, name)?;
    let mut files = wit_bindgen_core::Files::default();
    let mut generator = wit_bindgen_c::Opts::default().build();
    wit_bindgen_core::WorldGenerator::generate(&mut *generator, &mut resolve, world, &mut files).map_err(failed)?;

    let bindings = folder.join("bindings");
    fs::create_dir_all(&bindings).map_err(|error| Error::File(bindings.clone(), error))?;
    for (file, contents) in files.iter() {
        let path = bindings.join(file);
        fs::write(&path, contents).map_err(|error| Error::File(path, error))?;
    }
    let module = bindings.join("module.wasm");
    let mut command = Command::new(tools::CLANG);
    let source = sources.join(name).join(format!("{name}.c"));
    command.args(C_FLAGS).args(c_guest::flags(&source)?).arg("-I").arg(&bindings);
    command.arg(source).arg(bindings.join(format!("{name}.c")));
    command.arg(bindings.join(format!("{name}_component_type.o"))).arg("-o").arg(&module);
    tools::run(&mut command)?;
    let bytes = fs::read(&module).map_err(|error| Error::File(module, error))?;
    fs::remove_dir_all(&bindings).map_err(|error| Error::File(bindings, error))?;
    Ok(bytes)
}
