//! placeholder head
#![allow(dead_code, missing_docs)]
extern crate self as reliability_core;

mod clock;
mod name;
pub(crate) mod sli;
mod spec;
mod support;
mod sync;

pub use clock::Timestamp;
pub use name::{NameError, NameFault};
pub use reliability_macros::{Outcome, sli, slis};

pub use sli::{Call, Catalogue, CatalogueError, Classify, Labels, Outcome, Sli, catalogue, FailureKind, TraceRef};
pub use spec::*;
#[doc(hidden)]
pub mod __private {
    pub use crate::name::PathName;
    pub use crate::sli::{Registered, probe, Precise, ToMillis, Untimed, Watch};
    pub use inventory;
    pub use crate::support::*;
}

pub mod tmp { pub fn cal(){crate::clock::calibrate()} #[inline(always)] pub fn pair()->f64{ let t=crate::clock::Ticks::now(); t.elapsed_nanos() }
#[inline(always)] pub fn one(){ std::hint::black_box(crate::clock::Ticks::now()); } }

/// Tells a web layer around this call that the function is a request's handler, if its type is one of a response.
#[doc(hidden)]
#[macro_export]
macro_rules! __mark_handler {
    ($value:ty) => {};
}
