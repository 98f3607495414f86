//! Metrics over OTLP (HTTP, protobuf), of our own reading: counts as they are, histograms as histograms.
//!
//! OpenTelemetry's metrics interface takes single measurements or single numbers, so what has been counted into buckets
//! already cannot go through it as a histogram, and every start time is the SDK's. The protocol can say both, so [`Otlp`]
//! speaks the protocol: cumulative points that begin when this engine began, all cells of a histogram, failures with trace
//! and span as exemplars. `render` makes a report into a request, `worker` sends it from a thread of its own, `settings` says
//! where to.
//!
//! Layer 6: imports engine (reports, the port), sli, clock.

mod render;
mod settings;
mod wire;
mod worker;

use std::fmt;
use std::time::Duration;

pub use settings::OtlpError;
use settings::{Settings, checked, shown};
use worker::Worker;

use crate::clock::monotonic_nanos;
use crate::engine::port::Sink;
use crate::engine::report::Report;

/// How durations go out. All forms are exact as far as they go: no call stands in a bucket that it does not belong to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Buckets {
    /// A histogram in seconds with a bound at each of our own, 209 from 1 µs to 69 s, and at each latency threshold: a
    /// percentile read from it is at most 12.5 % off. 3.4 kB an SLI.
    #[default]
    All,
    /// The same with the bounds of the Prometheus series: powers of two of nanoseconds, and each latency threshold. 27 bounds.
    Octaves,
    /// An exponential histogram of scale 0 in *nanoseconds*, the only one whose bounds are bounds of ours. It has no thresholds
    /// and no end: what took longer than 69 s stands in its last bucket, which reads "up to 137 s".
    Exponential,
}

/// Sends metrics over OTLP: a sink for [`Builder::sink`](crate::Builder::sink).
///
/// The first request goes out at the start, with everything at zero, then one each interval, and the last at the stop, which
/// waits for it: a job of 50 ms loses nothing. Requests are sent from a thread of their own. One that fails is told once
/// through `tracing`, and told again when the next has arrived. While the receiver is away nothing piles up, for the newest
/// report contains the older ones.
///
/// ```no_run
/// use reliability_core::{Otlp, Reliability};
/// use std::time::Duration;
///
/// // what the environment says, see the list in `from_env`
/// let otlp = Otlp::from_env()?;
/// let reliability = Reliability::builder().service("shop").sink(otlp).start()?;
///
/// // or said here
/// let otlp = Otlp::to("http://collector:4318/v1/metrics")?.interval(Duration::from_secs(10)).header("x-tenant", "shop")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Otlp {
    settings: Settings,
    worker: Option<Worker>,
    /// When the next report is wanted, on the monotonic clock.
    due: Duration,
}

impl fmt::Debug for Otlp {
    /// Without headers and whatever else may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Otlp").field("endpoint", &shown(&self.settings.endpoint)).finish_non_exhaustive()
    }
}

impl Otlp {
    /// As OpenTelemetry's environment variables say: `OTEL_EXPORTER_OTLP_[METRICS_]ENDPOINT`, `…HEADERS`, `…TIMEOUT`,
    /// `…PROTOCOL`, `OTEL_METRIC_EXPORT_INTERVAL`, `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION` and
    /// `OTEL_RESOURCE_ATTRIBUTES`. Without any: `http://localhost:4318/v1/metrics`, every 60 s, each request at most 10 s.
    ///
    /// An endpoint with `https` needs the feature `otlp-https`.
    ///
    /// # Errors
    /// If one of them says what cannot be meant.
    pub fn from_env() -> Result<Self, OtlpError> {
        Settings::read(|name| std::env::var(name).ok()).map(|settings| Self {
            settings,
            worker: None,
            due: Duration::ZERO,
        })
    }

    /// To this URL, taken as it is, the rest as the environment says.
    ///
    /// # Errors
    /// If it is no URL with `http` or `https`, or the environment says what cannot be meant.
    pub fn to(endpoint: &str) -> Result<Self, OtlpError> {
        let endpoint = checked(endpoint.to_owned())?;
        Self::from_env().map(|otlp| Self { settings: Settings { endpoint, ..otlp.settings }, ..otlp })
    }

    /// Adds a header to each request, or replaces one; it is never logged.
    ///
    /// # Errors
    /// If no header can be called so or hold this.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, OtlpError> {
        self.settings.header(name, value).map(|()| self)
    }

    /// The longest that one request may take.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = timeout;
        self
    }

    /// How often; below a second it is every second, for that is how often there are new figures.
    #[must_use]
    pub fn interval(mut self, interval: Duration) -> Self {
        self.settings.interval = interval;
        self
    }

    /// How durations go out.
    #[must_use]
    pub fn buckets(mut self, buckets: Buckets) -> Self {
        self.settings.buckets = buckets;
        self
    }
}

impl Sink for Otlp {
    fn name(&self) -> &'static str {
        "otlp"
    }

    fn wants_report(&mut self) -> bool {
        // reports come on whole seconds: one that is early by the jitter of a tick is not put off by a second
        now() + Duration::from_millis(100) >= self.due
    }

    fn report(&mut self, report: &Report) {
        self.due = now().saturating_add(self.settings.interval);
        if self.worker.is_none() {
            match Worker::start(self.settings.clone()) {
                Ok(worker) => self.worker = Some(worker),
                Err(error) => {
                    tracing::warn!(target: "reliability", %error, "no thread for OTLP; tried again at the next interval");
                }
            }
        }
        if let Some(worker) = &self.worker {
            worker.offer(report.clone());
        }
    }

    fn flush(&mut self, within: Duration) {
        if let Some(worker) = self.worker.take() {
            worker.end(within);
        }
    }
}

fn now() -> Duration {
    Duration::from_nanos(monotonic_nanos())
}
