//! What a call through a breaker holds, and what people see of a breaker.

use super::Breaker;
use crate::admission::gate::permit::Permit;
use crate::sli::Outcome;

/// How a breaker stands.
///
/// ```
/// use reliability_core::{Breaker, BreakerState};
/// static SEARCH: Breaker = Breaker::new("state-search");
/// assert_eq!(SEARCH.state(), BreakerState::Closed);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BreakerState {
    /// Everybody passes.
    Closed,
    /// Nobody passes.
    Open,
    /// A few probes pass.
    HalfOpen,
}

/// A call that may go through a breaker. Ends with [`end`](Self::end); dropped before that it says nothing, in a panic a failure.
///
/// ```
/// use reliability_core::{Ask, Breaker, Outcome};
/// static MAPS: Breaker = Breaker::new("pass-maps");
///
/// let pass = MAPS.enter(Ask::current())?;
/// pass.end(Outcome::Good);
/// assert_eq!(MAPS.report().passed, 1);
/// # Ok::<(), reliability_core::Shed>(())
/// ```
#[derive(Debug)]
#[must_use = "a pass that is dropped at once says nothing about the dependency"]
pub struct Pass {
    pub(super) breaker: &'static Breaker,
    pub(super) permit: Option<Permit>,
    pub(super) probe: bool,
}

impl BreakerState {
    /// All of them, in the order of their names in a report.
    pub const ALL: [Self; 3] = [Self::Closed, Self::Open, Self::HalfOpen];

    /// A word for series and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

impl Pass {
    /// Ends it. Only [`Outcome::Bad`] is a failure: a dependency that refuses on purpose works.
    pub fn end(mut self, outcome: Outcome) {
        self.finish(outcome);
    }

    fn finish(&mut self, outcome: Outcome) {
        let Some(permit) = self.permit.take() else { return };
        let now = self.breaker.gate.now();
        match outcome {
            Outcome::Bad => permit.release_at(now, false),
            Outcome::Good | Outcome::Ignored | Outcome::Shed => permit.release_at(now, true),
            // counted as neither
            Outcome::Cancelled => drop(permit.detach()),
        }
        if self.probe {
            self.breaker.probed(outcome);
        }
        if outcome == Outcome::Bad {
            self.breaker.look_if_due(now);
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.finish(if std::thread::panicking() { Outcome::Bad } else { Outcome::Cancelled });
    }
}

/// What a breaker has done, and how it stands. Counts are since the process began.
///
/// ```
/// use reliability_core::Breaker;
/// static STOCK: Breaker = Breaker::new("report-stock");
/// STOCK.trip();
/// assert_eq!(STOCK.report().opened, 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BreakerReport {
    /// Its name.
    pub name: &'static str,
    /// How it stands.
    pub state: BreakerState,
    /// Calls that passed.
    pub passed: u64,
    /// Those under way.
    pub in_flight: u64,
    /// Those whose pass ended as a failure.
    pub failed: u64,
    /// Calls that were refused.
    pub refused: u64,
    /// How often it opened.
    pub opened: u64,
}
