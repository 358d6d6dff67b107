//! Values that are lowered in two phases, and the imports that generated code calls in between.
//!
//! Generated code allocates what a value requests, one block after the other ([`next`]); then the value is written. At
//! most one value of a store is on its way: allocators may not call imports (`may_leave`).

use std::sync::Arc;
use std::task::Poll;

use tambo_component_abi::typed::{LowerParams, LowerResult};
use tambo_component_abi::{Abi, Budget, Fault, FlatReader, FlatWriter, LiftContext, LowerContext, Request, Scratch};
use tambo_component_image::NO_REQUEST;
use tambo_component_plan::InstanceId;
use tambo_component_types::{FuncId, FuncType, MAX_FLAT_PARAMS};
use tambo_engine::{Call, Flow, HostFn, Slot};

use crate::held::Held;
use crate::host::Stop;
use crate::resources::InstanceHandles;
use crate::site::Site;
use crate::state::{State, flow};

/// What writes a value that waits. A result goes to an address, arguments are flat.
type Lowerer = fn(&Held, &mut LowerContext<'_>, &FuncType, Option<u64>, &mut FlatWriter<'_>) -> Result<(), Fault>;

/// What makes a value of the caller's type from the flat results of an export.
pub(crate) type Lifter = fn(&mut Held, &mut LiftContext<'_, '_>, &FuncType, &mut FlatReader<'_>) -> Result<(), Fault>;

/// What fills a block that was allocated, and then writes the result, or begins to: the next request.
type Filler = fn(&mut Call<'_, State>, Goal) -> Result<Poll<u64>, Stop>;

/// Where a value goes: what of a [`Site`] that needs, so that nothing is shared while it waits.
#[derive(Clone, Copy)]
pub(crate) struct Goal {
    pub(crate) id: FuncId,
    pub(crate) abi: Abi,
    pub(crate) instance: InstanceId,
    target: Option<u64>,
}

impl Goal {
    #[inline]
    pub(crate) fn new(site: &Site, target: Option<u64>) -> Self {
        Self { id: site.id, abi: site.abi, instance: site.instance, target }
    }

    /// Write a result that lies in memory.
    #[inline]
    pub(crate) fn write<R: LowerResult>(
        &self,
        result: &R,
        cx: &mut LowerContext<'_>,
        ty: &FuncType,
    ) -> Result<(), Fault> {
        result.lower(cx, ty, self.target, &mut FlatWriter::new(&mut []))
    }
}

/// The value that is on its way into the guest.
#[derive(Default)]
pub(crate) struct Transfer {
    pub(crate) value: Held,
    lowerer: Option<Lowerer>,
    /// What is done instead if the value is a job that fills the first block.
    filler: Option<Filler>,
    /// Where it is a result of. None for arguments: generated code asks for those.
    result: Option<Goal>,
    /// The allocations it needs.
    pub(crate) requests: Vec<Request>,
    /// Those that were made.
    places: Vec<u64>,
}

impl Transfer {
    /// Forget it, but for what it has allocated.
    #[inline]
    pub(crate) fn clear(&mut self) {
        self.value.clear();
        self.filler = None;
        self.result = None;
        self.requests.clear();
        self.places.clear();
    }

    /// A result of a host function waits.
    #[inline]
    pub(crate) fn begin_result<R: LowerResult + 'static>(&mut self, value: R, goal: Goal) {
        self.value.put(value);
        self.lowerer = Some(lower_held_result::<R>);
        self.result = Some(goal);
    }

    /// A block of so many bytes is to be filled.
    #[inline]
    pub(crate) fn begin_filling<J: 'static>(&mut self, bytes: u32, job: J, filler: Filler, goal: Goal) {
        self.clear();
        self.requests.push(Request { align: 1, size: bytes });
        self.value.put(job);
        self.filler = Some(filler);
        self.result = Some(goal);
    }

    /// The block that is to be filled: where it is, and its size.
    #[inline]
    pub(crate) fn block(&self) -> Result<(u64, u32), Fault> {
        match (&*self.places, &*self.requests) {
            ([place], [request]) => Ok((*place, request.size)),
            _ => Err(bug("a block is to be filled, and there is not one")),
        }
    }

    /// It cannot be filled yet: as before it was placed.
    pub(crate) fn unplace(&mut self, goal: Goal) {
        self.places.clear();
        self.result = Some(goal);
    }

    /// Arguments for an export wait.
    #[inline]
    pub(crate) fn begin_arguments<P: LowerParams + 'static>(&mut self, value: P) {
        self.value.put(value);
        self.lowerer = Some(lower_held_params::<P>);
    }

    /// The next request, as generated code gets it.
    #[inline]
    pub(crate) fn next_request(&self) -> u64 {
        match self.requests.get(self.places.len()) {
            Some(request) => tambo_component_image::request(request.align, request.size),
            None => NO_REQUEST,
        }
    }

    /// An allocation was made.
    #[inline]
    fn place(&mut self, address: u64) -> Result<(), Fault> {
        let Some(request) = self.requests.get(self.places.len()) else {
            return Err(bug("an allocation was made that nobody asked for"));
        };
        // Alignments are powers of two.
        if address & u64::from(request.align.saturating_sub(1)) != 0 {
            return Err(Fault::new("realloc return: result not aligned"));
        }
        self.places.push(address);
        Ok(())
    }
}

fn lower_held_result<R: LowerResult + 'static>(
    held: &Held,
    cx: &mut LowerContext<'_>,
    ty: &FuncType,
    target: Option<u64>,
    flat: &mut FlatWriter<'_>,
) -> Result<(), Fault> {
    held.get::<R>().ok_or_else(lost)?.lower(cx, ty, target, flat)
}

fn lower_held_params<P: LowerParams + 'static>(
    held: &Held,
    cx: &mut LowerContext<'_>,
    ty: &FuncType,
    _: Option<u64>,
    flat: &mut FlatWriter<'_>,
) -> Result<(), Fault> {
    held.get::<P>().ok_or_else(lost)?.lower(cx, ty, MAX_FLAT_PARAMS, flat)
}

#[cold]
pub(crate) fn lost() -> Fault {
    bug("no value is on its way")
}

#[cold]
fn bug(what: &str) -> Fault {
    Fault::new(format!("bug in tambo, please report it: {what}"))
}

/// Lower a result at once.
#[inline(always)]
pub(crate) fn lower_result<R: LowerResult>(
    result: &R,
    site: &Site,
    target: Option<u64>,
    call: &mut Call<'_, State>,
    slots: &mut [Slot],
) -> Result<(), Fault> {
    let mut handles = InstanceHandles { resources: &mut call.data.resources, instance: site.instance, lends: false };
    let mut cx = LowerContext {
        memory: call.memory,
        types: site.types(),
        abi: site.abi,
        handles: &mut handles,
        places: [].iter(),
    };
    result.lower(&mut cx, &site.ty, target, &mut FlatWriter::new(Slot::bits_mut(slots)))
}

/// Write the value that waits.
#[inline]
fn lower_waiting(call: &mut Call<'_, State>, goal: Goal, slots: &mut [Slot]) -> Result<(), Fault> {
    let State { resources, transfer, plan, .. } = &mut *call.data;
    let lower = transfer.lowerer.take().ok_or_else(lost)?;
    let mut handles = InstanceHandles { resources, instance: goal.instance, lends: false };
    let mut cx = LowerContext {
        memory: call.memory,
        types: &plan.types,
        abi: goal.abi,
        handles: &mut handles,
        places: transfer.places.iter(),
    };
    let mut flat = FlatWriter::new(Slot::bits_mut(slots));
    lower(&transfer.value, &mut cx, plan.types.function(goal.id), goal.target, &mut flat)?;
    transfer.value.clear();
    Ok(())
}

/// An allocation was made (`HostImportKind::Next`). A result is written after the last one.
pub(crate) fn next() -> HostFn<State> {
    Arc::new(|call: &mut Call<'_, State>, slots: &mut [Slot]| match place_and_go_on(call, slots[0].0) {
        Ok(Poll::Ready(next)) => {
            slots[0] = Slot(next);
            Flow::Done
        }
        Ok(Poll::Pending) => Flow::Pending,
        Err(Stop(trap)) => Flow::Trap(trap),
    })
}

#[inline]
fn place_and_go_on(call: &mut Call<'_, State>, address: u64) -> Result<Poll<u64>, Stop> {
    call.data.transfer.place(address)?;
    let next = call.data.transfer.next_request();
    if next == NO_REQUEST
        && let Some(goal) = call.data.transfer.result.take()
    {
        if let Some(fill) = call.data.transfer.filler {
            return fill(call, goal);
        }
        // A result that needs allocations is not flat.
        lower_waiting(call, goal, &mut [])?;
    }
    Ok(Poll::Ready(next))
}

/// The flat parameters of an export that is being entered (`HostImportKind::Take`).
pub(crate) fn take(site: Arc<Site>) -> HostFn<State> {
    let goal = Goal::new(&site, None);
    Arc::new(move |call: &mut Call<'_, State>, slots: &mut [Slot]| match lower_waiting(call, goal, slots) {
        Ok(()) => Flow::Done,
        Err(fault) => flow(fault),
    })
}

/// The flat results of an export that is being left (`HostImportKind::Give`).
pub(crate) fn give(site: Arc<Site>) -> HostFn<State> {
    Arc::new(move |call: &mut Call<'_, State>, slots: &mut [Slot]| match lift_given(call, &site, slots) {
        Ok(()) => Flow::Done,
        Err(fault) => flow(fault),
    })
}

#[inline]
fn lift_given(call: &mut Call<'_, State>, site: &Site, slots: &[Slot]) -> Result<(), Fault> {
    let State { resources, outcome, call_bytes, .. } = &mut *call.data;
    let lift = outcome.lifter.take().ok_or_else(|| bug("a result came that nobody waits for"))?;
    lift(
        &mut outcome.value,
        &mut LiftContext {
            memory: call.memory,
            types: site.types(),
            abi: site.abi,
            handles: &mut InstanceHandles { resources, instance: site.instance, lends: false },
            budget: &mut Budget::new(*call_bytes),
            scratch: &Scratch::new(),
        },
        &site.ty,
        &mut Slot::bits(slots).iter(),
    )
}
