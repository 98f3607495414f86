//! placeholder head
#![warn(missing_docs)]
extern crate self as reliability_core;

mod clock;
mod engine;
mod export;
mod name;
mod reliability;
mod sli;
pub mod slo;
mod spec;
#[cfg(feature = "status")]
pub mod status;
mod sync;
#[cfg(feature = "testkit")]
pub mod testkit;

pub use clock::Timestamp;
pub use engine::event::{Event, EventKind};
pub use engine::identity::Identity;
pub use engine::port::Sink;
pub use engine::report::{
    AlertReport, Counts, FailureReport, LatencyReport, REPORT_VERSION, Report, SliReport, SloKind, SloReport,
};
#[cfg(feature = "serde")]
pub use export::json::with_error_texts;
pub use name::{NameError, NameFault};
pub use reliability::{Builder, Handle, Reliability, STOP_WITHIN, StartError};
pub use sli::{
    Call, Catalogue, CatalogueError, CatalogueErrors, Classify, FailureKind, Labels, OTHER, Outcome, Sli, TraceRef,
    catalogue,
};
pub use slo::Severity;
pub use spec::{
    Cancelled, Latency, MAX_LATENCIES, Objective, Place, Ratio, SliSpec, SpecError, Timing, Window, format_duration,
    parse_duration,
};

#[doc(hidden)]
pub mod __private {
    //! What generated code names. Not an interface: it changes without notice.
    pub use crate::name::PathName;
    pub use crate::sli::{Precise, Registered, ToMillis, Untimed, Watch, probe};
    pub use inventory;
}

/// Tells a web layer around this call that the function is a request's handler, if its type is one of a response.
#[doc(hidden)]
#[macro_export]
macro_rules! __mark_handler {
    ($value:ty) => {};
}
