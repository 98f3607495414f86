//! One SLO, judged: its history, its pairs and what they last decided.
//!
//! The engine owns one for each SLO and calls [`SloState::advance`] and [`SloState::evaluate`] every tick; a replay does
//! the same from a file. Both are functions of counts and time alone, so they decide alike. A tick reads the struct
//! itself and touches a ring only when a slot boundary is crossed; it allocates only for a transition.
//!
//! **Changed terms.** Another objective re-reads the same counts: it changes what is promised, not what happened. Another
//! method changes what is counted as good, and so do other slices: then a new *generation* begins, whose history is
//! empty, for a sum of both would mean nothing. Decisions are kept until there is data for new ones.

use std::cell::LazyCell;
use std::time::Duration;

use super::alert::{Alert, AlertState, Judging, Seen, Transition};
use super::budget::ErrorBudget;
use super::burn::BurnRate;
use super::figures::{Curve, CurvePoint, Figures};
use super::forecast::{Forecast, Outlook};
use super::history::{History, WINDOWS};
use super::incident::{Case, Incident};
use super::observed::{Coverage, Observed, Sight};
use super::pairs::{BurnRule, PAIRS, Severity, rules_by};
use super::slices::Slices;
use super::tally::Tally;
use super::terms::Terms;
use crate::calendar::ZoneError;
use crate::clock::Timestamp;
use crate::spec::{Method, Objective};

/// Places in [`WINDOWS`].
const ONE_HOUR: usize = 2;
const SIX_HOURS: usize = 4;

/// An objective over a period, what happened, and what follows from it.
#[derive(Clone, Debug)]
pub struct SloState {
    terms: Terms,
    pairs: [Option<Pair>; PAIRS.len()],
    /// Pairs that other terms did away with while they fired.
    dropped: Vec<Transition>,
    history: History,
    slices: Option<Box<Slices>>,
    /// What had been counted when this generation began.
    before: Tally,
    generation: u32,
    incident: Option<Case>,
}

#[derive(Clone, Copy, Debug)]
struct Pair {
    rule: BurnRule,
    /// Positions in [`WINDOWS`].
    long: usize,
    short: usize,
    alert: Alert,
}

impl SloState {
    /// An SLO whose history begins at `begins`.
    ///
    /// # Errors
    /// If the terms name a time zone that is not known.
    pub fn new(terms: Terms, begins: Timestamp) -> Result<Self, ZoneError> {
        Ok(Self {
            terms,
            pairs: pairs(&terms),
            dropped: Vec::new(),
            history: History::new(terms.window, terms.resolution, begins)?,
            slices: Slices::new(terms.method, terms.window, begins)?.map(Box::new),
            before: Tally::ZERO,
            generation: 1,
            incident: None,
        })
    }

    /// Moves the history on to `to`, at which `total` events had been counted since the beginning; see [`History::advance`].
    #[inline]
    pub fn advance(&mut self, to: Timestamp, total: Tally, jumped: Duration) {
        let total = total.since(self.before);
        if let Some(slices) = &mut self.slices {
            slices.advance(to, total, jumped);
        }
        self.history.advance(to, total, jumped);
    }

    /// Judges all pairs where the history stands, and tells of those that fired or resolved. `sight` is of the same instant.
    pub fn evaluate(&mut self, sight: &Sight) -> Vec<Transition> {
        let counts = self.history.recent();
        let now = self.history.now();
        let slices = self.slices.as_deref();
        let seen = |i: usize| see(&self.terms, slices, i, counts[i], sight.coverage[i].suffices());
        let mut transitions = std::mem::take(&mut self.dropped);
        for pair in self.pairs.iter_mut().flatten() {
            let Terms { objective, no_data, guard, .. } = self.terms;
            let by = Judging { rule: pair.rule, objective, no_data, guard };
            transitions.extend(pair.alert.judge(now, &by, (seen(pair.long), seen(pair.short))));
        }
        if !transitions.is_empty() {
            self.keep_the_case(now, &transitions);
        }
        transitions
    }

    /// Judges by other terms from here on. `Ok(true)` if that began a new generation; see the head of this file.
    ///
    /// A longer period begins with what the shorter one has kept, and slices are cut anew for another one. How finely the past
    /// is kept stays as it was. A firing pair that the new terms do not have resolves, which the next look tells.
    ///
    /// # Errors
    /// If the terms name a time zone that is not known; then the old ones stay.
    pub fn change(&mut self, terms: Terms) -> Result<bool, ZoneError> {
        let old = self.terms;
        let terms = terms.resolution(old.resolution);
        let now = self.history.now();
        let moved = terms.window != old.window;
        let anew = terms.method != old.method || self.slices.is_some() && moved;
        if anew {
            let history = History::new(terms.window, terms.resolution, now)?;
            self.slices = Slices::new(terms.method, terms.window, now)?.map(Box::new);
            self.before = self.before + self.history.total();
            self.history = history;
            self.generation += 1;
        } else if moved {
            let (history, forgotten) = self.history.refitted(terms.window)?;
            self.before = self.before + forgotten;
            self.history = history;
        }
        self.terms = terms;
        let known = std::mem::replace(&mut self.pairs, pairs(&terms));
        for pair in known.into_iter().flatten() {
            match self.pairs.iter_mut().flatten().find(|other| other.long == pair.long) {
                Some(same) => same.alert = pair.alert,
                None => self.dropped.extend(pair.alert.end(now, pair.rule)),
            }
        }
        let firing = self.pairs.iter().flatten().find(|pair| pair.alert.is_firing());
        if anew || moved {
            // the counts that told what it cost are gone: from here on it is told anew
            self.incident = firing.map(|pair| Case::open(now, &pair.rule, self.history.total().bad));
        } else if firing.is_none()
            && let Some(case) = self.incident.as_mut().filter(|case| case.until.is_none())
        {
            case.close(now, self.history.total().bad);
        }
        Ok(anew)
    }

    /// What it is judged by.
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The objective.
    pub const fn objective(&self) -> Objective {
        self.terms.objective
    }

    /// What happened.
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// Its slices, where they are counted.
    pub(super) fn slices(&self) -> Option<&Slices> {
        self.slices.as_deref()
    }

    /// How often what is counted as good was defined: 1 unless it changed.
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    /// The pairs that are judged, each with its state.
    pub fn alerts(&self) -> impl Iterator<Item = (&BurnRule, &Alert)> + '_ {
        self.pairs.iter().flatten().map(|pair| (&pair.rule, &pair.alert))
    }

    /// Whether any pair of that severity is firing.
    pub fn is_firing(&self, severity: Severity) -> bool {
        self.alerts().any(|(rule, alert)| rule.severity == severity && alert.is_firing())
    }

    /// How many failures a page of `rule` must be able to prove at the traffic of its long window, and how much later than by
    /// the plain ratio a total outage pages for it. Each `None` where no guard asks, or all events would not be enough.
    pub fn guard_cost(&self, rule: &BurnRule) -> (Option<u64>, Option<Duration>) {
        let (Some(guard), Severity::Page) = (self.terms.guard, rule.severity) else { return (None, None) };
        let Some(long) = WINDOWS.iter().position(|window| *window == rule.long) else { return (None, None) };
        let (_, valid) = see(&self.terms, self.slices.as_deref(), long, self.history.recent()[long], true).sample;
        let objective = self.terms.objective;
        (guard.needed(valid, objective, rule.factor), guard.delay(valid, rule.long, objective, rule.factor))
    }

    /// The budget over the period, a lower bound while the period's edge runs through a slot.
    pub fn budget(&self) -> ErrorBudget {
        match &self.slices {
            None => ErrorBudget::over(self.history.period(), self.terms.objective),
            Some(slices) => ErrorBudget::shared(slices.period(), slices.scale(), self.terms.objective),
        }
    }

    /// All figures where the history stands.
    pub fn figures(&self, observed: &Observed) -> Figures {
        let now = self.history.now();
        let period = self.history.period();
        let by_verdict = matches!(self.terms.method, Method::Timeslices { .. });
        let measured = self.slices.as_ref().filter(|_| by_verdict).map(|slices| slices.measured());
        Figures {
            now,
            since: observed.begins().max(self.history.begins()),
            period_begins: self.history.period_begins(),
            coverage: self.coverage(observed),
            counts: period.certain + period.edge,
            budget: self.budget(),
            measured: measured.map(|share| ErrorBudget::shared(share, 1, self.terms.objective)),
            burn: self.burns(),
        }
    }

    /// How much of the period was observed; of a new generation, since it began.
    fn coverage(&self, observed: &Observed) -> Coverage {
        let (now, begins) = (self.history.now(), self.history.period_begins());
        let all = observed.coverage(begins, now, false);
        if self.history.begins() <= observed.begins() {
            return all;
        }
        Coverage { observed: observed.coverage(self.history.begins().max(begins), now, false).observed, ..all }
    }

    /// When the budget will be gone.
    pub fn forecast(&self) -> Forecast {
        let mut budget = self.budget();
        if budget.share().of == 0 {
            // the whole of a budget that nothing was counted in yet, as at a month's first instant
            budget = ErrorBudget::of(Tally::new(1, 0), self.terms.objective);
        }
        let burns = self.burns();
        let (now, begins) = (self.history.now(), self.history.period_begins());
        let period = self.history.period_length();
        let ends = self.history.period_ends();
        let horizon = ends.map_or(period, |ends| ends.since(now));
        let outlook = Outlook { left: budget.fraction(), spent: budget.share(), period, horizon };
        let start = self.history.upto(begins).bad;
        // a slice has left once the period begins after it; gone through only where something burns
        let slices = LazyCell::new(|| {
            let mut sum = 0;
            let add = |(at, bad)| {
                sum += bad;
                (at, sum)
            };
            self.slices.iter().flat_map(|slices| slices.each()).map(add).collect::<Vec<_>>()
        });
        let gone = |minutes: i64| {
            let begins = begins + Duration::from_secs(minutes as u64 * 60);
            if ends.is_some() {
                0
            } else if self.slices.is_some() {
                let left = slices.partition_point(|(at, _)| *at < begins);
                left.checked_sub(1).map_or(0, |last| slices[last].1)
            } else {
                u128::from(self.history.upto(begins).bad.saturating_sub(start))
            }
        };
        Forecast {
            straight_1h_minutes: outlook.straight(burns[ONE_HOUR]),
            straight_6h_minutes: outlook.straight(burns[SIX_HOURS]),
            replayed_minutes: outlook.replayed(burns[SIX_HOURS], gone),
        }
    }

    /// The latest incident that the period has not forgotten.
    pub fn incident(&self) -> Option<Incident> {
        let case = self.incident.filter(|case| case.until.is_none_or(|until| until > self.history.period_begins()))?;
        let failures = case.failures(self.history.total().bad);
        let budget = self.budget();
        let spent = match &self.slices {
            None => u128::from(failures),
            Some(slices) => {
                let within = |at: &Timestamp| *at >= case.first && case.until.is_none_or(|until| *at < until);
                slices.each().filter(|(at, _)| within(at)).map(|(_, bad)| bad).sum()
            }
        };
        let allowed = budget.fraction().1 as f64;
        let counted = budget.share().of > 0;
        Some(Incident {
            since: case.since,
            until: case.until,
            failures,
            budget: counted.then(|| spent as f64 * 1e9 / allowed),
        })
    }

    /// How the budget was spent over the period, in so many even steps (1 to 10,000) from its beginning to now, or from the
    /// beginning of the history where that is later: a service of an hour would be the last pixel of a month.
    pub fn curve(&self, points: usize, observed: &Observed) -> Curve {
        let now = self.history.now();
        let begins = self.history.period_begins().max(self.history.begins());
        let points = points.clamp(1, 10_000) as u32;
        let step = now.since(begins) / points;
        let allowed = self.budget().fraction().1 as f64;
        let since = |at: Timestamp| self.history.over(now.since(at)).bad;
        let all = since(begins);
        let mut slices = self.slices.iter().flat_map(|slices| slices.each()).peekable();
        let mut gone = 0;
        let points = (0..=points).map(|i| {
            let at = begins + step * i;
            while let Some((_, bad)) = slices.next_if(|(slice, _)| *slice < at) {
                gone += bad;
            }
            let spent = if self.slices.is_some() { gone } else { u128::from(all.saturating_sub(since(at))) };
            let seen = if step < Duration::from_mins(1) {
                // minutes are what is remembered: that of the step's middle stands for it
                let middle = at.max(begins + step) - step / 2;
                observed.coverage(middle, middle + Duration::from_mins(1), false)
            } else {
                observed.coverage(at.max(begins + step) - step, at, false)
            };
            CurvePoint {
                at,
                remaining: if spent == 0 { 1.0 } else { 1.0 - spent as f64 * 1e9 / allowed },
                observed: seen.suffices() && at > self.history.begins(),
            }
        });
        Curve { points: points.collect() }
    }

    /// Bytes taken, with those on the heap.
    pub fn memory(&self) -> usize {
        let slices = self.slices.as_ref().map_or(0, |slices| size_of::<Slices>() + slices.memory());
        size_of::<Self>() - size_of::<History>() + self.history.memory() + slices
    }

    fn burns(&self) -> [Option<BurnRate>; WINDOWS.len()] {
        let counts = self.history.recent();
        std::array::from_fn(|i| see(&self.terms, self.slices.as_deref(), i, counts[i], true).burn)
    }

    fn keep_the_case(&mut self, now: Timestamp, transitions: &[Transition]) {
        let lasts = self.incident.is_some_and(|case| case.until.is_none());
        let fires = self.pairs.iter().flatten().any(|pair| pair.alert.is_firing());
        let total = self.history.total().bad;
        match transitions.iter().find(|transition| matches!(transition.to, AlertState::Firing { .. })) {
            Some(first) if !lasts => {
                let within = self.history.over(first.rule.short).bad;
                self.incident = Some(Case::open(now, &first.rule, total - within));
            }
            _ if lasts && !fires => self.incident.iter_mut().for_each(|case| case.close(now, total)),
            _ => {}
        }
    }
}

/// A window as the pairs see it, by the budgeting method.
fn see(terms: &Terms, slices: Option<&Slices>, window: usize, tally: Tally, covered: bool) -> Seen {
    let events = Seen::events(tally, terms.objective, covered);
    let Some(slices) = slices else { return events };
    let share = slices.over(window);
    let sample = match terms.method {
        Method::Timeslices { .. } => (share.bad as u64, share.of as u64),
        _ => events.sample,
    };
    Seen { burn: BurnRate::of(share, terms.objective), sample, ..events }
}

fn pairs(terms: &Terms) -> [Option<Pair>; PAIRS.len()] {
    let active = rules_by(terms.policy, terms.objective, terms.window).active;
    PAIRS.map(|(long, short, ..)| {
        let rule = *active.iter().find(|rule| rule.long == WINDOWS[long])?;
        Some(Pair { rule, long, short, alert: Alert::default() })
    })
}
