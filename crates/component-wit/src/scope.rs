//! One interface or world while it is printed: which names mean what there, and what has been printed of it.

use std::collections::{HashMap, HashSet};

use tambo_component_plan::types::{ResourceId, Type, TypeId};
use tambo_component_plan::{Plan, TypeItem};

use crate::gather::{Entry, Item, Owner, World, is_nominal};
use crate::words;

/// Types written inline in one scope, after which each further one gets a name: a few types that hold each other twice
/// can stand for a text without end.
const MAX_INLINE: usize = 20_000;

/// What is being printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Here<'p> {
    /// The world itself.
    World,
    /// An interface.
    Interface(&'p str),
    /// An instance that is no interface.
    Inline(&'p str),
}

impl Here<'_> {
    fn is_home_of(self, owner: &Owner) -> bool {
        match self {
            Self::World => owner.interface.is_none() && owner.inline.is_none(),
            Self::Interface(name) => owner.interface.as_deref() == Some(name),
            Self::Inline(name) => owner.inline.as_deref() == Some(name),
        }
    }
}

/// A resource and the functions that are printed in its braces.
struct Resource {
    name: String,
    functions: Vec<String>,
}

pub(crate) struct Scope<'p> {
    plan: &'p Plan,
    world: &'p World,
    here: Here<'p>,
    taken: HashSet<String>,
    /// Interfaces of which resources are visible here.
    neighbours: HashSet<&'p str>,
    values: HashMap<TypeId, String>,
    resource_names: HashMap<ResourceId, String>,
    uses: Vec<String>,
    types: Vec<String>,
    resources: Vec<Resource>,
    lines: Vec<String>,
    inline: usize,
}

impl<'p> Scope<'p> {
    /// A scope in which the names of `visible` are taken, and its types known by them.
    pub(crate) fn new(
        plan: &'p Plan,
        world: &'p World,
        here: Here<'p>,
        visible: impl Iterator<Item = &'p Entry>,
    ) -> Self {
        let mut scope = Self {
            plan,
            world,
            here,
            taken: HashSet::new(),
            neighbours: HashSet::new(),
            values: HashMap::new(),
            resource_names: HashMap::new(),
            uses: Vec::new(),
            types: Vec::new(),
            resources: Vec::new(),
            lines: Vec::new(),
            inline: 0,
        };
        for entry in visible {
            scope.taken.insert(entry.name.clone());
            match entry.item {
                Item::Type(TypeItem::Value(id)) if is_nominal(plan.types.get(id)) => {
                    scope.values.entry(id).or_insert_with(|| entry.name.clone());
                }
                Item::Type(TypeItem::Resource(id)) => {
                    scope.resource_names.entry(id).or_insert_with(|| entry.name.clone());
                    let owner = world.resources.get(&id).filter(|owner| !here.is_home_of(owner));
                    scope.neighbours.extend(owner.and_then(|owner| owner.interface.as_deref()));
                }
                _ => {}
            }
        }
        scope
    }

    pub(crate) fn plan(&self) -> &'p Plan {
        self.plan
    }

    pub(crate) fn world(&self) -> &'p World {
        self.world
    }

    /// Counts a type, and says whether there have been too many.
    pub(crate) fn is_wordy(&mut self) -> bool {
        self.inline += 1;
        self.inline > MAX_INLINE
    }

    /// A line, or several, among the functions.
    pub(crate) fn line(&mut self, line: String) {
        self.lines.push(line);
    }

    pub(crate) fn comment(&mut self, text: &str) {
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.lines.push(format!("// {text}, which WIT cannot say"));
    }

    /// A type that the interface names.
    pub(crate) fn type_item(&mut self, name: &str, item: TypeItem) {
        match item {
            TypeItem::Resource(id) => self.resource(name, id),
            TypeItem::Value(id) => match self.values.get(&id) {
                Some(first) if first != name => {
                    let alias = format!("type {} = {};", words::identifier(name), words::identifier(first));
                    self.types.push(alias);
                }
                _ => self.value(name, id),
            },
            TypeItem::Func(_) => self.comment(&format!("type {name}: the type of a function")),
            TypeItem::Other => self.comment(&format!("type {name}: the type of a component or instance")),
        }
    }

    /// A plan has forgotten which types an interface takes from another one. Where it takes a resource, a type of the same
    /// name and structure will be taken too; elsewhere it is written out.
    fn value(&mut self, name: &str, id: TypeId) {
        let is_neighbour = |owner: &&Owner| {
            let interface = owner.interface.as_deref();
            owner.name == name && interface.is_some_and(|interface| self.neighbours.contains(interface))
        };
        match self.world.values.get(&id).filter(is_neighbour) {
            Some(owner) => self.use_from(owner, name),
            None => {
                let definition = self.definition(name, id);
                self.types.push(definition);
            }
        }
    }

    /// A type that the world exports: WIT has types of a world as imports only.
    pub(crate) fn exported_type(&mut self, name: &str, item: TypeItem) {
        let owner = match item {
            TypeItem::Value(id) => self.world.values.get(&id),
            TypeItem::Resource(id) => self.world.resources.get(&id),
            _ => None,
        };
        if owner.is_some_and(|owner| self.here.is_home_of(owner) && owner.name == name) {
            self.types.push(format!("// exported, not imported: {}", words::identifier(name)));
            self.type_item(name, item);
        } else {
            self.comment(&format!("export {name}: a type"));
        }
    }

    fn resource(&mut self, name: &str, id: ResourceId) {
        let first = self.resource_names.get(&id).filter(|first| *first != name).cloned();
        let owner = self.world.resources.get(&id).cloned();
        match (first, owner) {
            (Some(first), _) => {
                self.types.push(format!("type {} = {};", words::identifier(name), words::identifier(&first)));
            }
            (None, Some(owner)) if !self.here.is_home_of(&owner) && owner.interface.is_some() => {
                self.use_from(&owner, name);
            }
            // Imported and exported, the one interface has one resource here.
            (None, Some(owner)) if self.here.is_home_of(&owner) && owner.name != name => {
                self.types.push(format!("type {} = {};", words::identifier(name), words::identifier(&owner.name)));
            }
            _ => self.resources.push(Resource { name: name.to_owned(), functions: Vec::new() }),
        }
    }

    /// Put a function into the braces of its resource. Gives it back if the resource is not defined here.
    pub(crate) fn place_in_resource(&mut self, resource: &str, function: String) -> Result<(), String> {
        match self.resources.iter_mut().find(|known| known.name == resource) {
            Some(known) => {
                known.functions.push(function);
                Ok(())
            }
            None => Err(function),
        }
    }

    /// The name of a resource here.
    pub(crate) fn resource_name(&mut self, id: ResourceId) -> String {
        if let Some(name) = self.resource_names.get(&id) {
            return words::identifier(name);
        }
        let name = match self.world.resources.get(&id).cloned() {
            Some(owner) if self.here.is_home_of(&owner) => owner.name,
            Some(owner) if owner.interface.is_some() => {
                let name = self.fresh(&owner.name);
                self.use_from(&owner, &name);
                name
            }
            _ => {
                let name = self.fresh("unnamed-resource");
                self.resources.push(Resource { name: name.clone(), functions: Vec::new() });
                name
            }
        };
        self.resource_names.insert(id, name.clone());
        words::identifier(&name)
    }

    /// The name here of a type that needs one.
    pub(crate) fn value_name(&mut self, id: TypeId) -> String {
        if let Some(name) = self.values.get(&id) {
            return words::identifier(name);
        }
        let owner = self.world.values.get(&id).filter(|owner| owner.interface.is_some()).cloned();
        let kind = match self.plan.types.get(id) {
            Type::Record(_) => "unnamed-record",
            Type::Variant(_) => "unnamed-variant",
            Type::Enum(_) => "unnamed-enum",
            Type::Flags(_) => "unnamed-flags",
            _ => "unnamed-type",
        };
        let name = self.fresh(owner.as_ref().map_or(kind, |owner| &owner.name));
        self.values.insert(id, name.clone());
        match owner {
            Some(owner) => self.use_from(&owner, &name),
            None => {
                let definition = self.definition(&name, id);
                self.types.push(definition);
            }
        }
        words::identifier(&name)
    }

    fn use_from(&mut self, owner: &Owner, name: &str) {
        let Some(interface) = &owner.interface else { return };
        let renamed = if owner.name == name { String::new() } else { format!(" as {}", words::identifier(name)) };
        let path = match (self.here, words::interface(interface)) {
            // With its package, the interface would seem to be one of a package that this one depends on.
            (Here::Interface(here), Some((_, name, _))) if words::package(here) == words::package(interface) => {
                words::identifier(name)
            }
            _ => words::path(interface),
        };
        self.uses.push(format!("use {path}.{{{}{renamed}}};", words::identifier(&owner.name)));
    }

    fn fresh(&mut self, wanted: &str) -> String {
        let candidates = (2..).map(|number: u32| format!("{wanted}-n{number}"));
        let name = std::iter::once(wanted.to_owned()).chain(candidates).find(|name| !self.taken.contains(name));
        let name = name.unwrap_or_else(|| wanted.to_owned());
        self.taken.insert(name.clone());
        name
    }

    /// All of it, indented.
    pub(crate) fn finish(self, indent: usize) -> String {
        let resources = self.resources.into_iter().map(|resource| {
            let name = words::identifier(&resource.name);
            if resource.functions.is_empty() {
                return format!("resource {name};");
            }
            let functions: String = resource.functions.iter().map(|line| format!("  {line}\n")).collect();
            format!("resource {name} {{\n{functions}}}")
        });
        let mut text = String::new();
        let items = self.uses.into_iter().chain(self.types).chain(resources).chain(self.lines);
        for line in items.collect::<Vec<_>>().iter().flat_map(|item| item.lines()) {
            text.push_str(&" ".repeat(indent));
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}
