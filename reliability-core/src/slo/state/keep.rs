//! An SLO's state as it is kept, restored under the terms of today, and added to another.
//!
//! What was kept is restored by the terms that it was counted by and then judged by those of today, as a change while
//! the service runs would be: another objective re-reads the counts, another window refits them, another method begins a new
//! generation. How finely the past is kept stays as it was.

use super::{Case, SloState, pairs};
use crate::calendar::ZoneError;
use crate::slo::alert::Alert;
use crate::slo::history::History;
use crate::slo::kept::{KeptAlert, KeptCase, KeptState};
use crate::slo::slices::Slices;
use crate::slo::tally::Tally;
use crate::slo::terms::Terms;

impl SloState {
    /// Everything of it that must outlive the process.
    pub(crate) fn keep(&self) -> KeptState {
        KeptState {
            method: self.terms.method,
            generation: self.generation,
            history: self.history.keep(),
            slices: self.slices.as_ref().map(|slices| slices.keep()),
            alerts: self.kept_alerts().collect(),
            incident: self.incident.as_ref().map(Case::keep),
        }
    }

    /// What was last decided about each pair.
    pub(crate) fn kept_alerts(&self) -> impl Iterator<Item = KeptAlert> + '_ {
        self.pairs.iter().flatten().map(|pair| KeptAlert {
            long: pair.rule.long,
            state: pair.alert.state(),
            held_since: pair.alert.held_since(),
        })
    }

    /// The latest incident as it is kept.
    pub(crate) fn kept_incident(&self) -> Option<KeptCase> {
        self.incident.as_ref().map(Case::keep)
    }

    /// What was kept, moved on by `since`, and judged by `terms` from there on.
    ///
    /// # Errors
    /// If a window names a time zone that is not known.
    pub(crate) fn restored(terms: Terms, kept: &KeptState, since: impl FnOnce(&mut Self)) -> Result<Self, ZoneError> {
        let KeptState { method, generation, history: ring, slices, .. } = kept;
        let earlier = terms.window(ring.window).method(*method).resolution(ring.resolution);
        let slices = match slices {
            Some(slices) => Slices::restored(*method, ring.window, slices)?,
            None => Slices::new(*method, ring.window, ring.now)?,
        };
        let mut state = Self {
            terms: earlier,
            pairs: pairs(&earlier),
            dropped: Vec::new(),
            history: History::restored(ring)?,
            slices: slices.map(Box::new),
            before: Tally::ZERO,
            generation: (*generation).max(1),
            incident: None,
        };
        state.decided(&kept.alerts);
        state.remember(kept.incident);
        since(&mut state);
        state.change(terms)?;
        Ok(state)
    }

    /// What is counted from here on belongs to the generation after that one.
    pub(crate) fn follow(&mut self, generation: u32) {
        self.generation = generation.saturating_add(1);
    }

    /// All that [`advance`](Self::advance) was told of, other generations included.
    pub(crate) fn counted(&self) -> Tally {
        self.before + self.history.total()
    }

    /// Takes over what was last decided about pairs, and the latest incident.
    pub(crate) fn decided(&mut self, alerts: &[KeptAlert]) {
        for kept in alerts {
            if let Some(pair) = self.pairs.iter_mut().flatten().find(|pair| pair.rule.long == kept.long) {
                pair.alert = Alert::restored(kept.state, kept.held_since);
            }
        }
    }

    /// The latest incident is this one.
    pub(crate) fn remember(&mut self, incident: Option<KeptCase>) {
        self.incident = incident.map(|case| Case::restored(case, 0));
    }

    /// Adds what another process counted of the same SLO, whose history stands at the same instant; false, and nothing done, if it
    /// is of another window, resolution or method. A pair that fires in either fires.
    pub(crate) fn add(&mut self, other: &Self) -> bool {
        let alike = |state: &Self| {
            let Terms { window, method, resolution, .. } = state.terms;
            (window, method, resolution, state.history.now())
        };
        if alike(self) != alike(other) {
            return false;
        }
        for pair in self.pairs.iter_mut().flatten().filter(|pair| !pair.alert.is_firing()) {
            let theirs = other.pairs.iter().flatten().find(|known| known.rule.long == pair.rule.long);
            if let Some(theirs) = theirs.filter(|theirs| theirs.alert.is_firing()) {
                pair.alert = theirs.alert;
            }
        }
        let before = self.history.total().bad;
        if self.incident.is_none_or(|case| case.until.is_some())
            && let Some(theirs) = &other.incident
        {
            self.incident = Some(Case::restored(theirs.keep(), before));
        }
        if let Some(slices) = &mut self.slices {
            slices.add(&other.history);
        }
        self.history.add(&other.history);
        true
    }
}
