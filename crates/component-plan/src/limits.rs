//! What a component may make of itself while it is evaluated.
//!
//! A few hundred bytes can ask for 2^40 instances (a component that instantiates its child twice, whose child does the
//! same, …). Validation bounds each index space and the depth of types; the bounds here are on what evaluation makes.

use crate::PlanError;

/// Definitions that are evaluated, all instantiations of all components together.
pub const MAX_DEFINITIONS: usize = 1_000_000;
/// Component instances.
pub const MAX_INSTANCES: usize = 10_000;
/// Core instances.
pub const MAX_CORE_INSTANCES: usize = 10_000;
/// Instantiations within instantiations.
pub const MAX_DEPTH: usize = 100;
/// Instances within instances, as imports and exports.
pub const MAX_NESTING: usize = 100;
/// Bytes of one part of a made-up name; the rest is cut off.
pub(crate) const MAX_LABEL: usize = 64;

/// So many bytes of names, stored or looked up, weigh as much as one definition.
const TEXT_PER_DEFINITION: usize = 32;

/// What may still be evaluated. Everything that evaluation stores or looks up is paid for here, names by their length,
/// so that the size of a plan and the time that it takes are bounded, not only the number of its entries.
#[derive(Debug)]
pub(crate) struct Budget {
    definitions: usize,
}

impl Budget {
    pub(crate) fn new() -> Self {
        Self { definitions: MAX_DEFINITIONS }
    }

    /// Pays for so many definitions.
    pub(crate) fn spend(&mut self, definitions: usize) -> Result<(), PlanError> {
        self.definitions = self.definitions.checked_sub(definitions).ok_or_else(|| {
            PlanError::unsupported(format!(
                "instantiating the component evaluates more than {MAX_DEFINITIONS} definitions, which is the limit; \
                 a component that is instantiated often counts each time"
            ))
        })?;
        Ok(())
    }

    /// Pays for a definition that stores so many bytes of text.
    pub(crate) fn spend_text(&mut self, bytes: usize) -> Result<(), PlanError> {
        self.spend(1 + bytes / TEXT_PER_DEFINITION)
    }
}

/// Refuses one more of something of which there may be so many.
pub(crate) fn check_room(used: usize, limit: usize, what: &str) -> Result<(), PlanError> {
    if used < limit {
        return Ok(());
    }
    Err(PlanError::unsupported(format!("the component has more than {limit} {what}, which is the limit")))
}
