//! A core module of the component, parsed as far as fusing needs it. Modules were validated with their component;
//! whatever does not parse here is a bug of ours.

use std::collections::HashMap;

use tambo_component_plan::Plan;
use wasmparser::{
    Data, Element, ExternalKind, FunctionBody, Global, KnownCustom, MemoryType, Name, NameSectionReader, Parser,
    Payload, RecGroup, Table, TableType, TagType, TypeRef,
};

use super::bug;
use crate::ImageError;

/// What an import or export can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Func,
    Table,
    Memory,
    Global,
    Tag,
}

impl Kind {
    pub(super) const ALL: [Self; 5] = [Self::Func, Self::Table, Self::Memory, Self::Global, Self::Tag];

    pub(super) fn of_import(ty: &TypeRef) -> Self {
        match ty {
            TypeRef::Func(_) | TypeRef::FuncExact(_) => Self::Func,
            TypeRef::Table(_) => Self::Table,
            TypeRef::Memory(_) => Self::Memory,
            TypeRef::Global(_) => Self::Global,
            TypeRef::Tag(_) => Self::Tag,
        }
    }
}

impl From<ExternalKind> for Kind {
    fn from(kind: ExternalKind) -> Self {
        match kind {
            ExternalKind::Func | ExternalKind::FuncExact => Self::Func,
            ExternalKind::Table => Self::Table,
            ExternalKind::Memory => Self::Memory,
            ExternalKind::Global => Self::Global,
            ExternalKind::Tag => Self::Tag,
        }
    }
}

/// A parsed core module.
#[derive(Default)]
pub(super) struct Module<'a> {
    pub(super) groups: Vec<RecGroup>,
    pub(super) type_count: u32,
    /// In order, compact forms expanded.
    pub(super) imports: Vec<TypeRef>,
    /// The type of each defined function.
    pub(super) functions: Vec<u32>,
    pub(super) tables: Vec<Table<'a>>,
    pub(super) memories: Vec<MemoryType>,
    pub(super) tags: Vec<TagType>,
    pub(super) globals: Vec<Global<'a>>,
    pub(super) exports: HashMap<&'a str, (Kind, u32)>,
    pub(super) start: Option<u32>,
    pub(super) elements: Vec<Element<'a>>,
    pub(super) bodies: Vec<FunctionBody<'a>>,
    pub(super) data: Vec<Data<'a>>,
    /// Functions with a name, in ascending order: from the name section, or failing that their exports.
    pub(super) names: Vec<(u32, &'a str)>,
    imported: [u32; 5],
    imported_tables: Vec<TableType>,
    imported_memories: Vec<MemoryType>,
}

impl<'a> Module<'a> {
    /// How many imports are of a kind.
    pub(super) fn imported(&self, kind: Kind) -> u32 {
        self.imported[kind as usize]
    }

    /// How many definitions are of a kind, without imports.
    pub(super) fn defined(&self, kind: Kind) -> usize {
        match kind {
            Kind::Func => self.functions.len(),
            Kind::Table => self.tables.len(),
            Kind::Memory => self.memories.len(),
            Kind::Global => self.globals.len(),
            Kind::Tag => self.tags.len(),
        }
    }

    /// The type of a memory, and whether the module defines it.
    pub(super) fn memory(&self, index: u32) -> Option<(MemoryType, bool)> {
        match index.checked_sub(self.imported(Kind::Memory)) {
            Some(defined) => Some((*self.memories.get(defined as usize)?, true)),
            None => Some((*self.imported_memories.get(index as usize)?, false)),
        }
    }

    /// The type of a table, and whether the module defines it.
    pub(super) fn table(&self, index: u32) -> Option<(TableType, bool)> {
        match index.checked_sub(self.imported(Kind::Table)) {
            Some(defined) => Some((self.tables.get(defined as usize)?.ty, true)),
            None => Some((*self.imported_tables.get(index as usize)?, false)),
        }
    }

    fn parse(bytes: &'a [u8]) -> wasmparser::Result<Self> {
        let mut module = Self::default();
        let mut names = HashMap::new();
        for payload in Parser::new(0).parse_all(bytes) {
            module.section(payload?, &mut names)?;
        }
        for (&name, &(kind, index)) in &module.exports {
            if kind == Kind::Func {
                // The smallest name, so that the choice does not depend on the map's order.
                let exported = names.entry(index).or_insert((false, name));
                if !exported.0 && name < exported.1 {
                    exported.1 = name;
                }
            }
        }
        module.names = names.into_iter().map(|(index, (_, name))| (index, name)).collect();
        module.names.sort_unstable_by_key(|&(index, _)| index);
        Ok(module)
    }

    fn section(&mut self, payload: Payload<'a>, names: &mut HashMap<u32, (bool, &'a str)>) -> wasmparser::Result<()> {
        match payload {
            Payload::TypeSection(reader) => {
                self.groups = reader.into_iter().collect::<Result<_, _>>()?;
                self.type_count = self.groups.iter().map(|group| group.types().len() as u32).sum();
            }
            Payload::ImportSection(reader) => {
                for import in reader.into_imports() {
                    let ty = import?.ty;
                    self.imported[Kind::of_import(&ty) as usize] += 1;
                    self.imports.push(ty);
                    match ty {
                        TypeRef::Table(ty) => self.imported_tables.push(ty),
                        TypeRef::Memory(ty) => self.imported_memories.push(ty),
                        _ => {}
                    }
                }
            }
            Payload::FunctionSection(reader) => self.functions = reader.into_iter().collect::<Result<_, _>>()?,
            Payload::TableSection(reader) => self.tables = reader.into_iter().collect::<Result<_, _>>()?,
            Payload::MemorySection(reader) => self.memories = reader.into_iter().collect::<Result<_, _>>()?,
            Payload::TagSection(reader) => self.tags = reader.into_iter().collect::<Result<_, _>>()?,
            Payload::GlobalSection(reader) => self.globals = reader.into_iter().collect::<Result<_, _>>()?,
            Payload::ExportSection(reader) => {
                for export in reader {
                    let export = export?;
                    self.exports.insert(export.name, (export.kind.into(), export.index));
                }
            }
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(reader) => self.elements = reader.into_iter().collect::<Result<_, _>>()?,
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::DataSection(reader) => self.data = reader.into_iter().collect::<Result<_, _>>()?,
            Payload::CustomSection(custom) => {
                if let KnownCustom::Name(reader) = custom.as_known() {
                    function_names(reader, names);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// What a name section says as far as it can be read: nobody has validated it.
fn function_names<'a>(reader: NameSectionReader<'a>, names: &mut HashMap<u32, (bool, &'a str)>) {
    for subsection in reader.map_while(Result::ok) {
        if let Name::Function(map) = subsection {
            for naming in map.map_while(Result::ok) {
                names.insert(naming.index, (true, naming.name));
            }
        }
    }
}

/// The plan's modules, in its order.
pub(super) fn parse_all<'a>(plan: &Plan, component: &'a [u8]) -> Result<Vec<Module<'a>>, ImageError> {
    plan.modules
        .iter()
        .map(|module| {
            let bytes = component
                .get(module.bytes.clone())
                .ok_or_else(|| bug(format!("the core module `{}` is not in the component", module.name)))?;
            Module::parse(bytes).map_err(|error| bug(format!("the core module `{}`: {error}", module.name)))
        })
        .collect()
}
