//! Several components as one (Explainer.md, "Instance Definitions"): an outer component that holds the others, gives
//! each the exports of the others for its imports, imports what is left, and exports what is asked for.
//!
//! Nothing of the inner components changes: their bytes are copied. The types of imports that are left are written
//! anew from the plans, since an inner component's own declarations cannot be seen from outside.
//!
//! Pure: bytes in, bytes out.

mod composition;
mod error;
mod file;
mod imports;
mod outer;
mod writer;

pub use composition::{Composition, Export, Instance, Source, plug};
pub use error::ComposeError;
pub use file::{File, parse};
pub use outer::compose;
