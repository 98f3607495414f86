//! Counting: cells per thread, summed by the loop.
//!
//! Layer 1, inside `sli`: imports clock, spec, sync.

pub(crate) mod bell;
pub(crate) mod block;
pub(crate) mod buckets;
#[cfg(all(test, loom))]
mod loom_tests;
pub(crate) mod meter;
pub(crate) mod realm;
pub(crate) mod seats;
