//! Policies of documents, with the switches of this process that they name.

use std::time::Duration;

use crate::admission::switches::{Switch, switches};
use crate::compensate::{Draft, Policy, Step, Trigger};
use crate::document::kinds::Document;
use crate::document::kinds::own::{ModeName, PolicyKind, ReleaseKind, SeverityName, StepKind, TriggerKind};
use crate::document::{Bound, Documents};
use crate::slo::Severity;
use crate::spec::{Finding, parse_duration};
use crate::{Gate, Share};

/// The policies that can be built, and why others cannot.
pub(super) fn build(documents: &Documents, bound: &Bound) -> (Vec<Policy>, Vec<Finding>) {
    let mut building = Building { documents, bound, switches: switches(), findings: Vec::new() };
    let policies = documents.policies().filter_map(|(document, policy)| building.policy(document, policy)).collect();
    (policies, building.findings)
}

struct Building<'a> {
    documents: &'a Documents,
    bound: &'a Bound,
    switches: Vec<Switch>,
    findings: Vec<Finding>,
}

type Keys = Vec<String>;

impl Building<'_> {
    fn policy(&mut self, document: &Document, policy: &PolicyKind) -> Option<Policy> {
        let keys = |last: &[&str]| -> Keys { ["spec"].iter().chain(last).map(|key| (*key).to_owned()).collect() };
        let trigger = self.trigger(document, &keys(&["trigger"]), &policy.trigger);
        let only = policy.only_while.as_ref().map(|only| self.trigger(document, &keys(&["onlyWhile"]), only));
        let mut steps = Vec::new();
        for (i, step) in policy.steps.iter().enumerate() {
            steps.push(self.step(document, &keys(&["steps", &format!("[{i}]")]), step));
        }
        let mut steps = steps.into_iter().collect::<Option<Vec<_>>>()?.into_iter();
        let named = Policy::named(document.name()).ok()?;
        let mut draft = named.on(trigger?).step(steps.next()?);
        for step in steps {
            draft = draft.step(step);
        }
        if let Some(only) = only {
            draft = draft.only_while(only?);
        }
        if let Some(verify) = &policy.verify {
            draft = draft.verify(verify.sli.as_str(), span(verify.within.as_str()));
        }
        if let Some(release) = &policy.release {
            draft = self::release(draft, release);
        }
        Some(match policy.mode {
            ModeName::Act => draft.act(),
            ModeName::Shadow => draft.shadow(),
        })
    }

    fn trigger(&mut self, document: &Document, keys: &Keys, trigger: &TriggerKind) -> Option<Trigger> {
        let slo = |name: &str| self.bound.names.get(name).cloned().unwrap_or_else(|| name.to_owned());
        if let Some(sli) = &trigger.detected {
            return Some(Trigger::detected(sli.as_str()));
        }
        if let Some(burn) = &trigger.burn {
            let severity = match burn.severity {
                SeverityName::Page => Severity::Page,
                SeverityName::Ticket => Severity::Ticket,
            };
            return Some(Trigger::burn(slo(burn.slo.as_str()), severity));
        }
        if let Some(budget) = &trigger.budget_below {
            return Some(Trigger::budget_below(slo(budget.slo.as_str()), share(budget.left.as_str())?.as_f64()));
        }
        if let Some(slow) = &trigger.slower_than {
            let (threshold, part) = (span(slow.threshold.as_str()), share(slow.share.as_str())?);
            return Some(Trigger::slower_than(slow.sli.as_str(), threshold, part));
        }
        if let Some(in_flight) = &trigger.in_flight {
            return Some(Trigger::in_flight(in_flight.sli.as_str(), in_flight.over));
        }
        if let Some(sli) = &trigger.stalled {
            return Some(Trigger::stalled(sli.as_str()));
        }
        if let Some(sli) = &trigger.dependency {
            return Some(Trigger::dependency(sli.as_str()));
        }
        if let Some(gate) = &trigger.saturated {
            let keys = with(keys, "saturated");
            return self.gate(document, &keys, gate.as_str()).map(Trigger::saturated);
        }
        if let Some(any) = &trigger.any {
            return self.joined(document, &with(keys, "any"), any, Trigger::or);
        }
        if let Some(all) = &trigger.all {
            return self.joined(document, &with(keys, "all"), all, Trigger::and);
        }
        Some(Trigger::by_hand())
    }

    fn joined(
        &mut self,
        document: &Document,
        keys: &Keys,
        parts: &[TriggerKind],
        join: fn(Trigger, Trigger) -> Trigger,
    ) -> Option<Trigger> {
        let mut joined: Option<Trigger> = None;
        for (i, part) in parts.iter().enumerate() {
            let part = self.trigger(document, &with(keys, &format!("[{i}]")), part)?;
            joined = Some(joined.map_or(part.clone(), |before| join(before, part)));
        }
        joined
    }

    fn step(&mut self, document: &Document, keys: &Keys, step: &StepKind) -> Option<Step> {
        let to = step.to.as_deref().unwrap_or_default();
        let built = if let Some(name) = &step.flag {
            let flag = self.switch(document, &with(keys, "flag"), "flag", name.as_str(), |switch| match switch {
                Switch::Flag(flag) => Some(flag),
                _ => None,
            })?;
            if to == "off" { Step::off(flag) } else { Step::flag_to(flag, share(to)?) }
        } else if let Some(name) = &step.ladder {
            let ladder =
                self.switch(document, &with(keys, "ladder"), "ladder", name.as_str(), |switch| match switch {
                    Switch::Ladder(ladder) => Some(ladder),
                    _ => None,
                })?;
            if !ladder.rungs().contains(&to) {
                let message = format!(
                    "the ladder {name} has no rung {to:?}; it has: {}",
                    ladder.rungs().join(", "),
                    name = name.as_str()
                );
                self.findings.push(self.documents.error(document, &with(keys, "to"), "unknown-rung", message));
                return None;
            }
            Step::rung(ladder, to)
        } else if let Some(name) = &step.dimmer {
            let dimmer =
                self.switch(document, &with(keys, "dimmer"), "dimmer", name.as_str(), |switch| match switch {
                    Switch::Dimmer(dimmer) => Some(dimmer),
                    _ => None,
                })?;
            match &step.steer {
                Some(sli) => Step::steer(dimmer, sli.as_str()),
                None => Step::dim(dimmer, share(to)?),
            }
        } else {
            let gate = self.gate(document, &with(keys, "gate"), step.gate.as_ref()?.as_str())?;
            if to == "enforce" { Step::enforce(gate) } else { Step::refuse(gate, share(to)?) }
        };
        Some(match &step.costs {
            Some(costs) => built.costs(costs.as_str()),
            None => built,
        })
    }

    fn gate(&mut self, document: &Document, keys: &Keys, name: &str) -> Option<&'static Gate> {
        self.switch(document, keys, "gate", name, |switch| match switch {
            Switch::Gate(gate) => Some(gate),
            _ => None,
        })
    }

    fn switch<T>(
        &mut self,
        document: &Document,
        keys: &Keys,
        kind: &str,
        name: &str,
        of_kind: impl Fn(Switch) -> Option<&'static T>,
    ) -> Option<&'static T> {
        let known = self.switches.iter().find(|switch| switch.name() == name && switch.kind() == kind);
        if let Some(found) = known.and_then(|switch| of_kind(*switch)) {
            return Some(found);
        }
        let names: Vec<_> =
            self.switches.iter().filter(|switch| switch.kind() == kind).map(|switch| switch.name()).collect();
        let mut finding =
            self.documents.error(document, keys, "unknown-switch", format!("the code has no {kind} {name}"));
        finding.found = Some(name.to_owned());
        finding.accepted = Some(if names.is_empty() { "there are none".to_owned() } else { names.join(", ") });
        self.findings.push(finding);
        None
    }
}

fn release(mut draft: Draft, release: &ReleaseKind) -> Draft {
    for (text, apply) in [
        (&release.hold, Draft::hold as fn(Draft, Duration) -> Draft),
        (&release.calm, Draft::calm),
        (&release.cool_down, Draft::cool_down),
        (&release.probe_for, Draft::probe_for),
        (&release.back_off_to, Draft::back_off_to),
        (&release.longest, Draft::longest),
    ] {
        if let Some(text) = text {
            draft = apply(draft, span(text.as_str()));
        }
    }
    if let Some(at_most) = &release.at_most {
        draft = draft.at_most(at_most.times, span(at_most.within.as_str()));
    }
    match release.minimum_calls {
        Some(calls) => draft.minimum(calls),
        None => draft,
    }
}

fn with(keys: &Keys, last: &str) -> Keys {
    keys.iter().cloned().chain([last.to_owned()]).collect()
}

/// The forms were checked when the documents were read.
fn span(text: &str) -> Duration {
    parse_duration(text).unwrap_or_default()
}

fn share(text: &str) -> Option<Share> {
    let number: f64 = text.strip_suffix('%')?.trim_end().parse().ok()?;
    Some(Share::of(number / 100.0))
}
