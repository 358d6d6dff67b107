//! Writes the image, section by section, and validates it.

use tambo_component_plan::Plan;
use wasm_encoder::reencode::Reencode;
use wasm_encoder::{
    ConstExpr, DataCountSection, Elements, ExportKind, ExportSection, FunctionSection, GlobalSection, GlobalType,
    ImportSection, MemorySection, NameSection, Section, StartSection, TableSection, TagSection, TypeSection, ValType,
};
use wasmparser::{TableInit, Validator};

use super::budget::{self, Budget};
use super::code::Code;
use super::constant::Constant;
use super::layout::{Layout, Live};
use super::module::Kind;
use super::remap::{self, References, Remap, RemapTypes};
use super::segments::Segments;
use super::start::{Start, start};
use super::{bug, names, types};
use crate::ImageError;
use crate::image::{BuildOptions, FuncOrigin};
use crate::link::{Declared, Generated, Places};

/// Sections that hold what core instances define.
#[derive(Default)]
struct Sections {
    functions: FunctionSection,
    tables: TableSection,
    memories: MemorySection,
    tags: TagSection,
    globals: GlobalSection,
    segments: Segments,
    code: Code,
}

/// The image of a plan that is laid out and generated for.
pub(super) fn assemble(
    plan: &Plan,
    options: &BuildOptions,
    declared: &Declared,
    mut layout: Layout<'_, '_>,
    generated: &[Generated],
) -> Result<(Vec<u8>, Vec<FuncOrigin>), ImageError> {
    let mut budget = Budget::new(options.max_size);
    let imports = imports(declared, &mut layout);
    let exports = exports(declared, &layout)?;
    layout.finish(declared, generated)?;

    let mut references = References::default();
    let mut sections = Sections::default();
    let values = globals(&layout, &mut sections.globals, &mut references, &mut budget)?;
    for _ in 0..layout.flagged() * 2 {
        let ty = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
        sections.globals.global(ty, &ConstExpr::i32_const(1));
    }
    for _ in 0..layout.contexts() {
        let ty = GlobalType { val_type: ValType::I64, mutable: true, shared: false };
        sections.globals.global(ty, &ConstExpr::i64_const(0));
    }
    for live in layout.live() {
        let mut remap = Remap { spaces: live.spaces, globals: &values, references: &mut references };
        sections.define(live, &mut remap, &mut budget)?;
    }
    for function in generated {
        let signature = &function.signature;
        sections.functions.function(layout.own_types.func(&signature.params, &signature.results));
        sections.code.add_generated(function, &mut budget)?;
    }
    let (start, fused) = sections.start(&mut layout, generated, &mut budget)?;
    let names = names::names(&layout, declared, generated, fused, &mut budget)?;
    let undeclared = references.undeclared();
    if !undeclared.is_empty() {
        sections.segments.elements.declared(Elements::Functions(undeclared.into()));
    }
    layout.own_types.check()?;

    let wasm = sections.write(&imports, &exports, start, &type_section(&layout)?, &names);
    check(&wasm, plan, options)?;
    Ok((wasm, sections.code.sources))
}

fn add(module: &mut wasm_encoder::Module, section: &impl Section, empty: bool) {
    if !empty {
        module.section(section);
    }
}

fn check(wasm: &[u8], plan: &Plan, options: &BuildOptions) -> Result<(), ImageError> {
    if wasm.len() > options.max_size {
        return Err(ImageError::TooLarge(format!(
            "the component as one core module has {} bytes; {} are allowed",
            wasm.len(),
            options.max_size
        )));
    }
    match Validator::new_with_features(tambo_component_plan::features()).validate_all(wasm) {
        Ok(_) => Ok(()),
        // Limits that depend on more than counts, such as that on the sizes of all types together.
        Err(error) if error.message().contains("exceeds") && error.message().contains("limit") => {
            Err(ImageError::TooLarge(format!("the component as one core module is too large: {error}")))
        }
        Err(error) => Err(bug(format!(
            "the core module made of {} core instances is invalid: {error}",
            plan.core_instances.len()
        ))),
    }
}

fn imports(declared: &Declared, layout: &mut Layout<'_, '_>) -> ImportSection {
    let mut section = ImportSection::new();
    for import in &declared.imports {
        let ty = layout.own_types.func(&types::flat(&import.params), &types::flat(&import.linked_results()));
        section.import(&import.module, &import.name, wasm_encoder::EntityType::Function(ty));
    }
    section
}

fn exports(declared: &Declared, layout: &Layout<'_, '_>) -> Result<ExportSection, ImageError> {
    budget::EXPORTS.check(declared.exports.len() as u64 + declared.memories.len() as u64)?;
    let mut section = ExportSection::new();
    for (name, position) in &declared.exports {
        section.export(name, ExportKind::Func, layout.generated(*position));
    }
    for (name, memory) in &declared.memories {
        section.export(name, ExportKind::Memory, layout.memory(memory));
    }
    Ok(section)
}

/// The globals of all core instances, and their values. An instance uses only globals of earlier ones.
fn globals(
    layout: &Layout<'_, '_>,
    section: &mut GlobalSection,
    references: &mut References,
    budget: &mut Budget,
) -> Result<Vec<Option<Constant>>, ImageError> {
    let mut values = Vec::new();
    for live in layout.live() {
        for global in &live.module.globals {
            let mut remap = Remap { spaces: live.spaces, globals: &values, references };
            let ty = remap.global_type(global.ty).map_err(remap::error)?;
            let init = remap.const_bytes(&global.init_expr).map_err(remap::error)?;
            let value = remap.value(&global.init_expr).map_err(remap::error)?;
            budget.take(init.len() + 3)?;
            section.global(ty, &ConstExpr::raw(init));
            values.push(value.filter(|_| !global.ty.mutable));
        }
    }
    Ok(values)
}

/// The types of modules, then our own.
fn type_section(layout: &Layout<'_, '_>) -> Result<TypeSection, ImageError> {
    let mut section = TypeSection::new();
    for (first, module) in layout.typed_modules() {
        for group in &module.groups {
            RemapTypes(first).parse_recursive_type_group(section.ty(), group.clone()).map_err(remap::error)?;
        }
    }
    for (params, results) in layout.own_types.list() {
        section.ty().function(params.iter().copied(), results.iter().copied());
    }
    Ok(section)
}

impl Sections {
    /// The module. Sections without content are left out: an engine may not know them.
    fn write(
        &self,
        imports: &ImportSection,
        exports: &ExportSection,
        start: Option<u32>,
        types: &TypeSection,
        names: &NameSection,
    ) -> Vec<u8> {
        let mut module = wasm_encoder::Module::new();
        let Segments { elements, data, .. } = &self.segments;
        add(&mut module, types, types.is_empty());
        add(&mut module, imports, imports.is_empty());
        add(&mut module, &self.functions, self.functions.is_empty());
        add(&mut module, &self.tables, self.tables.is_empty());
        add(&mut module, &self.memories, self.memories.is_empty());
        add(&mut module, &self.tags, self.tags.is_empty());
        add(&mut module, &self.globals, self.globals.is_empty());
        add(&mut module, exports, exports.is_empty());
        add(&mut module, &StartSection { function_index: start.unwrap_or(0) }, start.is_none());
        add(&mut module, elements, elements.is_empty());
        add(&mut module, &DataCountSection { count: data.len() }, data.is_empty());
        add(&mut module, &self.code.section, self.code.section.is_empty());
        add(&mut module, data, data.is_empty());
        add(&mut module, names, false);
        module.finish()
    }

    /// Add what a core instance defines, except for its globals.
    fn define(&mut self, live: Live<'_, '_>, remap: &mut Remap<'_>, budget: &mut Budget) -> Result<(), ImageError> {
        let module = live.module;
        for &ty in &module.functions {
            self.functions.function(remap.type_index(ty).map_err(remap::error)?);
        }
        for table in &module.tables {
            let ty = remap.table_type(table.ty).map_err(remap::error)?;
            match &table.init {
                TableInit::RefNull => self.tables.table(ty),
                TableInit::Expr(expr) => {
                    let init = remap.const_bytes(expr).map_err(remap::error)?;
                    budget.take(init.len())?;
                    self.tables.table_with_init(ty, &ConstExpr::raw(init))
                }
            };
        }
        for &memory in &module.memories {
            self.memories.memory(remap.memory_type(memory).map_err(remap::error)?);
        }
        for &tag in &module.tags {
            self.tags.tag(remap.tag_type(tag).map_err(remap::error)?);
        }
        budget.take(module.functions.len() + 3 * module.tables.len() + 2 * module.defined(Kind::Tag))?;
        self.segments.add(live, remap, budget)?;
        self.code.add(live, remap, budget)
    }

    /// The index of the start function, and again if it is one of our own.
    fn start(
        &mut self,
        layout: &mut Layout<'_, '_>,
        generated: &[Generated],
        budget: &mut Budget,
    ) -> Result<(Option<u32>, Option<u32>), ImageError> {
        let end = layout.after_generated(generated)?;
        match start(&self.segments.steps, layout.hosts()) {
            Start::Nothing => Ok((None, None)),
            Start::Existing(function) => Ok((Some(function), None)),
            Start::Fused(body) => {
                budget::FUNCTIONS.check(u64::from(end) + 1)?;
                self.functions.function(layout.own_types.func(&[], &[]));
                self.code.add_own(&body, names::START, budget)?;
                Ok((Some(end), Some(end)))
            }
        }
    }
}
