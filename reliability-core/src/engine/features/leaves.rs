//! The counts that features stand on, each over the window that they need.

use std::time::Duration;

use super::Features;
use super::journeys::Blames;
use crate::clock::Timestamp;
use crate::engine::judged::{Judged, Slo};
use crate::engine::tick::Reads;
use crate::slo::composite::{Composites, Evidence, Fact, FeatureError, FeatureFault, Leaf, LeafOf, Part, SliceFact};
use crate::slo::{ErrorBudget, History, Period, Resolution, Tally, ZoneError};
use crate::spec::Method;

/// One leaf, and where its counts are.
#[derive(Debug)]
pub(super) struct LeafState {
    leaf: Leaf,
    /// The place of its SLI, and of its SLO there: a journey without an objective has none.
    sli: usize,
    slo: Option<usize>,
    /// Its events over the feature's window, where that is not the SLO's.
    own: Option<Own>,
    seen: Tally,
    /// When its last event was; when the watching began if there was none.
    last: Timestamp,
}

#[derive(Debug)]
struct Own {
    history: History,
    /// What had been counted before that history.
    before: Tally,
}

impl Features {
    /// The leaves of a set, with what the ones of now have counted.
    pub(super) fn leaves_for(
        &mut self,
        set: &Composites,
        slis: &[Judged],
        now: Timestamp,
    ) -> Result<Vec<LeafState>, FeatureError> {
        let mut leaves = Vec::with_capacity(set.leaves.len());
        let mut places = std::collections::HashMap::new();
        for (i, sli) in slis.iter().enumerate() {
            places.insert(sli.spec.name.to_owned(), (i, None));
            places.extend(sli.slos.iter().enumerate().map(|(j, slo)| (slo.name.clone(), (i, Some(j)))));
        }
        for leaf in &set.leaves {
            let found = match &leaf.of {
                LeafOf::Slo(slo) => places.get(slo).copied(),
                LeafOf::Journey(feature) => places
                    .get(&format!("{feature}-journey"))
                    .map(|(sli, _)| (*sli, (!slis[*sli].slos.is_empty()).then_some(0))),
            };
            // a journey whose SLI is not there yet finds it when it has come
            let Some((sli, slo)) = found else { continue };
            leaves.push(self.leaf(leaf, (sli, slo), slis, now)?);
        }
        // evidence goes by place: a set whose leaves are not all there is not taken
        if leaves.len() == set.leaves.len() { Ok(leaves) } else { Err(FeatureError { faults: Vec::new() }) }
    }

    fn leaf(
        &self,
        leaf: &Leaf,
        (sli, slo): (usize, Option<usize>),
        slis: &[Judged],
        now: Timestamp,
    ) -> Result<LeafState, FeatureError> {
        let judged = slo.map(|slo| &slis[sli].slos[slo]);
        let known = self.leaves.iter().find(|known| known.leaf == *leaf);
        let counted = counted(&slis[sli], judged);
        let zone = |error: ZoneError| FeatureError {
            faults: vec![FeatureFault::Zone { feature: leaf.of.name().to_owned(), error }],
        };
        let own = match (judged, known.and_then(|known| known.own.as_ref())) {
            (Some(slo), _) if slo.state.terms().window == leaf.window => None,
            (_, Some(own)) => Some(Own { history: own.history.clone(), before: own.before }),
            (Some(slo), None) => {
                let (history, _) = slo.state.history().refitted(leaf.window).map_err(zone)?;
                Some(Own { before: counted.since(history.total()), history })
            }
            (None, None) => {
                let history = History::new(leaf.window, Resolution::Compact, now).map_err(zone)?;
                Some(Own { history, before: counted })
            }
        };
        let (seen, last) = known.map_or((counted, now), |known| (known.seen, known.last));
        Ok(LeafState { leaf: leaf.clone(), sli, slo, own, seen, last })
    }
}

/// All events of a leaf so far.
fn counted(sli: &Judged, slo: Option<&Slo>) -> Tally {
    slo.map_or_else(|| available(&sli.reads), Slo::charged)
}

/// Good and bad as people see them: refused calls are bad.
fn available(reads: &Reads) -> Tally {
    let bad = reads.totals.bad.saturating_add(reads.totals.shed).saturating_add(reads.cancelled_bad[0]);
    Tally::new(reads.totals.good, bad)
}

impl LeafState {
    pub(super) fn advance(&mut self, slis: &[Judged], now: Timestamp, missed: Duration) {
        let sli = &slis[self.sli];
        let counted = counted(sli, self.slo.map(|slo| &sli.slos[slo]));
        if counted != self.seen {
            (self.seen, self.last) = (counted, now);
        }
        if let Some(own) = &mut self.own {
            own.history.advance(now, counted.since(own.before), missed);
        }
    }

    fn slo<'a>(&self, slis: &'a [Judged]) -> Option<&'a Slo> {
        self.slo.map(|slo| &slis[self.sli].slos[slo])
    }

    fn period(&self, slis: &[Judged]) -> Period {
        match (&self.own, self.slo(slis)) {
            (Some(own), _) => own.history.period(),
            (None, Some(slo)) => slo.state.history().period(),
            (None, None) => Period::default(),
        }
    }
}

/// The counts of all leaves at one instant.
pub(super) struct View<'a> {
    pub(super) leaves: &'a [LeafState],
    pub(super) blames: &'a Blames,
    pub(super) slis: &'a [Judged],
    pub(super) now: Timestamp,
}

impl View<'_> {
    /// The SLI of a leaf, and the SLO by which it is judged.
    pub(super) fn judged(&self, leaf: usize) -> (&Judged, Option<&Slo>) {
        let leaf = &self.leaves[leaf];
        (&self.slis[leaf.sli], leaf.slo(self.slis))
    }
}

impl Evidence for View<'_> {
    fn fact(&self, leaf: usize) -> Fact {
        let leaf = &self.leaves[leaf];
        let period = leaf.period(self.slis);
        let own = leaf.slo(self.slis).map(|slo| match slo.state.terms().method {
            Method::Occurrences => ErrorBudget::over(period, slo.state.objective()),
            _ => slo.state.budget(),
        });
        Fact { counts: period.at_worst(), own, quiet: self.now.since(leaf.last) }
    }

    fn slices(&self, leaf: usize) -> Option<SliceFact> {
        SliceFact::of(&self.leaves[leaf].slo(self.slis)?.state)
    }

    fn ratios(&self, leaf: usize) -> Option<(u128, u128)> {
        SliceFact::ratios(&self.leaves[leaf].slo(self.slis)?.state)
    }

    fn blame(&self, leaf: usize, part: &Part) -> Option<Tally> {
        let LeafOf::Journey(feature) = &self.leaves[leaf].leaf.of else { return None };
        self.blames.of(feature, part.component().name())
    }
}
