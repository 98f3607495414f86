//! The features of an engine: judged at the tick from the histories of their parts.
//!
//! A part whose objective has the feature's window lends its own history. Over another window its events are counted anew, in
//! a history that begins with what its own remembers. Journeys are counted by an SLI of their own, judged like any
//! other, and who failed in them is counted by part.
//!
//! **What a tick costs.** Which parts had events is looked at for all. Whether a budget is spent is asked for as many
//! features as have [`STEPS`] parts together, in turn, so that the largest set that is accepted costs no more than that, and
//! learns of it some ticks later. Everything else is found out when somebody asks for a report.
//!
//! **Features that nobody declared.** The SLIs that name a feature in their attribute, and promise to be available, are read as
//! series under that name until a spec says otherwise; a part of it without events is left out. It has no objective.
//!
//! Layer 3: imports sli, slo, spec, clock, name, with the rest of `engine`.

mod journeys;
mod leaves;
mod readout;
mod set;
mod undeclared;

use std::collections::BTreeMap;
use std::time::Duration;

use super::event::EventKind;
use super::judged::Judged;
use super::report::FeatureReport;
use crate::clock::Timestamp;
use crate::slo::composite::{Composite, Composites, FeatureError, Known};
use crate::spec::{FeatureSpec, Reading};
use journeys::Blames;
pub(super) use journeys::{JourneySli, journey_slis};
use leaves::{LeafState, View};
use undeclared::undeclared;

/// How many parts are asked at a tick.
const STEPS: usize = 20_000;

/// The features of one engine.
#[derive(Debug, Default)]
pub(crate) struct Features {
    /// As they were declared.
    specs: Vec<FeatureSpec>,
    set: Composites,
    leaves: Vec<LeafState>,
    blames: Blames,
    /// Whether the budget of each was spent when it was last asked.
    spent: BTreeMap<String, bool>,
    /// Which is asked next.
    next: usize,
    /// All that was ever jumped over, as of the last tick.
    jumped: Duration,
    /// How many SLIs there were when this was made.
    slis: usize,
    /// Whether the terms of an SLO have changed since.
    stale: bool,
}

/// A set of features that can be taken into use.
pub(crate) struct Prepared {
    specs: Vec<FeatureSpec>,
    pub(super) set: Composites,
}

impl Features {
    /// Checks a set of features against the SLOs that there are.
    pub(super) fn prepare(specs: Vec<FeatureSpec>, slis: &[Judged]) -> Result<Prepared, FeatureError> {
        let mut known = BTreeMap::new();
        for slo in slis.iter().flat_map(|sli| &sli.slos) {
            let terms = slo.state.terms();
            known.insert(
                slo.name.clone(),
                Known { objective: terms.objective, window: terms.window, method: terms.method },
            );
        }
        let all = specs.iter().cloned().chain(undeclared(&specs, slis)).collect();
        Ok(Prepared { set: Composites::new(all, &known)?, specs })
    }

    /// Takes a set into use. What was counted for a leaf that stays is kept.
    pub(super) fn replace(
        &mut self,
        prepared: Prepared,
        slis: &[Judged],
        now: Timestamp,
        jumped: Duration,
    ) -> Result<(), FeatureError> {
        let leaves = self.leaves_for(&prepared.set, slis, now)?;
        self.blames = std::mem::take(&mut self.blames).fitted(&prepared.set, now);
        self.spent.retain(|name, _| prepared.set.features.iter().any(|feature| feature.spec().name == *name));
        (self.specs, self.set, self.leaves) = (prepared.specs, prepared.set, leaves);
        (self.jumped, self.slis, self.stale, self.next) = (jumped, slis.len(), false, 0);
        Ok(())
    }

    /// The terms of an SLO have changed: histories are fitted anew at the next tick.
    pub(super) fn mark_stale(&mut self) {
        self.stale = true;
    }

    /// Moves on to `now`, and tells whose budget was spent or is there again.
    pub(super) fn judge(&mut self, slis: &[Judged], now: Timestamp, jumped: Duration, mut tell: impl FnMut(EventKind)) {
        if self.stale || self.slis != slis.len() {
            self.fit(slis, now, jumped);
        }
        let missed = jumped.saturating_sub(std::mem::replace(&mut self.jumped, jumped));
        for leaf in &mut self.leaves {
            leaf.advance(slis, now, missed);
        }
        self.blames.advance(now, missed);
        let mut steps = 0;
        for _ in 0..self.set.features.len() {
            let feature = &self.set.features[self.next % self.set.features.len()];
            let cost = cost(feature);
            if steps > 0 && steps + cost > STEPS {
                break;
            }
            steps += cost;
            self.next = (self.next + 1) % self.set.features.len();
            let view = View { leaves: &self.leaves, blames: &self.blames, slis, now };
            let Some(spent) = feature.spent(&view) else { continue };
            let name = &feature.spec().name;
            let before = self.spent.get(name).copied().unwrap_or_default();
            if spent.is_all() != before {
                self.spent.insert(name.clone(), !before);
                tell(EventKind::Feature {
                    feature: name.clone(),
                    reading: feature.spec().reading,
                    spent: !before,
                    remaining: spent.left(),
                });
            }
        }
    }

    /// Fits the same specs to SLIs that have come, or to SLOs of other terms. What no longer fits stays as it was.
    fn fit(&mut self, slis: &[Judged], now: Timestamp, jumped: Duration) {
        if let Ok(prepared) = Self::prepare(self.specs.clone(), slis) {
            let _ = self.replace(prepared, slis, now, jumped);
        }
        (self.slis, self.stale) = (slis.len(), false);
    }

    /// The specs as they were declared.
    pub(super) fn specs(&self) -> &[FeatureSpec] {
        &self.specs
    }

    /// All that is known about each feature, by name.
    pub(super) fn reports(&self, slis: &[Judged], now: Timestamp) -> Vec<FeatureReport> {
        let view = View { leaves: &self.leaves, blames: &self.blames, slis, now };
        let report = |(i, feature): (usize, &Composite)| readout::report(feature, i < self.specs.len(), &view);
        let mut reports: Vec<_> = self.set.features.iter().enumerate().map(report).collect();
        reports.sort_by(|a, b| a.name.cmp(&b.name));
        reports
    }
}

/// How much work it is to ask for a feature's budget.
fn cost(feature: &Composite) -> usize {
    let spec = feature.spec();
    let slices = matches!(spec.reading, Reading::AnyBadSlice);
    let each = if slices { spec.window.seconds() as usize / 60 / 16 } else { feature.ways() };
    feature.components().saturating_mul(each.max(1))
}
