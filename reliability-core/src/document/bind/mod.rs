//! Documents and code together: what the engine is told.
//!
//! An SLI that the code does not have is a warning, since routes are known at their first request only; a threshold that a
//! known SLI does not count is an error, since nothing could ever be counted against it.
//!
//! Layer 3 (in `document`): imports spec, slo.

mod indicator;
mod own;
pub(super) mod slo;

use std::collections::BTreeMap;

use super::Documents;
use super::desk::Desk;
use super::kinds::{Document, Spec};
use super::node::At;
use crate::slo::{About, Maintenance, Promise, Terms};
use crate::spec::{FeatureSpec, Finding, Method, Objective, SliSpec, Window};

/// What documents say about one SLO of the code.
///
/// ```
/// use reliability_core::document::{Documents, Source};
/// use reliability_core::{Objective, SliSpec};
/// let text = "
/// apiVersion: openslo/v1
/// kind: SLO
/// metadata: { name: checkout-works, annotations: { reliability/owner: payments } }
/// spec:
///   service: shop
///   indicatorRef: checkout
///   timeWindow: [{ duration: 28d, isRolling: true }]
///   budgetingMethod: Occurrences
///   objectives: [{ target: 0.995 }]
/// ";
/// let checkout = SliSpec::new("checkout").objective(Objective::parse("99.9%")?);
/// let (bound, _) = Documents::read([Source::new("reliability.yaml", text)]).0.bind(&[checkout]);
/// let overlay = &bound.overlays[0];
/// assert_eq!((overlay.slo.as_str(), overlay.objective.to_string()), ("checkout-availability", "99.5%".into()));
/// # Ok::<(), reliability_core::SpecError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Overlay {
    /// The SLO of the engine, such as `checkout-availability`.
    pub slo: String,
    /// The SLI that it is about.
    pub sli: String,
    /// The document that says it.
    pub document: String,
    /// The share that must be good.
    pub objective: Objective,
    /// The period; the code's where the document has none.
    pub window: Option<Window>,
    /// What a budget counts.
    pub method: Method,
    /// What people say about it.
    pub about: About,
}

impl Overlay {
    /// The terms of the code with what the document says.
    pub fn apply(&self, terms: Terms) -> Terms {
        let terms = terms.objective(self.objective).method(self.method);
        self.window.map_or(terms, |window| terms.window(window))
    }

    /// The same of a promise: its words too, as far as the document has them.
    pub fn tell(&self, promise: &mut Promise) {
        promise.terms = self.apply(promise.terms);
        self.tell_words(promise);
    }

    /// The words alone, where the terms are those of the engine already.
    pub(crate) fn tell_words(&self, promise: &mut Promise) {
        let (ours, theirs) = (self.about.clone(), &mut promise.about);
        let words = [
            (ours.title, &mut theirs.title),
            (ours.description, &mut theirs.description),
            (ours.owner, &mut theirs.owner),
            (ours.product_owner, &mut theirs.product_owner),
            (ours.review, &mut theirs.review),
            (ours.impact, &mut theirs.impact),
            (ours.first_action, &mut theirs.first_action),
            (ours.runbook, &mut theirs.runbook),
        ];
        for (ours, theirs) in words {
            if ours.is_some() {
                *theirs = ours;
            }
        }
    }
}

/// What a customer was promised, beside what is aimed at.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Agreed {
    /// The document's name.
    pub name: String,
    /// Whom.
    pub customer: String,
    /// The SLO of the engine that keeps it.
    pub slo: String,
    /// The share that was promised.
    pub target: Objective,
    /// Over which period.
    pub window: Window,
    /// The share that is aimed at, which is stricter.
    pub objective: Objective,
    /// What does not count by the agreement's words.
    pub exclusions: Vec<String>,
    /// What is due when it is broken.
    pub remedy: Option<String>,
}

impl Agreed {
    /// How much more may fail by the agreement than by the objective, in parts per billion: the time to act in.
    pub fn margin_ppb(&self) -> u32 {
        self.objective.ppb().saturating_sub(self.target.ppb())
    }
}

/// What documents tell an engine.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Bound {
    /// Terms and words of SLOs.
    pub overlays: Vec<Overlay>,
    /// Features, composite SLOs of `OpenSLO` among them.
    pub features: Vec<FeatureSpec>,
    /// Planned time.
    pub maintenance: Vec<Maintenance>,
    /// What customers were promised.
    pub agreements: Vec<Agreed>,
    /// Which SLO of the engine a document's is, by the document's name.
    pub(crate) names: BTreeMap<String, String>,
}

impl Bound {
    /// What is said about an SLO of the engine.
    pub fn overlay(&self, slo: &str) -> Option<&Overlay> {
        self.overlays.iter().find(|overlay| overlay.slo == slo)
    }
}

/// What is known while documents are bound.
struct Binding<'a> {
    documents: &'a Documents,
    slis: &'a [SliSpec],
    promises: Vec<Promise>,
    bound: Bound,
    /// Which SLO of the engine, or which feature, a document's SLO became.
    became: BTreeMap<&'a str, Became>,
    desks: Vec<Desk<'a>>,
}

#[derive(Clone, Debug)]
enum Became {
    Slo(String),
    Feature(String),
}

pub(super) fn bind(documents: &Documents, slis: &[SliSpec]) -> (Bound, Vec<Finding>) {
    let mut binding = Binding {
        documents,
        slis,
        promises: slis.iter().flat_map(Promise::declared).collect(),
        bound: Bound::default(),
        became: BTreeMap::new(),
        desks: documents.files.iter().map(|file| Desk::new(&file.name, &file.text)).collect(),
    };
    for document in &documents.documents {
        if let Spec::Slo(slo) = &document.spec {
            binding.slo(document, slo);
        }
    }
    for (name, became) in &binding.became {
        if let Became::Slo(slo) = became {
            binding.bound.names.insert((*name).to_owned(), slo.clone());
        }
    }
    for document in &documents.documents {
        match &document.spec {
            Spec::Feature(feature) => binding.feature(document, feature),
            Spec::Maintenance(planned) => binding.maintenance(document, planned),
            Spec::Agreement(agreement) => binding.agreement(document, agreement),
            Spec::Policy(_) => binding.policy(document),
            Spec::Binding(spec) => binding.check_binding(document, spec),
            _ => {}
        }
    }
    (binding.bound, binding.desks.into_iter().flat_map(|desk| desk.findings).collect())
}

impl<'a> Binding<'a> {
    fn desk(&mut self, document: &Document) -> &mut Desk<'a> {
        &mut self.desks[document.file]
    }

    fn spec(&self, sli: &str) -> Option<&'a SliSpec> {
        self.slis.iter().find(|spec| spec.name == sli)
    }

    fn sli_names(&self) -> Vec<&'a str> {
        self.slis.iter().map(|spec| spec.name).collect()
    }

    /// An SLI that the code may not have.
    fn unknown_sli(&mut self, document: &Document, at: At, path: &str, sli: &str) {
        let names = self.sli_names();
        let message = match super::check::closest(sli, &names) {
            Some(close) => format!("the code has no SLI {sli}; {close} is the closest"),
            None => format!("the code has no SLI {sli}, unless it is a route that nobody has called yet"),
        };
        self.desk(document).warning("unknown-sli", at, path, message).found(sli).accepted(names.join(", "));
    }
}

/// Names for a message.
fn list(names: &[String]) -> String {
    if names.is_empty() { "there are none".into() } else { names.join(", ") }
}
