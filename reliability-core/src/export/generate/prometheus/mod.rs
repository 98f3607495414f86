//! Rules for Prometheus that decide as the process does.
//!
//! One group of a service, evaluated once a minute from top to bottom, so that nothing in it is read an evaluation late:
//! [`counting`] makes counts of minutes, windows and coverage out of the exported counters, [`deciding`] the pairs of windows and
//! what becomes of them without data, [`sloth`] the names that Sloth's dashboards ask for, [`alerts`] what people are told. A
//! second group, less often, sums up the budgets' periods.
//!
//! **The same in Prometheus 2 and 3.** Version 3 made ranges open on the left, so a range whose edge falls upon a sample holds
//! one sample less than in version 2. No edge here falls upon one: what is summed was recorded by this group itself, at whole
//! minutes of its own, and every range ends half a minute short of one (`[4m30s]` for five minutes, `offset 30s` for "before
//! now"). The windows are the engine's: events of the last W, half-open, in whole minutes.
//!
//! **Limits.** Both groups must be evaluated at the intervals that stand in the file. Services are to be scraped at least every 30 s, or
//! minutes count as unobserved. Counts are exact below 2⁵³ over the parts of the threshold's fraction. A Prometheus that was
//! down for more than an hour misses what was counted meanwhile, and one that was down for a day forgets decisions that were held.
//! An SLO that counts slices of time is decided in the process, for slices of one replica are no slices of the fleet: its rules
//! carry that decision and fire when any replica does.
//!
//! Layer 6: imports slo, spec, and what is exported.

mod alerts;
mod counting;
mod deciding;
mod promql;
mod proof;
mod sloth;

use serde::Serialize;
use serde_saphyr::LitString;

use super::Export;
use crate::slo::{Promise, Terms};
use crate::spec::Method;

/// A rule file.
#[derive(Serialize)]
struct File {
    groups: Vec<Group>,
}

#[derive(Serialize)]
struct Group {
    name: String,
    interval: &'static str,
    rules: Vec<Rule>,
}

/// A recording or an alert rule.
#[derive(Default, Serialize)]
struct Rule {
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alert: Option<&'static str>,
    expr: Expression,
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    lasting: Option<&'static str>,
    #[serde(skip_serializing_if = "Labels::is_empty")]
    labels: Labels,
    #[serde(skip_serializing_if = "Labels::is_empty")]
    annotations: Labels,
}

/// `PromQL`, in a block of lines.
struct Expression(LitString);

impl Default for Expression {
    fn default() -> Self {
        Self(LitString(String::new()))
    }
}

impl Serialize for Expression {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// Names and values in the order in which they were given.
#[derive(Clone, Default, PartialEq)]
struct Labels(Vec<(&'static str, String)>);

impl Labels {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    fn with_some(self, name: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }
}

impl Serialize for Labels {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl Rule {
    fn record(name: impl Into<String>, labels: &Labels, expression: impl Into<String>) -> Self {
        let expr = Expression(LitString(expression.into()));
        Self { record: Some(name.into()), expr, labels: labels.clone(), ..Self::default() }
    }
}

/// One rule for each series: what several classes of SLOs record under one name becomes the OR of theirs, at the place of the last,
/// so that it still comes after what it reads.
fn merged(rules: Vec<Rule>) -> Vec<Rule> {
    let mut kept: Vec<(Rule, Vec<String>)> = Vec::new();
    for rule in rules {
        let same = |(other, _): &(Rule, _)| {
            rule.record.is_some() && other.record == rule.record && other.labels == rule.labels
        };
        let mut parts = kept.iter().position(same).map(|place| kept.remove(place).1).unwrap_or_default();
        parts.push(rule.expr.0.0.clone());
        kept.push((rule, parts));
    }
    let one = |text: &String| format!("(\n  {}\n)", text.replace('\n', "\n  "));
    kept.into_iter()
        .map(|(rule, parts)| match &parts[..] {
            [_] => rule,
            parts => {
                let all = parts.iter().map(one).collect::<Vec<_>>().join("\nor\n");
                Rule { expr: Expression(LitString(all)), ..rule }
            }
        })
        .collect()
}

/// SLOs that are judged by the same terms.
struct Class<'a> {
    terms: Terms,
    /// What they are called, unlike any other's.
    name: String,
    promises: Vec<&'a Promise>,
}

impl Class<'_> {
    /// The terms in words, as far as they are not the usual ones.
    fn words(terms: &Terms) -> String {
        let usual = Terms::new(terms.objective, terms.window);
        let mut words = vec![format!("{} over {}", terms.objective, terms.window)];
        if terms.method != usual.method {
            words.push(terms.method.to_string());
        }
        if terms.policy != usual.policy {
            words.push(format!("pairs of {:?}", terms.policy));
        }
        if terms.no_data != usual.no_data {
            words.push("no data is quiet".into());
        }
        match terms.guard {
            guard if guard == usual.guard => {}
            Some(guard) => words.push(format!("guard {} from {}", guard.alpha(), guard.floor())),
            None => words.push("no guard".into()),
        }
        words.join(", ")
    }

    /// Selects what is recorded by the name of the terms: quicker than a list of SLOs.
    fn labelled(&self, common: &str) -> String {
        promql::joined(&[common, &promql::equal("terms", &self.name)])
    }

    /// 1 for each of them.
    fn info(&self, common: &str) -> String {
        format!("sum without (terms) (reliability:slo_terms:info{{{}}})", self.labelled(common))
    }

    /// Their own recorded series, beside those labels that all have.
    fn matchers(&self, common: &str) -> String {
        promql::joined(&[common, &promql::one_of("slo", self.promises.iter().map(|promise| promise.slo.as_str()))])
    }

    /// Whether the counts decide; else the process does.
    fn counts_events(&self) -> bool {
        self.terms.method == Method::Occurrences
    }
}

/// What all rules of a service have in common.
struct Scope<'a> {
    export: &'a Export,
    /// What selects the exported series.
    raw: String,
    /// What selects the recorded series.
    own: String,
    /// What the recorded series say about where they come from.
    labels: Labels,
    classes: Vec<Class<'a>>,
}

impl<'a> Scope<'a> {
    fn of(export: &'a Export) -> Self {
        let mut classes: Vec<Class<'a>> = Vec::new();
        for promise in &export.promises {
            // how finely the past is kept decides nothing
            let terms = promise.terms.resolution(crate::slo::Resolution::Compact);
            match classes.iter_mut().find(|class| class.terms == terms) {
                Some(class) => class.promises.push(promise),
                None => classes.push(Class { terms, name: Class::words(&terms), promises: vec![promise] }),
            }
        }
        let labels = Labels::default()
            .with("service", &*export.service.service)
            .with_some("environment", export.service.environment.clone());
        let raw = export.matchers.iter().map(|(name, value)| promql::equal(name, value)).collect::<Vec<_>>();
        let own = labels.0.iter().map(|(name, value)| promql::equal(name, value)).collect::<Vec<_>>();
        Self { export, raw: raw.join(","), own: own.join(","), labels, classes }
    }
}

/// The rule file of a service.
pub(super) fn rules(export: &Export) -> String {
    let scope = Scope::of(export);
    let name = match &export.service.environment {
        Some(environment) => format!("reliability-{}-{environment}", export.service.service),
        None => format!("reliability-{}", export.service.service),
    };
    let mut rules = Vec::new();
    counting::rules(&scope, &mut rules);
    deciding::constants(&scope, &mut rules);
    deciding::rules(&scope, &mut rules);
    sloth::rules(&scope, &mut rules);
    alerts::rules(&scope, &mut rules);
    let mut periods = Vec::new();
    sloth::periods(&scope, &mut periods);
    let file = File {
        groups: vec![
            Group { name: name.clone(), interval: "1m", rules: merged(rules) },
            Group { name: format!("{name}-periods"), interval: "2m", rules: merged(periods) },
        ],
    };
    let head = format!(
        "# What {} promises, as rules that decide as the process does. Generated from its objectives: change those.\n",
        one_line(&export.service.service)
    );
    let options = serde_saphyr::ser_options! { min_fold_chars: 1 };
    head + &serde_saphyr::to_string_with_options(&file, options).unwrap_or_default()
}

/// A text that cannot end a comment.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
