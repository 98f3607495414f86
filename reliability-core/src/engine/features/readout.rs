//! From a feature's figures to what people read.

use super::leaves::View;
use crate::engine::report::{FeatureReport, FixReport, PartReport};
use crate::slo::ErrorBudget;
use crate::slo::composite::{Composite, Evidence, PartFigures, Portion, Spent};
use crate::spec::Component;

/// All that is known about one feature.
pub(super) fn report(feature: &Composite, declared: bool, view: &View<'_>) -> FeatureReport {
    let (spec, figures) = (feature.spec(), feature.figures(view));
    let journeys = feature.journeys_leaf();
    let judged = journeys.map(|leaf| view.judged(leaf));
    let parts: Vec<_> = figures.parts.iter().map(part_report).collect();
    let failures_left = journeys
        .zip(spec.objective)
        .map(|(leaf, objective)| ErrorBudget::of(view.fact(leaf).counts, objective).failures_left());
    FeatureReport {
        name: spec.name.clone(),
        title: spec.title.clone(),
        declared,
        reading: spec.reading,
        objective: spec.objective,
        window: spec.window,
        ratio: figures.share.map(Portion::as_f64),
        bounds: figures.bounds.map(|(low, high)| (low.as_f64(), high.as_f64())),
        independent: figures.independent.map(Portion::as_f64),
        journeys: figures.journeys.map(|counts| (counts.good, counts.bad)),
        unjudged: judged.map(|(sli, _)| sli.reads.totals.ignored),
        slo: judged.and_then(|(_, slo)| slo).map(|slo| slo.name.clone()),
        budget_remaining: figures.spent.map(Spent::left),
        failures_left,
        components: feature.components(),
        fixes: fixes(&parts),
        parts,
    }
}

fn part_report(part: &PartFigures) -> PartReport {
    PartReport {
        name: part.of.name().to_owned(),
        is_feature: matches!(part.of, Component::Feature(_)),
        weight: part.weight,
        required: part.required,
        good: part.counts.map(|counts| counts.good),
        bad: part.counts.map(|counts| counts.bad),
        ratio: part.share.map(Portion::as_f64),
        missing: part.missing,
        failed_journeys: part.blame.map(|blame| (blame.valid(), blame.bad)),
        budget_spent: part.spent.map(Spent::as_f64),
        gives_back: part.gives_back.map(Spent::as_f64),
    }
}

/// What each fix would give back, the most first; what gives nothing back is left out.
fn fixes(parts: &[PartReport]) -> Vec<FixReport> {
    let mut fixes: Vec<_> = parts
        .iter()
        .filter_map(|part| Some(FixReport { part: part.name.clone(), gives_back: part.gives_back? }))
        .filter(|fix| fix.gives_back > 0.0)
        .collect();
    fixes.sort_by(|a, b| b.gives_back.total_cmp(&a.gives_back).then_with(|| a.part.cmp(&b.part)));
    fixes
}
