//! x
#![allow(dead_code, missing_docs)]
mod clock;
mod name;
pub mod slo;
mod spec;
mod sync;
pub use clock::Timestamp;
pub use spec::*;
