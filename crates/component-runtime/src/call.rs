//! A component that runs, and calls from the host into it (CanonicalABI.md, "canon lift", "Embedding").
//!
//! Once a call has trapped, nothing of the component is in a known state, and nothing may be called any more.

use std::fmt;
use std::sync::{Arc, OnceLock};

use tambo_component_abi::typed::{LiftResult, LowerParams};
use tambo_component_abi::{
    Budget, Fault, FlatReader, FlatWriter, LiftContext, LowerContext, Markers, MatchContext, Mismatch, Passing,
    RequestContext, Resource, Scratch,
};
use tambo_component_image::{Image, ParamMode, ResultMode};
use tambo_component_plan::{LiftId, Plan, ResourceOrigin};
use tambo_component_types::{FuncType, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS};
use tambo_engine::{Function, Instance, Slot, Trap, TrapKind};

use crate::held::Held;
use crate::imports::DropHost;
use crate::resources::InstanceHandles;
use crate::site::Site;
use crate::state::{State, trap};

/// Most slots of an export: its flat parameters.
pub(crate) const SLOTS: usize = MAX_FLAT_PARAMS;

/// Why a call has no result.
#[derive(Clone, Debug)]
pub enum CallError {
    /// The guest was ended. It cannot be called again.
    Trap(Trap),
    /// The arguments do not fit, or there is no such function. The guest was not called.
    Misuse(String),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trap(trap) => trap.fmt(f),
            Self::Misuse(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for CallError {}

impl From<Trap> for CallError {
    fn from(trap: Trap) -> Self {
        Self::Trap(trap)
    }
}

impl From<Fault> for CallError {
    fn from(fault: Fault) -> Self {
        Self::Trap(trap(fault))
    }
}

/// What of a component is the same for all that run.
pub struct Program {
    /// The plan.
    pub plan: Arc<Plan>,
    /// The image.
    pub image: Arc<Image>,
    /// For each resource type, what dropping one of the host's does.
    pub drops: Vec<Option<DropHost>>,
    /// Which Rust types the host gave to its resource types.
    pub markers: Markers,
    /// What says of a trap where in the component it was.
    pub explain: Arc<Explain>,
    /// For each lifted function how it is called; found by the first call.
    pub entries: Entries,
}

/// For each lifted function how it is called, once that is known.
pub struct Entries(Box<[OnceLock<Entry>]>);

impl Entries {
    /// None is known yet.
    pub fn new(plan: &Plan) -> Self {
        Self(plan.lifts.iter().map(|_| OnceLock::new()).collect())
    }
}

/// Turns a backtrace of the image into one of what the image was made of.
pub type Explain = dyn Fn(&mut Trap) + Send + Sync;

impl Program {
    #[cold]
    fn explain(&self, trap: &mut Trap) {
        (self.explain)(trap);
    }

    pub(crate) fn explained(&self, mut trap: Trap) -> Trap {
        self.explain(&mut trap);
        trap
    }
}

/// An export, ready to be called on any instance of the program in which it was found.
#[derive(Clone, Debug)]
pub struct Entry {
    site: Arc<Site>,
    pub(crate) function: Function,
    params: ParamMode,
    results: ResultMode,
    pub(crate) slots: usize,
}

impl Entry {
    /// The component-level type.
    pub fn ty(&self) -> &FuncType {
        &self.site.ty
    }

    /// Whether it can be called with these types.
    pub fn matches<P: LowerParams, R: LiftResult>(&self, program: &Program) -> Result<(), Mismatch> {
        let cx = MatchContext { types: self.site.types(), markers: &program.markers };
        P::matches(&cx, &self.site.ty)?;
        R::matches(&cx, &self.site.ty)
    }
}

/// Whether a component can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    Fit,
    /// A call has trapped.
    Trapped,
    /// An asynchronous call was dropped before its end, or is running.
    Cancelled,
}

/// A component that runs.
pub struct Running {
    pub(crate) inner: Box<dyn Instance<State>>,
    pub(crate) program: Arc<Program>,
    pub(crate) health: Health,
}

impl Running {
    /// From the image's instance. Runs the start functions.
    pub fn start(mut inner: Box<dyn Instance<State>>, program: Arc<Program>) -> Result<Self, Trap> {
        inner.start().map_err(|trap| program.explained(trap))?;
        Ok(Self::started(inner, program))
    }

    pub(crate) fn started(inner: Box<dyn Instance<State>>, program: Arc<Program>) -> Self {
        Self { inner, program, health: Health::Fit }
    }

    /// What it runs.
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// The host's data.
    pub fn state(&self) -> &State {
        self.inner.data()
    }

    /// The host's data.
    pub fn state_mut(&mut self) -> &mut State {
        self.inner.data_mut()
    }

    /// The engine's instance: for fuel and interrupts.
    pub fn engine_instance(&mut self) -> &mut dyn Instance<State> {
        &mut *self.inner
    }

    /// The engine's instance: for fuel and interrupts.
    pub fn engine_instance_ref(&self) -> &dyn Instance<State> {
        &*self.inner
    }

    /// The host's data, at the end.
    pub fn into_state(self) -> State {
        self.inner.into_data()
    }

    /// Whether a call has trapped or was cancelled, so that none is possible any more.
    pub fn has_trapped(&self) -> bool {
        self.health != Health::Fit
    }

    /// Find a lifted function that the root exports.
    pub fn entry(&mut self, name: &str, lift: LiftId) -> Result<Entry, CallError> {
        if let Some(entry) = self.program.entries.0.get(lift.index()).and_then(OnceLock::get) {
            return Ok(entry.clone());
        }
        let entry = self.find_entry(name, lift)?;
        Ok(self.program.entries.0[lift.index()].get_or_init(|| entry).clone())
    }

    fn find_entry(&mut self, name: &str, lift: LiftId) -> Result<Entry, CallError> {
        let missing = || CallError::Trap(Trap::bug(format!("the image has no entry for {name:?}")));
        let Some(export) = self.program.image.lifts.iter().find(|export| export.lift == lift) else {
            let why = "it is asynchronous or passes streams or futures, which is not supported yet";
            return Err(CallError::Misuse(format!("cannot call {name:?}: {why}")));
        };
        let (function, ty) = self.inner.function(&export.export).ok_or_else(missing)?;
        let site = Arc::new(Site::export(&self.program.plan, name.to_owned(), lift));
        let entry = Entry { site, function, params: export.params, results: export.results, slots: ty.slots() };
        if entry.slots > SLOTS {
            return Err(missing());
        }
        Ok(entry)
    }

    /// Call an export with arguments whose types [`Entry::matches`].
    #[inline]
    pub fn call<P, R>(&mut self, entry: &Entry, args: P) -> Result<R, CallError>
    where
        P: LowerParams + 'static,
        R: for<'a> LiftResult<At<'a> = R>,
    {
        if self.health != Health::Fit {
            return Err(self.locked());
        }
        let result = self.call_unlocked(entry, args);
        self.note(result)
    }

    #[inline]
    fn call_unlocked<P, R>(&mut self, entry: &Entry, args: P) -> Result<R, CallError>
    where
        P: LowerParams + 'static,
        R: for<'a> LiftResult<At<'a> = R>,
    {
        let mut slots = [Slot(0); SLOTS];
        self.enter::<P, R>(entry, args, &mut slots)?;
        self.inner.call(entry.function, &mut slots[..entry.slots])?;
        self.leave(entry, slots[0])
    }

    /// What a call ended with; a trap ends the component.
    #[inline]
    pub(crate) fn note<R>(&mut self, mut result: Result<R, CallError>) -> Result<R, CallError> {
        if let Err(CallError::Trap(trap)) = &mut result {
            self.health = Health::Trapped;
            self.program.explain(trap);
        }
        result
    }

    /// Everything before the guest runs: the slots that its export is called with.
    #[inline]
    pub(crate) fn enter<P, R>(&mut self, entry: &Entry, args: P, slots: &mut [Slot; SLOTS]) -> Result<(), CallError>
    where
        P: LowerParams + 'static,
        R: for<'a> LiftResult<At<'a> = R>,
    {
        let site = &*entry.site;
        let state = self.inner.data_mut();
        let plain = P::plain(site.abi.pointer, MAX_FLAT_PARAMS);
        if !plain {
            request(state, site, &args)?;
        }
        if site.scoped {
            state.resources.enter_scope();
        }
        match entry.params {
            ParamMode::Flat => lower_flat(state, site, &args, slots)?,
            ParamMode::Requests => {
                if plain {
                    state.transfer.clear();
                }
                state.transfer.begin_arguments(args);
                slots[0] = Slot(state.transfer.next_request());
            }
        }
        if entry.results == ResultMode::Given {
            state.outcome.value.clear();
            state.outcome.lifter = Some(lift_held::<R>);
        }
        Ok(())
    }

    /// Everything after it ran: its result.
    #[inline]
    pub(crate) fn leave<R>(&mut self, entry: &Entry, flat: Slot) -> Result<R, CallError>
    where
        R: for<'a> LiftResult<At<'a> = R>,
    {
        let site = &*entry.site;
        let state = self.inner.data_mut();
        let result = match entry.results {
            ResultMode::Flat => lift_flat::<R>(state, site, flat)?,
            ResultMode::Given => given(state)?,
        };
        if site.scoped {
            state.resources.exit_scope()?;
        }
        Ok(result)
    }

    /// Drop an owned resource that this component gave to the host: runs its destructor.
    pub fn drop_resource(&mut self, resource: Resource) -> Result<(), CallError> {
        let Some(destructor) = self.destructor(resource)? else { return Ok(()) };
        let result = self.inner.call(destructor, &mut [Slot(resource.rep)]);
        self.note(result.map_err(CallError::Trap))
    }

    /// The guest's function that ends a resource, if there is one. A resource of the host's ends here.
    pub(crate) fn destructor(&mut self, resource: Resource) -> Result<Option<Function>, CallError> {
        if self.health != Health::Fit {
            return Err(self.locked());
        }
        let index = resource.ty.0 as usize;
        let Some(plan) = self.program.plan.resources.get(index) else {
            return Err(CallError::Misuse(format!("resource type {index} is none of this component")));
        };
        let resources = &mut self.inner.data_mut().resources;
        resources.begin_offers();
        resources
            .offer(resource, Passing::Given)
            .map_err(|mismatch| CallError::Misuse(format!("cannot drop a resource: {mismatch}")))?;
        let found = match &plan.origin {
            ResourceOrigin::Imported { .. } => match self.program.drops.get(index).cloned().flatten() {
                Some(drop) => drop(self.inner.data_mut().user_mut(), resource.rep).map(|()| None),
                None => Ok(None),
            },
            ResourceOrigin::Defined { .. } => self.find_destructor(resource),
        };
        if found.is_err() {
            self.health = Health::Trapped;
        }
        found.map_err(CallError::Trap)
    }

    fn find_destructor(&mut self, resource: Resource) -> Result<Option<Function>, Trap> {
        let destructors = &self.program.image.destructors;
        let Some((_, name)) = destructors.iter().find(|(ty, _)| *ty == resource.ty) else { return Ok(None) };
        match self.inner.function(name) {
            Some((function, _)) => Ok(Some(function)),
            None => Err(Trap::bug(format!("the image has no destructor {name:?}"))),
        }
    }

    /// Why it cannot be called.
    #[cold]
    pub(crate) fn locked(&self) -> CallError {
        let why = match self.health {
            Health::Cancelled => "was cancelled",
            Health::Fit | Health::Trapped => "has trapped",
        };
        Trap::new(TrapKind::Host(format!("cannot enter component instance: an earlier call of it {why}"))).into()
    }
}

fn request<P: LowerParams>(state: &mut State, site: &Site, args: &P) -> Result<(), CallError> {
    let State { resources, transfer, .. } = state;
    transfer.clear();
    resources.begin_offers();
    let handles = &mut InstanceHandles { resources, instance: site.instance, lends: false };
    let requests = &mut transfer.requests;
    let cx = &mut RequestContext { types: site.types(), abi: site.abi, handles, requests };
    args.requests(cx, &site.ty, MAX_FLAT_PARAMS).map_err(|mismatch| {
        resources.take_back();
        CallError::Misuse(format!("cannot call {:?}: {mismatch}", site.name))
    })
}

#[inline]
fn lower_flat<P: LowerParams>(
    state: &mut State,
    site: &Site,
    args: &P,
    slots: &mut [Slot; SLOTS],
) -> Result<(), Fault> {
    let mut cx = LowerContext {
        memory: &mut [],
        types: site.types(),
        abi: site.abi,
        handles: &mut InstanceHandles { resources: &mut state.resources, instance: site.instance, lends: false },
        places: [].iter(),
    };
    args.lower(&mut cx, &site.ty, MAX_FLAT_PARAMS, &mut FlatWriter::new(Slot::bits_mut(slots)))
}

#[inline]
fn lift_flat<R: for<'a> LiftResult<At<'a> = R>>(state: &mut State, site: &Site, result: Slot) -> Result<R, Fault> {
    let mut cx = LiftContext {
        memory: &[],
        types: site.types(),
        abi: site.abi,
        handles: &mut InstanceHandles { resources: &mut state.resources, instance: site.instance, lends: false },
        budget: &mut Budget::new(state.call_bytes),
        scratch: &Scratch::new(),
    };
    R::lift(&mut cx, &site.ty, MAX_FLAT_RESULTS, &mut [result.0].iter())
}

fn lift_held<R: for<'a> LiftResult<At<'a> = R>>(
    held: &mut Held,
    cx: &mut LiftContext<'_, '_>,
    ty: &FuncType,
    flat: &mut FlatReader<'_>,
) -> Result<(), Fault> {
    held.put::<R>(R::lift(cx, ty, MAX_FLAT_RESULTS, flat)?);
    Ok(())
}

fn given<R: 'static>(state: &mut State) -> Result<R, Trap> {
    state.outcome.value.take().ok_or_else(|| Trap::bug("an export returned, and gave no result"))
}
