//! `GateLayer`: a gate in front of a whole router, which asks before anything of a request's body is read.
//!
//! Layer 6, inside `tower`.

mod body;
mod future;
mod layer;

pub use body::GateBody;
pub use future::GateFuture;
pub use layer::{GateLayer, GateService};
