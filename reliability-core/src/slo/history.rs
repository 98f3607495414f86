//! What happened, at the precision at which it will be asked for.
//!
//! Kept are cumulative counts at slot boundaries: every 5 s for an hour, every minute for three days, every 15 minutes from
//! there to the end of the period (every zone's midnight falls on one of those). A window is the count now less the count
//! at its start, so a query costs the same for five minutes and for thirty days. A window begins on a slot boundary and is
//! never shorter than asked for.
//!
//! **Late, never early.** An event is known to have happened between two advances, not when. It is counted in the slot
//! that contains the later one, so it may leave a window up to one tick late. For that, read the counts first and the
//! clock second. Who advances at every boundary (a replay) gets exact windows.
//!
//! **The period's edge** usually falls inside a slot. What that slot holds is handed out apart ([`Period::edge`]), and the
//! budget decides how to be sure not to flatter.
//!
//! **A jump** of the line moves the period's start without anybody having lived through that time: failures would leave
//! the budget because of a wrong clock or a suspended machine. What leaves so is *carried*: it stays uncertain until as
//! much time has been lived. Events that are still inside the period after the jump leave it by the line like all others.
//!
//! **A calendar period** begins at a boundary, and all that counted before it is forgotten there by the budget, not by the
//! alert windows. Its edge is always sharp; what happened across midnight between two advances belongs to the new period.
//!
//! Limits: 63 KiB for 30 days ([`History::memory`]), 111 KiB for 90; [`Resolution::Exact`] takes 355 KiB for 30 days.
//! Above 2³² events within a group of 5⅓ minutes, 64 minutes or 8 hours (13, 1.1 and 0.15 million a second) the ring of
//! that level takes twice as much.

mod keep;

use std::time::Duration;

use super::ring::Ring;
use super::tally::Tally;
use crate::calendar::{self, ZoneError};
use crate::clock::Timestamp;
use crate::spec::Window;

const MINUTE: i64 = 60;
const FINE: i64 = 5;
const QUARTER: i64 = 900;
const MINUTES_IN_QUARTER: i64 = QUARTER / MINUTE;
const HOUR: u64 = 3_600;
const THREE_DAYS: u64 = 3 * 86_400;

/// The windows that burn rates are judged and shown over: 5 min, 30 min, 1 h, 2 h, 6 h, 1 d and 3 d.
pub const WINDOWS: [Duration; 7] = [
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_secs(HOUR),
    Duration::from_secs(2 * HOUR),
    Duration::from_secs(6 * HOUR),
    Duration::from_secs(24 * HOUR),
    Duration::from_secs(THREE_DAYS),
];

/// How many of [`WINDOWS`], from the first, are read in slots of 5 s.
const FINE_WINDOWS: usize = 3;

/// How finely the far past is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Resolution {
    /// Slots of 15 minutes beyond three days.
    #[default]
    Compact,
    /// Slots of a minute throughout the period.
    Exact,
}

/// The counts of one SLO over its period, in ring levels.
#[derive(Clone, Debug)]
pub struct History {
    now: Timestamp,
    total: Tally,
    begins: Timestamp,
    window: Window,
    /// The calendar period that contains `now`, if the window is one: its first instant and that of the next.
    calendar: Option<(Timestamp, Timestamp)>,
    /// The counts at the starts of [`WINDOWS`], so that a tick within the same slot touches no ring.
    starts: [Tally; WINDOWS.len()],
    /// The counts at both ends of the slot in which the period begins; twice the same where that is known to the instant.
    edge: (Tally, Tally),
    carried: Tally,
    carried_for: Duration,
    fine: Ring,
    minutes: Ring,
    quarters: Option<Ring>,
}

/// The counts of the budget's period, with what is uncertain set apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// Certainly inside.
    pub certain: Tally,
    /// In the slot through which the period's start runs: partly inside. Zero when the start falls on a slot boundary.
    pub edge: Tally,
    /// Left the period because the line jumped, and would still be inside by the time that was lived.
    pub carried: Tally,
}

impl History {
    /// An empty history that begins at `begins`.
    ///
    /// # Errors
    /// If the window is a calendar one of a zone that is not known.
    pub fn new(window: Window, resolution: Resolution, begins: Timestamp) -> Result<Self, ZoneError> {
        let calendar = window.as_calendar().map(|(unit, zone)| calendar::period(unit, zone, begins)).transpose()?;
        let [fine, minutes, quarters] = Self::lengths(window, resolution);
        let ring = |boundaries, shift, seconds| Ring::new(boundaries, shift, slot(begins, seconds));
        Ok(Self {
            now: begins,
            total: Tally::ZERO,
            begins,
            window,
            calendar,
            starts: Default::default(),
            edge: Default::default(),
            carried: Tally::ZERO,
            carried_for: Duration::ZERO,
            fine: ring(fine.unwrap_or(1), 6, FINE),
            minutes: ring(minutes.unwrap_or(1), 6, MINUTE),
            quarters: quarters.map(|boundaries| ring(boundaries, 5, QUARTER)),
        })
    }

    /// Moves on to `to`, at which `total` events had been counted since the beginning.
    ///
    /// `jumped` is the part of the way that the line skipped rather than lived through (see `Line::advance`). A `to`
    /// before the last one is read as the last one, and a count that fell as the last count. Costs a comparison within a
    /// slot, a cell or two at a boundary, and at most the length of the rings after a jump of any length.
    pub fn advance(&mut self, to: Timestamp, total: Tally, jumped: Duration) {
        let to = to.max(self.now);
        let elapsed = to.since(self.now);
        let total = self.total.grown_to(total);
        let jumped = jumped.min(elapsed);
        self.carry_on(elapsed.saturating_sub(jumped));
        if jumped.is_zero() {
            self.record(to, total);
        } else {
            self.jump(to, total, jumped);
        }
    }

    /// The instant to which the history has moved on.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The instant at which it begins.
    pub const fn begins(&self) -> Timestamp {
        self.begins
    }

    /// The budget's period.
    pub const fn window(&self) -> Window {
        self.window
    }

    /// When the budget's period begins at this instant: a window's length ago, or at a local midnight.
    pub fn period_begins(&self) -> Timestamp {
        self.calendar.map_or(self.now - self.window.length(), |(begins, _)| begins)
    }

    /// The length of the period that contains this instant.
    pub fn period_length(&self) -> Duration {
        self.calendar.map_or(self.window.length(), |(begins, ends)| ends.since(begins))
    }

    /// When a calendar period ends; `None` if the period rolls.
    pub fn period_ends(&self) -> Option<Timestamp> {
        self.calendar.map(|(_, ends)| ends)
    }

    /// The counts since the beginning up to `at`, an instant within the period: exact on slot boundaries, else those up to
    /// the slot's start.
    pub fn upto(&self, at: Timestamp) -> Tally {
        if at >= self.now { self.total } else { self.far(at).0 }
    }

    /// All events since the beginning.
    pub const fn total(&self) -> Tally {
        self.total
    }

    /// The same history for another period, as far back as both reach, and the events that it no longer knows of.
    ///
    /// # Errors
    /// If the window is a calendar one of a zone that is not known.
    pub fn refitted(&self, window: Window) -> Result<(Self, Tally), ZoneError> {
        let (resolution, far) = if self.quarters.is_some() || self.window.seconds() <= THREE_DAYS {
            (Resolution::Compact, QUARTER)
        } else {
            (Resolution::Exact, MINUTE)
        };
        let kept = self.quarters.as_ref().map_or(self.minutes.oldest() * MINUTE, |quarters| {
            (quarters.oldest() * QUARTER).min(self.minutes.oldest().div_euclid(MINUTES_IN_QUARTER) * QUARTER)
        });
        let begins = self.begins.max(Timestamp::from_unix_seconds(kept));
        let forgotten = self.upto(begins);
        let mut history = Self::new(window, resolution, begins)?;
        // each level from where the one below it ends, so that none blurs what the finer one knows
        let minutes = slot(self.now - Duration::from_secs(THREE_DAYS), MINUTE) * MINUTE;
        let fine = slot(self.now - Duration::from_secs(HOUR), FINE) * FINE;
        let mut at = begins;
        while at < self.now {
            let from = at.unix_seconds();
            let (step, ends) = match from {
                _ if from < minutes => (far, minutes),
                _ if from < fine => (MINUTE, fine),
                _ => (FINE, i64::MAX),
            };
            let next = ((from.div_euclid(step) + 1) * step).min(ends);
            at = Timestamp::from_unix_seconds(next).min(self.now);
            let counted = match next {
                _ if at == self.now => self.total,
                _ if next >= fine => self.fine.at(slot(at, FINE)),
                _ => self.far(at).0,
            };
            history.advance(at, counted.since(forgotten), Duration::ZERO);
        }
        (history.carried, history.carried_for) = (self.carried, self.carried_for);
        Ok((history, forgotten))
    }

    /// The counts over the last `span`, from the slot boundary at or before `now − span`: of 5 s up to an hour, of a minute
    /// up to three days, beyond that as the [`Resolution`] says. Reaches back to the beginning at most, and no further
    /// than three days or the period, whichever is longer.
    pub fn over(&self, span: Duration) -> Tally {
        self.total.since(self.at_start(span))
    }

    /// The counts over [`WINDOWS`], in that order: what [`over`](Self::over) gives, without a lookup.
    pub fn recent(&self) -> [Tally; WINDOWS.len()] {
        self.starts.map(|start| self.total.since(start))
    }

    /// The counts of the period.
    pub fn period(&self) -> Period {
        let (start, end) = self.edge;
        let edge = if self.calendar.is_some() || self.edge_is_sharp() { Tally::ZERO } else { end.since(start) };
        Period { certain: self.total.since(start).since(edge), edge, carried: self.carried }
    }

    /// Bytes taken, with those on the heap.
    pub fn memory(&self) -> usize {
        let far = self.quarters.as_ref().map_or(0, Ring::memory);
        size_of::<Self>() + self.fine.memory() + self.minutes.memory() + far
    }

    fn at_start(&self, span: Duration) -> Tally {
        let start = self.now - span;
        if span <= WINDOWS[FINE_WINDOWS - 1] { self.fine.at(slot(start, FINE)) } else { self.far(start).0 }
    }

    /// The counts at both ends of the slot that contains `start`, an hour ago or longer.
    fn far(&self, start: Timestamp) -> (Tally, Tally) {
        let minute = slot(start, MINUTE);
        match &self.quarters {
            Some(quarters) if minute < self.minutes.oldest() => {
                let quarter = slot(start, QUARTER);
                (self.quarter(quarters, quarter), self.quarter(quarters, quarter + 1))
            }
            _ => (self.minutes.at(minute), self.minutes.at(minute + 1)),
        }
    }

    /// A boundary of 15 minutes is still a minute's until the minutes forget it.
    fn quarter(&self, quarters: &Ring, quarter: i64) -> Tally {
        let minute = quarter * MINUTES_IN_QUARTER;
        if minute >= self.minutes.oldest() { self.minutes.at(minute) } else { quarters.at(quarter) }
    }

    fn edge_is_sharp(&self) -> bool {
        let seconds = if self.quarters.is_some() { QUARTER } else { MINUTE };
        is_boundary(self.now, seconds)
    }

    /// Records the boundaries up to `to`: those before it with what was known at the last advance, one that falls on it with
    /// what is known now.
    fn record(&mut self, to: Timestamp, total: Tally) {
        if let Some((_, ends)) = self.calendar
            && to >= ends
        {
            self.turn(to, total);
        }
        let fine = slot(to, FINE);
        if fine > self.fine.last() {
            self.cross(to, fine, total);
        } else {
            self.now = to;
            self.total = total;
        }
    }

    fn cross(&mut self, to: Timestamp, fine: i64, total: Tally) {
        let (minute, before) = (slot(to, MINUTE), self.minutes.last());
        let sharp = i64::from(is_boundary(to, FINE));
        self.fine.fill(fine - sharp, self.total);
        self.fine.fill(fine, total);
        if minute > before {
            let sharp = i64::from(is_boundary(to, MINUTE));
            self.cascade(minute);
            self.minutes.fill(minute - sharp, self.total);
            self.minutes.fill(minute, total);
        }
        self.now = to;
        self.total = total;
        // every window is a whole number of slots, so the boundary at or before its start lies that many back
        for (i, window) in WINDOWS.into_iter().enumerate() {
            let seconds = window.as_secs() as i64;
            if i < FINE_WINDOWS {
                self.starts[i] = self.fine.at(fine - seconds / FINE);
            } else if minute > before {
                self.starts[i] = self.minutes.at(minute - seconds / MINUTE);
            }
        }
        if minute > before {
            let step = if self.quarters.is_some() { MINUTES_IN_QUARTER } else { 1 };
            if self.calendar.is_none() && minute.div_euclid(step) != before.div_euclid(step) {
                self.edge = self.far(to - self.window.length());
            }
        }
    }

    /// Begins the calendar period that contains `to`.
    #[cold]
    fn turn(&mut self, to: Timestamp, total: Tally) {
        // the zone was found at the beginning; at the end of time the last period just goes on
        if let Some((unit, zone)) = self.window.as_calendar()
            && let Ok(period) = calendar::period(unit, zone, to)
            && period.1 > to
        {
            let before = if period.0 == to { total } else { self.total };
            self.calendar = Some(period);
            self.edge = (before, before);
        }
    }

    /// Hands the quarter-hour boundaries that the minutes forget at `minute` on to their own ring.
    fn cascade(&mut self, minute: i64) {
        let Some(quarters) = &mut self.quarters else { return };
        let upto = (minute - self.minutes.boundaries()).div_euclid(MINUTES_IN_QUARTER);
        let from = (quarters.last() + 1).max(upto - quarters.boundaries() + 1);
        for quarter in from..=upto {
            let minute = quarter * MINUTES_IN_QUARTER;
            let tally = if minute <= self.minutes.last() { self.minutes.at(minute) } else { self.total };
            quarters.fill(quarter, tally);
        }
    }

    /// Lets what is carried go once as much time has been lived as was skipped.
    fn carry_on(&mut self, lived: Duration) {
        if !self.carried_for.is_zero() {
            self.carried_for = self.carried_for.saturating_sub(lived);
            if self.carried_for.is_zero() {
                self.carried = Tally::ZERO;
            }
        }
    }

    /// Lives up to the jump, then jumps, and carries what leaves by the jump alone.
    ///
    /// The budget counts the failures of the edge and nothing else of it, and what was carried before if that makes it worse. Taking
    /// over exactly that, and otherwise failures alone, leaves a share of bad events that is at least as large as it was:
    /// so a budget never improves at a jump.
    #[cold]
    fn jump(&mut self, to: Timestamp, total: Tally, jumped: Duration) {
        self.record(to - jumped, self.total);
        let (before, start) = (self.period(), self.edge.0);
        self.record(to, total);
        let gone = self.edge.0.since(start);
        if gone == Tally::ZERO {
            return;
        }
        let gone = Tally::new(gone.good.saturating_sub(before.edge.good), gone.bad);
        let kept = before.certain + before.edge.failures();
        let carried = if before.carried.worsens(kept) { before.carried } else { before.carried.failures() };
        self.carried = gone + carried;
        // in lived time nothing stays longer than the period
        self.carried_for = self.carried_for.max(jumped).min(self.window.length());
    }
}

fn slot(at: Timestamp, seconds: i64) -> i64 {
    at.unix_nanos().div_euclid(seconds * 1_000_000_000)
}

fn is_boundary(at: Timestamp, seconds: i64) -> bool {
    at.unix_nanos().rem_euclid(seconds * 1_000_000_000) == 0
}
