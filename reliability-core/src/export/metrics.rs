//! Series through the `metrics` facade, under whichever recorder the service installs.
//!
//! Latency goes out as cumulative counters named like a Prometheus histogram (`_bucket{le}`, `_count`, `_sum`), set to
//! absolute values: the facade's own histogram takes single samples, so counts that are already in buckets would have to be
//! unpacked into a loop, and common recorders keep every sample until they are scraped. Lossy step: a counter of the facade
//! is a whole number, so `_sum` is a gauge.
//!
//! No exemplars: neither the facade nor its recorder for Prometheus has a place for them, so the trace of the last failure is
//! in the report.
//!
//! Handles are looked up when a recorder appears and then kept, for a look-up by key every second would cost an idle service
//! more than everything else here. Until a recorder is installed nothing is built at all.

use std::collections::HashMap;

use metrics::{Counter, Gauge, Key, KeyName, Label, Level, Metadata, Recorder, SharedString, Unit};

use super::acting::ACTING;
use super::series::{Kind, Value};
use crate::engine::port::Sink;
use crate::engine::report::{Counts, Report, SliReport, SloReport};
use crate::slo::{AlertState, Severity};
use crate::spec::format_duration;

const META: Metadata<'static> = Metadata::new("reliability", Level::INFO, Some("reliability_core"));

#[derive(Default)]
pub(super) struct MetricsSink {
    /// Which recorder the handles belong to: its address, used as a name and never followed.
    recorder: usize,
    counters: HashMap<Key, (Counter, u64)>,
    gauges: HashMap<Key, (Gauge, f64)>,
}

impl Sink for MetricsSink {
    fn name(&self) -> &'static str {
        "metrics"
    }

    fn wants_report(&mut self) -> bool {
        let (current, is_noop) = metrics::with_recorder(|recorder| {
            let current = std::ptr::from_ref(recorder).cast::<()>() as usize;
            (current, is_noop(recorder))
        });
        if current != self.recorder {
            self.recorder = current;
            self.counters.clear();
            self.gauges.clear();
            describe();
        }
        !is_noop
    }

    fn report(&mut self, report: &Report) {
        let service: Labels = [("service", report.service.service.clone())]
            .into_iter()
            .chain(report.service.version.clone().map(|version| ("version", version)))
            .chain(report.service.environment.clone().map(|environment| ("environment", environment)))
            .collect();
        self.gauge("reliability_loop_age_seconds", &service, report.loop_age.as_secs_f64());
        self.counter("reliability_dropped_events_total", &service, report.dropped_events);
        for sli in &report.slis {
            self.sli(&service, sli);
        }
        for (name, series) in &ACTING {
            (series.points)(report, &mut |attributes, value| {
                let labels = with(&service, attributes);
                match value {
                    Value::Count(count) if series.kind == Kind::Counter => self.counter(name, &labels, count),
                    Value::Count(count) => self.gauge(name, &labels, count as f64),
                    Value::Number(number) => self.gauge(name, &labels, number),
                    Value::Unknown => self.gauge(name, &labels, f64::NAN),
                }
            });
        }
    }
}

type Labels = Vec<(&'static str, String)>;

fn with(labels: &Labels, more: &[(&'static str, &str)]) -> Labels {
    labels.iter().cloned().chain(more.iter().map(|(key, value)| (*key, (*value).to_owned()))).collect()
}

fn key(name: &'static str, labels: &Labels) -> Key {
    let labels: Vec<Label> = labels.iter().map(|(key, value)| Label::new(*key, value.clone())).collect();
    Key::from_parts(name, labels)
}

impl MetricsSink {
    fn sli(&mut self, service: &Labels, sli: &SliReport) {
        let labels = with(service, &[("sli", sli.spec.name)]);
        self.counts("reliability_events_total", &labels, &sli.counts);
        self.counter("reliability_started_total", &labels, sli.counts.started);
        self.gauge("reliability_counts_begin_timestamp_seconds", &labels, sli.since.unix_nanos() as f64 / 1e9);
        self.gauge("reliability_in_flight", &labels, sli.in_flight as f64);
        self.gauge("reliability_stalled", &labels, f64::from(u8::from(sli.stalled_since.is_some())));
        for (value, counts) in &sli.labels {
            let label = sli.spec.label.unwrap_or("label");
            self.counts(
                "reliability_labelled_events_total",
                &with(&labels, &[("label", label), ("value", value)]),
                counts,
            );
        }
        let latency = &sli.latency;
        for (le, upto) in &latency.buckets {
            let le = format!("{}", le.as_secs_f64());
            self.counter("reliability_latency_seconds_bucket", &with(&labels, &[("le", &le)]), *upto);
        }
        self.counter("reliability_latency_seconds_bucket", &with(&labels, &[("le", "+Inf")]), latency.count);
        self.counter("reliability_latency_seconds_count", &labels, latency.count);
        self.gauge("reliability_latency_seconds_sum", &labels, latency.sum_seconds);
        for slo in &sli.slos {
            self.slo(&with(&labels, &[("slo", &slo.name)]), slo);
        }
    }

    fn counts(&mut self, name: &'static str, labels: &Labels, counts: &Counts) {
        for (outcome, count) in counts.by_outcome() {
            self.counter(name, &with(labels, &[("outcome", outcome)]), count);
        }
    }

    fn slo(&mut self, labels: &Labels, slo: &SloReport) {
        for (outcome, count) in [("good", slo.judged.good), ("bad", slo.judged.bad)] {
            self.counter("reliability_judged_total", &with(labels, &[("outcome", outcome)]), count);
        }
        self.gauge("reliability_objective_ratio", labels, f64::from(slo.objective.ppb()) / 1e9);
        self.gauge("reliability_budget_remaining_ratio", labels, slo.budget_remaining);
        self.gauge("reliability_coverage_ratio", labels, slo.coverage);
        for (window, burn) in &slo.burn {
            let labels = with(labels, &[("window", &format_duration(*window))]);
            // without events there is no rate, and a gauge says so with NaN, which PromQL compares as false
            self.gauge("reliability_burn_rate_ratio", &labels, burn.unwrap_or(f64::NAN));
        }
        for alert in &slo.alerts {
            let severity = if alert.severity == Severity::Page { "page" } else { "ticket" };
            let labels = with(labels, &[("rule", &alert.rule), ("severity", severity)]);
            let firing = matches!(alert.state, AlertState::Firing { .. });
            self.gauge("reliability_alert_firing", &labels, f64::from(u8::from(firing)));
            self.gauge("reliability_alert_held", &labels, f64::from(u8::from(alert.held_since.is_some())));
        }
        // a pair that other terms did away with would fire for ever: a recorder keeps what it was told last
        for (rule, _) in &slo.left_out {
            for (name, severity) in ["reliability_alert_firing", "reliability_alert_held"]
                .into_iter()
                .flat_map(|name| ["page", "ticket"].map(|severity| (name, severity)))
            {
                let labels = with(labels, &[("rule", rule), ("severity", severity)]);
                if self.gauges.contains_key(&key(name, &labels)) {
                    self.gauge(name, &labels, 0.0);
                }
            }
        }
    }

    fn counter(&mut self, name: &'static str, labels: &Labels, value: u64) {
        let key = key(name, labels);
        let register = || metrics::with_recorder(|recorder| recorder.register_counter(&key, &META));
        let (counter, last) = self.counters.entry(key.clone()).or_insert_with(|| (register(), u64::MAX));
        if *last != value {
            counter.absolute(value);
            *last = value;
        }
    }

    fn gauge(&mut self, name: &'static str, labels: &Labels, value: f64) {
        let key = key(name, labels);
        let register = || metrics::with_recorder(|recorder| recorder.register_gauge(&key, &META));
        let (gauge, last) = self.gauges.entry(key.clone()).or_insert_with(|| (register(), f64::INFINITY));
        if last.to_bits() != value.to_bits() {
            gauge.set(value);
            *last = value;
        }
    }
}

/// Whether nobody has installed a recorder. The facade cannot be asked, but the stand-in is a static of no size, and an
/// installed recorder lies in a box: one of no size is there at no real address.
fn is_noop(recorder: &dyn Recorder) -> bool {
    size_of_val(recorder) == 0 && std::ptr::from_ref(recorder).cast::<()>() as usize > 4096
}

fn describe() {
    metrics::with_recorder(|recorder| {
        for (name, unit, help) in COUNTERS {
            recorder.describe_counter(KeyName::from_const_str(name), unit, SharedString::const_str(help));
        }
        for (name, unit, help) in GAUGES {
            recorder.describe_gauge(KeyName::from_const_str(name), unit, SharedString::const_str(help));
        }
        for (name, series) in &ACTING {
            let (name, help) = (KeyName::from_const_str(name), SharedString::const_str(series.help));
            let unit = (series.unit == "s").then_some(Unit::Seconds);
            match series.kind {
                Kind::Counter => recorder.describe_counter(name, unit, help),
                _ => recorder.describe_gauge(name, unit, help),
            }
        }
    });
}

const COUNTERS: [(&str, Option<Unit>, &str); 7] = [
    ("reliability_events_total", None, "Ended calls of an SLI by outcome, each counted once."),
    ("reliability_judged_total", None, "Events of an SLO as it judges them: good and bad."),
    ("reliability_started_total", None, "Calls of an SLI that began."),
    ("reliability_labelled_events_total", None, "Ended calls of an SLI by a label's value and outcome."),
    ("reliability_latency_seconds_bucket", None, "Good and bad calls that took at most le seconds, cumulative."),
    ("reliability_latency_seconds_count", None, "Good and bad calls whose duration was taken."),
    ("reliability_dropped_events_total", None, "Events that a slow sink made the engine drop."),
];

const GAUGES: [(&str, Option<Unit>, &str); 11] = [
    (
        "reliability_counts_begin_timestamp_seconds",
        Some(Unit::Seconds),
        "When the counts of an SLI were zero, in unix time.",
    ),
    ("reliability_loop_age_seconds", Some(Unit::Seconds), "Time since the judging loop last ran."),
    ("reliability_in_flight", None, "Calls that began and have not ended."),
    ("reliability_stalled", None, "1 while calls start and none ends."),
    ("reliability_latency_seconds_sum", Some(Unit::Seconds), "Sum of the durations of good and bad calls."),
    ("reliability_objective_ratio", None, "The share of valid events that must be good."),
    (
        "reliability_budget_remaining_ratio",
        None,
        "The share of the error budget that is left; negative when overspent.",
    ),
    ("reliability_coverage_ratio", None, "The share of the budget's period that was observed."),
    ("reliability_burn_rate_ratio", None, "Burn rate over a window; 1 spends the budget exactly over its period."),
    ("reliability_alert_firing", None, "1 while a pair of windows fires."),
    ("reliability_alert_held", None, "1 while a pair keeps its last decision for want of data."),
];
