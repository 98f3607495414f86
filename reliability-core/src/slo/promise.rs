//! One SLO with what people agreed about it: what rules, dashboards, documents and catalogues are written from.
//!
//! The terms are those that the engine judges by, so that what is generated decides as the process does. The rest is words:
//! who is called, what it means for a user when it fails, what to do first. An attribute states a part of them; a document may
//! state all of them.
//!
//! Owned data, because promises come from documents as well as from constants.

use std::time::Duration;

use super::terms::Terms;
use crate::spec::{Place, SliSpec, format_duration};

/// What the good events of an SLO are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SloKind {
    /// Good outcomes.
    Availability,
    /// Good outcomes within a threshold.
    Latency(Duration),
}

impl SloKind {
    /// The name of the SLO on an SLI of this name: `checkout-availability`, `checkout-latency-250ms`.
    pub fn slo_name(self, sli: &str) -> String {
        match self {
            Self::Availability => format!("{sli}-availability"),
            Self::Latency(threshold) => format!("{sli}-latency-{}", format_duration(threshold)),
        }
    }
}

/// One SLO with what people agreed about it.
///
/// ```
/// use reliability_core::slo::{Promise, SloKind, Terms};
/// use reliability_core::{Objective, SliSpec, Window};
/// let spec = SliSpec::new("checkout").features(&["purchase"]).owner("payments").tier(1);
/// let terms = Terms::new(Objective::parse("99.9%")?, Window::DEFAULT);
/// let promise = Promise::new(&spec, SloKind::Availability, terms);
/// assert_eq!(promise.slo, "checkout-availability");
/// assert_eq!(promise.features, ["purchase"]);
/// assert_eq!(promise.about.owner.as_deref(), Some("payments"));
/// # Ok::<(), reliability_core::SpecError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Promise {
    /// The SLO's name, one of its kind in the service.
    pub slo: String,
    /// The SLI that it is about.
    pub sli: String,
    /// What counts as good.
    pub kind: SloKind,
    /// What it is judged by.
    pub terms: Terms,
    /// The features that need it.
    pub features: Vec<String>,
    /// How much depends on it: 1 is the most.
    pub tier: Option<u8>,
    /// Where its SLI stands in the source, if the compiler knows.
    pub place: Option<Place>,
    /// The SLIs that its SLI needs.
    pub depends_on: Vec<String>,
    /// What people say about it.
    pub about: About,
}

/// What people say about an SLO. All of it is optional.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// What people call it.
    pub title: Option<String>,
    /// What it is, in a sentence or two.
    pub description: Option<String>,
    /// Who is called: the owner on the side of those who build it.
    pub owner: Option<String>,
    /// The owner on the side of those who decide what it is for.
    pub product_owner: Option<String>,
    /// When the two look at it again, as `YYYY-MM-DD`.
    pub review: Option<String>,
    /// What a user notices when it fails.
    pub impact: Option<String>,
    /// What whoever is called does first.
    pub first_action: Option<String>,
    /// Where that is written down at length: an address.
    pub runbook: Option<String>,
}

impl Promise {
    /// What an SLI's declaration says about one of its SLOs.
    pub fn new(spec: &SliSpec, kind: SloKind, terms: Terms) -> Self {
        Self {
            slo: kind.slo_name(spec.name),
            sli: spec.name.to_owned(),
            kind,
            terms,
            features: spec.features.iter().map(|feature| (*feature).to_owned()).collect(),
            tier: spec.tier,
            place: spec.place,
            depends_on: spec.dependencies().map(str::to_owned).collect(),
            about: About { owner: spec.owner.map(str::to_owned), ..About::default() },
        }
    }

    /// All that an SLI declares, each SLO by the terms of its declaration.
    pub fn declared(spec: &SliSpec) -> Vec<Self> {
        let terms = |objective| Terms::new(objective, spec.window).method(spec.method);
        let availability = spec.objective.map(|objective| (SloKind::Availability, objective));
        let latencies = spec.latencies().map(|latency| (SloKind::Latency(latency.threshold()), latency.objective()));
        let all = availability.into_iter().chain(latencies);
        all.map(|(kind, objective)| Self::new(spec, kind, terms(objective))).collect()
    }
}
