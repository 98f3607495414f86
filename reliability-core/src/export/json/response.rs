//! What acts, as JSON: `response` of the report.

use serde_json::{Value, json};

use super::{number, seconds, time};
use crate::admission::{BreakerReport, GateMode, GateReport, Priority, RetriesReport, ShedReason};
use crate::engine::response::{
    ApprovalReport, ApprovalState, KnownGoodReport, Phase, PolicyMode, PolicyReport, ProviderReport, ResponseReport,
    StepReport, SwitchReport,
};

pub(super) fn response(response: &ResponseReport) -> Value {
    let acted = response.acted.iter().map(|acted| {
        json!({
            "policy": acted.policy, "compensator": acted.compensator, "action": acted.action.as_str(),
            "times": acted.times,
        })
    });
    json!({
        "kill_switch": response.kill_switch,
        "lease_lapses": response.lease_lapses,
        "policies": response.policies.iter().map(policy).collect::<Vec<_>>(),
        "acted": acted.collect::<Vec<_>>(),
        "switches": response.switches.iter().map(switch).collect::<Vec<_>>(),
        "gates": response.gates.iter().map(gate).collect::<Vec<_>>(),
        "breakers": response.breakers.iter().map(breaker).collect::<Vec<_>>(),
        "bulkheads": response.bulkheads.iter().map(gate).collect::<Vec<_>>(),
        "retries": response.retries.iter().map(retries).collect::<Vec<_>>(),
        "approvals": response.approvals.iter().map(approval).collect::<Vec<_>>(),
        "known_good": response.known_good.as_ref().map(known_good),
        "providers": response.providers.iter().map(provider).collect::<Vec<_>>(),
    })
}

fn policy(policy: &PolicyReport) -> Value {
    let mut phase = json!({"name": policy.phase.as_str()});
    match policy.phase {
        Phase::Verifying { step, until } | Phase::Engaged { step, until } => {
            phase["step"] = json!(step);
            phase["until"] = json!(time(until));
        }
        Phase::Probing { step, share, until } => {
            phase["step"] = json!(step);
            phase["share"] = number(share);
            phase["until"] = json!(time(until));
        }
        Phase::CoolingDown { until } => phase["until"] = json!(time(until)),
        Phase::Overridden { engaged } => phase["engaged"] = json!(engaged),
        Phase::Idle | Phase::Exhausted => {}
    }
    json!({
        "name": policy.name,
        "mode": match policy.mode { PolicyMode::Act => "act", PolicyMode::Shadow => "shadow" },
        "phase": phase,
        "since": time(policy.since),
        "trigger": policy.trigger,
        "judge": policy.judge,
        "local_because": policy.local_because,
        "triggered": policy.triggered,
        "steps": policy.steps.iter().map(step).collect::<Vec<_>>(),
        "verify": policy.verify,
        "engagements": policy.engagements,
        "limit": policy.limit,
        "window_seconds": seconds(policy.window),
        "reason": policy.reason,
    })
}

fn step(step: &StepReport) -> Value {
    json!({
        "compensator": step.compensator, "describe": step.describe, "cost": step.cost,
        "strength": number(step.strength), "engaged": step.engaged.map(number),
    })
}

fn switch(switch: &SwitchReport) -> Value {
    json!({
        "kind": switch.kind.as_str(), "name": switch.name, "value": switch.value, "values": switch.values,
        "set_by": switch.set_by.as_str(), "by": switch.by, "served": switch.served, "degraded": switch.degraded,
    })
}

fn gate(gate: &GateReport) -> Value {
    let reasons = ShedReason::ALL.map(|reason| (reason.name().to_owned(), json!(gate.refused.by_reason(reason))));
    let classes = Priority::ALL.map(|class| (class.name().to_owned(), json!(gate.refused.by_priority(class))));
    json!({
        "name": gate.name,
        "mode": match gate.mode { GateMode::Open => "open", GateMode::Monitor => "monitor", GateMode::Enforce => "enforce" },
        "limit": gate.limit,
        "in_flight": gate.in_flight,
        "detached": gate.detached,
        "baseline_seconds": gate.baseline.map(seconds),
        "expected_seconds": gate.expected.map(seconds),
        "offered": gate.offered,
        "admitted": gate.admitted,
        "completed": gate.completed,
        "failed": gate.failed,
        "refused": {
            "total": gate.refused.total(),
            "by_reason": Value::Object(reasons.into_iter().collect()),
            "by_priority": Value::Object(classes.into_iter().collect()),
        },
        "would_refuse": gate.would_refuse,
        "cut": number(gate.cut.as_f64()),
        "forced": number(gate.forced.as_f64()),
    })
}

fn breaker(breaker: &BreakerReport) -> Value {
    json!({
        "name": breaker.name, "state": breaker.state.name(), "passed": breaker.passed, "in_flight": breaker.in_flight,
        "failed": breaker.failed, "refused": breaker.refused, "opened": breaker.opened,
    })
}

fn retries(retries: &RetriesReport) -> Value {
    json!({
        "name": retries.name, "in_flight": retries.in_flight, "running": retries.running, "granted": retries.granted,
        "refused": retries.refused,
    })
}

fn approval(approval: &ApprovalReport) -> Value {
    let (state, by) = match &approval.state {
        ApprovalState::Pending => ("pending", None),
        ApprovalState::Approved { by } => ("approved", Some(by)),
        ApprovalState::Declined { by } => ("declined", Some(by)),
        ApprovalState::Expired => ("expired", None),
    };
    json!({
        "id": approval.id, "policy": approval.policy, "compensator": approval.compensator, "plan": approval.plan,
        "digest": approval.digest, "requester": approval.requester, "asked": time(approval.asked),
        "expires": time(approval.expires), "state": state, "by": by,
    })
}

fn known_good(known: &KnownGoodReport) -> Value {
    json!({
        "version": known.version, "confirmed": known.confirmed.map(time), "running": known.running,
        "soaked_seconds": seconds(known.soaked), "soak_seconds": seconds(known.soak),
    })
}

fn provider(provider: &ProviderReport) -> Value {
    json!({
        "name": provider.name, "answered_seconds": provider.answered.map(seconds), "trouble": provider.trouble,
        "flags": provider.flags, "overruled": provider.overruled, "forgotten": provider.forgotten,
    })
}
