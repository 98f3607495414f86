//! The rules of SLOs and SLIs.

use super::{Check, Node, alerts, disputed, key_at, one_of};
use crate::document::node::{At, Content, Resolved};
use crate::document::texts;

pub(super) fn slo(check: &mut Check<'_, '_>, spec: &Node) {
    let goals = spec.get("objectives").map_or(&[][..], Node::items);
    let composite = goals.iter().any(|goal| goal.node.get("indicator").or(goal.node.get("indicatorRef")).is_some());
    let own = spec.get("indicator").is_some() || spec.get("indicatorRef").is_some();
    if composite && own {
        let at = key_at(spec, if spec.get("indicator").is_some() { "indicator" } else { "indicatorRef" });
        let path = check.path.clone();
        let message = "an SLO has one indicator, or one for each objective (a composite), not both";
        check.desk.error("exclusive", at, &path, message);
    } else if !composite {
        one_of(check, spec, &["indicator", "indicatorRef"], true);
    }
    if let Some(indicator) = spec.get("indicator") {
        self::indicator(check, indicator);
    }
    window(check, spec);
    let method = spec.get("budgetingMethod").and_then(Node::scalar).unwrap_or_default();
    let threshold = spec.at(&["indicator", "spec", "thresholdMetric"]).is_some();
    let ratio = spec.at(&["indicator", "spec", "ratioMetric"]).is_some();
    if threshold && goals.len() > 1 {
        let at = key_at(spec, "objectives");
        check.within("objectives", |check| {
            disputed(
                check,
                at,
                "the text of OpenSLO allows one objective for a threshold metric, its validator several",
            );
        });
    }
    for (i, goal) in goals.iter().enumerate() {
        check.within("objectives", |check| {
            check.within(&format!("[{i}]"), |check| {
                self::goal(check, &goal.node, method);
                if composite {
                    one_of(check, &goal.node, &["indicator", "indicatorRef"], true);
                }
                if let Some(indicator) = goal.node.get("indicator") {
                    self::indicator(check, indicator);
                }
                let at_goal = |key: &str| goal.node.at(&["indicator", "spec", key]).is_some();
                comparison(check, &goal.node, threshold || at_goal("thresholdMetric"), ratio || at_goal("ratioMetric"));
            });
        });
    }
    for (i, item) in spec.get("alertPolicies").map_or(&[][..], Node::items).iter().enumerate() {
        check.within("alertPolicies", |check| {
            check.within(&format!("[{i}]"), |check| alerts::policy_item(check, &item.node));
        });
    }
}

fn window(check: &mut Check<'_, '_>, spec: &Node) {
    let Some(windows) = spec.get("timeWindow") else {
        check.within("timeWindow", |check| {
            disputed(
                check,
                spec.at,
                "the text of OpenSLO lets the time window be left out, its validator does not; the code's window holds",
            );
        });
        return;
    };
    for (i, window) in windows.items().iter().enumerate() {
        check.within("timeWindow", |check| check.within(&format!("[{i}]"), |check| one_window(check, &window.node)));
    }
}

fn one_window(check: &mut Check<'_, '_>, window: &Node) {
    let rolling = window.get("isRolling").and_then(Node::resolved) == Some(Resolved::Bool(true));
    let calendar = window.get("calendar");
    if rolling && calendar.is_some() {
        let at = key_at(window, "calendar");
        check.within("calendar", |check| {
            check.desk.error("exclusive", at, &check.path, "a window that rolls has no calendar");
        });
    }
    if !rolling && calendar.is_none() {
        let path = check.path.clone();
        let made = check.desk.error("missing", window.at, &path, "a window rolls or has a calendar");
        made.accepted("isRolling: true, or a calendar with startTime and timeZone");
    }
    if let Some(calendar) = calendar
        && let Some(start) = calendar.get("startTime")
        && matches!(start.content, Content::Scalar { plain: true, .. })
    {
        check.within("calendar", |check| {
            check.within("startTime", |check| {
                disputed(
                    check,
                    start.at,
                    "without quotes, as in the text of OpenSLO, other readers take this for a timestamp and refuse it",
                );
            });
        });
    }
    let Some(duration) = window.get("duration") else { return };
    let Some((number, unit)) = duration.scalar().and_then(texts::shorthand) else { return };
    check.within("duration", |check| {
        if number == 0 {
            zero(check, duration.at);
        }
        if unit == 'm' {
            let message = if calendar.is_some() {
                "m is minutes, M is months; an example of OpenSLO writes m for a month, and so it is read in a calendar window"
            } else {
                "m is minutes, M is months; an example of OpenSLO writes m for a month, but here it is minutes"
            };
            disputed(check, duration.at, message);
        }
    });
}

fn zero(check: &mut Check<'_, '_>, at: At) {
    disputed(check, at, "the text of OpenSLO asks for a duration above 0, its validator accepts 0");
}

fn goal(check: &mut Check<'_, '_>, goal: &Node, method: &str) {
    one_of(check, goal, &["target", "targetPercent"], true);
    for (key, decimals) in [("target", 9), ("targetPercent", 7)] {
        let Some(target) = goal.get(key) else { continue };
        let number = match target.resolved() {
            Some(Resolved::Integer(value)) => value as f64,
            Some(Resolved::Number(value)) => value,
            _ => continue,
        };
        if texts::parts_per_billion(number, decimals).is_none() {
            check.within(key, |check| {
                let message = "an objective is judged to one part in a billion; this one is finer";
                let made = check.desk.error("too-fine", target.at, &check.path, message).found(target.describe());
                made.accepted(format!("at most {decimals} decimals"));
            });
        }
    }
    if method == "Timeslices" && goal.get("timeSliceTarget").is_none() {
        check.missing("timeSliceTarget", goal.at);
    }
    if method.ends_with("imeslices") && goal.get("timeSliceWindow").is_none() {
        check.missing("timeSliceWindow", goal.at);
    }
    if let Some(target) = goal.get("timeSliceTarget")
        && matches!(target.resolved(), Some(Resolved::Integer(0) | Resolved::Number(0.0)))
    {
        check.within("timeSliceTarget", |check| {
            disputed(
                check,
                target.at,
                "the text of OpenSLO names both [0, 1] and (0, 1] here, its validator refuses 0",
            );
        });
    }
    let Some(window) = goal.get("timeSliceWindow") else { return };
    check.within("timeSliceWindow", |check| match window.resolved() {
        Some(Resolved::Integer(_)) => {
            disputed(check, window.at, "the text of OpenSLO takes a bare number for minutes, its validator refuses it");
        }
        Some(Resolved::Text(text)) if texts::shorthand(text).is_some_and(|(number, _)| number == 0) => {
            zero(check, window.at);
        }
        _ => {}
    });
}

/// `op` and `value` belong to threshold metrics.
fn comparison(check: &mut Check<'_, '_>, goal: &Node, threshold: bool, ratio: bool) {
    for key in ["op", "value"] {
        match goal.get(key) {
            Some(node) if ratio => check.within(key, |check| {
                disputed(check, node.at, "it means nothing beside a ratio metric; the text of OpenSLO does not want it, its examples have it");
            }),
            None if threshold => check.within(key, |check| {
                disputed(check, goal.at, "the text of OpenSLO wants it beside a threshold metric, its validator does not ask for it");
            }),
            _ => {}
        }
    }
}

fn indicator(check: &mut Check<'_, '_>, indicator: &Node) {
    check.within("indicator", |check| {
        if let Some(metadata) = indicator.get("metadata") {
            check.within("metadata", |check| super::metadata::rules(check, metadata));
        }
        if let Some(spec) = indicator.get("spec") {
            check.within("spec", |check| sli(check, spec));
        }
    });
}

pub(super) fn sli(check: &mut Check<'_, '_>, spec: &Node) {
    one_of(check, spec, &["thresholdMetric", "ratioMetric"], true);
    if let Some(metric) = spec.get("thresholdMetric") {
        check.within("thresholdMetric", |check| self::metric(check, metric));
    }
    let Some(ratio) = spec.get("ratioMetric") else { return };
    check.within("ratioMetric", |check| {
        one_of(check, ratio, &["total", "raw"], true);
        let with_total = ratio.get("total").is_some();
        one_of(check, ratio, if with_total { &["good", "bad"] } else { &["raw", "good", "bad"] }, with_total);
        if ratio.get("raw").is_some() && ratio.get("rawType").is_none() {
            check.missing("rawType", ratio.at);
        }
        if ratio.get("raw").is_none() && ratio.get("rawType").is_some() {
            let at = key_at(ratio, "rawType");
            check.within("rawType", |check| {
                disputed(check, at, "the text of OpenSLO has it beside raw alone, its validator does not mind");
            });
        }
        for key in ["good", "bad", "total", "raw"] {
            if let Some(metric) = ratio.get(key) {
                check.within(key, |check| self::metric(check, metric));
            }
        }
    });
}

fn metric(check: &mut Check<'_, '_>, metric: &Node) {
    let Some(source) = metric.get("metricSource") else { return };
    if source.get("type").is_none() && source.get("metricSourceRef").is_none() {
        check.within("metricSource", |check| {
            disputed(
                check,
                source.at,
                "the text of OpenSLO wants a type where no data source is named, its validator does not ask for it",
            );
        });
    }
}
