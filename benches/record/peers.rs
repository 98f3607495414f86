//! Other libraries around the same function, each as its own documentation shows: counting by outcome and taking the
//! duration.
#![allow(clippy::disallowed_methods)] // most of them leave the clock to the caller

use std::future::Future;
use std::sync::LazyLock;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use autometrics::autometrics;
use autometrics::objectives::{Objective, ObjectiveLatency, ObjectivePercentile};
use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider, Temporality};

use crate::harness::Candidate;
use crate::work::{Refused, number, work};

/// Seconds, as most of them use for latencies.
const BUCKETS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

const OBJECTIVE: Objective = Objective::new("bench")
    .success_rate(ObjectivePercentile::P99_9)
    .latency(ObjectiveLatency::Ms250, ObjectivePercentile::P99);

#[autometrics(objective = OBJECTIVE)]
#[inline(never)]
fn with_autometrics(x: u64) -> Result<u64, Refused> {
    work(x)
}

#[inline(never)]
fn with_metrics_macros(x: u64) -> Result<u64, Refused> {
    let began = Instant::now();
    let value = work(x);
    let result = if value.is_ok() { "ok" } else { "error" };
    metrics::counter!("calls_total", "function" => "work", "result" => result).increment(1);
    metrics::histogram!("call_seconds", "function" => "work").record(began.elapsed());
    value
}

type Count = prometheus_client::metrics::counter::Counter<u64, AtomicU64>;

static PROMETHEUS: LazyLock<(Count, Count, prometheus_client::metrics::histogram::Histogram)> = LazyLock::new(|| {
    let histogram = prometheus_client::metrics::histogram::Histogram::new(BUCKETS);
    (Count::default(), Count::default(), histogram)
});

#[inline(never)]
fn with_prometheus_client(x: u64) -> Result<u64, Refused> {
    let (ok, error, seconds) = &*PROMETHEUS;
    let began = Instant::now();
    let value = work(x);
    if value.is_ok() {
        ok.inc()
    } else {
        error.inc()
    };
    seconds.observe(began.elapsed().as_secs_f64());
    value
}

/// Goes nowhere.
struct Nowhere;

impl PushMetricExporter for Nowhere {
    fn export(&self, _: &ResourceMetrics) -> impl Future<Output = OTelSdkResult> + Send {
        std::future::ready(Ok(()))
    }
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}

struct Telemetry {
    calls: opentelemetry::metrics::Counter<u64>,
    seconds: opentelemetry::metrics::Histogram<f64>,
    _provider: SdkMeterProvider,
}

static TELEMETRY: LazyLock<Telemetry> = LazyLock::new(|| {
    let reader = PeriodicReader::builder(Nowhere).with_interval(Duration::from_mins(1)).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    let meter = provider.meter("bench");
    Telemetry {
        calls: meter.u64_counter("calls").build(),
        seconds: meter.f64_histogram("call.seconds").with_boundaries(BUCKETS.to_vec()).build(),
        _provider: provider,
    }
});

#[inline(never)]
fn with_opentelemetry(x: u64) -> Result<u64, Refused> {
    let Telemetry { calls, seconds, .. } = &*TELEMETRY;
    let began = Instant::now();
    let value = work(x);
    let result = KeyValue::new("result", if value.is_ok() { "ok" } else { "error" });
    let labels = [KeyValue::new("function", "work"), result];
    calls.add(1, &labels);
    seconds.record(began.elapsed().as_secs_f64(), &labels[..1]);
    value
}

static METRIKEN_CALLS: metriken::ShardedCounterGroup = metriken::ShardedCounterGroup::new(2);
static METRIKEN_NANOS: metriken::ShardedCounterHistogram = metriken::ShardedCounterHistogram::new(3, 36);

#[inline(never)]
fn with_metriken(x: u64) -> Result<u64, Refused> {
    let began = Instant::now();
    let value = work(x);
    METRIKEN_CALLS.increment(usize::from(value.is_err()));
    let _ = METRIKEN_NANOS.increment(began.elapsed().as_nanos() as u64);
    value
}

#[tracing::instrument(err)]
#[inline(never)]
fn with_tracing(x: u64) -> Result<u64, Refused> {
    work(x)
}

/// All but tracing under a subscriber.
pub(crate) fn candidates() -> Vec<Candidate> {
    autometrics::prometheus_exporter::init();
    metrics_exporter_prometheus::PrometheusBuilder::new()
        .set_buckets(&BUCKETS)
        .expect("there are buckets")
        .install_recorder()
        .expect("nobody else has installed a recorder");
    vec![
        Candidate::new("autometrics, objective, default backend", |x| number(with_autometrics(x))),
        Candidate::new("metrics macros, Prometheus recorder", |x| number(with_metrics_macros(x))),
        Candidate::new("prometheus-client handles", |x| number(with_prometheus_client(x))),
        Candidate::new("opentelemetry SDK, counter and histogram", |x| number(with_opentelemetry(x))),
        Candidate::new("metriken, sharded", |x| number(with_metriken(x))),
        Candidate::new("tracing::instrument(err), no subscriber", |x| number(with_tracing(x))),
    ]
}

/// From here on spans are kept.
pub(crate) fn subscribe() {
    tracing::subscriber::set_global_default(tracing_subscriber::registry()).expect("there is no subscriber yet");
}

pub(crate) fn under_registry() -> Candidate {
    Candidate::new("tracing::instrument(err), registry", |x| number(with_tracing(x)))
}
