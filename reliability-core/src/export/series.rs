//! What OpenTelemetry is told, said once: each series with its unit, and how its points are read off a report.
//!
//! Two doors use it, the metrics API and our own exporter, so that both say the same. Names and attribute keys are chosen so
//! that the usual translation to Prometheus (dots become underscores, `_total` behind counters, a unit's word behind the
//! rest, `_ratio` for the unit 1, nothing for a unit in braces) gives the very names and labels of the `metrics` door: one
//! query, one rule, whichever way the series came. That is why the keys are `sli` and `outcome`, not `reliability.sli`: the
//! semantic conventions have no metrics for objectives, and for a key of one's own they ask for a prefix, which would cost
//! that equality. Where they do have a word it is used: `s` for seconds, an up-down counter for what is in flight,
//! `service.*` on the resource and never on a point.
//!
//! Three exceptions: latency goes out as counters over the metrics API, so its buckets end in `_total` there; the service's
//! name and version stand on the resource, not on each series; and an exponential histogram is in nanoseconds.
//!
//! A figure that nobody can know (a burn rate without events) is a point without a value, never a number.

use crate::engine::report::{Counts, Report, SliReport, SloReport};
use crate::slo::{AlertState, Severity};
use crate::spec::format_duration;

/// How a series adds up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Whole numbers that only grow.
    Counter,
    /// Numbers that only grow.
    Sum,
    /// Whole numbers that can be added over instances and go both ways.
    UpDown,
    /// What is now.
    Gauge,
}

/// One value of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    Count(u64),
    Number(f64),
    Unknown,
}

/// Keys with values.
pub(super) type Attributes<'a> = [(&'static str, &'a str)];
/// Takes one point.
pub(super) type Emit<'a> = dyn FnMut(&Attributes<'_>, Value) + 'a;

/// A series.
#[derive(Clone, Copy, Debug)]
pub(super) struct Series {
    pub(super) name: &'static str,
    pub(super) unit: &'static str,
    pub(super) help: &'static str,
    pub(super) kind: Kind,
    /// Reads its points off a report.
    pub(super) points: fn(&Report, &mut Emit<'_>),
}

pub(super) const fn series(
    kind: Kind,
    name: &'static str,
    unit: &'static str,
    help: &'static str,
    points: fn(&Report, &mut Emit<'_>),
) -> Series {
    Series { name, unit, help, kind, points }
}

/// The counter of ended calls, which carries the exemplars.
pub(super) const EVENTS: &str = "reliability.events";
/// The histogram of durations, where histograms can be sent, and the stem of the bucket counters where they cannot.
pub(super) const LATENCY: &str = "reliability.latency";
pub(super) const LATENCY_HELP: &str = "How long good and bad calls took.";

/// All series but the durations.
pub(super) const SERIES: [Series; 15] = [
    series(Kind::Counter, EVENTS, "{event}", "Ended calls of an SLI by outcome, each counted once.", |report, emit| {
        for sli in &report.slis {
            counts(&[("sli", sli.spec.name)], &sli.counts, emit);
        }
    }),
    series(Kind::Counter, "reliability.started", "{call}", "Calls of an SLI that began.", |report, emit| {
        each_sli(report, emit, |sli| Value::Count(sli.counts.started));
    }),
    series(
        Kind::Counter,
        "reliability.judged",
        "{event}",
        "Events of an SLO as it judges them: good and bad.",
        |report, emit| {
            for (sli, slo) in slos(report) {
                for (outcome, count) in [("good", slo.judged.good), ("bad", slo.judged.bad)] {
                    emit(&[("sli", sli), ("slo", &slo.name), ("outcome", outcome)], Value::Count(count));
                }
            }
        },
    ),
    series(
        Kind::Gauge,
        "reliability.counts_begin_timestamp",
        "s",
        "When the counts of an SLI were zero, in unix time.",
        |report, emit| each_sli(report, emit, |sli| Value::Number(sli.since.unix_nanos() as f64 / 1e9)),
    ),
    series(
        Kind::Counter,
        "reliability.labelled_events",
        "{event}",
        "Ended calls of an SLI by a label's value and outcome.",
        |report, emit| {
            for sli in &report.slis {
                for (value, of) in &sli.labels {
                    let label = sli.spec.label.unwrap_or("label");
                    counts(&[("sli", sli.spec.name), ("label", label), ("value", value)], of, emit);
                }
            }
        },
    ),
    series(
        Kind::Counter,
        "reliability.dropped_events",
        "{event}",
        "Events that a slow sink made the engine drop.",
        |report, emit| emit(&[], Value::Count(report.dropped_events)),
    ),
    series(Kind::UpDown, "reliability.in_flight", "{call}", "Calls that began and have not ended.", |report, emit| {
        each_sli(report, emit, |sli| Value::Count(sli.in_flight));
    }),
    series(Kind::Gauge, "reliability.stalled", "{sli}", "1 while calls start and none ends.", |report, emit| {
        each_sli(report, emit, |sli| flag(sli.stalled_since.is_some()));
    }),
    series(Kind::Gauge, "reliability.loop_age", "s", "Time since the judging loop last ran.", |report, emit| {
        emit(&[], Value::Number(report.loop_age.as_secs_f64()));
    }),
    series(
        Kind::Gauge,
        "reliability.objective",
        "1",
        "The share of valid events that must be good.",
        |report, emit| each_slo(report, emit, |slo| Value::Number(f64::from(slo.objective.ppb()) / 1e9)),
    ),
    series(
        Kind::Gauge,
        "reliability.budget_remaining",
        "1",
        "The share of the error budget that is left; negative when overspent.",
        |report, emit| each_slo(report, emit, |slo| Value::Number(slo.budget_remaining)),
    ),
    series(
        Kind::Gauge,
        "reliability.coverage",
        "1",
        "The share of the budget's period that was observed.",
        |report, emit| each_slo(report, emit, |slo| Value::Number(slo.coverage)),
    ),
    series(
        Kind::Gauge,
        "reliability.burn_rate",
        "1",
        "Burn rate over a window; 1 spends the budget exactly over its period.",
        |report, emit| {
            for (sli, slo) in slos(report) {
                for (window, burn) in &slo.burn {
                    let window = format_duration(*window);
                    let attributes = [("sli", sli), ("slo", slo.name.as_str()), ("window", window.as_str())];
                    emit(&attributes, burn.map_or(Value::Unknown, Value::Number));
                }
            }
        },
    ),
    series(Kind::Gauge, "reliability.alert_firing", "{alert}", "1 while a pair of windows fires.", |report, emit| {
        each_alert(report, emit, |alert| matches!(alert.state, AlertState::Firing { .. }));
    }),
    series(
        Kind::Gauge,
        "reliability.alert_held",
        "{alert}",
        "1 while a pair keeps its last decision for want of data.",
        |report, emit| each_alert(report, emit, |alert| alert.held_since.is_some()),
    ),
];

/// Durations as counters, for an interface that takes no counts that are already in buckets.
pub(super) const BUCKETS: [Series; 3] = [
    series(
        Kind::Counter,
        "reliability.latency.bucket",
        "{call}",
        "Good and bad calls that took at most le seconds, cumulative.",
        |report, emit| {
            for sli in &report.slis {
                for (le, upto) in &sli.latency.buckets {
                    let le = le.as_secs_f64().to_string();
                    emit(&[("sli", sli.spec.name), ("le", &le)], Value::Count(*upto));
                }
                emit(&[("sli", sli.spec.name), ("le", "+Inf")], Value::Count(sli.latency.count));
            }
        },
    ),
    series(
        Kind::Counter,
        "reliability.latency.count",
        "{call}",
        "Good and bad calls whose duration was taken.",
        |report, emit| each_sli(report, emit, |sli| Value::Count(sli.latency.count)),
    ),
    series(Kind::Sum, "reliability.latency.sum", "s", "Sum of the durations of good and bad calls.", |report, emit| {
        each_sli(report, emit, |sli| Value::Number(sli.latency.sum_seconds));
    }),
];

fn each_sli(report: &Report, emit: &mut Emit<'_>, value: impl Fn(&SliReport) -> Value) {
    for sli in &report.slis {
        emit(&[("sli", sli.spec.name)], value(sli));
    }
}

fn slos(report: &Report) -> impl Iterator<Item = (&'static str, &SloReport)> {
    report.slis.iter().flat_map(|sli| sli.slos.iter().map(|slo| (sli.spec.name, slo)))
}

fn each_slo(report: &Report, emit: &mut Emit<'_>, value: impl Fn(&SloReport) -> Value) {
    for (sli, slo) in slos(report) {
        emit(&[("sli", sli), ("slo", &slo.name)], value(slo));
    }
}

fn each_alert(report: &Report, emit: &mut Emit<'_>, is_so: impl Fn(&crate::engine::report::AlertReport) -> bool) {
    for (sli, slo) in slos(report) {
        for alert in &slo.alerts {
            let severity = if alert.severity == Severity::Page { "page" } else { "ticket" };
            let attributes = [("sli", sli), ("slo", &slo.name), ("rule", &alert.rule), ("severity", severity)];
            emit(&attributes, flag(is_so(alert)));
        }
    }
}

fn counts(attributes: &Attributes<'_>, counts: &Counts, emit: &mut Emit<'_>) {
    for (outcome, count) in counts.by_outcome() {
        let with: Vec<_> = attributes.iter().copied().chain([("outcome", outcome)]).collect();
        emit(&with, Value::Count(count));
    }
}

fn flag(is_so: bool) -> Value {
    Value::Number(f64::from(u8::from(is_so)))
}
