//! `OpenSLO` v1alpha and v2alpha, brought into the form of v1 before anything is checked.
//!
//! Trees are changed, not types: what is moved keeps its place in the file, so that findings point at what was written. Paths in
//! findings are those of v1.

use super::desk::Desk;
use super::kinds::Kind;
use super::node::{At, Content, Entry, Node};
use super::read::Version;
use super::texts;

pub(super) fn convert(version: Version, kind: Kind, node: &mut Node, desk: &mut Desk<'_>) {
    let name = node.at(&["metadata", "name"]).cloned();
    let Some(spec) = node.entries_mut().and_then(|entries| entry(entries, "spec")).map(|entry| &mut entry.node) else {
        return;
    };
    match (version, kind) {
        (Version::V2Alpha, Kind::Slo) => slo_v2(spec, desk),
        (Version::V2Alpha, Kind::Sli) => sli_v2(spec),
        (Version::V1Alpha, Kind::Slo) => slo_v1alpha(spec, name.as_ref(), desk),
        _ => {}
    }
}

fn entry<'a>(entries: &'a mut [Entry], key: &str) -> Option<&'a mut Entry> {
    entries.iter_mut().find(|entry| entry.key == key)
}

fn rename(node: &mut Node, from: &str, to: &str) {
    if let Some(entry) = node.entries_mut().and_then(|entries| entry(entries, from)) {
        to.clone_into(&mut entry.key);
    }
}

fn take(node: &mut Node, key: &str) -> Option<Entry> {
    let entries = node.entries_mut()?;
    let place = entries.iter().position(|entry| entry.key == key)?;
    Some(entries.remove(place))
}

fn child<'a>(node: &'a mut Node, key: &str) -> Option<&'a mut Node> {
    Some(&mut entry(node.entries_mut()?, key)?.node)
}

fn each(node: &mut Node, key: &str, mut change: impl FnMut(&mut Node)) {
    if let Some(Node { content: Content::List(items), .. }) = child(node, key) {
        for item in items {
            change(&mut item.node);
        }
    }
}

fn map(at: At, entries: Vec<Entry>) -> Node {
    Node::new(at, Content::Map(entries))
}

fn slo_v2(spec: &mut Node, desk: &mut Desk<'_>) {
    each(spec, "timeWindow", |window| {
        if let Some(duration) = window.get("duration")
            && duration.scalar().and_then(texts::shorthand).is_some_and(|(_, unit)| "MQY".contains(unit))
        {
            let message = "v2alpha has no months, quarters and years; it is read as v1 would";
            desk.warning("disputed", duration.at, "spec.timeWindow", message).accepted("m, h, d or w");
        }
    });
    indicator_v2(spec);
    each(spec, "objectives", indicator_v2);
}

fn indicator_v2(node: &mut Node) {
    rename(node, "sli", "indicator");
    rename(node, "sliRef", "indicatorRef");
    if let Some(spec) = child(node, "indicator").and_then(|indicator| child(indicator, "spec")) {
        sli_v2(spec);
    }
}

fn sli_v2(spec: &mut Node) {
    if let Some(metric) = child(spec, "thresholdMetric") {
        metric_v2(metric);
    }
    if let Some(ratio) = child(spec, "ratioMetric") {
        for key in ["good", "bad", "total", "raw"] {
            if let Some(metric) = child(ratio, key) {
                metric_v2(metric);
            }
        }
    }
}

/// `dataSourceRef` or `dataSourceSpec` beside `spec` are one `metricSource` in v1.
fn metric_v2(metric: &mut Node) {
    let Some(mut source) = metric.entries_mut().map(std::mem::take) else { return };
    let at = metric.at;
    let mut inline = None;
    source.retain_mut(|entry| match entry.key.as_str() {
        "dataSourceRef" => {
            "metricSourceRef".clone_into(&mut entry.key);
            true
        }
        "dataSourceSpec" => {
            inline = Some(std::mem::replace(&mut entry.node, Node::plain(at, "")));
            false
        }
        _ => true,
    });
    if let Some(mut inline) = inline {
        source.extend(take(&mut inline, "type"));
        if let Some(details) = take(&mut inline, "connectionDetails") {
            match source.iter_mut().find(|entry| entry.key == "spec").and_then(|entry| entry.node.entries_mut()) {
                Some(spec) => spec.push(details),
                None => source.push(Entry::of("spec", map(details.at, vec![details]))),
            }
        }
    }
    metric.content = Content::Map(vec![Entry::of("metricSource", map(at, source))]);
}

fn slo_v1alpha(spec: &mut Node, name: Option<&Node>, desk: &mut Desk<'_>) {
    rename(spec, "timeWindows", "timeWindow");
    each(spec, "timeWindow", |window| window_v1alpha(window, desk));
    let mut ratios = Vec::new();
    let slices = spec.get("budgetingMethod").and_then(Node::scalar) == Some("Timeslices");
    each(spec, "objectives", |goal| {
        if let Some(ratio) = take(goal, "ratioMetrics") {
            // v1alpha asks for a value even here, where it means nothing
            take(goal, "value");
            ratios.push(ratio);
        }
        if slices && goal.get("timeSliceWindow").is_none() {
            let message = "v1alpha does not say how long a slice is; one minute is taken";
            desk.warning("disputed", goal.at, "spec.objectives", message);
            let window = Entry::of("timeSliceWindow", Node::text(goal.at, "1m"));
            goal.entries_mut().into_iter().for_each(|entries| entries.push(window.clone()));
        }
    });
    let at = spec.at;
    let metadata = |at| map(at, name.map(|name| Entry::of("name", name.clone())).into_iter().collect());
    if let Some(first) = ratios.first() {
        for other in ratios.iter().filter(|other| other.node.value() != first.node.value()) {
            let message = "each objective has a ratio of its own, which one SLO of v1 cannot say: make an SLO of each";
            desk.error("not-in-v1", other.at, "spec.objectives", message);
        }
        if spec.get("indicator").is_some() {
            let message = "an SLO of v1alpha has an indicator or ratios, not both";
            desk.error("exclusive", first.at, "spec.objectives", message);
            return;
        }
        let (place, ratio) = (first.at, ratio_v1alpha(first.node.clone()));
        let inner = map(place, vec![Entry::of("ratioMetric", ratio)]);
        let indicator = map(place, vec![Entry::of("metadata", metadata(place)), Entry::of("spec", inner)]);
        spec.entries_mut().into_iter().for_each(|entries| entries.push(Entry::of("indicator", indicator.clone())));
    } else if let Some(indicator) = child(spec, "indicator") {
        let place = indicator.at;
        if let Some(metric) = child(indicator, "thresholdMetric") {
            *metric = metric_v1alpha(metric.clone());
        }
        let inner = std::mem::replace(indicator, Node::plain(at, ""));
        *indicator = map(place, vec![Entry::of("metadata", metadata(place)), Entry::of("spec", inner)]);
    }
}

fn ratio_v1alpha(mut ratio: Node) -> Node {
    rename(&mut ratio, "incremental", "counter");
    for key in ["good", "bad", "total"] {
        if let Some(metric) = child(&mut ratio, key) {
            *metric = metric_v1alpha(metric.clone());
        }
    }
    ratio
}

/// `source`, `queryType` and `query`.
fn metric_v1alpha(mut metric: Node) -> Node {
    let at = metric.at;
    let source = take(&mut metric, "source").map(|entry| Entry { key: "type".into(), ..entry });
    let source: Vec<_> = source.into_iter().chain([Entry::of("spec", metric)]).collect();
    map(at, vec![Entry::of("metricSource", map(at, source))])
}

fn window_v1alpha(window: &mut Node, desk: &mut Desk<'_>) {
    let (Some(unit), Some(count)) = (take(window, "unit"), take(window, "count")) else {
        desk.error("missing", window.at, "spec.timeWindow", "a window of v1alpha has a unit and a count");
        return;
    };
    let number: u32 = count.node.scalar().and_then(|text| text.parse().ok()).unwrap_or(0);
    let letter = match unit.node.scalar().unwrap_or_default() {
        "Second" if number.is_multiple_of(60) => Some((number / 60, 'm')),
        "Day" => Some((number, 'd')),
        "Week" => Some((number, 'w')),
        "Month" => Some((number, 'M')),
        "Quarter" => Some((number, 'Q')),
        _ => None,
    };
    let Some((number, letter)) = letter.filter(|(number, _)| *number > 0) else {
        let made = desk.error("wrong-form", unit.node.at, "spec.timeWindow", "this is no window of v1alpha");
        made.found(format!("{} {}", count.node.describe(), unit.node.describe()))
            .accepted("a count above 0 of Second (whole minutes), Day, Week, Month or Quarter");
        return;
    };
    let duration = Entry::of("duration", Node::text(unit.node.at, format!("{number}{letter}")));
    window.entries_mut().into_iter().for_each(|entries| entries.insert(0, duration.clone()));
}
