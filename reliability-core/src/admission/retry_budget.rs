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

    /// The name.
    pub const fn name(&self) -> &'static str {
        self.calls.name()
    }

    /// Begins a call, which counts as one while it is tried, and ends when this is dropped. It is never refused, unless
    /// somebody refuses a share on purpose: then it goes on uncounted.
    pub fn begin(&'static self) -> Option<Permit> {
        self.calls.admit(Ask::current()).ok()
    }

    /// Asks whether the call may be tried once more, or hedged, now.
    ///
    /// # Errors
    /// A refusal, if as many run as may.
    pub fn retry(&'static self, ask: impl Into<Ask>) -> Result<Retry, Shed> {
        let ask = ask.into();
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
