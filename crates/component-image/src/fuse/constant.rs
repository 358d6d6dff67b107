//! Values of constant expressions.
//!
//! A module may use its imported globals in constant expressions. In the image these are defined globals, and using
//! those needs the GC proposal, which not every engine has. So what is known while fusing is put in as a value; only
//! references to new GC objects stay `global.get`, since each has an identity, and engines that have them can.

use wasm_encoder::{HeapType, Ieee32, Ieee64, Instruction};
use wasmparser::Operator;

/// A value that is known while fusing, in terms of the image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Constant {
    I32(i32),
    I64(i64),
    F32(u32),
    F64(u64),
    V128(i128),
    Null(HeapType),
    Func(u32),
}

impl Constant {
    /// The instruction that makes it.
    pub(super) fn instruction(self) -> Instruction<'static> {
        match self {
            Self::I32(value) => Instruction::I32Const(value),
            Self::I64(value) => Instruction::I64Const(value),
            Self::F32(bits) => Instruction::F32Const(Ieee32::new(bits)),
            Self::F64(bits) => Instruction::F64Const(Ieee64::new(bits)),
            Self::V128(value) => Instruction::V128Const(value),
            Self::Null(ty) => Instruction::RefNull(ty),
            Self::Func(index) => Instruction::RefFunc(index),
        }
    }

    /// As an address of a memory or table; addresses are unsigned.
    pub(super) fn address(self) -> Option<u64> {
        match self {
            Self::I32(value) => Some(u64::from(value as u32)),
            Self::I64(value) => Some(value as u64),
            _ => None,
        }
    }
}

/// Apply an arithmetic operator to a stack of constants; `None` if it is none that can be folded.
pub(super) fn fold(operator: &Operator<'_>, stack: &mut Vec<Constant>) -> Option<()> {
    use Constant::{F32, F64, I32, I64, V128};
    let value = match *operator {
        Operator::I32Const { value } => I32(value),
        Operator::I64Const { value } => I64(value),
        Operator::F32Const { value } => F32(value.bits()),
        Operator::F64Const { value } => F64(value.bits()),
        Operator::V128Const { value } => V128(value.i128()),
        _ => {
            let (right, left) = (stack.pop()?, stack.pop()?);
            match (operator, left, right) {
                (Operator::I32Add, I32(a), I32(b)) => I32(a.wrapping_add(b)),
                (Operator::I32Sub, I32(a), I32(b)) => I32(a.wrapping_sub(b)),
                (Operator::I32Mul, I32(a), I32(b)) => I32(a.wrapping_mul(b)),
                (Operator::I64Add, I64(a), I64(b)) => I64(a.wrapping_add(b)),
                (Operator::I64Sub, I64(a), I64(b)) => I64(a.wrapping_sub(b)),
                (Operator::I64Mul, I64(a), I64(b)) => I64(a.wrapping_mul(b)),
                _ => return None,
            }
        }
    };
    stack.push(value);
    Some(())
}
