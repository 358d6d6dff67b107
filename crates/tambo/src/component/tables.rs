//! What a component needs at run time beside its compiled image, as bytes: the plan and the image's tables. Reading them
//! takes a small part of the time of making them again, which means to validate the component and the image.
//!
//! They are trusted like the native code that they lie beside: whoever reads them has checked where they come from.

use serde::{Deserialize, Serialize};
use tambo_component_runtime::image::Image;
use tambo_component_runtime::plan::Plan;

use crate::{Error, ErrorKind, artifact};

/// To be written.
#[derive(Serialize)]
struct Borrowed<'a> {
    plan: &'a Plan,
    image: &'a Image,
}

#[derive(Deserialize)]
struct Owned {
    plan: Plan,
    image: Image,
}

pub(crate) fn write(plan: &Plan, image: &Image) -> Result<Vec<u8>, Error> {
    postcard::to_allocvec(&Borrowed { plan, image }).map_err(|error| {
        let message = format!("bug in tambo, please report it: tables of a component cannot be written: {error}");
        Error::new(ErrorKind::Precompiled, message)
    })
}

pub(crate) fn read(tables: &[u8]) -> Result<(Plan, Image), Error> {
    match postcard::take_from_bytes(tables) {
        Ok((Owned { plan, image }, [])) => Ok((plan, image)),
        _ => Err(artifact::damaged()),
    }
}
