//! Components of a script. Those that were registered are what later ones import.

use tambo::component::{CallError, Component, Limits, Linker, Plan, SharedInstance, Val, plan};
use tambo::inspect::is_component;
use tambo::{ErrorKind, Runtime};

use crate::script::{Ended, Stop};

/// An instance of a component.
pub(crate) type Running = SharedInstance;

pub(crate) fn load(runtime: &Runtime, wasm: &[u8]) -> Result<Component, Stop> {
    runtime.load_component(wasm).map_err(|error| Stop::fail(error.to_string()))
}

/// Whether it is a component that is valid, whatever it takes to run it.
pub(crate) fn is_valid(wasm: &[u8]) -> bool {
    is_component(wasm) && plan::validate(wasm).is_ok()
}

pub(crate) fn expect_invalid(wasm: &[u8]) -> Result<(), Stop> {
    match Plan::new(wasm) {
        Ok(_) => Err(Stop::fail("found valid")),
        Err(error) if error.unsupported => Err(Stop::fail(format!("not found invalid, only not supported: {error}"))),
        // What is invalid is invalid somewhere: the rest are mistakes of ours.
        Err(error) if error.offset.is_none() => Err(Stop::fail(format!("not found invalid: {error}"))),
        Err(_) => Ok(()),
    }
}

pub(crate) fn instantiate<'r>(
    component: &Component,
    registered: impl Iterator<Item = (&'r str, &'r Running)>,
) -> Result<Running, Ended> {
    let mut linker = Linker::<()>::new();
    for (name, instance) in registered {
        linker.instance(name, instance);
    }
    let linked = component.link(&linker).map_err(|error| match error.kind() {
        ErrorKind::Link => Ended::Unlinkable(error.to_string()),
        _ => Stop::fail(error.to_string()).into(),
    })?;
    let instance = linked.instantiate((), &Limits::default()).map_err(Ended::Trap)?;
    Ok(SharedInstance::new(instance))
}

pub(crate) fn call(instance: &Running, name: &str, arguments: &[Val]) -> Result<Option<Val>, Ended> {
    instance.call(name, arguments).map_err(|error| match error {
        CallError::Trap(trap) => Ended::Trap(trap),
        CallError::Misuse(message) => Stop::fail(message).into(),
    })
}
