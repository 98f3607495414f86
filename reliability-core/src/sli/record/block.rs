//! The counts of one SLI on one thread.
//!
//! Only its own thread writes a block, so an increment is a plain load and store: no locked instruction, no line of the
//! cache that another thread writes. Cells of outcomes with a duration are 32 bits wide to keep a block under 2 KiB; a
//! cell that reaches 2³¹ is carried into the meter's wide store (see `meter`), which leaves it a thousand million further
//! increments to find the store's lock free. The other counters are 64 bits wide: at 10⁹ a second they last 584 years.
//!
//! Ordering: an outcome is stored with release and read with acquire, and a reader reads outcomes before starts. So a reader
//! that sees a call's end also sees its beginning, and "in flight" is never negative. Everything else is relaxed: each
//! counter alone is monotone, and good and valid are sums over the same cells.

use super::buckets::{CELLS, Thresholds};
use crate::spec::MAX_LATENCIES;
use crate::sync::{AtomicU32, AtomicU64, Ordering};

/// Classes of dropped calls: by how many of the thresholds and the patience they had outlived.
pub(crate) const CANCELLED: usize = MAX_LATENCIES + 2;

/// When a narrow cell is carried. Small under the model checker, so that a model reaches it.
pub(super) const CARRY_AT: u32 = if cfg!(loom) { 2 } else { 1 << 31 };
/// When the carrier waits for the lock instead of trying it.
pub(super) const CARRY_BY: u32 = 3 << 30;

/// A row of narrow cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    Good,
    Bad,
}

#[repr(C, align(64))]
#[derive(Debug)]
pub(crate) struct Block {
    // what every call touches comes first, in one cache line
    pub(super) started: AtomicU64,
    /// The sum of durations: the bits of a double, exact up to 104 days.
    pub(super) nanos: AtomicU64,
    pub(super) thresholds: Thresholds,
    pub(super) ignored: AtomicU64,
    pub(super) good: [AtomicU32; CELLS],
    pub(super) bad: [AtomicU32; CELLS],
    pub(super) cancelled: [AtomicU64; CANCELLED],
    pub(super) shed: AtomicU64,
    /// Answered by something cheaper, whatever the outcome.
    pub(super) degraded: AtomicU64,
}

impl Block {
    pub(super) fn new(thresholds: Thresholds) -> Self {
        Self {
            started: AtomicU64::new(0),
            nanos: AtomicU64::new(0),
            thresholds,
            ignored: AtomicU64::new(0),
            good: std::array::from_fn(|_| AtomicU32::new(0)),
            bad: std::array::from_fn(|_| AtomicU32::new(0)),
            cancelled: std::array::from_fn(|_| AtomicU64::new(0)),
            shed: AtomicU64::new(0),
            degraded: AtomicU64::new(0),
        }
    }

    #[inline]
    pub(crate) fn thresholds(&self) -> &Thresholds {
        &self.thresholds
    }

    pub(super) fn row(&self, row: Row) -> &[AtomicU32; CELLS] {
        match row {
            Row::Good => &self.good,
            Row::Bad => &self.bad,
        }
    }

    #[inline]
    pub(crate) fn add_started(&self, n: u64) {
        own_add(&self.started, n, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn add_ignored(&self, n: u64) {
        own_add(&self.ignored, n, Ordering::Release);
    }

    pub(crate) fn add_shed(&self, n: u64) {
        own_add(&self.shed, n, Ordering::Release);
    }

    pub(crate) fn add_degraded(&self, n: u64) {
        own_add(&self.degraded, n, Ordering::Relaxed);
    }

    pub(crate) fn add_cancelled(&self, class: usize, n: u64) {
        own_add(&self.cancelled[class], n, Ordering::Release);
    }

    /// Counts one event in a cell and its duration in the sum. True when the cell must be carried.
    #[inline]
    #[must_use]
    pub(crate) fn add(&self, row: Row, cell: usize, nanos: f64) -> bool {
        let sum = f64::from_bits(self.nanos.load(Ordering::Relaxed)) + nanos;
        self.nanos.store(sum.to_bits(), Ordering::Relaxed);
        let cell = &self.row(row)[cell];
        // does not wrap: `carry` is called at every increment from CARRY_AT on, and insists long before the end
        let value = cell.load(Ordering::Relaxed).wrapping_add(1);
        cell.store(value, Ordering::Release);
        value >= CARRY_AT
    }
}

#[inline]
fn own_add(counter: &AtomicU64, n: u64, ordering: Ordering) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(n), ordering);
}

#[cfg(all(test, not(loom)))]
mod tests {
    #[test]
    fn a_block_with_its_owner_count_stays_under_two_kibibytes() {
        // an `Arc` puts its two counters in front, padded to the alignment
        assert!(size_of::<super::Block>() + 64 + 2 * size_of::<usize>() * 2 <= 2048, "{}", size_of::<super::Block>());
    }
}
