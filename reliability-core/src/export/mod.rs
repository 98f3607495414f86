//! The doors out: each renders a report or an event for somebody else's engine, and nothing imports them.
//!
//! Layer 6: imports engine (events, reports, ports), sli (trace references), slo, spec, clock.

#[cfg(feature = "serde")]
pub(crate) mod json;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(feature = "opentelemetry")]
mod opentelemetry;
#[cfg(feature = "tracing")]
mod tracing;

use crate::engine::port::Sink;

/// The sinks that are compiled in.
pub(crate) fn sinks() -> Vec<Box<dyn Sink>> {
    #[cfg(feature = "opentelemetry")]
    opentelemetry::install();
    #[cfg(feature = "tracing")]
    tracing::install();
    vec![
        #[cfg(feature = "metrics")]
        Box::new(metrics::MetricsSink::default()),
        #[cfg(feature = "tracing")]
        Box::new(tracing::TracingSink),
    ]
}
