//! A history as it is kept, restored, and added to another.

use super::{FINE, FINE_WINDOWS, HOUR, History, MINUTE, QUARTER, Resolution, THREE_DAYS, WINDOWS, slot};
use crate::calendar::{self, ZoneError};
use crate::slo::kept::KeptHistory;
use crate::slo::ring::Ring;
use crate::slo::tally::Tally;
use crate::spec::Window;

impl History {
    /// Everything that cannot be computed anew.
    pub(in crate::slo) fn keep(&self) -> KeptHistory {
        KeptHistory {
            window: self.window,
            resolution: self.resolution(),
            now: self.now,
            total: self.total,
            begins: self.begins,
            turned: if self.calendar.is_some() { self.edge.0 } else { Tally::ZERO },
            carried: self.carried,
            carried_for: self.carried_for,
            fine: self.fine.keep(),
            minutes: self.minutes.keep(),
            quarters: self.quarters.as_ref().map(Ring::keep),
        }
    }

    /// The history that was kept, where it stood.
    ///
    /// # Errors
    /// If its window is a calendar one of a zone that is not known.
    pub(in crate::slo) fn restored(kept: &KeptHistory) -> Result<Self, ZoneError> {
        // the period that contains the instant at which it stands, which is none that has yet to be turned to
        let calendar =
            kept.window.as_calendar().map(|(unit, zone)| calendar::period(unit, zone, kept.now)).transpose()?;
        let [fine, minutes, quarters] = Self::lengths(kept.window, kept.resolution);
        let quarters = quarters.map(|boundaries| match &kept.quarters {
            Some(kept) => Ring::restored(boundaries, 5, kept),
            None => Ring::new(boundaries, 5, slot(kept.begins, QUARTER)),
        });
        let mut history = Self {
            now: kept.now,
            total: kept.total,
            begins: kept.begins,
            window: kept.window,
            calendar,
            starts: Default::default(),
            edge: (kept.turned, kept.turned),
            carried: kept.carried,
            carried_for: kept.carried_for,
            fine: Ring::restored(fine.unwrap_or(1), 6, &kept.fine),
            minutes: Ring::restored(minutes.unwrap_or(1), 6, &kept.minutes),
            quarters,
        };
        history.begin_windows();
        Ok(history)
    }

    /// Adds what another one of the same window and resolution counted, which stands at the same instant.
    pub(in crate::slo) fn add(&mut self, other: &Self) {
        self.fine.add(&other.fine);
        self.minutes.add(&other.minutes);
        if let (Some(quarters), Some(other)) = (&mut self.quarters, &other.quarters) {
            quarters.add(other);
        }
        self.begins = self.begins.min(other.begins);
        self.total = self.total + other.total;
        self.carried = self.carried + other.carried;
        self.carried_for = self.carried_for.max(other.carried_for);
        self.edge = (self.edge.0 + other.edge.0, self.edge.1 + other.edge.1);
        self.begin_windows();
    }

    /// How many boundaries its rings have: of 5 s, of a minute, and of 15 minutes where there are such.
    pub(in crate::slo) fn lengths(window: Window, resolution: Resolution) -> [Option<u32>; 3] {
        let kept = match resolution {
            Resolution::Compact => THREE_DAYS,
            Resolution::Exact => THREE_DAYS.max(window.seconds()),
        };
        // one boundary more than slots: a window of n slots lies between n + 1 boundaries
        let [fine, minutes] = [HOUR / FINE as u64, kept / MINUTE as u64].map(|slots| Some(slots as u32 + 1));
        let beyond = (window.seconds().saturating_sub(kept) / QUARTER as u64) as u32;
        [fine, minutes, (beyond > 0).then_some(beyond + 1)]
    }

    fn resolution(&self) -> Resolution {
        let exact = self.quarters.is_none() && self.window.seconds() > THREE_DAYS;
        if exact { Resolution::Exact } else { Resolution::Compact }
    }

    /// Looks up the counts at the starts of all windows.
    fn begin_windows(&mut self) {
        let (fine, minute) = (self.fine.last(), self.minutes.last());
        for (i, window) in WINDOWS.into_iter().enumerate() {
            let seconds = window.as_secs() as i64;
            self.starts[i] = if i < FINE_WINDOWS {
                self.fine.at(fine - seconds / FINE)
            } else {
                self.minutes.at(minute - seconds / MINUTE)
            };
        }
        if self.calendar.is_none() {
            self.edge = self.far(self.now - self.window.length());
        }
    }
}
