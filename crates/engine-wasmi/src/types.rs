//! wasmi's types and values as the contract's, and back.

use tambo_engine::{ExternKind, FuncType, Slot, ValueType};
use wasmi::{ExternType, F32, F64, Val, ValType};

pub(crate) fn value_type(ty: ValType) -> ValueType {
    match ty {
        ValType::I32 => ValueType::I32,
        ValType::I64 => ValueType::I64,
        ValType::F32 => ValueType::F32,
        ValType::F64 => ValueType::F64,
        ValType::V128 => ValueType::V128,
        ValType::FuncRef | ValType::ExternRef => ValueType::Ref,
    }
}

pub(crate) fn func_type(ty: &wasmi::FuncType) -> FuncType {
    let list = |types: &[ValType]| types.iter().map(|&ty| value_type(ty)).collect::<Vec<_>>();
    FuncType::new(list(ty.params()), list(ty.results()))
}

pub(crate) fn extern_kind(ty: &ExternType) -> ExternKind {
    match ty {
        ExternType::Func(ty) => ExternKind::Func(func_type(ty)),
        ExternType::Memory(ty) => {
            ExternKind::Memory { minimum: ty.minimum(), maximum: ty.maximum(), memory64: ty.is_64(), shared: false }
        }
        ExternType::Table(_) => ExternKind::Table,
        ExternType::Global(_) => ExternKind::Global,
    }
}

/// The type that wasmi links a host function with. None for a type that cannot cross the boundary.
pub(crate) fn host_func_type(ty: &FuncType) -> Option<wasmi::FuncType> {
    let list = |types: &[ValueType]| types.iter().map(|&ty| number_type(ty)).collect::<Option<Vec<_>>>();
    Some(wasmi::FuncType::new(list(&ty.params)?, list(&ty.results)?))
}

fn number_type(ty: ValueType) -> Option<ValType> {
    match ty {
        ValueType::I32 => Some(ValType::I32),
        ValueType::I64 => Some(ValType::I64),
        ValueType::F32 => Some(ValType::F32),
        ValueType::F64 => Some(ValType::F64),
        ValueType::V128 | ValueType::Ref => None,
    }
}

/// A slot as a typed value. None for a type that cannot cross the boundary.
pub(crate) fn typed(ty: ValueType, slot: Slot) -> Option<Val> {
    match ty {
        ValueType::I32 => Some(Val::I32(slot.into())),
        ValueType::I64 => Some(Val::I64(slot.into())),
        ValueType::F32 => Some(Val::F32(F32::from_bits(slot.into()))),
        ValueType::F64 => Some(Val::F64(F64::from_bits(slot.into()))),
        ValueType::V128 | ValueType::Ref => None,
    }
}

/// The slot of a typed value.
pub(crate) fn untyped(value: &Val) -> Slot {
    match value {
        Val::I32(value) => Slot::from(*value),
        Val::I64(value) => Slot::from(*value),
        Val::F32(value) => Slot::from(value.to_bits()),
        Val::F64(value) => Slot::from(value.to_bits()),
        _ => Slot::default(),
    }
}
