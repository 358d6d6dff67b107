//! A component that runs.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use tambo_component_runtime::abi::typed::{LiftResult, LowerParams};
use tambo_component_runtime::call::Program;
use tambo_component_runtime::dynamic::{DynamicParams, DynamicResult};
use tambo_component_runtime::plan::{ExportItem, FuncSource, LiftId, Plan, ResourceOrigin};
use tambo_component_runtime::{CallError, Entry, Running};
use tambo_engine::{Trap, TrapKind};
use tambo_kernel::Interrupt;

use super::{Resource, Val, paths};
use crate::{Error, ErrorKind, Stopper};
use tambo_component_linker::Identity;

/// One instance of a component: its memories, its handles, and the state of the host's functions. Belongs to one thread;
/// a [`Stopper`] may be sent to others.
pub struct Instance<S> {
    running: Running,
    id: u64,
    imported: Arc<[Option<Identity>]>,
    stopped: Interrupt,
    /// Whether asynchronous calls are possible.
    parks: bool,
    state: PhantomData<S>,
}

/// An exported function with Rust types. It can be called on every instance of what was linked, not only on the one in which
/// it was found.
pub struct TypedFunc<P, R> {
    entry: Entry,
    program: Arc<Program>,
    types: PhantomData<fn(P) -> R>,
}

impl<P, R> Clone for TypedFunc<P, R> {
    fn clone(&self) -> Self {
        Self { entry: self.entry.clone(), program: self.program.clone(), types: PhantomData }
    }
}

impl<P, R> fmt::Debug for TypedFunc<P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedFunc").field("entry", &self.entry).finish_non_exhaustive()
    }
}

impl<P: LowerParams + 'static, R: for<'a> LiftResult<At<'a> = R>> TypedFunc<P, R> {
    /// Call it.
    #[inline]
    pub fn call<S: 'static>(&self, instance: &mut Instance<S>, args: P) -> Result<R, CallError> {
        self.check_instance(instance)?;
        instance.check_stopped()?;
        instance.running.call(&self.entry, args)
    }

    /// Call it; the future is pending while the guest waits. The instance must be one of
    /// [`Linked::instantiate_async`](super::Linked::instantiate_async). Dropping the future cancels the call, and further
    /// calls of the instance trap.
    pub async fn call_async<S: 'static>(&self, instance: &mut Instance<S>, args: P) -> Result<R, CallError> {
        self.check_instance(instance)?;
        instance.check_parks()?;
        instance.running.call_async(&self.entry, args).await
    }

    #[inline]
    fn check_instance<S>(&self, instance: &Instance<S>) -> Result<(), CallError> {
        if Arc::ptr_eq(&self.program, instance.running.program()) {
            return Ok(());
        }
        Err(CallError::Misuse("the function is one of another component".to_owned()))
    }
}

impl<S: 'static> Instance<S> {
    pub(crate) fn new(running: Running, id: u64, imported: Arc<[Option<Identity>]>, stopped: Interrupt) -> Self {
        Self { running, id, imported, stopped, parks: false, state: PhantomData }
    }

    /// One for asynchronous calls.
    pub(crate) fn parking(running: Running, id: u64, imported: Arc<[Option<Identity>]>, stopped: Interrupt) -> Self {
        Self { parks: true, ..Self::new(running, id, imported, stopped) }
    }

    /// Call an exported function.
    pub fn call(&mut self, path: &str, args: &[Val]) -> Result<Option<Val>, CallError> {
        self.check_stopped()?;
        let entry = self.entry(path)?;
        self.running.call::<_, DynamicResult>(&entry, DynamicParams(args.to_vec())).map(|result| result.0)
    }

    /// As [`call`](Instance::call); the future is pending while the guest waits. For an instance of
    /// [`Linked::instantiate_async`](super::Linked::instantiate_async). Dropping the future cancels the call, and further
    /// calls trap.
    pub async fn call_async(&mut self, path: &str, args: &[Val]) -> Result<Option<Val>, CallError> {
        self.check_parks()?;
        let entry = self.entry(path)?;
        let result = self.running.call_async::<_, DynamicResult>(&entry, DynamicParams(args.to_vec())).await;
        result.map(|result| result.0)
    }

    fn entry(&mut self, path: &str) -> Result<Entry, CallError> {
        let lift = export_of(&self.running.program().plan, path).map_err(CallError::Misuse)?;
        self.running.entry(path, lift)
    }

    /// Find an exported function, for calls with Rust types: `P` is a tuple of its parameters, `R` is `()` or its result in
    /// a tuple.
    pub fn func<P, R>(&mut self, path: &str) -> Result<TypedFunc<P, R>, Error>
    where
        P: LowerParams + 'static,
        R: for<'a> LiftResult<At<'a> = R>,
    {
        let missing = |message| Error::new(ErrorKind::Call, message);
        let lift = export_of(&self.running.program().plan, path).map_err(missing)?;
        let entry = self.running.entry(path, lift).map_err(|error| missing(error.to_string()))?;
        entry
            .matches::<P, R>(self.running.program())
            .map_err(|mismatch| missing(format!("the function {path:?} does not fit: {mismatch}")))?;
        Ok(TypedFunc { entry, program: self.running.program().clone(), types: PhantomData })
    }

    /// The state of the host's functions.
    pub fn state(&self) -> &S {
        match self.running.state().user().get() {
            Some(state) => state,
            None => unreachable!("an instance is made with a state of its own type"),
        }
    }

    /// The state of the host's functions.
    pub fn state_mut(&mut self) -> &mut S {
        match self.running.state_mut().user_mut().get_mut() {
            Some(state) => state,
            None => unreachable!("an instance is made with a state of its own type"),
        }
    }

    /// The state of the host's functions, at the end.
    pub fn into_state(self) -> S {
        match self.running.into_state().into_user().into_inner() {
            Some(state) => state,
            None => unreachable!("an instance is made with a state of its own type"),
        }
    }

    /// Drop an owned resource that the component gave to the host: runs its destructor.
    pub fn drop_resource(&mut self, resource: Resource) -> Result<(), CallError> {
        self.check_stopped()?;
        self.running.drop_resource(resource)
    }

    /// As [`drop_resource`](Instance::drop_resource); the future is pending while the destructor waits.
    pub async fn drop_resource_async(&mut self, resource: Resource) -> Result<(), CallError> {
        self.check_parks()?;
        self.running.drop_resource_async(resource).await
    }

    /// Whether a call has trapped or was cancelled, so that none is possible any more.
    pub fn has_trapped(&self) -> bool {
        self.running.has_trapped()
    }

    /// Fuel left, if the engine meters it.
    pub fn fuel(&self) -> Option<u64> {
        self.running.engine_instance_ref().fuel()
    }

    /// Replace the fuel, if the engine meters it.
    pub fn set_fuel(&mut self, fuel: u64) {
        self.running.engine_instance().set_fuel(fuel);
    }

    /// A handle that stops it from any thread.
    pub fn stopper(&self) -> Stopper {
        Stopper { waits: self.stopped.clone(), code: self.running.engine_instance_ref().interrupter() }
    }

    fn check_stopped(&self) -> Result<(), CallError> {
        if self.stopped.is_raised() { Err(Trap::new(TrapKind::Interrupted).into()) } else { Ok(()) }
    }

    /// Before an asynchronous call.
    fn check_parks(&self) -> Result<(), CallError> {
        if !self.parks {
            let message = "the instance is for blocking calls: make it with `instantiate_async`";
            return Err(CallError::Misuse(message.to_owned()));
        }
        self.check_stopped()
    }

    /// What a [`SharedInstance`](super::SharedInstance) keeps: the component, and what its resource types are.
    pub(crate) fn into_parts(self) -> (Running, Arc<[Identity]>) {
        let resources = &self.running.program().plan.resources;
        let identities = resources.iter().zip(0..).map(|(resource, number)| match resource.origin {
            ResourceOrigin::Imported { .. } => self.imported.get(number as usize).copied().flatten(),
            ResourceOrigin::Defined { .. } => None,
        });
        let own = |(identity, number): (Option<Identity>, u32)| identity.unwrap_or(Identity::of(self.id, number));
        let identities = identities.zip(0..).map(own).collect();
        (self.running, identities)
    }
}

/// The lifted function that the root exports under a path.
pub(crate) fn export_of(plan: &Plan, path: &str) -> Result<LiftId, String> {
    match paths::find_export(&plan.exports, path.split('#')) {
        Some(ExportItem::Func(func)) => match func.source {
            FuncSource::Lift(lift) => Ok(lift),
            FuncSource::Host(_) => {
                Err(format!("{path:?} is a function that the component imports and passes on: call it directly"))
            }
        },
        Some(_) => Err(format!("{path:?} is no function")),
        None => {
            let names = plan.exports.iter().map(|export| export.name.as_str()).collect::<Vec<_>>().join(", ");
            Err(format!("the component exports no {path:?}; it exports: {names}"))
        }
    }
}
