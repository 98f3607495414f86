//! From a report to a request: pure.
//!
//! **Which histogram is exact.** Our cells end at 8, 9 … 15, 16 times a power of two of nanoseconds, and at the latency
//! thresholds; a cell is (lower, upper], which is how OTLP reads the bounds of both its histograms.
//! - *Explicit bounds* take all of that as it is: every cell, every threshold, and what lies beyond the last bound. So that is
//!   the default, with all cells, and a percentile read from it is as good as the report's own, 12.5 %.
//! - *Exponential, scale 3* has eight buckets in an octave too, but they end at powers of 2^(1/8): at 1.4142 where ours end
//!   at 1.375 and 1.5. Calls would have to be moved between buckets by guess. Scales 1 and 2 differ in the same way.
//! - *Exponential, scale 0* ends at the powers of two, which are bounds of ours, so it is exact, at the price of one bucket in
//!   an octave, of the thresholds (250 ms is no power of two) and of the end: it has no last bucket, so calls beyond
//!   2³⁶ ns (68.7 s) stand in the bucket up to 2³⁷ ns, however long they took. And it is exact only in nanoseconds: no
//!   power of two of seconds is one of nanoseconds, since 10⁹ is none. So its unit is `ns`. Calls up to 2¹⁰ ns are the zero
//!   bucket, whose threshold says so.
//!
//! **Exemplars** are the remembered failures that are newer than the last that arrived and have a trace id: on the counter
//! of bad events and of calls cancelled too late, and on the histogram where the duration is one that it counts.

use std::time::Duration;

use super::Buckets;
use super::wire::{
    Any, AnyValue, Buckets as Positive, CUMULATIVE, Data, Exemplar, ExemplarValue, Exponential, ExponentialPoint,
    Gauge, Histogram, HistogramPoint, KeyValue, Metric, NO_RECORDED_VALUE, Number, NumberPoint, Request, Resource,
    ResourceMetrics, Scope, ScopeMetrics, Sum,
};
use crate::clock::Timestamp;
use crate::engine::report::{FailureReport, LatencyReport, Report, SliReport};
use crate::export::acting::ACTING;
use crate::export::features::FEATURES;
use crate::export::series::{EVENTS, Kind, LATENCY, LATENCY_HELP, SERIES, Series, Value};
use crate::sli::FailureKind;

/// The first octave's bound is 2¹⁰ ns, the last 2³⁶ ns.
const FIRST_BOUND: u32 = 10;

/// What is said beside the report.
pub(super) struct Manner<'a> {
    /// Of the environment, without what the report says better.
    pub(super) resource: &'a [(String, String)],
    pub(super) buckets: Buckets,
    /// Exemplars are newer than this.
    pub(super) after: Timestamp,
}

pub(super) fn request(report: &Report, manner: &Manner<'_>) -> Request {
    let when = When { start: nanos(report.since), time: nanos(report.time) };
    let all = SERIES.iter().chain(ACTING.iter().chain(&FEATURES).map(|(_, series)| series));
    let mut metrics: Vec<Metric> = all.map(|series| metric(series, report, when, manner)).collect();
    metrics.push(latency(report, when, manner));
    let scope = Scope { name: "reliability_core".into(), version: env!("CARGO_PKG_VERSION").into() };
    Request {
        resource_metrics: vec![ResourceMetrics {
            resource: Some(resource(report, manner)),
            scope_metrics: vec![ScopeMetrics { scope: Some(scope), metrics }],
        }],
    }
}

/// The newest failure that a request of this report told about, or `after`.
pub(super) fn told_until(report: &Report, after: Timestamp) -> Timestamp {
    let failures = report.slis.iter().flat_map(|sli| &sli.failures);
    failures.map(|failure| failure.at).fold(after, Timestamp::max)
}

#[derive(Clone, Copy)]
struct When {
    start: u64,
    time: u64,
}

fn resource(report: &Report, manner: &Manner<'_>) -> Resource {
    let service = &report.service;
    let ours = [
        ("service.name", Some(&service.service)),
        ("service.version", service.version.as_ref()),
        ("service.instance.id", Some(&service.instance)),
        ("deployment.environment.name", service.environment.as_ref()),
    ];
    let ours: Vec<_> = ours.into_iter().filter_map(|(key, value)| Some((key, value?.as_str()))).collect();
    let said = |key: &str| ours.iter().any(|(ours, _)| *ours == key);
    let others =
        manner.resource.iter().filter(|(key, _)| !said(key)).map(|(key, value)| (key.as_str(), value.as_str()));
    Resource { attributes: ours.iter().copied().chain(others).map(|(key, value)| text(key, value)).collect() }
}

fn metric(series: &Series, report: &Report, when: When, manner: &Manner<'_>) -> Metric {
    let mut points = Vec::new();
    (series.points)(report, &mut |attributes, value| {
        points.push(NumberPoint {
            start: if series.kind == Kind::Gauge { 0 } else { when.start },
            time: when.time,
            exemplars: Vec::new(),
            attributes: attributes.iter().map(|(key, value)| text(key, value)).collect(),
            flags: if value == Value::Unknown { NO_RECORDED_VALUE } else { 0 },
            value: match value {
                Value::Count(count) => Some(Number::Int(i64::try_from(count).unwrap_or(i64::MAX))),
                Value::Number(number) => Some(Number::Double(number)),
                Value::Unknown => None,
            },
        });
    });
    if series.name == EVENTS {
        for point in &mut points {
            point.exemplars = counted(point, report, manner.after);
        }
    }
    let sum = |is_monotonic, points| Data::Sum(Sum { points, temporality: CUMULATIVE, is_monotonic });
    let data = match series.kind {
        Kind::Counter | Kind::Sum => sum(true, points),
        Kind::UpDown => sum(false, points),
        Kind::Gauge => Data::Gauge(Gauge { points }),
    };
    Metric { name: series.name.into(), description: series.help.into(), unit: series.unit.into(), data: Some(data) }
}

/// The exemplars of a point of the counter of events.
fn counted(point: &NumberPoint, report: &Report, after: Timestamp) -> Vec<Exemplar> {
    let said = |key: &str| {
        point.attributes.iter().find(|pair| pair.key == key).and_then(|pair| {
            match pair.value.as_ref()?.value.as_ref()? {
                Any::Text(text) => Some(text.as_str()),
            }
        })
    };
    let (Some(sli), Some(outcome)) = (said("sli").and_then(|sli| report.sli(sli)), said("outcome")) else {
        return Vec::new();
    };
    let kinds: &[FailureKind] = match outcome {
        "bad" => &[FailureKind::Failed, FailureKind::Panicked],
        "cancelled_bad" => &[FailureKind::Cancelled],
        _ => &[],
    };
    exemplars(sli, kinds, after, |_| Some(ExemplarValue::Int(1)))
}

fn exemplars(
    sli: &SliReport,
    kinds: &[FailureKind],
    after: Timestamp,
    value: impl Fn(&FailureReport) -> Option<ExemplarValue>,
) -> Vec<Exemplar> {
    let told = sli.failures.iter().rev().filter(|failure| failure.at > after && kinds.contains(&failure.kind));
    told.filter_map(|failure| {
        let trace = failure.trace?;
        Some(Exemplar {
            time: nanos(failure.at),
            span_id: trace.span_id().map(|id| id.to_be_bytes().to_vec()).unwrap_or_default(),
            trace_id: trace.trace_id()?.to_be_bytes().to_vec(),
            filtered_attributes: vec![text("kind", failure.kind.as_str())],
            value: Some(value(failure)?),
        })
    })
    .collect()
}

fn latency(report: &Report, when: When, manner: &Manner<'_>) -> Metric {
    let kinds = [FailureKind::Failed, FailureKind::Panicked, FailureKind::Slow];
    let told = |sli: &SliReport, unit: f64| {
        let value = |failure: &FailureReport| Some(ExemplarValue::Double(failure.elapsed?.as_secs_f64() * unit));
        exemplars(sli, &kinds, manner.after, value)
    };
    let (unit, data) = match manner.buckets {
        Buckets::Exponential => {
            let points = report.slis.iter().map(|sli| ExponentialPoint {
                attributes: vec![text("sli", sli.spec.name)],
                exemplars: told(sli, 1e9),
                ..exponential(&sli.latency, when)
            });
            ("ns", Data::Exponential(Exponential { points: points.collect(), temporality: CUMULATIVE }))
        }
        Buckets::All | Buckets::Octaves => {
            let points = report.slis.iter().map(|sli| HistogramPoint {
                attributes: vec![text("sli", sli.spec.name)],
                exemplars: told(sli, 1.0),
                ..explicit(&sli.latency, when, manner.buckets)
            });
            ("s", Data::Histogram(Histogram { points: points.collect(), temporality: CUMULATIVE }))
        }
    };
    Metric { name: LATENCY.into(), description: LATENCY_HELP.into(), unit: unit.into(), data: Some(data) }
}

fn explicit(latency: &LatencyReport, when: When, buckets: Buckets) -> HistogramPoint {
    let at = if buckets == Buckets::All { &latency.cells } else { &latency.buckets };
    HistogramPoint {
        start: when.start,
        time: when.time,
        count: latency.count,
        sum: Some(latency.sum_seconds),
        bucket_counts: differences(at.iter().map(|(_, upto)| *upto).chain([latency.count])),
        explicit_bounds: at.iter().map(|(bound, _)| bound.as_secs_f64()).collect(),
        ..HistogramPoint::default()
    }
}

fn exponential(latency: &LatencyReport, when: When) -> ExponentialPoint {
    let is_octave = |bound: &Duration| bound.as_nanos().is_power_of_two();
    let octaves = latency.cells.iter().filter(|(bound, _)| is_octave(bound)).map(|(_, upto)| *upto);
    let counts = differences(octaves.chain([latency.count]));
    let (zero, positive) = counts.split_first().map_or((0, Vec::new()), |(zero, rest)| (*zero, rest.to_vec()));
    ExponentialPoint {
        start: when.start,
        time: when.time,
        count: latency.count,
        sum: Some((latency.sum_seconds * 1e9).round()),
        scale: 0,
        zero_count: zero,
        zero_threshold: f64::from(1_u32 << FIRST_BOUND),
        positive: Some(Positive { offset: FIRST_BOUND as i32, counts: positive }),
        ..ExponentialPoint::default()
    }
}

fn differences(cumulative: impl Iterator<Item = u64>) -> Vec<u64> {
    cumulative.scan(0, |before, upto| Some(upto - std::mem::replace(before, upto))).collect()
}

fn nanos(at: Timestamp) -> u64 {
    u64::try_from(at.unix_nanos()).unwrap_or(0)
}

fn text(key: &str, value: &str) -> KeyValue {
    KeyValue { key: key.into(), value: Some(AnyValue { value: Some(Any::Text(value.into())) }) }
}
