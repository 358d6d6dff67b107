//! A component's bytes, validated and evaluated to a flat list of everything that there is to instantiate
//! (Binary.md; Explainer.md, "Component Definitions").
//!
//! Which definition is linked to which is fixed by the bytes alone, however deep components nest. So instantiation is
//! carried out here, symbolically and once: a nested component is evaluated each time it is instantiated, outer aliases
//! and type substitution are resolved on the way, every generative resource type gets its own
//! [`ResourceId`](types::ResourceId). What is left, the [`Plan`], names no component-level index space any more: core
//! instances in order, the canonical definitions between them, and what the root imports and exports.
//!
//! Pure: bytes in, data out.

mod error;
mod eval;
mod features;
pub mod limits;
pub mod names;
mod parse;
mod plan;
mod print;

pub use error::PlanError;
pub use features::features;
pub use plan::{
    CanonFunc, CanonFuncId, CanonKind, CoreDef, CoreInstanceId, CoreInstancePlan, CoreModule, Encoding, ExportItem,
    Func, FuncSource, HostFuncId, HostFuncPlan, ImportItem, InstanceId, InstancePlan, LiftId, LiftPlan, ModuleId,
    Named, Options, Plan, ResourceOrigin, ResourcePlan, TypeItem,
};

pub use tambo_component_types as types;

/// Check that the bytes are a valid component, whether or not it can be planned: it may import core modules, say.
///
/// # Errors
///
/// What is wrong with them.
pub fn validate(component: &[u8]) -> Result<(), PlanError> {
    parse::validate(component)
}

impl Plan {
    /// The plan of a component.
    ///
    /// # Errors
    ///
    /// The bytes are not a valid component, or the component needs what a plan cannot express, or it makes more of
    /// itself than [`limits`] allow.
    pub fn new(bytes: &[u8]) -> Result<Self, PlanError> {
        eval::evaluate(&parse::parse(bytes)?)
    }
}
