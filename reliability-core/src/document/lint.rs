//! What is allowed and hardly meant: findings over documents, code and, if there is one, history.
//!
//! Every rule has a code and, in [`explain`](super::explain), the reason why anybody should care. All are warnings: none keeps a
//! service from starting.

use super::bind::{Bound, slo::about};
use super::desk::Desk;
use super::kinds::openslo::{AlertConditionSpec, AlertPolicySpec, SloSpec};
use super::kinds::{Document, Spec};
use super::node::At;
use super::{Documents, read, texts};
use crate::clock::Timestamp;
use crate::slo::{About, Promise};
use crate::spec::{Finding, Level, Objective, SliSpec};

/// How one SLO went over its whole period, for the rules that need to know.
///
/// ```
/// use reliability_core::document::Seen;
/// let seen = Seen::new("checkout-availability", 1_200, 0, 1.0);
/// assert_eq!(seen.valid, 1_200);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Seen {
    /// The SLO of the engine.
    pub slo: String,
    /// Its events with a verdict in the period.
    pub valid: u64,
    /// The bad ones of them.
    pub bad: u64,
    /// The share of the period that was observed, from 0 to 1.
    pub coverage: f64,
}

impl Seen {
    /// What a report says about an SLO.
    pub fn new(slo: impl Into<String>, valid: u64, bad: u64, coverage: f64) -> Self {
        Self { slo: slo.into(), valid, bad, coverage }
    }
}

/// Below this share of the period observed, history says nothing.
const COVERAGE: f64 = 0.9;

/// Less of a budget than this share spent over a whole period is hardly anything.
const TOUCHED: f64 = 0.1;

impl Documents {
    /// What is allowed and hardly meant, and what does not fit the code. `today` decides which review is due; `history` may be
    /// empty.
    pub fn lint(&self, slis: &[SliSpec], today: Timestamp, history: &[Seen]) -> Vec<Finding> {
        let (bound, mut findings) = self.bind(slis);
        let mut lint = Lint {
            documents: self,
            bound: &bound,
            slis,
            today,
            history,
            promises: promises(slis, &bound),
            desks: self.files.iter().map(|file| Desk::new(&file.name, &file.text)).collect(),
            code: Vec::new(),
        };
        for document in &self.documents {
            match &document.spec {
                Spec::Slo(slo) => lint.slo(document, slo),
                Spec::AlertPolicy(_) => lint.alert_policy(document),
                _ => {}
            }
        }
        lint.code();
        findings.extend(lint.desks.into_iter().flat_map(|desk| desk.findings));
        findings.extend(lint.code);
        findings
    }
}

/// What is judged: the code's promises with the documents' terms and words.
fn promises(slis: &[SliSpec], bound: &Bound) -> Vec<Promise> {
    let mut promises: Vec<_> = slis.iter().flat_map(Promise::declared).collect();
    for promise in &mut promises {
        if let Some(overlay) = bound.overlay(&promise.slo) {
            overlay.tell(promise);
        }
    }
    promises
}

struct Lint<'a> {
    documents: &'a Documents,
    bound: &'a Bound,
    slis: &'a [SliSpec],
    today: Timestamp,
    history: &'a [Seen],
    promises: Vec<Promise>,
    desks: Vec<Desk<'a>>,
    /// Findings whose place is in the code.
    code: Vec<Finding>,
}

impl<'a> Lint<'a> {
    fn warn(&mut self, document: &Document, keys: &[&str], code: &'static str, message: String) {
        let at = read::place(document, keys);
        self.desks[document.file].warning(code, at, &keys.join("."), message);
    }

    fn slo(&mut self, document: &'a Document, slo: &'a SloSpec) {
        let about = about(document, slo);
        self.words(document, &about);
        for overlay in self.bound.overlays.iter().filter(|overlay| overlay.document == document.name()) {
            self.history(document, &overlay.slo, overlay.objective);
        }
        let targets = slo.objectives.iter().filter_map(|goal| {
            let percent = goal.target_percent.and_then(|percent| texts::parts_per_billion(percent, 7));
            percent.or(goal.target.and_then(|target| texts::parts_per_billion(target, 9))).and_then(Objective::from_ppb)
        });
        let Some(loosest) = targets.min() else { return };
        for item in slo.alert_policies.iter().flatten() {
            let inline = item.spec.as_ref();
            let named = item.alert_policy_ref.as_ref().and_then(|name| self.find(name.as_str()));
            let Some(policy) = inline.or(named) else { continue };
            for condition in self.conditions(policy) {
                let most = 1e9 / f64::from(loosest.error_ppb());
                let threshold = condition.condition.threshold;
                if threshold >= most {
                    let message = format!(
                        "an alert waits for a burn rate of {threshold}, and with an objective of {loosest} there is none above {most:.1}: it never fires"
                    );
                    self.warn(document, &["spec", "alertPolicies"], "unreachable-alert", message);
                }
            }
        }
    }

    fn find(&self, name: &str) -> Option<&'a AlertPolicySpec> {
        self.documents.documents.iter().find_map(|document| match &document.spec {
            Spec::AlertPolicy(policy) if document.name() == name => Some(&**policy),
            _ => None,
        })
    }

    fn conditions(&self, policy: &'a AlertPolicySpec) -> Vec<&'a AlertConditionSpec> {
        let named = |name: &str| {
            self.documents.documents.iter().find_map(|document| match &document.spec {
                Spec::AlertCondition(condition) if document.name() == name => Some(&**condition),
                _ => None,
            })
        };
        let item = |item: &'a super::kinds::openslo::AlertConditionItem| {
            item.spec.as_ref().or_else(|| named(item.condition_ref.as_ref()?.as_str()))
        };
        policy.conditions.iter().filter_map(item).collect()
    }

    fn alert_policy(&mut self, document: &'a Document) {
        let message =
            "this library pages by pairs of windows: an alert of OpenSLO, which has one, is kept and not judged here";
        self.warn(document, &["kind"], "alert-not-judged", message.to_owned());
    }

    /// Who is woken needs to know whom to ask, who is hit, and where to begin.
    fn words(&mut self, document: &Document, about: &About) {
        let owned = self.promises.iter().any(|promise| {
            promise.about.owner.is_some()
                && self.bound.overlay(&promise.slo).is_some_and(|o| o.document == document.name())
        });
        let missing: Vec<_> = [
            ("reliability/owner", about.owner.is_some() || owned),
            ("reliability/impact", about.impact.is_some()),
            ("reliability/first-action", about.first_action.is_some()),
        ]
        .into_iter()
        .filter_map(|(key, there)| (!there).then_some(key))
        .collect();
        if !missing.is_empty() {
            let message = format!("it pages, and whoever is woken does not read {}", missing.join(", "));
            self.warn(document, &["metadata", "annotations"], "page-without-words", message);
        }
        let review = about.review.as_deref().and_then(texts::day).and_then(texts::beginning);
        // the whole day may still be used
        if review.is_some_and(|day| day + std::time::Duration::from_secs(86_400) <= self.today) {
            let message = format!("the review of {} has passed", about.review.as_deref().unwrap_or_default());
            self.warn(document, &["metadata", "annotations"], "review-passed", message);
        }
    }

    fn history(&mut self, document: &Document, slo: &str, objective: Objective) {
        let Some(seen) = self.history.iter().find(|seen| seen.slo == slo && seen.coverage >= COVERAGE) else { return };
        let allowed = seen.valid as f64 * f64::from(objective.error_ppb()) / 1e9;
        let keys = &["spec", "objectives"];
        if seen.valid > 0 && allowed < 1.0 {
            let message = format!(
                "{slo} sees {} events in a period, of which {allowed:.2} may fail: a single failure spends all of the budget",
                seen.valid
            );
            self.warn(document, keys, "unattainable", message);
        } else if allowed >= 10.0 && (seen.bad as f64) < allowed * TOUCHED {
            let message = format!(
                "{slo} has spent {} of {allowed:.0} failures in a whole period: there is room to take risks, or the target is too loose",
                seen.bad
            );
            self.warn(document, keys, "untouched", message);
        }
    }

    /// What is missing or does not fit in the code, whose places are files of the code.
    fn code(&mut self) {
        let mut found = Vec::new();
        for spec in self.slis {
            let has = self.promises.iter().any(|promise| promise.sli == spec.name);
            if spec.tier == Some(1) && !has {
                found.push((spec, "no-objective", format!("{} is of tier 1 and has no objective", spec.name)));
            }
            let availability = |sli: &str| {
                let name = crate::slo::SloKind::Availability.slo_name(sli);
                self.promises.iter().find(|promise| promise.slo == name).map(|promise| promise.terms.objective)
            };
            let Some(needs) = availability(spec.name) else { continue };
            for dependency in spec.dependencies() {
                if let Some(promises) = availability(dependency)
                    && promises < needs
                {
                    let message = format!(
                        "{} aims at {needs} and needs {dependency}, which promises {promises}: it can keep its word only where it does without",
                        spec.name
                    );
                    found.push((spec, "weak-dependency", message));
                }
            }
        }
        for (spec, code, message) in found {
            // a document that sets the objective is where to look; else the code
            let overlay = self.bound.overlays.iter().find(|overlay| overlay.sli == spec.name);
            let document = overlay.and_then(|overlay| {
                self.documents
                    .documents
                    .iter()
                    .find(|document| document.name() == overlay.document && matches!(document.spec, Spec::Slo(_)))
            });
            if let Some(document) = document {
                self.warn(document, &["spec", "objectives"], code, message);
                continue;
            }
            let (file, line) = spec.place.map_or(("code", 0), |place| (place.file, place.line));
            let mut finding = Finding::whole(code, Level::Warning, file, &message);
            let at = At { line, column: 1, width: 1 };
            (finding.line, finding.column) = (at.line, at.column.min(line));
            self.code.push(finding);
        }
    }
}
