//! When somebody who was refused should ask again: `Retry-After`.
//!
//! How long an overload will last nobody knows; what is known is how long it has lasted. Of something about which only that is known,
//! the middle of all guesses is that it lasts as long again (Gott, *Implications of the Copernican principle*, Nature 363, 1993: the
//! median of what is left is the age, whatever the scale). So the estimate is the time for which the gate has refused, and at least what
//! one that is let in now must wait inside. It grows with the overload as an exponential back-off does, without anybody counting attempts. A gate
//! has refused until it has refused nobody for a second.
//!
//! Clients that are all told the same come back in step, and are the next overload. So each is told a time of its own, evenly between
//! the estimate and twice that and a second more (jitter: Brooker, *Exponential backoff and jitter*, 2015; the second because the header
//! counts whole ones, RFC 9110 section 10.2.3). It is not drawn but dealt: the gate's count of refusals times the golden ratio, whose
//! fractions fill an interval more evenly than chance does (Knuth, volume 3, section 6.4), for one multiplication and no state.
//!
//! At least [`LEAST`], and below [`MOST`]: who is told an hour never learns that it took a minute.

use crate::clock::Stamp;

/// Milliseconds that everybody is told to wait at least.
pub(crate) const LEAST: u32 = 1_000;
/// Nobody is told to wait for so many milliseconds or more.
const MOST: u32 = 60_000;
/// The greatest estimate.
const GREATEST: u32 = (MOST - LEAST) / 2;
/// Without a refusal for so long, in nanoseconds, it is over.
const OVER: u64 = 1_000_000_000;

/// Since when a gate refuses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusing(Option<(Stamp, Stamp)>);

impl Refusing {
    pub(super) const fn new() -> Self {
        Self(None)
    }

    /// The estimate after a look, in milliseconds: whether anybody was refused since the last one, and how long one must wait inside.
    pub(super) fn look(&mut self, stamp: Stamp, refused: bool, wait_nanos: u64) -> u32 {
        let lasts = self.0.filter(|(_, last)| refused || stamp.nanos_since(*last) < OVER);
        self.0 = match lasts {
            Some((since, last)) => Some((since, if refused { stamp } else { last })),
            None => refused.then_some((stamp, stamp)),
        };
        estimate(self.0.map_or(0, |(since, _)| stamp.nanos_since(since)).max(wait_nanos))
    }
}

/// Nanoseconds as an estimate in milliseconds.
pub(crate) fn estimate(nanos: u64) -> u32 {
    u32::try_from(nanos / 1_000_000).unwrap_or(u32::MAX).clamp(LEAST, GREATEST)
}

/// The milliseconds of the refusal of this number.
#[inline]
pub(crate) fn deal(estimate: u32, number: u32) -> u32 {
    // 2³² divided by the golden ratio
    let part = u64::from(number.wrapping_mul(0x9e37_79b9));
    estimate + ((u64::from(estimate + LEAST) * part) >> 32) as u32
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn the_estimate_is_as_long_as_it_has_lasted_and_begins_anew_after_a_calm_second() {
        let mut refusing = Refusing::new();
        let mut at = |tenths: u64, refused| refusing.look(Stamp::from_nanos(SECOND + tenths * SECOND / 10), refused, 0);
        assert_eq!([at(0, true), at(1, true), at(9, false)], [1_000; 3]);
        assert_eq!((at(18, true), at(120, true)), (1_800, 12_000));
        assert_eq!((at(125, false), at(130, false)), (12_500, 1_000));
        assert_eq!((at(10_000, true), at(10_020, true)), (1_000, 2_000));
        assert_eq!(at(99_999, true), GREATEST);
    }

    #[test]
    fn what_one_must_wait_inside_is_the_least() {
        assert_eq!(Refusing::new().look(Stamp::from_nanos(SECOND), false, 5 * SECOND), 5_000);
        assert_eq!(Refusing::new().look(Stamp::from_nanos(SECOND), true, u64::MAX), GREATEST);
    }

    #[test]
    fn times_that_are_dealt_fill_the_interval_evenly_and_keep_to_the_bounds() {
        for base in [LEAST, 7_000, GREATEST] {
            let mut tenths = [0_u32; 10];
            for number in 0..1_000_u32 {
                let millis = deal(base, number.wrapping_add(u32::MAX - 500));
                assert!((base..base * 2 + LEAST).contains(&millis) && millis < MOST);
                tenths[((millis - base) * 10 / (base + LEAST)) as usize] += 1;
            }
            assert!(tenths.iter().all(|count| (95..=105).contains(count)), "{tenths:?}");
        }
    }
}
