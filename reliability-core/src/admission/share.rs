//! A share of traffic, in units that a hash of 32 bits can be compared with.
//!
//! flagd's second bucketing puts a hash into bucket `(hash × total) >> 32` of `total`, and a variant of weight `a` that comes
//! first gets the buckets below `a`. That is the same as `hash < ceil(a × 2³² / total)`, so the division is done once, here,
//! when the share is made, and a request compares two integers.

use std::fmt;

const WHOLE: u64 = 1 << 32;

/// A share of traffic between none and all, in units of 2⁻³².
///
/// ```
/// use reliability_core::Share;
/// assert_eq!(Share::ratio(1, 2).as_f64(), 0.5);
/// assert_eq!(Share::of(0.25).to_string(), "25%");
/// assert_eq!(Share::of(7.0), Share::ALL); // out of range is the nearest end
/// assert!(Share::NONE < Share::from_ppm(1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u64);

impl Share {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// Everything.
    pub const ALL: Self = Self(WHOLE);

    /// From a number in 0..=1; what lies outside is the nearest end, and what is no number is nothing.
    pub fn of(share: f64) -> Self {
        // a cast makes 0 of what is no number
        Self((share.clamp(0.0, 1.0) * WHOLE as f64) as u64)
    }

    /// `part` of `total`, rounded up as flagd's buckets are: with weights `[part, total − part]` the same keys are in.
    /// A total of 0 is nothing, more than all is all.
    pub const fn ratio(part: u32, total: u32) -> Self {
        if total == 0 {
            return Self::NONE;
        }
        if part >= total {
            return Self::ALL;
        }
        Self(((part as u64) << 32).div_ceil(total as u64))
    }

    /// From parts per million; more than a million is all.
    pub const fn from_ppm(ppm: u32) -> Self {
        Self::ratio(ppm, 1_000_000)
    }

    /// In 0..=1, exactly.
    pub const fn as_f64(self) -> f64 {
        self.0 as f64 / WHOLE as f64
    }

    /// The rest of all.
    #[must_use]
    pub const fn rest(self) -> Self {
        Self(WHOLE - self.0)
    }

    /// Whether a hash lies in it: what a flag does with the word that it loads.
    #[cfg(test)]
    const fn holds(self, hash: u32) -> bool {
        (hash as u64) < self.0
    }

    pub(crate) const fn units(self) -> u64 {
        self.0
    }

    /// The reverse of [`units`](Self::units); more than all is all.
    pub(crate) const fn from_units(units: u64) -> Self {
        if units > WHOLE { Self::ALL } else { Self(units) }
    }
}

impl fmt::Display for Share {
    /// As a percentage of at most four decimals.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = (self.as_f64() * 1_000_000.0).round() / 10_000.0;
        // a share that is not nothing, or not all, never reads as if it were
        match percent {
            0.0 if *self > Self::NONE => f.write_str("<0.0001%"),
            100.0 if *self < Self::ALL => f.write_str(">99.9999%"),
            _ => write!(f, "{percent}%"),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_ratio_holds_the_hashes_whose_bucket_lies_below_the_part(part: u32, total in 1_u32.., hash: u32) {
            let bucket = (u64::from(hash) * u64::from(total)) >> 32;
            prop_assert_eq!(Share::ratio(part, total).holds(hash), bucket < u64::from(part));
        }

        #[test]
        fn any_float_is_a_share(share: f64) {
            let made = Share::of(share);
            prop_assert!((0.0..=1.0).contains(&made.as_f64()));
            if (0.0..=1.0).contains(&share) {
                prop_assert!((made.as_f64() - share).abs() <= 1.0 / (1_u64 << 32) as f64);
            }
        }
    }

    #[test]
    fn the_ends_are_exact() {
        assert_eq!((Share::of(0.0), Share::of(1.0)), (Share::NONE, Share::ALL));
        assert_eq!((Share::of(f64::NAN), Share::of(-1.0)), (Share::NONE, Share::NONE));
        assert_eq!((Share::from_ppm(0), Share::from_ppm(2_000_000)), (Share::NONE, Share::ALL));
        assert!(!Share::NONE.holds(0) && Share::ALL.holds(u32::MAX));
        assert_eq!(Share::from_units(u64::MAX), Share::ALL);
    }

    #[test]
    fn a_text_is_never_rounded_to_an_end() {
        let texts =
            [Share::NONE, Share(1), Share::from_ppm(12_500), Share(WHOLE - 1), Share::ALL].map(|s| s.to_string());
        assert_eq!(texts, ["0%", "<0.0001%", "1.25%", ">99.9999%", "100%"]);
    }
}
