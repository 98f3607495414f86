//! What leaves over OTLP, by our own exporter and through OpenTelemetry's SDK: read behind a real collector.

mod arrives;
mod expected;
mod histograms;
mod interface;
mod names;
mod receiver;
#[path = "../tools/mod.rs"]
mod tools;
mod trouble;
