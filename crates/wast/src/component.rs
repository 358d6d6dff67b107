//! Components of a script. Those that were registered are what later ones import.

use tambo::component::{CallError, Component, Limits, Linker, Plan, SharedInstance, Val};
use tambo::{ErrorKind, Runtime};

use crate::script::{Ended, Stop};

/// What `Runtime::load_component` says as long as images cannot be built.
const NO_IMAGES: &str = "components cannot be made into one module yet";

/// A component that was found valid; none if it cannot be instantiated yet.
pub(crate) struct Definition(Option<Component>);

/// An instance of a component.
pub(crate) type Running = SharedInstance;

pub(crate) fn load(runtime: &Runtime, wasm: &[u8]) -> Result<Definition, Stop> {
    match runtime.load_component(wasm) {
        Ok(component) => Ok(Definition(Some(component))),
        Err(error) if error.message() == NO_IMAGES => Ok(Definition(None)),
        Err(error) => Err(Stop::fail(error.to_string())),
    }
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
    definition: &Definition,
    registered: impl Iterator<Item = (&'r str, &'r Running)>,
) -> Result<Running, Ended> {
    let Some(component) = &definition.0 else {
        return Err(Stop::skip("components cannot be instantiated yet").into());
    };
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
