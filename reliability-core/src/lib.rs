//! x
#![allow(dead_code, missing_docs)]
mod clock;
mod name;
mod spec;
mod sync;
pub use clock::Timestamp;
pub use spec::*;
