//! An SLO as it is kept, and what it becomes when an earlier process's is handed to it.
//!
//! What was kept and what this process has counted since it began are added up: after a restart the latter is nothing yet, in a
//! rolling update it is what this one served while the other still held the store.
//!
//! The time between the last word of the earlier process and the beginning of this one was not lived through by anybody who
//! judges, so it is a jump of the line: nothing leaves a budget by it before as much time has been lived.

use std::sync::Arc;
use std::time::Duration;

use super::{Served, Slo, Whole};
use crate::clock::Timestamp;
use crate::engine::keeping::Earlier;
use crate::engine::report::SloKind;
use crate::engine::snapshot::{Count, SloSnapshot, Standing, fnv};
use crate::slo::{KeptState, SloState, Tally, Terms, ZoneError};
use crate::spec::SliSpec;

impl Slo {
    /// A hash of what counts as good, beside the method: what sort of SLO it is, and what a dropped call is worth where somebody
    /// said so.
    pub(in crate::engine) fn identity(&self, spec: &SliSpec) -> u64 {
        let kind = match self.kind {
            SloKind::Availability => "availability".to_owned(),
            SloKind::Latency(threshold) => format!("latency {}", threshold.as_nanos()),
        };
        fnv(format!("{kind} {:?} {:?}", spec.cancelled, spec.cancelled_after).as_bytes())
    }

    /// All of it.
    pub(in crate::engine) fn keep(&self, name: &Arc<str>, identity: u64) -> SloSnapshot {
        SloSnapshot {
            name: Arc::clone(name),
            identity,
            state: self.state.keep(),
            whole: self.whole.as_ref().map(|whole| whole.state.keep()),
            served: self.served.as_ref().map(|served| served.state.keep()),
            excused_at: self.excused_at,
            shed_at: self.shed_at,
            until: None,
            since: Vec::new(),
            standing: None,
        }
    }

    /// Its totals alone. How much the line skipped is for whoever knows of the last count.
    pub(in crate::engine) fn count(&self) -> Count {
        let total = |state: &SloState| state.history().total();
        Count {
            at: self.state.history().now(),
            jumped: Duration::ZERO,
            total: total(&self.state),
            whole: self.whole.as_ref().map(|whole| total(&whole.state)),
            served: self.served.as_ref().map(|served| total(&served.state)),
        }
    }

    /// What was last decided.
    pub(in crate::engine) fn standing(&self) -> Standing {
        Standing { alerts: self.state.kept_alerts().collect(), incident: self.state.kept_incident() }
    }

    pub(in crate::engine) fn stands_as(&self, standing: &Standing) -> bool {
        standing.incident == self.state.kept_incident() && self.state.kept_alerts().eq(standing.alerts.iter().copied())
    }

    /// Whether it has other parts or another definition than what was kept.
    pub(in crate::engine) fn shape(&self) -> (u32, Terms, bool, bool) {
        (self.state.generation(), *self.state.terms(), self.whole.is_some(), self.served.is_some())
    }

    /// Goes on from what an earlier process knew, at `now`.
    pub(in crate::engine) fn adopt(
        &mut self,
        spec: &SliSpec,
        kept: &SloSnapshot,
        earlier: &Earlier,
        now: Timestamp,
    ) -> Result<(), ZoneError> {
        if kept.identity != self.identity(spec) {
            self.state.follow(kept.state.generation);
            return Ok(());
        }
        let fresh = self.counted == Tally::ZERO;
        let until = kept.until.unwrap_or(earlier.until);
        let state = joined(&kept.state, kept, |count| Some(count.total), &self.state, earlier, now)?;
        let whole = if kept.whole.is_some() || self.whole.is_some() {
            let mine = self.whole.as_ref().map_or(&self.state, |whole| &whole.state);
            let theirs = kept.whole.as_ref().unwrap_or(&kept.state);
            Some(joined(theirs, kept, |count| count.whole, mine, earlier, now)?)
        } else {
            None
        };
        let served = if kept.served.is_some() || self.served.is_some() {
            let mine = self.served.as_ref().map_or(&self.state, |served| &served.state);
            let theirs = kept.served.as_ref().unwrap_or(&kept.state);
            Some(joined(theirs, kept, |count| count.served, mine, earlier, now)?)
        } else {
            None
        };
        // one line of counts from here on: what the state was told of, and on top of it what was excused, or below it what was shed
        let charged = state.counted();
        self.excused = whole.as_ref().map_or(Tally::ZERO, |whole| whole.counted().since(charged));
        self.shed = served.as_ref().map_or(0, |served| charged.bad.saturating_sub(served.counted().bad));
        self.counted = charged + self.excused;
        self.earlier = self.counted;
        self.excused_at = self.excused_at.max(kept.excused_at);
        self.shed_at = self.shed_at.max(kept.shed_at);
        let alike = (state.generation(), state.terms().window, state.terms().method)
            == (kept.state.generation, kept.state.history.window, kept.state.method)
            && (whole.is_some(), served.is_some()) == (kept.whole.is_some(), kept.served.is_some());
        self.resumed = (fresh && alike).then(|| earlier.began.since(until));
        self.spent = state.budget().is_spent();
        self.state = state;
        self.whole = whole.map(|state| Box::new(Whole { state, excused_before: Tally::ZERO }));
        self.served = served.map(|state| Box::new(Served { state, shed_before: 0 }));
        Ok(())
    }

    /// For how long nobody had judged it, if it goes on from what the store holds just as that stands there.
    pub(in crate::engine) fn resumed(&self) -> Option<Duration> {
        self.resumed
    }

    /// What it goes on with is nothing that the store holds.
    pub(in crate::engine) fn is_news(&mut self) {
        self.resumed = None;
    }

    /// Counts of this process up to here are in what was adopted.
    pub(in crate::engine) fn begin_after(&mut self, counted: Tally) {
        self.within_earlier = counted;
    }
}

/// What was kept, moved on to `now`, with what `mine` counted since this process began.
fn joined(
    theirs: &KeptState,
    kept: &SloSnapshot,
    total: impl Fn(&Count) -> Option<Tally>,
    mine: &SloState,
    earlier: &Earlier,
    now: Timestamp,
) -> Result<SloState, ZoneError> {
    let until = kept.until.unwrap_or(earlier.until);
    let mut state = SloState::restored(*mine.terms(), theirs, |state| {
        // a part that did not yet differ is told no total of its own
        for count in &kept.since {
            state.advance(count.at, total(count).unwrap_or(count.total), count.jumped);
        }
        if let Some(standing) = &kept.standing {
            state.decided(&standing.alerts);
            state.remember(standing.incident);
        }
        let counted = state.counted();
        state.advance(until, counted, Duration::ZERO);
        let missed = earlier.began.since(until.max(state.history().now()));
        if !missed.is_zero() {
            state.advance(earlier.began, counted, missed);
        }
        state.advance(now, counted, Duration::ZERO);
    })?;
    let more = mine.history().total();
    if more == Tally::ZERO {
        return Ok(state);
    }
    let mut mine = mine.clone();
    let counted = mine.counted();
    mine.advance(now, counted, now.since(mine.history().now()));
    if !state.add(&mine) {
        // kept in another form: it counts as if it had happened now, late and never early
        let counted = state.counted();
        state.advance(now, counted + more, Duration::ZERO);
    }
    Ok(state)
}
