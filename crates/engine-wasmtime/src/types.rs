//! wasmtime's types as the contract's, and back.

use tambo_engine::{ExternKind, FuncType, ValueType};
use wasmtime::{Engine, ExternType, ValType};

pub(crate) fn value_type(ty: &ValType) -> ValueType {
    match ty {
        ValType::I32 => ValueType::I32,
        ValType::I64 => ValueType::I64,
        ValType::F32 => ValueType::F32,
        ValType::F64 => ValueType::F64,
        ValType::V128 => ValueType::V128,
        ValType::Ref(_) => ValueType::Ref,
    }
}

pub(crate) fn func_type(ty: &wasmtime::FuncType) -> FuncType {
    let list = |types: &mut dyn Iterator<Item = ValType>| types.map(|ty| value_type(&ty)).collect::<Vec<_>>();
    FuncType::new(list(&mut ty.params()), list(&mut ty.results()))
}

pub(crate) fn extern_kind(ty: &ExternType) -> ExternKind {
    match ty {
        ExternType::Func(ty) => ExternKind::Func(func_type(ty)),
        ExternType::Memory(ty) => ExternKind::Memory {
            minimum: ty.minimum(),
            maximum: ty.maximum(),
            memory64: ty.is_64(),
            shared: ty.is_shared(),
        },
        ExternType::Table(_) => ExternKind::Table,
        ExternType::Global(_) => ExternKind::Global,
        ExternType::Tag(_) => ExternKind::Tag,
    }
}

/// The type that wasmtime links a host function with. None for a type that cannot cross the boundary.
pub(crate) fn host_func_type(engine: &Engine, ty: &FuncType) -> Option<wasmtime::FuncType> {
    let list = |types: &[ValueType]| types.iter().map(|&ty| number_type(ty)).collect::<Option<Vec<_>>>();
    Some(wasmtime::FuncType::new(engine, list(&ty.params)?, list(&ty.results)?))
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
