//! From counters to windows.
//!
//! What a replica has counted since the evaluation before is its reading less the last one, which is kept as a series: so a late
//! or missed evaluation loses nothing, and the sum of all minutes is the counter. A replica that began to count anew says so
//! (`reliability_counts_begin_timestamp_seconds`), and contributes the whole of its new count, also when that is already above
//! the old one: a service that crashes every half minute would otherwise hide its failures. For the same reason a replica
//! that appears contributes all that it has counted, if it began within the hour; one that is older was there before anybody
//! looked. Replicas are summed after that.
//!
//! A minute in which no replica could be read (no sample younger than a minute) has no sample: it is unobserved, not
//! empty. Minutes before the first one count as observed and empty, as in the process.

use super::{Rule, Scope, promql};
use crate::slo::WINDOWS;

/// A reading is one of this minute.
const FRESH: &str = "> time() - 60";

pub(super) fn rules(scope: &Scope<'_>, rules: &mut Vec<Rule>) {
    let (raw, own, labels) = (&scope.raw, &scope.own, &scope.labels);
    let none = super::Labels::default();
    let counter = format!("reliability_judged_total{{{raw}}}");
    let begin = format!("reliability_counts_begin_timestamp_seconds{{{raw}}}");
    let read = format!("reliability:judged:read{{{raw}}}");
    let counted_since = format!("reliability:counts_begin:read{{{raw}}}");
    rules.push(Rule::record("reliability:judged:read", &none, format!("{counter} and (timestamp({counter}) {FRESH})")));
    rules.push(Rule::record(
        "reliability:counts_begin:read",
        &none,
        format!("{begin} and (timestamp({begin}) {FRESH})"),
    ));
    let known = format!(
        "(\n      last_over_time({read}[1h] offset 30s)\n    unless ignoring (slo, outcome)\n      ({counted_since} != last_over_time({counted_since}[1h] offset 30s))\n    )"
    );
    let fresh = format!(
        "sum by (sli, slo, outcome) (\n    ({read} - {known}) >= 0\n  or\n    {read} and {known}\n  or\n    {read} and ignoring (slo, outcome) ({counted_since} > time() - 3600)\n  or\n    {read} * 0\n)"
    );
    rules.push(Rule::record("reliability:slo_events:new1m", labels, fresh));
    let bad = format!("reliability:slo_events:new1m{{{}}}", promql::joined(&[own, "outcome=\"bad\""]));
    let valid = format!("reliability:slo_valid:new1m{{{own}}}");
    let both = format!("sum without (outcome) (reliability:slo_events:new1m{{{own}}})");
    rules.push(Rule::record("reliability:slo_valid:new1m", labels, both));
    let since = format!("reliability:slo_since:timestamp_seconds{{{own}}}");
    rules.push(Rule::record(
        "reliability:slo_since:timestamp_seconds",
        labels,
        format!("last_over_time({since}[3d] offset 30s)\nor\n{valid} * 0 + time() - 60"),
    ));
    for window in WINDOWS {
        let (name, range, minutes) = (promql::duration(window), promql::range(window), window.as_secs() / 60);
        let failed = format!("sum without (outcome) (sum_over_time({bad}[{range}]))");
        rules.push(Rule::record(format!("reliability:slo_bad:sum{name}"), labels, failed));
        rules.push(Rule::record(
            format!("reliability:slo_valid:sum{name}"),
            labels,
            format!("sum_over_time({valid}[{range}])"),
        ));
        rules.push(Rule::record(
            format!("reliability:slo_coverage:ratio{name}"),
            labels,
            format!(
                "(\n    count_over_time({valid}[{range}])\n  + clamp_min({minutes} - (time() - {since}) / 60, 0)\n) / {minutes}"
            ),
        ));
    }
}
