//! Back from the image to core modules. Indices are the same whenever a plan is laid out, so the image need not be kept,
//! nor a table of offsets: a body that is asked for is encoded once more.

use tambo_component_plan::Plan;

use super::code::original;
use super::layout::Layout;
use super::module::{self, Kind};
use super::remap::{self, References, Remap};
use super::{bug, shims};
use crate::ImageError;
use crate::image::{FuncOrigin, Image};
use crate::link::Declared;

/// See [`locate`](crate::locate).
pub(crate) fn locate(
    plan: &Plan,
    component: &[u8],
    image: &Image,
    declared: &Declared,
    places: &[(u32, u64)],
) -> Result<Vec<Option<u64>>, ImageError> {
    if declared.imports != image.imports {
        return Err(bug("an image is not that of its plan"));
    }
    let modules = module::parse_all(plan, component)?;
    let elided = shims::find(plan, &modules);
    let layout = Layout::new(plan, &modules, declared, &elided)?;
    let place = |&(function, offset): &(u32, u64)| {
        let Some(&FuncOrigin::Module { instance, function, .. }) = image.origin(function) else { return Ok(None) };
        let Some(live) = layout.live().find(|live| live.id == instance) else { return Ok(None) };
        let defined = function.checked_sub(live.module.imported(Kind::Func));
        let Some(body) = defined.and_then(|defined| live.module.bodies.get(defined as usize)) else { return Ok(None) };
        let mut references = References::default();
        let mut remap = Remap { spaces: live.spaces, globals: &[], references: &mut references };
        original(body, &mut remap, offset).map_err(remap::error)
    };
    places.iter().map(place).collect()
}
