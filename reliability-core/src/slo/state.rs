//! One SLO, judged: its history, its pairs and what they last decided.
//!
//! The engine owns one for each SLO and calls [`SloState::advance`] and [`SloState::evaluate`] every tick; a replay does
//! the same from a file. Both are functions of counts and time alone, so they decide alike. A tick reads the struct
//! itself and touches a ring only when a slot boundary is crossed; it allocates only for a transition.

use super::alert::{Alert, NoData, Seen, Transition};
use super::budget::ErrorBudget;
use super::burn::{BurnRate, burn_rate};
use super::history::{History, Resolution, WINDOWS};
use super::observed::{Coverage, Observed, Sight};
use super::pairs::{BurnRule, PAIRS, Severity, rules_for};
use super::tally::Tally;
use crate::clock::Timestamp;
use crate::spec::{Objective, Window};
use std::time::Duration;

/// An objective over a period, what happened, and what follows from it.
#[derive(Clone, Debug)]
pub struct SloState {
    objective: Objective,
    no_data: NoData,
    pairs: [Option<Pair>; PAIRS.len()],
    history: History,
}

#[derive(Clone, Copy, Debug)]
struct Pair {
    rule: BurnRule,
    /// Positions in [`WINDOWS`].
    long: usize,
    short: usize,
    alert: Alert,
}

/// The figures of an SLO at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// The instant.
    pub now: Timestamp,
    /// The first minute observed: before that nothing is known.
    pub since: Timestamp,
    /// How much of the budget's period was observed; minutes before `since` were not.
    pub coverage: Coverage,
    /// The events of the period, from the slot in which it begins.
    pub counts: Tally,
    /// What is left.
    pub budget: ErrorBudget,
    /// The burn rate over each of [`WINDOWS`]; `None` without events.
    pub burn: [Option<BurnRate>; WINDOWS.len()],
}

impl SloState {
    /// An SLO whose history begins at `begins`, with the default pairs that can fire; see [`rules_for`].
    pub fn new(objective: Objective, window: Window, resolution: Resolution, begins: Timestamp) -> Self {
        let active = rules_for(objective, window).active;
        let pairs = PAIRS.map(|(long, short, ..)| {
            let rule = *active.iter().find(|rule| rule.long == WINDOWS[long])?;
            let alert = Alert::default();
            Some(Pair { rule, long, short, alert })
        });
        Self { objective, no_data: NoData::default(), pairs, history: History::new(window, resolution, begins) }
    }

    /// Says what the pairs make of missing data; [`NoData::Hold`] unless said.
    #[must_use]
    pub const fn no_data(mut self, no_data: NoData) -> Self {
        self.no_data = no_data;
        self
    }

    /// Moves the history on; see [`History::advance`].
    #[inline]
    pub fn advance(&mut self, to: Timestamp, total: Tally, jumped: Duration) {
        self.history.advance(to, total, jumped);
    }

    /// Judges all pairs where the history stands, and tells of those that fired or resolved. `sight` is of the same instant.
    pub fn evaluate(&mut self, sight: &Sight) -> Vec<Transition> {
        let counts = self.history.recent();
        let seen = |i: usize| Seen { tally: counts[i], covered: sight.coverage[i].suffices() };
        let mut transitions = Vec::new();
        for pair in self.pairs.iter_mut().flatten() {
            let windows = (seen(pair.long), seen(pair.short));
            let now = self.history.now();
            transitions.extend(pair.alert.judge(now, &pair.rule, self.objective, windows, self.no_data));
        }
        transitions
    }

    /// The objective.
    pub const fn objective(&self) -> Objective {
        self.objective
    }

    /// What happened.
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// The pairs that are judged, each with its state.
    pub fn alerts(&self) -> impl Iterator<Item = (&BurnRule, &Alert)> + '_ {
        self.pairs.iter().flatten().map(|pair| (&pair.rule, &pair.alert))
    }

    /// Whether any pair of that severity is firing.
    pub fn is_firing(&self, severity: Severity) -> bool {
        self.alerts().any(|(rule, alert)| rule.severity == severity && alert.is_firing())
    }

    /// The budget over the period, a lower bound while the period's edge runs through a slot.
    pub fn budget(&self) -> ErrorBudget {
        ErrorBudget::over(self.history.period(), self.objective)
    }

    /// All figures where the history stands.
    pub fn figures(&self, observed: &Observed) -> Figures {
        let now = self.history.now();
        let period = self.history.period();
        Figures {
            now,
            since: observed.begins(),
            coverage: observed.coverage(now - self.history.window().length(), now, false),
            counts: period.certain + period.edge,
            budget: ErrorBudget::over(period, self.objective),
            burn: self.history.recent().map(|tally| burn_rate(tally, self.objective)),
        }
    }
}
