//! From windows to decisions.
//!
//! A pair is over when both windows burn strictly faster than the factor. As in the process that is a comparison of products of whole
//! numbers (`bad * 625 > valid * 9` for 14.4 times 0.1 %), so a burn of exactly the factor is not over. A page must besides
//! hold as many failures in its long window as the guard needs there, a series of its own ([`proof`](super::proof)).
//!
//! A pair is known only where both windows have events and 90 % of their minutes were observed. An unknown one keeps its last
//! decision: the rule falls back on its own value of the evaluation before. It goes on like that while nothing is known, and looks a day
//! back, so that an outage of Prometheus does not end a page either.

use super::{Class, Rule, Scope, promql, proof};
use crate::slo::{BurnRule, NoData, Severity, rules_by};
use crate::spec::{Objective, Ratio};

pub(super) fn rules(scope: &Scope<'_>, class: &Class<'_>, rules: &mut Vec<Rule>) {
    let own = class.matchers(&scope.own);
    if !class.counts_events() {
        return carried(scope, class, rules);
    }
    let terms = &class.terms;
    for rule in rules_by(terms.policy, terms.objective, terms.window).active {
        let (long, short) = (promql::duration(rule.long), promql::duration(rule.short));
        let series = |what: &str, window: &str| format!("reliability:slo_{what}{window}{{{own}}}");
        let (a, d) = threshold(terms.objective, rule.factor);
        let faster = |window: &str| {
            let (bad, valid) = (series("bad:sum", window), series("valid:sum", window));
            format!("({bad}{} > bool {valid}{})", times(d), times(a))
        };
        let mut over = format!("(\n    {}\n  * {}\n", faster(&long), faster(&short));
        if let (Some(guard), Severity::Page) = (terms.guard, rule.severity) {
            let valid = series("valid:sum", &long);
            let needed = proof::needed(guard, terms.objective, rule.factor, &valid);
            rules.push(Rule::record(format!("reliability:slo_needed:count{long}"), &scope.labels, needed));
            over += &format!("  * ({} >= bool {})\n", series("bad:sum", &long), series("needed:count", &long));
        }
        over += ")";
        for window in [&long, &short] {
            over += &format!("\nand ({} > 0)", series("valid:sum", window));
        }
        if terms.no_data == NoData::Hold {
            for window in [&long, &short] {
                over += &format!("\nand ({} >= 0.9)", series("coverage:ratio", window));
            }
        }
        pair(scope, class, &rule, over, rules);
    }
}

/// What becomes of a pair by what is known about it, if anything is.
fn pair(scope: &Scope<'_>, class: &Class<'_>, rule: &BurnRule, over: String, rules: &mut Vec<Rule>) {
    let own = class.matchers(&scope.own);
    let labels = scope.labels.clone().with("rule", rule.to_string()).with("severity", rule.severity.to_string());
    let series = |what: &str| {
        let own = promql::joined(&[&own, &promql::equal("rule", &rule.to_string())]);
        format!("reliability:slo_pair:{what}{{{own}}}")
    };
    let (known, firing) = (series("over"), series("firing"));
    let never = format!("reliability:slo_since:timestamp_seconds{{{own}}} * 0");
    let kept = match class.terms.no_data {
        NoData::Hold => format!("last_over_time({firing}[1d] offset 30s)\nor on (sli, slo)\n{never}"),
        NoData::NotOver => never,
    };
    let or = if class.terms.no_data == NoData::Hold { "or" } else { "or on (sli, slo)" };
    rules.push(Rule::record("reliability:slo_pair:over", &labels, over));
    rules.push(Rule::record("reliability:slo_pair:firing", &labels, format!("{known}\n{or}\n{kept}")));
    rules.push(Rule::record("reliability:slo_pair:held", &labels, format!("{known} * 0 or {firing} * 0 + 1")));
}

/// The process's own decisions, of any replica that could be read and knows.
fn carried(scope: &Scope<'_>, class: &Class<'_>, rules: &mut Vec<Rule>) {
    let terms = &class.terms;
    for rule in rules_by(terms.policy, terms.objective, terms.window).active {
        let raw = class.matchers(&scope.raw);
        let raw = promql::joined(&[&raw, &promql::equal("rule", &rule.to_string())]);
        let (firing, held) = (format!("reliability_alert_firing{{{raw}}}"), format!("reliability_alert_held{{{raw}}}"));
        let over = format!(
            "max by (sli, slo) (\n    {firing} and (timestamp({firing}) > time() - 60)\n  unless\n    {held} == 1\n)"
        );
        pair(scope, class, &rule, over, rules);
    }
}

/// factor × (1 − objective) as a fraction in lowest terms.
fn threshold(objective: Objective, factor: Ratio) -> (u64, u64) {
    let threshold =
        Ratio::new(factor.numerator() * u64::from(objective.error_ppb()), factor.denominator() * 1_000_000_000);
    (threshold.numerator(), threshold.denominator())
}

fn times(by: u64) -> String {
    if by == 1 { String::new() } else { format!(" * {by}") }
}
