//! What a world says, before it is printed: imports and exports in one shape, interfaces once each, and who names what.

use std::collections::HashMap;

use tambo_component_plan::types::{FuncId, ResourceId, Type, TypeId};
use tambo_component_plan::{ExportItem, ImportItem, Named, Plan, TypeItem};

use crate::words;

/// An import or export, or a part of one.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) implements: Option<String>,
    pub(crate) item: Item,
}

#[derive(Clone, Debug)]
pub(crate) enum Item {
    Func(FuncId),
    Type(TypeItem),
    Instance(Vec<Entry>),
    /// What WIT has no words for, in ours.
    Other(&'static str),
}

/// Where a type got its first name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    /// The interface; none if it is the world or an instance that is no interface.
    pub(crate) interface: Option<String>,
    /// The instance that is no interface.
    pub(crate) inline: Option<String>,
    pub(crate) name: String,
}

/// A component's world.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) imports: Vec<Entry>,
    pub(crate) exports: Vec<Entry>,
    interfaces: Vec<(String, Vec<Entry>)>,
    pub(crate) resources: HashMap<ResourceId, Owner>,
    pub(crate) values: HashMap<TypeId, Owner>,
}

/// An interface of a package: its name, its whole name, and what is in it.
type Interface<'w> = (&'w str, &'w str, &'w [Entry]);

impl World {
    pub(crate) fn of(plan: &Plan) -> Self {
        let imports: Vec<Entry> = plan.imports.iter().map(|named| import(plan, named)).collect();
        let exports: Vec<Entry> = plan.exports.iter().map(export).collect();
        let mut world = Self::default();
        for entry in imports.iter().chain(&exports) {
            world.top_level(plan, entry);
        }
        Self { imports, exports, ..world }
    }

    fn top_level(&mut self, plan: &Plan, entry: &Entry) {
        match &entry.item {
            Item::Type(item) => {
                self.own(plan, *item, Owner { interface: None, inline: None, name: entry.name.clone() });
            }
            Item::Instance(entries) => {
                let known = entry.implements.iter().chain([&entry.name]).find(|name| words::interface(name).is_some());
                for part in entries {
                    if let Item::Type(item) = part.item {
                        let inline = known.is_none().then(|| entry.name.clone());
                        self.own(plan, item, Owner { interface: known.cloned(), inline, name: part.name.clone() });
                    }
                }
                if let Some(name) = known {
                    self.merge(name, entries);
                }
            }
            Item::Func(_) | Item::Other(_) => {}
        }
    }

    fn own(&mut self, plan: &Plan, item: TypeItem, owner: Owner) {
        match item {
            TypeItem::Resource(id) => {
                self.resources.entry(id).or_insert(owner);
            }
            TypeItem::Value(id) if is_nominal(plan.types.get(id)) => {
                self.values.entry(id).or_insert(owner);
            }
            _ => {}
        }
    }

    /// An interface may be imported and exported, in part each time.
    fn merge(&mut self, name: &str, entries: &[Entry]) {
        let position = self.interfaces.iter().position(|(known, _)| known == name);
        let known = match position {
            Some(position) => &mut self.interfaces[position].1,
            None => {
                self.interfaces.push((name.to_owned(), Vec::new()));
                let last = self.interfaces.len() - 1;
                &mut self.interfaces[last].1
            }
        };
        for entry in entries {
            if known.iter().all(|other| other.name != entry.name) {
                known.push(entry.clone());
            }
        }
    }

    /// The interfaces by package, in the order in which the world first names them.
    pub(crate) fn packages(&self) -> Vec<(String, Vec<Interface<'_>>)> {
        let mut packages: Vec<(String, Vec<Interface<'_>>)> = Vec::new();
        for (full, entries) in &self.interfaces {
            let Some((package, (_, name, _))) = words::package(full).zip(words::interface(full)) else { continue };
            let interface = (name, full.as_str(), entries.as_slice());
            match packages.iter_mut().find(|(known, _)| *known == package) {
                Some((_, interfaces)) => interfaces.push(interface),
                None => packages.push((package, vec![interface])),
            }
        }
        packages
    }
}

/// Whether WIT has such a type only under a name.
pub(crate) fn is_nominal(ty: &Type) -> bool {
    matches!(ty, Type::Record(_) | Type::Variant(_) | Type::Enum(_) | Type::Flags(_))
}

fn import(plan: &Plan, named: &Named<ImportItem>) -> Entry {
    let item = match &named.item {
        ImportItem::Func(id) => Item::Func(plan.host_funcs[id.index()].ty),
        ImportItem::Instance(entries) => Item::Instance(entries.iter().map(|part| import(plan, part)).collect()),
        ImportItem::Type(item) => Item::Type(*item),
    };
    Entry { name: named.name.clone(), implements: named.implements.clone(), item }
}

fn export(named: &Named<ExportItem>) -> Entry {
    let item = match &named.item {
        ExportItem::Func(func) => Item::Func(func.ty),
        ExportItem::Instance(entries) => Item::Instance(entries.iter().map(export).collect()),
        ExportItem::Type(item) => Item::Type(*item),
        ExportItem::Module => Item::Other("a core module"),
        ExportItem::Component => Item::Other("a component"),
    };
    Entry { name: named.name.clone(), implements: named.implements.clone(), item }
}
