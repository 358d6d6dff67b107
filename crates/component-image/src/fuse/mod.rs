//! Joins the core modules of a plan into one (architecture.md §3): lays out the image, copies every core instance's
//! definitions into it with their indices mapped, adds generated code, and validates the result.
//!
//! The order of the index spaces: functions are host imports, then those of core instances in the plan's order, then
//! generated ones, then the fused start function if there is one; globals are those of core instances, then
//! `may_enter` and `may_leave` of each component instance. Types are copied once for each module.
//!
//! Names in the image's name section are the modules' own, unchanged: a prefix would keep tools from demangling them.
//! Which core instance a function is from is told by [`Image::sources`](crate::Image::sources).

mod assemble;
mod budget;
mod code;
mod constant;
mod layout;
mod locate;
mod module;
mod names;
mod remap;
mod segments;
mod shims;
mod start;
mod types;

#[cfg(test)]
mod tests;

use tambo_component_plan::Plan;

use self::layout::Layout;
pub(crate) use self::locate::locate;
use crate::ImageError;
use crate::image::{BuildOptions, Image};
use crate::link::{Declared, Generated, Places};

/// A mistake of ours.
fn bug(message: impl Into<String>) -> ImageError {
    ImageError::Bug(message.into())
}

/// Join a plan's core modules, which lie in the bytes of its component, with what `generate` makes of the layout.
pub(crate) fn fuse(
    plan: &Plan,
    component: &[u8],
    options: &BuildOptions,
    mut declared: Declared,
    generate: impl FnOnce(&Declared, &mut dyn Places) -> Result<Vec<Generated>, ImageError>,
) -> Result<Image, ImageError> {
    let modules = module::parse_all(plan, component)?;
    // Whatever is thrown has a tag, and a core module has defined it.
    declared.catch = modules.iter().any(|module| !module.tags.is_empty());
    let elided = shims::find(plan, &modules);
    let mut layout = Layout::new(plan, &modules, &declared, &elided)?;
    let generated = generate(&declared, &mut layout)?;
    let (wasm, sources) = assemble::assemble(plan, options, &declared, layout, &generated)?;
    let Declared { imports, lifts, destructors, .. } = declared;
    Ok(Image { wasm, imports, lifts, destructors, waiting: options.waiting.clone(), sources })
}
