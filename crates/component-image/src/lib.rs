//! A plan as one core module (architecture.md §3; CanonicalABI.md, "Canonical Definitions").
//!
//! The *image* holds every core module of a component, joined at their imports, with what lies between them as
//! generated code: lowered imports, adapters from one component to another, wrappers around exports. It imports host
//! functions only, each of which [`Image::imports`] explains. It is validated again before it is handed out.
//!
//! # The protocol between generated code and the host
//!
//! The host never calls the guest while the guest calls the host, so generated code does what needs the guest:
//!
//! - **An allocation is a request.** A host function whose results need memory of the guest's allocator, and the
//!   arguments of an export that need it, come as *requests*: an `i64` that is [`NO_REQUEST`], or
//!   `align << 32 | size` (see [`request`]). Generated code calls `realloc` and passes the pointer to
//!   [`HostImportKind::Next`], which answers with the next request; after the last one the host has written everything.
//! - **A lowered import** ([`HostImportKind::Call`]) has the core type of `canon lower`; if [`Image`] says that it
//!   `allocates`, its result is a request instead (such a function has no flat results of its own).
//! - **An export** ([`LiftExport`]) takes its flat parameters directly, or, if they need allocations, takes the first
//!   request, and gets the flat parameters from [`HostImportKind::Take`] once all requests are served. It returns its
//!   flat results directly, or passes them to [`HostImportKind::Give`] before it calls `post-return`.
//! - **A function that waits** may be called again by generated code ([`HostImport::retries`]), in a loop with
//!   [`HostImportKind::Park`].
//! - **Resources** live in tables of the host: [`HostImportKind::ResourceNew`] and its kin.
//! - **`may_enter` and `may_leave`** are globals of the image, which generated code checks and sets.
//!
//! Pure: a plan and bytes in, bytes and tables out.

mod emit;
mod error;
mod fuse;
mod image;
mod link;

pub use error::ImageError;
pub use image::{
    BuildOptions, FuncOrigin, HostImport, HostImportKind, Image, LiftExport, NO_REQUEST, ParamMode, ResultMode,
    TrapCode, request, split_request,
};

use tambo_component_plan::Plan;

/// The image of a plan, whose modules lie in the bytes of its component.
///
/// # Errors
///
/// The component needs what is not there yet, or the image would be larger than allowed.
pub fn build(plan: &Plan, component: &[u8], options: &BuildOptions) -> Result<Image, ImageError> {
    let declared = emit::declare(plan, options)?;
    let size = component.len();
    fuse::fuse(plan, component, options, declared, |declared, places| {
        emit::generate(plan, declared, options, size, places)
    })
}

/// Where instructions of an image are in its core modules. A place is a function of the image and an offset from the
/// start of its body, the answer an offset from the start of the module that [`Image::origin`] names; none if the
/// function is generated, or not that long.
///
/// # Errors
///
/// The image was not made of this plan and component.
pub fn locate(
    plan: &Plan,
    component: &[u8],
    image: &Image,
    places: &[(u32, u64)],
) -> Result<Vec<Option<u64>>, ImageError> {
    let declared = emit::declare(plan, &BuildOptions { waiting: image.waiting.clone(), ..BuildOptions::default() })?;
    fuse::locate(plan, component, image, &declared, places)
}
