//! Instances of one component on one worker: fresh ones, and ones that wait to be used again.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use tambo::component::{Instance, Limits, Linked, TypedFunc};
use tambo::{Error, Trap};
use tambo_kernel::{Grant, Interrupt};
use tambo_wasi_p2::P2;
use tambo_wasi_p2::http::{HANDLE, Request, ResponseSlot};

use super::output::GuestOutput;
use crate::handler::RequestId;
use crate::place::Place;

/// Instances that wait to be used again, at most.
const IDLE: usize = 64;

/// The instances of one component.
pub(crate) struct Instances {
    pub(crate) name: Rc<str>,
    place: Rc<Place>,
    linked: Linked<P2>,
    grant: Grant,
    limits: Limits,
    /// How many requests an instance answers.
    reuse: u32,
    idle: RefCell<Vec<Ready>>,
    /// The function that answers; found in the first instance.
    handle: OnceCell<Handle>,
}

/// The function that answers.
type Handle = TypedFunc<(Request, ResponseSlot), ()>;

/// An instance that can be called.
pub(crate) struct Ready {
    pub(crate) instance: Instance<P2>,
    pub(crate) handle: Handle,
    request: Rc<Cell<RequestId>>,
    used: u32,
}

/// Why there is no instance.
#[derive(Debug)]
pub(crate) enum Missing {
    /// Its start functions trapped, or there is no room for it.
    Trap(Trap),
    /// It does not export what it should.
    Error(Error),
}

impl Instances {
    pub(crate) fn new(name: &str, place: Rc<Place>, linked: Linked<P2>, grant: Grant, reuse: u32) -> Self {
        let limits = Limits { memory: place.limits.memory, ..Limits::default() };
        Self {
            name: name.into(),
            place,
            linked,
            grant,
            limits,
            reuse,
            idle: RefCell::default(),
            handle: OnceCell::new(),
        }
    }

    /// One for a request.
    pub(crate) async fn take(&self, request: RequestId) -> Result<Ready, Missing> {
        let idle = self.idle.borrow_mut().pop();
        if let Some(ready) = idle {
            ready.request.set(request);
            return Ok(ready);
        }
        let request = Rc::new(Cell::new(request));
        let state = P2::new(self.grant(&request));
        let mut instance = self.linked.instantiate_async(state, &self.limits).await.map_err(Missing::Trap)?;
        self.place.counters.instances.add(1);
        let handle = self.handle(&mut instance).map_err(Missing::Error)?;
        Ok(Ready { instance, handle, request, used: 0 })
    }

    /// Drop those that wait to be used again; whether there were any.
    pub(crate) fn drop_idle(&self) -> bool {
        let idle = self.idle.take();
        !idle.is_empty()
    }

    fn handle(&self, instance: &mut Instance<P2>) -> Result<Handle, Error> {
        if let Some(handle) = self.handle.get() {
            return Ok(handle.clone());
        }
        let found = instance.func(HANDLE)?;
        Ok(self.handle.get_or_init(|| found).clone())
    }

    fn grant(&self, request: &Rc<Cell<RequestId>>) -> Grant {
        let stream = || Rc::new(GuestOutput::new(self.place.clone(), self.name.clone(), request.clone()));
        Grant { interrupt: Interrupt::new(), stdout: stream(), stderr: stream(), ..self.grant.clone() }
    }

    /// It has answered a request.
    pub(crate) fn give_back(&self, mut ready: Ready) {
        ready.used += 1;
        let mut idle = self.idle.borrow_mut();
        if ready.used < self.reuse && idle.len() < IDLE && !ready.instance.has_trapped() {
            idle.push(ready);
        }
    }
}
