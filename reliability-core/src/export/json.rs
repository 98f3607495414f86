//! The report as JSON, version 1.
//!
//! One object: `version`, `service {name, version, environment, instance}`, `time`, `since`, `enabled`,
//! `loop_age_seconds`, `dropped_events`, `maintenance[] {name, from, to, slis[], charged, is_now}`, `slis[]`, `features[]`, `response`, `documents
//! {source, documents, loaded, warnings[], refused[], later}` (`null` where there are none), `store` (`null` where budgets need not outlive
//! the process) `{path, standing, reason, kept_until, resumed, resumed_from, damaged, writes, failures, took_seconds, bytes}`, `fleet` (`null`
//! where nobody asks an engine) `{url, standing, reason, age_seconds, stale_after_seconds, every_seconds, asked, failures, took_seconds,
//! slos[] {slo, budget_remaining, since, page, ticket, has_refused, windows {"5m": {good, bad, shed}}, pairs[] {rule, firing, held}}}`,
//! `events[]`. Times are RFC 3339 in UTC, durations are seconds, shares are
//! numbers from 0 to 1 (budgets may be negative), and a figure that nobody can know is `null`. Numbers have at most 12
//! significant digits. Fields may be added within a version; none changes its meaning.
//!
//! An SLI: `name`, `place`, `owner`, `tier`, `features[]`, `depends_on[]`, `was`, `label`, `since`, `counts {started, good, bad, ignored, shed,
//! cancelled_bad, cancelled_ignored, valid}`, `in_flight`, `stalled_since`, `latency {count, sum_seconds, p50, p90, p99, p999,
//! relative_error, buckets [[le, count]…]}`, `failures[] {at, kind, elapsed_seconds, trace, place}` (`text` only in
//! [`with_error_texts`]), `labels[] {value, counts}`, `slos[]`.
//!
//! A feature: `name`, `title`, `declared`, `reading`, `objective`, `window`, `ratio`, `bounds {low, high}`, `independent`, `journeys {good,
//! bad}`, `unjudged`, `slo`, `budget_remaining`, `failures_left`, `components`, `reason`, `parts[] {name, is_feature, weight, required,
//! good, bad, ratio, missing, failed_journeys {all, alone}, budget_spent, gives_back}`, `fixes[] {part, gives_back}`.
//!
//! `response`: `kill_switch`, `lease_lapses`, `policies[] {name, mode, phase {name, step, until, share, engaged}, since, trigger,
//! judge, local_because, triggered, steps[] {compensator, describe, cost, strength, engaged}, verify, engagements, limit, window_seconds, reason}`,
//! `acted[] {policy, compensator, action, times}`, `switches[] {kind, name, value, values[], set_by, by, served, degraded}`,
//! `gates[] {name, mode, limit, in_flight, detached, baseline_seconds, expected_seconds, offered, admitted, completed, failed,
//! refused {total, by_reason {…}, by_priority {…}}, would_refuse, cut, forced}`, `breakers[] {name, state, passed, in_flight, failed,
//! refused, opened}`, `bulkheads[]` as `gates[]`, `retries[] {name, in_flight, running, granted, refused}`, `approvals[] {id, policy, compensator, plan,
//! digest, requester, asked, expires, state, by}`, `known_good {version, confirmed, running, soaked_seconds, soak_seconds}`,
//! `providers[] {name, answered_seconds, trouble, flags, overruled[], forgotten[]}`.
//!
//! An SLO: `name`, `kind`, `threshold_seconds`, `objective`, `window`, `method`, `generation`, `period_begins`, `good`, `bad`,
//! `judged {good, bad}`, `shed`, `ratio`, `ratio_without_shed`, `budget_remaining`, `budget_measured`, `budget_with_maintenance`,
//! `failures_left`, `burn {"5m": …}`, `forecast {straight_1h_minutes, straight_6h_minutes, replayed_minutes}`,
//! `incident {since, until, failures, budget}`, `detected_since`, `since`, `coverage`, `alerts[] {rule, severity, factor, state, since,
//! held_since, guard {alpha, floor, needed, delay_seconds, held_back}}`, `left_out[] {rule, reason}`.

mod features;
mod fleet;
mod replica;
mod response;

use std::time::Duration;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::clock::Timestamp;
use crate::engine::event::{Event, EventKind};
use crate::engine::report::{
    AlertReport, Counts, DocumentsReport, FailureReport, LatencyReport, MaintenanceReport, REPORT_VERSION, Report,
    SliReport, SloKind, SloReport,
};
use crate::engine::stored::StoreReport;
use crate::slo::{AlertState, Incident, Maintenance};
use crate::spec::{Place, format_duration};

impl Serialize for Report {
    /// Without the texts of errors: see [`with_error_texts`].
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        render(self, false).serialize(serializer)
    }
}

/// The report with the redacted texts of errors, for readers who may see them.
pub fn with_error_texts(report: &Report) -> Value {
    render(report, true)
}

fn render(report: &Report, texts: bool) -> Value {
    json!({
        "version": REPORT_VERSION,
        "service": {
            "name": report.service.service,
            "version": report.service.version,
            "environment": report.service.environment,
            "instance": report.service.instance,
        },
        "time": time(report.time),
        "since": time(report.since),
        "enabled": report.enabled,
        "loop_age_seconds": seconds(report.loop_age),
        "dropped_events": report.dropped_events,
        "maintenance": report.maintenance.iter().map(maintenance).collect::<Vec<_>>(),
        "slis": report.slis.iter().map(|one| sli(one, texts)).collect::<Vec<_>>(),
        "features": report.features.iter().map(features::feature).collect::<Vec<_>>(),
        "response": response::response(&report.response),
        "documents": report.documents.as_ref().map(documents),
        "store": report.store.as_ref().map(store),
        "fleet": report.fleet.as_ref().map(fleet::fleet),
        "events": report.events.iter().map(event).collect::<Vec<_>>(),
    })
}

fn store(store: &StoreReport) -> Value {
    json!({
        "path": store.path.display().to_string(),
        "standing": store.standing.as_str(),
        "reason": store.reason,
        "kept_until": store.kept_until.map(time),
        "resumed": store.resumed,
        "resumed_from": store.resumed_from.map(time),
        "damaged": store.damaged.as_ref().map(|path| path.display().to_string()),
        "writes": store.writes,
        "failures": store.failures,
        "took_seconds": seconds(store.took),
        "bytes": store.bytes,
    })
}

fn maintenance(report: &MaintenanceReport) -> Value {
    let Maintenance { name, from, to, slis, charged, .. } = &report.planned;
    json!({
        "name": name, "from": time(*from), "to": time(*to), "slis": slis, "charged": charged, "is_now": report.is_now,
    })
}

fn documents(report: &DocumentsReport) -> Value {
    let DocumentsReport { source, documents, loaded, warnings, refused, later } = report;
    json!({
        "source": source, "documents": documents, "loaded": loaded, "warnings": warnings, "refused": refused, "later": later,
    })
}

fn sli(sli: &SliReport, texts: bool) -> Value {
    let spec = &sli.spec;
    json!({
        "name": spec.name,
        "place": spec.place.map(|place| place.to_string()),
        "owner": spec.owner,
        "tier": spec.tier,
        "features": spec.features,
        "depends_on": spec.dependencies().collect::<Vec<_>>(),
        "was": spec.was,
        "label": spec.label,
        "since": time(sli.since),
        "counts": counts(&sli.counts),
        "in_flight": sli.in_flight,
        "stalled_since": sli.stalled_since.map(time),
        "latency": latency(&sli.latency),
        "failures": sli.failures.iter().map(|one| failure(one, spec.place, texts)).collect::<Vec<_>>(),
        "labels": sli.labels.iter().map(|(value, of)| json!({"value": value, "counts": counts(of)})).collect::<Vec<_>>(),
        "slos": sli.slos.iter().map(slo).collect::<Vec<_>>(),
    })
}

fn counts(counts: &Counts) -> Value {
    json!({
        "started": counts.started, "good": counts.good, "bad": counts.bad, "ignored": counts.ignored, "shed": counts.shed,
        "cancelled_bad": counts.cancelled_bad, "cancelled_ignored": counts.cancelled_ignored, "valid": counts.valid(),
    })
}

fn latency(latency: &LatencyReport) -> Value {
    let buckets = latency.buckets.iter().map(|(le, upto)| json!([seconds(*le), upto]));
    json!({
        "count": latency.count,
        "sum_seconds": number(latency.sum_seconds),
        "p50": latency.p50.map(seconds),
        "p90": latency.p90.map(seconds),
        "p99": latency.p99.map(seconds),
        "p999": latency.p999.map(seconds),
        "relative_error": 0.125,
        "buckets": buckets.collect::<Vec<_>>(),
    })
}

fn failure(failure: &FailureReport, place: Option<Place>, texts: bool) -> Value {
    let mut object = json!({
        "at": time(failure.at),
        "kind": failure.kind.as_str(),
        "elapsed_seconds": failure.elapsed.map(seconds),
        "trace": failure.trace.map(|trace| trace.to_string()),
        "place": place.map(|place| place.to_string()),
    });
    if texts {
        object["text"] = json!(failure.text);
    }
    object
}

fn slo(slo: &SloReport) -> Value {
    let (kind, threshold) = match slo.kind {
        SloKind::Availability => ("availability", None),
        SloKind::Latency(threshold) => ("latency", Some(seconds(threshold))),
    };
    let burn = slo.burn.iter().map(|(window, rate)| (format_duration(*window), rate.map_or(Value::Null, number)));
    json!({
        "name": slo.name,
        "kind": kind,
        "threshold_seconds": threshold,
        "objective": number(f64::from(slo.objective.ppb()) / 1e9),
        "window": slo.window.to_string(),
        "method": slo.method.to_string(),
        "generation": slo.generation,
        "period_begins": time(slo.period_begins),
        "good": slo.good,
        "bad": slo.bad,
        "judged": {"good": slo.judged.good, "bad": slo.judged.bad},
        "shed": slo.shed,
        "ratio": slo.ratio.map(number),
        "ratio_without_shed": slo.ratio_without_shed.map(number),
        "budget_remaining": number(slo.budget_remaining),
        "budget_measured": slo.budget_measured.map(number),
        "budget_with_maintenance": slo.budget_with_maintenance.map(number),
        "failures_left": number(slo.failures_left),
        "burn": burn.collect::<Map<_, _>>(),
        "forecast": {
            "straight_1h_minutes": slo.forecast.straight_1h_minutes.map(number),
            "straight_6h_minutes": slo.forecast.straight_6h_minutes.map(number),
            "replayed_minutes": slo.forecast.replayed_minutes.map(number),
        },
        "incident": slo.incident.map(incident),
        "detected_since": slo.detected_since.map(time),
        "since": time(slo.since),
        "coverage": number(slo.coverage),
        "alerts": slo.alerts.iter().map(alert).collect::<Vec<_>>(),
        "left_out": slo.left_out.iter().map(|(rule, reason)| json!({"rule": rule, "reason": reason})).collect::<Vec<_>>(),
    })
}

fn incident(incident: Incident) -> Value {
    json!({
        "since": time(incident.since), "until": incident.until.map(time), "failures": incident.failures,
        "budget": incident.budget.map(number),
    })
}

fn alert(alert: &AlertReport) -> Value {
    let (state, since) = match alert.state {
        AlertState::Inactive => ("inactive", None),
        AlertState::Firing { since } => ("firing", Some(time(since))),
        AlertState::Resolved { at } => ("resolved", Some(time(at))),
    };
    json!({
        "rule": alert.rule,
        "severity": alert.severity.to_string(),
        "factor": number(alert.factor),
        "state": state,
        "since": since,
        "held_since": alert.held_since.map(time),
        "guard": alert.guard.map(|guard| json!({
            "alpha": number(guard.alpha), "floor": guard.floor, "needed": guard.needed,
            "delay_seconds": guard.delay.map(seconds), "held_back": guard.held_back,
        })),
    })
}

fn event(event: &Event) -> Value {
    let details = match &event.kind {
        EventKind::Started { slis, slos } => json!({"kind": "started", "slis": slis, "slos": slos}),
        EventKind::Stopped => json!({"kind": "stopped"}),
        EventKind::Alert {
            sli,
            slo,
            rule,
            severity,
            firing,
            factor,
            burn_long,
            burn_short,
            budget_remaining,
            incident_cost,
        } => {
            json!({
                "kind": if *firing { "alert_fired" } else { "alert_resolved" },
                "sli": sli, "slo": slo, "rule": rule, "severity": severity.to_string(), "factor": number(*factor),
                "burn_long": burn_long.map(number), "burn_short": burn_short.map(number),
                "budget_remaining": number(*budget_remaining), "incident_cost": incident_cost.map(number),
            })
        }
        EventKind::Budget { sli, slo, spent, remaining } => json!({
            "kind": if *spent { "budget_spent" } else { "budget_regained" },
            "sli": sli, "slo": slo, "budget_remaining": number(*remaining),
        }),
        EventKind::Feature { feature, reading, spent, remaining } => json!({
            "kind": if *spent { "feature_budget_spent" } else { "feature_budget_regained" },
            "feature": feature, "reading": reading.name(), "budget_remaining": number(*remaining),
        }),
        EventKind::Stalled { sli, stalled, in_flight, quiet } => json!({
            "kind": if *stalled { "stalled" } else { "stall_ended" },
            "sli": sli, "in_flight": in_flight, "quiet_seconds": seconds(*quiet),
        }),
        EventKind::Changed { sli, slo, objective, window, method, generation } => json!({
            "kind": "changed", "sli": sli, "slo": slo, "objective": number(f64::from(objective.ppb()) / 1e9),
            "window": window.to_string(), "method": method.to_string(), "generation": generation,
        }),
        EventKind::Maintenance { name, begins, to, charged } => json!({
            "kind": if *begins { "maintenance_began" } else { "maintenance_ended" },
            "name": name, "to": time(*to), "charged": charged,
        }),
        EventKind::Refused { sli, reason } => json!({"kind": "refused", "sli": sli, "reason": reason}),
        EventKind::Detected { sli, slo, detected, failures, requests, within, looked_for } => json!({
            "kind": if *detected { "detected" } else { "detection_ended" },
            "sli": sli, "slo": slo, "failures": failures, "requests": requests,
            "within_seconds": seconds(*within), "looked_for": number(*looked_for),
        }),
        EventKind::Compensation { policy, compensator, action, strength, reason, elapsed } => json!({
            "kind": "compensation", "policy": policy, "compensator": compensator, "action": action.as_str(),
            "strength": number(*strength), "reason": reason, "elapsed_seconds": elapsed.map(seconds),
            "severity": event.kind.severity().map(|severity| severity.to_string()),
        }),
        EventKind::Switched { kind, name, value, set_by, by } => json!({
            "kind": "switched", "switch": kind.as_str(), "name": name, "value": value, "set_by": set_by.as_str(), "by": by,
        }),
        EventKind::KillSwitch { on, by } => {
            json!({"kind": if *on { "kill_switch_on" } else { "kill_switch_off" }, "by": by})
        }
        EventKind::Lapsed { lapses } => json!({"kind": "lease_lapsed", "lapses": lapses}),
        EventKind::KnownGood { version, soaked } => json!({
            "kind": "known_good", "version": version, "soaked_seconds": seconds(*soaked),
        }),
        EventKind::Provider { name, trouble } => json!({"kind": "provider", "name": name, "trouble": trouble}),
        EventKind::Forgotten { reason } => json!({"kind": "forgotten", "reason": reason}),
        EventKind::DocumentsLoaded { source, documents, changed, warnings, later } => json!({
            "kind": "documents_loaded", "source": source, "documents": documents, "changed": changed, "warnings": warnings,
            "later": later,
        }),
        EventKind::DocumentsRefused { source, errors, first } => {
            json!({"kind": "documents_refused", "source": source, "errors": errors, "first": first})
        }
        EventKind::StoreTaken { path, slos, until } => json!({
            "kind": "store_taken", "path": path, "slos": slos, "until": until.map(time),
        }),
        EventKind::StoreLost { path, reason } => json!({"kind": "store_lost", "path": path, "reason": reason}),
        EventKind::Backfilled { from, slos, since, trouble } => json!({
            "kind": "backfilled", "from": from, "slos": slos, "since": since.map(time), "trouble": trouble,
        }),
        EventKind::FleetKnown { url, slos } => json!({"kind": "fleet_known", "url": url, "slos": slos}),
        EventKind::FleetLost { url, reason } => json!({"kind": "fleet_lost", "url": url, "reason": reason}),
        EventKind::Gap { from, to, jumped } => json!({
            "kind": "gap", "from": time(*from), "to": time(*to), "jumped_seconds": seconds(*jumped),
        }),
    };
    let mut object = json!({"at": time(event.at), "text": event.kind.to_string()});
    if let (Some(object), Value::Object(details)) = (object.as_object_mut(), details) {
        object.extend(details);
    }
    object
}

fn time(at: Timestamp) -> String {
    at.to_string()
}

fn seconds(duration: Duration) -> Value {
    number(duration.as_secs_f64())
}

/// At most 12 significant digits; what is no number is unknown.
fn number(value: f64) -> Value {
    let rounded: f64 = format!("{value:.11e}").parse().unwrap_or(f64::NAN);
    serde_json::Number::from_f64(rounded).map_or(Value::Null, Value::Number)
}
