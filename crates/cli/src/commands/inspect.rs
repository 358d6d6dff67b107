//! `tambo inspect`: what a module or component is, without running it.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use serde_json::{Value as Json, json};
use tambo::inspect::{
    ModuleInfo, ModuleKind, binary, is_component, is_precompiled, is_precompiled_component, precompiled_for,
    read_module,
};
use tambo::os::blob_store::read_file;
use tambo::{Error, ErrorKind, ExternKind, ExternType};
use tambo_component_wit::plan::Plan;

use crate::args::Inspect;
use crate::report::{Failure, printable};

pub(crate) fn inspect(options: &Inspect) -> Result<ExitCode, Failure> {
    let about = |error: Error| error.about(options.module.display());
    let bytes = read_file(&options.module, crate::settings::MAX_MODULE)
        .map_err(|error| about(Error::new(ErrorKind::File, format!("cannot read the module: {error}"))))?;
    let text = if is_precompiled(&bytes) {
        let kind = if is_precompiled_component(&bytes) { "component" } else { "module" };
        precompiled(kind, &precompiled_for(&bytes).map_err(about)?, options.json)
    } else if is_component(&binary(&bytes).map_err(about)?) {
        component(&binary(&bytes).map_err(about)?, options).map_err(about)?
    } else if options.plan {
        return Err(about(Error::new(ErrorKind::Module, "this is a core module; components have a plan")).into());
    } else {
        let info = read_module(&bytes).map_err(about)?;
        if options.json { format!("{:#}\n", to_json(&info)) } else { to_text(&info) }
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn component(wasm: &[u8], options: &Inspect) -> Result<String, Error> {
    let plan = Plan::new(wasm).map_err(|error| Error::new(ErrorKind::Module, error.to_string()))?;
    if options.plan {
        return Ok(printable(&plan.to_string()).into_owned());
    }
    let wit = tambo_component_wit::print(&plan);
    if !options.json {
        return Ok(wit);
    }
    let json = json!({
        "kind": "component",
        "instances": plan.instances.len(),
        "coreModules": plan.modules.len(),
        "coreInstances": plan.core_instances.len(),
        "imports": plan.imports.iter().map(|import| import.name.as_str()).collect::<Vec<_>>(),
        "exports": plan.exports.iter().map(|export| export.name.as_str()).collect::<Vec<_>>(),
        "world": wit,
    });
    Ok(format!("{json:#}\n"))
}

fn precompiled(kind: &str, made_for: &str, json: bool) -> String {
    if json {
        format!("{:#}\n", json!({ "kind": "precompiled", "holds": kind, "engine": made_for }))
    } else {
        format!("{kind}, precompiled for {made_for}\n")
    }
}

fn kind(info: &ModuleInfo) -> &'static str {
    match info.kind {
        ModuleKind::Command => "command",
        ModuleKind::Reactor => "reactor",
        ModuleKind::Library => "library",
    }
}

fn wasi(info: &ModuleInfo) -> Vec<&'static str> {
    info.wasi.iter().copied().collect()
}

fn to_text(info: &ModuleInfo) -> String {
    let versions = wasi(info);
    let versions = if versions.is_empty() { "none".to_owned() } else { versions.join(", ") };
    let debug = if info.debug_info { ", with debug information" } else { "" };
    let mut text = format!("core module: {}, {} functions{debug}\nWASI: {versions}\n", kind(info), info.functions);
    section(&mut text, "authority", info.authority().iter().map(|authority| authority.describe().to_owned()));
    section(&mut text, "memories", info.memories.iter().map(ToString::to_string));
    let import = |import: &ExternType| format!("{}::{}: {}", import.module, import.name, import.kind);
    section(&mut text, "imports", info.imports.iter().map(import));
    section(&mut text, "exports", info.exports.iter().map(|export| format!("{}: {}", export.name, export.kind)));
    text
}

fn section(text: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let mut lines = lines.peekable();
    if lines.peek().is_none() {
        return;
    }
    let _ = writeln!(text, "{title}:");
    for line in lines {
        let _ = writeln!(text, "  {}", printable(&line));
    }
}

fn to_json(info: &ModuleInfo) -> Json {
    let memories: Vec<Json> = info.memories.iter().map(kind_json).collect();
    let imports = info
        .imports
        .iter()
        .map(|import| json!({ "module": import.module, "name": import.name, "type": kind_json(&import.kind) }));
    let exports = info.exports.iter().map(|export| json!({ "name": export.name, "type": kind_json(&export.kind) }));
    json!({
        "kind": kind(info),
        "wasi": wasi(info),
        "functions": info.functions,
        "debugInfo": info.debug_info,
        "authority": info.authority().iter().map(|authority| authority.name()).collect::<Vec<_>>(),
        "memories": memories,
        "imports": imports.collect::<Vec<_>>(),
        "exports": exports.collect::<Vec<_>>(),
    })
}

fn kind_json(kind: &ExternKind) -> Json {
    match kind {
        ExternKind::Func(ty) => {
            let list = |types: &[tambo::ValueType]| types.iter().map(ToString::to_string).collect::<Vec<_>>();
            json!({ "kind": "func", "params": list(&ty.params), "results": list(&ty.results) })
        }
        ExternKind::Memory { minimum, maximum, memory64, shared } => json!({
            "kind": "memory", "minimum": minimum, "maximum": maximum, "memory64": memory64, "shared": shared,
        }),
        other => json!({ "kind": other.to_string() }),
    }
}
