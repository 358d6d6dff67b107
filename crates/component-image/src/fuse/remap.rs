//! Re-encodes what a core module says in terms of the image.

use std::collections::BTreeSet;

use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{ConstExpr, Encode, Instruction};
use wasmparser::Operator;

use super::bug;
use super::constant::{self, Constant};
use super::layout::Spaces;
use super::module::Kind;
use crate::ImageError;

pub(super) type Error = reencode::Error<ImageError>;

/// The error of re-encoding as ours. Modules are valid, so only errors of our own making mean anything else than a bug.
pub(super) fn error(error: Error) -> ImageError {
    match error {
        reencode::Error::UserError(error) => error,
        reencode::Error::ParseError(error) => bug(format!("re-encoding a core module: {error}")),
        other => bug(format!("re-encoding a core module: {other}")),
    }
}

/// Functions of the image whose references are taken.
#[derive(Debug, Default)]
pub(super) struct References {
    /// By index, whether it happens outside of code, which is what declares them.
    declared: Vec<bool>,
    /// In code.
    taken: BTreeSet<u32>,
}

impl References {
    /// A reference outside of code.
    pub(super) fn declare(&mut self, function: u32) {
        let position = function as usize;
        if position >= self.declared.len() {
            self.declared.resize(position + 1, false);
        }
        self.declared[position] = true;
    }

    /// Functions that are yet to be declared. An export declares a function too, but the image exports others than its
    /// modules did.
    pub(super) fn undeclared(&self) -> Vec<u32> {
        let declared = |function: &u32| self.declared.get(*function as usize).copied().unwrap_or(false);
        self.taken.iter().copied().filter(|function| !declared(function)).collect()
    }
}

/// Maps the indices of one core instance.
pub(super) struct Remap<'a> {
    pub(super) spaces: &'a Spaces,
    /// Values of the image's globals, as far as they are there and known.
    pub(super) globals: &'a [Option<Constant>],
    pub(super) references: &'a mut References,
}

impl Remap<'_> {
    fn index(&self, kind: Kind, index: u32) -> Result<u32, Error> {
        self.spaces.index(kind, index).map_err(Error::UserError)
    }

    /// The value of a constant expression, if it is known.
    pub(super) fn value(&mut self, expr: &wasmparser::ConstExpr<'_>) -> Result<Option<Constant>, Error> {
        let mut stack = Vec::new();
        let mut operators = expr.get_operators_reader();
        while !operators.is_end_then_eof() {
            let operator = operators.read()?;
            let known = match operator {
                Operator::GlobalGet { global_index } => self.global(global_index)?.1,
                Operator::RefNull { hty } => Some(Constant::Null(self.heap_type(hty)?)),
                Operator::RefFunc { function_index } => Some(Constant::Func(self.index(Kind::Func, function_index)?)),
                _ => match constant::fold(&operator, &mut stack) {
                    Some(()) => continue,
                    None => None,
                },
            };
            match known {
                Some(value) => stack.push(value),
                None => return Ok(None),
            }
        }
        Ok(stack.pop())
    }

    /// The index of a global in the image, and its value if it is known.
    fn global(&self, index: u32) -> Result<(u32, Option<Constant>), Error> {
        let index = self.index(Kind::Global, index)?;
        Ok((index, self.globals.get(index as usize).copied().flatten()))
    }

    /// A constant expression without its `end`, which is also valid as code.
    pub(super) fn const_bytes(&mut self, expr: &wasmparser::ConstExpr<'_>) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        if let Some(value) = self.value(expr)? {
            self.constant(value, &mut bytes);
            return Ok(bytes);
        }
        let mut operators = expr.get_operators_reader();
        while !operators.is_end_then_eof() {
            match operators.read()? {
                Operator::GlobalGet { global_index } => match self.global(global_index)? {
                    (_, Some(value)) => self.constant(value, &mut bytes),
                    (index, None) => Instruction::GlobalGet(index).encode(&mut bytes),
                },
                Operator::RefFunc { function_index } => {
                    let function = self.index(Kind::Func, function_index)?;
                    self.constant(Constant::Func(function), &mut bytes);
                }
                operator => utils::instruction(self, operator)?.encode(&mut bytes),
            }
        }
        Ok(bytes)
    }

    fn constant(&mut self, value: Constant, bytes: &mut Vec<u8>) {
        if let Constant::Func(function) = value {
            self.references.declare(function);
        }
        value.instruction().encode(bytes);
    }
}

impl Reencode for Remap<'_> {
    type Error = ImageError;

    fn type_index(&mut self, index: u32) -> Result<u32, Error> {
        Ok(self.spaces.types + index)
    }

    fn function_index(&mut self, index: u32) -> Result<u32, Error> {
        self.index(Kind::Func, index)
    }

    fn table_index(&mut self, index: u32) -> Result<u32, Error> {
        self.index(Kind::Table, index)
    }

    fn memory_index(&mut self, index: u32) -> Result<u32, Error> {
        self.index(Kind::Memory, index)
    }

    fn global_index(&mut self, index: u32) -> Result<u32, Error> {
        self.index(Kind::Global, index)
    }

    fn tag_index(&mut self, index: u32) -> Result<u32, Error> {
        self.index(Kind::Tag, index)
    }

    fn data_index(&mut self, index: u32) -> Result<u32, Error> {
        Ok(self.spaces.data + index)
    }

    fn element_index(&mut self, index: u32) -> Result<u32, Error> {
        Ok(self.spaces.elements + index)
    }

    fn instruction<'a>(&mut self, operator: Operator<'a>) -> Result<Instruction<'a>, Error> {
        if let Operator::RefFunc { function_index } = operator {
            let function = self.index(Kind::Func, function_index)?;
            self.references.taken.insert(function);
        }
        utils::instruction(self, operator)
    }

    fn const_expr(&mut self, expr: wasmparser::ConstExpr<'_>) -> Result<ConstExpr, Error> {
        Ok(ConstExpr::raw(self.const_bytes(&expr)?))
    }
}

/// Maps the indices of a module's types, whichever instance of it uses them.
pub(super) struct RemapTypes(pub(super) u32);

impl Reencode for RemapTypes {
    type Error = ImageError;

    fn type_index(&mut self, index: u32) -> Result<u32, Error> {
        Ok(self.0 + index)
    }
}
