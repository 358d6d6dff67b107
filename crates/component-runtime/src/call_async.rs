//! Calls from a host that must not block: their futures are pending while the guest is parked in an import.
//!
//! What such a call does before and after the guest runs is what a blocking one does ([`call`](crate::call)). A future
//! that is dropped half-way leaves the guest's stack unwound nowhere, so nothing may be called any more.

use std::sync::Arc;

use tambo_component_abi::Resource;
use tambo_component_abi::typed::{LiftResult, LowerParams};
use tambo_engine::{Function, Instance, Slot, Trap};

use crate::call::{CallError, Entry, Health, Program, Running, SLOTS};
use crate::state::State;

impl Running {
    /// As [`start`](Running::start), from an instance that was prepared to park.
    pub async fn start_async(mut inner: Box<dyn Instance<State>>, program: Arc<Program>) -> Result<Self, Trap> {
        inner.start_async().await.map_err(|trap| program.explained(trap))?;
        Ok(Self::started(inner, program))
    }

    /// As [`call`](Running::call). Dropping the future cancels the call, and nothing can be called any more.
    pub async fn call_async<P, R>(&mut self, entry: &Entry, args: P) -> Result<R, CallError>
    where
        P: LowerParams + 'static,
        R: for<'a> LiftResult<At<'a> = R>,
    {
        if self.health != Health::Fit {
            return Err(self.locked());
        }
        let mut slots = [Slot(0); SLOTS];
        let mut result = self.enter::<P, R>(entry, args, &mut slots);
        if result.is_ok() {
            result = self.run_async(entry.function, &mut slots[..entry.slots]).await;
        }
        let result = result.and_then(|()| self.leave(entry, slots[0]));
        self.note(result)
    }

    /// As [`drop_resource`](Running::drop_resource).
    pub async fn drop_resource_async(&mut self, resource: Resource) -> Result<(), CallError> {
        let Some(destructor) = self.destructor(resource)? else { return Ok(()) };
        let result = self.run_async(destructor, &mut [Slot(resource.rep)]).await;
        self.note(result)
    }

    async fn run_async(&mut self, function: Function, slots: &mut [Slot]) -> Result<(), CallError> {
        self.health = Health::Cancelled;
        let result = self.inner.call_async(function, slots).await;
        self.health = Health::Fit;
        result.map_err(CallError::Trap)
    }
}
