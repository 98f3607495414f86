//! From windows to decisions.
//!
//! A pair is over when both windows burn strictly faster than the factor. As in the process that is a comparison of products of whole
//! numbers (bad · 625 > valid · 9 for 14.4 times 0.1 %), so a burn of exactly the factor is not over. The two numbers are
//! series too: then one rule decides for all SLOs of the service, however many objectives there are, and a dashboard can draw
//! the line. A page must besides hold as many failures in its long window as the guard needs there ([`proof`](super::proof)).
//!
//! A pair is known only where both windows have events and 90 % of their minutes were observed. An unknown one keeps its last
//! decision: the rule falls back on its own value of the evaluation before. It goes on like that while nothing is known, and looks a day
//! back, so that an outage of Prometheus does not end a page either.

use std::fmt::Write;

use super::{Class, Labels, Rule, Scope, promql, proof};
use crate::slo::{BurnRule, NoData, Severity, rules_by};
use crate::spec::{Objective, Ratio};

/// What is compared with what, for each class of SLOs.
pub(super) fn constants(scope: &Scope<'_>, rules: &mut Vec<Rule>) {
    for class in &scope.classes {
        let all = format!("reliability:slo_since:timestamp_seconds{{{}}} * 0 + 1", class.matchers(&scope.own));
        let labels = scope.labels.clone().with("terms", &*class.name);
        rules.push(Rule::record("reliability:slo_terms:info", &labels, all));
    }
    let guarded = scope.classes.iter().filter(|class| class.counts_events() && class.terms.guard.is_some());
    let mut long: Vec<_> =
        guarded.flat_map(active).filter(|rule| rule.severity == Severity::Page).map(|rule| rule.long).collect();
    long.sort_unstable();
    long.dedup();
    for window in long.into_iter().map(promql::duration) {
        let own = &scope.own;
        let valid = format!(
            "reliability:slo_valid:sum{window}{{{own}}}\n* on (sli, slo) group_left (terms)\nreliability:slo_terms:info{{{own}}}"
        );
        rules.push(Rule::record(format!("reliability:slo_guarded:sum{window}"), &scope.labels, valid));
    }
    for class in &scope.classes {
        let info = class.info(&scope.own);
        let is = |value: String| format!("{info} * 0 + {value}");
        let needed = if class.terms.no_data == NoData::Hold { "0.9" } else { "0" };
        rules.push(Rule::record("reliability:slo_coverage_needed:ratio", &scope.labels, is(needed.into())));
        if !class.counts_events() {
            continue;
        }
        for rule in active(class) {
            let (a, d) = threshold(class.terms.objective, rule.factor);
            let labels = labels(scope, &rule);
            rules.push(Rule::record("reliability:slo_threshold:numerator", &labels, is(a.to_string())));
            rules.push(Rule::record("reliability:slo_threshold:denominator", &labels, is(d.to_string())));
            if let (Some(guard), Severity::Page) = (class.terms.guard, rule.severity) {
                let long = promql::duration(rule.long);
                let valid = format!("reliability:slo_guarded:sum{long}{{{}}}", class.labelled(&scope.own));
                let needed = proof::needed(guard, class.terms.objective, rule.factor, &valid);
                rules.push(Rule::record(format!("reliability:slo_needed:count{long}"), &scope.labels, needed));
            }
        }
    }
}

pub(super) fn rules(scope: &Scope<'_>, rules: &mut Vec<Rule>) {
    let mut pairs: Vec<BurnRule> = Vec::new();
    for rule in scope.classes.iter().flat_map(active) {
        if pairs.iter().all(|known| known.to_string() != rule.to_string()) {
            pairs.push(rule);
        }
    }
    pairs.sort_by_key(|rule| rule.long);
    for rule in &pairs {
        pair(scope, rule, rules);
    }
}

fn active(class: &Class<'_>) -> Vec<BurnRule> {
    rules_by(class.terms.policy, class.terms.objective, class.terms.window).active
}

fn labels(scope: &Scope<'_>, rule: &BurnRule) -> Labels {
    scope.labels.clone().with("rule", rule.to_string()).with("severity", rule.severity.to_string())
}

fn pair(scope: &Scope<'_>, rule: &BurnRule, rules: &mut Vec<Rule>) {
    let own = &scope.own;
    let this = promql::joined(&[own, &promql::equal("rule", &rule.to_string())]);
    let labels = labels(scope, rule);
    let (known, firing) =
        (format!("reliability:slo_pair:over{{{this}}}"), format!("reliability:slo_pair:firing{{{this}}}"));
    let numerator = format!("reliability:slo_threshold:numerator{{{this}}}");
    let covered = format!("reliability:slo_coverage_needed:ratio{{{own}}}");

    let mut over = vec![by_counts(scope, rule, &this)];
    if scope.classes.iter().any(|class| !class.counts_events()) {
        over.push(by_the_process(scope, rule));
    }
    rules.push(Rule::record("reliability:slo_pair:over", &labels, over.join("\nor on (sli, slo)\n")));
    rules.push(Rule::record(
        "reliability:slo_pair:firing",
        &labels,
        format!(
            "{known}\nor\n(last_over_time({firing}[1d] offset 30s) and on (sli, slo) {covered} > 0)\nor on (sli, slo)\n{numerator} * 0"
        ),
    ));
    rules.push(Rule::record("reliability:slo_pair:held", &labels, format!("{known} * 0 or {firing} * 0 + 1")));
}

fn by_counts(scope: &Scope<'_>, rule: &BurnRule, this: &str) -> String {
    let own = &scope.own;
    let (long, short) = (promql::duration(rule.long), promql::duration(rule.short));
    let series = |what: &str, window: &str| format!("reliability:slo_{what}{window}{{{own}}}");
    let part = |which: &str| format!("reliability:slo_threshold:{which}{{{this}}}");
    let (on, numerator, denominator) = ("on (sli, slo)", part("numerator"), part("denominator"));
    let covered = format!("reliability:slo_coverage_needed:ratio{{{own}}}");
    let faster = |window: &str| {
        let (bad, valid) = (series("bad:sum", window), series("valid:sum", window));
        format!("  (\n      {bad} * {on} {denominator}\n    > bool {on}\n      {valid} * {on} {numerator}\n  )\n")
    };
    let mut over = format!("(\n{}  * {on}\n{}", faster(&long), faster(&short));
    let guarded = |class: &Class<'_>| class.terms.guard.is_some() && class.counts_events();
    if rule.severity == Severity::Page && scope.classes.iter().any(guarded) {
        let (bad, needed) = (series("bad:sum", &long), series("needed:count", &long));
        let _ = write!(over, "  * {on}\n  ({bad} >= bool {on} {needed} or {on} {denominator} * 0 + 1)\n");
    }
    over += ")";
    for window in [&long, &short] {
        let _ = write!(over, "\nand {on} ({} > 0)", series("valid:sum", window));
    }
    for window in [&long, &short] {
        let _ = write!(over, "\nand {on} ({} >= {on} {covered})", series("coverage:ratio", window));
    }
    over
}

/// The process's own decisions for SLOs that count slices, of any replica that could be read and knows.
fn by_the_process(scope: &Scope<'_>, rule: &BurnRule) -> String {
    let slos = scope.classes.iter().filter(|class| !class.counts_events());
    let slos = slos.flat_map(|class| class.promises.iter().map(|promise| promise.slo.as_str()));
    let raw = promql::joined(&[&scope.raw, &promql::one_of("slo", slos), &promql::equal("rule", &rule.to_string())]);
    let (firing, held) = (format!("reliability_alert_firing{{{raw}}}"), format!("reliability_alert_held{{{raw}}}"));
    format!("max by (sli, slo) (\n    {firing} and (timestamp({firing}) > time() - 60)\n  unless\n    {held} == 1\n)")
}

/// factor × (1 − objective) as a fraction in lowest terms.
fn threshold(objective: Objective, factor: Ratio) -> (u64, u64) {
    let threshold =
        Ratio::new(factor.numerator() * u64::from(objective.error_ppb()), factor.denominator() * 1_000_000_000);
    (threshold.numerator(), threshold.denominator())
}
