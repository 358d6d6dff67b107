//! The adapter between a guest and host imports that may suspend.
//!
//! A module prepared with `parks` does not import a suspending host function directly. Between the two stands a tiny
//! generated core module with one function for each such import, of the import's own type:
//!
//! ```text
//! loop
//!   call $try            ;; arguments in; results and a "pending" flag out
//!   br_if done unless pending
//!   call $park           ;; the one import that an engine can suspend in
//! end
//! ```
//!
//! So the usual case, an answer at the first try, costs two calls and no suspension machinery, the host never needs
//! to be resumed in the middle of an import, and an engine has to know how to suspend in one function of type
//! `func()` only, which the guest always reaches by a plain call. (wasmi 2.0 resumes wrongly from a host function
//! that was reached by a tail call: see RATIONALE.md.)

use wasm_encoder::{
    BlockType, CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection,
    TypeSection, ValType,
};

use crate::{EngineError, ErrorStage, FuncType, ValueType};

/// Module half of the name of the import that parks.
pub const PARK_MODULE: &str = "tambo";
/// The name of the import that parks; a `func()`.
pub const PARK_NAME: &str = "park";

/// An adapter module: what it imports and exports is named by the position of the adapted import.
#[derive(Clone, Debug)]
pub struct Adapted {
    /// The binary module. It imports [`PARK_MODULE`]`.`[`PARK_NAME`], and for the import at position `i` of the list
    /// given to [`adapter`] it imports `"try" "{i}"`, of the type with one more `i32` result (the last one: whether the
    /// call is pending), and exports `"{i}"`, of the import's own type.
    pub wasm: Vec<u8>,
}

/// Generates the adapter for suspending imports of the given types, in order.
pub fn adapter(types: &[FuncType]) -> Result<Adapted, EngineError> {
    let mut sections = Sections::default();
    let park_type = sections.types.len();
    sections.types.ty().function([], []);
    sections.imports.import(PARK_MODULE, PARK_NAME, EntityType::Function(park_type));
    for (position, ty) in types.iter().enumerate() {
        sections.import_try(position, ty)?;
    }
    let count = types.len() as u32;
    for (position, ty) in types.iter().enumerate() {
        sections.define(position as u32, count, ty)?;
    }
    let mut module = wasm_encoder::Module::new();
    module
        .section(&sections.types)
        .section(&sections.imports)
        .section(&sections.functions)
        .section(&sections.exports)
        .section(&sections.code);
    Ok(Adapted { wasm: module.finish() })
}

#[derive(Default)]
struct Sections {
    types: TypeSection,
    imports: ImportSection,
    functions: FunctionSection,
    exports: ExportSection,
    code: CodeSection,
}

impl Sections {
    fn import_try(&mut self, position: usize, ty: &FuncType) -> Result<(), EngineError> {
        let (params, mut results) = encode(ty)?;
        results.push(ValType::I32);
        let index = self.types.len();
        self.types.ty().function(params, results);
        self.imports.import("try", &position.to_string(), EntityType::Function(index));
        Ok(())
    }

    /// Function indices: 0 parks, `1..=count` try, and the adapters follow.
    fn define(&mut self, position: u32, count: u32, ty: &FuncType) -> Result<(), EngineError> {
        let (params, results) = encode(ty)?;
        let arity = params.len() as u32;
        let index = self.types.len();
        self.types.ty().function(params, results.clone());
        self.functions.function(index);
        self.exports.export(&position.to_string(), ExportKind::Func, 1 + count + position);

        self.code.function(&adapter_body(arity, position, &results));
        Ok(())
    }
}

/// See the sketch in the module's header. The flag is kept in a local, so that the results, which lie below it on the
/// stack, can be stored first.
fn adapter_body(arity: u32, position: u32, results: &[ValType]) -> Function {
    let pending = arity + results.len() as u32;
    let locals = results.iter().map(|&result| (1, result)).chain([(1, ValType::I32)]);
    let mut body = Function::new(locals.collect::<Vec<_>>());
    let mut code = body.instructions();
    code.loop_(BlockType::Empty);
    for param in 0..arity {
        code.local_get(param);
    }
    code.call(1 + position).local_set(pending);
    for result in (0..results.len() as u32).rev() {
        code.local_set(arity + result);
    }
    code.local_get(pending).if_(BlockType::Empty);
    code.call(0).br(1).end();
    code.end();
    for result in 0..results.len() as u32 {
        code.local_get(arity + result);
    }
    code.end();
    body
}

fn encode(ty: &FuncType) -> Result<(Vec<ValType>, Vec<ValType>), EngineError> {
    let list = |types: &[ValueType]| types.iter().map(|&ty| value_type(ty)).collect::<Result<Vec<_>, _>>();
    Ok((list(&ty.params)?, list(&ty.results)?))
}

fn value_type(ty: ValueType) -> Result<ValType, EngineError> {
    match ty {
        ValueType::I32 => Ok(ValType::I32),
        ValueType::I64 => Ok(ValType::I64),
        ValueType::F32 => Ok(ValType::F32),
        ValueType::F64 => Ok(ValType::F64),
        ValueType::V128 | ValueType::Ref => {
            Err(EngineError::new(ErrorStage::Link, format!("a host import cannot take or return a {ty}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adapters_are_valid_for_every_number_type() {
        let types = [
            FuncType::default(),
            FuncType::new([ValueType::I32, ValueType::I64], [ValueType::I32]),
            FuncType::new([ValueType::F32], [ValueType::F64, ValueType::I64]),
        ];
        let adapted = adapter(&types).unwrap();
        wasmparser::validate(&adapted.wasm).unwrap();
    }

    #[test]
    fn a_vector_cannot_cross_the_host_boundary() {
        let error = adapter(&[FuncType::new([ValueType::V128], [])]).unwrap_err();
        assert!(error.message.contains("v128"), "{error}");
    }
}
