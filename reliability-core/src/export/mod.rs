//! The doors out: each renders a report or an event for somebody else's engine, and nothing imports them.
//!
//! Layer 6: imports engine (events, reports, ports), sli (trace references), admission (reports of gates), slo, spec, clock.

#[cfg(any(feature = "metrics", feature = "opentelemetry-metrics", feature = "otlp"))]
mod acting;
#[cfg(feature = "generate")]
pub(crate) mod generate;
#[cfg(feature = "serde")]
pub(crate) mod json;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(feature = "opentelemetry")]
mod opentelemetry;
#[cfg(feature = "opentelemetry-metrics")]
pub(crate) mod opentelemetry_metrics;
#[cfg(feature = "otlp")]
pub(crate) mod otlp;
#[cfg(any(feature = "metrics", feature = "opentelemetry-metrics", feature = "otlp"))]
// the facade needs its words only
#[cfg_attr(not(any(feature = "opentelemetry-metrics", feature = "otlp")), allow(dead_code))]
mod series;
#[cfg(feature = "tracing-layer")]
pub(crate) mod span_layer;
#[cfg(feature = "tracing")]
mod tracing;

use crate::engine::port::Sink;

/// The sinks that are compiled in.
pub(crate) fn sinks() -> Vec<Box<dyn Sink>> {
    #[cfg(feature = "opentelemetry")]
    opentelemetry::install();
    #[cfg(feature = "tracing")]
    tracing::install();
    #[cfg(feature = "tracing-layer")]
    span_layer::install();
    vec![
        #[cfg(feature = "metrics")]
        Box::new(metrics::MetricsSink::default()),
        #[cfg(feature = "tracing")]
        Box::new(tracing::TracingSink),
        #[cfg(feature = "tracing-layer")]
        Box::new(span_layer::BudgetSink),
    ]
}
