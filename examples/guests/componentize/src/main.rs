//! Two steps between a compiler and a component, for guests in C and Rust:
//!
//! ```text
//! componentize bindings WIT WORLD FOLDER      C of a world's imports and exports
//! componentize command MODULE COMPONENT       a module with a `_start`, wrapped
//! componentize reactor MODULE COMPONENT       a module with exports to call, wrapped
//! ```
//!
//! A module that imports WASI 0.1, as those of wasi-libc and Rust's standard library do, gets the adapter that
//! translates to WASI 0.2.

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use wasi_preview1_component_adapter_provider as adapters;
use wasi_preview1_component_adapter_provider::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER as COMMAND;
use wasi_preview1_component_adapter_provider::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER as REACTOR;
use wit_component::ComponentEncoder;
use wit_parser::Resolve;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["bindings", wit, world, folder] => bindings(Path::new(wit), world, Path::new(folder)),
        ["command", module, target] => component(Path::new(module), Path::new(target), COMMAND),
        ["reactor", module, target] => component(Path::new(module), Path::new(target), REACTOR),
        _ => Err("usage: componentize bindings WIT WORLD FOLDER | command|reactor MODULE COMPONENT".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("componentize: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bindings(wit: &Path, world: &str, folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(wit)?;
    let world = resolve.select_world(&[package], Some(world))?;
    let mut files = wit_bindgen_core::Files::default();
    let mut generator = wit_bindgen_c::Opts::default().build();
    wit_bindgen_core::WorldGenerator::generate(&mut *generator, &mut resolve, world, &mut files)?;
    fs::create_dir_all(folder)?;
    for (file, contents) in files.iter() {
        fs::write(folder.join(file), contents)?;
    }
    Ok(())
}

fn component(module: &Path, target: &Path, adapter: &[u8]) -> Result<(), Box<dyn Error>> {
    let module = fs::read(module)?;
    let mut encoder = ComponentEncoder::default();
    encoder.validate(true).module(&module)?;
    // Its name is in the module only if that imports it.
    let name = adapters::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME;
    if module.windows(name.len()).any(|bytes| bytes == name.as_bytes()) {
        encoder.adapter(name, adapter)?;
    }
    fs::write(target, encoder.encode()?)?;
    Ok(())
}
