//! A line of text for each call of a function of the host, as `strace` writes them:
//! `wasi:clocks/monotonic-clock@0.2.12#now() = 17`.
//!
//! What a parameter is says how it is shown ([`show_params`]). A call that parks the guest is shown once, when it ends; so
//! is one whose result needs allocations, when the last was made and the result is written. As no function of the host
//! calls the guest, there is one line at most that waits for its end.

use std::fmt::Write as _;
use std::sync::Arc;

use tambo_component_abi::dynamic::{show_params, show_result};
use tambo_component_image::NO_REQUEST;
use tambo_component_types::MAX_FLAT_PARAMS;
use tambo_engine::{Call, Flow, HostFn, Slot, Trap, TrapKind};

use crate::site::Site;
use crate::state::State;

/// What is given each line, without a line break.
pub type Told = Arc<dyn Fn(&str) + Send + Sync>;

/// The beginning of the line of a call, and what its end needs.
pub(crate) struct Line {
    text: String,
    told: Told,
    site: Option<Arc<Site>>,
    /// Where the result goes, if that is to memory.
    target: Option<u64>,
}

impl Line {
    fn of_call(site: &Arc<Site>, told: &Told, memory: &[u8], slots: &[Slot]) -> Self {
        let place = (memory, site.types(), site.abi);
        let flat = Slot::bits(slots);
        let text = format!("{}{}", site.name, show_params(place, &site.ty, MAX_FLAT_PARAMS, flat.iter()));
        // Parameters that are not flat are one address.
        let target = flat.get(site.flat_params.unwrap_or(1)).copied().filter(|_| site.result_in_memory);
        Self { text, told: told.clone(), site: Some(site.clone()), target }
    }

    /// The call returned; flat results are in the slots.
    fn ended(mut self, memory: &[u8], slots: &[Slot]) {
        let result = self.site.as_ref().map_or_else(String::new, |site| {
            show_result((memory, site.types(), site.abi), &site.ty, self.target, Slot::bits(slots).iter())
        });
        if !result.is_empty() {
            // Formatting into a string cannot fail, here and below.
            _ = write!(self.text, " = {result}");
        }
        (self.told)(&self.text);
    }

    /// The guest was ended in the call, or while it waited.
    pub(crate) fn cut_short(self, trap: &Trap) {
        match trap.kind {
            TrapKind::Exit(_) => (self.told)(&format!("{} = ?", self.text)),
            _ => (self.told)(&format!("{} = ? ({trap})", self.text)),
        }
    }
}

/// A lowered import that tells of its calls. `allocates` is as for [`Definition::bind`](crate::host::Definition::bind).
pub(crate) fn traced(function: HostFn<State>, site: Arc<Site>, allocates: bool, told: Told) -> HostFn<State> {
    Arc::new(move |call: &mut Call<'_, State>, slots: &mut [Slot]| {
        let line = call.data.traced.take();
        let line = line.unwrap_or_else(|| Box::new(Line::of_call(&site, &told, call.memory, slots)));
        let flow = function(call, slots);
        let waits = matches!(flow, Flow::Pending) || (allocates && slots[0].0 != NO_REQUEST);
        settle(line, waits, &flow, call, slots);
        flow
    })
}

/// What generated code calls for each allocation ([`HostImportKind::Next`](tambo_component_image::HostImportKind::Next)),
/// ending the line of a call whose result was waiting for it.
pub(crate) fn traced_next(next: HostFn<State>) -> HostFn<State> {
    Arc::new(move |call: &mut Call<'_, State>, slots: &mut [Slot]| {
        let line = call.data.traced.take();
        let flow = next(call, slots);
        if let Some(line) = line {
            let waits = matches!(flow, Flow::Pending) || slots[0].0 != NO_REQUEST;
            settle(line, waits, &flow, call, &[]);
        }
        flow
    })
}

/// A guest's dropping of a resource of the host, by the path of its type.
pub(crate) fn traced_drop(function: HostFn<State>, path: &[String], told: Told) -> HostFn<State> {
    let (resource, interface) = path.split_last().map_or(("", String::new()), |(last, rest)| (last, rest.join("#")));
    let name = format!("{interface}#[resource-drop]{resource}");
    Arc::new(move |call: &mut Call<'_, State>, slots: &mut [Slot]| {
        let text = format!("{name}(#{})", u32::from(slots[0]));
        let line = Box::new(Line { text, told: told.clone(), site: None, target: None });
        let flow = function(call, slots);
        settle(line, false, &flow, call, &[]);
        flow
    })
}

fn settle(line: Box<Line>, waits: bool, flow: &Flow, call: &mut Call<'_, State>, slots: &[Slot]) {
    match flow {
        Flow::Trap(trap) => line.cut_short(trap),
        _ if waits => call.data.traced = Some(line),
        _ => line.ended(call.memory, slots),
    }
}
