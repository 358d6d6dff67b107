//! Functions of the host, as lowered imports call them (CanonicalABI.md, "canon lower").
//!
//! A function is written once, for the Rust types of its parameters and result, and is bound to each place where an
//! image imports it. Bound, it works on slots and guest memory directly: flat arguments and results allocate nothing.
//! Functions whose types are known at run time only are the same thing with other types: see [`dynamic`](crate::dynamic).

use std::marker::PhantomData;
use std::sync::Arc;
use std::task::Poll;

use tambo_component_abi::typed::{LiftParams, LowerResult};
use tambo_component_abi::types::MAX_FLAT_PARAMS;
use tambo_component_abi::{
    Budget, Fault, FlatReader, Handles, LiftContext, MatchContext, Mismatch, RequestContext, Scratch,
};
use tambo_component_image::NO_REQUEST;
use tambo_component_types::FuncType;
use tambo_engine::{Call, Flow, HostFn, Slot, Trap, TrapKind};

use crate::resources::{InstanceHandles, RetriedHandles};
use crate::site::Site;
use crate::state::{State, trap};
use crate::transfer::{Goal, lower_result};
use crate::user::User;

/// A function of the host that a component may import.
pub trait Definition: Send + Sync {
    /// Whether it can be imported with this type.
    fn matches(&self, cx: &MatchContext<'_>, ty: &FuncType) -> Result<(), Mismatch>;

    /// As an import of an image. `allocates` says whether its result is a request.
    fn bind(&self, site: Arc<Site>, allocates: bool) -> HostFn<State>;

    /// Whether it may have to wait.
    fn suspends(&self) -> bool;

    /// Whether it may have to wait between its allocation and its result (see [`filling`](crate::filling)).
    fn fills(&self) -> bool {
        false
    }
}

/// What a function of the host does.
pub trait Function<P: LiftParams, R>: Send + Sync + 'static {
    /// Whether it ever answers [`Poll::Pending`].
    const SUSPENDS: bool;

    /// Do it, with the state of the embedder. Owned resources in the arguments stay the guest's if the answer is
    /// [`Poll::Pending`].
    fn call(&self, user: &mut User, args: P::At<'_>) -> Result<Poll<R>, Trap>;
}

/// A [`Function`] as a [`Definition`].
pub struct HostFunction<P, R, F> {
    function: Arc<F>,
    types: PhantomData<fn(P) -> R>,
}

impl<P: LiftParams, R: LowerResult + 'static, F: Function<P, R>> HostFunction<P, R, F> {
    /// A definition of this function.
    pub fn new(function: F) -> Self {
        Self { function: Arc::new(function), types: PhantomData }
    }
}

impl<P: LiftParams, R: LowerResult + 'static, F: Function<P, R>> Definition for HostFunction<P, R, F> {
    fn matches(&self, cx: &MatchContext<'_>, ty: &FuncType) -> Result<(), Mismatch> {
        P::matches(cx, ty)?;
        R::matches(cx, ty)
    }

    fn bind(&self, site: Arc<Site>, allocates: bool) -> HostFn<State> {
        let function = self.function.clone();
        Arc::new(move |call: &mut Call<'_, State>, slots: &mut [Slot]| {
            match run::<P, R, F>(&function, &site, allocates, call, slots) {
                Ok(Poll::Ready(())) => Flow::Done,
                Ok(Poll::Pending) => Flow::Pending,
                Err(Stop(trap)) => Flow::Trap(trap),
            }
        })
    }

    fn suspends(&self) -> bool {
        F::SUSPENDS
    }
}

/// Why a call ends here; one word wide, as it is returned on the hot path.
pub(crate) struct Stop(pub(crate) Box<Trap>);

impl From<Trap> for Stop {
    #[cold]
    fn from(trap: Trap) -> Self {
        // A backtrace would be that of another guest, and taken for one of this.
        Self(Box::new(Trap::new(trap.kind)))
    }
}

impl From<Fault> for Stop {
    #[cold]
    fn from(fault: Fault) -> Self {
        trap(fault).into()
    }
}

#[cold]
fn mistyped(site: &Site, mismatch: &Mismatch) -> Stop {
    Trap::new(TrapKind::Host(format!("the host's function {} returned what it must not: {mismatch}", site.name))).into()
}

/// One call. Inlined, as is all of what it calls that has no cold cause: a few nanoseconds are most of a short call.
#[inline(always)]
fn run<P: LiftParams, R: LowerResult + 'static, F: Function<P, R>>(
    function: &F,
    site: &Site,
    allocates: bool,
    call: &mut Call<'_, State>,
    slots: &mut [Slot],
) -> Result<Poll<()>, Stop> {
    let Poll::Ready((result, target)) = answer(function, site, call, slots)? else { return Ok(Poll::Pending) };
    give_result(result, site, target, allocates, call, slots)?;
    Ok(Poll::Ready(()))
}

/// What the function answers, and where results go that go to memory.
#[inline(always)]
pub(crate) fn answer<P: LiftParams, R, F: Function<P, R>>(
    function: &F,
    site: &Site,
    call: &mut Call<'_, State>,
    slots: &[Slot],
) -> Result<Poll<(R, Option<u64>)>, Stop> {
    let mut flat = Slot::bits(slots).iter();
    let state = &mut *call.data;
    if site.scoped {
        state.resources.enter_scope();
    }
    let mut handles = InstanceHandles { resources: &mut state.resources, instance: site.instance, lends: site.scoped };
    let (memory, user) = (&*call.memory, &mut state.user);
    let (answer, retry) = if F::SUSPENDS && site.owns {
        let mut handles = RetriedHandles::new(handles);
        let answer = attempt(function, site, memory, (&mut handles, state.call_bytes), &mut flat, user)?;
        (answer, Some(handles.into_retry()))
    } else {
        (attempt(function, site, memory, (&mut handles, state.call_bytes), &mut flat, user)?, None)
    };
    if site.scoped {
        state.resources.exit_scope()?;
    }
    let Poll::Ready(result) = answer else {
        if let Some(retry) = retry {
            retry.put_back(&mut state.resources)?;
        }
        return Ok(Poll::Pending);
    };
    let target = if site.result_in_memory { flat.next().copied() } else { None };
    Ok(Poll::Ready((result, target)))
}

/// Lift the arguments and call the function.
#[inline(always)]
fn attempt<P: LiftParams, R, F: Function<P, R>>(
    function: &F,
    site: &Site,
    memory: &[u8],
    (handles, call_bytes): (&mut dyn Handles, usize),
    flat: &mut FlatReader<'_>,
    user: &mut User,
) -> Result<Poll<R>, Stop> {
    let scratch = Scratch::new();
    let mut cx = LiftContext {
        memory,
        types: site.types(),
        abi: site.abi,
        handles,
        budget: &mut Budget::new(call_bytes),
        scratch: &scratch,
    };
    let args = P::lift(&mut cx, &site.ty, MAX_FLAT_PARAMS, flat)?;
    Ok(function.call(user, args)?)
}

/// Lower the result, or begin to if it needs allocations.
#[inline(always)]
pub(crate) fn give_result<R: LowerResult + 'static>(
    result: R,
    site: &Site,
    target: Option<u64>,
    allocates: bool,
    call: &mut Call<'_, State>,
    slots: &mut [Slot],
) -> Result<(), Stop> {
    let State { resources, transfer, .. } = &mut *call.data;
    if !R::PLAIN {
        let handles = &mut InstanceHandles { resources, instance: site.instance, lends: false };
        transfer.clear();
        let requests = &mut transfer.requests;
        result
            .requests(&mut RequestContext { types: site.types(), abi: site.abi, handles, requests }, &site.ty)
            .map_err(|mismatch| mistyped(site, &mismatch))?;
        if allocates && !transfer.requests.is_empty() {
            transfer.begin_result(result, Goal::new(site, target));
            slots[0] = Slot(transfer.next_request());
            return Ok(());
        }
    }
    lower_result(&result, site, target, call, slots)?;
    if allocates {
        slots[0] = Slot(NO_REQUEST);
    }
    Ok(())
}
