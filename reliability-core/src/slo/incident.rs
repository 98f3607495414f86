//! What one incident cost.
//!
//! An incident of an SLO lasts from the first of its pairs that fires until none does any more. Its failures are counted from
//! where the short window of that first pair began, because those made it fire; what failed before belongs to nobody's
//! incident. The price is what they are of the failures that the period allows now, so it falls as traffic grows.

use super::kept::KeptCase;
use super::pairs::BurnRule;
use crate::clock::Timestamp;

/// The latest incident of an SLO.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Incident {
    /// When its first pair fired.
    pub since: Timestamp,
    /// When its last pair resolved; `None` while it lasts.
    pub until: Option<Timestamp>,
    /// The events that failed in it.
    pub failures: u64,
    /// The share of the budget that they cost; `None` where nothing is counted.
    pub budget: Option<f64>,
}

/// What is remembered of it: instants, and the failures that had been counted before it and up to its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    pub(super) since: Timestamp,
    pub(super) until: Option<Timestamp>,
    pub(super) first: Timestamp,
    bad_before: u64,
    bad_until: Option<u64>,
}

impl Case {
    /// A pair fired; `bad_before` had failed before its short window began.
    pub(super) fn open(now: Timestamp, rule: &BurnRule, bad_before: u64) -> Self {
        Self { since: now, until: None, first: now - rule.short, bad_before, bad_until: None }
    }

    pub(super) const fn keep(&self) -> KeptCase {
        let Self { since, until, first, bad_before, bad_until } = *self;
        KeptCase { since, until, first, bad_before, bad_until }
    }

    /// As it was kept, of a history that counted so many failures more before it.
    pub(super) fn restored(kept: KeptCase, more: u64) -> Self {
        let KeptCase { since, until, first, bad_before, bad_until } = kept;
        Self {
            since,
            until,
            first,
            bad_before: bad_before.saturating_add(more),
            bad_until: bad_until.map(|bad| bad.saturating_add(more)),
        }
    }

    pub(super) fn close(&mut self, now: Timestamp, bad: u64) {
        (self.until, self.bad_until) = (Some(now), Some(bad));
    }

    /// The events that failed in it; `bad` have failed by now.
    pub(super) fn failures(&self, bad: u64) -> u64 {
        self.bad_until.unwrap_or(bad).saturating_sub(self.bad_before)
    }
}
