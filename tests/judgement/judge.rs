//! The pairs of a history, minute after minute.

use std::cmp::Ordering;

use num_rational::BigRational;

use crate::case::{Case, Count, Pair};
use crate::fraction::Share;
use crate::slices::Slices;
use crate::story::{Story, Sums};
use crate::tail;

/// A pair fired or resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edge {
    /// The minute at whose start it was decided.
    pub(crate) at: i64,
    pub(crate) pair: &'static str,
    pub(crate) fired: bool,
}

/// What all minutes come to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) edges: Vec<Edge>,
    /// Some pair was decided by a window that burnt exactly at the factor, the other one at or above it.
    pub(crate) exact_edge: bool,
    /// Some page would have been over without the guard.
    pub(crate) held_back: bool,
    /// Some pair was unknown while firing.
    pub(crate) held_firing: bool,
}

/// A history that can be asked.
pub(crate) struct Judge<'a> {
    pub(crate) case: &'a Case,
    pub(crate) story: &'a Story,
    pub(crate) sums: Sums,
    pub(crate) slices: Option<Slices>,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(case: &'a Case, story: &'a Story) -> Self {
        let sums = Sums::of(story);
        let slices = Slices::of(case, story, &sums);
        Self { case, story, sums, slices }
    }

    /// The share that was lost in the window before `t`: bad events, bad slices, or what the mean misses.
    pub(crate) fn lost(&self, window: i64, t: i64) -> Option<Share> {
        match (self.case.count, &self.slices) {
            (Count::Verdicts { target, .. }, Some(slices)) => {
                let (bad, all) = self.slice_counts(slices, window, t, target);
                Some(Share::new(bad, all))
            }
            (Count::Means { .. }, Some(slices)) => slices.mean_lost(slices.window(t - window, t), t, &self.sums),
            _ => {
                let (good, bad) = self.sums.events(t - window, t);
                (good + bad > 0).then(|| Share::new(bad, good + bad))
            }
        }
    }

    /// The burn over a window, exactly.
    pub(crate) fn burn(&self, window: i64, t: i64) -> Option<BigRational> {
        Some(self.lost(window, t)?.exactly() / crate::fraction::big(self.case.allowed))
    }

    /// Judges every minute.
    pub(crate) fn verdict(&self) -> Verdict {
        let pairs = self.case.pairs();
        let mut firing = vec![false; pairs.len()];
        let mut verdict = Verdict::default();
        for (i, minute) in self.story.minutes.iter().enumerate() {
            if !minute.judged {
                continue;
            }
            let t = self.story.begins + i as i64 + 1;
            for (pair, firing) in pairs.iter().zip(&mut firing) {
                let Some(over) = self.over(pair, t, &mut verdict) else {
                    verdict.held_firing |= *firing;
                    continue;
                };
                if over != *firing {
                    *firing = over;
                    verdict.edges.push(Edge { at: t, pair: pair.name, fired: over });
                }
            }
        }
        verdict
    }

    /// Whether a pair is over at `t`; `None` if nobody can know.
    fn over(&self, pair: &Pair, t: i64, verdict: &mut Verdict) -> Option<bool> {
        let threshold = pair.factor * self.case.allowed;
        let mut orders = [Ordering::Less; 2];
        let mut undefined = false;
        for (window, order) in [pair.long, pair.short].into_iter().zip(&mut orders) {
            let (good, bad) = self.sums.events(t - window, t);
            match self.lost(window, t) {
                Some(lost) if good + bad > 0 => *order = lost.against(threshold),
                _ => undefined = true,
            }
            if self.case.hold && self.sums.seen(t - window, t, self.case.begins) * 10 < window * 9 {
                return None;
            }
        }
        if undefined {
            return if self.case.hold { None } else { Some(false) };
        }
        verdict.exact_edge |= orders.contains(&Ordering::Equal) && !orders.contains(&Ordering::Less);
        if orders != [Ordering::Greater; 2] {
            return Some(false);
        }
        let proven = match self.case.guard {
            Some(proof) if pair.page => {
                let (bad, of) = self.guarded(pair.long, t);
                tail::proves(proof, bad, of, threshold)
            }
            _ => true,
        };
        verdict.held_back |= !proven;
        Some(proven)
    }

    /// What the guard tests: events, or slices where a budget of verdicts is made of them.
    pub(crate) fn guarded(&self, window: i64, t: i64) -> (i128, i128) {
        if let (Count::Verdicts { target, .. }, Some(slices)) = (self.case.count, &self.slices) {
            return self.slice_counts(slices, window, t, target);
        }
        let (good, bad) = self.sums.events(t - window, t);
        (bad, good + bad)
    }

    fn slice_counts(&self, slices: &Slices, window: i64, t: i64, target: crate::case::Exact) -> (i128, i128) {
        let range = slices.window(t - window, t);
        (slices.bad(range, t, &self.sums, target), (range.1 - range.0) as i128)
    }
}
