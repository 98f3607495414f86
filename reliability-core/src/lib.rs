//! A service that knows how reliable it is, and helps itself: SLIs, error budgets, burn-rate alerts, and what to switch off about
//! them, inside the process.
//!
//! ```
//! use reliability_core::{Reliability, sli};
//! # #[derive(Debug)] struct Receipt; #[derive(Debug)] struct Declined;
//!
//! #[sli(name = "checkout", objective = "99.9%", latency = "99% < 250ms", feature = "purchase", owner = "payments")]
//! fn checkout(amount: u32) -> Result<Receipt, Declined> {
//!     if amount == 13 { Err(Declined) } else { Ok(Receipt) }
//! }
//!
//! let reliability = Reliability::start()?; // one line in `main`; no server beside it, no async runtime needed
//!
//! for amount in 0..100 {
//!     let _ = checkout(amount);
//! }
//!
//! let report = reliability.stop();
//! let slo = report.slo("checkout-availability").unwrap();
//! assert_eq!((slo.good, slo.bad), (99, 1));
//! assert!(slo.budget_remaining < 0.0); // 1 of 100 failed where 0.1 may
//! # Ok::<(), reliability_core::StartError>(())
//! ```
//!
//! # How to find your way
//! - **Measure**: `#[sli]` on a function (its arguments: [`macro@sli`]), [`slis!`] and [`Sli`] by hand, [`Classify`] and
//!   `#[derive(Outcome)]` for what an error means, [`tower::SliLayer`](crate::tower) for a whole router.
//! - **Judge**: [`Reliability`] starts a thread that ticks once a second and is woken by failures; [`slo`] holds the
//!   arithmetic, usable without it.
//! - **Ask first**: a handler asks a [`Flag`], a [`Ladder`], a [`Dimmer`], a [`Gate`], by hand or by [`macro@flag`], [`macro@degrade`] and
//!   [`macro@shed`]; calls out go through a [`Breaker`], a [`RetryBudget`], a [`Bulkhead`].
//! - **Act**: a [`compensate::Policy`] says when which of them is turned, how one sees that it helped, and how it is given back;
//!   what lies outside the process is a [`compensate::Compensator`] or a hook.
//! - **Read**: [`Handle::report`] gives a [`Report`]; it goes out through the `metrics` facade, as `tracing` events, as JSON
//!   and as a page ([`mod@status`]); a [`Sink`] of your own gets events and reports too.
//! - **Keep**: [`Builder::store`] has budgets outlive the process ([`mod@store`]).
//! - **Test**: [`mod@testkit`] judges your own counts on a clock that you move, and plays overload and faults in virtual time
//!   (`testkit::simulation`).
//! - **Understand**: the [`guide`] leads from choosing an indicator to testing objectives.
//!
//! # What a call costs
//! A good, fast call: two reads of the processor's counter and two uncontended increments in memory of its own thread. No
//! lock, no allocation, no system call, nothing that can fail or panic. The measured table stands in `benches/README.md`.
//!
//! # The rooms
//! Imports go downward only, which a test holds:
//!
//! ```text
//! edges       export  status  fleet  hook  openfeature  watch            the only rooms that touch the world
//!             tower  http  axum  tonic  stream
//! front door  reliability
//! response    compensate                                            act on judgements, under a lease
//! engine      engine                                                the loop: read counts, judge, tell
//! judgement   document  slo                                         what was promised; pure functions of (counts, time)
//! request     admission  sli                                        all that a request ever touches
//! ground      clock  name  spec  sync  table
//! beside      testkit                                               may import all, imported by none
//!             guide                                                 these pages; in no build but the documentation's
//! ```
//!
//! # Features
//! - **metrics** (default): series through the `metrics` facade, under whichever recorder is installed.
//! - **tracing** (default): events of state changes; failures remember the span they happened in.
//! - **serde**: [`Report`] as JSON, documented and versioned.
//! - **status**: the live page and its JSON as routes for axum. **listener**: the same on a thread of its own.
//! - **tower**: [`tower::SliLayer`](crate::tower), one SLI for each method and route. **axum**: the route that axum matched.
//! - **document**: [`Builder::documents`], objectives, features, policies and planned time from documents of `OpenSLO` and own kinds,
//!   followed while the service runs; [`mod@document`] reads them without a service.
//! - **fleet**: [`mod@fleet`], replicas' counts merged, the fleet's verdict from a Prometheus-compatible engine, and histories from
//!   one at the start; **fleet-https** for engines with `https`, which needs a C compiler.
//! - **hook**: [`hook::Hook`](crate::hook), signed webhooks and commands as compensators; **hook-https** for webhooks to `https`, which
//!   needs a C compiler.
//! - **http**, **tonic**: outcomes of HTTP and gRPC status codes.
//! - **store**: [`mod@store`], budgets that outlive the process, in one file.
//! - **stream**: streams judged at their end.
//! - **openfeature**: [`openfeature::FlagSource`](crate::openfeature), flags from any provider of OpenFeature.
//! - **opentelemetry**: failures remember their trace and span id.
//! - **opentelemetry-metrics**: [`OpenTelemetryMetrics`], series through OpenTelemetry's metrics interface, under the SDK that
//!   the service has. **otlp**: [`Otlp`], the same over OTLP without an SDK, with whole histograms and with failures as exemplars;
//!   **otlp-https** for endpoints with `https`, which needs a C compiler.
//! - **tracing-layer**: [`SpanLayer`] marks the spans of calls that did not go well with outcome and budget.
//! - **generate**: [`Reliability::export`], rules for Prometheus, routes for Alertmanager, dashboards for Grafana and a catalogue,
//!   all written from the objectives.
//! - **testkit**: for tests.
//! - **full**: all of these but `fleet-https`, `hook-https`, `otlp-https` and `testkit`.
//!
//! Features add; none changes behaviour by being on. `RELIABILITY=off` in the environment switches everything off.
#![warn(missing_docs)]

extern crate self as reliability_core;

pub mod admission;
#[cfg(feature = "axum")]
mod axum;
#[cfg(feature = "calendar")]
mod calendar;
#[cfg(not(feature = "calendar"))]
#[path = "calendar/without.rs"]
mod calendar;
mod clock;
pub mod compensate;
#[cfg(feature = "document")]
pub mod document;
mod engine;
mod export;
#[cfg(feature = "generate")]
#[path = "reliability/exporting.rs"]
mod exporting;
#[cfg(feature = "fleet")]
pub mod fleet;
#[cfg(all(doc, feature = "full", feature = "testkit"))]
pub mod guide;
#[cfg(feature = "hook")]
pub mod hook;
#[cfg(feature = "http")]
pub mod http;
mod name;
#[cfg(feature = "openfeature")]
pub mod openfeature;
mod reliability;
mod sli;
pub mod slo;
mod spec;
#[cfg(feature = "status")]
pub mod status;
#[cfg(feature = "store")]
pub mod store;
#[cfg(feature = "stream")]
mod stream;
mod support;
mod sync;
mod table;
#[cfg(feature = "testkit")]
pub mod testkit;
#[cfg(feature = "tonic")]
mod tonic;
#[cfg(feature = "tower")]
pub mod tower;
#[cfg(feature = "document")]
pub mod watch;

pub use admission::{
    ASK_HEADER, Arm, ArmCounts, Ask, AskError, Breaker, BreakerReport, BreakerState, Bulkhead, Detached, Dimmer,
    Fallback, Flag, Gate, GateMode, GateReport, Ladder, Pass, Permit, Priority, PriorityError, RefusedReport,
    RetriesReport, Retry, RetryBudget, SetBy, Share, Shed, ShedReason, SwitchError, SwitchErrors, check_switches,
};
pub use calendar::ZoneError;
pub use clock::Timestamp;
pub use engine::event::{Event, EventKind};
pub use engine::farewell::Stopping;
pub use engine::feature_report::{FeatureReport, FixReport, PartReport};
pub use engine::fleet::{FleetPair, FleetReport, FleetSlo, FleetStanding, FleetWindow};
pub use engine::identity::Identity;
pub use engine::port::Sink;
pub use engine::replica::{REPLICA_VERSION, Replica};
pub use engine::report::{
    AlertReport, Counts, DocumentsReport, FailureReport, GuardReport, LatencyReport, MaintenanceReport, REPORT_VERSION,
    Report, SliReport, SloKind, SloReport,
};
pub use engine::response::{
    ActedReport, ApprovalReport, ApprovalState, CompensationAction, KnownGoodReport, Phase, PolicyMode, PolicyReport,
    ProviderReport, ResponseReport, StepReport, SwitchKind, SwitchReport,
};
pub use engine::shared::ChangeError;
pub use engine::stored::{StoreReport, StoreStanding};
pub use engine::words::Standing;
#[cfg(feature = "generate")]
pub use export::generate::Export;
#[cfg(feature = "serde")]
pub use export::json::with_error_texts;
#[cfg(feature = "opentelemetry-metrics")]
pub use export::opentelemetry_metrics::OpenTelemetryMetrics;
#[cfg(feature = "otlp")]
pub use export::otlp::{Buckets, Otlp, OtlpError};
#[cfg(feature = "tracing-layer")]
pub use export::span_layer::SpanLayer;
pub use name::{NameError, NameFault};
pub use reliability::{Builder, Handle, Reliability, STOP_WITHIN, StartError};
pub use reliability_macros::{Outcome, degrade, flag, shed, sli, slis};
pub use sli::{
    Call, Catalogue, CatalogueError, CatalogueErrors, Classify, FailureKind, Labels, OTHER, Outcome, Sli, TraceRef,
    catalogue,
    journey::{self, Feature, Journey},
};
pub use slo::composite::{FeatureError, FeatureFault};
pub use slo::{Maintenance, Severity};
pub use spec::{
    CalendarUnit, Cancelled, Component, FeatureSpec, Finding, Latency, Level, MAX_LATENCIES, Method, Missing,
    Objective, PartSpec, Place, Ratio, Reading, SliSpec, Slice, SliceTarget, SpecError, Timing, Window, Zone,
    format_duration, parse_duration,
};
#[cfg(feature = "stream")]
pub use stream::Measured;

#[doc(hidden)]
pub mod __private {
    //! What generated code names. Not an interface: it changes without notice.
    pub use crate::admission::RegisteredSwitch;
    pub use crate::clock::Stamp;
    pub use crate::name::PathName;
    pub use crate::sli::{Precise, Registered, ToMillis, Untimed, Watch, probe};
    pub use crate::support::*;
    pub use inventory;
}

#[doc(hidden)]
pub mod __bench {
    //! What tests and benches count beside what is reported. Not an interface: it changes without notice.
    pub use crate::sli::record::bell::rings;
}
