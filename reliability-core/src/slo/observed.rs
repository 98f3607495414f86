//! Which minutes somebody looked at.
//!
//! A minute that was read and had no events is *observed, empty*; a minute that nobody read is *unobserved*. Kept is one bit
//! for each minute that nobody read, and beside each word of them how many there were before, so that a window costs
//! two lookups whatever its length. Without a gap nothing is kept at all; 94 days of them take 33 KiB. One such map
//! serves all SLOs of an engine.

use std::collections::VecDeque;
use std::time::Duration;

use super::history::WINDOWS;
use crate::clock::Timestamp;

const MINUTE_NANOS: i64 = 60_000_000_000;
/// The longest period and a day, after which a gap is of no interest to anybody.
const REMEMBERED_WORDS: usize = 94 * 1_440 / WORD as usize;
const WORD: i64 = 64;

/// The minutes observed since the first one.
#[derive(Clone, Debug)]
pub struct Observed {
    begins: i64,
    /// Sixty-four minutes each, a set bit for one that nobody read, and how many such there were in the words before.
    missed: VecDeque<(u64, u64)>,
    /// The number of the first word since the epoch.
    first: i64,
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
        Self { begins: minute(begins), missed: VecDeque::new(), first: 0 }
    }

    /// The start of the first minute observed.
    pub const fn begins(&self) -> Timestamp {
        Timestamp::from_unix_seconds(self.begins * 60)
    }

    /// The gaps, oldest first, half-open.
    pub fn gaps(&self) -> impl Iterator<Item = (Timestamp, Timestamp)> + '_ {
        let start = |minute: i64| Timestamp::from_unix_seconds(minute * 60);
        let end = (self.first + self.missed.len() as i64) * WORD;
        let mut from = self.first * WORD;
        std::iter::from_fn(move || {
            from = (from..end).find(|minute| self.is_missed(*minute))?;
            let to = (from..end).find(|minute| !self.is_missed(*minute)).unwrap_or(end);
            Some((start(std::mem::replace(&mut from, to)), start(to)))
        })
    }

    /// Nobody read the minutes from the one that contains `from` up to, not including, the one that contains `to`.
    pub fn gap(&mut self, from: Timestamp, to: Timestamp) {
        let (from, to) = (minute(from), minute(to));
        if from >= to {
            return;
        }
        let last = (to - 1).div_euclid(WORD);
        // a gap of years leaves only what is remembered
        let from = from.max((last - REMEMBERED_WORDS as i64 + 1) * WORD);
        let first = from.div_euclid(WORD);
        if self.missed.is_empty() || last - self.first >= 2 * REMEMBERED_WORDS as i64 {
            self.missed.clear();
            self.first = first;
        }
        while first < self.first && self.missed.len() < REMEMBERED_WORDS {
            self.missed.push_front((0, 0));
            self.first -= 1;
        }
        while last >= self.first + self.missed.len() as i64 {
            self.missed.push_back((0, self.total()));
        }
        let forgotten = self.missed.len().saturating_sub(REMEMBERED_WORDS);
        self.missed.drain(..forgotten);
        self.first += forgotten as i64;
        let changed = first.max(self.first);
        for word in changed..=last {
            let (start, end) = (from.max(word * WORD) - word * WORD, to.min((word + 1) * WORD) - word * WORD);
            let bits = (u64::MAX >> (WORD - (end - start))) << start;
            self.missed[(word - self.first) as usize].0 |= bits;
        }
        self.recount((changed - self.first) as usize);
    }

    /// How many minutes were observed, from the one that contains `from` up to, not including, the one that contains `to`.
    ///
    /// With `begins` the minutes before the first observation count as observed and empty: right for an alert, which a new
    /// service should not wait days for, and never for a budget.
    pub fn coverage(&self, from: Timestamp, to: Timestamp, begins: bool) -> Coverage {
        let (from, to) = (minute(from), minute(to));
        let minutes = (to - from).max(0);
        let known = if begins { from } else { from.max(self.begins.min(to)) };
        let missed = self.missed_before(to).saturating_sub(self.missed_before(known)) as i64;
        Coverage { observed: (minutes - missed - (known - from).max(0)).max(0) as u64, minutes: minutes as u64 }
    }

    /// The coverage of the burn-rate windows at `now`; `begins` as in [`coverage`](Self::coverage).
    pub fn sight(&self, now: Timestamp, begins: bool) -> Sight {
        let over = |span: Duration| self.coverage(now - span, now, begins);
        Sight { now, coverage: WINDOWS.map(over) }
    }

    /// Somebody else had observed the minutes from the one that contains `begins` to the one that a reading at `until` observes, but
    /// for these gaps. What nobody observed between then and the beginning of these is a gap.
    pub(crate) fn follow(&mut self, begins: Timestamp, gaps: &[(Timestamp, Timestamp)], until: Timestamp) {
        let mut all = Self::new(begins.min(self.begins()));
        for (from, to) in gaps {
            all.gap(*from, *to);
        }
        // a reading at a minute's very beginning observes the minute before it
        let until = until.max(begins);
        let next = Timestamp::from_unix_seconds((minute(until - Duration::from_nanos(1)) + 1) * 60);
        all.gap(next, self.begins());
        self.gaps().for_each(|(from, to)| all.gap(from.max(next), to));
        *self = all;
    }

    fn is_missed(&self, minute: i64) -> bool {
        let word = minute.div_euclid(WORD) - self.first;
        usize::try_from(word)
            .ok()
            .and_then(|word| self.missed.get(word))
            .is_some_and(|(bits, _)| bits & (1 << minute.rem_euclid(WORD)) != 0)
    }

    /// How many of the minutes before `minute` nobody read, as far as is remembered.
    fn missed_before(&self, minute: i64) -> u64 {
        let word = minute.div_euclid(WORD) - self.first;
        match usize::try_from(word).map(|word| self.missed.get(word)) {
            Err(_) => self.missed.front().map_or(0, |(_, before)| *before),
            Ok(None) => self.total(),
            Ok(Some((bits, before))) => {
                before + u64::from((bits & !(u64::MAX << minute.rem_euclid(WORD))).count_ones())
            }
        }
    }

    fn total(&self) -> u64 {
        self.missed.back().map_or(0, |(bits, before)| before + u64::from(bits.count_ones()))
    }

    /// Counts anew from this word on.
    fn recount(&mut self, from: usize) {
        for i in from.max(1)..self.missed.len() {
            let (bits, before) = self.missed[i - 1];
            self.missed[i].1 = before + u64::from(bits.count_ones());
        }
    }
}

fn minute(at: Timestamp) -> i64 {
    at.unix_nanos().div_euclid(MINUTE_NANOS)
}
