//! Retries and hedges as a bounded share of what is under way.
//!
//! A dependency that fails under load gets three times the load from callers that try three times. So a retry needs leave, and gets
//! it while retries are at most a fifth of the calls in flight, and at least three, so that a quiet service may retry at all.
//! The share is of calls *in flight*, not of a rate: when a dependency hangs, calls pile up, and so do the retries that wait with them.
//!
//! Calls are counted in cells of each thread, as at a gate; how many are in flight is known from the last look, 2 ms old at the most.
//! Retries are rare and counted in one shared word, so that their bound is exact.

use std::sync::atomic::{AtomicU64, Ordering};

use super::ask::Ask;
use super::gate::Gate;
use super::gate::cells::Rare;
use super::gate::permit::Permit;
use super::gate::report::GateReport;
use super::shed::{Shed, ShedReason};
use super::spread;
use super::switches::{Known, Switch};

/// A bound on retries and hedges to a dependency.
///
/// ```
/// use reliability_core::{Ask, RetryBudget, Shed};
///
/// static PAYMENTS: RetryBudget = RetryBudget::new("payments-retries");
///
/// fn pay(send: impl Fn() -> Result<(), &'static str>) -> Result<(), &'static str> {
///     let _call = PAYMENTS.begin(); // one call, however often it is tried
///     let mut sent = send();
///     for attempt in 2..=3 {
///         if sent.is_ok() {
///             break;
///         }
///         match PAYMENTS.retry(Ask::current().attempt(attempt)) {
///             Ok(_retry) => sent = send(),
///             Err(_) => break, // too many others are trying again
///         }
///     }
///     sent
/// }
/// assert_eq!(pay(|| Ok(())), Ok(()));
/// ```
#[derive(Debug)]
pub struct RetryBudget {
    calls: Gate,
    known: Known,
    percent: u32,
    least: u32,
    running: AtomicU64,
    granted: AtomicU64,
}

impl RetryBudget {
    /// Retries and hedges are at most 20 % of the calls in flight, and at least 3 may run.
    pub const fn new(name: &'static str) -> Self {
        Self {
            calls: Gate::counting(name),
            known: Known::new(),
            percent: 20,
            least: 3,
            running: AtomicU64::new(0),
            granted: AtomicU64::new(0),
        }
    }

    /// Another share, in percent of the calls in flight.
    #[must_use]
    pub const fn percent(mut self, percent: u32) -> Self {
        self.percent = percent;
        self
    }

    /// Another number that may always run; 0 forbids retries in a quiet service.
    #[must_use]
    pub const fn at_least(mut self, least: u32) -> Self {
        self.least = least;
        self
    }

    pub(super) const fn calls(&self) -> &Gate {
        &self.calls
    }

    /// The name.
    pub const fn name(&self) -> &'static str {
        self.calls.name()
    }

    /// Begins a call, which counts as one while it is tried, and ends when this is dropped. It is never refused, unless
    /// somebody refuses a share on purpose: then it goes on uncounted.
    pub fn begin(&'static self) -> Option<Permit> {
        self.known.note(Switch::Retries(self));
        self.calls.admit(Ask::current()).ok()
    }

    /// Asks whether the call may be tried once more, or hedged, now.
    ///
    /// # Errors
    /// A refusal, if as many run as may, or somebody refuses a share of them on purpose.
    pub fn retry(&'static self, ask: impl Into<Ask>) -> Result<Retry, Shed> {
        self.known.note(Switch::Retries(self));
        let ask = ask.into();
        let forced = self.calls.cell.load();
        if u64::from(spread::random()) < forced {
            // counted as a retry: what is forced of ordinary calls is no retry
            return Err(self.calls.refuse_for(ShedReason::Forced, Rare::Retries, &ask));
        }
        let inside = self.calls.about_inside(self.calls.now());
        let most = (inside.saturating_mul(u64::from(self.percent)) / 100).max(u64::from(self.least));
        let fits = |running: u64| (running < most).then_some(running + 1);
        match self.running.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits) {
            Ok(_) => {
                self.granted.fetch_add(1, Ordering::Relaxed);
                Ok(Retry { budget: self })
            }
            Err(_) => Err(self.calls.refuse_for(ShedReason::Retries, Rare::Retries, &ask)),
        }
    }

    /// How many retries and hedges run now.
    pub fn running(&self) -> u64 {
        self.running.load(Ordering::Relaxed)
    }

    /// How many were granted since the process began.
    pub fn granted(&self) -> u64 {
        self.granted.load(Ordering::Relaxed)
    }

    /// The calls, and the retries that were refused.
    pub fn report(&self) -> GateReport {
        self.calls.report()
    }

    /// What runs, what was granted and what was refused.
    pub(crate) fn retries_report(&self) -> RetriesReport {
        let calls = self.calls.report();
        RetriesReport {
            name: calls.name,
            in_flight: calls.in_flight,
            running: self.running(),
            granted: self.granted(),
            refused: calls.refused.by_reason(ShedReason::Retries),
        }
    }
}

/// What a budget of retries has done, and what runs. Counts are since the process began.
///
/// ```
/// use reliability_core::{Priority, Reliability, RetryBudget};
/// static PRICES: RetryBudget = RetryBudget::new("prices-retries");
///
/// let _running = PRICES.retry(Priority::Normal)?;
/// let report = Reliability::start()?.report().response;
/// let prices = report.retries.iter().find(|retries| retries.name == "prices-retries").unwrap();
/// assert_eq!((prices.running, prices.granted), (1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetriesReport {
    /// Its name.
    pub name: &'static str,
    /// Calls under way, however often each is tried.
    pub in_flight: u64,
    /// Retries and hedges that run.
    pub running: u64,
    /// Retries and hedges that were let run.
    pub granted: u64,
    /// Those that were refused.
    pub refused: u64,
}

/// A retry or a hedge that runs; dropped, it makes room for another. [`RetryBudget`] has an example.
///
/// ```
/// use reliability_core::{Ask, Retry, RetryBudget};
/// static SEARCH: RetryBudget = RetryBudget::new("search-retries");
///
/// let retry: Retry = SEARCH.retry(Ask::current().attempt(2))?;
/// assert_eq!(SEARCH.running(), 1);
/// drop(retry);
/// assert_eq!(SEARCH.running(), 0);
/// # Ok::<(), reliability_core::Shed>(())
/// ```
#[derive(Debug)]
#[must_use = "a retry that is dropped at once bounds nothing"]
pub struct Retry {
    budget: &'static RetryBudget,
}

impl Drop for Retry {
    fn drop(&mut self) {
        self.budget.running.fetch_sub(1, Ordering::Relaxed);
    }
}
