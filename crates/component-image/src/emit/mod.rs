//! Generated code: what lies between the core modules of a component, and between them and the host
//! (CanonicalABI.md, "Canonical Definitions").
//!
//! [`declare`] finds what is needed, [`generate`] writes it once everything has an index.
//!
//! A value that goes from one component to another is lifted and lowered in one pass, part by part. The specification
//! lifts the whole of it before it lowers anything; the two differ in nothing that a guest can see, since what can fail
//! traps, and since the allocator that runs in between may not leave its component.

mod adapter;
mod body;
mod code;
mod export;
mod flat;
mod instances;
mod lists;
mod lower_host;
mod memory;
mod naming;
mod outline;
mod resources;
mod strings;
#[cfg(test)]
mod tests;
mod threads;
mod values;
mod variants;

use std::collections::HashMap;

use tambo_component_plan::Plan;

use self::body::Body;
use self::code::Code;
pub(crate) use self::outline::Outline;
use crate::ImageError;
use crate::image::{BuildOptions, HostImportKind};
use crate::link::{Declared, Generated, Places, Signature};

/// The largest body of a function that engines have to accept.
const MAX_BODY: usize = 7_654_321;

/// Generated code that any component may need, and what it may need beyond for each byte of its own: types nest, so that a
/// small component could ask for code without end, which takes far longer to compile than the component to read.
const GENERATED: usize = 2 << 20;
const GENERATED_PER_BYTE: usize = 16;

/// What the generated code of a plan needs of the layout of its image.
pub(crate) fn declare(plan: &Plan, options: &BuildOptions) -> Result<Declared, ImageError> {
    outline::declare(plan, options)
}

/// The generated functions: those that are declared, then those that they call. The component has so many bytes.
pub(crate) fn generate(
    plan: &Plan,
    declared: &Declared,
    options: &BuildOptions,
    component: usize,
    places: &mut dyn Places,
) -> Result<Vec<Generated>, ImageError> {
    let trap = declared
        .outline
        .hosts
        .get(&HostImportKind::Trap)
        .map(|&position| places.host(position))
        .ok_or_else(|| ImageError::Bug("there is no import to trap with".into()))?;
    let routines = HashMap::new();
    let plain = values::plain_types(&plan.types);
    let most = options.max_size.min(component.saturating_mul(GENERATED_PER_BYTE).saturating_add(GENERATED));
    let mut emit = Emit { plan, declared, options, most, places, trap, routines, plain, appended: Vec::new(), size: 0 };
    let mut functions = Vec::with_capacity(declared.functions.len());
    for (signature, &work) in declared.functions.iter().zip(&declared.outline.work) {
        let mut body = Body::new(&mut emit, signature.params.len());
        body.write(work)?;
        let code = body.finish();
        functions.push(emit.complete(signature.clone(), code)?);
    }
    functions.append(&mut emit.appended);
    Ok(functions)
}

/// What all generated functions share.
struct Emit<'a> {
    plan: &'a Plan,
    declared: &'a Declared,
    options: &'a BuildOptions,
    /// Bytes of code, at most.
    most: usize,
    places: &'a mut dyn Places,
    /// The import to trap with.
    trap: u32,
    /// Functions that generated functions call, by what they do: their positions.
    routines: HashMap<strings::Routine, usize>,
    /// For each type whether its values can be copied byte by byte.
    plain: Vec<bool>,
    /// The routines, in order.
    appended: Vec<Generated>,
    size: usize,
}

impl Emit<'_> {
    fn complete(&mut self, signature: Signature, code: Code) -> Result<Generated, ImageError> {
        let body = code.finish();
        self.size += body.byte_len();
        if body.byte_len() > MAX_BODY || self.size > self.most {
            let name = &signature.name;
            return Err(ImageError::TooLarge(format!(
                "the code of `{name}`, which follows from its type, is too large"
            )));
        }
        Ok(Generated { signature, body })
    }

    /// The index of a host import that was declared.
    fn host(&self, kind: &HostImportKind) -> Result<u32, ImageError> {
        let position = self.declared.outline.hosts.get(kind);
        position
            .map(|&position| self.places.host(position))
            .ok_or_else(|| ImageError::Bug(format!("{kind:?} was not declared")))
    }
}
