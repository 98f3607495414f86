//! How fast a budget is being spent, decided in integers.
//!
//! At a burn of exactly the factor a binary float decides by its rounding error, and this one either way (an objective of
//! 99.9 % and a factor of 6: measured). So the question "faster than the factor?" is a comparison of two products of
//! integers; only a figure for display is a float.
//!
//! What is bad and what it is a share of depends on the budgeting method: events of events, slices of slices, or the sum of
//! the slices' ratios of their number.

use std::fmt;

use super::tally::Tally;
use crate::spec::{Objective, Ratio};

const BILLION: u128 = 1_000_000_000;

/// So much of so much was bad. The parts stay below 2⁹⁷, which leaves room for one factor of a thousand million.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) bad: u128,
    pub(super) of: u128,
}

impl From<Tally> for Share {
    fn from(tally: Tally) -> Self {
        Self { bad: tally.bad.into(), of: tally.valid().into() }
    }
}

/// The share of what was bad over the share that the objective allows: at 1 the budget is spent exactly over its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BurnRate {
    share: Share,
    objective: Objective,
}

impl BurnRate {
    /// `None` where the share is one of nothing: that is undefined.
    pub(super) fn of(share: Share, objective: Objective) -> Option<Self> {
        (share.of > 0).then_some(Self { share, objective })
    }

    /// Whether it is strictly above `factor`, exactly, for counts and factors of any size.
    pub fn exceeds(self, factor: Ratio) -> bool {
        // bad / of / (error_ppb / 10⁹) > numerator / denominator, multiplied out
        let left = product(self.share.bad * BILLION, factor.denominator().into());
        let right = product(self.share.of * u128::from(self.objective.error_ppb()), factor.numerator().into());
        left > right
    }

    /// For display.
    pub fn as_f64(self) -> f64 {
        let allowed = (self.share.of * u128::from(self.objective.error_ppb())) as f64;
        (self.share.bad * BILLION) as f64 / allowed
    }

    pub(super) const fn share(self) -> Share {
        self.share
    }
}

impl fmt::Display for BurnRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_f64().fmt(f)
    }
}

/// The burn rate of a window of events; `None` without events.
pub fn burn_rate(tally: Tally, objective: Objective) -> Option<BurnRate> {
    BurnRate::of(tally.into(), objective)
}

/// Whether a window of events burns strictly faster than `factor`; `None` without events.
pub fn burns_faster(tally: Tally, objective: Objective, factor: Ratio) -> Option<bool> {
    burn_rate(tally, objective).map(|burn| burn.exceeds(factor))
}

/// `a × b` as (upper, lower 128 bits), which compare like the number.
pub(super) const fn product(a: u128, b: u128) -> (u128, u128) {
    const LOW: u128 = u64::MAX as u128;
    let (a1, a0, b1, b0) = (a >> 64, a & LOW, b >> 64, b & LOW);
    let low = a0 * b0;
    // each of these is at most (2⁶⁴ − 1)² + 2 (2⁶⁴ − 1) < 2¹²⁸
    let middle = a1 * b0 + (low >> 64);
    let other = a0 * b1 + (middle & LOW);
    (a1 * b1 + (middle >> 64) + (other >> 64), (other << 64) | (low & LOW))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_whole_at_the_largest_operands() {
        assert_eq!(product(u128::MAX, u128::MAX), (u128::MAX - 1, 1));
        assert_eq!(product(1 << 64, 7), (0, 7 << 64));
        assert_eq!(product(1 << 100, 1 << 100), (1 << 72, 0));
        assert_eq!(product(u128::from(u64::MAX), u128::from(u64::MAX)), (0, u128::MAX - 2 * u128::from(u64::MAX)));
    }
}
