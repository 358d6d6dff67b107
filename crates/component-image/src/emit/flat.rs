//! Core signatures of lifted and lowered functions (CanonicalABI.md, "Flattening").

use tambo_component_plan::{LiftPlan, Options};
use tambo_component_types::{
    Flat, FuncType, Layout, MAX_FLAT_ASYNC_PARAMS, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, Pointer, TypeId, Types,
};

use crate::ImageError;

/// A function type as one side sees it.
#[derive(Debug)]
pub(super) struct FlatFunc {
    /// Parameters of the core function; without the pointer to where results go.
    pub(super) params: Vec<Flat>,
    /// Set if the parameters lie in memory, and the one flat parameter points to them.
    pub(super) params_in_memory: Option<Layout>,
    /// Results, or the pointer to them.
    pub(super) results: Vec<Flat>,
    /// Set if the results lie in memory.
    pub(super) results_in_memory: Option<Layout>,
}

impl FlatFunc {
    pub(super) fn new(types: &Types, ty: &FuncType, pointer: Pointer) -> Result<Self, ImageError> {
        let params: Vec<TypeId> = ty.params.iter().map(|param| param.ty).collect();
        let (params, params_in_memory) = flatten(types, &params, pointer, MAX_FLAT_PARAMS)?;
        let (results, results_in_memory) = flatten(types, ty.result.as_slice(), pointer, MAX_FLAT_RESULTS)?;
        Ok(Self { params, params_in_memory, results, results_in_memory })
    }

    pub(super) fn of_lift(types: &Types, lift: &LiftPlan) -> Result<Self, ImageError> {
        Self::new(types, types.function(lift.ty), lift.options.pointer)
    }

    /// The core function of a `canon lower`: parameters and results.
    pub(super) fn lowered(self) -> (Vec<Flat>, Vec<Flat>) {
        let mut params = self.params;
        match self.results_in_memory {
            None => (params, self.results),
            Some(_) => {
                params.extend(self.results);
                (params, Vec::new())
            }
        }
    }
}

fn flatten(
    types: &Types,
    values: &[TypeId],
    pointer: Pointer,
    most: usize,
) -> Result<(Vec<Flat>, Option<Layout>), ImageError> {
    let layout = types
        .tuple_layout(values, pointer)
        .map_err(|error| ImageError::TooLarge(format!("in a signature, {error}")))?;
    match &layout.flat {
        Some(flat) if flat.len() <= most => Ok((flat.to_vec(), None)),
        _ => Ok((vec![pointer.flat()], Some(layout))),
    }
}

/// Whether what an option set is used for needs the guest's allocator for a value of these types, as parameters.
pub(super) fn params_allocate(types: &Types, ty: &FuncType, flat: &FlatFunc) -> bool {
    flat.params_in_memory.is_some() || ty.params.iter().any(|param| types.contains_pointer(param.ty))
}

/// Why a function cannot be lifted or lowered with these options yet, if it cannot.
pub(super) fn asynchronous(types: &Types, ty: &FuncType, options: &Options) -> Option<&'static str> {
    let mut values = ty.params.iter().map(|param| param.ty).chain(ty.result);
    if options.is_async {
        Some("the asynchronous calling convention")
    } else if options.callback.is_some() {
        Some("an asynchronous callback")
    } else if values.any(|value| types.contains_async(value)) {
        Some("asynchronous values (streams, futures or error contexts)")
    } else {
        None
    }
}

/// The core function of a `canon lower` with the option `async`: parameters and results.
pub(super) fn lowered_async(
    types: &Types,
    ty: &FuncType,
    pointer: Pointer,
) -> Result<(Vec<Flat>, Vec<Flat>), ImageError> {
    let params: Vec<TypeId> = ty.params.iter().map(|param| param.ty).collect();
    let (mut params, _) = flatten(types, &params, pointer, MAX_FLAT_ASYNC_PARAMS)?;
    params.extend(ty.result.map(|_| pointer.flat()));
    Ok((params, vec![Flat::I32]))
}
