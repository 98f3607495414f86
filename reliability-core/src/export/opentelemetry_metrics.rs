//! Series through OpenTelemetry's metrics interface, for a service that has an SDK and its pipeline already.
//!
//! Every instrument is observable: the SDK asks when it collects, and is told absolute numbers, so that nothing is counted
//! twice and a reader that comes late misses nothing. One collection reads one report: a callback that is asked a second
//! time begins the next collection, and only then the newest report is taken. (Of two readers that collect at the same time,
//! one may see two reports.)
//!
//! What the interface cannot say: counts that are in buckets already are no histogram to it, so durations go out as
//! counters (`reliability.latency.bucket` by `le`, `.count`, `.sum`); a start time is the SDK's; exemplars are the SDK's
//! samplers' business, and observable instruments have none. [`Otlp`](crate::Otlp) says all three. And a limit to know: SDKs
//! keep 2,000 attribute sets an instrument unless told otherwise, and a bucket counter has 28 to 33 for each SLI, so from 60
//! SLIs on its stream needs a view with a higher cardinality limit, or what is beyond shows as `otel.metric.overflow`.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;

use super::acting::ACTING;
use super::features::FEATURES;
use super::series::{Attributes, BUCKETS, Kind, SERIES, Series, Value};
use crate::engine::port::Sink;
use crate::engine::report::Report;

/// Shows the report to an OpenTelemetry meter: a sink for [`Builder::sink`](crate::Builder::sink).
///
/// Instruments belong to the meter for good, so make one for each meter, after the provider was set up. Stop
/// [`Reliability`](crate::Reliability) first and the provider after it: its last collection then has the last counts.
///
/// ```no_run
/// use reliability_core::{OpenTelemetryMetrics, Reliability};
///
/// // opentelemetry::global::set_meter_provider(…) came before
/// let reliability = Reliability::builder().sink(OpenTelemetryMetrics::global()).start()?;
/// # Ok::<(), reliability_core::StartError>(())
/// ```
pub struct OpenTelemetryMetrics {
    shelf: Arc<Mutex<Shelf>>,
}

impl fmt::Debug for OpenTelemetryMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenTelemetryMetrics").finish_non_exhaustive()
    }
}

/// The newest report, and the one that the collection under way reads.
#[derive(Default)]
struct Shelf {
    newest: Option<Arc<Report>>,
    taken: Option<Arc<Report>>,
    /// A bit for each instrument that has read `taken`.
    read_by: u64,
}

impl Shelf {
    fn take(&mut self, instrument: usize) -> Option<Arc<Report>> {
        let bit = 1 << instrument;
        if self.taken.is_none() || self.read_by & bit != 0 {
            self.taken = self.newest.clone();
            self.read_by = 0;
        }
        self.read_by |= bit;
        self.taken.clone()
    }
}

impl OpenTelemetryMetrics {
    /// On the global provider's meter `reliability_core`. A provider that is set later is not found: until there is one,
    /// OpenTelemetry hands out meters that do nothing.
    pub fn global() -> Self {
        let scope = opentelemetry::InstrumentationScope::builder("reliability_core");
        Self::on(&opentelemetry::global::meter_with_scope(scope.with_version(env!("CARGO_PKG_VERSION")).build()))
    }

    /// On a meter of one's own.
    pub fn on(meter: &Meter) -> Self {
        let shelf = Arc::default();
        let named = ACTING.into_iter().chain(FEATURES).map(|(_, series)| series);
        for (place, series) in SERIES.into_iter().chain(BUCKETS).chain(named).enumerate() {
            register(meter, series, place, &shelf);
        }
        Self { shelf }
    }
}

impl Sink for OpenTelemetryMetrics {
    fn name(&self) -> &'static str {
        "opentelemetry"
    }

    fn wants_report(&mut self) -> bool {
        true
    }

    fn report(&mut self, report: &Report) {
        let report = Arc::new(report.clone());
        lock(&self.shelf).newest = Some(report);
    }
}

fn lock(shelf: &Mutex<Shelf>) -> MutexGuard<'_, Shelf> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

fn register(meter: &Meter, series: Series, place: usize, shelf: &Arc<Mutex<Shelf>>) {
    let shelf = Arc::clone(shelf);
    let read = move |observe: &mut dyn FnMut(&[KeyValue], Value)| {
        let report = lock(&shelf).take(place);
        if let Some(report) = report {
            (series.points)(&report, &mut |attributes, value| observe(&key_values(attributes), value));
        }
    };
    macro_rules! observable {
        ($kind:ident, $value:pat => $number:expr) => {{
            let builder = meter.$kind(series.name).with_unit(series.unit).with_description(series.help);
            let asked = builder.with_callback(move |to| {
                read(&mut |attributes, value| {
                    if let $value = value {
                        to.observe($number, attributes);
                    }
                });
            });
            // the handle does nothing: the callback belongs to the meter
            let _ = asked.build();
        }};
    }
    match series.kind {
        Kind::Counter => observable!(u64_observable_counter, Value::Count(count) => count),
        Kind::Sum => observable!(f64_observable_counter, Value::Number(number) => number),
        Kind::UpDown => {
            observable!(i64_observable_up_down_counter, Value::Count(count) => i64::try_from(count).unwrap_or(i64::MAX));
        }
        Kind::Gauge => observable!(f64_observable_gauge, Value::Number(number) => number),
    }
}

fn key_values(attributes: &Attributes<'_>) -> Vec<KeyValue> {
    attributes.iter().map(|(key, value)| KeyValue::new(*key, (*value).to_owned())).collect()
}
