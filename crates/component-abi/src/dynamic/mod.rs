//! Values whose type is known at run time only: [`Val`](crate::Val).
//!
//! Everything that lifting allocates is charged to the budget before it is allocated. Lowering is in three steps:
//! [`check`] (or [`check_params`]) finds a value of the embedder that does not fit its type; `requests` lists the
//! allocations; `store` and `lower_flat` write, and take a value that does not fit for a bug.
//!
//! Streams, futures and error contexts are not values here yet: lifting them is a fault, lowering them a mismatch.

mod check;
mod lift;
mod lower;
mod show;
mod values;

pub use check::{check, requests};
pub(crate) use check::{check_list, check_text};
pub use lift::{lift_flat, load};
pub use lower::{lower_flat, store};
pub use show::{show_params, show_result};
pub use values::{
    check_params, check_result, lift_params, lift_result, lower_params, lower_result, offer_params, offer_result,
    request_params, request_result, result_spills,
};
