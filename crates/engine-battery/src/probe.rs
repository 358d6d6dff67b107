//! The host data of the cases and the imports that its guests call. Deliberately not [`Send`]: the contract asks for
//! none.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use tambo_engine::{
    Call, Flow, FuncType, HostData, Import, PARK_MODULE, PARK_NAME, Slot, Suspends, Trap, TrapKind, ValueType,
};

use ValueType::{F32, F64, I32, I64};

/// What a parked guest waits at.
#[derive(Clone, Default)]
pub struct Gate(Rc<GateState>);

#[derive(Default)]
struct GateState {
    open: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Gate {
    /// Let one wait through, and wake whoever waits.
    pub fn open(&self) {
        self.0.open.set(true);
        if let Some(waker) = self.0.waker.take() {
            waker.wake();
        }
    }

    fn pass(&self, context: &Context<'_>) -> bool {
        let open = self.0.open.take();
        if !open {
            self.0.waker.replace(Some(context.waker().clone()));
        }
        open
    }
}

/// Host data that remembers what happened to it.
#[derive(Default)]
pub struct Probe {
    /// What the imports were called with.
    pub log: Vec<u64>,
    /// How many tries answer that they are pending before one is done.
    pub pending: u32,
    /// How often the thread was blocked.
    pub blocks: u32,
    /// How often a wait was polled.
    pub polls: u32,
    /// End the guest at the next block or wait.
    pub refuse: bool,
    /// Where parked guests wait.
    pub gate: Gate,
}

impl Probe {
    fn verdict(&self) -> Result<(), Trap> {
        if self.refuse { Err(TrapKind::Host("refused to wait".into()).into()) } else { Ok(()) }
    }
}

impl HostData for Probe {
    fn block(&mut self) -> Result<(), Trap> {
        self.blocks += 1;
        self.verdict()
    }

    fn poll_wait(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Trap>> {
        self.polls += 1;
        if self.refuse || self.gate.pass(context) { Poll::Ready(self.verdict()) } else { Poll::Pending }
    }
}

type Body = fn(&mut Call<'_, Probe>, &mut [Slot]) -> Flow;

fn import(
    name: &'static str,
    params: &[ValueType],
    results: &[ValueType],
    suspends: bool,
    call: Body,
) -> Import<Probe> {
    Import {
        module: "host".into(),
        name: name.into(),
        ty: FuncType::new(params, results),
        suspends: suspends.into(),
        memory: None,
        call: Arc::new(call),
    }
}

/// Every import of the module `host`.
pub fn imports() -> Vec<Import<Probe>> {
    let mixed = [I32, I64, F32, F64];
    let mixed_back = [F64, F32, I64, I32];
    vec![
        import("log", &[I64], &[], false, |call, slots| {
            call.data.log.push(slots[0].0);
            Flow::Done
        }),
        import("inc", &[I32], &[I32], false, |_, slots| {
            slots[0] = Slot::from(u32::from(slots[0]).wrapping_add(1));
            Flow::Done
        }),
        import("mirror", &mixed, &mixed_back, false, mirror),
        import("sum", &[I32; 20], &[I64], false, |_, slots| {
            let sum: u64 = slots.iter().map(|&slot| u64::from(u32::from(slot))).sum();
            slots[0] = Slot::from(sum);
            Flow::Done
        }),
        import("size", &[], &[I64], false, |call, slots| {
            slots[0] = Slot::from(call.memory.len() as u64);
            Flow::Done
        }),
        import("peek", &[I32], &[I32], false, |call, slots| match call.memory.get(u32::from(slots[0]) as usize) {
            Some(&byte) => {
                slots[0] = Slot::from(u32::from(byte));
                Flow::Done
            }
            None => Flow::from(Trap::new(TrapKind::Host("peek out of bounds".into()))),
        }),
        import("poke", &[I32, I32], &[], false, poke),
        import("fault", &[], &[], false, |_, _| Flow::from(Trap::new(TrapKind::Host("the guest's fault".into())))),
        import("exit", &[I32], &[], false, |_, slots| Flow::from(Trap::new(TrapKind::Exit(slots[0].into())))),
        import("liar", &[], &[], false, |_, _| Flow::Pending),
        import("wait", &[I32], &[I32], true, wait),
        Import { suspends: Suspends::Retried, ..import("retry", &[I32], &[I32], true, wait) },
        Import {
            module: PARK_MODULE.into(),
            suspends: Suspends::Park,
            ..import(PARK_NAME, &[], &[], true, |_, _| Flow::Done)
        },
        import("wait-poke", &[I32, I32], &[], true, |call, slots| {
            try_later(call, |call| {
                poke(call, slots);
            })
        }),
        import("wait-mirror", &mixed, &mixed_back, true, |call, slots| {
            try_later(call, |call| {
                mirror(call, slots);
            })
        }),
        import("wait-fault", &[], &[], true, |call, _| match try_later(call, |_| ()) {
            Flow::Done => Flow::from(Trap::new(TrapKind::Host("a late fault".into()))),
            other => other,
        }),
    ]
}

fn wait(call: &mut Call<'_, Probe>, slots: &mut [Slot]) -> Flow {
    call.data.log.push(slots[0].0);
    try_later(call, |_| slots[0] = Slot::from(u32::from(slots[0]).wrapping_add(1)))
}

fn try_later(call: &mut Call<'_, Probe>, done: impl FnOnce(&mut Call<'_, Probe>)) -> Flow {
    if call.data.pending > 0 {
        call.data.pending -= 1;
        return Flow::Pending;
    }
    done(call);
    Flow::Done
}

fn mirror(call: &mut Call<'_, Probe>, slots: &mut [Slot]) -> Flow {
    call.data.log.extend(slots.iter().map(|slot| slot.0));
    slots.reverse();
    Flow::Done
}

fn poke(call: &mut Call<'_, Probe>, slots: &mut [Slot]) -> Flow {
    match call.memory.get_mut(u32::from(slots[0]) as usize) {
        Some(byte) => {
            *byte = u32::from(slots[1]) as u8;
            Flow::Done
        }
        None => Flow::from(Trap::new(TrapKind::Host("poke out of bounds".into()))),
    }
}
