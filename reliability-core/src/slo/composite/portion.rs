//! Shares of one in fixed point, rounded the way the caller says.
//!
//! The product of a thousand exact ratios is a ratio of numbers of 64,000 bits, and needs none of them: an independent figure is an
//! estimate. So shares are whole parts of 2⁻⁶², and each step is rounded *down* where a share of good is meant and *up* where
//! one of bad is, which after a thousand steps is 10⁻¹⁵ against us. Decisions compare these integers.

/// 1.
pub(super) const ONE: u64 = 1 << 62;
const BITS: u32 = 62;

/// A share from 0 to 1 in parts of 2⁻⁶².
///
/// ```
/// use reliability_core::slo::composite::Portion;
/// assert_eq!(Portion::of(3, 4).as_f64(), 0.75);
/// assert!(Portion::of(1, 3) < Portion::of_up(1, 3)); // no third has a last binary digit
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Portion(u64);

impl Portion {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// All of it.
    pub const ONE: Self = Self(ONE);

    /// `part / whole` rounded down; 1 where the part is the larger one, 0 of nothing.
    pub const fn of(part: u64, whole: u64) -> Self {
        match whole {
            0 => Self::ZERO,
            _ if part >= whole => Self::ONE,
            _ => Self((((part as u128) << BITS) / whole as u128) as u64),
        }
    }

    /// The same rounded up.
    pub const fn of_up(part: u64, whole: u64) -> Self {
        match whole {
            0 => Self::ZERO,
            _ if part >= whole => Self::ONE,
            _ => Self((((part as u128) << BITS).div_ceil(whole as u128)) as u64),
        }
    }

    /// What is missing to 1, exactly.
    #[must_use]
    pub const fn rest(self) -> Self {
        Self(ONE - self.0)
    }

    pub(super) const fn times(self, other: Self) -> Self {
        Self(((self.0 as u128 * other.0 as u128) >> BITS) as u64)
    }

    pub(super) const fn times_up(self, other: Self) -> Self {
        Self((self.0 as u128 * other.0 as u128).div_ceil(ONE as u128) as u64)
    }

    pub(super) const fn plus(self, other: Self) -> Self {
        let sum = self.0 + other.0;
        Self(if sum > ONE { ONE } else { sum })
    }

    pub(super) const fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    pub(super) const fn parts(self) -> u64 {
        self.0
    }

    pub(super) const fn from_parts(parts: u64) -> Self {
        Self(if parts > ONE { ONE } else { parts })
    }

    /// For display.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / ONE as f64
    }
}

/// So many budgets, in parts of 2⁻⁶²: 1 is the whole of one. Above 1 it is overspent.
///
/// ```
/// use reliability_core::Objective;
/// use reliability_core::slo::composite::{Portion, Spent};
/// let objective = Objective::parse("99%")?;
/// assert_eq!(Spent::of(Portion::of(1, 4).rest().rest(), objective).as_f64(), 25.0); // a quarter failed, a hundredth may
/// assert!(Spent::of(Portion::of_up(1, 100), objective).is_all());
/// # Ok::<(), reliability_core::SpecError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spent(u128);

impl Spent {
    /// Of the share that an objective allows to be bad, what so large a share of bad takes; rounded up.
    pub const fn of(bad: Portion, objective: crate::spec::Objective) -> Self {
        Self((bad.0 as u128 * 1_000_000_000).div_ceil(objective.error_ppb() as u128))
    }

    /// `part / whole` rounded up, of parts of any size.
    pub(super) const fn ratio(mut part: u128, mut whole: u128) -> Self {
        // sixty-two digits behind the point need as many bits in front
        while part >> (127 - BITS) != 0 {
            part = part / 2 + part % 2;
            whole /= 2;
        }
        if whole == 0 { Self(u128::MAX) } else { Self((part << BITS).div_ceil(whole)) }
    }

    #[must_use]
    pub(super) const fn times(self, weight: u32) -> Self {
        Self(self.0.saturating_mul(weight as u128))
    }

    #[must_use]
    pub(super) const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    #[must_use]
    pub(super) const fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    pub(super) const fn parts(self) -> u128 {
        self.0
    }

    pub(super) const fn from_parts(parts: u128) -> Self {
        Self(parts)
    }

    /// Whether it is the whole budget or more.
    pub const fn is_all(self) -> bool {
        self.0 >= ONE as u128
    }

    /// For display.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / ONE as f64
    }

    /// What is left, for display: negative when overspent.
    pub fn left(self) -> f64 {
        let (all, spent) = (i128::from(ONE), i128::try_from(self.0).unwrap_or(i128::MAX));
        all.saturating_sub(spent) as f64 / ONE as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_rounded_against_whom_they_are_for() {
        let (third, up) = (Portion::of(1, 3), Portion::of_up(1, 3));
        assert!(third.times(third) < up.times_up(up));
        assert_eq!(Portion::ONE.times(third), third);
        assert_eq!(Portion::ONE.times_up(third), third);
        assert_eq!(Portion::of(u64::MAX, u64::MAX), Portion::ONE);
        assert_eq!(Portion::of(u64::MAX - 1, u64::MAX), Portion(ONE - 1));
    }

    #[test]
    fn a_ratio_of_very_large_parts_is_one_all_the_same() {
        assert_eq!(Spent::ratio(1 << 120, 1 << 121), Spent::ratio(1, 2));
        assert!(Spent::ratio(u128::MAX, 1).is_all());
        assert_eq!(Spent::ratio(0, 7), Spent::default());
    }
}
