//! What a report says, written as series, by code of the test's own.

use std::collections::BTreeMap;

use reliability_core::{Report, Severity, format_duration};

/// Every counter and gauge that does not move by itself, by `name{key=value,…}`.
pub(crate) fn series(report: &Report) -> BTreeMap<String, f64> {
    let mut expected = BTreeMap::new();
    for sli in &report.slis {
        let name = sli.spec.name;
        let mut put = |key: String, value: f64| assert!(expected.insert(key, value).is_none());
        let classes = [
            ("good", sli.counts.good),
            ("bad", sli.counts.bad),
            ("ignored", sli.counts.ignored),
            ("cancelled_bad", sli.counts.cancelled_bad),
            ("cancelled_ignored", sli.counts.cancelled_ignored),
            ("shed", sli.counts.shed),
        ];
        for (outcome, count) in classes {
            put(format!("reliability.events{{outcome={outcome},sli={name}}}"), count as f64);
        }
        put(format!("reliability.started{{sli={name}}}"), sli.counts.started as f64);
        let begin = sli.since.unix_nanos() as f64 / 1e9;
        put(format!("reliability.counts_begin_timestamp{{sli={name}}}"), begin);
        put(format!("reliability.in_flight{{sli={name}}}"), sli.in_flight as f64);
        put(format!("reliability.stalled{{sli={name}}}"), 0.0);
        for slo in &sli.slos {
            let labels = format!("sli={name},slo={}", slo.name);
            for (outcome, count) in [("good", slo.judged.good), ("bad", slo.judged.bad)] {
                put(format!("reliability.judged{{outcome={outcome},{labels}}}"), count as f64);
            }
            put(format!("reliability.objective{{{labels}}}"), f64::from(slo.objective.ppb()) / 1e9);
            put(format!("reliability.budget_remaining{{{labels}}}"), slo.budget_remaining);
            for (window, burn) in &slo.burn {
                if let Some(burn) = burn {
                    put(format!("reliability.burn_rate{{{labels},window={}}}", format_duration(*window)), *burn);
                }
            }
            for alert in &slo.alerts {
                let severity = if alert.severity == Severity::Page { "page" } else { "ticket" };
                let firing = matches!(alert.state, reliability_core::slo::AlertState::Firing { .. });
                let labels = format!("rule={},severity={severity},{labels}", alert.rule);
                put(format!("reliability.alert_firing{{{labels}}}"), f64::from(u8::from(firing)));
                put(format!("reliability.alert_held{{{labels}}}"), f64::from(u8::from(alert.held_since.is_some())));
            }
        }
    }
    expected
}

/// Fails with every series that differs.
pub(crate) fn assert_same(found: &BTreeMap<String, f64>, expected: &BTreeMap<String, f64>) {
    let differ: Vec<_> = expected
        .iter()
        .filter(|(key, value)| found.get(*key).is_none_or(|found| found.to_bits() != value.to_bits()))
        .map(|(key, value)| format!("{key}: expected {value}, found {:?}", found.get(key)))
        .collect();
    assert!(differ.is_empty(), "{} of {} series differ:\n{}", differ.len(), expected.len(), differ.join("\n"));
}
