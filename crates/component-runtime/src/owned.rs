//! Resources of guests that the host owns.
//!
//! A guest hands an owned handle out, and the host passes it back or drops it, once. A guest may make several handles of
//! one representation, between which nothing tells; so what is kept is how many there are of each. They count as handles.

use std::collections::HashMap;

use tambo_component_abi::{Fault, Mismatch, Passing};
use tambo_component_types::ResourceId;

use crate::table::Quota;

/// A resource: its type and representation.
type Key = (ResourceId, u64);

/// What the host owns.
#[derive(Debug, Default)]
pub(crate) struct HostOwned {
    counts: HashMap<Key, u32>,
    /// What was given away since the last call began.
    pub(crate) offered: Vec<Key>,
}

impl HostOwned {
    /// A guest gave the host a resource.
    pub(crate) fn add(&mut self, key: Key, quota: &mut Quota) -> Result<(), Fault> {
        quota.take()?;
        // The quota is one of 32 bits, so this cannot overflow.
        *self.counts.entry(key).or_default() += 1;
        Ok(())
    }

    /// The host passes a resource to a guest.
    pub(crate) fn offer(&mut self, key: Key, passing: Passing, quota: &mut Quota) -> Result<(), Mismatch> {
        let Some(count) = self.counts.get_mut(&key) else {
            return Err(Mismatch::new("the host does not own the resource: it was given away or dropped"));
        };
        if passing == Passing::Given {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&key);
            }
            quota.give_back(1);
            self.offered.push(key);
        }
        Ok(())
    }

    /// What was offered is the host's again.
    pub(crate) fn take_back(&mut self, quota: &mut Quota) {
        for key in self.offered.drain(..) {
            // Nothing ran since it was given back, so this much is there.
            if quota.take().is_ok() {
                *self.counts.entry(key).or_default() += 1;
            }
        }
    }
}
