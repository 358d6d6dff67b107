//! Components of a script. They are judged by their plans; those that would have to run are skipped until
//! `tambo::component` is there.

use tambo_component_abi::Val;
use tambo_component_plan::Plan;

use crate::script::{Ended, Stop};

/// A component that was found valid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Definition;

/// An instance of a component; there can be none yet.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Running {}

pub(crate) fn is_component(wasm: &[u8]) -> bool {
    wasm.starts_with(b"\0asm\x0d\0\x01\0")
}

pub(crate) fn load(wasm: &[u8]) -> Result<Definition, Stop> {
    match Plan::new(wasm) {
        Ok(_) => Ok(Definition),
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
    Definition: &Definition,
    _registered: impl Iterator<Item = (&'r str, &'r Running)>,
) -> Result<Running, Ended> {
    Err(Stop::skip("components cannot be instantiated yet").into())
}

pub(crate) fn call(instance: &mut Running, _: &str, _: &[Val]) -> Result<Option<Val>, Ended> {
    match *instance {}
}
