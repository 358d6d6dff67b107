//! An arena as a list, which is how it is serialized: ids are positions, and layouts follow from the types.
//!
//! What is deserialized must come from an arena: that ids are in range is not checked.

use serde::{Deserialize, Serialize};

use crate::arena::{TooLarge, Types};
use crate::types::{FuncType, Type};

/// Parts before wholes.
#[derive(Serialize, Deserialize)]
pub(crate) struct Listed {
    values: Vec<Type>,
    functions: Vec<FuncType>,
}

impl From<Types> for Listed {
    fn from(types: Types) -> Self {
        Self { values: types.all().map(|(_, ty)| ty.clone()).collect(), functions: types.functions().to_vec() }
    }
}

impl TryFrom<Listed> for Types {
    type Error = TooLarge;

    fn try_from(listed: Listed) -> Result<Self, TooLarge> {
        let mut types = Self::new();
        for ty in listed.values {
            types.intern(ty)?;
        }
        for ty in listed.functions {
            types.intern_function(ty);
        }
        Ok(types)
    }
}
