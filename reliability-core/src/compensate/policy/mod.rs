//! Policies: when which compensator engages, how one sees that it helped, and how it is released.
//!
//! Layer 4, within `compensate`.

pub(crate) mod builder;
#[cfg(all(test, not(loom)))]
mod exploration;
mod limits;
pub(crate) mod machine;
pub(crate) mod trigger;
pub(crate) mod words;
