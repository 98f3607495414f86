//! Features as series: each figure with the reading that it is by, and what its parts have spent. Said once for every door.
//!
//! A figure that is not known is a point without a value, as everywhere. The journeys themselves are counted by an SLI, so
//! their counts, pairs and latency stand under its name among all others.

use super::series::{Emit, Kind, Series, Value, series};
use crate::engine::report::{FeatureReport, PartReport, Report};

/// Prometheus' name of a series, and the series.
pub(super) const FEATURES: [(&str, Series); 6] = [
    (
        "reliability_feature_ratio",
        series(
            Kind::Gauge,
            "reliability.feature",
            "1",
            "The share of a feature that was good, by its reading.",
            |report, emit| {
                each(report, emit, |feature| Some(known(feature.ratio)));
            },
        ),
    ),
    (
        "reliability_feature_bound_ratio",
        series(
            Kind::Gauge,
            "reliability.feature.bound",
            "1",
            "The least and the most that a feature's share can be, however its parts fail together.",
            |report, emit| {
                for feature in &report.features {
                    let Some((low, high)) = feature.bounds else { continue };
                    for (bound, value) in [("low", low), ("high", high)] {
                        let attributes =
                            [("feature", feature.name.as_str()), ("reading", feature.reading.name()), ("bound", bound)];
                        emit(&attributes, Value::Number(value));
                    }
                }
            },
        ),
    ),
    (
        "reliability_feature_objective_ratio",
        series(
            Kind::Gauge,
            "reliability.feature.objective",
            "1",
            "The share of a feature that must be good.",
            |report, emit| {
                each(report, emit, |feature| {
                    feature.objective.map(|objective| Value::Number(f64::from(objective.ppb()) / 1e9))
                });
            },
        ),
    ),
    (
        "reliability_feature_budget_remaining_ratio",
        series(
            Kind::Gauge,
            "reliability.feature.budget_remaining",
            "1",
            "The share of a feature's budget that is left, by its reading; negative when overspent.",
            |report, emit| {
                each(report, emit, |feature| {
                    let has_budget = feature.objective.is_some() || feature.budget_remaining.is_some();
                    has_budget.then_some(known(feature.budget_remaining))
                });
            },
        ),
    ),
    (
        "reliability_feature_part_spent_ratio",
        series(
            Kind::Gauge,
            "reliability.feature.part_spent",
            "1",
            "The share of a feature's budget that a part has spent; parts fail together, so they may add up to more.",
            |report, emit| each_part(report, emit, |part| part.budget_spent),
        ),
    ),
    (
        "reliability_feature_part_gives_back_ratio",
        series(
            Kind::Gauge,
            "reliability.feature.part_gives_back",
            "1",
            "The share of a feature's budget that would be unspent if a part had not failed.",
            |report, emit| each_part(report, emit, |part| part.gives_back),
        ),
    ),
];

/// One point for each feature that has the figure.
fn each(report: &Report, emit: &mut Emit<'_>, figure: impl Fn(&FeatureReport) -> Option<Value>) {
    for feature in &report.features {
        if let Some(value) = figure(feature) {
            let attributes = [("feature", feature.name.as_str()), ("reading", feature.reading.name())];
            emit(&attributes, value);
        }
    }
}

fn known(figure: Option<f64>) -> Value {
    figure.map_or(Value::Unknown, Value::Number)
}

fn each_part(report: &Report, emit: &mut Emit<'_>, figure: impl Fn(&PartReport) -> Option<f64>) {
    for feature in report.features.iter().filter(|feature| feature.budget_remaining.is_some()) {
        for part in &feature.parts {
            let attributes =
                [("feature", feature.name.as_str()), ("reading", feature.reading.name()), ("part", part.name.as_str())];
            emit(&attributes, known(figure(part)));
        }
    }
}
