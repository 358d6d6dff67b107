//! Values that are lowered in two phases, and the imports that generated code calls in between.
//!
//! Generated code allocates what a value requests, one block after the other ([`next`]); then the value is written. At
//! most one value of a store is on its way: allocators may not call imports (`may_leave`).

use std::any::Any;
use std::sync::Arc;

use tambo_component_abi::typed::LowerResult;
use tambo_component_abi::{Budget, Fault, FlatReader, LiftContext, LowerContext, Request, Scratch};
use tambo_component_image::NO_REQUEST;
use tambo_component_types::FuncType;
use tambo_engine::{Call, Flow, HostFn, Slot};

use crate::resources::InstanceHandles;
use crate::site::Site;
use crate::state::{State, flow};

/// A value that waits for its allocations.
pub(crate) trait Waiting {
    /// Write it. A result goes to `target`, arguments to `flat`.
    fn lower(
        &self,
        cx: &mut LowerContext<'_>,
        site: &Site,
        target: Option<u64>,
        flat: &mut Vec<u64>,
    ) -> Result<(), Fault>;
}

/// What makes a value of the caller's type from the flat results of an export.
pub(crate) type Lifter = fn(&mut LiftContext<'_, '_>, &FuncType, &mut FlatReader<'_>) -> Result<Box<dyn Any>, Fault>;

/// The value that is on its way into the guest.
#[derive(Default)]
pub(crate) struct Transfer {
    value: Option<Box<dyn Waiting>>,
    /// Where it is a result of, and where it goes. None for arguments: generated code asks for those.
    result: Option<(Arc<Site>, Option<u64>)>,
    /// The allocations it needs.
    pub(crate) requests: Vec<Request>,
    /// Those that were made.
    places: Vec<u64>,
}

impl Transfer {
    /// Forget it, but for what it has allocated.
    #[inline]
    pub(crate) fn clear(&mut self) {
        self.value = None;
        self.result = None;
        self.requests.clear();
        self.places.clear();
    }

    /// A result of a host function waits.
    pub(crate) fn begin_result(&mut self, value: Box<dyn Waiting>, site: Arc<Site>, target: Option<u64>) {
        self.value = Some(value);
        self.result = Some((site, target));
    }

    /// Arguments for an export wait.
    pub(crate) fn begin_arguments(&mut self, value: Box<dyn Waiting>) {
        self.value = Some(value);
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
        if !address.is_multiple_of(request.align.max(1).into()) {
            return Err(Fault::new("realloc return: result not aligned"));
        }
        self.places.push(address);
        Ok(())
    }
}

#[cold]
fn bug(what: &str) -> Fault {
    Fault::new(format!("bug in tambo, please report it: {what}"))
}

/// Lower a result at once.
#[inline]
pub(crate) fn lower_result<R: LowerResult>(
    result: &R,
    site: &Site,
    target: Option<u64>,
    call: &mut Call<'_, State>,
    slots: &mut [Slot],
) -> Result<(), Fault> {
    let State { resources, flat, .. } = &mut *call.data;
    flat.clear();
    let mut handles = InstanceHandles { resources, instance: site.instance, lends: false };
    let mut cx = LowerContext {
        memory: call.memory,
        types: site.types(),
        abi: site.abi,
        handles: &mut handles,
        places: [].iter(),
    };
    result.lower(&mut cx, &site.ty, target, flat)?;
    if let (Some(&value), Some(slot)) = (flat.first(), slots.first_mut()) {
        *slot = Slot(value);
    }
    Ok(())
}

/// Write the value that waits; its flat values are in the state's list then.
fn lower_waiting(call: &mut Call<'_, State>, site: &Site, target: Option<u64>) -> Result<(), Fault> {
    let State { resources, flat, transfer, .. } = &mut *call.data;
    let value = transfer.value.take().ok_or_else(|| bug("no value is on its way"))?;
    flat.clear();
    let mut handles = InstanceHandles { resources, instance: site.instance, lends: false };
    let mut cx = LowerContext {
        memory: call.memory,
        types: site.types(),
        abi: site.abi,
        handles: &mut handles,
        places: transfer.places.iter(),
    };
    value.lower(&mut cx, site, target, flat)
}

/// An allocation was made (`HostImportKind::Next`). A result is written after the last one.
pub(crate) fn next() -> HostFn<State> {
    Arc::new(|call: &mut Call<'_, State>, slots: &mut [Slot]| match place_and_go_on(call, slots[0].0) {
        Ok(next) => {
            slots[0] = Slot(next);
            Flow::Done
        }
        Err(fault) => flow(fault),
    })
}

fn place_and_go_on(call: &mut Call<'_, State>, address: u64) -> Result<u64, Fault> {
    call.data.transfer.place(address)?;
    let next = call.data.transfer.next_request();
    if next == NO_REQUEST
        && let Some((site, target)) = call.data.transfer.result.take()
    {
        lower_waiting(call, &site, target)?;
    }
    Ok(next)
}

/// The flat parameters of an export that is being entered (`HostImportKind::Take`).
pub(crate) fn take(site: Arc<Site>) -> HostFn<State> {
    Arc::new(move |call: &mut Call<'_, State>, slots: &mut [Slot]| match lower_waiting(call, &site, None) {
        Ok(()) => {
            for (slot, &value) in slots.iter_mut().zip(&call.data.flat) {
                *slot = Slot(value);
            }
            Flow::Done
        }
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

fn lift_given(call: &mut Call<'_, State>, site: &Site, slots: &[Slot]) -> Result<(), Fault> {
    let State { resources, flat, outcome, call_bytes, .. } = &mut *call.data;
    let lift = outcome.lifter.take().ok_or_else(|| bug("a result came that nobody waits for"))?;
    flat.clear();
    flat.extend(slots.iter().map(|slot| slot.0));
    let value = lift(
        &mut LiftContext {
            memory: call.memory,
            types: site.types(),
            abi: site.abi,
            handles: &mut InstanceHandles { resources, instance: site.instance, lends: false },
            budget: &mut Budget::new(*call_bytes),
            scratch: &Scratch::new(),
        },
        &site.ty,
        &mut flat.iter(),
    )?;
    outcome.value = Some(value);
    Ok(())
}
