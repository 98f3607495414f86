//! A gate as people see it: plain data.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::look::{CLASSES, RANKS};
use super::{CUT, Gate, GateMode};
use crate::admission::priority::Priority;
use crate::admission::share::Share;
use crate::admission::shed::ShedReason;

/// What a gate has done, and what it does now. Counts are of requests, weighted with their cost, since the process began.
///
/// ```
/// use reliability_core::{Gate, Priority};
/// static DOOR: Gate = Gate::new("report-door");
///
/// drop(DOOR.admit(Priority::High)?);
/// let report = DOOR.report();
/// assert_eq!((report.offered, report.admitted, report.refused.total()), (1, 1, 0));
/// # Ok::<(), reliability_core::Shed>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GateReport {
    /// Its name.
    pub name: &'static str,
    /// What it does with what it finds.
    pub mode: GateMode,
    /// How many may be inside: the fixed size, or what the law found; none before the first look.
    pub limit: Option<u64>,
    /// How many are inside.
    pub in_flight: u64,
    /// Event streams and web sockets that were admitted and go on without a place.
    pub detached: u64,
    /// How long requests are inside while nothing queues; none before that is known.
    pub baseline: Option<Duration>,
    /// How long one that is admitted now must expect to be inside; none while nothing queues.
    pub expected: Option<Duration>,
    /// Admitted and refused.
    pub offered: u64,
    /// Let in.
    pub admitted: u64,
    /// Let in and left.
    pub completed: u64,
    /// Of these, those whose caller said that it went wrong.
    pub failed: u64,
    /// Not let in.
    pub refused: RefusedReport,
    /// Let in by a gate that only watches, which would have refused them.
    pub would_refuse: u64,
    /// The share of ranks that is cut off now; none when everybody is let in.
    pub cut: Share,
    /// The share of what is offered that is refused on purpose.
    pub forced: Share,
    /// How often it has looked.
    pub looks: u64,
}

/// What was refused, by reason and by class.
///
/// ```
/// use reliability_core::{Gate, Priority, ShedReason};
/// static DOOR: Gate = Gate::new("refused-door").bounded(1);
///
/// let inside = DOOR.admit(Priority::Normal)?;
/// assert!(DOOR.admit(Priority::Low).is_err());
/// let refused = DOOR.report().refused;
/// assert_eq!(refused.by_reason(ShedReason::Full), 1);
/// assert_eq!(refused.by_priority(Priority::Low), 1);
/// # drop(inside);
/// # Ok::<(), reliability_core::Shed>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RefusedReport {
    reasons: [u64; ShedReason::ALL.len()],
    classes: [u64; CLASSES],
}

impl RefusedReport {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.classes.iter().sum()
    }

    /// Those of one reason.
    pub fn by_reason(&self, reason: ShedReason) -> u64 {
        self.reasons[reason as usize]
    }

    /// Those of one class.
    pub fn by_priority(&self, priority: Priority) -> u64 {
        self.classes[priority as usize]
    }
}

impl Gate {
    /// What it has done and does now. Read without holding a request up; a look that is due meanwhile is done a
    /// millisecond later.
    pub fn report(&self) -> GateReport {
        let mut state = self.remembered();
        state.absorb(self.books().sum());
        let (totals, verdict) = (state.totals, state.verdict);
        drop(state);
        let known = |nanos: u64| (nanos > 0).then(|| Duration::from_nanos(nanos));
        let refused: u64 = totals.refused.iter().sum();
        let admitted: u64 = totals.admitted.iter().sum();
        let mut reasons = [0; ShedReason::ALL.len()];
        let named = totals.late + totals.forced + totals.full + totals.open + totals.retries;
        reasons[ShedReason::Overload as usize] = refused.saturating_sub(named);
        reasons[ShedReason::Deadline as usize] = totals.late;
        reasons[ShedReason::Forced as usize] = totals.forced;
        reasons[ShedReason::Full as usize] = totals.full;
        reasons[ShedReason::Open as usize] = totals.open;
        reasons[ShedReason::Retries as usize] = totals.retries;
        GateReport {
            name: self.name,
            mode: self.mode(),
            limit: match self.size {
                0 => (totals.looks > 0 && !self.lawless).then_some(verdict.limit),
                size => Some(size.into()),
            },
            in_flight: totals.in_flight,
            detached: totals.detached,
            baseline: known(verdict.baseline),
            expected: known(verdict.wait),
            offered: admitted + refused,
            admitted,
            completed: totals.completed,
            failed: totals.failed,
            refused: RefusedReport { reasons, classes: totals.refused },
            would_refuse: totals.would,
            cut: Share::ratio((self.word.load(Ordering::Relaxed) & CUT) as u32, RANKS as u32),
            forced: Share::from_units(self.cell.load()),
            looks: totals.looks,
        }
    }
}
