//! A component that runs, shared by those who call it: the embedder, and other components that import it.
//!
//! Each has a store of its own. A call from one to the other goes through the host, which enters the *other* store only;
//! one that would come back to a component that is running traps. A resource keeps its representation on the way: in
//! the component that imports it, it is one of the host's, and dropping it there drops it where it came from.

use std::cell::RefCell;
use std::sync::Arc;
use std::task::Poll;

use tambo_component_linker::{Identity, Provider};
use tambo_component_runtime::abi::StoreId;
use tambo_component_runtime::dynamic::{DynamicParams, DynamicResult};
use tambo_component_runtime::host::{Function, HostFunction};
use tambo_component_runtime::plan::{ExportItem, Func, FuncSource, LiftId, Plan};
use tambo_component_runtime::{CallError, DropHost, Running, User};
use tambo_engine::{Trap, TrapKind};

use super::instance::export_of;
use super::matching::retype;
use super::thread_bound::ThreadBound;
use super::types::{FuncId, ResourceId};
use super::{Instance, Resource, Val};

/// A component that runs, to which others can be linked. Clones are the same one. It belongs to the thread that made it:
/// on others, calls trap.
#[derive(Clone)]
pub struct SharedInstance {
    inner: Arc<Shared>,
}

struct Shared {
    plan: Arc<Plan>,
    store: StoreId,
    identities: Arc<[Identity]>,
    running: ThreadBound<RefCell<Running>>,
}

impl Provider for SharedInstance {}

impl SharedInstance {
    /// Share an instance.
    pub fn new<S: 'static>(instance: Instance<S>) -> Self {
        let (running, identities) = instance.into_parts();
        let plan = running.program().plan.clone();
        let store = running.state().resources().store();
        Self { inner: Arc::new(Shared { plan, store, identities, running: ThreadBound::new(RefCell::new(running)) }) }
    }

    /// What it consists of.
    pub fn plan(&self) -> &Plan {
        &self.inner.plan
    }

    /// Call an exported function.
    pub fn call(&self, path: &str, args: &[Val]) -> Result<Option<Val>, CallError> {
        let lift = export_of(&self.inner.plan, path).map_err(CallError::Misuse)?;
        self.call_lift(path, lift, args.to_vec())
    }

    /// Drop an owned resource that it gave to the host.
    pub fn drop_resource(&self, resource: Resource) -> Result<(), CallError> {
        self.with(|running| running.drop_resource(resource))
    }

    fn call_lift(&self, name: &str, lift: LiftId, args: Vec<Val>) -> Result<Option<Val>, CallError> {
        self.with(|running| {
            let entry = running.entry(name, lift)?;
            running.call::<_, DynamicResult>(&entry, DynamicParams(args)).map(|result| result.0)
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Running) -> Result<T, CallError>) -> Result<T, CallError> {
        let Some(running) = self.inner.running.get() else {
            return Err(fault("the linked component belongs to another thread").into());
        };
        match running.try_borrow_mut() {
            Ok(mut running) => act(&mut running),
            Err(_) => Err(fault("cannot enter component instance").into()),
        }
    }

    /// What it exports under the path of an import.
    pub(crate) fn find(&self, path: &[String]) -> Option<&ExportItem> {
        let exports = &self.inner.plan.exports;
        let full = super::paths::find_export(exports, path.iter().map(String::as_str));
        full.or_else(|| super::paths::find_export(exports, path.iter().skip(1).map(String::as_str)))
    }

    /// What a resource type of its is.
    pub(crate) fn identity(&self, resource: ResourceId) -> Option<Identity> {
        self.inner.identities.get(resource.0 as usize).copied()
    }

    /// Dropping a resource of this type.
    pub(crate) fn drop_function(&self, ty: ResourceId) -> DropHost {
        let this = self.clone();
        Arc::new(move |_, rep| this.drop_resource(Resource::of_store(ty, rep, this.inner.store)).map_err(into_trap))
    }

    /// A function of its as one of the host's, for a component that calls its type so.
    pub(crate) fn function(
        &self,
        name: String,
        func: Func,
        plan: Arc<Plan>,
        ty: FuncId,
    ) -> Option<HostFunction<DynamicParams, DynamicResult, Linked>> {
        let FuncSource::Lift(lift) = func.source else { return None };
        Some(HostFunction::new(Linked { provider: self.clone(), name, lift, ty: func.ty, caller: (plan, ty) }))
    }
}

/// A function of another component.
pub(crate) struct Linked {
    provider: SharedInstance,
    name: String,
    lift: LiftId,
    ty: FuncId,
    /// What its type is to the one that calls.
    caller: (Arc<Plan>, FuncId),
}

impl Function<DynamicParams, DynamicResult> for Linked {
    const SUSPENDS: bool = false;

    fn call(&self, _: &mut User, mut args: Vec<Val>) -> Result<Poll<DynamicResult>, Trap> {
        let types = &self.provider.plan().types;
        let store = self.provider.inner.store;
        let there = |ty, rep| Resource::of_store(ty, rep, store);
        for (param, arg) in types.function(self.ty).params.iter().zip(&mut args) {
            retype(arg, types, param.ty, &there);
        }
        let mut result = self.provider.call_lift(&self.name, self.lift, args).map_err(into_trap)?;
        let (plan, ty) = &self.caller;
        if let Some((ty, result)) = plan.types.function(*ty).result.zip(result.as_mut()) {
            retype(result, &plan.types, ty, &Resource::of_host);
        }
        Ok(Poll::Ready(DynamicResult(result)))
    }
}

fn fault(message: &str) -> Trap {
    Trap::new(TrapKind::Host(message.to_owned()))
}

/// Its own guest's backtrace would say nothing about the frames of the one that called. Types were compared when the two
/// were linked; what is left to be wrong is what the host did with a resource in between, or a call that is not possible.
fn into_trap(error: CallError) -> Trap {
    match error {
        CallError::Trap(trap) => Trap::new(trap.kind),
        CallError::Misuse(message) => fault(&format!("the linked component was not called: {message}")),
    }
}
