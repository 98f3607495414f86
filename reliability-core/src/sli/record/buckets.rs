//! Which cell a duration falls into.
//!
//! Durations are counted in 210 logarithmic-linear buckets: everything up to 1.023 µs, then eight per octave up to 2³⁶ ns
//! (68.7 s), then everything beyond. A bucket is (lower, upper], as Prometheus reads `le`, and its bounds differ by at most
//! 12.5 %, so a percentile read from it is off by at most 12.5 % of its value.
//!
//! **Nanoseconds, not raw ticks.** Bucketing the counter's raw ticks would save the scaling (about 2 ns), but then the
//! bounds would differ from machine to machine, and histograms of a fleet could not be added. So they are the same
//! everywhere.
//!
//! **A double is a logarithmic-linear number.** Its exponent is the octave, the three highest bits of its fraction are the
//! eighth within it. So a duration is scaled to nanoseconds as a double, and its bucket is a shift of its bits: four
//! operations shorter than the same in integers, on the path where each call waits for the result. Up to 2⁵³ ns (104 days)
//! whole nanoseconds are exact in it, thresholds included.
//!
//! **Thresholds are bounds.** A latency objective is judged against its own threshold, exactly. Each threshold splits the
//! bucket that it falls into: the cell of a duration is its bucket plus the number of thresholds below it. One increment
//! then says everything, with nothing to tear between "counted" and "counted as slow".

use crate::spec::{MAX_LATENCIES, SliSpec};

const PER_OCTAVE: u64 = 8;
const FIRST_OCTAVE: u32 = 10;
// the model checker tries every order of every access, so its rows are short
const LAST_OCTAVE: u32 = if cfg!(loom) { FIRST_OCTAVE } else { 36 };
const BUCKETS: usize = ((LAST_OCTAVE - FIRST_OCTAVE) as usize) * PER_OCTAVE as usize + 2;

/// Cells of one row: the buckets, one more for each threshold, and one for events without a duration.
pub(crate) const CELLS: usize = BUCKETS + MAX_LATENCIES + 1;
/// The cell of events without a duration.
pub(crate) const UNTIMED: usize = CELLS - 1;

/// Thresholds in ascending order, in nanoseconds, the unused ones at the end infinite.
pub(crate) type Thresholds = [f64; MAX_LATENCIES];

/// The cell of a duration.
#[inline]
pub(crate) fn cell(nanos: f64, thresholds: &Thresholds) -> usize {
    bucket(nanos) + thresholds.iter().filter(|threshold| nanos > **threshold).count()
}

/// The cell of a duration that is beyond no threshold.
#[inline]
pub(crate) fn bucket(nanos: f64) -> usize {
    // exponent bias 1023, 52 bits of fraction of which three remain
    const FIRST: i64 = ((1023 + FIRST_OCTAVE as i64) << 3) - 1;
    // (lower, upper]: 2^k itself belongs to the bucket that ends there, hence the bit pattern just below
    let at = ((nanos.to_bits() as i64 - 1) >> 49) - FIRST;
    // branches, not a clamp: they are foreseen, so that counting need not wait for them
    if at < 0 {
        0
    } else if at < BUCKETS as i64 {
        at as usize
    } else {
        beyond()
    }
}

#[cold]
#[inline(never)]
fn beyond() -> usize {
    BUCKETS - 1
}

/// The upper bounds of all cells but the last (which has none), in nanoseconds, for given thresholds.
pub(crate) fn upper_bounds(thresholds: &Thresholds) -> Vec<u64> {
    let octaves = (FIRST_OCTAVE..LAST_OCTAVE).flat_map(|octave| (8..16).map(move |lead| lead << (octave - 3)));
    let mut bounds: Vec<u64> = octaves.chain([1 << LAST_OCTAVE]).collect();
    bounds.extend(thresholds.iter().filter(|threshold| threshold.is_finite()).map(|threshold| *threshold as u64));
    bounds.sort_unstable();
    bounds
}

/// The thresholds of an SLI, in the form that [`cell`] takes.
pub(crate) fn thresholds(spec: &SliSpec) -> Thresholds {
    let mut thresholds = [f64::INFINITY; MAX_LATENCIES];
    for (slot, latency) in thresholds.iter_mut().zip(spec.latencies()) {
        *slot = latency.threshold().as_nanos() as f64;
    }
    thresholds.sort_unstable_by(f64::total_cmp);
    thresholds
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn a_duration_lies_within_the_bounds_of_its_cell(
            octave in 0_u32..40, low in any::<u64>(), raw in prop::collection::btree_set(1_000_u64..60_000_000_000, 0..=5),
        ) {
            let nanos = (1 << octave) + low % (1 << octave);
            let mut thresholds = [f64::INFINITY; MAX_LATENCIES];
            for (slot, threshold) in thresholds.iter_mut().zip(raw) { *slot = threshold as f64; }
            let bounds = upper_bounds(&thresholds);
            let at = cell(nanos as f64, &thresholds);
            prop_assert!(at < UNTIMED);
            prop_assert!(at == bounds.len() || nanos <= bounds[at], "{nanos} is above {}", bounds[at]);
            prop_assert!(at == 0 || nanos > bounds[at - 1], "{nanos} is not above {}", bounds[at - 1]);
        }
    }

    #[test]
    fn bounds_themselves_and_their_successors_are_told_apart() {
        let mut thresholds = [f64::INFINITY; MAX_LATENCIES];
        thresholds[0] = 250_000_000.0;
        let bounds = upper_bounds(&thresholds);
        assert_eq!(bounds.len(), BUCKETS);
        for (i, bound) in bounds.iter().enumerate() {
            assert_eq!(cell(*bound as f64, &thresholds), i);
            assert_eq!(cell((*bound + 1) as f64, &thresholds), i + 1);
        }
        assert_eq!(cell(0.0, &thresholds), 0);
        assert_eq!(cell(u64::MAX as f64, &thresholds), BUCKETS);
    }
}
