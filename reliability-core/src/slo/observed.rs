//! Which minutes somebody looked at.
//!
//! A minute that was read and had no events is *observed, empty*; a minute that nobody read is *unobserved*. A flag for each
//! minute of 90 days would be 16 KiB and a window a scan; gaps are rare, so the gaps are what is kept: a sorted list of
//! whole minutes, whose cost does not depend on a window's length. One such list serves all SLOs of an engine.
//!
//! At most 64 gaps are remembered. One more, and the two that lie nearest to each other become one: the time between
//! them then counts as unobserved too, which can only hold a decision, never make one.

use std::time::Duration;

use super::history::WINDOWS;
use crate::clock::Timestamp;

const MINUTE_NANOS: i64 = 60_000_000_000;
const MAX_GAPS: usize = 64;
/// The longest period, after which a gap is of no interest to anybody.
const REMEMBERED_MINUTES: i64 = 90 * 1_440;

/// The minutes observed since the first one.
#[derive(Clone, Debug)]
pub struct Observed {
    begins: i64,
    /// Half-open, in whole minutes since the epoch, sorted, neither touching nor overlapping.
    gaps: Vec<(i64, i64)>,
}

/// A share of observed minutes, exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Minutes that somebody read.
    pub observed: u64,
    /// All minutes of the window.
    pub minutes: u64,
}

impl Coverage {
    /// Whether at least 90 % of the minutes were observed: below that, a window decides nothing.
    pub const fn suffices(self) -> bool {
        self.observed.saturating_mul(10) >= self.minutes.saturating_mul(9)
    }

    /// The share for display, from 0 to 1; 1 for a window of no minutes.
    pub fn as_f64(self) -> f64 {
        if self.minutes == 0 { 1.0 } else { self.observed as f64 / self.minutes as f64 }
    }
}

/// Which of the burn-rate windows may decide at one instant. The same for every SLO of an engine, so taken once a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    /// The instant.
    pub now: Timestamp,
    /// One for each of [`WINDOWS`].
    pub coverage: [Coverage; WINDOWS.len()],
}

impl Observed {
    /// Observation begins in the minute that contains `begins`, and misses nothing until told.
    pub fn new(begins: Timestamp) -> Self {
        Self { begins: minute(begins), gaps: Vec::with_capacity(MAX_GAPS + 1) }
    }

    /// The start of the first minute observed.
    pub const fn begins(&self) -> Timestamp {
        Timestamp::from_unix_seconds(self.begins * 60)
    }

    /// The gaps, oldest first, half-open.
    pub fn gaps(&self) -> impl Iterator<Item = (Timestamp, Timestamp)> + '_ {
        let start = |minute: i64| Timestamp::from_unix_seconds(minute * 60);
        self.gaps.iter().map(move |&(from, to)| (start(from), start(to)))
    }

    /// Nobody read the minutes from the one that contains `from` up to, not including, the one that contains `to`.
    pub fn gap(&mut self, from: Timestamp, to: Timestamp) {
        let (mut from, mut to) = (minute(from), minute(to));
        if from >= to {
            return;
        }
        self.gaps.retain(|&(start, end)| {
            let apart = end < from || to < start;
            if !apart {
                (from, to) = (from.min(start), to.max(end));
            }
            apart
        });
        let place = self.gaps.partition_point(|gap| gap.0 < from);
        self.gaps.insert(place, (from, to));
        let newest = self.gaps[self.gaps.len() - 1].1;
        self.gaps.retain(|gap| gap.1 > newest - REMEMBERED_MINUTES);
        if self.gaps.len() > MAX_GAPS {
            self.merge_nearest();
        }
    }

    /// How many minutes were observed, from the one that contains `from` up to, not including, the one that contains `to`.
    ///
    /// With `begins` the minutes before the first observation count as observed and empty: right for an alert, which a new
    /// service should not wait days for, and never for a budget.
    pub fn coverage(&self, from: Timestamp, to: Timestamp, begins: bool) -> Coverage {
        let (from, to) = (minute(from), minute(to));
        let minutes = (to - from).max(0);
        let overlap = |&(start, end): &(i64, i64)| (end.min(to) - start.max(from)).max(0);
        let missed: i64 = if begins {
            self.gaps.iter().map(overlap).sum()
        } else {
            let known = |&(start, end): &(i64, i64)| overlap(&(start.max(self.begins), end));
            let before = (self.begins.min(to) - from).max(0);
            before + self.gaps.iter().map(known).sum::<i64>()
        };
        Coverage { observed: (minutes - missed) as u64, minutes: minutes as u64 }
    }

    /// The coverage of the burn-rate windows at `now`; `begins` as in [`coverage`](Self::coverage).
    pub fn sight(&self, now: Timestamp, begins: bool) -> Sight {
        let over = |span: Duration| self.coverage(now - span, now, begins);
        Sight { now, coverage: WINDOWS.map(over) }
    }

    fn merge_nearest(&mut self) {
        let between = |i: &usize| self.gaps[i + 1].0 - self.gaps[*i].1;
        if let Some(i) = (0..self.gaps.len() - 1).min_by_key(between) {
            self.gaps[i].1 = self.gaps[i + 1].1;
            self.gaps.remove(i + 1);
        }
    }
}

fn minute(at: Timestamp) -> i64 {
    at.unix_nanos().div_euclid(MINUTE_NANOS)
}
