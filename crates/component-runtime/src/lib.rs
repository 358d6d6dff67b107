//! Handle tables, resources and calls of a component that runs (CanonicalABI.md, "Runtime State", "Canonical
//! Definitions").

pub use tambo_component_abi as abi;
pub use tambo_component_image as image;
pub use tambo_component_plan as plan;
