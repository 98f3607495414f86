//! Which objectives the history would have met, and what each would have paged.
//!
//! A ladder of objectives that people promise, with the one that was asked for, is judged beside it in the same pass, on the same
//! terms otherwise. An objective *held* if no full window overspent its budget: a rolling window counts from the first
//! instant at which the history is as long as it, a calendar one when it ends and the history had begun before it. A window
//! of which less than 90 % was observed proves nothing and is left out. Where there is no full window, the answer is `None`: a
//! week cannot promise a month.
//!
//! Pages are stretches in which any page pair was over, and tickets likewise.

use reliability_core::slo::{Observed, Severity, Tally, Terms};
use reliability_core::{Objective, Timestamp};
use std::time::Duration;

use crate::judge::Followed;

/// In parts per billion.
const LADDER: [u32; 12] = [
    900_000_000,
    950_000_000,
    970_000_000,
    980_000_000,
    990_000_000,
    995_000_000,
    998_000_000,
    999_000_000,
    999_500_000,
    999_900_000,
    999_950_000,
    999_990_000,
];

/// All candidates, the loosest first.
#[derive(Debug)]
pub(crate) struct Ladder(Vec<Candidate>);

#[derive(Debug)]
struct Candidate {
    followed: Followed,
    begins: Timestamp,
    /// The least that was left in a full window.
    lowest: Option<f64>,
    overspent: bool,
    pages: Paging,
    tickets: Paging,
}

/// How often people would have been called, and for how long in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Paging {
    pub(crate) count: u64,
    pub(crate) minutes: u64,
    firing: bool,
}

/// What came of it.
#[derive(Clone, Debug)]
pub(crate) struct Suggestion {
    /// The loosest first.
    pub(crate) rungs: Vec<Rung>,
    /// The tightest that held.
    pub(crate) tightest: Option<Objective>,
}

/// One objective.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rung {
    pub(crate) objective: Objective,
    /// Whether every full window held; `None` if there was none.
    pub(crate) held: Option<bool>,
    pub(crate) lowest: Option<f64>,
    /// What is left at the end.
    pub(crate) left: f64,
    pub(crate) pages: Paging,
    pub(crate) tickets: Paging,
}

impl Ladder {
    pub(crate) fn new(terms: Terms, begins: Timestamp) -> Self {
        let mut objectives: Vec<_> = LADDER.into_iter().filter_map(Objective::from_ppb).collect();
        objectives.push(terms.objective);
        objectives.sort_unstable();
        objectives.dedup();
        let candidate = |objective| {
            let followed = Followed::new(terms.objective(objective), begins)?;
            let (pages, tickets) = Default::default();
            Some(Candidate { followed, begins, lowest: None, overspent: false, pages, tickets })
        };
        Self(objectives.into_iter().filter_map(candidate).collect())
    }

    /// Moves on to `now`, a minute after the last.
    pub(crate) fn live(&mut self, now: Timestamp, total: Tally, observed: &Observed, begins: bool) {
        self.0.iter_mut().for_each(|candidate| candidate.live(now, total, observed, begins));
    }

    pub(crate) fn suggest(&self) -> Suggestion {
        let rungs: Vec<_> = self.0.iter().map(Candidate::rung).collect();
        let tightest = rungs.iter().rev().find(|rung| rung.held == Some(true)).map(|rung| rung.objective);
        Suggestion { rungs, tightest }
    }
}

impl Candidate {
    fn live(&mut self, now: Timestamp, total: Tally, observed: &Observed, begins: bool) {
        let ends = self.followed.state.history().period_ends();
        if ends == Some(now) {
            // the last moment of a calendar period, with all that happened in it
            self.followed.state.advance(now - Duration::from_nanos(1), total, Duration::ZERO);
            let period = self.followed.state.history().period_begins();
            self.look(observed, period >= self.begins);
        }
        self.followed.live(now, total, observed, begins);
        if ends.is_none() {
            self.look(observed, now.since(self.begins) >= self.followed.state.terms().window.length());
        }
        let state = &self.followed.state;
        self.pages.see(state.is_firing(Severity::Page));
        self.tickets.see(state.is_firing(Severity::Ticket));
    }

    fn look(&mut self, observed: &Observed, is_full: bool) {
        if !is_full || !self.followed.state.figures(observed).coverage.suffices() {
            return;
        }
        let budget = self.followed.state.budget();
        let left = budget.remaining();
        self.lowest = Some(self.lowest.map_or(left, |lowest| lowest.min(left)));
        self.overspent |= budget.fraction().0 < 0;
    }

    fn rung(&self) -> Rung {
        let state = &self.followed.state;
        Rung {
            objective: state.objective(),
            held: self.lowest.map(|_| !self.overspent),
            lowest: self.lowest,
            left: state.budget().remaining(),
            pages: self.pages,
            tickets: self.tickets,
        }
    }
}

impl Paging {
    fn see(&mut self, firing: bool) {
        self.count += u64::from(firing && !self.firing);
        self.minutes += u64::from(firing);
        self.firing = firing;
    }
}
