//! What a module is and asks for, found without compiling it.

use std::collections::BTreeSet;

use tambo_engine::{ExternKind, ExternType, FuncType, ValueType};
use wasmparser::{CompositeInnerType, Encoding, ExternalKind, Parser, Payload, TypeRef, ValType};

use crate::{Error, ErrorKind};

/// A module, as far as its user needs to know it.
#[derive(Clone, Debug, Default)]
pub struct ModuleInfo {
    /// What it imports.
    pub imports: Vec<ExternType>,
    /// What it exports.
    pub exports: Vec<ExternType>,
    /// Its own memories, in order.
    pub memories: Vec<ExternKind>,
    /// The WASI versions that it imports.
    pub wasi: BTreeSet<&'static str>,
    /// Whether it is a program (`_start`), a library (`_initialize` or neither).
    pub kind: ModuleKind,
    /// Whether it carries DWARF, so that backtraces can name lines.
    pub debug_info: bool,
    /// Number of functions that it defines.
    pub functions: u32,
}

/// How a module is meant to be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ModuleKind {
    /// It exports `_start`.
    Command,
    /// It exports `_initialize`: a library that is initialized first.
    Reactor,
    /// It exports neither.
    #[default]
    Library,
}

/// Authority that a module will ask for, judged by what it imports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Authority {
    /// Command-line arguments.
    Arguments,
    /// Environment variables.
    Environment,
    /// Directories (`--dir`).
    Directories,
    /// Standard streams and open files.
    Streams,
    /// Listening sockets (`--listen`).
    Listeners,
    /// Clocks.
    Clocks,
    /// Random bytes.
    Randomness,
}

impl Authority {
    /// A short name, for machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Arguments => "arguments",
            Self::Environment => "environment",
            Self::Directories => "directories",
            Self::Streams => "streams",
            Self::Listeners => "listeners",
            Self::Clocks => "clocks",
            Self::Randomness => "randomness",
        }
    }

    /// What it is, and the option that grants it.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Arguments => "command-line arguments",
            Self::Environment => "environment variables (--env)",
            Self::Directories => "directories (--dir)",
            Self::Streams => "standard streams",
            Self::Listeners => "listening sockets (--listen)",
            Self::Clocks => "clocks",
            Self::Randomness => "random bytes",
        }
    }
}

impl ModuleInfo {
    /// Read a binary module. Not a full validation.
    pub fn parse(wasm: &[u8]) -> Result<Self, Error> {
        refuse_component(wasm)?;
        let mut reader = Reader::default();
        for payload in Parser::new(0).parse_all(wasm) {
            reader.payload(payload.map_err(malformed)?)?;
        }
        Ok(reader.finish())
    }

    /// The authority that it will ask for.
    pub fn authority(&self) -> BTreeSet<Authority> {
        let wasi = self.imports.iter().filter(|import| wasi_version(&import.module).is_some());
        wasi.filter_map(|import| authority(&import.name)).collect()
    }
}

/// A module or component as binary, if it is text. Not a validation.
pub fn binary(bytes: &[u8]) -> Result<std::borrow::Cow<'_, [u8]>, Error> {
    crate::runtime::to_binary(bytes)
}

/// Whether these bytes are a binary component.
pub fn is_component(wasm: &[u8]) -> bool {
    wasm.starts_with(b"\0asm\x0d\0\x01\0")
}

/// Read a module, binary or text.
pub fn read_module(bytes: &[u8]) -> Result<ModuleInfo, Error> {
    ModuleInfo::parse(&crate::runtime::to_binary(bytes)?)
}

/// Whether these bytes are a precompiled file: native code.
pub fn is_precompiled(bytes: &[u8]) -> bool {
    crate::artifact::is_artifact(bytes)
}

/// Whether a file that ends with these bytes (the last 64 are enough) is precompiled and holds a component.
pub fn is_precompiled_component(end: &[u8]) -> bool {
    crate::artifact::is_component(end)
}

/// The engine, version, configuration and target that a precompiled file was made for.
pub fn precompiled_for(bytes: &[u8]) -> Result<String, Error> {
    Ok(crate::artifact::decode(bytes)?.fingerprint.to_owned())
}

pub(crate) fn refuse_component(wasm: &[u8]) -> Result<(), Error> {
    if is_component(wasm) {
        return Err(Error::new(ErrorKind::Module, "this is a component, not a core module")
            .with_hint("load it with `Runtime::load_component`"));
    }
    Ok(())
}

pub(crate) fn refuse_module(wasm: &[u8]) -> Result<(), Error> {
    if wasm.starts_with(b"\0asm\x01\0\0\0") {
        return Err(Error::new(ErrorKind::Module, "this is a core module, not a component")
            .with_hint("load it with `Runtime::load`"));
    }
    Ok(())
}

fn wasi_version(module: &str) -> Option<&'static str> {
    match module {
        "wasi_snapshot_preview1" => Some("0.1"),
        "wasi_unstable" => Some("0.0"),
        _ => None,
    }
}

fn authority(function: &str) -> Option<Authority> {
    Some(match function {
        "args_get" | "args_sizes_get" => Authority::Arguments,
        "environ_get" | "environ_sizes_get" => Authority::Environment,
        "sock_accept" => Authority::Listeners,
        "random_get" => Authority::Randomness,
        name if name.starts_with("path_") || name.starts_with("fd_prestat") || name == "fd_readdir" => {
            Authority::Directories
        }
        name if name.starts_with("fd_") || name.starts_with("sock_") => Authority::Streams,
        name if name.starts_with("clock_") || name == "poll_oneoff" => Authority::Clocks,
        _ => return None,
    })
}

#[derive(Default)]
struct Reader {
    info: ModuleInfo,
    types: Vec<Option<FuncType>>,
    functions: Vec<u32>,
}

impl Reader {
    fn payload(&mut self, payload: Payload<'_>) -> Result<(), Error> {
        match payload {
            Payload::Version { encoding: Encoding::Component, .. } => {
                return Err(Error::new(ErrorKind::Module, "this is a component, not a core module"));
            }
            Payload::TypeSection(types) => {
                for group in types {
                    self.types.extend(group.map_err(malformed)?.into_types().map(|ty| func_type(&ty)));
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import.map_err(malformed)?;
                    self.import(import.module, import.name, import.ty);
                }
            }
            Payload::FunctionSection(functions) => {
                for ty in functions {
                    self.functions.push(ty.map_err(malformed)?);
                    self.info.functions += 1;
                }
            }
            Payload::MemorySection(memories) => {
                for memory in memories {
                    self.info.memories.push(memory_kind(&memory.map_err(malformed)?));
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export.map_err(malformed)?;
                    self.export(export.name, export.kind, export.index);
                }
            }
            Payload::CustomSection(section) if section.name() == ".debug_line" => self.info.debug_info = true,
            _ => {}
        }
        Ok(())
    }

    fn import(&mut self, module: &str, name: &str, ty: TypeRef) {
        let kind = match ty {
            TypeRef::Func(index) | TypeRef::FuncExact(index) => {
                self.functions.push(index);
                ExternKind::Func(self.func_type(index))
            }
            TypeRef::Memory(memory) => memory_kind(&memory),
            TypeRef::Table(_) => ExternKind::Table,
            TypeRef::Global(_) => ExternKind::Global,
            TypeRef::Tag(_) => ExternKind::Tag,
        };
        if let Some(version) = wasi_version(module) {
            self.info.wasi.insert(version);
        }
        self.info.imports.push(ExternType { module: module.to_owned(), name: name.to_owned(), kind });
    }

    fn export(&mut self, name: &str, kind: ExternalKind, index: u32) {
        let kind = match kind {
            ExternalKind::Func | ExternalKind::FuncExact => {
                let ty = self.functions.get(index as usize).copied().unwrap_or(u32::MAX);
                ExternKind::Func(self.func_type(ty))
            }
            ExternalKind::Memory => self.memory(index),
            ExternalKind::Table => ExternKind::Table,
            ExternalKind::Global => ExternKind::Global,
            ExternalKind::Tag => ExternKind::Tag,
        };
        match name {
            "_start" => self.info.kind = ModuleKind::Command,
            "_initialize" if self.info.kind == ModuleKind::Library => self.info.kind = ModuleKind::Reactor,
            _ => {}
        }
        self.info.exports.push(ExternType { module: String::new(), name: name.to_owned(), kind });
    }

    fn memory(&self, index: u32) -> ExternKind {
        let is_memory = |import: &&ExternType| matches!(import.kind, ExternKind::Memory { .. });
        let mut all = self.info.imports.iter().filter(is_memory).map(|import| &import.kind).chain(&self.info.memories);
        let unknown = ExternKind::Memory { minimum: 0, maximum: None, memory64: false, shared: false };
        all.nth(index as usize).cloned().unwrap_or(unknown)
    }

    fn func_type(&self, index: u32) -> FuncType {
        self.types.get(index as usize).cloned().flatten().unwrap_or_default()
    }

    fn finish(self) -> ModuleInfo {
        self.info
    }
}

fn memory_kind(memory: &wasmparser::MemoryType) -> ExternKind {
    ExternKind::Memory {
        minimum: memory.initial,
        maximum: memory.maximum,
        memory64: memory.memory64,
        shared: memory.shared,
    }
}

fn func_type(ty: &wasmparser::SubType) -> Option<FuncType> {
    match &ty.composite_type.inner {
        CompositeInnerType::Func(ty) => {
            let list = |types: &[ValType]| types.iter().map(value_type).collect::<Vec<_>>();
            Some(FuncType::new(list(ty.params()), list(ty.results())))
        }
        _ => None,
    }
}

fn value_type(ty: &ValType) -> ValueType {
    match ty {
        ValType::I32 => ValueType::I32,
        ValType::I64 => ValueType::I64,
        ValType::F32 => ValueType::F32,
        ValType::F64 => ValueType::F64,
        ValType::V128 => ValueType::V128,
        ValType::Ref(_) => ValueType::Ref,
    }
}

fn malformed(error: wasmparser::BinaryReaderError) -> Error {
    Error::new(ErrorKind::Module, format!("malformed module: {error}"))
}
