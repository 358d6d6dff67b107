//! Function bodies, and the tables that say where they come from.

use wasm_encoder::reencode::Reencode;
use wasm_encoder::{CodeSection, Function};
use wasmparser::{FunctionBody, OperatorsReader};

use super::budget::{Budget, FUNCTION_SIZE};
use super::layout::Live;
use super::module::Kind;
use super::remap::{self, Remap};
use crate::image::FuncOrigin;
use crate::link::Generated;
use crate::{ImageError, fuse::bug};

/// The code of an image, while it is built.
#[derive(Default)]
pub(super) struct Code {
    pub(super) section: CodeSection,
    pub(super) sources: Vec<FuncOrigin>,
}

impl Code {
    /// Add the functions of a core instance.
    pub(super) fn add(
        &mut self,
        live: Live<'_, '_>,
        remap: &mut Remap<'_>,
        budget: &mut Budget,
    ) -> Result<(), ImageError> {
        if live.module.bodies.len() != live.module.functions.len() {
            return Err(bug(format!("the core module `{}` lacks code", live.name)));
        }
        for (index, body) in (live.module.imported(Kind::Func)..).zip(&live.module.bodies) {
            let function = reencode(body, remap).map_err(remap::error)?;
            self.push(&function, budget, || format!("function {index} of the core module `{}`", live.name))?;
            let offset = body.range().start as usize;
            self.sources.push(FuncOrigin::Module { instance: live.id, function: index, offset });
        }
        Ok(())
    }

    /// Add a generated function.
    pub(super) fn add_generated(&mut self, generated: &Generated, budget: &mut Budget) -> Result<(), ImageError> {
        self.add_own(&generated.body, &generated.signature.name, budget)
    }

    /// Add a function that is no module's.
    pub(super) fn add_own(&mut self, body: &Function, name: &str, budget: &mut Budget) -> Result<(), ImageError> {
        self.push(body, budget, || format!("the generated function `{name}`"))?;
        self.sources.push(FuncOrigin::Generated);
        Ok(())
    }

    fn push(
        &mut self,
        function: &Function,
        budget: &mut Budget,
        name: impl FnOnce() -> String,
    ) -> Result<(), ImageError> {
        let size = function.byte_len();
        if size > FUNCTION_SIZE {
            return Err(ImageError::TooLarge(format!(
                "{} has {size} bytes in the image; a function may have {FUNCTION_SIZE}",
                name()
            )));
        }
        // The length in front of the body may take four more.
        budget.take(size + 1)?;
        self.section.function(function);
        Ok(())
    }
}

/// A body in terms of the image.
fn reencode(body: &FunctionBody<'_>, remap: &mut Remap<'_>) -> Result<Function, remap::Error> {
    Encoding::new(body, remap)?.finish(remap)
}

/// Where an instruction is in its module that is at an offset in the re-encoded body: each becomes one. An offset among
/// the locals counts as that of the first instruction, as engines have it for what they do at entry.
pub(super) fn original(
    body: &FunctionBody<'_>,
    remap: &mut Remap<'_>,
    offset: u64,
) -> Result<Option<u64>, remap::Error> {
    let mut encoding = Encoding::new(body, remap)?;
    while !encoding.operators.eof() {
        let here = encoding.operators.original_position();
        encoding.step(remap)?;
        if offset < encoding.function.byte_len() as u64 {
            return Ok(Some(here));
        }
    }
    Ok(None)
}

/// A body that is being re-encoded.
struct Encoding<'a> {
    operators: OperatorsReader<'a>,
    function: Function,
}

impl<'a> Encoding<'a> {
    /// With its locals.
    fn new(body: &FunctionBody<'a>, remap: &mut Remap<'_>) -> Result<Self, remap::Error> {
        let function = remap.new_function_with_parsed_locals(body)?;
        Ok(Self { operators: body.get_operators_reader()?, function })
    }

    /// One more instruction.
    fn step(&mut self, remap: &mut Remap<'_>) -> Result<(), remap::Error> {
        self.function.instruction(&remap.parse_instruction(&mut self.operators)?);
        Ok(())
    }

    fn finish(mut self, remap: &mut Remap<'_>) -> Result<Function, remap::Error> {
        while !self.operators.eof() {
            self.step(remap)?;
        }
        Ok(self.function)
    }
}
