//! Functions of the host that write a list of bytes into the guest's memory in place (CanonicalABI.md, `store_list`).
//!
//! Such a function is asked twice. First with the arguments: how many bytes are there? Generated code allocates exactly
//! these. Then with their place, in [`HostImportKind::Next`](tambo_component_image::HostImportKind::Next): now it reads
//! into it, and only now it is known how the call ends. Both times it may have to wait. A call that fails with the
//! second answer leaves the block to the guest, which does not know of it: it is lost.

use std::marker::PhantomData;
use std::sync::Arc;
use std::task::Poll;

use tambo_component_abi::typed::{LiftParams, LowerResult};
use tambo_component_abi::types::{FuncType, MAX_BYTE_LENGTH};
use tambo_component_abi::{LowerContext, MatchContext, Mismatch, RequestContext, Space};
use tambo_component_image::NO_REQUEST;
use tambo_engine::{Call, Flow, HostFn, Slot, Trap, TrapKind};

use crate::host::{Definition, Function, Stop, answer, give_result};
use crate::resources::InstanceHandles;
use crate::site::Site;
use crate::state::State;
use crate::transfer::{Goal, lost};
use crate::user::User;

/// The first answer.
#[derive(Debug)]
pub enum Answer<R, J> {
    /// The result: there is nothing to fill.
    Ready(R),
    /// So many bytes are to be allocated, for the job to fill. Who answers bounds them; the guest's own limit of memory
    /// does, too.
    Fill {
        /// The bytes.
        bytes: u32,
        /// What fills them.
        job: J,
    },
}

impl<R, J> Answer<R, J> {
    /// With another result.
    pub fn map<T>(self, change: impl FnOnce(R) -> T) -> Answer<T, J> {
        match self {
            Self::Ready(result) => Answer::Ready(change(result)),
            Self::Fill { bytes, job } => Answer::Fill { bytes, job },
        }
    }
}

/// What fills a list and gives the result.
pub trait Job<R>: 'static {
    /// Fill it. If the answer is [`Poll::Pending`], it is asked again, with the same space.
    fn fill(&mut self, user: &mut User, space: Space<'_>) -> Result<Poll<R>, Trap>;
}

/// A [`Function`] that gives an [`Answer`] as a [`Definition`].
pub struct FillingFunction<P, R, J, F> {
    function: Arc<F>,
    types: PhantomData<fn(P) -> (R, J)>,
}

impl<P, R, J, F> FillingFunction<P, R, J, F>
where
    P: LiftParams,
    F: Function<P, Answer<R, J>>,
{
    /// A definition of this function.
    pub fn new(function: F) -> Self {
        Self { function: Arc::new(function), types: PhantomData }
    }
}

impl<P, R, J, F> Definition for FillingFunction<P, R, J, F>
where
    P: LiftParams,
    R: LowerResult + 'static,
    J: Job<R>,
    F: Function<P, Answer<R, J>>,
{
    fn matches(&self, cx: &MatchContext<'_>, ty: &FuncType) -> Result<(), Mismatch> {
        P::matches(cx, ty)?;
        R::matches(cx, ty)
    }

    fn bind(&self, site: Arc<Site>, allocates: bool) -> HostFn<State> {
        let function = self.function.clone();
        Arc::new(move |call: &mut Call<'_, State>, slots: &mut [Slot]| {
            match begin::<P, R, J, F>(&function, &site, allocates, call, slots) {
                Ok(Poll::Ready(())) => Flow::Done,
                Ok(Poll::Pending) => Flow::Pending,
                Err(Stop(trap)) => Flow::Trap(trap),
            }
        })
    }

    fn suspends(&self) -> bool {
        F::SUSPENDS
    }

    fn fills(&self) -> bool {
        F::SUSPENDS
    }
}

#[inline(always)]
fn begin<P: LiftParams, R: LowerResult + 'static, J: Job<R>, F: Function<P, Answer<R, J>>>(
    function: &F,
    site: &Site,
    allocates: bool,
    call: &mut Call<'_, State>,
    slots: &mut [Slot],
) -> Result<Poll<()>, Stop> {
    let Poll::Ready((answer, target)) = answer(function, site, call, slots)? else { return Ok(Poll::Pending) };
    match answer {
        Answer::Ready(result) => give_result(result, site, target, allocates, call, slots)?,
        Answer::Fill { bytes, job } => {
            if !allocates || bytes > MAX_BYTE_LENGTH {
                return Err(too_many(&site.name, bytes));
            }
            let transfer = &mut call.data.transfer;
            transfer.begin_filling(bytes, job, fill::<R, J>, Goal::new(site, target));
            slots[0] = Slot(transfer.next_request());
        }
    }
    Ok(Poll::Ready(()))
}

#[cold]
fn too_many(name: &str, bytes: u32) -> Stop {
    Trap::new(TrapKind::Host(format!("the host's function {name} wants to fill {bytes} bytes"))).into()
}

/// The block is there: fill it, and lower the result or begin to. The next request.
fn fill<R: LowerResult + 'static, J: Job<R>>(call: &mut Call<'_, State>, goal: Goal) -> Result<Poll<u64>, Stop> {
    let State { resources, transfer, user, plan, .. } = &mut *call.data;
    let (address, size) = transfer.block()?;
    let space = Space::new(call.memory, goal.abi.pointer, address, size)?;
    let job = transfer.value.get_mut::<J>().ok_or_else(lost)?;
    let Poll::Ready(result) = job.fill(user, space)? else {
        transfer.unplace(goal);
        return Ok(Poll::Pending);
    };
    transfer.clear();
    let ty = plan.types.function(goal.id);
    let mut handles = InstanceHandles { resources, instance: goal.instance, lends: false };
    if !R::PLAIN {
        let requests = &mut transfer.requests;
        let mut cx = RequestContext { types: &plan.types, abi: goal.abi, handles: &mut handles, requests };
        result.requests(&mut cx, ty).map_err(|mismatch| mistyped(&mismatch))?;
        if !transfer.requests.is_empty() {
            transfer.begin_result(result, goal);
            return Ok(Poll::Ready(transfer.next_request()));
        }
    }
    let (memory, places) = (&mut *call.memory, [].iter());
    let mut cx = LowerContext { memory, types: &plan.types, abi: goal.abi, handles: &mut handles, places };
    goal.write(&result, &mut cx, ty)?;
    Ok(Poll::Ready(NO_REQUEST))
}

#[cold]
fn mistyped(mismatch: &Mismatch) -> Stop {
    Trap::new(TrapKind::Host(format!(
        "a function of the host filled a list, and then returned what it must not: {mismatch}"
    )))
    .into()
}
