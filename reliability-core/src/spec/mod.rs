//! What is promised: plain data that can stand in a `const`, so that an attribute's promise is checked by the compiler.
//!
//! Everything here but a feature is `Copy` and built by `const fn`. Texts such as `"99.9%"`, `"99% < 250ms"` and `"30d"` have one reader
//! each, used by documents and builders alike; the macros have readers of their own, because they must point at the
//! literal, and one table of good and bad texts in the tests runs through both.
//!
//! Layer 0: imports name.

mod feature;
mod method;
mod objective;
mod rungs;
mod sli;
mod text;
mod window;

pub use feature::{Component, FeatureSpec, Missing, PartSpec, Reading};
pub use method::{Method, Slice, SliceTarget};
pub use objective::{Objective, Ratio};
pub(crate) use rungs::{MAX_RUNGS, check_rungs};
pub use sli::{Cancelled, Latency, MAX_LATENCIES, Place, SliSpec, Timing};
pub use text::{SpecError, format_duration, parse_duration};
pub use window::{CalendarUnit, Window, Zone};
