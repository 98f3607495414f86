//! A history lived through, minute by minute, by the engine that judges live.
//!
//! At the end of each minute the counts so far are handed to [`SloState`], the very type that the library's loop owns, and its
//! pairs are judged; a minute that nobody read is a gap. Nothing of the arithmetic is done again here. The
//! minutes themselves are not kept, so a replay takes as much memory for a year as for a day.
//!
//! An instant that is asked for and does not fall on a whole minute is answered as of the minute's start, since that is what
//! is known of it. The history ends with the minute in which its last row or line lies (or with the last minute of that row's step).

use std::time::Duration;

use reliability_core::Timestamp;
use reliability_core::slo::{
    AlertState, BurnRate, BurnRule, ErrorBudget, Figures, Forecast, Observed, SloState, Tally, Terms, WINDOWS,
};

use crate::arguments::Plan;
use crate::curve::Samples;
use crate::minutes::Minute;
use crate::stretches::{Stretch, Stretches};
use crate::suggest::{Ladder, Suggestion};
use crate::time::{minute_of, start_of};

/// What came of a history.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// From its first minute to the end of its last; `None` if it has none.
    pub(crate) span: Option<Span>,
    /// In the order in which they were asked for.
    pub(crate) at: Vec<Moment>,
    /// In the order in which they fired.
    pub(crate) alerts: Vec<Interval>,
    /// Pairs that at the end keep being over for want of data, and since when.
    pub(crate) held: Vec<(BurnRule, Timestamp)>,
    pub(crate) forecast: Forecast,
    /// What is left where the forecast is made, at the last instant judged.
    pub(crate) left: f64,
    pub(crate) curve: Samples,
    /// The costliest first.
    pub(crate) worst: Vec<Stretch>,
    pub(crate) suggestion: Option<Suggestion>,
}

/// How far a history goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    /// Minutes of it that somebody read.
    pub(crate) observed: u64,
}

/// The figures at one instant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) time: Timestamp,
    pub(crate) counts: Tally,
    pub(crate) remaining: f64,
    pub(crate) measured: Option<f64>,
    pub(crate) burn: [Option<f64>; WINDOWS.len()],
    /// `None` where the budget's period has just begun and so holds no minute.
    pub(crate) coverage: Option<f64>,
}

/// An alert, from the first instant over to the first not over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Interval {
    pub(crate) rule: BurnRule,
    pub(crate) fired: Timestamp,
    pub(crate) resolved: Option<Timestamp>,
}

/// One set of terms, followed through a history.
#[derive(Debug)]
pub(crate) struct Followed {
    pub(crate) state: SloState,
    pub(crate) alerts: Vec<Interval>,
}

/// A history as far as it has been lived through.
#[derive(Debug)]
pub(crate) struct Judge<'a> {
    plan: &'a Plan,
    /// The instants asked for, as minutes in ascending order, each with its place.
    asked: Vec<(i64, usize)>,
    answered: usize,
    /// By place; `None` also where an instant is not after the first minute's beginning.
    figures: Vec<Option<Figures>>,
    life: Option<Life>,
}

#[derive(Debug)]
struct Life {
    begins: i64,
    now: i64,
    total: Tally,
    read: u64,
    observed: Observed,
    followed: Followed,
    curve: Samples,
    stretches: Stretches,
    ladder: Option<Ladder>,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(plan: &'a Plan) -> Self {
        let mut asked: Vec<_> = plan.at.iter().enumerate().map(|(place, at)| (minute_of(*at), place)).collect();
        asked.sort_unstable();
        Self { plan, asked, answered: 0, figures: vec![None; plan.at.len()], life: None }
    }

    /// Takes in a minute that was read; those since the one before were not.
    pub(crate) fn minute(&mut self, minute: Minute) {
        if self.life.is_none() {
            self.life = Life::new(self.plan, minute.at);
            self.answered = self.asked.partition_point(|(at, _)| *at <= minute.at);
        }
        while self.life.as_ref().is_some_and(|life| life.now < minute.at) {
            self.step(None);
        }
        self.step(Some(minute.tally));
    }

    /// Goes on to the last instant that was asked for, and gives what came of it all.
    pub(crate) fn finish(mut self) -> Verdict {
        let span = self.life.as_ref().map(|life| Span {
            from: start_of(life.begins),
            to: start_of(life.now),
            observed: life.read,
        });
        let last = self.asked.last().map_or(i64::MIN, |(at, _)| *at);
        while self.life.as_ref().is_some_and(|life| life.now < last) {
            self.step(None);
        }
        let mut at: Vec<_> =
            self.plan.at.iter().zip(&self.figures).map(|(at, found)| self.moment(*at, *found)).collect();
        if let (true, Some(life)) = (at.is_empty(), &self.life) {
            at.push(self.moment(start_of(life.now), Some(life.followed.state.figures(&life.observed))));
        }
        let Some(life) = self.life else {
            let (alerts, held, curve, worst) = Default::default();
            return Verdict {
                span,
                at,
                alerts,
                held,
                forecast: Forecast::default(),
                left: 1.0,
                curve,
                worst,
                suggestion: None,
            };
        };
        Verdict {
            span,
            at,
            forecast: life.followed.state.forecast(),
            left: life.followed.state.budget().remaining(),
            held: life.followed.held(),
            alerts: life.followed.alerts,
            curve: life.curve,
            worst: life.stretches.worst(life.total, life.now - life.begins),
            suggestion: life.ladder.map(|ladder| ladder.suggest()),
        }
    }

    fn step(&mut self, read: Option<Tally>) {
        let Some(life) = &mut self.life else { return };
        life.step(self.plan, read);
        while let Some((_, place)) = self.asked.get(self.answered).filter(|(at, _)| *at == life.now) {
            self.figures[*place] = Some(life.followed.state.figures(&life.observed));
            self.answered += 1;
        }
    }

    fn moment(&self, time: Timestamp, found: Option<Figures>) -> Moment {
        let figures = found.or_else(|| {
            // nothing had happened yet
            let minute = start_of(minute_of(time));
            Some(Followed::new(self.plan.terms, minute)?.state.figures(&Observed::new(minute)))
        });
        let Some(figures) = figures else {
            let (counts, burn) = (Tally::ZERO, [None; WINDOWS.len()]);
            return Moment { time, counts, remaining: 1.0, measured: None, burn, coverage: None };
        };
        Moment {
            time,
            counts: figures.counts,
            remaining: figures.budget.remaining(),
            measured: figures.measured.map(ErrorBudget::remaining),
            burn: figures.burn.map(|burn| burn.map(BurnRate::as_f64)),
            coverage: (figures.coverage.minutes > 0).then(|| figures.coverage.as_f64()),
        }
    }
}

impl Life {
    fn new(plan: &Plan, begins: i64) -> Option<Self> {
        let start = start_of(begins);
        Some(Self {
            begins,
            now: begins,
            total: Tally::ZERO,
            read: 0,
            observed: Observed::new(start),
            followed: Followed::new(plan.terms, start)?,
            curve: Samples::default(),
            stretches: Stretches::new(plan.terms, begins),
            ladder: plan.suggest.then(|| Ladder::new(plan.terms, start)),
        })
    }

    /// Lives through the minute that begins now.
    fn step(&mut self, plan: &Plan, read: Option<Tally>) {
        let minute = self.now;
        let now = start_of(minute + 1);
        match read {
            Some(tally) => {
                self.total = self.total + tally;
                self.read += 1;
            }
            None => self.observed.gap(start_of(minute), now),
        }
        self.now += 1;
        self.followed.live(now, self.total, &self.observed, plan.begins);
        if let Some(ladder) = &mut self.ladder {
            ladder.live(now, self.total, &self.observed, plan.begins);
        }
        let state = &self.followed.state;
        self.curve.add(now, state.budget().remaining(), read.is_some());
        self.stretches.add(minute, read.unwrap_or_default(), minute_of(state.history().period_begins()));
    }
}

impl Followed {
    /// `None` where the terms' zone is not known, which the plan has ruled out.
    pub(crate) fn new(terms: Terms, begins: Timestamp) -> Option<Self> {
        Some(Self { state: SloState::new(terms, begins).ok()?, alerts: Vec::new() })
    }

    /// Pairs that keep being over for want of data, and since when.
    fn held(&self) -> Vec<(BurnRule, Timestamp)> {
        let firing = self.state.alerts().filter(|(_, alert)| alert.is_firing());
        firing.filter_map(|(rule, alert)| Some((*rule, alert.held_since()?))).collect()
    }

    /// Moves on to `now` and judges.
    pub(crate) fn live(&mut self, now: Timestamp, total: Tally, observed: &Observed, begins: bool) {
        self.state.advance(now, total, Duration::ZERO);
        for transition in self.state.evaluate(&observed.sight(now, begins)) {
            match transition.to {
                AlertState::Firing { since } => {
                    self.alerts.push(Interval { rule: transition.rule, fired: since, resolved: None });
                }
                AlertState::Resolved { at } => {
                    let open = |it: &&mut Interval| it.rule == transition.rule && it.resolved.is_none();
                    self.alerts.iter_mut().rev().find(open).into_iter().for_each(|it| it.resolved = Some(at));
                }
                AlertState::Inactive => {}
            }
        }
    }
}
