//! Documents in plain words, for people who will not read YAML.
//!
//! A percentage says little; "of 1,000 checkouts at most 1 may fail" and "at most 43 minutes of failed checkouts in 30 days" are the same
//! promise. Minutes are those of a total outage, rounded down: a promise is never told better than it is kept.
//!
//! Layer 3 (in `document`): imports spec.

mod policies;

use std::fmt::Write as _;

use super::Documents;
use crate::document::bind::Bound;
use crate::document::bind::slo::about;
use crate::document::kinds::openslo::{Budgeting, Goal, SliceLength, SloSpec};
use crate::document::kinds::own::{AgreementKind, FeatureKind, MaintenanceKind, MissingName, ReadingName};
use crate::document::kinds::text::Label;
use crate::document::kinds::{Document, Spec};
use crate::document::texts;
use crate::spec::{Objective, Window};

impl Documents {
    /// What was promised, in plain words: a paragraph for each SLO, feature, policy, planned time and agreement.
    ///
    /// ```
    /// use reliability_core::document::{Documents, Source};
    /// let text = "
    /// apiVersion: openslo/v1
    /// kind: SLO
    /// metadata:
    ///   name: buying-works
    ///   displayName: Buying works
    ///   annotations: { reliability/events: checkouts, reliability/owner: payments }
    /// spec:
    ///   service: shop
    ///   indicatorRef: checkout
    ///   timeWindow: [{ duration: 30d, isRolling: true }]
    ///   budgetingMethod: Occurrences
    ///   objectives: [{ target: 0.999 }]
    /// ";
    /// let words = Documents::read([Source::new("reliability.yaml", text)]).0.words();
    /// assert!(words.contains("Of 1,000 checkouts at most 1 may fail."), "{words}");
    /// assert!(words.contains("at most 43 minutes of failed checkouts in any 30 days"));
    /// ```
    pub fn words(&self) -> String {
        let (bound, _) = self.bind(&[]);
        let paragraphs: Vec<_> = self.documents.iter().filter_map(|document| paragraph(document, &bound)).collect();
        paragraphs.join("\n")
    }
}

fn paragraph(document: &Document, bound: &Bound) -> Option<String> {
    let mut out = String::new();
    let title = |what: &str| format!("{} ({what} {})\n", document.title(), document.name());
    match &document.spec {
        Spec::Slo(spec) => {
            out.push_str(&title("objective"));
            slo(&mut out, document, spec);
        }
        Spec::Feature(spec) => {
            out.push_str(&title("feature"));
            feature(&mut out, spec);
        }
        Spec::Policy(spec) => {
            out.push_str(&title("policy"));
            policies::policy(&mut out, spec);
        }
        Spec::Maintenance(spec) => {
            out.push_str(&title("planned time"));
            maintenance(&mut out, spec);
        }
        Spec::Agreement(spec) => {
            out.push_str(&title("agreement"));
            agreement(&mut out, document, spec, bound);
        }
        _ => return None,
    }
    Some(out)
}

/// A line of a paragraph.
fn line(out: &mut String, text: &str) {
    let _ = writeln!(out, "  {text}");
}

fn slo(out: &mut String, document: &Document, spec: &SloSpec) {
    if let Some(description) = &spec.description {
        description.lines().for_each(|text| line(out, text));
    }
    let window = window(spec);
    let indicator = |goal: &Goal| {
        let of_goal = goal.indicator_ref.as_ref().or(goal.indicator.as_ref().map(|inline| &inline.metadata.name));
        let of_slo = spec.indicator_ref.as_ref().or(spec.indicator.as_ref().map(|inline| &inline.metadata.name));
        of_goal.or(of_slo).map_or_else(String::new, |name| name.as_str().to_owned())
    };
    for goal in &spec.objectives {
        let events = document.annotation("reliability/events").map(str::to_owned);
        let events = events.unwrap_or_else(|| format!("calls of {}", indicator(goal)));
        let ppb = goal.target.map_or_else(
            || goal.target_percent.and_then(|percent| texts::parts_per_billion(percent, 7)),
            |target| texts::parts_per_billion(target, 9),
        );
        let Some(objective) = ppb.and_then(Objective::from_ppb) else { continue };
        let (fail, failing) = match (document.annotation("reliability/latency"), goal.value) {
            (Some(latency), _) => {
                let late = format!("fail or take longer than {latency}");
                (late.clone(), late)
            }
            (None, Some(value)) => (format!("be above {value}"), format!("are above {value}")),
            (None, None) => ("fail".to_owned(), "fail".to_owned()),
        };
        let words = Said { events: &events, fail: &fail, failing: &failing };
        objective_lines(out, spec, goal, objective, &words, window.as_ref());
    }
    let about = about(document, spec);
    let owners: Vec<_> = [(about.owner, "tech"), (about.product_owner, "product")]
        .into_iter()
        .filter_map(|(owner, side)| owner.map(|owner| format!("{owner} ({side})")))
        .collect();
    if !owners.is_empty() {
        line(out, &format!("Owned by {}.", owners.join(" and ")));
    }
    for (label, text) in [
        ("Looked at again on", about.review),
        ("When it fails:", about.impact),
        ("What to do first:", about.first_action),
        ("Written down at", about.runbook),
    ] {
        if let Some(text) = text {
            line(out, &format!("{label} {}", sentence(&text)));
        }
    }
}

/// How people call what is counted, and what of it may happen and happens.
struct Said<'a> {
    events: &'a str,
    fail: &'a str,
    failing: &'a str,
}

fn objective_lines(
    out: &mut String,
    spec: &SloSpec,
    goal: &Goal,
    objective: Objective,
    words: &Said<'_>,
    window: Option<&(String, u64)>,
) {
    let Said { events, fail, failing } = words;
    let (all, bad) = of(objective.error_ppb());
    let minutes = |length: u64| u128::from(length) * u128::from(objective.error_ppb()) / 1_000_000_000;
    let slice = match &goal.time_slice_window {
        Some(SliceLength::Minutes(minutes)) => format!("{minutes}m"),
        Some(SliceLength::Shorthand(text)) => text.as_str().to_owned(),
        None => "1m".to_owned(),
    };
    match spec.budgeting_method {
        Budgeting::Occurrences => {
            line(out, &format!("Of {all} {events} at most {bad} may {fail}."));
            if let Some((period, length)) = window {
                let minutes = time(minutes(*length));
                line(out, &format!("If all fail, that is at most {minutes} of failed {events} {period}."));
            }
        }
        Budgeting::Timeslices => {
            let target = goal.time_slice_target.and_then(|target| texts::parts_per_billion(target, 9)).unwrap_or(0);
            let (some, few) = of(1_000_000_000 - target.min(1_000_000_000));
            line(
                out,
                &format!(
                    "Of {all} slices of {slice} at most {bad} may be bad: one in which of {some} {events} more than {few} {failing}."
                ),
            );
            if let Some((period, length)) = window {
                line(out, &format!("That is at most {} of bad slices {period}.", time(minutes(*length))));
            }
        }
        Budgeting::RatioTimeslices => {
            line(out, &format!("In the mean of all slices of {slice}, of {all} {events} at most {bad} may {fail}."));
            if let Some((period, length)) = window {
                line(out, &format!("If all fail, that is at most {} {period}.", time(minutes(*length))));
            }
        }
    }
}

/// How people call the window, and its length in minutes.
fn window(spec: &SloSpec) -> Option<(String, u64)> {
    let window = spec.time_window.as_ref()?.first()?;
    let (number, unit) = texts::shorthand(window.duration.as_str())?;
    let minutes = texts::minutes((number, unit));
    let period = match (&window.calendar, number, unit) {
        (Some(_), 1, 'w') => "a week".to_owned(),
        (Some(_), 1, 'M') => "a month".to_owned(),
        (Some(_), 1, 'Q') => "a quarter".to_owned(),
        (Some(_), 1, 'Y') => "a year".to_owned(),
        (Some(_), ..) => format!("in {}", window.duration.as_str()),
        (None, ..) if minutes.is_multiple_of(1_440) => format!("in any {} days", minutes / 1_440),
        (None, ..) => format!("in any {}", window.duration.as_str()),
    };
    Some((period, minutes))
}

fn feature(out: &mut String, spec: &FeatureKind) {
    if let Some(description) = &spec.description {
        description.lines().for_each(|text| line(out, text));
    }
    let how = match spec.reading {
        ReadingName::Journey => "A journey of a user is good if all that it needs was good:",
        ReadingName::Series => "It works if all of these work, independently of each other:",
        ReadingName::Parallel => "It works if one of these works, independently of the others:",
        ReadingName::Weighted => "It is as reliable as these are in the weighted mean:",
        ReadingName::WeightedBurns => "It spends what each of these spends of its budget, by weight:",
        ReadingName::WorstOf => "It is as well off as the worst of these, by weight:",
        ReadingName::AnyBadSlice => "A slice of time is bad if it is bad for one of these:",
        ReadingName::RatioSlices => "It lacks what each of these lacks in the mean of its slices, by weight:",
    };
    line(out, how);
    for part in &spec.parts {
        let name = match (&part.slo, &part.feature) {
            (Some(slo), _) => slo.as_str().to_owned(),
            (None, Some(feature)) => format!("the feature {}", feature.as_str()),
            (None, None) => continue,
        };
        let mut text = format!("- {name}");
        if let Some(weight) = part.weight {
            let _ = write!(text, ", weight {weight}");
        }
        if part.required == Some(false) {
            text.push_str(", not needed");
        }
        let missing = match part.missing {
            Some(MissingName::Ignored) => Some("left out"),
            Some(MissingName::Good) => Some("taken for good"),
            Some(MissingName::Bad) => Some("taken for bad"),
            Some(MissingName::Unknown) => Some("unknown"),
            None => None,
        };
        if let Some(missing) = missing {
            let after =
                part.missing_after.as_ref().map_or_else(String::new, |after| format!(" after {}", after.as_str()));
            let _ = write!(text, ", without data {missing}{after}");
        }
        line(out, &text);
    }
    if let Some(objective) = spec.objective.as_ref().and_then(|target| Objective::parse(target.as_str()).ok()) {
        let (all, bad) = of(objective.error_ppb());
        let period = spec.window.as_ref().map_or_else(|| "30d".to_owned(), |window| window.as_str().to_owned());
        line(out, &format!("Of {all} journeys at most {bad} may fail, over {period}."));
    }
}

fn maintenance(out: &mut String, spec: &MaintenanceKind) {
    if let Some(description) = &spec.description {
        description.lines().for_each(|text| line(out, text));
    }
    let of = spec
        .slis
        .as_ref()
        .map_or_else(|| "all".to_owned(), |slis| slis.iter().map(Label::as_str).collect::<Vec<_>>().join(", "));
    let charged = if spec.charged == Some(false) { "do not spend" } else { "spend" };
    line(out, &format!("From {} to {}: failures of {of} {charged} the budget.", spec.from.as_str(), spec.to.as_str()));
}

fn agreement(out: &mut String, document: &Document, spec: &AgreementKind, bound: &Bound) {
    if let Some(description) = &spec.description {
        description.lines().for_each(|text| line(out, text));
    }
    let Ok(target) = Objective::parse(spec.target.as_str()) else { return };
    let (all, bad) = of(target.error_ppb());
    line(
        out,
        &format!("{} was promised that of {all} at most {bad} fail, over {}.", spec.customer, spec.window.as_str()),
    );
    if let Some(agreed) = bound.agreements.iter().find(|agreed| agreed.name == document.name()) {
        let minutes =
            |window: Window| u128::from(window.seconds() / 60) * u128::from(agreed.margin_ppb()) / 1_000_000_000;
        line(
            out,
            &format!(
                "We aim at {}, which leaves a margin of {} before the promise breaks.",
                agreed.objective,
                time(minutes(agreed.window))
            ),
        );
    }
    for exclusion in spec.exclusions.iter().flatten() {
        line(out, &format!("Not counted: {}", sentence(exclusion)));
    }
    if let Some(remedy) = &spec.remedy {
        line(out, &format!("When it is broken: {}", sentence(remedy)));
    }
}

fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// The smallest power of ten of which a share is a whole number, and that number: of 1,000 at most 1.
fn of(error_ppb: u32) -> (String, String) {
    let (mut all, mut bad) = (1_000_000_000_u64, u64::from(error_ppb));
    while all > 10 && bad.is_multiple_of(10) {
        (all, bad) = (all / 10, bad / 10);
    }
    (grouped(all), grouped(bad))
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A time in minutes as people say it, rounded down.
fn time(minutes: u128) -> String {
    match minutes {
        0 => "less than a minute".into(),
        1 => "1 minute".into(),
        2..=179 => format!("{minutes} minutes"),
        _ => format!("{} hours", minutes / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_said_by_the_smallest_round_number() {
        let said = |text: &str| of(Objective::parse(text).unwrap().error_ppb());
        assert_eq!(said("99.9%"), ("1,000".into(), "1".into()));
        assert_eq!(said("99.5%"), ("1,000".into(), "5".into()));
        assert_eq!(said("90%"), ("10".into(), "1".into()));
        assert_eq!(said("99.9999999%"), ("1,000,000,000".into(), "1".into()));
        assert_eq!(said("99.877%"), ("100,000".into(), "123".into()));
    }

    #[test]
    fn times_are_never_told_longer_than_they_are() {
        assert_eq!(time(43), "43 minutes");
        assert_eq!(time(0), "less than a minute");
        assert_eq!(time(239), "3 hours");
    }
}
