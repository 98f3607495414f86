//! How fast a budget is being spent, decided in integers.
//!
//! At a burn of exactly the factor a binary float decides by its rounding error, and this one either way (an objective of
//! 99.9 % and a factor of 6: measured). So the question "faster than the factor?" is a comparison of two products of
//! integers; only a figure for display is a float.

use std::fmt;

use super::tally::Tally;
use crate::spec::{Objective, Ratio};

const BILLION: u64 = 1_000_000_000;

/// The share of bad events over the share that the objective allows: at 1 the budget is spent exactly over its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BurnRate {
    tally: Tally,
    objective: Objective,
}

impl BurnRate {
    /// Whether it is strictly above `factor`, exactly, for counts and factors of any size.
    pub fn exceeds(self, factor: Ratio) -> bool {
        // bad / valid / (error_ppb / 10⁹) > numerator / denominator, multiplied out
        let left = u128::from(self.tally.bad) * u128::from(BILLION);
        let right = u128::from(factor.numerator()) * u128::from(self.objective.error_ppb());
        product(left, factor.denominator()) > product(right, self.tally.valid())
    }

    /// For display.
    pub fn as_f64(self) -> f64 {
        let valid = self.tally.valid() as f64 * f64::from(self.objective.error_ppb());
        self.tally.bad as f64 * BILLION as f64 / valid
    }
}

impl fmt::Display for BurnRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_f64().fmt(f)
    }
}

/// The burn rate of a window; `None` without events: a share of nothing is undefined.
pub fn burn_rate(tally: Tally, objective: Objective) -> Option<BurnRate> {
    (tally.valid() > 0).then_some(BurnRate { tally, objective })
}

/// Whether a window burns strictly faster than `factor`; `None` without events.
pub fn burns_faster(tally: Tally, objective: Objective, factor: Ratio) -> Option<bool> {
    burn_rate(tally, objective).map(|burn| burn.exceeds(factor))
}

/// `a × b` as (upper, lower 64 bits), which compare like the number. The upper part is at most
/// (2⁶⁴ − 1)² + 2⁶⁴ − 1 < 2¹²⁸, so nothing overflows.
pub(super) const fn product(a: u128, b: u64) -> (u128, u64) {
    let low = (a as u64 as u128) * b as u128;
    let high = (a >> 64) * b as u128 + (low >> 64);
    (high, low as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_whole_at_the_largest_operands() {
        assert_eq!(product(u128::MAX, u64::MAX), (u128::MAX - (1 << 64), 1));
        assert_eq!(product(1 << 64, 7), (7, 0));
        assert_eq!(product(u128::from(u64::MAX), u64::MAX), (u128::from(u64::MAX) - 1, 1));
    }
}
