//! The catalogue: everything that a service promises, in Markdown, for whoever is called and whoever decides.
//!
//! Every SLI with its place in the source, every SLO in plain words, who is called and what they do first, every alert with when
//! it fires, every feature with its parts, every policy with what it may turn off and at which cost. Sorted by name, so
//! that a change of the code is a change of the lines that it concerns.
//!
//! Texts of people are escaped: a title is no heading and no script.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use super::Export;
use crate::slo::{Promise, Severity, SloKind, rules_by};
use crate::spec::{Component, FeatureSpec, Method, Objective, format_duration};

/// The whole of it.
pub(super) fn markdown(export: &Export) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "# What {} promises\n", escaped(&export.service.service));
    text += "Written from the code and its documents; change those, not this.\n\n## At a glance\n\n";
    text += "| SLO | promise | who is called | features | tier |\n| --- | --- | --- | --- | --- |\n";
    let mut promises: Vec<&Promise> = export.promises.iter().collect();
    promises.sort_by(|a, b| (&a.sli, &a.slo).cmp(&(&b.sli, &b.slo)));
    for promise in &promises {
        let tier = promise.tier.map_or_else(dash, |tier| tier.to_string());
        let _ = writeln!(
            text,
            "| [{}](#{}) | {} | {} | {} | {tier} |",
            escaped(&promise.slo),
            promise.slo,
            in_short(promise),
            said(promise.about.owner.as_deref()),
            said(Some(promise.features.join(", ")).filter(|all| !all.is_empty()).as_deref()),
        );
    }
    let mut by_sli: BTreeMap<&str, Vec<&Promise>> = BTreeMap::new();
    for promise in promises.iter().copied() {
        by_sli.entry(&promise.sli).or_default().push(promise);
    }
    text += "\n## Indicators and objectives\n";
    for (sli, promises) in by_sli {
        indicator(&mut text, export, sli, &promises);
    }
    features(&mut text, export, &promises);
    compensators(&mut text, export);
    beside(&mut text);
    text
}

fn indicator(text: &mut String, export: &Export, sli: &str, promises: &[&Promise]) {
    let first = promises[0];
    let _ = writeln!(text, "\n### {}\n", escaped(sli));
    if let Some(place) = first.place {
        let _ = writeln!(text, "Counted at `{}:{}` (`{}`).", place.file, place.line, place.module);
    }
    if !first.depends_on.is_empty() {
        let _ =
            writeln!(text, "Needs {}.", first.depends_on.iter().map(|one| escaped(one)).collect::<Vec<_>>().join(", "));
    }
    let needed_by = export.promises.iter().filter(|other| other.depends_on.iter().any(|one| one == sli));
    let mut needed_by: Vec<_> = needed_by.map(|other| escaped(&other.sli)).collect();
    needed_by.dedup();
    if !needed_by.is_empty() {
        let _ = writeln!(text, "Needed by {}.", needed_by.join(", "));
    }
    for promise in promises {
        objective(text, promise);
    }
}

fn objective(text: &mut String, promise: &Promise) {
    let about = &promise.about;
    let _ = writeln!(text, "\n#### {}\n", escaped(&promise.slo));
    if let Some(title) = &about.title {
        let _ =
            writeln!(text, "**{}.** {}\n", escaped(title), escaped(about.description.as_deref().unwrap_or_default()));
    } else if let Some(description) = &about.description {
        let _ = writeln!(text, "{}\n", escaped(description));
    }
    let _ = writeln!(text, "{}\n", in_full(promise));
    text.push_str("| | |\n| --- | --- |\n");
    let rows = [
        ("who is called", about.owner.as_deref()),
        ("product", about.product_owner.as_deref()),
        ("what users notice", about.impact.as_deref()),
        ("what to do first", about.first_action.as_deref()),
        ("at length", about.runbook.as_deref()),
        ("looked at again", about.review.as_deref()),
    ];
    for (what, value) in rows {
        let _ = writeln!(text, "| {what} | {} |", said(value));
    }
    text.push_str("\n| alert | pair | faster than | of the budget by then | a total outage fires it after |\n| --- | --- | --- | --- | --- |\n");
    let terms = &promise.terms;
    let rules = rules_by(terms.policy, terms.objective, terms.window);
    for rule in &rules.active {
        let share = rule.factor.as_f64() * rule.long.as_secs_f64() / terms.window.seconds() as f64 * 100.0;
        let after = rule.factor.as_f64() * f64::from(terms.objective.error_ppb()) / 1e9 * rule.long.as_secs_f64();
        let after = Duration::from_secs(((after / 60.0).floor() as u64 + 1) * 60);
        let guarded = terms.guard.filter(|_| rule.severity == Severity::Page);
        let guarded = guarded.map_or_else(String::new, |guard| {
            format!(", at little traffic {} failures or more (alpha {})", guard.floor(), guard.alpha())
        });
        let _ = writeln!(
            text,
            "| {} | {rule} | {} times | {:.1} % | {}{guarded} |",
            rule.severity,
            rule.factor,
            share,
            format_duration(after)
        );
    }
    for (rule, reason) in &rules.left_out {
        let _ = writeln!(text, "| none | {rule} | {} times | | never: {reason} |", rule.factor);
    }
}

fn features(text: &mut String, export: &Export, promises: &[&Promise]) {
    let mut named: BTreeMap<&str, Vec<&Promise>> = BTreeMap::new();
    for promise in promises {
        promise.features.iter().for_each(|feature| named.entry(feature).or_default().push(promise));
    }
    let specs: BTreeMap<&str, &FeatureSpec> = export.features.iter().map(|spec| (spec.name.as_str(), spec)).collect();
    for name in specs.keys() {
        named.entry(name).or_default();
    }
    text.push_str("\n## Features\n\n");
    if named.is_empty() {
        text.push_str("None is named.\n");
    }
    for (name, promises) in named {
        let spec = specs.get(name);
        let title = spec
            .and_then(|spec| spec.title.as_deref())
            .map_or_else(String::new, |title| format!(": {}", escaped(title)));
        let _ = writeln!(text, "- **{}**{title}", escaped(name));
        if let Some(spec) = spec {
            let objective =
                spec.objective.map_or_else(|| "no objective of its own".into(), |objective| objective.to_string());
            let _ = writeln!(text, "  - read as {}, {objective} over {}", spec.reading, spec.window);
            for part in &spec.parts {
                let of = match &part.of {
                    Component::Slo(slo) => escaped(slo),
                    Component::Feature(feature) => format!("feature {}", escaped(feature)),
                };
                let needed = if part.required { "" } else { ", not required" };
                let _ = writeln!(text, "  - {of}, weight {}{needed}", part.weight);
            }
        }
        for promise in promises {
            let _ = writeln!(text, "  - [{}](#{}): {}", escaped(&promise.slo), promise.slo, in_short(promise));
        }
    }
}

fn compensators(text: &mut String, export: &Export) {
    text.push_str("\n## Compensators\n\n");
    if export.policies.is_empty() {
        text.push_str("No policy acts: whoever is called does.\n");
        return;
    }
    text.push_str(
        "| policy | acts on | step | does | costs users | helped when |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for policy in &export.policies {
        for (number, step) in policy.steps.iter().enumerate() {
            let _ = writeln!(
                text,
                "| {} | {} | {}. {} | {} | {} | {} |",
                escaped(&policy.name),
                escaped(&policy.trigger),
                number + 1,
                escaped(&step.compensator),
                escaped(&step.describe),
                said(Some(&*step.cost)),
                escaped(&policy.verify),
            );
        }
    }
}

/// Alerts that no SLO has.
fn beside(text: &mut String) {
    text.push_str(
        "\n## Alerts beside the objectives\n\n| alert | severity | says | what to do first |\n| --- | --- | --- | --- |\n\
         | ReliabilityServiceGone | page | no replica can be read for 2 minutes | is it down, or only not scraped? |\n\
         | ReliabilityCallsStall | page | calls begin and none ends | look at what they wait for |\n\
         | ReliabilityReplicaGone | ticket | a replica is scraped in vain for 5 minutes | look at that replica |\n\
         | ReliabilityLoopHangs | ticket | the process counts, but does not judge | restart it when convenient: its compensations have lapsed |\n\
         | ReliabilityDecisionHeld | ticket | an alert fires on, for want of data | find out why there are none |\n\
         | ReliabilityUnobserved | ticket | more than 6 minutes of the last hour were not watched | look at the scraping |\n",
    );
}

/// "99.9 % of calls good over 30d"
fn in_short(promise: &Promise) -> String {
    let what = match promise.kind {
        SloKind::Availability => String::new(),
        SloKind::Latency(threshold) => format!(" within {}", format_duration(threshold)),
    };
    format!("{} good{what} over {}", promise.terms.objective, promise.terms.window)
}

/// "Of 1,000 calls at most 1 may fail …"
fn in_full(promise: &Promise) -> String {
    let terms = &promise.terms;
    let allowed =
        Objective::from_ppb(terms.objective.error_ppb()).map(|allowed| allowed.to_string()).unwrap_or_default();
    let minutes = f64::from(terms.objective.error_ppb()) / 1e9 * f64::from(terms.window.days()) * 1_440.0;
    let fail = match promise.kind {
        SloKind::Availability => "fail".to_owned(),
        SloKind::Latency(threshold) => format!("fail or take longer than {}", format_duration(threshold)),
    };
    let counted = match terms.method {
        Method::Occurrences => format!("At most {allowed} of calls may {fail}"),
        method => format!("At most {allowed} of the time may calls {fail} (counted in {method})"),
    };
    let minutes = if minutes >= 10.0 { format!("{minutes:.0}") } else { format!("{minutes:.1}") };
    format!("{counted} over {}: as much as {minutes} minutes of total outage at even traffic.", terms.window)
}

fn said(text: Option<&str>) -> String {
    text.filter(|text| !text.is_empty()).map_or_else(dash, escaped)
}

fn dash() -> String {
    "–".into()
}

/// A text of people within a line of Markdown.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => safe.push_str("&lt;"),
            '\\' | '`' | '*' | '_' | '|' | '[' | ']' | '#' => {
                safe.push('\\');
                safe.push(c);
            }
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}
