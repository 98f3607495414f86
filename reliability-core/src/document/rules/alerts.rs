//! The rules of alert policies and their conditions.

use super::{Check, Node, disputed, key_at, one_of};
use crate::document::texts;

pub(super) fn policy(check: &mut Check<'_, '_>, spec: &Node) {
    for (i, item) in spec.get("conditions").map_or(&[][..], Node::items).iter().enumerate() {
        check.within("conditions", |check| {
            check.within(&format!("[{i}]"), |check| {
                inline(check, &item.node, "conditionRef", "AlertCondition");
                if let Some(spec) = item.node.get("spec") {
                    check.within("spec", |check| condition(check, spec));
                }
            });
        });
    }
    for (i, item) in spec.get("notificationTargets").map_or(&[][..], Node::items).iter().enumerate() {
        check.within("notificationTargets", |check| {
            check.within(&format!("[{i}]"), |check| inline(check, &item.node, "targetRef", "AlertNotificationTarget"));
        });
    }
}

/// An alert policy of an SLO: a name, or all of it.
pub(super) fn policy_item(check: &mut Check<'_, '_>, item: &Node) {
    inline(check, item, "alertPolicyRef", "AlertPolicy");
    if let Some(spec) = item.get("spec") {
        check.within("spec", |check| policy(check, spec));
    }
}

/// A name, or kind, metadata and spec.
fn inline(check: &mut Check<'_, '_>, item: &Node, reference: &str, kind: &str) {
    one_of(check, item, &[reference, "spec"], true);
    if item.get("spec").is_none() {
        return;
    }
    match item.get("kind") {
        None => check.missing("kind", item.at),
        Some(node) if node.scalar() != Some(kind) => check.within("kind", |check| {
            let message = "another kind belongs here";
            check.desk.error("unknown-kind", node.at, &check.path, message).found(node.describe()).accepted(kind);
        }),
        Some(_) => {}
    }
    match item.get("metadata") {
        None => check.missing("metadata", item.at),
        Some(metadata) => check.within("metadata", |check| super::metadata::rules(check, metadata)),
    }
}

pub(super) fn condition(check: &mut Check<'_, '_>, spec: &Node) {
    let Some(condition) = spec.get("condition") else { return };
    check.within("condition", |check| {
        let missing = [
            ("kind", "the text of OpenSLO takes burnrate where it is left out, its validator wants it"),
            ("op", "the text of OpenSLO does not name it, its validator wants it; gte is taken"),
            ("alertAfter", "the text of OpenSLO calls it required and gives 0m as its default, its validator does not ask for it"),
        ];
        for (key, message) in missing.into_iter().filter(|(key, _)| condition.get(key).is_none()) {
            check.within(key, |check| disputed(check, condition.at, message));
        }
        if condition.get("op").and_then(Node::scalar).is_some_and(|op| op.starts_with('l')) {
            let at = key_at(condition, "op");
            check.within("op", |check| {
                disputed(check, at, "an alert that begins while the budget burns slowly; an example of OpenSLO has it, but hardly means it");
            });
        }
        for key in ["lookbackWindow", "alertAfter"] {
            let Some(window) = condition.get(key) else { continue };
            let zero = window.scalar().and_then(texts::shorthand).is_some_and(|(number, _)| number == 0);
            if zero && key == "lookbackWindow" {
                check.within(key, |check| {
                    disputed(check, window.at, "the text of OpenSLO asks for a duration above 0, its validator accepts 0");
                });
            }
        }
    });
}
