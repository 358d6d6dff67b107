//! The types of the image: those of its modules, then what host imports and generated code need.

use std::collections::HashMap;

use tambo_component_types::Flat;
use wasm_encoder::ValType;

use super::budget;
use crate::ImageError;

/// Function types of our own, each once.
#[derive(Debug)]
pub(super) struct OwnTypes {
    /// The first index.
    first: u32,
    list: Vec<(Vec<ValType>, Vec<ValType>)>,
    index: HashMap<(Vec<ValType>, Vec<ValType>), u32>,
}

impl OwnTypes {
    pub(super) fn after(first: u32) -> Self {
        Self { first, list: Vec::new(), index: HashMap::new() }
    }

    /// The index of a function type.
    pub(super) fn func(&mut self, params: &[ValType], results: &[ValType]) -> u32 {
        let key = (params.to_vec(), results.to_vec());
        let next = self.first.saturating_add(self.list.len() as u32);
        *self.index.entry(key).or_insert_with_key(|key| {
            self.list.push(key.clone());
            next
        })
    }

    /// All of them, in order.
    pub(super) fn list(&self) -> &[(Vec<ValType>, Vec<ValType>)] {
        &self.list
    }

    /// Whether there are too many.
    pub(super) fn check(&self) -> Result<(), ImageError> {
        budget::TYPES.check(u64::from(self.first) + self.list.len() as u64).map(|_| ())
    }
}

/// Flat types as core value types.
pub(super) fn flat(types: &[Flat]) -> Vec<ValType> {
    types
        .iter()
        .map(|ty| match ty {
            Flat::I32 => ValType::I32,
            Flat::I64 => ValType::I64,
            Flat::F32 => ValType::F32,
            Flat::F64 => ValType::F64,
        })
        .collect()
}
