//! `wasi:io`: errors, pollables and streams (proposals/io/wit at v0.2.12).

mod error;
mod input;
mod output;
mod poll;

use std::rc::Rc;

use tambo_component_linker::bindings::Own;
use tambo_kernel::input::Input;
use tambo_kernel::output::Output;
use tambo_kernel::poll::{Event, Subscription};
use tambo_kernel::wait::{Interest, Pollable as KernelPollable};

use crate::P2;
use crate::bindings::wasi::io::poll::Pollable;
use crate::bindings::wasi::io::streams::{InputStream, OutputStream};
use crate::table::Objects;

pub use error::{IoError, StreamFailure};
pub use input::Reading;
pub(crate) use input::copy;

/// The objects of `wasi:io`.
#[derive(Default)]
pub(crate) struct Io {
    pub(crate) errors: Objects<IoError>,
    pub(crate) pollables: Objects<PollableObject>,
    pub(crate) inputs: Objects<Parent<Rc<Input>>>,
    pub(crate) outputs: Objects<Parent<Rc<Output>>>,
    /// Bytes that were taken from a source before the guest made room for them. Kept for the next read.
    taken: Vec<u8>,
    /// Reused from one `poll` to the next.
    events: Vec<Event>,
}

/// A pollable, and whose child it is.
pub(crate) struct PollableObject {
    subscription: Subscription,
    _parent: Option<Family>,
}

/// Counts the children of a resource that lives: it must not be dropped before them.
#[derive(Clone, Default)]
pub(crate) struct Family(Rc<()>);

impl Family {
    /// Whether it has children that live.
    pub(crate) fn has_children(&self) -> bool {
        Rc::strong_count(&self.0) > 1
    }
}

/// An object whose handle has children, and which may be the child of another.
pub(crate) struct Parent<T> {
    pub(crate) object: T,
    pub(crate) children: Family,
    /// Whose child it is, as long as it lives.
    _parent: Option<Family>,
}

impl P2 {
    /// A handle to a source of bytes, which may be the child of another resource.
    pub(crate) fn new_input(&mut self, input: Input, of: Option<&Family>) -> Own<InputStream> {
        let object = Parent { object: Rc::new(input), children: Family::default(), _parent: of.cloned() };
        Own::new(self.io.inputs.add(object))
    }

    /// A handle to a sink of bytes, which may be the child of another resource.
    pub(crate) fn new_output(&mut self, output: Output, of: Option<&Family>) -> Own<OutputStream> {
        let object = Parent { object: Rc::new(output), children: Family::default(), _parent: of.cloned() };
        Own::new(self.io.outputs.add(object))
    }

    /// A handle to something to wait for, which may be the child of another resource.
    pub(crate) fn new_pollable(&mut self, subscription: Subscription, of: Option<&Family>) -> Own<Pollable> {
        Own::new(self.io.pollables.add(PollableObject { subscription, _parent: of.cloned() }))
    }

    /// A handle to the readiness of an object.
    pub(crate) fn new_readiness(
        &mut self,
        object: Rc<dyn KernelPollable>,
        interest: Interest,
        of: Option<&Family>,
    ) -> Own<Pollable> {
        self.new_pollable(Subscription::Object(object, interest), of)
    }
}
