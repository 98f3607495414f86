//! What happened, slice by slice, for the budgets that count time instead of events.
//!
//! Slice k covers the minutes k·s ≤ m < (k+1)·s from the *origin*: the first minute of the history, or of the calendar
//! period, which begins to cut anew and so ends in a shorter slice where it is no multiple. A slice is judged when it is
//! over and, until then, by what it has. The slices of a window are those that begin in it, or the one in progress where
//! none does; the slices before the first minute count among all of them. At an instant within a minute a window reaches
//! back to the start of the minute in which it begins, and is no larger for that: never more flattering than a whole one.
//!
//! A slice takes one byte by verdict (42 KiB for a month of minutes) and eight by ratio (338 KiB; 68 KiB in slices of
//! five minutes). Each window keeps a running sum, so a look costs the same for five minutes and for a month.
//!
//! **Ratios are added up in integers**, as so many parts of [`PARTS`], which all denominators of small primes divide: sums of
//! ratios such as 1/3, 7/60 or 12/1000 are exact, and others are rounded down by less than 10⁻¹⁸ each.
//!
//! **A jump** of the line carries what leaves the period by it, as in a history of events.

mod keep;

use std::time::Duration;

use super::burn::Share;
use super::cells::{Cells, PARTS, Sliced};
use super::history::WINDOWS;
use super::tally::Tally;
use crate::calendar::{self, ZoneError};
use crate::clock::Timestamp;
use crate::spec::{Method, Window};

const MINUTE_NANOS: i64 = 60_000_000_000;
const BILLION: u128 = 1_000_000_000;

/// The place of the budget's period behind those of [`WINDOWS`].
const PERIOD: usize = WINDOWS.len();

/// The slices of one SLO over its period.
#[derive(Clone, Debug)]
pub(super) struct Slices {
    minutes: i64,
    window: Window,
    /// Where slices have been cut from, and where they were before.
    cut: Cut,
    before: Cut,
    /// When the calendar period ends, in minutes.
    ends: Option<i64>,
    now: Timestamp,
    total: Tally,
    /// The slice in progress.
    open: i64,
    events: Tally,
    closed: Cells,
    sums: [Sum; PERIOD + 1],
    /// What left by a jump, among how many slices it had been, and for how long it stays.
    carried: Sliced,
    carried_among: u64,
    carried_for: Duration,
}

/// From the minute `origin` on, slice `first` and those after it are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cut {
    origin: i64,
    first: i64,
}

/// The closed slices of a window from `from` on.
#[derive(Clone, Copy, Debug)]
struct Sum {
    from: i64,
    sliced: Sliced,
}

impl Slices {
    /// No slices, from `begins` on; `None` for a method that counts events.
    pub(super) fn new(method: Method, window: Window, begins: Timestamp) -> Result<Option<Self>, ZoneError> {
        let Some(slice) = method.slice() else { return Ok(None) };
        let minutes = i64::from(slice.minutes());
        let start = floor(begins);
        let mut before = Cut { origin: start, first: 0 };
        let (mut cut, mut ends) = (before, None);
        if let Some((unit, zone)) = window.as_calendar() {
            let (from, to) = calendar::period(unit, zone, begins)?;
            let (earlier, _) = calendar::period(unit, zone, from - Duration::from_secs(60))?;
            before.origin = floor(earlier);
            cut = before.next(floor(from), minutes);
            ends = Some(floor(to));
        }
        let longest = WINDOWS[PERIOD - 1].max(window.length()).as_secs() as i64 / 60;
        let cells = (longest / minutes + 3) as usize;
        let closed = match method {
            Method::Timeslices { target, .. } => Cells::Verdicts(target, vec![0; cells].into()),
            _ => Cells::Ratios(vec![u64::MAX; cells].into()),
        };
        let open = cut.first + (start - cut.origin).div_euclid(minutes);
        let mut slices = Self {
            minutes,
            window,
            cut,
            before,
            ends,
            now: begins,
            total: Tally::ZERO,
            open,
            events: Tally::ZERO,
            closed,
            sums: [Sum { from: open, sliced: Sliced::default() }; PERIOD + 1],
            carried: Sliced::default(),
            carried_among: 0,
            carried_for: Duration::ZERO,
        };
        slices.slide(open);
        Ok(Some(slices))
    }

    /// Moves on; see `History::advance`, whose rules are these.
    pub(super) fn advance(&mut self, to: Timestamp, total: Tally, jumped: Duration) {
        let to = to.max(self.now);
        let elapsed = to.since(self.now);
        let jumped = jumped.min(elapsed);
        self.carry_on(elapsed.saturating_sub(jumped));
        if !jumped.is_zero() {
            self.move_to(to - jumped);
            let before = self.known();
            // among the fewest slices that there were, as long as something is carried
            let kept = if self.carried == Sliced::default() { u64::MAX } else { self.carried_among };
            self.carried_among = self.all().min(kept);
            let carried = if self.worsens(before) { self.carried } else { self.failures() };
            self.move_to(to);
            let gone = before - self.known();
            if gone != Sliced::default() {
                self.carried = gone + carried;
                self.carried_for = self.carried_for.max(jumped).min(self.window.length());
            }
        }
        self.move_to(to);
        let total = self.total.grown_to(total);
        self.events = self.events + total.since(self.total);
        self.total = total;
    }

    /// The share of a burn-rate window, `None` where it is one of nothing.
    pub(super) fn over(&self, window: usize) -> Share {
        let (begin, end) = (self.begin(window), ceil(self.now));
        let span = WINDOWS[window].as_secs() as i64 / 60;
        let open = self.judge(self.events);
        if self.open < begin {
            return self.share(open, 1);
        }
        let sum = self.sums[window].sliced + open;
        let all = (self.first_from(end) - self.first_from(end - span)).max(1);
        self.share(sum, all as u64)
    }

    /// The share of the period, by which the budget is judged.
    pub(super) fn period(&self) -> Share {
        let carries = self.carried != Sliced::default();
        let all = if carries { self.all().min(self.carried_among) } else { self.all() };
        self.share(self.period_parts(), all)
    }

    /// How many slices the period has, those to come included.
    fn all(&self) -> u64 {
        let all = if let Some(ends) = self.ends {
            self.cut.next(ends, self.minutes).first - self.cut.first
        } else {
            let (end, span) = (ceil(self.now), self.window.seconds() as i64 / 60);
            self.first_from(end) - self.first_from(end - span)
        };
        all.max(1) as u64
    }

    /// The same with only the slices that have events for a denominator, none when there are none.
    pub(super) fn measured(&self) -> Share {
        let parts = self.period_parts();
        Share { bad: parts.bad, of: u128::from(parts.valid) * u128::from(self.scale()) }
    }

    /// In how many parts a slice is counted.
    pub(super) const fn scale(&self) -> u64 {
        match &self.closed {
            Cells::Verdicts(..) => 1,
            Cells::Ratios(_) => PARTS,
        }
    }

    /// The slices of the period: when each begins, and what was bad in it, in parts.
    pub(super) fn each(&self) -> impl Iterator<Item = (Timestamp, u128)> + '_ {
        let open = std::iter::once((self.open, self.judge(self.events).bad));
        let closed = (self.sums[PERIOD].from..self.open).map(|slice| (slice, self.closed.at(slice).bad));
        closed.chain(open).filter(|_| !self.has_turned()).map(|(slice, bad)| {
            let minute = self.cut.origin + (slice - self.cut.first) * self.minutes;
            (Timestamp::from_unix_seconds(minute * 60), bad)
        })
    }

    /// Bytes on the heap.
    pub(super) fn memory(&self) -> usize {
        match &self.closed {
            Cells::Verdicts(_, cells) => size_of_val(&**cells),
            Cells::Ratios(cells) => size_of_val(&**cells),
        }
    }

    fn share(&self, sliced: Sliced, all: u64) -> Share {
        match &self.closed {
            Cells::Verdicts(..) => Share { bad: sliced.bad, of: all.into() },
            Cells::Ratios(_) => Share { bad: sliced.bad, of: u128::from(sliced.valid) * u128::from(PARTS) },
        }
    }

    /// The slices of the period with those carried, where they make the share of bad ones no smaller.
    fn period_parts(&self) -> Sliced {
        let known = self.known();
        if self.worsens(known) { known + self.carried } else { known }
    }

    /// The slices of the period with the one in progress.
    fn known(&self) -> Sliced {
        if self.has_turned() { Sliced::default() } else { self.sums[PERIOD].sliced + self.judge(self.events) }
    }

    /// Whether this is the very instant at which the next calendar period begins. Its first minute comes only after it, so
    /// the slices of the one that ends are still in place, and of the one that begins there is none.
    fn has_turned(&self) -> bool {
        self.ends.is_some_and(|ends| floor(self.now) >= ends)
    }

    /// By verdict all slices are the denominator, so what is carried never helps.
    fn worsens(&self, known: Sliced) -> bool {
        matches!(self.closed, Cells::Verdicts(..))
            || self.carried.bad * u128::from(known.valid) >= known.bad * u128::from(self.carried.valid)
    }

    /// Of what is carried only what was bad, on top of whatever else is counted.
    fn failures(&self) -> Sliced {
        Sliced { valid: 0, ..self.carried }
    }

    fn judge(&self, events: Tally) -> Sliced {
        match (&self.closed, u128::from(events.valid())) {
            (_, 0) => Sliced::default(),
            (Cells::Verdicts(target, _), valid) => {
                let bad = u128::from(events.good) * BILLION < u128::from(target.ppb()) * valid;
                Sliced { valid: 1, bad: bad.into() }
            }
            (Cells::Ratios(_), valid) => Sliced { valid: 1, bad: u128::from(events.bad) * u128::from(PARTS) / valid },
        }
    }

    /// Lets time pass up to `to`, in which nothing happens.
    fn move_to(&mut self, to: Timestamp) {
        self.now = to;
        // an instant belongs to the minute before it, as what happened was counted before
        let minute = ceil(to) - 1;
        while let Some(ends) = self.ends.filter(|ends| minute >= *ends) {
            self.turn(ends, minute);
        }
        let open = self.cut.first + (minute - self.cut.origin).div_euclid(self.minutes);
        let closed = self.open;
        if open > closed {
            let judged = self.judge(self.events);
            self.events = Tally::ZERO;
            self.close(closed, judged);
            self.open = open;
        }
        self.slide(closed + 1);
        for empty in (closed + 1).max(open - self.closed.len())..open {
            self.closed.set(empty, Sliced::default());
        }
    }

    fn close(&mut self, slice: i64, judged: Sliced) {
        self.closed.set(slice, judged);
        for sum in &mut self.sums {
            if slice >= sum.from {
                sum.sliced = sum.sliced + judged;
            }
        }
    }

    /// Begins the next calendar period, or, when several have gone by, the one that contains `minute`.
    #[cold]
    fn turn(&mut self, ends: i64, minute: i64) {
        let next = self.cut.next(ends, self.minutes);
        let at = Timestamp::from_unix_seconds(minute * 60);
        let period = self.window.as_calendar().and_then(|(unit, zone)| calendar::period(unit, zone, at).ok());
        // the zone was found at the beginning; at the end of time the last period just goes on
        let Some((from, to)) = period.filter(|(_, to)| floor(*to) > minute) else {
            self.ends = None;
            return;
        };
        let skipped = floor(from) != ends;
        self.before = if skipped { next } else { self.cut };
        self.cut = if skipped { next.next(floor(from), self.minutes) } else { next };
        self.ends = Some(floor(to));
    }

    /// Takes out of each sum what has left its window; the slices from `empty` on hold nothing yet.
    fn slide(&mut self, empty: i64) {
        for window in 0..=PERIOD {
            let begin = self.begin(window);
            let Sum { from, mut sliced } = self.sums[window];
            for slice in from..begin.min(empty) {
                sliced = sliced - self.closed.at(slice);
            }
            self.sums[window] = Sum { from: from.max(begin), sliced };
        }
    }

    /// The first slice of a window.
    fn begin(&self, window: usize) -> i64 {
        let begin = match (WINDOWS.get(window), self.ends) {
            (Some(span), _) => floor(self.now) - span.as_secs() as i64 / 60,
            (None, Some(_)) => self.cut.origin,
            (None, None) => floor(self.now) - self.window.seconds() as i64 / 60,
        };
        self.first_from(begin)
    }

    /// The first slice that begins at or after a minute.
    fn first_from(&self, minute: i64) -> i64 {
        let cut = if minute >= self.cut.origin { self.cut } else { self.before };
        let first = cut.next(minute, self.minutes).first;
        if minute >= self.cut.origin { first } else { first.min(self.cut.first) }
    }

    fn carry_on(&mut self, lived: Duration) {
        if !self.carried_for.is_zero() {
            self.carried_for = self.carried_for.saturating_sub(lived);
            if self.carried_for.is_zero() {
                self.carried = Sliced::default();
            }
        }
    }
}

impl Cut {
    /// What a cut at `origin` begins with, after the slices of this one.
    const fn next(self, origin: i64, minutes: i64) -> Self {
        Self { origin, first: self.first - (self.origin - origin).div_euclid(minutes) }
    }
}

const fn floor(at: Timestamp) -> i64 {
    at.unix_nanos().div_euclid(MINUTE_NANOS)
}

const fn ceil(at: Timestamp) -> i64 {
    let (minute, into) = (floor(at), at.unix_nanos().rem_euclid(MINUTE_NANOS));
    if into == 0 { minute } else { minute + 1 }
}
