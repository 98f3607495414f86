//! Until when what the loop engaged may stand: two words that whoever reads a clock on a request compares with.
//!
//! A request has its reading anyway, so the check is one load and one comparison. There is a word for each unit that readings
//! come in, the counter's ticks and the system's nanoseconds; both say the same instant. While nothing is engaged both
//! are at the end of time and the comparison is never true. The first reading past a word takes it back to the end of time, so one
//! request pays for the revert and all others go by.
//!
//! Here is only the time; what is reverted, `admission` says with [`on_lapse`], since a clock knows no switches.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::time::Duration;

use super::{monotonic_nanos, ticks};

/// Nothing is engaged.
const NEVER: u64 = u64::MAX;

static TICKS: AtomicU64 = AtomicU64::new(NEVER);
static NANOS: AtomicU64 = AtomicU64::new(NEVER);
static REVERT: OnceLock<fn()> = OnceLock::new();

/// Says what to do when a lease lapses: no lock, no allocation, no panic, for it runs on a request. The first one stays.
pub(crate) fn on_lapse(revert: fn()) {
    let _ = REVERT.set(revert);
}

/// An instant in both units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    ticks: u64,
    nanos: u64,
}

impl Due {
    /// Never.
    pub(crate) const NEVER: Self = Self { ticks: NEVER, nanos: NEVER };

    /// So long from now. A counter that is not in use yet has no instant.
    pub(crate) fn after(within: Duration) -> Self {
        let within = u64::try_from(within.as_nanos()).unwrap_or(NEVER);
        // one before the end of time, which means something else
        let nanos = monotonic_nanos().saturating_add(within).min(NEVER - 1);
        Self { ticks: ticks::counter_after(within).unwrap_or(NEVER), nanos }
    }

    /// The earlier of two.
    pub(crate) fn earlier(self, other: Self) -> Self {
        Self { ticks: self.ticks.min(other.ticks), nanos: self.nanos.min(other.nanos) }
    }

    /// Whether it is over.
    pub(crate) fn is_past(self) -> bool {
        self.nanos != NEVER && monotonic_nanos() > self.nanos
    }
}

/// Lets what is engaged stand until then.
pub(crate) fn stand_until(due: Due) {
    TICKS.store(due.ticks, Ordering::Release);
    NANOS.store(due.nanos, Ordering::Release);
    if due.ticks == NEVER {
        say_in_ticks();
    }
}

/// Says the end in ticks too: for a lease that is held when the counter comes into use. Whoever brings it into use calls this after it,
/// and whoever holds a lease without ticks calls it after that, so with the fence one of the two sees the other.
pub(super) fn say_in_ticks() {
    fence(Ordering::SeqCst);
    let nanos = NANOS.load(Ordering::Relaxed);
    if nanos != NEVER
        && let Some(due) = ticks::counter_after(nanos.saturating_sub(monotonic_nanos()))
    {
        TICKS.store(due, Ordering::Release);
    }
}

/// Compares a reading of the counter.
#[inline]
pub(crate) fn check_ticks(now: u64) {
    let due = TICKS.load(Ordering::Relaxed);
    if now > due {
        lapse(&TICKS, due);
    }
}

/// Compares a reading of the monotonic clock.
#[inline]
pub(crate) fn check_nanos(now: u64) {
    let due = NANOS.load(Ordering::Relaxed);
    if now > due {
        lapse(&NANOS, due);
    }
}

/// Reverts, unless somebody else does, or the lease was renewed since the look. The other unit's word stays: a reading past
/// it finds nothing left to revert, and if the loop renews in the meantime it is renewed as well.
#[cold]
#[inline(never)]
fn lapse(word: &AtomicU64, due: u64) {
    if word.compare_exchange(due, NEVER, Ordering::AcqRel, Ordering::Relaxed).is_ok()
        && let Some(revert) = REVERT.get()
    {
        revert();
    }
}

/// Makes the next check find the lease over: for tests, which do not wait.
#[allow(dead_code)] // only the feature `testkit` asks
pub(crate) fn run_out() {
    for word in [&TICKS, &NANOS] {
        let engaged = |due| (due != NEVER).then_some(0);
        let _ = word.fetch_update(Ordering::AcqRel, Ordering::Relaxed, engaged);
    }
}
