//! What acts, as series: what is engaged, what the switches stand at, what gates do. Said once for every door.
//!
//! Each has two names: OpenTelemetry's, and the one that the usual translation to Prometheus makes of it, which a test holds
//! together (see `series` for the translation). A gate counts refusals by reason and by class, not by both at once, so there
//! are two series of them, each of which adds up to all.

use super::series::{Attributes, Emit, Kind, Series, Value, series};
use crate::admission::{GateReport, Priority, ShedReason};
use crate::engine::report::Report;
use crate::engine::response::{ApprovalState, SwitchKind, SwitchReport};
use crate::engine::stored::StoreStanding;

/// Prometheus' name of a series, and the series.
pub(super) const ACTING: [(&str, Series); 25] = [
    (
        "reliability_compensation_engaged_ratio",
        series(
            Kind::Gauge,
            "reliability.compensation.engaged",
            "1",
            "How strongly a policy has a compensator engaged; 0 while it has not.",
            |report, emit| {
                for policy in &report.response.policies {
                    for step in &policy.steps {
                        let attributes = [("policy", policy.name.as_str()), ("compensator", step.compensator.as_str())];
                        emit(&attributes, Value::Number(step.engaged.unwrap_or(0.0)));
                    }
                }
            },
        ),
    ),
    (
        "reliability_compensation_events_total",
        series(
            Kind::Counter,
            "reliability.compensation.events",
            "{event}",
            "What policies did to compensators, by action.",
            |report, emit| {
                for acted in &report.response.acted {
                    let attributes = [
                        ("policy", acted.policy.as_str()),
                        ("compensator", acted.compensator.as_str()),
                        ("action", acted.action.as_str()),
                    ];
                    emit(&attributes, Value::Count(acted.times));
                }
            },
        ),
    ),
    (
        "reliability_compensation_triggered",
        series(
            Kind::Gauge,
            "reliability.compensation.triggered",
            "{policy}",
            "1 while what a policy waits for is so; nothing while nobody can know.",
            |report, emit| {
                for policy in &report.response.policies {
                    emit(&[("policy", &policy.name)], policy.triggered.map_or(Value::Unknown, flag));
                }
            },
        ),
    ),
    (
        "reliability_kill_switch",
        series(
            Kind::Gauge,
            "reliability.kill_switch",
            "{switch}",
            "1 while somebody has forbidden every policy to act.",
            |report, emit| emit(&[], flag(report.response.kill_switch)),
        ),
    ),
    (
        "reliability_lease_lapses_total",
        series(
            Kind::Counter,
            "reliability.lease_lapses",
            "{lapse}",
            "How often everything engaged was reverted because no loop renewed the lease.",
            |report, emit| emit(&[], Value::Count(report.response.lease_lapses)),
        ),
    ),
    (
        "reliability_approvals_pending",
        series(
            Kind::Gauge,
            "reliability.approvals_pending",
            "{plan}",
            "Plans that wait for a person's word.",
            |report, emit| {
                let waits = |state: &ApprovalState| *state == ApprovalState::Pending;
                let pending = report.response.approvals.iter().filter(|approval| waits(&approval.state)).count();
                emit(&[], Value::Number(pending as f64));
            },
        ),
    ),
    (
        "reliability_flag_share_ratio",
        series(
            Kind::Gauge,
            "reliability.flag.share",
            "1",
            "The share of the traffic that has a feature.",
            |report, emit| each_switch(report, SwitchKind::Flag, "flag", emit),
        ),
    ),
    (
        "reliability_ladder_rung",
        series(
            Kind::Gauge,
            "reliability.ladder.rung",
            "{rung}",
            "The rung that a ladder stands at; 0 is the best.",
            |report, emit| each_switch(report, SwitchKind::Ladder, "ladder", emit),
        ),
    ),
    (
        "reliability_dimmer_ratio",
        series(
            Kind::Gauge,
            "reliability.dimmer",
            "1",
            "The share of the calls that are served the optional part.",
            |report, emit| each_switch(report, SwitchKind::Dimmer, "dimmer", emit),
        ),
    ),
    (
        "reliability_degraded_total",
        series(
            Kind::Counter,
            "reliability.degraded",
            "{call}",
            "Calls that were served with less, by the switch that said so.",
            |report, emit| {
                for switch in report.response.switches.iter().filter(|switch| switch.kind != SwitchKind::Gate) {
                    let attributes = [("kind", switch.kind.as_str()), ("name", switch.name.as_str())];
                    emit(&attributes, Value::Count(switch.degraded));
                }
            },
        ),
    ),
    (
        "reliability_gate_limit",
        series(
            Kind::Gauge,
            "reliability.gate.limit",
            "{request}",
            "How many requests a gate lets in at once; nothing before it has looked.",
            |report, emit| {
                each_gate(report, emit, |gate| gate.limit.map_or(Value::Unknown, |it| Value::Number(it as f64)));
            },
        ),
    ),
    (
        "reliability_gate_in_flight",
        series(Kind::UpDown, "reliability.gate.in_flight", "{request}", "Requests inside a gate.", |report, emit| {
            each_gate(report, emit, |gate| Value::Count(gate.in_flight));
        }),
    ),
    (
        "reliability_gate_baseline_seconds",
        series(
            Kind::Gauge,
            "reliability.gate.baseline",
            "s",
            "How long requests are inside a gate while nothing queues; nothing before that is known.",
            |report, emit| {
                each_gate(report, emit, |gate| {
                    gate.baseline.map_or(Value::Unknown, |baseline| Value::Number(baseline.as_secs_f64()))
                });
            },
        ),
    ),
    (
        "reliability_gate_offered_total",
        series(
            Kind::Counter,
            "reliability.gate.offered",
            "{request}",
            "Requests that came to a gate, weighted with their cost.",
            |report, emit| {
                each_gate(report, emit, |gate| Value::Count(gate.offered));
            },
        ),
    ),
    (
        "reliability_gate_admitted_total",
        series(
            Kind::Counter,
            "reliability.gate.admitted",
            "{request}",
            "Requests that a gate let in.",
            |report, emit| {
                each_gate(report, emit, |gate| Value::Count(gate.admitted));
            },
        ),
    ),
    (
        "reliability_gate_refused_total",
        series(
            Kind::Counter,
            "reliability.gate.refused",
            "{request}",
            "Requests that a gate refused, by reason.",
            |report, emit| {
                for gate in &report.response.gates {
                    for reason in ShedReason::ALL {
                        let attributes = [("gate", gate.name), ("reason", reason.name())];
                        emit(&attributes, Value::Count(gate.refused.by_reason(reason)));
                    }
                }
            },
        ),
    ),
    (
        "reliability_gate_refused_by_priority_total",
        series(
            Kind::Counter,
            "reliability.gate.refused_by_priority",
            "{request}",
            "Requests that a gate refused, by their class.",
            |report, emit| {
                for gate in &report.response.gates {
                    for priority in Priority::ALL {
                        let attributes = [("gate", gate.name), ("priority", priority.name())];
                        emit(&attributes, Value::Count(gate.refused.by_priority(priority)));
                    }
                }
            },
        ),
    ),
    (
        "reliability_gate_would_refuse_total",
        series(
            Kind::Counter,
            "reliability.gate.would_refuse",
            "{request}",
            "Requests that a gate which only watches would have refused.",
            |report, emit| {
                each_gate(report, emit, |gate| Value::Count(gate.would_refuse));
            },
        ),
    ),
    (
        "reliability_flag_provider_age_seconds",
        series(
            Kind::Gauge,
            "reliability.flag_provider.age",
            "s",
            "How long ago a provider of flags last answered; nothing if it never has.",
            |report, emit| {
                for provider in &report.response.providers {
                    let age = provider.answered.map_or(Value::Unknown, |age| Value::Number(age.as_secs_f64()));
                    emit(&[("provider", &provider.name)], age);
                }
            },
        ),
    ),
    (
        "reliability_flag_overruled",
        series(
            Kind::Gauge,
            "reliability.flag.overruled",
            "{flag}",
            "Flags whose value is not what their provider says, since a policy or a person overrules it.",
            |report, emit| {
                for provider in &report.response.providers {
                    emit(&[("provider", &provider.name)], Value::Number(provider.overruled.len() as f64));
                }
            },
        ),
    ),
    (
        "reliability_store_kept",
        series(
            Kind::Gauge,
            "reliability.store.kept",
            "{store}",
            "1 while all that must outlive the process is kept; no point where there is no store.",
            |report, emit| {
                for store in &report.store {
                    emit(&[], flag(store.standing == StoreStanding::Kept));
                }
            },
        ),
    ),
    (
        "reliability_store_age_seconds",
        series(
            Kind::Gauge,
            "reliability.store.age",
            "s",
            "How far what is kept lies behind; nothing while none of this process is kept.",
            |report, emit| {
                for store in &report.store {
                    let age = store.kept_until.map(|until| report.time.since(until).as_secs_f64());
                    emit(&[], age.map_or(Value::Unknown, Value::Number));
                }
            },
        ),
    ),
    (
        "reliability_store_writes_total",
        series(Kind::Counter, "reliability.store.writes", "{write}", "Writes to the store.", |report, emit| {
            report.store.iter().for_each(|store| emit(&[], Value::Count(store.writes)));
        }),
    ),
    (
        "reliability_store_failures_total",
        series(Kind::Counter, "reliability.store.failures", "{write}", "Writes that failed.", |report, emit| {
            report.store.iter().for_each(|store| emit(&[], Value::Count(store.failures)));
        }),
    ),
    (
        "reliability_store_size",
        series(Kind::Gauge, "reliability.store.size", "{byte}", "How many bytes the file has.", |report, emit| {
            report.store.iter().for_each(|store| emit(&[], Value::Count(store.bytes)));
        }),
    ),
];

fn flag(is_so: bool) -> Value {
    Value::Number(f64::from(u8::from(is_so)))
}

fn each_gate(report: &Report, emit: &mut Emit<'_>, value: impl Fn(&GateReport) -> Value) {
    for gate in &report.response.gates {
        emit(&[("gate", gate.name)], value(gate));
    }
}

fn each_switch(report: &Report, kind: SwitchKind, key: &'static str, emit: &mut Emit<'_>) {
    for switch in report.response.switches.iter().filter(|switch| switch.kind == kind) {
        let attributes: &Attributes<'_> = &[(key, &switch.name)];
        emit(attributes, position(switch).map_or(Value::Unknown, Value::Number));
    }
}

/// Where a switch stands as a number: the rung of a ladder, the share of the others.
fn position(switch: &SwitchReport) -> Option<f64> {
    let value = switch.value.as_str();
    match (switch.kind, value) {
        (SwitchKind::Ladder, _) => switch.values.iter().position(|rung| rung == value).map(|rung| rung as f64),
        (_, "on") => Some(1.0),
        (_, "off") => Some(0.0),
        _ => value.trim_start_matches(['<', '>']).strip_suffix('%')?.parse::<f64>().ok().map(|percent| percent / 100.0),
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn both_names_of_a_series_are_one_name() {
        for (prometheus, series) in ACTING {
            let stem = series.name.replace('.', "_");
            let unit = match series.unit {
                "s" => "_seconds",
                "1" if series.kind == Kind::Gauge => "_ratio",
                _ => "",
            };
            let total = if matches!(series.kind, Kind::Counter | Kind::Sum) { "_total" } else { "" };
            assert_eq!(format!("{stem}{unit}{total}"), prometheus);
        }
    }

    #[test]
    fn a_switch_stands_at_a_number() {
        let mut switch = SwitchReport {
            kind: SwitchKind::Flag,
            name: "x".into(),
            value: "25%".into(),
            values: Vec::new(),
            set_by: crate::SetBy::Declared,
            by: None,
            served: 0,
            degraded: 0,
        };
        for (value, number) in
            [("25%", Some(0.25)), ("on", Some(1.0)), ("off", Some(0.0)), ("<0.0001%", Some(1e-6)), ("?", None)]
        {
            switch.value = value.into();
            assert_eq!(position(&switch), number, "{value}");
        }
        switch.kind = SwitchKind::Ladder;
        switch.values = vec!["full".into(), "cached".into()];
        switch.value = "cached".into();
        assert_eq!(position(&switch), Some(1.0));
    }
}
