//! The world of a component as WIT text (WIT.md; Explainer.md, "Import and Export Definitions").
//!
//! A [`Plan`] has forgotten under which name a function's author wrote a type, unless the component imports or exports
//! the type. Equal records have one name then, the first one; what has no name is written out, and gets a made-up name
//! where WIT asks for one. An interface that takes a resource from another one also takes types of equal name and structure
//! from it, with `use`; otherwise they are written out again. What WIT cannot say (an exported core module, a name that is a URL) is a comment.
//!
//! Pure: a plan in, text out. What it prints parses again.

mod functions;
mod gather;
mod scope;
mod types;
mod words;

use std::fmt::Write as _;

pub use tambo_component_plan as plan;

use tambo_component_plan::Plan;

use crate::gather::{Entry, Item, World};
use crate::scope::{Here, Scope};

/// The world of a component: a package with the world, and one for each package whose interfaces it names.
pub fn print(plan: &Plan) -> String {
    let world = World::of(plan);
    let mut text = "package root:component;\n\nworld root {\n".to_owned();
    text.push_str(&print_world(plan, &world));
    text.push_str("}\n");
    for (package, interfaces) in world.packages() {
        let _ = write!(text, "\npackage {package} {{");
        for (position, (name, full, entries)) in interfaces.into_iter().enumerate() {
            let gap = if position == 0 { "" } else { "\n" };
            let _ = write!(text, "{gap}\n  interface {} {{\n", words::identifier(name));
            text.push_str(&print_interface(plan, &world, Here::Interface(full), entries, 4));
            text.push_str("  }");
        }
        text.push_str("\n}\n");
    }
    text
}

fn print_interface(plan: &Plan, world: &World, here: Here<'_>, entries: &[Entry], indent: usize) -> String {
    let mut scope = Scope::new(plan, world, here, entries.iter());
    for entry in entries {
        match &entry.item {
            Item::Type(item) => scope.type_item(&entry.name, *item),
            Item::Func(ty) => scope.function("", &entry.name, *ty),
            Item::Instance(_) => scope.comment(&format!("{}: an instance in an instance", entry.name)),
            Item::Other(what) => scope.comment(&format!("{}: {what}", entry.name)),
        }
    }
    scope.finish(indent)
}

fn print_world(plan: &Plan, world: &World) -> String {
    let visible = world.imports.iter().chain(&world.exports);
    let mut scope = Scope::new(plan, world, Here::World, visible);
    for entry in &world.imports {
        match &entry.item {
            Item::Type(item) => scope.type_item(&entry.name, *item),
            Item::Func(ty) => scope.function("import ", &entry.name, *ty),
            other => world_item(&mut scope, "import", entry, other),
        }
    }
    for entry in &world.exports {
        match &entry.item {
            Item::Type(item) => scope.exported_type(&entry.name, *item),
            Item::Func(ty) => scope.function("export ", &entry.name, *ty),
            other => world_item(&mut scope, "export", entry, other),
        }
    }
    scope.finish(2)
}

fn world_item(scope: &mut Scope<'_>, direction: &str, entry: &Entry, item: &Item) {
    match item {
        Item::Instance(entries) => {
            let line = match (&entry.implements, words::interface(&entry.name)) {
                (Some(interface), _) if words::interface(interface).is_some() => {
                    format!("{direction} {}: {};", words::identifier(&entry.name), words::path(interface))
                }
                (_, Some(_)) => format!("{direction} {};", words::path(&entry.name)),
                (_, None) if words::is_label(&entry.name) => {
                    let here = Here::Inline(&entry.name);
                    let body = print_interface(scope.plan(), scope.world(), here, entries, 2);
                    format!("{direction} {}: interface {{\n{body}}}", words::identifier(&entry.name))
                }
                (_, None) => return scope.comment(&format!("{direction} {}: an instance", entry.name)),
            };
            scope.line(line);
        }
        Item::Other(what) => scope.comment(&format!("{direction} {}: {what}", entry.name)),
        Item::Func(_) | Item::Type(_) => {}
    }
}
