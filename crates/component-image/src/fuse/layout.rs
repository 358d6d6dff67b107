//! Where everything is in the image.

use std::cell::{Cell, RefCell};

use tambo_component_plan::{CoreDef, CoreInstanceId, CoreInstancePlan, InstanceId, Plan};
use wasmparser::TypeRef;

use super::module::{Kind, Module};
use super::shims::Elided;
use super::types::OwnTypes;
use super::{budget, bug};
use crate::ImageError;
use crate::link::{Declared, Generated, Places, Target};

/// An index space of a core instance: its imports, then what it defines.
#[derive(Clone, Debug, Default)]
struct Space {
    /// Imports as indices of the image, as far as they are resolved.
    imported: Vec<u32>,
    /// How many imports there are.
    count: u32,
    /// The image's index of the first definition.
    base: u32,
}

/// The index spaces of a core instance.
#[derive(Clone, Debug, Default)]
pub(super) struct Spaces {
    items: [Space; 5],
    /// The image's index of the module's first type.
    pub(super) types: u32,
    /// Of its first element segment.
    pub(super) elements: u32,
    /// Of its first data segment.
    pub(super) data: u32,
}

impl Spaces {
    /// An index of the core instance as one of the image.
    pub(super) fn index(&self, kind: Kind, index: u32) -> Result<u32, ImageError> {
        let space = &self.items[kind as usize];
        let found = match index.checked_sub(space.count) {
            Some(defined) => space.base.checked_add(defined),
            None => space.imported.get(index as usize).copied(),
        };
        found.ok_or_else(|| bug(format!("{kind:?} {index} is used before it is there")))
    }
}

/// The layout of an image.
pub(super) struct Layout<'p, 'm> {
    plan: &'p Plan,
    modules: &'p [Module<'m>],
    declared: &'p Declared,
    elided: &'p Elided<'p>,
    /// For each core instance.
    spaces: Vec<Spaces>,
    /// For each module that an instance is kept of: the image's index of its first type.
    types: Vec<Option<u32>>,
    /// Types that follow those of the modules.
    pub(super) own_types: OwnTypes,
    first_generated: u32,
    first_flag: u32,
    /// The highest position of a generated function that was asked for, plus one.
    asked: Cell<usize>,
    /// The first question that had no answer.
    bug: RefCell<Option<ImageError>>,
}

/// What the image has so far.
#[derive(Default)]
struct Counts {
    items: [u64; 5],
    types: u64,
    elements: u64,
    data: u64,
}

/// A core instance that is in the image.
#[derive(Clone, Copy)]
pub(super) struct Live<'a, 'm> {
    pub(super) id: CoreInstanceId,
    pub(super) module: &'a Module<'m>,
    pub(super) spaces: &'a Spaces,
    /// For messages.
    pub(super) name: &'a str,
}

impl<'p, 'm> Layout<'p, 'm> {
    pub(super) fn new(
        plan: &'p Plan,
        modules: &'p [Module<'m>],
        declared: &'p Declared,
        elided: &'p Elided<'p>,
    ) -> Result<Self, ImageError> {
        let mut layout = Self {
            plan,
            modules,
            declared,
            elided,
            spaces: vec![Spaces::default(); plan.core_instances.len()],
            types: vec![None; modules.len()],
            own_types: OwnTypes::after(0),
            first_generated: 0,
            first_flag: 0,
            asked: Cell::new(0),
            bug: RefCell::new(None),
        };
        layout.place()?;
        layout.resolve_imports()?;
        Ok(layout)
    }

    /// The core instances that are in the image, in the plan's order.
    pub(super) fn live(&self) -> impl Iterator<Item = Live<'_, 'm>> {
        self.plan.core_instances.iter().zip(&self.spaces).enumerate().filter_map(|(position, (instance, spaces))| {
            let id = CoreInstanceId(position as u32);
            let module = self.modules.get(instance.module.index())?;
            let name = self.plan.modules.get(instance.module.index())?.name.as_str();
            (!self.elided.dropped(id)).then_some(Live { id, module, spaces, name })
        })
    }

    /// Modules that are in the image, with the index of their first type, in the order of these.
    pub(super) fn typed_modules(&self) -> Vec<(u32, &Module<'m>)> {
        let mut modules: Vec<_> =
            self.types.iter().zip(self.modules).filter_map(|(first, module)| Some(((*first)?, module))).collect();
        modules.sort_by_key(|&(first, module)| (first, module.type_count));
        modules
    }

    /// The number of host functions.
    pub(super) fn hosts(&self) -> u32 {
        self.declared.imports.len() as u32
    }

    /// The function index of the first generated function.
    pub(super) fn first_generated(&self) -> u32 {
        self.first_generated
    }

    /// The number of values that a thread keeps.
    pub(super) fn contexts(&self) -> u32 {
        if self.declared.context { 2 } else { 0 }
    }

    /// The number of component instances, each of which has two flags.
    pub(super) fn flagged(&self) -> usize {
        self.plan.instances.len()
    }

    /// The index of the function after the generated ones.
    pub(super) fn after_generated(&self, generated: &[Generated]) -> Result<u32, ImageError> {
        budget::FUNCTIONS.check(u64::from(self.first_generated) + generated.len() as u64)
    }

    /// Give all definitions their indices.
    fn place(&mut self) -> Result<(), ImageError> {
        let mut counts = Counts::default();
        counts.items[Kind::Func as usize] = self.declared.imports.len() as u64;
        for (position, instance) in self.plan.core_instances.iter().enumerate() {
            let module =
                self.modules.get(instance.module.index()).ok_or_else(|| bug("a core instance of no module"))?;
            if self.elided.dropped(CoreInstanceId(position as u32)) {
                continue;
            }
            let types = match &mut self.types[instance.module.index()] {
                Some(first) => *first,
                first => {
                    let index = budget::TYPES.check(counts.types)?;
                    counts.types += u64::from(module.type_count);
                    *first.insert(index)
                }
            };
            self.spaces[position] = counts.add(module, types)?;
        }
        self.first_generated = budget::FUNCTIONS.check(counts.items[Kind::Func as usize])?;
        let globals = counts.items[Kind::Global as usize];
        self.first_flag = budget::GLOBALS.check(globals)?;
        let flags = 2 * self.plan.instances.len() as u64;
        budget::GLOBALS.check(globals + flags + u64::from(self.contexts()))?;
        self.own_types = OwnTypes::after(budget::TYPES.check(counts.types)?);
        Ok(())
    }

    fn resolve_imports(&mut self) -> Result<(), ImageError> {
        for (position, instance) in self.plan.core_instances.iter().enumerate() {
            if !self.elided.dropped(CoreInstanceId(position as u32)) {
                let imported = self.imports_of(instance)?;
                for (space, imported) in self.spaces[position].items.iter_mut().zip(imported) {
                    space.imported = imported;
                }
            }
        }
        Ok(())
    }

    /// What the imports of a core instance are, by kind.
    fn imports_of(&self, instance: &CoreInstancePlan) -> Result<[Vec<u32>; 5], ImageError> {
        let wanted: &[TypeRef] = &self.modules[instance.module.index()].imports;
        if wanted.len() != instance.imports.len() {
            return Err(bug(format!("{} imports, {} definitions for them", wanted.len(), instance.imports.len())));
        }
        let mut found: [Vec<u32>; 5] = Default::default();
        for (ty, def) in wanted.iter().zip(&instance.imports) {
            let kind = Kind::of_import(ty);
            found[kind as usize].push(self.resolve(def, kind)?);
        }
        Ok(found)
    }

    /// The index of a definition. Imports of core instances are resolved in the plan's order, so what one exports that
    /// it has imported itself is already known.
    fn resolve(&self, def: &CoreDef, kind: Kind) -> Result<u32, ImageError> {
        let (instance, name) = match def {
            CoreDef::Export { instance, name } => (*instance, name),
            CoreDef::Canon(id) => {
                return match self.declared.canon.get(id.index()) {
                    Some(Some(Target::Host(position))) if kind == Kind::Func => Ok(*position as u32),
                    Some(Some(Target::Generated(position))) if kind == Kind::Func => Ok(self.generated(*position)),
                    _ => Err(bug(format!("{id:?} is used as a {kind:?} and declared as something else"))),
                };
            }
        };
        if let Some(target) = self.elided.target(self.plan, self.modules, instance, name) {
            return self.resolve(target, kind);
        }
        let plan = self.plan.core_instances.get(instance.index());
        let exports = plan.and_then(|plan| self.modules.get(plan.module.index())).map(|module| &module.exports);
        match exports.and_then(|exports| exports.get(name.as_str())) {
            Some(&(found, index)) if found == kind && !self.elided.dropped(instance) => {
                self.spaces[instance.index()].index(kind, index)
            }
            _ => Err(bug(format!("{instance:?} has no {kind:?} `{name}`"))),
        }
    }

    fn answer(&self, def: &CoreDef, kind: Kind) -> u32 {
        self.resolve(def, kind).unwrap_or_else(|error| {
            self.bug.borrow_mut().get_or_insert(error);
            0
        })
    }

    /// After generating: whether everything that was asked for is there.
    pub(super) fn finish(&self, declared: &Declared, generated: &[Generated]) -> Result<(), ImageError> {
        if let Some(error) = self.bug.borrow_mut().take() {
            return Err(error);
        }
        let promised = declared.functions.iter();
        if generated.len() < self.asked.get().max(declared.functions.len()) {
            return Err(bug("a function that was to be generated was not"));
        }
        if let Some((promise, _)) = promised.zip(generated).find(|(promise, made)| **promise != made.signature) {
            return Err(bug(format!("the generated function `{}` is not as declared", promise.name)));
        }
        self.own_types.check()
    }
}

impl Counts {
    /// Place one more instance of a module.
    fn add(&mut self, module: &Module<'_>, types: u32) -> Result<Spaces, ImageError> {
        let mut spaces = Spaces { types, ..Spaces::default() };
        let limits = [budget::FUNCTIONS, budget::TABLES, budget::MEMORIES, budget::GLOBALS, budget::TAGS];
        for (kind, limit) in Kind::ALL.into_iter().zip(limits) {
            let count = &mut self.items[kind as usize];
            let base = limit.check(*count)?;
            *count += module.defined(kind) as u64;
            limit.check(*count)?;
            spaces.items[kind as usize] = Space { imported: Vec::new(), count: module.imported(kind), base };
        }
        spaces.elements = budget::ELEMENTS.check(self.elements)?;
        spaces.data = budget::DATA.check(self.data)?;
        self.elements += module.elements.len() as u64;
        self.data += module.data.len() as u64;
        // One more for the segment that declares references.
        budget::ELEMENTS.check(self.elements + 1)?;
        budget::DATA.check(self.data)?;
        Ok(spaces)
    }
}

impl Places for Layout<'_, '_> {
    fn func(&self, def: &CoreDef) -> u32 {
        self.answer(def, Kind::Func)
    }

    fn memory(&self, def: &CoreDef) -> u32 {
        self.answer(def, Kind::Memory)
    }

    fn host(&self, position: usize) -> u32 {
        if position >= self.declared.imports.len() {
            self.bug.borrow_mut().get_or_insert(bug(format!("there is no host import {position}")));
        }
        position as u32
    }

    fn generated(&self, position: usize) -> u32 {
        self.asked.set(self.asked.get().max(position + 1));
        self.first_generated.saturating_add(position as u32)
    }

    fn may_enter(&self, instance: InstanceId) -> u32 {
        if instance.index() >= self.plan.instances.len() {
            self.bug.borrow_mut().get_or_insert(bug(format!("there is no {instance:?}")));
        }
        self.first_flag.saturating_add(instance.0.saturating_mul(2))
    }

    fn may_leave(&self, instance: InstanceId) -> u32 {
        self.may_enter(instance).saturating_add(1)
    }

    fn context(&self, slot: u32) -> u32 {
        if slot >= self.contexts() {
            self.bug.borrow_mut().get_or_insert(bug(format!("a thread keeps no value {slot}")));
        }
        self.first_flag.saturating_add(2 * self.plan.instances.len() as u32).saturating_add(slot)
    }
}
