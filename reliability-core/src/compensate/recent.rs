//! What was counted lately, by SLI: so that a policy can say whether a step helped.
//!
//! Looks come every second, or every ten milliseconds while something fails. Each is remembered with its time, at most one for each
//! fiftieth of a second, for two minutes; a question about a span takes the two looks that enclose it best. Durations are
//! remembered for the SLIs that are asked for only, in two spans of five seconds that take turns, so what is said of them is about
//! the last five to ten seconds.
//!
//! A [`Reading`] is of calls that were served, by outcome or as a latency objective judges them. Pure: the time is given.
//!
//! **Nobody calls any more.** A compensation may keep calls away from what fails, and then nothing is left that could say that it is well
//! again: a detection stands because nothing takes it back. Where calls neither began nor ended for ten seconds, trouble that was seen
//! before is no longer known, neither to stand nor to be over, and what comes next is judged by itself.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::engine::situation::{Anew, Served, Situation, SliView};

const KEEP: Duration = Duration::from_secs(120);
const APART: Duration = Duration::from_millis(20);
const SPAN: Duration = Duration::from_secs(5);
/// Without a call for so long, nobody calls.
const QUIET: Duration = Duration::from_secs(10);

/// Good and bad calls in a span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) good: u64,
    pub(crate) bad: u64,
}

impl Reading {
    pub(crate) const fn valid(self) -> u64 {
        self.good.saturating_add(self.bad)
    }

    /// The share that was bad; `None` without calls.
    pub(crate) fn failing(self) -> Option<f64> {
        (self.valid() > 0).then(|| self.bad as f64 / self.valid() as f64)
    }

    pub(crate) const fn since(self, earlier: Self) -> Self {
        Self { good: self.good.saturating_sub(earlier.good), bad: self.bad.saturating_sub(earlier.bad) }
    }
}

impl From<Served> for Reading {
    fn from(served: Served) -> Self {
        Self { good: served.good, bad: served.bad }
    }
}

/// A count that only grows, at the looks of the last two minutes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recent {
    looks: VecDeque<(Duration, Reading)>,
    durations: Durations,
}

#[derive(Clone, Debug, Default)]
struct Durations {
    bounds: Vec<u64>,
    /// As of the beginnings of the last span and of this one, and now.
    before: Vec<u64>,
    begun: Vec<u64>,
    now: Vec<u64>,
    turned: Duration,
}

impl Recent {
    pub(crate) fn look(&mut self, now: Duration, reading: Reading) {
        while self.looks.len() > 1 && self.looks[1].0 + KEEP < now {
            self.looks.pop_front();
        }
        // the newest look is replaced until it is far enough from the one before it
        let close = self.looks.len() > 1 && {
            let before = self.looks[self.looks.len() - 2].0;
            self.looks.back().is_some_and(|last| last.0.saturating_sub(before) < APART)
        };
        if close {
            self.looks.pop_back();
        }
        if self.looks.is_empty() {
            // counts begin at nothing, with the engine or with the SLI
            self.looks.push_back((now.saturating_sub(APART), Reading::default()));
        }
        self.looks.push_back((now, reading));
    }

    /// What was counted after `from`, up to the latest look.
    pub(crate) fn after(&self, from: Duration) -> Reading {
        let Some((_, latest)) = self.looks.back() else { return Reading::default() };
        let before = self.looks.iter().rev().find(|(at, _)| *at <= from).or(self.looks.front());
        before.map_or(Reading::default(), |(_, before)| latest.since(*before))
    }

    /// The share of the calls of the last seconds that took longer; `None` without any.
    pub(crate) fn slower_than(&self, threshold: Duration) -> Option<f64> {
        let (cells, bounds) = self.durations.cells();
        let nanos = u64::try_from(threshold.as_nanos()).unwrap_or(u64::MAX);
        let all: u64 = cells.iter().sum();
        // a cell that holds the threshold counts as within it
        let within = bounds.partition_point(|bound| *bound < nanos) + 1;
        let slower: u64 = cells.iter().skip(within).sum();
        (all > 0).then(|| slower as f64 / all as f64)
    }

    /// So long or less took this share of the calls since it was last asked with the same `seen`, which then holds what was
    /// counted by now. `None`, and `seen` as it was, while these are too few to say it.
    pub(crate) fn percentile_since(&self, seen: &mut Vec<u64>, share: f64) -> Option<Duration> {
        let Durations { bounds, now, .. } = &self.durations;
        if seen.len() != now.len() {
            seen.clone_from(now);
            return None;
        }
        let cells = || now.iter().zip(seen.iter()).map(|(now, seen)| now.saturating_sub(*seen));
        let all: u64 = cells().sum();
        if (all as f64) * (1.0 - share) < 1.0 - 1e-9 {
            return None;
        }
        let rank = (all as f64 * share).ceil().max(1.0) as u64;
        let mut upto = 0;
        let cell = cells().position(|count| {
            upto += count;
            upto >= rank
        })?;
        seen.clone_from(now);
        Some(Duration::from_nanos(*bounds.get(cell).or(bounds.last())?))
    }
}

impl Durations {
    fn look(&mut self, now: Duration, cells: Vec<u64>, bounds: Vec<u64>) {
        if self.bounds.is_empty() {
            (self.before, self.begun, self.turned) = (cells.clone(), cells.clone(), now);
        }
        if now.saturating_sub(self.turned) >= SPAN {
            self.before = std::mem::replace(&mut self.begun, self.now.clone());
            self.turned = now;
        }
        (self.now, self.bounds) = (cells, bounds);
    }

    fn cells(&self) -> (Vec<u64>, &[u64]) {
        (self.now.iter().zip(&self.before).map(|(now, before)| now.saturating_sub(*before)).collect(), &self.bounds)
    }
}

/// All SLIs that somebody asks about.
#[derive(Debug, Default)]
pub(crate) struct Recents {
    by_sli: BTreeMap<String, Watched>,
}

#[derive(Debug, Default)]
struct Watched {
    recent: Recent,
    timed: bool,
    /// By latency objective.
    in_time: BTreeMap<String, Recent>,
    /// Calls that had begun or ended, and when that last changed.
    moved: u64,
    moved_at: Option<Duration>,
    quiet: bool,
    stale: Option<Stale>,
}

/// Trouble that was seen before nobody called.
#[derive(Debug)]
struct Stale {
    anew: Anew,
    detected: bool,
    /// When calls came again.
    called: Option<Duration>,
}

impl Watched {
    fn look(&mut self, situation: &Situation<'_>, sli: SliView<'_>) {
        let now = situation.monotonic;
        let served = sli.served();
        self.recent.look(now, served.into());
        for (slo, _, served) in sli.served_in_time() {
            match self.in_time.get_mut(slo) {
                Some(recent) => recent.look(now, served.into()),
                None => self.in_time.entry(slo.to_owned()).or_default().look(now, served.into()),
            }
        }
        if self.timed {
            let (cells, bounds) = sli.durations();
            self.recent.durations.look(now, cells, bounds);
        }
        let moved = sli.started().saturating_add(served.good).saturating_add(served.bad);
        let came = moved != std::mem::replace(&mut self.moved, moved);
        if came || self.moved_at.is_none() {
            self.moved_at = Some(now);
        }
        self.quiet = self.moved_at.is_some_and(|at| now.saturating_sub(at) >= QUIET);
        if !sli.is_detected() && !sli.is_stalled() {
            self.stale = None;
        } else if self.quiet {
            let begun = || Stale { anew: sli.anew(), detected: false, called: None };
            match &mut self.stale {
                // what few calls say adds up over pauses, until it has been said
                Some(stale) if !stale.detected => stale.called = None,
                other => *other = Some(begun()),
            }
        }
        if let Some(stale) = &mut self.stale {
            stale.detected = sli.is_detected_anew(&mut stale.anew, situation.at);
            if came {
                stale.called.get_or_insert(now);
            }
        }
    }
}

impl Recents {
    /// Lets an SLI be remembered, its durations too if they are asked for.
    pub(crate) fn watch(&mut self, sli: &str, timed: bool) {
        self.by_sli.entry(sli.to_owned()).or_default().timed |= timed;
    }

    pub(crate) fn look(&mut self, situation: &Situation<'_>) {
        for (name, watched) in &mut self.by_sli {
            if let Some(sli) = situation.sli(name) {
                watched.look(situation, sli);
            }
        }
    }

    pub(crate) fn of(&self, sli: &str) -> Option<&Recent> {
        self.by_sli.get(sli).map(|watched| &watched.recent)
    }

    /// As one of its latency objectives judges its calls.
    pub(crate) fn in_time(&self, sli: &str, slo: &str) -> Option<&Recent> {
        self.by_sli.get(sli)?.in_time.get(slo)
    }

    /// Whether nobody has called it for a while.
    pub(crate) fn is_quiet(&self, sli: &str) -> bool {
        self.by_sli.get(sli).is_some_and(|watched| watched.quiet)
    }

    /// What is known of a detection that stands: not that it does, where nobody called meanwhile and what came since says nothing.
    pub(crate) fn still_detected(&self, sli: &str) -> Option<bool> {
        match self.by_sli.get(sli).and_then(|watched| watched.stale.as_ref()) {
            Some(stale) => stale.detected.then_some(true),
            None => Some(true),
        }
    }

    /// The same of calls that do not end.
    pub(crate) fn still_stalled(&self, sli: &str, now: Duration) -> Option<bool> {
        match self.by_sli.get(sli).and_then(|watched| watched.stale.as_ref()) {
            Some(stale) => stale.called.is_some_and(|at| now.saturating_sub(at) >= QUIET).then_some(true),
            None => Some(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_read_from_the_looks_that_enclose_it() {
        let mut recent = Recent::default();
        for second in 0..300_u64 {
            recent.look(Duration::from_secs(second), Reading { good: second * 10, bad: second });
        }
        assert_eq!(recent.after(Duration::from_secs(289)), Reading { good: 100, bad: 10 });
        assert!(recent.looks.len() <= 123);
    }

    #[test]
    fn looks_in_a_storm_are_thinned_and_the_newest_stays() {
        let mut recent = Recent::default();
        for millis in 0..10_000_u64 {
            recent.look(Duration::from_millis(millis), Reading { good: 0, bad: millis });
        }
        assert!(recent.looks.len() <= 502, "{}", recent.looks.len());
        assert_eq!(recent.looks.back().unwrap().1.bad, 9_999);
        assert!((0..=20).contains(&(recent.after(Duration::from_millis(9_000)).bad - 999)));
    }
}
