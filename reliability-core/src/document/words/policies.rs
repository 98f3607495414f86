//! Policies in plain words: when, what, and what it costs.

use super::line;
use crate::document::kinds::own::{ModeName, PolicyKind, SeverityName, StepKind, TriggerKind};

pub(super) fn policy(out: &mut String, spec: &PolicyKind) {
    if let Some(description) = &spec.description {
        description.lines().for_each(|text| line(out, text));
    }
    let only = spec.only_while.as_ref().map_or_else(String::new, |only| format!(", only while {}", trigger(only)));
    line(out, &format!("When {}{only}:", trigger(&spec.trigger)));
    for (i, step) in spec.steps.iter().enumerate() {
        let costs = step.costs.as_ref().map_or_else(String::new, |costs| format!(" (costs: {costs})"));
        line(out, &format!("{}. {}{costs}", i + 1, self::step(step)));
    }
    if let Some(verify) = &spec.verify {
        line(
            out,
            &format!("A step has helped if {} fails less within {}.", verify.sli.as_str(), verify.within.as_str()),
        );
    }
    line(
        out,
        match spec.mode {
            ModeName::Act => "It acts by itself, and gives back by itself.",
            ModeName::Shadow => "It does not act: it says what it would have done.",
        },
    );
}

fn trigger(spec: &TriggerKind) -> String {
    let join = |parts: &[TriggerKind], word: &str| parts.iter().map(trigger).collect::<Vec<_>>().join(word);
    if let Some(sli) = &spec.detected {
        return format!("{} fails fast", sli.as_str());
    }
    if let Some(burn) = &spec.burn {
        let severity = match burn.severity {
            SeverityName::Page => "page",
            SeverityName::Ticket => "ticket",
        };
        return format!("a {severity} of {} fires", burn.slo.as_str());
    }
    if let Some(budget) = &spec.budget_below {
        return format!("less than {} of the budget of {} is left", budget.left.as_str(), budget.slo.as_str());
    }
    if let Some(slow) = &spec.slower_than {
        let (share, sli, threshold) = (slow.share.as_str(), slow.sli.as_str(), slow.threshold.as_str());
        return format!("more than {share} of {sli} take longer than {threshold}");
    }
    if let Some(in_flight) = &spec.in_flight {
        return format!("more than {} calls of {} are in flight", in_flight.over, in_flight.sli.as_str());
    }
    if let Some(sli) = &spec.stalled {
        return format!("calls of {} start and none ends", sli.as_str());
    }
    if let Some(sli) = &spec.dependency {
        return format!("{} is in trouble", sli.as_str());
    }
    if let Some(gate) = &spec.saturated {
        return format!("the gate {} is saturated", gate.as_str());
    }
    match (&spec.any, &spec.all) {
        (Some(any), _) => join(any, ", or "),
        (None, Some(all)) => join(all, " and "),
        (None, None) => "a person engages it".to_owned(),
    }
}

fn step(spec: &StepKind) -> String {
    let to = spec.to.as_deref().unwrap_or_default();
    if let Some(flag) = &spec.flag {
        return if to == "off" {
            format!("switch {} off", flag.as_str())
        } else {
            format!("leave {} on for {to}", flag.as_str())
        };
    }
    if let Some(ladder) = &spec.ladder {
        return format!("serve {} as {to}", ladder.as_str());
    }
    if let Some(dimmer) = &spec.dimmer {
        return match &spec.steer {
            Some(sli) => format!("dim {} by the latency of {}", dimmer.as_str(), sli.as_str()),
            None => format!("serve {} to at most {to}", dimmer.as_str()),
        };
    }
    let gate = spec.gate.as_ref().map_or("", |gate| gate.as_str());
    if to == "enforce" {
        format!("let the gate {gate} refuse what would be too late")
    } else {
        format!("refuse {to} at the gate {gate}")
    }
}
