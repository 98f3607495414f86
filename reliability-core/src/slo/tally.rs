//! Counts of events, and nothing else.
//!
//! A cumulative tally only grows, so a window is the difference of two of them. All arithmetic saturates: 2⁶⁴ events are
//! 580 years at a thousand million a second, so saturation is a guard against a host that hands in absurd numbers, not a
//! state to plan for. It errs on the safe side: a valid count that is too small makes a burn rate too large.

use std::ops::Add;

/// Good and bad events, since the beginning or over a window. Ignored events are in no tally.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tally {
    /// Events that met the promise.
    pub good: u64,
    /// Events that broke it.
    pub bad: u64,
}

impl Tally {
    /// No event.
    pub const ZERO: Self = Self::new(0, 0);

    /// `good` events that met the promise and `bad` that broke it.
    pub const fn new(good: u64, bad: u64) -> Self {
        Self { good, bad }
    }

    /// Good and bad together: the denominator of every share.
    pub const fn valid(self) -> u64 {
        self.good.saturating_add(self.bad)
    }

    /// What came after `earlier`; zero where `earlier` is the larger one.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Self {
        Self::new(self.good.saturating_sub(earlier.good), self.bad.saturating_sub(earlier.bad))
    }

    /// The larger of both in each part: a cumulative count never falls.
    #[must_use]
    pub(super) fn grown_to(self, later: Self) -> Self {
        Self::new(self.good.max(later.good), self.bad.max(later.bad))
    }

    /// The bad events alone.
    #[must_use]
    pub(super) const fn failures(self) -> Self {
        Self::new(0, self.bad)
    }

    /// Whether the share of bad events among `others` does not fall when these are counted too.
    pub(super) fn worsens(self, others: Self) -> bool {
        u128::from(self.bad) * u128::from(others.valid()) >= u128::from(others.bad) * u128::from(self.valid())
    }
}

impl Add for Tally {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.good.saturating_add(other.good), self.bad.saturating_add(other.bad))
    }
}
