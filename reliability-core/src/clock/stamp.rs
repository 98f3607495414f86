//! One reading of the clock that calls are timed by, small enough to travel with a permit.
//!
//! A reading stands in one word, so that a gate and the call around it share it: the highest bit says which of the two clocks
//! it was read from (see [`ticks`](super::ticks)), the rest is the reading. The difference of two readings of one clock is a
//! subtraction, because the bit cancels; two readings of different clocks, or one that runs backwards, differ by more than
//! 2⁶² and are zero apart, never a huge duration.
//!
//! Limits: 2⁶² ticks, which at 4 GHz are 36 years.

use super::lease;
use super::ticks::{rate, read};

const BY_COUNTER: u64 = 1 << 63;
const MOST: u64 = 1 << 62;

/// A reading of the clock that calls are timed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp(u64);

impl Stamp {
    /// Reads the clock.
    #[inline]
    pub fn now() -> Self {
        let (reading, by_counter) = read();
        Self::of(reading, by_counter)
    }

    #[inline]
    pub(super) fn of(reading: u64, by_counter: bool) -> Self {
        Self(if by_counter { reading | BY_COUNTER } else { reading & !BY_COUNTER })
    }

    /// A reading of a clock that the caller moves: so many nanoseconds since its beginning.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos & !BY_COUNTER)
    }

    /// The word.
    #[inline]
    pub(crate) fn raw(self) -> u64 {
        self.0
    }

    /// Compares it with the end of the lease on what the loop engaged: see [`lease`].
    #[inline]
    pub(crate) fn check_lease(self) {
        if self.0 & BY_COUNTER == 0 {
            lease::check_nanos(self.0);
        } else {
            lease::check_ticks(self.0 & !BY_COUNTER);
        }
    }

    /// Ticks from `earlier` until this, 0 where that makes no sense.
    #[inline]
    pub(crate) fn ticks_since(self, earlier: Self) -> u64 {
        let ticks = self.0.wrapping_sub(earlier.0);
        if ticks < MOST { ticks } else { 0 }
    }

    /// Ticks of this reading's clock in nanoseconds.
    pub(crate) fn nanos_of(self, ticks: u64) -> u64 {
        if self.0 & BY_COUNTER == 0 { ticks } else { (ticks as f64 * rate()) as u64 }
    }

    /// Nanoseconds in ticks of this reading's clock.
    pub(crate) fn ticks_of(self, nanos: u64) -> u64 {
        if self.0 & BY_COUNTER == 0 { nanos } else { (nanos as f64 / rate()) as u64 }
    }

    /// Nanoseconds from `earlier` until this, 0 where that makes no sense.
    pub fn nanos_since(self, earlier: Self) -> u64 {
        self.nanos_of(self.ticks_since(earlier))
    }

    /// The zero of this reading's clock.
    pub(crate) fn origin(self) -> Self {
        Self(self.0 & BY_COUNTER)
    }

    /// The reading so many ticks later.
    pub(crate) fn raw_plus(self, ticks: u64) -> u64 {
        (self.0 & BY_COUNTER) | ((self.0 & !BY_COUNTER).saturating_add(ticks) & !BY_COUNTER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_of_different_clocks_and_backward_ones_are_nothing_apart() {
        let (system, counter) = (Stamp::of(5_000, false), Stamp::of(7_000, true));
        assert_eq!(counter.ticks_since(system), 0);
        assert_eq!(system.ticks_since(counter), 0);
        assert_eq!(Stamp::of(5, true).ticks_since(Stamp::of(9, true)), 0);
        assert_eq!(Stamp::of(9, true).ticks_since(Stamp::of(5, true)), 4);
        assert_eq!(Stamp::from_nanos(u64::MAX).nanos_since(Stamp::from_nanos(0)), 0);
        assert_eq!(Stamp::from_nanos(30).nanos_since(Stamp::from_nanos(10)), 20);
    }
}
