//! The features of a report as JSON.

use serde_json::{Value, json};

use super::number;
use crate::engine::report::{FeatureReport, PartReport};
use crate::spec::Missing;

pub(super) fn feature(feature: &FeatureReport) -> Value {
    json!({
        "name": feature.name,
        "title": feature.title,
        "declared": feature.declared,
        "reading": feature.reading.name(),
        "objective": feature.objective.map(|objective| number(f64::from(objective.ppb()) / 1e9)),
        "window": feature.window.to_string(),
        "ratio": feature.ratio.map(number),
        "bounds": feature.bounds.map(|(low, high)| json!({"low": number(low), "high": number(high)})),
        "independent": feature.independent.map(number),
        "journeys": feature.journeys.map(|(good, bad)| json!({"good": good, "bad": bad})),
        "unjudged": feature.unjudged,
        "slo": feature.slo,
        "budget_remaining": feature.budget_remaining.map(number),
        "failures_left": feature.failures_left.map(number),
        "components": feature.components,
        "reason": feature.reason(),
        "parts": feature.parts.iter().map(part).collect::<Vec<_>>(),
        "fixes": feature.fixes.iter().map(|fix| json!({
            "part": fix.part, "gives_back": number(fix.gives_back),
        })).collect::<Vec<_>>(),
    })
}

fn part(part: &PartReport) -> Value {
    json!({
        "name": part.name,
        "is_feature": part.is_feature,
        "weight": part.weight,
        "required": part.required,
        "good": part.good,
        "bad": part.bad,
        "ratio": part.ratio.map(number),
        "missing": part.missing.map(Missing::name),
        "failed_journeys": part.failed_journeys.map(|(all, alone)| json!({"all": all, "alone": alone})),
        "budget_spent": part.budget_spent.map(number),
        "gives_back": part.gives_back.map(number),
    })
}
