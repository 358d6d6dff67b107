//! What an instance of a component may use.

use tambo_component_runtime::HostLimits;

use crate::Grant;

/// What one instance of a component may use, all its parts together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of linear memory.
    pub memory: u64,
    /// Table elements.
    pub table_elements: u64,
    /// Fuel, if the engine meters it.
    pub fuel: Option<u64>,
    /// Handles of resources.
    pub handles: u32,
    /// Bytes that the host holds for the values of one call.
    pub call_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let (core, host) = (tambo_engine::Limits::default(), HostLimits::default());
        Self {
            memory: core.memory,
            table_elements: core.table_elements,
            fuel: core.fuel,
            handles: host.handles,
            call_bytes: host.call_bytes,
        }
    }
}

impl Limits {
    /// The bounds of a grant, and the default ones on what is a component's alone.
    pub fn of_grant(grant: &Grant) -> Self {
        let core = &grant.limits;
        Self { memory: core.memory, table_elements: core.table_elements, fuel: core.fuel, ..Self::default() }
    }

    pub(crate) fn core(&self) -> tambo_engine::Limits {
        tambo_engine::Limits { memory: self.memory, table_elements: self.table_elements, fuel: self.fuel }
    }

    pub(crate) fn host(&self) -> HostLimits {
        HostLimits { handles: self.handles, call_bytes: self.call_bytes }
    }
}
