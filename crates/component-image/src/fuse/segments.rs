//! Element and data segments.
//!
//! # When an active segment stays active
//!
//! Instantiating a plan applies, for each core instance in turn, its element segments, its data segments and its start
//! function. An engine applies all active segments of the image before any code runs. The two differ only if code
//! runs before the segment's turn: a start function of an *earlier* core instance. It could see what the segment
//! writes, or have called the host before the segment traps. So a segment stays active if
//!
//! 1. no earlier core instance has a start section: no code runs before its turn either way. That segments of elements
//!    now come before all segments of data changes only which of several out-of-bounds segments is reported; or
//! 2. its memory or table is defined by the same core instance, which no earlier code can reach, and the segment lies
//!    within the initial size, so that it cannot trap. (Nothing can have shrunk it.)
//!
//! All segments of one memory keep their order: those that are kept by rule 1 come first in the plan too, those of
//! rule 2 are the first of their memory, and the others run in the plan's order after all active ones.
//!
//! Every other active segment becomes passive; the fused start function applies and drops it at its turn. Engines that
//! map a memory's initial contents from a file can do so for segments that stay active.

use wasm_encoder::reencode::Reencode;
use wasm_encoder::{ConstExpr, DataSection, ElementSection, Encode};
use wasmparser::{Data, DataKind, Element, ElementItems, ElementKind};

use super::budget::Budget;
use super::bug;
use super::layout::Live;
use super::remap::{self, Remap};
use super::start::{Apply, Step};
use crate::ImageError;

/// The segments of an image, while it is built.
#[derive(Default)]
pub(super) struct Segments {
    pub(super) elements: ElementSection,
    pub(super) data: DataSection,
    /// What the fused start function has to do.
    pub(super) steps: Vec<Step>,
    /// Whether a core instance so far has a start section.
    started: bool,
}

impl Segments {
    /// Add a core instance's segments, and its start function.
    pub(super) fn add(
        &mut self,
        live: Live<'_, '_>,
        remap: &mut Remap<'_>,
        budget: &mut Budget,
    ) -> Result<(), ImageError> {
        for (position, element) in live.module.elements.iter().enumerate() {
            self.element(live, position as u32, element, remap, budget)?;
        }
        for (position, data) in live.module.data.iter().enumerate() {
            self.data(live, position as u32, data, remap, budget)?;
        }
        if let Some(start) = live.module.start {
            self.steps.push(Step::Call(remap.function_index(start).map_err(remap::error)?));
            self.started = true;
        }
        Ok(())
    }

    fn element(
        &mut self,
        live: Live<'_, '_>,
        position: u32,
        element: &Element<'_>,
        remap: &mut Remap<'_>,
        budget: &mut Budget,
    ) -> Result<(), ImageError> {
        let count = match &element.items {
            ElementItems::Functions(items) => items.count(),
            ElementItems::Expressions(_, items) => items.count(),
        };
        let mode = match &element.kind {
            ElementKind::Passive => Mode::Passive,
            ElementKind::Declared => Mode::Declared,
            ElementKind::Active { table_index, offset_expr } => {
                let index = table_index.unwrap_or(0);
                let (ty, own) = live.module.table(index).ok_or_else(|| bug("an element segment of no table"))?;
                let target = remap.table_index(index).map_err(remap::error)?;
                let fits = own && fits(remap, offset_expr, u64::from(count), u128::from(ty.initial))?;
                let offset = remap.const_bytes(offset_expr).map_err(remap::error)?;
                if fits || !self.started {
                    Mode::Active { table: target, offset }
                } else {
                    let segment = live.spaces.elements + position;
                    self.steps.push(Step::Elements(Apply { segment, target, offset, count }));
                    Mode::Passive
                }
            }
        };
        let bytes = encode(&mode, &element.items, remap).map_err(remap::error)?;
        budget.take(bytes.len())?;
        self.elements.raw(&bytes);
        Ok(())
    }

    fn data(
        &mut self,
        live: Live<'_, '_>,
        position: u32,
        data: &Data<'_>,
        remap: &mut Remap<'_>,
        budget: &mut Budget,
    ) -> Result<(), ImageError> {
        let mut out = Vec::new();
        match &data.kind {
            DataKind::Passive => out.push(1),
            DataKind::Active { memory_index, offset_expr } => {
                let (ty, own) = live.module.memory(*memory_index).ok_or_else(|| bug("a data segment of no memory"))?;
                let target = remap.memory_index(*memory_index).map_err(remap::error)?;
                let size = u128::from(ty.initial) << ty.page_size_log2.unwrap_or(16);
                let fits = own && fits(remap, offset_expr, data.data.len() as u64, size)?;
                let offset = remap.const_bytes(offset_expr).map_err(remap::error)?;
                if fits || !self.started {
                    if target == 0 {
                        out.push(0);
                    } else {
                        out.push(2);
                        target.encode(&mut out);
                    }
                    ConstExpr::raw(offset).encode(&mut out);
                } else {
                    let segment = live.spaces.data + position;
                    let count = data.data.len() as u32;
                    self.steps.push(Step::Data(Apply { segment, target, offset, count }));
                    out.push(1);
                }
            }
        }
        budget.take(out.len() + data.data.len())?;
        data.data.encode(&mut out);
        self.data.raw(&out);
        Ok(())
    }
}

/// Whether a segment surely lies within the initial size of what it is for.
fn fits(remap: &mut Remap<'_>, offset: &wasmparser::ConstExpr<'_>, count: u64, size: u128) -> Result<bool, ImageError> {
    let value = remap.value(offset).map_err(remap::error)?;
    let end = value.and_then(|value| value.address()).map(|first| u128::from(first) + u128::from(count));
    Ok(end.is_some_and(|end| end <= size))
}

/// How an element segment is used.
enum Mode {
    Active { table: u32, offset: Vec<u8> },
    Passive,
    Declared,
}

/// An element segment. Written item by item: a list of expressions as values would take many times their bytes.
fn encode(mode: &Mode, items: &ElementItems<'_>, remap: &mut Remap<'_>) -> Result<Vec<u8>, remap::Error> {
    let mut out = Vec::new();
    let expressions = if matches!(items, ElementItems::Expressions(..)) { 4 } else { 0 };
    match mode {
        // The form that every engine reads: functions in table 0.
        Mode::Active { table: 0, offset } if expressions == 0 => {
            out.push(0);
            ConstExpr::raw(offset.iter().copied()).encode(&mut out);
        }
        Mode::Active { table, offset } => {
            out.push(2 | expressions);
            table.encode(&mut out);
            ConstExpr::raw(offset.iter().copied()).encode(&mut out);
        }
        Mode::Passive => out.push(1 | expressions),
        Mode::Declared => out.push(3 | expressions),
    }
    match items {
        ElementItems::Functions(functions) => {
            if out[0] != 0 {
                out.push(0);
            }
            functions.count().encode(&mut out);
            for function in functions.clone() {
                let function = remap.function_index(function?)?;
                remap.references.declare(function);
                function.encode(&mut out);
            }
        }
        ElementItems::Expressions(ty, list) => {
            remap.ref_type(*ty)?.encode(&mut out);
            list.count().encode(&mut out);
            for expr in list.clone() {
                remap.const_expr(expr?)?.encode(&mut out);
            }
        }
    }
    Ok(out)
}
