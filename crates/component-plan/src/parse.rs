//! Bytes to definitions: every component with its definitions in their order, every core module with what linking
//! needs to know of it (Binary.md, "Component Definitions"). Validated first, so that what follows can rely on it.

use std::collections::HashMap;
use std::ops::Range;

use wasmparser::{
    CanonicalFunction, ComponentAlias, ComponentExport, ComponentImport, ComponentInstance, ComponentName,
    ComponentType, CustomSectionReader, ExternalKind, FromReader, Instance, KnownCustom, Name, NameMap, Parser,
    Payload, SectionLimited, TypeRef, Validator,
};

use crate::PlanError;
use crate::features::{beyond, features};

/// Everything in a component's bytes, nested or not.
#[derive(Debug, Default)]
pub(crate) struct Program<'a> {
    /// Components, each after those that it contains: the last is the root.
    pub(crate) components: Vec<Component<'a>>,
    pub(crate) modules: Vec<Module<'a>>,
}

#[derive(Debug, Default)]
pub(crate) struct Component<'a> {
    pub(crate) name: Option<&'a str>,
    pub(crate) definitions: Vec<(usize, Definition<'a>)>,
    pub(crate) instance_names: HashMap<u32, &'a str>,
    pub(crate) module_names: HashMap<u32, &'a str>,
    pub(crate) type_names: HashMap<u32, &'a str>,
}

/// A definition. Those of core types are left out: what they say is in the modules and functions themselves.
#[derive(Debug)]
pub(crate) enum Definition<'a> {
    Module(usize),
    CoreInstance(Instance<'a>),
    Component(usize),
    Instance(ComponentInstance<'a>),
    Alias(ComponentAlias<'a>),
    Type(ComponentType<'a>),
    Canon(CanonicalFunction),
    Import(ComponentImport<'a>),
    Export(ComponentExport<'a>),
}

#[derive(Debug)]
pub(crate) struct Module<'a> {
    pub(crate) bytes: Range<usize>,
    pub(crate) name: Option<&'a str>,
    /// Module and field of each import.
    pub(crate) imports: Vec<(&'a str, &'a str)>,
    /// For each memory, whether its addresses have 64 bits.
    memories: Vec<bool>,
    memory_exports: HashMap<&'a str, u32>,
}

impl Module<'_> {
    /// Whether the memory that is exported under this name has addresses of 64 bits.
    pub(crate) fn exported_memory_is_wide(&self, name: &str) -> Option<bool> {
        self.memories.get(*self.memory_exports.get(name)? as usize).copied()
    }
}

/// What is being read, with what contains it below it on a stack.
enum Frame<'a> {
    Component(Component<'a>),
    Module(Module<'a>),
}

/// Validates a component and splits it into definitions.
pub(crate) fn parse(bytes: &[u8]) -> Result<Program<'_>, PlanError> {
    if Parser::is_core_wasm(bytes) {
        return Err(PlanError::invalid(0, "this is a core module, not a component"));
    }
    validate(bytes)?;
    let mut parser = Parser::new(0);
    parser.set_features(features());
    let mut program = Program::default();
    let mut stack = vec![Frame::Component(Component::default())];
    for payload in parser.parse_all(bytes) {
        let payload = payload.map_err(|error| invalid(&error))?;
        match payload {
            Payload::ModuleSection { unchecked_range, .. } => {
                let bytes = unchecked_range.start as usize..unchecked_range.end as usize;
                let (imports, memories, memory_exports) = Default::default();
                stack.push(Frame::Module(Module { bytes, name: None, imports, memories, memory_exports }));
            }
            Payload::ComponentSection { .. } => stack.push(Frame::Component(Component::default())),
            Payload::End(offset) => finish(&mut program, &mut stack, offset as usize),
            payload => match stack.last_mut() {
                Some(Frame::Component(component)) => component.read(payload)?,
                Some(Frame::Module(module)) => module.read(payload).map_err(|error| invalid(&error))?,
                None => {}
            },
        }
    }
    Ok(program)
}

pub(crate) fn validate(bytes: &[u8]) -> Result<(), PlanError> {
    let Err(error) = Validator::new_with_features(features()).validate_all(bytes) else { return Ok(()) };
    if Validator::new_with_features(beyond()).validate_all(bytes).is_ok() {
        return Err(PlanError {
            unsupported: true,
            ..PlanError::invalid(error.offset() as usize, format!("not supported yet: {}", error.message()))
        });
    }
    Err(invalid(&error))
}

pub(crate) fn invalid(error: &wasmparser::Error) -> PlanError {
    PlanError::invalid(error.offset() as usize, error.message())
}

/// Moves what is finished to its list, and mentions it in what contains it.
fn finish<'a>(program: &mut Program<'a>, stack: &mut Vec<Frame<'a>>, offset: usize) {
    let definition = match stack.pop() {
        Some(Frame::Component(component)) => {
            program.components.push(component);
            Definition::Component(program.components.len() - 1)
        }
        Some(Frame::Module(module)) => {
            program.modules.push(module);
            Definition::Module(program.modules.len() - 1)
        }
        None => return,
    };
    if let Some(Frame::Component(parent)) = stack.last_mut() {
        parent.definitions.push((offset, definition));
    }
}

impl<'a> Component<'a> {
    fn read(&mut self, payload: Payload<'a>) -> Result<(), PlanError> {
        match payload {
            Payload::InstanceSection(section) => self.extend(section, Definition::CoreInstance),
            Payload::ComponentInstanceSection(section) => self.extend(section, Definition::Instance),
            Payload::ComponentAliasSection(section) => self.extend(section, Definition::Alias),
            Payload::ComponentTypeSection(section) => self.extend(section, Definition::Type),
            Payload::ComponentCanonicalSection(section) => self.extend(section, Definition::Canon),
            Payload::ComponentImportSection(section) => self.extend(section, Definition::Import),
            Payload::ComponentExportSection(section) => self.extend(section, Definition::Export),
            Payload::ComponentStartSection { .. } => {
                return Err(PlanError::unsupported("the component has a start function, which is not supported yet"));
            }
            Payload::CustomSection(section) => {
                // Names are a convenience: those that cannot be read are not there.
                let _ = self.read_names(&section);
                Ok(())
            }
            _ => Ok(()),
        }
        .map_err(|error| invalid(&error))
    }

    fn extend<T: FromReader<'a>>(
        &mut self,
        section: SectionLimited<'a, T>,
        definition: impl Fn(T) -> Definition<'a>,
    ) -> wasmparser::Result<()> {
        for item in section.into_iter_with_offsets() {
            let (offset, item) = item?;
            self.definitions.push((offset as usize, definition(item)));
        }
        Ok(())
    }

    fn read_names(&mut self, section: &CustomSectionReader<'a>) -> wasmparser::Result<()> {
        let KnownCustom::ComponentName(subsections) = section.as_known() else { return Ok(()) };
        for subsection in subsections {
            match subsection? {
                ComponentName::Component { name, .. } => self.name = Some(name),
                ComponentName::Instances(names) => collect(names, &mut self.instance_names)?,
                ComponentName::CoreModules(names) => collect(names, &mut self.module_names)?,
                ComponentName::Types(names) => collect(names, &mut self.type_names)?,
                _ => {}
            }
        }
        Ok(())
    }
}

fn collect<'a>(names: NameMap<'a>, into: &mut HashMap<u32, &'a str>) -> wasmparser::Result<()> {
    for naming in names {
        let naming = naming?;
        into.insert(naming.index, naming.name);
    }
    Ok(())
}

impl<'a> Module<'a> {
    fn read(&mut self, payload: Payload<'a>) -> wasmparser::Result<()> {
        match payload {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    self.imports.push((import.module, import.name));
                    if let TypeRef::Memory(ty) = import.ty {
                        self.memories.push(ty.memory64);
                    }
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    self.memories.push(memory?.memory64);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    if export.kind == ExternalKind::Memory {
                        self.memory_exports.insert(export.name, export.index);
                    }
                }
            }
            Payload::CustomSection(section) => {
                let KnownCustom::Name(subsections) = section.as_known() else { return Ok(()) };
                for name in subsections {
                    // As above: a name that cannot be read is not there.
                    let Ok(Name::Module { name, .. }) = name else { continue };
                    self.name = Some(name);
                }
            }
            _ => {}
        }
        Ok(())
    }
}
