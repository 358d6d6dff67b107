//! What is to be composed, and the common case: plugs into a socket.

use tambo_component_plan::{Plan, names};

use crate::ComposeError;

/// Which instances there are, what each gets for its imports, and what is exported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Composition {
    /// The instances; their order does not matter.
    pub instances: Vec<Instance>,
    /// What the outer component exports.
    pub exports: Vec<Export>,
}

/// An instance of one of the components.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its name in this composition.
    pub name: String,
    /// Its component, by position among the components.
    pub component: usize,
    /// Names of imports, and what they get. An import that is not here is imported by the outer component.
    pub with: Vec<(String, Source)>,
}

/// An export of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The instance, by its name in the composition.
    pub instance: String,
    /// The export's name; if none, the name of the import or export that it is for.
    pub export: Option<String>,
}

/// What the outer component exports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Export {
    /// Everything that an instance exports, under the same names.
    All(String),
    /// One export.
    One {
        /// Its name outside.
        name: String,
        /// What it is.
        source: Source,
    },
}

/// A component with its name for messages, and its plan.
pub(crate) struct Known<'b> {
    pub(crate) name: &'b str,
    pub(crate) bytes: &'b [u8],
    pub(crate) plan: Plan,
}

pub(crate) fn read<'b>(components: &'b [(String, Vec<u8>)]) -> Result<Vec<Known<'b>>, ComposeError> {
    let known = components.iter().map(|(name, bytes)| {
        let plan = Plan::new(bytes).map_err(|error| ComposeError::plan(name, &error))?;
        Ok(Known { name, bytes, plan })
    });
    known.collect()
}

/// The first component with every import that an export of the others fits; its exports are the outer ones. Others may
/// serve each other too, as long as each has one that serves it.
pub fn plug(components: &[(String, Vec<u8>)]) -> Result<Composition, ComposeError> {
    let known = read(components)?;
    let mut instances: Vec<Instance> = (0..known.len())
        .map(|component| Instance { name: instance_name(component), component, with: Vec::new() })
        .collect();
    let mut used = vec![false; known.len()];
    for taker in 0..known.len() {
        for import in &known[taker].plan.imports {
            let mut givers = (1..known.len()).filter(|&giver| giver != taker).filter_map(|giver| {
                let exports = known[giver].plan.exports.iter();
                names::best(&import.name, exports, |export| &export.name).map(|export| (giver, &export.name))
            });
            let Some((giver, export)) = givers.next() else { continue };
            if let Some((other, _)) = givers.next() {
                let (one, other) = (known[giver].name, known[other].name);
                let message =
                    format!("{one} and {other} both export {:?}, which {} imports", import.name, known[taker].name);
                return Err(ComposeError::new(message).with_hint("a composition file can say which one it gets"));
            }
            used[giver] = true;
            let source = Source { instance: instance_name(giver), export: Some(export.clone()) };
            instances[taker].with.push((import.name.clone(), source));
        }
    }
    if let Some(unused) = (1..known.len()).find(|&giver| !used[giver]) {
        return Err(no_use(&known[0], &known[unused]));
    }
    Ok(Composition { instances, exports: vec![Export::All(instance_name(0))] })
}

fn instance_name(component: usize) -> String {
    if component == 0 { "socket".to_owned() } else { format!("plug {component}") }
}

fn no_use(socket: &Known<'_>, plug: &Known<'_>) -> ComposeError {
    let list = |names: Vec<&str>| if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    let imports = list(socket.plan.imports.iter().map(|import| import.name.as_str()).collect());
    let exports = list(plug.plan.exports.iter().map(|export| export.name.as_str()).collect());
    ComposeError::new(format!("{} exports nothing that another component imports", plug.name))
        .with_hint(format!("it exports {exports}; {} imports {imports}", socket.name))
}
