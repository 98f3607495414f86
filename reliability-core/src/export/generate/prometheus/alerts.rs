//! What people are told.
//!
//! One alert for each SLO and severity: a page is the OR of the pairs that page, so that one cause is one page. Their labels lead to whom
//! it concerns (severity, owner, tier, features), their annotations say what users notice and what to do first.
//!
//! Beside them, what no SLO can tell of itself: a service of which no replica can be read any more, a replica that is scraped in vain, a
//! loop that does not judge, calls that do not end, and pages that are kept for want of data.

use std::time::Duration;

use super::{Expression, Labels, Rule, Scope, promql};
use crate::slo::{BurnRule, Promise, Severity, rules_by};
use crate::spec::format_duration;

use serde_saphyr::LitString;

pub(super) fn rules(scope: &Scope<'_>, rules: &mut Vec<Rule>) {
    for promise in &scope.export.promises {
        for severity in [Severity::Page, Severity::Ticket] {
            rules.extend(burn(scope, promise, severity));
        }
    }
    let (raw, own, service) = (&scope.raw, &scope.own, &scope.export.service.service);
    let age = format!("reliability_loop_age_seconds{{{raw}}}");
    let fresh = format!("{age} and (timestamp({age}) > time() - 60)");
    let known = format!("count(reliability:slo_since:timestamp_seconds{{{own}}})");
    let to_all = |severity: &str| scope.labels.clone().with("severity", severity);
    let say = |summary: String, description: &str| {
        Labels::default().with("summary", summary).with("description", description)
    };
    rules.push(alert(
        "ReliabilityServiceGone",
        Some("2m"),
        format!("absent({fresh})\nand on ()\n{known} > 0"),
        to_all("page"),
        say(
            format!("no replica of {service} can be read"),
            "It was there before. Either all of it is down, or nobody scrapes it any more. What was decided before stands, and nothing new is decided.",
        ),
    ));
    rules.push(alert(
        "ReliabilityReplicaGone",
        Some("5m"),
        format!("up == 0\nand on (job, instance)\nlast_over_time({age}[1h])"),
        to_all("ticket"),
        say(
            format!("a replica of {service} is scraped in vain"),
            "Within the last hour it answered. What it counts meanwhile is known when it answers again, if it lives.",
        ),
    ));
    rules.push(alert(
        "ReliabilityLoopHangs",
        Some("1m"),
        format!("max by (instance) ({fresh}) > 30"),
        to_all("ticket"),
        say(
            format!("{service} counts, but does not judge"),
            "The loop in the process has not run for half a minute: its budgets are old, and its compensations have lapsed. These rules go on by the counts that it last told.",
        ),
    ));
    let stalled = format!("reliability_stalled{{{raw}}}");
    rules.push(alert(
        "ReliabilityCallsStall",
        Some("1m"),
        format!("max by (sli, instance) ({stalled} and (timestamp({stalled}) > time() - 60)) == 1"),
        to_all("page"),
        say(
            "calls of {{ $labels.sli }} begin and none ends".into(),
            "A service whose calls hang has no failures to show. Look at what they wait for.",
        ),
    ));
    rules.push(alert(
        "ReliabilityDecisionHeld",
        Some("10m"),
        format!(
            "max by (service, sli, slo) (reliability:slo_pair:firing{{{own}}} == 1 and reliability:slo_pair:held{{{own}}} == 1)"
        ),
        to_all("ticket"),
        say(
            "{{ $labels.slo }} is kept firing for want of data".into(),
            "Its windows hold no events, or too few of their minutes were observed. It neither resolves nor fires until there are data.",
        ),
    ));
    rules.push(alert(
        "ReliabilityUnobserved",
        Some("5m"),
        format!("min by (service) (reliability:slo_coverage:ratio1h{{{own}}}) < 0.9"),
        to_all("ticket"),
        say(
            format!("{service} was not watched for more than 6 minutes of the last hour"),
            "Decisions of the last hour are kept as they were before the gap.",
        ),
    ));
}

fn alert(name: &'static str, lasting: Option<&'static str>, expr: String, labels: Labels, annotations: Labels) -> Rule {
    let expr = Expression(LitString(expr));
    Rule { alert: Some(name), lasting, expr, labels, annotations, ..Rule::default() }
}

fn burn(scope: &Scope<'_>, promise: &Promise, severity: Severity) -> Option<Rule> {
    let terms = &promise.terms;
    let pairs = rules_by(terms.policy, terms.objective, terms.window).active;
    let pairs: Vec<_> = pairs.iter().filter(|rule| rule.severity == severity).collect();
    if pairs.is_empty() {
        return None;
    }
    let word = severity.to_string();
    let own = [&scope.own, &promql::equal("slo", &promise.slo), &promql::equal("severity", &word)];
    let firing = format!("reliability:slo_pair:firing{{{}}}", promql::joined(&own.map(|one| &**one)));
    let service = &scope.export.service.service;
    let features = (!promise.features.is_empty()).then(|| promise.features.join(","));
    let labels = Labels::default()
        .with("severity", &*word)
        .with("sloth_severity", &*word)
        .with("sloth_id", format!("{service}-{}", promise.slo))
        .with("sloth_slo", &*promise.slo)
        .with("sloth_service", &**service)
        .with_some("owner", promise.about.owner.as_deref())
        .with_some("tier", promise.tier.map(|tier| tier.to_string()))
        .with_some("features", features);
    let about = &promise.about;
    let fast = if severity == Severity::Page { "far too fast" } else { "too fast" };
    let annotations = Labels::default()
        .with("summary", plain(&format!("{} spends its error budget {fast}", about.title.as_ref().unwrap_or(&promise.slo))))
        .with("description", plain(&sentence(promise, &pairs)))
        .with_some("impact", about.impact.as_deref().map(plain))
        .with_some("first_action", about.first_action.as_deref().map(plain))
        .with_some("runbook_url", about.runbook.as_deref().map(plain))
        .with_some("product_owner", about.product_owner.as_deref().map(plain))
        .with_some("place", promise.place.map(|place| place.to_string()));
    let name = if severity == Severity::Page { "ReliabilityBudgetBurnsFast" } else { "ReliabilityBudgetBurns" };
    Some(alert(name, None, format!("max without (rule) ({firing}) == 1"), labels, annotations))
}

/// "Of checkout's calls 0.1 % may fail. More than 14.4 times that failed over 1h and over 5m, or …"
fn sentence(promise: &Promise, pairs: &[&BurnRule]) -> String {
    let objective = promise.terms.objective;
    let what = match promise.kind {
        crate::slo::SloKind::Availability => "fail".to_owned(),
        crate::slo::SloKind::Latency(threshold) => format!("fail or take longer than {}", format_duration(threshold)),
    };
    let each = pairs.iter().map(|rule| {
        let (long, short) = (words(rule.long), words(rule.short));
        format!("more than {} times that over {long} and over {short}", rule.factor)
    });
    let each = each.collect::<Vec<_>>().join(", or ");
    let allowed = crate::spec::Objective::from_ppb(objective.error_ppb()).map(|allowed| allowed.to_string());
    format!(
        "Of {}'s calls {} may {what} over {}. They do so {each}.",
        promise.sli,
        allowed.unwrap_or_default(),
        promise.terms.window
    )
}

fn words(window: Duration) -> String {
    format_duration(window)
}

/// A text in which Prometheus's templates find nothing to do.
fn plain(text: &str) -> String {
    text.replace("{{", "{{ \"{{\" }}")
}
