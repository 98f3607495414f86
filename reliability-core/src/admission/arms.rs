//! Which arm of a flag fails: good and bad calls of those who had the feature, and of those who had it not.
//!
//! Before a policy turns a flag off it asks here, for a flag whose both arms fail alike is innocent. Counted is only what
//! says something about an arm: good and bad. What was refused, ignored or dropped says nothing.
//!
//! Cost: a call that is counted adds one to a counter in one of sixteen lines of the cache, which its thread keeps: a locked
//! instruction on a line that few others write. A flag takes 1 KiB for it. Sums are exact.

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

/// Good and bad with the feature, good and bad without.
#[repr(align(64))]
#[derive(Debug)]
struct Stripe([AtomicU64; 4]);

/// The counts of a flag's arms.
#[derive(Debug)]
pub(super) struct Arms([Stripe; STRIPES]);

impl Arms {
    pub(super) const fn new() -> Self {
        Self([const { Stripe([const { AtomicU64::new(0) }; 4]) }; STRIPES])
    }

    #[inline]
    pub(super) fn observe(&self, arm: Arm, outcome: Outcome) {
        let bad = match outcome {
            Outcome::Good => 0,
            Outcome::Bad => 1,
            Outcome::Ignored | Outcome::Shed | Outcome::Cancelled => return,
        };
        let at = if arm == Arm::On { bad } else { 2 + bad };
        self.0[stripe()].0[at].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn counts(&self, arm: Arm) -> ArmCounts {
        let from = if arm == Arm::On { 0 } else { 2 };
        let sum = |at: usize| self.0.iter().map(|stripe| stripe.0[at].load(Ordering::Relaxed)).sum();
        ArmCounts { good: sum(from), bad: sum(from + 1) }
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
        assert_eq!(ARMS.counts(Arm::On), ArmCounts { good: 5_000, bad: 5_000 });
        assert_eq!(ARMS.counts(Arm::Off), ArmCounts { good: 10_000, bad: 0 });
    }
}
