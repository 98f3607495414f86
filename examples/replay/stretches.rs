//! The stretches of a history that cost most of its budget.
//!
//! A stretch is a run of pieces of time that spent faster than the objective allows, with at most five minutes between two of them: minutes
//! where events are counted, slices where slices are. What lies between is part of it. Its cost is told as a share of what an
//! average budget's period allows: of all that the history's traffic allows, by how many periods long it is. So the
//! costs of two stretches compare, though one lies in a quiet month.

use reliability_core::slo::{Tally, Terms};
use reliability_core::{Method, Timestamp};

use crate::time::start_of;

const NAMED: usize = 10;
/// Pieces further apart are two stretches.
const PATIENCE: i64 = 5;

/// A run of costly time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stretch {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    pub(crate) counts: Tally,
    /// In events, or in slices.
    spent: f64,
    /// As a share of an average period's budget.
    pub(crate) cost: f64,
}

/// The costliest so far.
#[derive(Debug)]
pub(crate) struct Stretches {
    terms: Terms,
    /// In minutes.
    piece: i64,
    calendar: bool,
    origin: i64,
    /// The piece that is not over: its place, its first minute, its end, its events.
    open: Option<(i64, i64, i64, Tally)>,
    pieces_with_events: u64,
    current: Option<(i64, i64, Tally, f64)>,
    /// What came since the last costly piece: counted only if another follows in time.
    between: (Tally, f64),
    worst: Vec<Stretch>,
}

impl Stretches {
    pub(crate) fn new(terms: Terms, begins: i64) -> Self {
        Self {
            terms,
            piece: terms.method.slice().map_or(1, |slice| slice.minutes().into()),
            calendar: terms.window.as_calendar().is_some(),
            origin: begins,
            open: None,
            pieces_with_events: 0,
            current: None,
            between: Default::default(),
            worst: Vec::new(),
        }
    }

    /// Takes in a minute; of a calendar budget with the minute in which its period begins.
    pub(crate) fn add(&mut self, minute: i64, tally: Tally, period: i64) {
        let turned = self.calendar && period <= minute && period != self.origin;
        if turned {
            self.origin = period;
        }
        let place = (minute - self.origin).div_euclid(self.piece);
        match &mut self.open {
            Some((open, _, end, events)) if *open == place && !turned => {
                (*end, *events) = (minute + 1, *events + tally);
            }
            _ => {
                self.close();
                self.open = Some((place, minute, minute + 1, tally));
            }
        }
    }

    /// The costliest of a history of so many events and minutes, the costliest first.
    pub(crate) fn worst(mut self, total: Tally, minutes: i64) -> Vec<Stretch> {
        self.close();
        self.end();
        let period = self.terms.window.seconds() as f64 / 60.0;
        let periods = (minutes as f64 / period).max(1.0);
        let of = match self.terms.method {
            Method::Occurrences => total.valid() as f64 / periods,
            // all slices of a period are its denominator, also those that the history does not reach
            Method::Timeslices { .. } => period / self.piece as f64,
            Method::RatioTimeslices { .. } => self.pieces_with_events as f64 / periods,
        };
        let allowed = of * self.allowance();
        self.worst.iter_mut().for_each(|stretch| stretch.cost = stretch.spent / allowed);
        self.worst
    }

    fn allowance(&self) -> f64 {
        f64::from(self.terms.objective.error_ppb()) / 1e9
    }

    /// Judges the open piece.
    fn close(&mut self) {
        let Some((_, from, to, events)) = self.open.take() else { return };
        let valid = events.valid();
        let share = if valid == 0 { 0.0 } else { events.bad as f64 / valid as f64 };
        self.pieces_with_events += u64::from(valid > 0);
        let (spent, is_costly) = match self.terms.method {
            Method::Occurrences => (events.bad as f64, share > self.allowance()),
            Method::Timeslices { target, .. } => {
                let bad = u128::from(events.good) * 1_000_000_000 < u128::from(target.ppb()) * u128::from(valid);
                (f64::from(u8::from(bad)), bad)
            }
            Method::RatioTimeslices { .. } => (share, share > self.allowance()),
        };
        if !is_costly {
            self.between = (self.between.0 + events, self.between.1 + spent);
            return;
        }
        if self.current.is_some_and(|(_, end, ..)| from - end > PATIENCE) {
            self.end();
        }
        let (tally, cost) = std::mem::take(&mut self.between);
        self.current = Some(match self.current {
            Some((begin, _, counts, sum)) => (begin, to, counts + tally + events, sum + cost + spent),
            None => (from, to, events, spent),
        });
    }

    /// Ends the current stretch and keeps it if it is among the costliest.
    fn end(&mut self) {
        let Some((from, to, counts, spent)) = self.current.take() else { return };
        let place = self.worst.partition_point(|stretch| stretch.spent >= spent);
        if place < NAMED {
            self.worst.insert(place, Stretch { from: start_of(from), to: start_of(to), counts, spent, cost: 0.0 });
            self.worst.truncate(NAMED);
        }
    }
}

#[cfg(test)]
mod tests {
    use reliability_core::{Objective, Window};

    use super::*;

    fn worst(method: &str, minutes: impl IntoIterator<Item = (u64, u64)>) -> Vec<(i64, i64, u64, f64)> {
        let terms = Terms::new(Objective::parse("99%").unwrap(), Window::rolling_days(1).unwrap());
        let terms = terms.method(Method::parse(method).unwrap());
        let mut stretches = Stretches::new(terms, 0);
        let (mut total, mut length) = (Tally::ZERO, 0);
        for (good, bad) in minutes {
            stretches.add(length, Tally::new(good, bad), 0);
            total = total + Tally::new(good, bad);
            length += 1;
        }
        let minute = |at: Timestamp| at.unix_seconds() / 60;
        let worst = stretches.worst(total, length);
        worst.iter().map(|it| (minute(it.from), minute(it.to), it.counts.bad, it.cost)).collect()
    }

    #[test]
    fn a_stretch_joins_costly_minutes_that_lie_close_and_ranks_by_failures() {
        let day = (0..1_440).map(|minute| match minute {
            100 | 103 => (98, 2),
            102 | 500 => (99, 1), // exactly what is allowed
            200..210 => (90, 10),
            300 => (0, 100),
            _ => (100, 0),
        });
        // 144 000 events, of which 1 440 may fail
        let found = worst("occurrences", day);
        assert_eq!(
            found.iter().map(|it| (it.0, it.1, it.2)).collect::<Vec<_>>(),
            [(200, 210, 100), (300, 301, 100), (100, 104, 5)]
        );
        assert!((found[0].3 - 100.0 / 1_440.0).abs() < 1e-12);
    }

    #[test]
    fn slices_are_ranked_by_how_many_are_bad() {
        let day = (0..1_440).map(|minute| match minute {
            10..20 => (98, 2),
            100 => (0, 10_000),
            _ => (100, 0),
        });
        let found = worst("timeslices 1m 99%", day);
        assert_eq!(found.iter().map(|it| (it.0, it.1)).collect::<Vec<_>>(), [(10, 20), (100, 101)]);
        assert!((found[0].3 - 10.0 / 14.4).abs() < 1e-12);
        let five = worst("timeslices 5m 99%", (0..20).map(|minute| (100, u64::from(minute == 7) * 100)));
        assert_eq!(five.iter().map(|it| (it.0, it.1)).collect::<Vec<_>>(), [(5, 10)]);
    }

    #[test]
    fn ten_are_kept_at_most() {
        let found = worst("occurrences", (0..1_000).map(|minute| (90, u64::from(minute % 10 == 0) * minute)));
        assert_eq!(found.len(), 10);
        assert!(found.is_sorted_by(|a, b| a.2 >= b.2) && found[0].2 == 990);
    }
}
