//! What an engine that watches the whole fleet knows.
//!
//! A Prometheus, Thanos, Mimir or `VictoriaMetrics` that scrapes this service keeps what its replicas counted, also of those that are gone.
//! [`Builder::backfill`](crate::Builder::backfill) reads histories from it at the start: for a host without a disk, or one whose disk is gone with it.
//!
//! ```no_run
//! use reliability_core::Reliability;
//! let reliability = Reliability::builder().backfill("http://prometheus:9090").start()?;
//! # Ok::<(), reliability_core::StartError>(())
//! ```
//!
//! # How it is read
//! By the plain query API, minute by minute, each replica's counters by themselves: a drop is a restart and contributes what is counted since,
//! a replica that appears later than the others began at nothing, and only then are they added up. A minute without a sample is one that
//! nobody observed. Whatever cannot be known is taken for the worse: see `backfill`.
//!
//! # Limits
//! The start waits for at most [`Prometheus::wait`] (two seconds unless said otherwise); a history that comes later is gone on with
//! then, and what was counted meanwhile is added. Where a store has been gone on with, nothing is read: it knows better.
//!
//! Layer 4: an edge; imports clock, spec, slo, engine, reliability.

mod answer;
mod backfill;
mod query;

pub use query::{Prometheus, QueryError};

/// Reads an answer to a range query, whatever it is. For the fuzzer, not an interface.
#[doc(hidden)]
pub fn __reads(bytes: &[u8]) -> bool {
    answer::series(bytes).is_ok()
}
