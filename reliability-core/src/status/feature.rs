//! A feature as product people read it: how many journeys failed, what is left, who spent it, and what a fix gives back.
//!
//! In words first; the table says the same by part. Parts that fail together each bear the journey, so what they have spent
//! may add up to more than is gone, and the page says so where it does.

use super::html::Html;
use super::page::{badge, tone};
use crate::engine::report::{FeatureReport, PartReport, Report, SloReport};
use crate::engine::words::{Standing, failing_share, good_share};
use crate::spec::{Missing, Reading};

/// How it stands: by its budget, and by the pairs of the SLO that judges its journeys.
pub(super) fn standing(feature: &FeatureReport, report: &Report) -> Standing {
    let by_pairs = feature.slo.as_ref().and_then(|slo| report.slo(slo)).map(SloReport::standing);
    let by_budget = match feature.budget_remaining {
        Some(left) if left <= 0.0 => Standing::AtRisk,
        Some(_) => Standing::Fine,
        None if feature.objective.is_none() && feature.ratio.is_some() => Standing::Fine,
        None => Standing::Unknown,
    };
    by_pairs.filter(|by_pairs| *by_pairs > by_budget).unwrap_or(by_budget)
}

/// The inside of its list item.
pub(super) fn write(html: &mut Html, feature: &FeatureReport, report: &Report) {
    let standing = standing(feature, report);
    html.raw("<h3>").name(feature.called()).raw("</h3>");
    badge(html, standing);
    html.raw("<p class=\"").raw(tone(standing)).raw("\">").text(feature.reason()).raw("</p>");
    if let Some((good, bad)) = feature.journeys.filter(|(good, bad)| good + bad > 0) {
        allowed(html, feature, good + bad, bad);
    }
    if let Some(first) = feature.fixes.first() {
        html.raw("<p>What would help most: ").name(&first.part).raw(" (").text(failing_share(first.gives_back));
        html.raw(" of the budget back)");
        for fix in feature.fixes.iter().skip(1).take(2) {
            html.raw(", then ").name(&fix.part).raw(" (").text(failing_share(fix.gives_back)).raw(")");
        }
        html.raw(".</p>");
    }
    parts(html, feature);
    html.raw("<p class=\"dim\">Read by ").text(feature.reading);
    html.raw(match feature.reading {
        Reading::Journey => ": one verdict for each journey. ",
        Reading::Series => ": all parts are needed. ",
        Reading::Parallel => ": any part is enough. ",
        Reading::Weighted => ": the mean of the parts by weight. ",
        Reading::WeightedBurns => ": what each part has spent of its own budget, added up by weight. ",
        Reading::WorstOf => ": what the worst part has spent of its own budget. ",
        Reading::AnyBadSlice => ": time is bad when it is for any part. ",
        Reading::RatioSlices => ": the mean of time slices. ",
    });
    if let Some(unjudged) = feature.unjudged.filter(|unjudged| *unjudged > 0) {
        html.text(unjudged).raw(" journeys had no verdict: a part was never reached, or the user left. ");
    }
    if let (Some(independent), Some((low, high))) = (feature.independent, feature.bounds) {
        html.raw("Its parts alone would tell ")
            .text(good_share(independent))
            .raw(" good if they failed independently, ");
        html.text(good_share(low)).raw(" to ").text(good_share(high)).raw(" however they fail.");
    }
    html.raw("</p>");
}

/// How many journeys may still fail, in plain words.
fn allowed(html: &mut Html, feature: &FeatureReport, all: u64, bad: u64) {
    let Some((left, objective)) = feature.failures_left.zip(feature.objective) else { return };
    html.raw("<p>Of ").text(all).raw(" journeys ").text(bad).raw(" failed; with an objective of ").text(objective);
    if left >= 0.0 {
        html.raw(" another ").text(left.floor() as u64).raw(" may fail.</p>");
    } else {
        html.raw(" that is ").text((-left).ceil() as u64).raw(" too many.</p>");
    }
}

fn parts(html: &mut Html, feature: &FeatureReport) {
    html.raw(
        "<table><caption>What it stands on</caption><thead><tr><th scope=\"col\">Part</th><th scope=\"col\">Good</th>",
    );
    html.raw("<th scope=\"col\">Spent of the budget</th><th scope=\"col\">A fix gives back</th></tr></thead><tbody>");
    for part in &feature.parts {
        html.raw("<tr><th scope=\"row\">").name(&part.name);
        if !part.required {
            html.raw(" <span class=\"dim\">optional</span>");
        }
        html.raw("</th><td>");
        good(html, part);
        html.raw("</td><td>");
        share(html, part.budget_spent);
        html.raw("</td><td>");
        share(html, part.gives_back);
        html.raw("</td></tr>");
    }
    html.raw("</tbody></table>");
    let sum: f64 = feature.parts.iter().filter_map(|part| part.budget_spent).sum();
    if feature.budget_remaining.is_some_and(|left| sum > 1.0 - left + 1e-9) {
        html.raw("<p class=\"dim\">Parts failed together, so what they spent adds up to more than is gone.</p>");
    }
}

fn good(html: &mut Html, part: &PartReport) {
    match (part.missing, part.ratio, part.failed_journeys) {
        (Some(missing), ..) if part.failed_journeys.is_none() => {
            html.raw("<span class=\"dim\">").raw(match missing {
                Missing::Ignored => "no data, left out",
                Missing::Good => "no data, counted good",
                Missing::Bad => "no data, counted bad",
                Missing::Unknown => "no data",
            });
            html.raw("</span>");
        }
        (_, ratio, failed) => {
            match ratio.filter(|_| part.missing.is_none()) {
                Some(ratio) => html.text(good_share(ratio)),
                None => html.raw("–"),
            };
            if let Some((all, alone)) = failed.filter(|(all, _)| *all > 0) {
                html.raw(" <span class=\"dim\">failed in ")
                    .text(all)
                    .raw(" journeys, ")
                    .text(alone)
                    .raw(" alone</span>");
            }
        }
    }
}

fn share(html: &mut Html, share: Option<f64>) {
    match share {
        Some(share) => html.text(failing_share(share)),
        None => html.raw("–"),
    };
}
