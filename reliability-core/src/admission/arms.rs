//! Which arm of a flag fails: good and bad calls of those who had the feature, and of those who had it not.
//!
//! Before a policy turns a flag off it asks here, for a flag whose both arms fail alike is innocent. A verdict is only what
//! says something about an arm: good and bad. What was refused, ignored or dropped in time says nothing; what was dropped when its
//! caller's patience was over is bad. Calls that begin and do not end say something too, so beginnings are counted as well.
//!
//! Cost: a call that is counted adds one at its beginning and one at its end to a counter in one of sixteen lines of the cache, which its
//! thread keeps: a locked instruction on a line that few others write. A flag takes 1 KiB for it. Sums are exact.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::sli::Outcome;

/// Which way a call went at a flag.
///
/// ```
/// use reliability_core::{Arm, Flag};
/// static PRICES: Flag = Flag::on("arm-prices");
/// assert_eq!(PRICES.arm(), Arm::On);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arm {
    /// With the feature.
    On,
    /// Without it.
    Off,
}

/// What was counted for one arm since the process began.
///
/// ```
/// use reliability_core::{Arm, ArmCounts, Flag, Outcome};
/// static SEARCH: Flag = Flag::on("arm-counts-search");
/// SEARCH.observe(Arm::On, Outcome::Good);
/// SEARCH.observe(Arm::On, Outcome::Bad);
/// SEARCH.observe(Arm::On, Outcome::Shed); // says nothing about the feature
/// assert_eq!(SEARCH.counts(Arm::On), ArmCounts { good: 1, bad: 1 });
/// assert_eq!(SEARCH.counts(Arm::Off), ArmCounts::default());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ArmCounts {
    /// Calls that went well.
    pub good: u64,
    /// Calls that did not.
    pub bad: u64,
}

const STRIPES: usize = 16;

/// Of one arm: good, bad, ended without a verdict, begun. First with the feature, then without.
#[repr(align(64))]
#[derive(Debug)]
struct Stripe([AtomicU64; 8]);

const GOOD: usize = 0;
const BAD: usize = 1;
const LEFT: usize = 2;
const BEGAN: usize = 3;

/// The counts of a flag's arms.
#[derive(Debug)]
pub(super) struct Arms([Stripe; STRIPES]);

impl Arms {
    pub(super) const fn new() -> Self {
        Self([const { Stripe([const { AtomicU64::new(0) }; 8]) }; STRIPES])
    }

    /// A call of which only the end is told: it began and ended.
    #[inline]
    pub(super) fn observe(&self, arm: Arm, outcome: Outcome) {
        if matches!(outcome, Outcome::Good | Outcome::Bad) {
            self.begin(arm);
            self.end(arm, outcome);
        }
    }

    /// A call begins, which [`end`](Self::end) is told of.
    #[inline]
    pub(super) fn begin(&self, arm: Arm) {
        self.add(arm, BEGAN, Ordering::Relaxed);
    }

    #[inline]
    pub(super) fn end(&self, arm: Arm, outcome: Outcome) {
        let what = match outcome {
            Outcome::Good => GOOD,
            Outcome::Bad => BAD,
            Outcome::Ignored | Outcome::Shed | Outcome::Cancelled => LEFT,
        };
        // who sees the end has seen the beginning
        self.add(arm, what, Ordering::Release);
    }

    pub(super) fn counts(&self, arm: Arm) -> ArmCounts {
        ArmCounts { good: self.sum(arm, GOOD), bad: self.sum(arm, BAD) }
    }

    pub(super) fn began(&self, arm: Arm) -> u64 {
        self.sum(arm, BEGAN)
    }

    pub(super) fn in_flight(&self, arm: Arm) -> u64 {
        let ended: u64 = [GOOD, BAD, LEFT].into_iter().map(|what| self.sum(arm, what)).sum();
        self.began(arm).saturating_sub(ended)
    }

    #[inline]
    fn add(&self, arm: Arm, what: usize, ordering: Ordering) {
        self.0[stripe()].0[place(arm, what)].fetch_add(1, ordering);
    }

    fn sum(&self, arm: Arm, what: usize) -> u64 {
        self.0.iter().map(|stripe| stripe.0[place(arm, what)].load(Ordering::Acquire)).sum()
    }
}

#[inline]
const fn place(arm: Arm, what: usize) -> usize {
    match arm {
        Arm::On => what,
        Arm::Off => 4 + what,
    }
}

/// The calling thread's stripe.
#[inline]
fn stripe() -> usize {
    thread_local! {
        static MINE: Cell<usize> = const { Cell::new(usize::MAX) };
    }
    #[cold]
    fn first() -> usize {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        THREADS.fetch_add(1, Ordering::Relaxed) % STRIPES
    }
    let mine = MINE.try_with(|mine| {
        if mine.get() == usize::MAX {
            mine.set(first());
        }
        mine.get()
    });
    mine.unwrap_or(0) % STRIPES
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_when_many_threads_count() {
        static ARMS: Arms = Arms::new();
        std::thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| {
                    for i in 0..1_000 {
                        let outcome = if i % 4 == 0 { Outcome::Bad } else { Outcome::Good };
                        ARMS.observe(if i % 2 == 0 { Arm::On } else { Arm::Off }, outcome);
                        ARMS.observe(Arm::On, Outcome::Cancelled);
                    }
                });
            }
        });
        assert_eq!((ARMS.in_flight(Arm::On), ARMS.in_flight(Arm::Off)), (0, 0));
        assert_eq!(ARMS.counts(Arm::On), ArmCounts { good: 5_000, bad: 5_000 });
        assert_eq!(ARMS.counts(Arm::Off), ArmCounts { good: 10_000, bad: 0 });
    }
}
