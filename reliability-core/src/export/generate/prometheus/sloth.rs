//! The names and labels that Sloth's dashboards ask for, over the same sums, and the budgets.
//!
//! Names as of Sloth 0.16 (`prometheus/v1`): `slo:sli_error:ratio_rate5m` and the like, `slo:objective:ratio`,
//! `slo:error_budget:ratio`, `slo:time_period:days`, `slo:current_burn_rate:ratio`, `slo:period_burn_rate:ratio`,
//! `slo:period_error_budget_remaining:ratio`, `sloth_slo_info`; labels `sloth_id`, `sloth_slo`, `sloth_service`,
//! `sloth_window`. Unlike Sloth's own, every ratio is one of sums, that of the period too (a mean of ratios weighs a night as a
//! rush hour), and a window without events has no ratio instead of NaN, which would poison what is summed up from it.
//!
//! Where the budget's period is a calendar one or slices are counted, `PromQL` cannot say it (it knows no time zones, and slices of
//! replicas are not the fleet's): the budget is then the least that any replica reports of itself.

use std::time::Duration;

use super::{Labels, Rule, Scope, promql};
use crate::slo::WINDOWS;

pub(super) fn rules(scope: &Scope<'_>, rules: &mut Vec<Rule>) {
    let own = &scope.own;
    for window in WINDOWS {
        rules.push(ratio(scope, own, window, &promql::duration(window)));
    }
    for class in &scope.classes {
        let none = format!("sum without (terms) ({}) * 0", class.info(own));
        let objective = class.terms.objective;
        let labels = labels(scope);
        let each = |value: String| named(scope, &format!("{none} + {value}"));
        rules.push(Rule::record("slo:objective:ratio", &labels, each(promql::decimal(objective.ppb()))));
        rules.push(Rule::record("slo:error_budget:ratio", &labels, each(promql::decimal(objective.error_ppb()))));
        rules.push(Rule::record("slo:time_period:days", &labels, each(class.terms.window.days().to_string())));
        let info = labels
            .clone()
            .with("sloth_mode", "reliability")
            .with("sloth_version", env!("CARGO_PKG_VERSION"))
            .with("sloth_spec", "reliability/v1")
            .with("sloth_objective", percentage(objective.ppb()));
        rules.push(Rule::record("sloth_slo_info", &info, each("1".into())));
    }
    let sloth = promql::joined(&[own, &promql::equal("sloth_service", &scope.export.service.service)]);
    rules.push(Rule::record(
        "slo:current_burn_rate:ratio",
        &labels(scope),
        format!("slo:sli_error:ratio_rate5m{{{sloth}}}\n/ ignoring (sloth_window)\nslo:error_budget:ratio{{{sloth}}}"),
    ));
}

/// What looks back over whole periods.
pub(super) fn periods(scope: &Scope<'_>, rules: &mut Vec<Rule>) {
    for class in &scope.classes {
        let own = class.matchers(&scope.own);
        let (terms, objective) = (&class.terms, class.terms.objective);
        let error = promql::decimal(objective.error_ppb());
        let left = "reliability:slo_budget_remaining:ratio";
        let by_counts = class.counts_events() && terms.window.as_calendar().is_none();
        if by_counts {
            let name = promql::duration(terms.window.length());
            let range = promql::range(terms.window.length());
            let bad = promql::joined(&[&own, "outcome=\"bad\""]);
            let bad = format!("sum without (outcome) (sum_over_time(reliability:slo_events:new1m{{{bad}}}[{range}]))");
            let valid = format!("sum_over_time(reliability:slo_valid:new1m{{{own}}}[{range}])");
            rules.push(Rule::record(format!("reliability:slo_bad:sum{name}"), &scope.labels, bad));
            rules.push(Rule::record(format!("reliability:slo_valid:sum{name}"), &scope.labels, valid));
            rules.push(ratio(scope, &own, terms.window.length(), &name));
            let (bad, valid) = (format!("reliability:slo_bad:sum{name}{{{own}}}"), format!("reliability:slo_valid:sum{name}{{{own}}}"));
            let remaining = format!("1 - {bad} / ({valid} > 0) / {error}\nor\n{valid} * 0 + 1");
            rules.push(Rule::record(left, &scope.labels, remaining));
        } else {
            let raw = class.matchers(&scope.raw);
            let told = format!("reliability_budget_remaining_ratio{{{raw}}}");
            let fresh = format!("min by (sli, slo) ({told} and (timestamp({told}) > time() - 60))");
            rules.push(Rule::record(left, &scope.labels, fresh));
        }
        let remaining = named(scope, &format!("{left}{{{own}}}"));
        rules.push(Rule::record("slo:period_error_budget_remaining:ratio", &labels(scope), remaining));
        let burnt = named(scope, &format!("1 - {left}{{{own}}}"));
        rules.push(Rule::record("slo:period_burn_rate:ratio", &labels(scope), burnt));
    }
}

/// Bad by valid over a window, for who has events.
fn ratio(scope: &Scope<'_>, own: &str, window: Duration, name: &str) -> Rule {
    let printed = promql::printed(window);
    let ratio =
        format!("reliability:slo_bad:sum{name}{{{own}}} / (reliability:slo_valid:sum{name}{{{own}}} > 0)");
    let labels = labels(scope).with("sloth_window", &*printed);
    Rule::record(format!("slo:sli_error:ratio_rate{printed}"), &labels, named(scope, &ratio))
}

fn labels(scope: &Scope<'_>) -> Labels {
    scope.labels.clone().with("sloth_service", &*scope.export.service.service)
}

/// The same series with Sloth's names for the SLO.
fn named(scope: &Scope<'_>, expression: &str) -> String {
    let service = scope.export.service.service.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "$$");
    format!(
        "label_replace(\n  label_replace(\n    {expression},\n    \"sloth_slo\", \"$1\", \"slo\", \"(.+)\"\n  ),\n  \"sloth_id\", \"{service}-$1\", \"slo\", \"(.+)\"\n)"
    )
}

/// Parts per billion as a percentage, without its sign.
fn percentage(ppb: u32) -> String {
    let text = format!("{}.{:07}", ppb / 10_000_000, ppb % 10_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
