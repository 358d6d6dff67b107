//! Function bodies, and the tables that say where they come from.

use wasm_encoder::reencode::Reencode;
use wasm_encoder::{CodeSection, Function};

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

fn reencode(body: &wasmparser::FunctionBody<'_>, remap: &mut Remap<'_>) -> Result<Function, remap::Error> {
    let mut function = remap.new_function_with_parsed_locals(body)?;
    let mut operators = body.get_operators_reader()?;
    while !operators.eof() {
        function.instruction(&remap.parse_instruction(&mut operators)?);
    }
    Ok(function)
}
