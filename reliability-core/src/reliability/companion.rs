//! What else has a say at the start, and follows what changes while the service runs.
//!
//! The front door knows no documents, since they are behind a feature, and documents know no engine. This is the door between
//! them: whoever follows documents is asked for what they bring, then for the terms of each SLO as it is taken in.

use std::sync::Arc;

use super::{Builder, Handle};
use crate::compensate::Policy;
use crate::engine::tick::Stipulation;
use crate::slo::{Maintenance, Resolution, Terms};
use crate::spec::{FeatureSpec, Finding, SliSpec};

/// What the builder was told about terms: it has the last word over what others say.
pub(crate) type LastWord = dyn Fn(&str, Terms) -> Terms + Send + Sync;

/// What is brought to the start.
#[derive(Debug, Default)]
pub(crate) struct Brought {
    pub(crate) policies: Vec<Policy>,
    pub(crate) maintenance: Vec<Maintenance>,
    pub(crate) features: Vec<FeatureSpec>,
}

/// Those of `features` that none of the others has the name of.
pub(crate) fn without(features: Vec<FeatureSpec>, others: &[FeatureSpec]) -> Vec<FeatureSpec> {
    features.into_iter().filter(|feature| others.iter().all(|other| other.name != feature.name)).collect()
}

/// Something that has a say.
pub(crate) trait Companion: Send + Sync {
    /// Asked once, before anything is judged, with all that the catalogue declares.
    ///
    /// # Errors
    /// If what it has to say has errors: then nothing is started.
    fn begin(&self, slis: &[SliSpec]) -> Result<Brought, Vec<Finding>>;

    /// The terms of an SLO that declares these. Asked while the loop's lock is held: it must not ask the engine.
    fn terms(&self, slo: &str, declared: Terms) -> Terms;

    /// The judge runs: follow what changes until it stops.
    ///
    /// # Errors
    /// If the system gives no thread.
    fn follow(self: Arc<Self>, handle: &Handle, last: Arc<LastWord>) -> std::io::Result<()>;
}

/// What the builder was told, made the last word.
pub(super) fn last_word(exact: bool, said: Option<Box<Stipulation>>) -> Arc<LastWord> {
    let resolution = if exact { Resolution::Exact } else { Resolution::Compact };
    Arc::new(move |slo: &str, terms: Terms| {
        let terms = terms.resolution(resolution);
        said.as_ref().map_or(terms, |said| said(slo, terms))
    })
}

/// What each SLO begins with: what the code declares, what documents say about it, and the last word.
pub(super) fn stipulation(companion: Option<Arc<dyn Companion>>, last: Arc<LastWord>) -> Box<Stipulation> {
    Box::new(move |slo: &str, declared: Terms| {
        last(slo, companion.as_ref().map_or(declared, |companion| companion.terms(slo, declared)))
    })
}

impl Builder<'_> {
    /// What else has a say at the start and follows what changes: one at most.
    #[allow(dead_code)] // only the feature `document` has one
    pub(crate) fn companion(&mut self) -> &mut Option<Arc<dyn Companion>> {
        &mut self.companion
    }
}
