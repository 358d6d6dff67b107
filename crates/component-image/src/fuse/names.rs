//! The image's name section: functions only.

use wasm_encoder::{NameMap, NameSection};

use super::budget::Budget;
use super::layout::Layout;
use super::module::Kind;
use crate::ImageError;
use crate::link::{Declared, Generated};

/// The name of the fused start function.
pub(super) const START: &str = "start of the component";

/// The names of all functions that have one.
pub(super) fn names(
    layout: &Layout<'_, '_>,
    declared: &Declared,
    generated: &[Generated],
    start: Option<u32>,
    budget: &mut Budget,
) -> Result<NameSection, ImageError> {
    let mut functions = NameMap::new();
    let mut append = |index: u32, name: &str| {
        functions.append(index, name);
        // An index and a length take at least a byte each.
        budget.take(name.len() + 2)
    };
    for (index, import) in (0..).zip(&declared.imports) {
        append(index, &import.name)?;
    }
    for live in layout.live() {
        let first = live.module.imported(Kind::Func);
        let end = first as usize + live.module.functions.len();
        for &(index, name) in &live.module.names {
            // What a name section says need not be so.
            if index >= first && (index as usize) < end {
                append(live.spaces.index(Kind::Func, index)?, name)?;
            }
        }
    }
    let first = layout.first_generated();
    for (index, generated) in (first..).zip(generated) {
        append(index, &generated.signature.name)?;
    }
    if let Some(index) = start {
        append(index, START)?;
    }
    let mut section = NameSection::new();
    section.functions(&functions);
    Ok(section)
}
