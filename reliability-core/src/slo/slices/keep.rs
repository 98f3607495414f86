//! Slices as they are kept, restored, and joined with what another process counted.
//!
//! Two processes' verdicts on one slice cannot be added up. Where both judged it, the worse of the two stands: never more
//! flattering than the truth, which lies between them.

use super::{Cells, Cut, PERIOD, Sliced, Slices, Sum};
use crate::calendar::ZoneError;
use crate::clock::Timestamp;
use crate::slo::cells::PARTS;
use crate::slo::history::History;
use crate::slo::kept::KeptSlices;
use crate::slo::tally::Tally;
use crate::spec::{Method, Window};

impl KeptSlices {
    /// Whether each closed slice is one that the method can have judged.
    #[allow(dead_code)] // only the feature `fleet` asks
    pub(crate) fn fit(&self, method: Method) -> bool {
        let most = if matches!(method, Method::Timeslices { .. }) { 2 } else { PARTS };
        self.closed.iter().all(|cell| *cell <= most || (*cell == u64::MAX && most == PARTS))
    }
}

impl Slices {
    /// Everything that cannot be computed anew.
    pub(in crate::slo) fn keep(&self) -> KeptSlices {
        let cell = |slice: i64| {
            let sliced = self.closed.at(slice);
            match &self.closed {
                Cells::Verdicts(..) => sliced.valid + sliced.bad as u64,
                Cells::Ratios(_) if sliced.valid == 0 => u64::MAX,
                Cells::Ratios(_) => sliced.bad as u64,
            }
        };
        KeptSlices {
            cut: (self.cut.origin, self.cut.first),
            before: (self.before.origin, self.before.first),
            ends: self.ends,
            now: self.now,
            total: self.total,
            open: self.open,
            events: self.events,
            closed: (self.open - self.closed.len()..self.open).map(cell).collect(),
            carried: (self.carried.valid, self.carried.bad),
            carried_among: self.carried_among,
            carried_for: self.carried_for,
        }
    }

    /// The slices that were kept, where they stood; `None` for a method that counts events.
    ///
    /// # Errors
    /// If the window is a calendar one of a zone that is not known.
    pub(in crate::slo) fn restored(
        method: Method,
        window: Window,
        kept: &KeptSlices,
    ) -> Result<Option<Self>, ZoneError> {
        let Some(mut slices) = Self::new(method, window, kept.now)? else { return Ok(None) };
        let cut = |(origin, first)| Cut { origin, first };
        (slices.cut, slices.before, slices.ends) = (cut(kept.cut), cut(kept.before), kept.ends);
        (slices.now, slices.total, slices.open, slices.events) = (kept.now, kept.total, kept.open, kept.events);
        slices.carried = Sliced { valid: kept.carried.0, bad: kept.carried.1 };
        (slices.carried_among, slices.carried_for) = (kept.carried_among, kept.carried_for);
        for (back, cell) in kept.closed.iter().rev().take(slices.closed.len() as usize).enumerate() {
            let judged = match &slices.closed {
                Cells::Verdicts(..) => Sliced { valid: u64::from(*cell > 0), bad: u128::from(cell / 2) },
                Cells::Ratios(_) if *cell == u64::MAX => Sliced::default(),
                Cells::Ratios(_) => Sliced { valid: 1, bad: u128::from(*cell) },
            };
            slices.closed.set(kept.open - 1 - back as i64, judged);
        }
        slices.sum_up();
        Ok(Some(slices))
    }

    /// Adds what another process counted, whose history stands at the same instant.
    pub(in crate::slo) fn add(&mut self, history: &History) {
        let theirs = self.of(history);
        for slice in theirs.open - theirs.closed.len()..theirs.open {
            let (mine, other) = (self.closed.at(slice), theirs.closed.at(slice));
            if other.valid > 0 && (mine.valid == 0 || other.bad > mine.bad) {
                self.closed.set(slice, other);
            }
        }
        self.events = self.events + theirs.events;
        self.total = self.total + history.total();
        self.sum_up();
    }

    /// Those of another history, cut as these are: from the beginning of these' last cut on.
    fn of(&self, history: &History) -> Self {
        let minute = |minute: i64| Timestamp::from_unix_seconds(minute * 60);
        let from = super::floor(history.begins()).max(self.cut.origin).min(super::floor(self.now));
        let mut theirs = self.clone();
        theirs.closed = match &self.closed {
            Cells::Verdicts(target, cells) => Cells::Verdicts(*target, vec![0; cells.len()].into()),
            Cells::Ratios(cells) => Cells::Ratios(vec![u64::MAX; cells.len()].into()),
        };
        theirs.open = self.cut.first + (from - self.cut.origin).div_euclid(self.minutes);
        (theirs.events, theirs.carried, theirs.sums) =
            (Tally::ZERO, Sliced::default(), [Sum { from: theirs.open, sliced: Sliced::default() }; PERIOD + 1]);
        theirs.now = minute(from);
        theirs.total = history.upto(theirs.now);
        let mut at = from;
        while minute(at + 1) < self.now {
            at += 1;
            theirs.advance(minute(at), history.upto(minute(at)), std::time::Duration::ZERO);
        }
        theirs.advance(self.now, history.total(), std::time::Duration::ZERO);
        theirs
    }

    /// Computes the running sums anew.
    fn sum_up(&mut self) {
        for window in 0..=PERIOD {
            let from = self.begin(window).max(self.open - self.closed.len()).min(self.open);
            let sliced = (from..self.open).map(|slice| self.closed.at(slice)).fold(Sliced::default(), |a, b| a + b);
            self.sums[window] = Sum { from, sliced };
        }
    }
}
