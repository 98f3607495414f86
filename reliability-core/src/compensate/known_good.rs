//! The version to go back to: the one that last met its objectives for long enough.
//!
//! A version is good when for the whole soak time calls were served, no pair fired, no budget was spent and the fast detector was
//! quiet, of every SLO. A break begins the time anew. What it was before the start comes from the memory.
//!
//! Limit: it is one process's view of its own calls.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::engine::response::KnownGoodReport;
use crate::engine::situation::Situation;
use crate::slo::Severity;

/// How long it must be well, unless said otherwise.
pub(crate) const SOAK: Duration = Duration::from_secs(1_800);
/// A confirmation is remembered at most so often.
const AGAIN: Duration = Duration::from_secs(600);

/// Watches the running version.
#[derive(Clone, Debug)]
pub(super) struct KnownGood {
    running: Option<String>,
    soak: Duration,
    good: Option<(String, Timestamp)>,
    well_since: Option<Duration>,
    calls_at: u64,
    soaked: Duration,
}

impl KnownGood {
    pub(super) fn new(running: Option<String>, soak: Duration, good: Option<(String, Timestamp)>) -> Self {
        Self { running, soak, good, well_since: None, calls_at: 0, soaked: Duration::ZERO }
    }

    /// What an earlier process knew, unless this one knows better by now.
    pub(super) fn recall(&mut self, good: Option<(String, Timestamp)>) {
        self.good = self.good.take().or(good);
    }

    /// Looks again. `Some` when the running version has become the known good one.
    pub(super) fn look(&mut self, situation: &Situation<'_>) -> Option<(String, Duration)> {
        let mut calls = 0_u64;
        let mut well = true;
        for sli in situation.slis() {
            let served = sli.served();
            calls = calls.saturating_add(served.good).saturating_add(served.bad);
            well &= !sli.is_stalled() && !sli.is_detected();
            for slo in sli.slos() {
                let fires = |severity| slo.is_firing(severity) == Some(true);
                well &= !fires(Severity::Page) && !fires(Severity::Ticket) && slo.budget().0 > 0.0;
            }
        }
        if !well {
            (self.well_since, self.soaked) = (None, Duration::ZERO);
            return None;
        }
        if self.well_since.is_none() {
            (self.well_since, self.calls_at) = (Some(situation.monotonic), calls);
        }
        self.soaked = situation.monotonic.saturating_sub(self.well_since.unwrap_or(situation.monotonic));
        // a service that nobody calls meets nothing
        if self.soaked < self.soak || calls == self.calls_at {
            return None;
        }
        let running = self.running.clone()?;
        let (news, stale) = match &self.good {
            Some((version, at)) => (*version != running, situation.at.since(*at) >= AGAIN),
            None => (true, true),
        };
        if news || stale {
            self.good = Some((running.clone(), situation.at));
        }
        news.then_some((running, self.soaked))
    }

    pub(super) fn good(&self) -> Option<&(String, Timestamp)> {
        self.good.as_ref()
    }

    pub(super) fn report(&self) -> KnownGoodReport {
        KnownGoodReport {
            version: self.good.as_ref().map(|(version, _)| version.clone()),
            confirmed: self.good.as_ref().map(|(_, at)| *at),
            running: self.running.clone(),
            soaked: self.soaked,
            soak: self.soak,
        }
    }
}
