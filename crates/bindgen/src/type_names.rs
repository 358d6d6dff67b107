//! What the types of a module are called in Rust, and what is generated beside them.
//!
//! No two things of a module have one name. The types of WIT come first and keep theirs: WIT itself refuses two that come to
//! the same one, as `a-b` and `AB`. What WIT does not have, the second form of a record and the trait of a resource, gives
//! way to them and to what comes before it in the order of declaration: it has `_` behind it.

use proc_macro2::Ident;
use wit_parser::{InterfaceId, TypeDefKind, TypeId, WorldItem};

use crate::names::{Unique, camel, type_text, world_text};
use crate::scope::Context;

/// Which of a type's names is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// The type's own.
    Own,
    /// That of its form with borrowed parts: `ItemRef`.
    Borrowed,
    /// That of a resource's trait: `HostFile`.
    Host,
}

/// The names of a module.
pub(crate) struct TypeNames {
    all: Vec<(String, Named, Ident)>,
    taken: Unique,
}

impl TypeNames {
    /// Those of an interface's module, or of the world's own place.
    pub(crate) fn new(context: &Context<'_>, owner: Option<InterfaceId>) -> Self {
        let types: Vec<(&str, TypeId)> = match owner {
            Some(interface) => {
                let types = &context.resolve.interfaces[interface].types;
                types.iter().map(|(label, id)| (label.as_str(), *id)).collect()
            }
            None => context.world.imports.values().filter_map(|item| world_type(context, item)).collect(),
        };
        let mut names = Self { all: Vec::new(), taken: Unique::default() };
        for (label, _) in &types {
            names.add(label, Named::Own, &type_text(label));
        }
        for (label, id) in &types {
            match context.resolve.types[context.origin(*id)].kind {
                TypeDefKind::Record(_) | TypeDefKind::Variant(_) => {
                    let wanted = format!("{}Ref", names.of(label, Named::Own));
                    names.add(label, Named::Borrowed, &wanted);
                }
                TypeDefKind::Resource => names.add(label, Named::Host, &format!("Host{}", camel(label))),
                _ => {}
            }
        }
        names
    }

    /// The names of the world's client and of the trait of its own functions, which give way to all others.
    pub(crate) fn of_world(context: &Context<'_>) -> (Ident, Ident) {
        let Self { mut taken, .. } = Self::new(context, None);
        let name = &context.world.name;
        let client = taken.name(&world_text(name));
        let imports = taken.name(&format!("{}Imports", camel(name)));
        (client, imports)
    }

    /// The name of the type with this label.
    pub(crate) fn of(&self, label: &str, named: Named) -> Ident {
        let mut all = self.all.iter();
        let found = all.find(|(of, is, _)| of == label && *is == named);
        // Every type of the module is there; one of no module has the name that it would have alone.
        found.map_or_else(|| camel(label), |(.., name)| name.clone())
    }

    fn add(&mut self, label: &str, named: Named, wanted: &str) {
        let name = self.taken.name(wanted);
        self.all.push((label.to_owned(), named, name));
    }
}

fn world_type<'a>(context: &Context<'a>, item: &WorldItem) -> Option<(&'a str, TypeId)> {
    let WorldItem::Type { id, .. } = item else { return None };
    context.resolve.types[*id].name.as_deref().map(|label| (label, *id))
}
