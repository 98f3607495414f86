//! The rules of this library's own kinds.

use super::{Check, Node, key_at, one_of};
use crate::document::texts;

const TRIGGERS: &[&str] = &[
    "detected",
    "burn",
    "budgetBelow",
    "slowerThan",
    "inFlight",
    "stalled",
    "dependency",
    "saturated",
    "byHand",
    "any",
    "all",
];

pub(super) fn feature(check: &mut Check<'_, '_>, spec: &Node) {
    for (i, part) in spec.get("parts").map_or(&[][..], Node::items).iter().enumerate() {
        check.within("parts", |check| {
            check.within(&format!("[{i}]"), |check| one_of(check, &part.node, &["slo", "feature"], true));
        });
    }
}

pub(super) fn policy(check: &mut Check<'_, '_>, spec: &Node) {
    for key in ["trigger", "onlyWhile"] {
        if let Some(trigger) = spec.get(key) {
            check.within(key, |check| self::trigger(check, trigger));
        }
    }
    for (i, step) in spec.get("steps").map_or(&[][..], Node::items).iter().enumerate() {
        check.within("steps", |check| check.within(&format!("[{i}]"), |check| self::step(check, &step.node)));
    }
}

fn trigger(check: &mut Check<'_, '_>, trigger: &Node) {
    one_of(check, trigger, TRIGGERS, true);
    for key in ["any", "all"] {
        for (i, part) in trigger.get(key).map_or(&[][..], Node::items).iter().enumerate() {
            check.within(key, |check| check.within(&format!("[{i}]"), |check| self::trigger(check, &part.node)));
        }
    }
}

fn step(check: &mut Check<'_, '_>, step: &Node) {
    one_of(check, step, &["flag", "ladder", "dimmer", "gate"], true);
    let dimmer = step.get("dimmer").is_some();
    if dimmer {
        one_of(check, step, &["to", "steer"], true);
    } else {
        if step.get("to").is_none() {
            check.missing("to", step.at);
        }
        if step.get("steer").is_some() {
            let at = key_at(step, "steer");
            check.within("steer", |check| {
                check.desk.error("exclusive", at, &check.path, "only a dimmer is steered");
            });
        }
    }
    let Some(to) = step.get("to") else { return };
    let text = to.scalar().unwrap_or_default();
    let accepted = match () {
        () if step.get("flag").is_some() && text != "off" => "off, or a percentage, as 25%",
        () if step.get("gate").is_some() && text != "enforce" => "enforce, or a percentage, as 25%",
        () if dimmer => "a percentage, as 25%",
        () => return,
    };
    if texts::share(text).is_none() {
        check.within("to", |check| {
            let message = "the switch cannot be set to this";
            check.desk.error("wrong-form", to.at, &check.path, message).found(to.describe()).accepted(accepted);
        });
    }
}

pub(super) fn maintenance(check: &mut Check<'_, '_>, spec: &Node) {
    let instant = |key: &str| spec.get(key).and_then(Node::scalar).and_then(texts::instant);
    if let (Some(from), Some(to)) = (instant("from"), instant("to"))
        && from >= to
    {
        let node = spec.get("to").unwrap_or(spec);
        check.within("to", |check| {
            let message = "planned time ends after it began";
            let made = check.desk.error("out-of-range", node.at, &check.path, message).found(node.describe());
            made.accepted(format!("an instant after {from}"));
        });
    }
}
