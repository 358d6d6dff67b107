//! The host's data of a store in which a component runs (CanonicalABI.md, "Runtime State").

use std::collections::HashMap;
use std::sync::Arc;
use std::task::{Context, Poll};

use tambo_component_abi::Fault;
use tambo_component_plan::Plan;
use tambo_component_types::ResourceId;
use tambo_engine::{Flow, HostData, Trap, TrapKind};

use crate::held::Held;
use crate::imports::DropHost;
use crate::resources::Resources;
use crate::trace::Line;
use crate::transfer::{Lifter, Transfer};
use crate::user::User;

/// What a component may use of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostLimits {
    /// Resource handles, in all tables together.
    pub handles: u32,
    /// Bytes that the host holds for the values of one call.
    pub call_bytes: usize,
}

impl Default for HostLimits {
    /// A million handles, 256 MiB.
    fn default() -> Self {
        Self { handles: 1_000_000, call_bytes: 256 << 20 }
    }
}

type Block = dyn Fn(&mut User) -> Result<(), Trap> + Send + Sync;
type PollWait = dyn Fn(&mut User, &mut Context<'_>) -> Poll<Result<(), Trap>> + Send + Sync;

/// How the embedder's state waits, for host functions that are not ready at once.
#[derive(Clone)]
pub struct Waits {
    /// As [`HostData::block`].
    pub block: Arc<Block>,
    /// As [`HostData::poll_wait`].
    pub poll: Arc<PollWait>,
}

impl Default for Waits {
    /// For embedders whose functions are always ready.
    fn default() -> Self {
        let never = || Trap::bug("a host function is not ready, and the linker was not told how to wait");
        Self { block: Arc::new(move |_| Err(never())), poll: Arc::new(move |_, _| Poll::Ready(Err(never()))) }
    }
}

/// For resource types of others that outlive the store: what dropping one does. The handles that are left when the store
/// ends are dropped.
pub type AtEnd = HashMap<ResourceId, DropHost>;

/// The host's data of a store.
pub struct State {
    /// The handles of all instances.
    pub(crate) resources: Resources,
    /// What is being lowered while generated code allocates.
    pub(crate) transfer: Transfer,
    /// How many bytes the host may hold for one call.
    pub(crate) call_bytes: usize,
    /// The result of the export that was left.
    pub(crate) outcome: Outcome,
    /// The plan of what runs in it.
    pub(crate) plan: Arc<Plan>,
    pub(crate) user: User,
    /// The line of a call that has not ended, if calls are told.
    pub(crate) traced: Option<Box<Line>>,
    waits: Waits,
    at_end: Arc<AtEnd>,
}

/// How the result of an export gets to whoever called it.
#[derive(Default)]
pub(crate) struct Outcome {
    /// Makes a value of the caller's type from the flat results.
    pub(crate) lifter: Option<Lifter>,
    /// The value.
    pub(crate) value: Held,
}

impl State {
    /// The state of a store that has run nothing yet.
    pub fn new(
        plan: Arc<Plan>,
        resources: Resources,
        limits: &HostLimits,
        user: User,
        waits: Waits,
        at_end: Arc<AtEnd>,
    ) -> Self {
        Self {
            resources,
            transfer: Transfer::default(),
            call_bytes: limits.call_bytes,
            outcome: Outcome::default(),
            plan,
            user,
            traced: None,
            waits,
            at_end,
        }
    }

    /// The embedder's state.
    pub fn user(&self) -> &User {
        &self.user
    }

    /// The embedder's state.
    #[inline]
    pub fn user_mut(&mut self) -> &mut User {
        &mut self.user
    }

    /// The embedder's state, at the end.
    pub fn into_user(mut self) -> User {
        std::mem::replace(&mut self.user, User::new(()))
    }

    /// The handles of all instances.
    pub fn resources(&self) -> &Resources {
        &self.resources
    }

    /// A wait failed: the call that waited is over.
    fn wait_failed(&mut self, trap: Trap) -> Trap {
        if let Some(line) = self.traced.take() {
            line.cut_short(&trap);
        }
        trap
    }
}

impl Drop for State {
    fn drop(&mut self) {
        if self.at_end.is_empty() {
            return;
        }
        for (resource, rep) in self.resources.owned() {
            if let Some(drop) = self.at_end.get(&resource) {
                // Who trapped while dropping cannot be called any more, and there is nobody left to tell.
                drop(&mut self.user, rep).ok();
            }
        }
    }
}

impl HostData for State {
    fn block(&mut self) -> Result<(), Trap> {
        (self.waits.block.clone())(&mut self.user).map_err(|trap| self.wait_failed(trap))
    }

    fn poll_wait(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Trap>> {
        (self.waits.poll.clone())(&mut self.user, context).map_err(|trap| self.wait_failed(trap))
    }
}

/// A fault of the guest, as the engine takes it.
#[cold]
pub(crate) fn trap(fault: Fault) -> Trap {
    Trap::new(TrapKind::Host(fault.0.into_owned()))
}

#[cold]
pub(crate) fn flow(fault: Fault) -> Flow {
    trap(fault).into()
}
