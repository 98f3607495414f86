//! The fleet's verdict, as JSON: `fleet` of the report.

use serde_json::{Map, Value, json};

use super::{number, seconds, time};
use crate::engine::fleet::{FleetReport, FleetSlo};
use crate::slo::Severity;
use crate::spec::format_duration;

pub(super) fn fleet(fleet: &FleetReport) -> Value {
    json!({
        "url": fleet.url,
        "standing": fleet.standing.as_str(),
        "reason": fleet.reason,
        "age_seconds": fleet.age.map(seconds),
        "stale_after_seconds": seconds(fleet.stale_after),
        "every_seconds": seconds(fleet.every),
        "asked": fleet.asked,
        "failures": fleet.failures,
        "took_seconds": seconds(fleet.took),
        "slos": fleet.slos.iter().map(slo).collect::<Vec<_>>(),
    })
}

fn slo(slo: &FleetSlo) -> Value {
    let windows: Map<_, _> = slo
        .windows
        .iter()
        .map(|window| {
            let of = json!({"good": window.seen.good, "bad": window.seen.bad, "shed": window.shed});
            (format_duration(window.window), of)
        })
        .collect();
    let pairs = slo.pairs.iter().map(|pair| {
        json!({
            "rule": pair.rule, "severity": pair.severity.to_string(), "firing": pair.firing, "held": pair.held,
        })
    });
    json!({
        "slo": slo.slo,
        "budget_remaining": slo.budget_remaining.map(number),
        "since": slo.since.map(time),
        "page": slo.is_firing(Severity::Page),
        "ticket": slo.is_firing(Severity::Ticket),
        "has_refused": slo.has_refused,
        "windows": windows,
        "pairs": pairs.collect::<Vec<_>>(),
    })
}
