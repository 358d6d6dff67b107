//! Imports of the outer component: the types of inner imports, written again from the plans.
//!
//! Several inner components may import one instance, each another part of it. The outer import has all parts; that they
//! agree where they overlap is found by validation. A resource is one and the same if it is imported under the same
//! path. A type with a name is referred to by that name, as external visibility demands.

use std::collections::{HashMap, HashSet};

use tambo_component_plan::types::{ResourceId, Type, TypeId};
use tambo_component_plan::{ImportItem, Named, ResourceOrigin, TypeItem};
use wasm_encoder::{ComponentBuilder, ComponentExportKind};

use crate::ComposeError;
use crate::composition::Known;
use crate::outer::import_kind;
use crate::writer::Writer;

/// An import that the outer component has to have, and who wants what of it: components by position.
pub(crate) struct Leftover<'c> {
    pub(crate) name: &'c str,
    pub(crate) wanted: Vec<(usize, &'c Named<ImportItem>)>,
}

/// Where a type can be had in the outer component.
#[derive(Clone)]
pub(crate) enum Place {
    /// Its index.
    Index(u32),
    /// An imported instance exports it.
    Export { instance: u32, name: String },
}

/// The types that are known on a level.
pub(crate) struct Names<T> {
    pub(crate) resources: HashMap<Vec<String>, T>,
    pub(crate) values: HashMap<(usize, TypeId), T>,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self { resources: HashMap::new(), values: HashMap::new() }
    }
}

pub(crate) struct Imports<'c> {
    pub(crate) known: &'c [Known<'c>],
    leftovers: Vec<Leftover<'c>>,
    declared: HashMap<&'c str, (ComponentExportKind, u32)>,
    pub(crate) names: Names<Place>,
}

impl<'c> Imports<'c> {
    pub(crate) fn new(known: &'c [Known<'c>], leftovers: Vec<Leftover<'c>>) -> Self {
        Self { known, leftovers, declared: HashMap::new(), names: Names::default() }
    }

    pub(crate) fn declare(&mut self, builder: &mut ComponentBuilder) -> Result<(), ComposeError> {
        for position in 0..self.leftovers.len() {
            let name = self.leftovers[position].name;
            if !self.declared.contains_key(name) {
                self.declare_one(builder, name, &mut Vec::new())?;
            }
        }
        Ok(())
    }

    pub(crate) fn get(&self, name: &str) -> Result<(ComponentExportKind, u32), ComposeError> {
        let found = self.declared.get(name).copied();
        found.ok_or_else(|| ComposeError::new(format!("bug in tambo, please report it: {name:?} was not imported")))
    }

    /// Declare an import, after those whose resources it mentions. `open` are those being looked at.
    fn declare_one(
        &mut self,
        builder: &mut ComponentBuilder,
        name: &'c str,
        open: &mut Vec<&'c str>,
    ) -> Result<(), ComposeError> {
        let Some(position) = self.leftovers.iter().position(|leftover| leftover.name == name) else { return Ok(()) };
        open.push(name);
        let wanted = self.leftovers[position].wanted.clone();
        for (component, import) in &wanted {
            let known = &self.known[*component];
            let mut mentioned = Mentioned { known, seen: HashSet::new(), owners: Vec::new() };
            mentioned.item(&import.item);
            for owner in mentioned.owners {
                if !self.declared.contains_key(owner) && !open.contains(&owner) {
                    self.declare_one(builder, owner, open)?;
                }
            }
        }
        let index = Writer::new(self, builder).item(&[], &wanted)?;
        self.declared.insert(name, (import_kind(&wanted[0].1.item), index));
        Ok(())
    }
}

/// Finds the imports whose resources an item mentions.
struct Mentioned<'c> {
    known: &'c Known<'c>,
    seen: HashSet<TypeId>,
    owners: Vec<&'c str>,
}

impl<'c> Mentioned<'c> {
    fn item(&mut self, item: &'c ImportItem) {
        let plan = &self.known.plan;
        match item {
            ImportItem::Instance(items) => items.iter().for_each(|part| self.item(&part.item)),
            ImportItem::Type(TypeItem::Resource(id)) => self.resource(*id),
            ImportItem::Type(TypeItem::Value(id)) => self.value(*id),
            ImportItem::Func(id) => {
                let ty = plan.types.function(plan.host_funcs[id.index()].ty);
                ty.params.iter().map(|param| param.ty).chain(ty.result).for_each(|ty| self.value(ty));
            }
            ImportItem::Type(_) => {}
        }
    }

    fn value(&mut self, id: TypeId) {
        if !self.seen.insert(id) {
            return;
        }
        let ty = self.known.plan.types.get(id);
        if let Type::Own(resource) | Type::Borrow(resource) = ty {
            self.resource(*resource);
        }
        parts(ty).into_iter().for_each(|part| self.value(part));
    }

    fn resource(&mut self, id: ResourceId) {
        self.owners.extend(path(self.known, id).and_then(|path| path.first()).map(String::as_str));
    }
}

pub(crate) fn path<'c>(known: &'c Known<'c>, id: ResourceId) -> Option<&'c Vec<String>> {
    match &known.plan.resources[id.0 as usize].origin {
        ResourceOrigin::Imported { path } => Some(path),
        ResourceOrigin::Defined { .. } => None,
    }
}

/// The types that a type is made of.
pub(crate) fn parts(ty: &Type) -> Vec<TypeId> {
    match ty {
        Type::List(part) | Type::FixedList(part, _) | Type::Option(part) => vec![*part],
        Type::Map(key, value) => vec![*key, *value],
        Type::Record(fields) => fields.iter().map(|field| field.ty).collect(),
        Type::Tuple(types) => types.to_vec(),
        Type::Variant(cases) => cases.iter().filter_map(|case| case.ty).collect(),
        Type::Result { ok, err } => ok.iter().chain(err).copied().collect(),
        Type::Stream(part) | Type::Future(part) => part.iter().copied().collect(),
        _ => Vec::new(),
    }
}
