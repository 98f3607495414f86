//! All counts of one SLI: the blocks of live threads, and one wide store for everything that left them.
//!
//! One lock guards the list of blocks and the wide store. It is taken by the loop when it reads, by a thread's first call
//! and by its end, and never waited for by a request: a writer whose cell is due for carrying only *tries* it, once in
//! 2³¹ increments, and tries again at the next. Carrying and reading exclude each other, so a count is always in exactly
//! one place: totals are monotone, and good never exceeds valid.

use super::block::{Block, CANCELLED, CARRY_BY, Row};
use super::buckets::{CELLS, Thresholds, UNTIMED, thresholds};
use crate::sli::failures::Failures;
use crate::spec::{Cancelled, MAX_LATENCIES, SliSpec, Timing};
use crate::sync::{Arc, AtomicU32, Mutex, Ordering, fence, lock};

/// Cumulative counts of one SLI, read at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) started: u64,
    pub(crate) good: u64,
    pub(crate) bad: u64,
    pub(crate) ignored: u64,
    pub(crate) shed: u64,
    /// Answered by something cheaper: a mark beside the outcome, no class of its own.
    pub(crate) degraded: u64,
    pub(crate) cancelled: [u64; CANCELLED],
    /// Good and no slower than the threshold, for each threshold in ascending order.
    pub(crate) good_within: [u64; MAX_LATENCIES],
    /// Good without a duration: no latency objective can judge them.
    pub(crate) good_untimed: u64,
    /// Sum of the durations of good and bad events.
    pub(crate) nanos: u64,
}

impl Totals {
    pub(crate) fn ended(&self) -> u64 {
        self.good + self.bad + self.ignored + self.shed + self.cancelled.iter().sum::<u64>()
    }

    /// Combines two readings, counter by counter.
    pub(crate) fn map2(&self, other: &Self, f: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            started: f(self.started, other.started),
            good: f(self.good, other.good),
            bad: f(self.bad, other.bad),
            ignored: f(self.ignored, other.ignored),
            shed: f(self.shed, other.shed),
            degraded: f(self.degraded, other.degraded),
            cancelled: std::array::from_fn(|i| f(self.cancelled[i], other.cancelled[i])),
            good_within: std::array::from_fn(|i| f(self.good_within[i], other.good_within[i])),
            good_untimed: f(self.good_untimed, other.good_untimed),
            nanos: f(self.nanos, other.nanos),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Meter {
    spec: SliSpec,
    thresholds: Thresholds,
    /// Bounds of the classes of dropped calls: the thresholds and the patience, ascending.
    patience: [f64; CANCELLED - 1],
    store: Mutex<Store>,
    /// Something bad or slow was counted since the loops last looked: a bit for each, so that none hides it from another.
    dirty: AtomicU32,
    pub(crate) failures: Failures,
    /// The SLI of which this one counts a single label value.
    parent: Option<Arc<Meter>>,
    /// The position of the whole SLI, by which a journey knows its parts.
    root: u32,
    children: Mutex<Vec<(&'static str, Arc<Meter>)>>,
}

#[derive(Debug, Default)]
struct Store {
    blocks: Vec<Arc<Block>>,
    retired: Option<Box<Wide>>,
}

/// What left the blocks.
#[derive(Clone, Debug)]
struct Wide {
    good: [u64; CELLS],
    bad: [u64; CELLS],
    rest: Totals,
}

impl Default for Wide {
    fn default() -> Self {
        Self { good: [0; CELLS], bad: [0; CELLS], rest: Totals::default() }
    }
}

impl Wide {
    fn row(&mut self, row: Row) -> &mut [u64; CELLS] {
        match row {
            Row::Good => &mut self.good,
            Row::Bad => &mut self.bad,
        }
    }
}

impl Meter {
    pub(crate) fn new(spec: SliSpec, parent: Option<Arc<Meter>>) -> Self {
        let thresholds = thresholds(&spec);
        let mut bounds = [spec.patience().as_nanos() as f64; CANCELLED - 1];
        bounds[..MAX_LATENCIES].copy_from_slice(&thresholds);
        bounds.sort_unstable_by(f64::total_cmp);
        Self {
            spec,
            thresholds,
            patience: bounds,
            store: Mutex::new(Store::default()),
            dirty: AtomicU32::new(0),
            failures: Failures::new(),
            parent,
            root: u32::MAX,
            children: Mutex::new(Vec::new()),
        }
    }

    /// The same as the meter of the SLI at this position, or of a value of its label.
    pub(crate) fn at(self, position: u32) -> Self {
        Self { root: self.parent.as_ref().map_or(position, |parent| parent.root), ..self }
    }

    /// The position of the whole SLI.
    #[inline]
    pub(crate) fn root(&self) -> u32 {
        self.root
    }

    pub(crate) fn spec(&self) -> &SliSpec {
        &self.spec
    }

    pub(crate) fn thresholds(&self) -> &Thresholds {
        &self.thresholds
    }

    /// The class of a dropped call, by how many bounds it had outlived. Without timing nobody knows, so it counts as the
    /// most patient: never better than it may have been.
    pub(crate) fn cancelled_class(&self, nanos: f64) -> usize {
        if self.spec.timing == Timing::Off {
            return CANCELLED - 1;
        }
        self.patience.iter().filter(|bound| nanos > **bound).count()
    }

    /// Of the dropped calls, those that are bad for a bound: a threshold, or the patience when `None`.
    pub(crate) fn cancelled_bad(&self, totals: &Totals, threshold: Option<f64>) -> u64 {
        match (self.spec.cancelled, self.spec.timing) {
            (Cancelled::Ignored, _) => 0,
            (Cancelled::Bad, _) | (_, Timing::Off) => totals.cancelled.iter().sum(),
            (Cancelled::ByPatience, _) => {
                let bound = threshold.unwrap_or(self.spec.patience().as_nanos() as f64);
                let outlived = self.patience.iter().filter(|other| **other <= bound).count();
                totals.cancelled[outlived..].iter().sum()
            }
        }
    }

    /// Whether a dropped call of this age is bad for availability.
    pub(crate) fn cancelled_is_bad(&self, nanos: f64) -> bool {
        match (self.spec.cancelled, self.spec.timing) {
            (Cancelled::Ignored, _) => false,
            (Cancelled::Bad, _) | (_, Timing::Off) => true,
            (Cancelled::ByPatience, _) => nanos > self.spec.patience().as_nanos() as f64,
        }
    }

    /// A block for the calling thread.
    pub(crate) fn open(&self) -> Arc<Block> {
        let block = Arc::new(Block::new(self.thresholds));
        lock(&self.store).blocks.push(Arc::clone(&block));
        block
    }

    /// Takes in the counts of a thread that ends.
    pub(crate) fn retire(&self, block: &Arc<Block>) {
        let mut store = lock(&self.store);
        let Some(at) = store.blocks.iter().position(|other| Arc::ptr_eq(other, block)) else { return };
        store.blocks.swap_remove(at);
        let wide = store.retired.get_or_insert_default();
        for row in [Row::Good, Row::Bad] {
            for (to, from) in wide.row(row).iter_mut().zip(block.row(row)) {
                *to += u64::from(from.load(Ordering::Acquire));
            }
        }
        wide.rest = wide.rest.map2(&block.ends(), u64::wrapping_add);
        wide.rest.started += block.started.load(Ordering::Relaxed);
    }

    /// Moves a narrow cell into the wide store if the store is free; waits for it only when the cell would otherwise wrap,
    /// after a thousand million tries in vain. Called by the block's own thread only.
    #[cold]
    #[inline(never)]
    pub(crate) fn carry(&self, block: &Block, row: Row, cell: usize) {
        let narrow = &block.row(row)[cell];
        let store = if narrow.load(Ordering::Relaxed) < CARRY_BY {
            self.store.try_lock().ok()
        } else {
            Some(lock(&self.store))
        };
        if let Some(mut store) = store {
            store.retired.get_or_insert_default().row(row)[cell] += u64::from(narrow.load(Ordering::Relaxed));
            narrow.store(0, Ordering::Release);
        }
    }

    /// Counts without a block: many events at once, or a thread whose own storage is already gone. Waits for the lock.
    pub(crate) fn add_wide(&self, change: impl FnOnce(&mut Totals, &mut [u64; CELLS], &mut [u64; CELLS])) {
        let mut store = lock(&self.store);
        let Wide { good, bad, rest } = &mut **store.retired.get_or_insert_default();
        change(rest, good, bad);
    }

    /// Reads all counters, those of label values included.
    pub(crate) fn read(&self) -> Totals {
        let mut totals = self.read_own();
        for (_, child) in lock(&self.children).iter() {
            totals = totals.map2(&child.read_own(), u64::wrapping_add);
        }
        totals
    }

    /// The same without waiting, for a request that asks: nothing while somebody else reads or carries.
    pub(crate) fn try_read(&self) -> Option<Totals> {
        let mut totals = self.sum(&*self.store.try_lock().ok()?);
        for (_, child) in self.children.try_lock().ok()?.iter() {
            totals = totals.map2(&child.sum(&*child.store.try_lock().ok()?), u64::wrapping_add);
        }
        Some(totals)
    }

    fn read_own(&self) -> Totals {
        self.sum(&lock(&self.store))
    }

    fn sum(&self, store: &Store) -> Totals {
        let mut totals = Totals::default();
        if let Some(wide) = &store.retired {
            totals = wide.rest;
            self.sum_rows(&mut totals, |row, cell| match row {
                Row::Good => wide.good[cell],
                Row::Bad => wide.bad[cell],
            });
        }
        for block in &store.blocks {
            self.sum_rows(&mut totals, |row, cell| u64::from(block.row(row)[cell].load(Ordering::Acquire)));
            totals = totals.map2(&block.ends(), u64::wrapping_add);
        }
        // all ends before any start, since a call may begin on one thread and end on another: see `block`
        totals.started += store.blocks.iter().map(|block| block.started.load(Ordering::Relaxed)).sum::<u64>();
        totals
    }

    fn sum_rows(&self, totals: &mut Totals, at: impl Fn(Row, usize) -> u64) {
        let mut good: u64 = 0;
        let mut from = 0;
        for (within, threshold) in totals.good_within.iter_mut().zip(&self.thresholds) {
            if threshold.is_finite() {
                let upto = super::buckets::cell(*threshold, &self.thresholds);
                good += (from..=upto).map(|cell| at(Row::Good, cell)).sum::<u64>();
                from = upto + 1;
                *within += good;
            }
        }
        good += (from..UNTIMED).map(|cell| at(Row::Good, cell)).sum::<u64>();
        let untimed = at(Row::Good, UNTIMED);
        totals.good += good + untimed;
        totals.good_untimed += untimed;
        totals.bad += (0..CELLS).map(|cell| at(Row::Bad, cell)).sum::<u64>();
    }

    /// Good and bad events by cell, those of label values included.
    pub(crate) fn read_cells(&self) -> ([u64; CELLS], [u64; CELLS]) {
        let (mut good, mut bad) = self.read_own_cells();
        for (_, child) in lock(&self.children).iter() {
            let more = child.read_own_cells();
            good.iter_mut().zip(more.0).for_each(|(to, from)| *to += from);
            bad.iter_mut().zip(more.1).for_each(|(to, from)| *to += from);
        }
        (good, bad)
    }

    fn read_own_cells(&self) -> ([u64; CELLS], [u64; CELLS]) {
        let store = lock(&self.store);
        let (mut good, mut bad) = store.retired.as_ref().map_or(([0; CELLS], [0; CELLS]), |wide| (wide.good, wide.bad));
        for block in &store.blocks {
            let add = |to: &mut [u64; CELLS], row| {
                to.iter_mut().zip(block.row(row)).for_each(|(to, from)| *to += u64::from(from.load(Ordering::Acquire)));
            };
            add(&mut good, Row::Good);
            add(&mut bad, Row::Bad);
        }
        (good, bad)
    }

    /// Marks that the loop should look, here and at the SLI of which this counts a label value.
    ///
    /// Either the loop's reading after it forgot the mark sees what was counted before, or the mark stays: the two fences
    /// forbid that each side misses the other's store.
    pub(crate) fn mark_dirty(&self) {
        fence(Ordering::SeqCst);
        // a look first: in a storm of failures the line stays shared among the threads that find it marked
        if self.dirty.load(Ordering::Relaxed) != u32::MAX {
            self.dirty.store(u32::MAX, Ordering::Relaxed);
        }
        if let Some(parent) = &self.parent {
            parent.mark_dirty();
        }
    }

    /// Whether it was marked since the last time for the loop of this bit, and forgets it for that loop alone.
    pub(crate) fn take_dirty(&self, ear: u32) -> bool {
        let marked =
            self.dirty.load(Ordering::Relaxed) & ear != 0 && self.dirty.fetch_and(!ear, Ordering::Relaxed) & ear != 0;
        if marked {
            fence(Ordering::SeqCst);
        }
        marked
    }

    /// Where failures are remembered: with the whole SLI, not with one label value.
    pub(crate) fn failures(&self) -> &Failures {
        self.parent.as_ref().map_or(&self.failures, |parent| &parent.failures)
    }

    pub(crate) fn adopt(&self, value: &'static str, child: &Arc<Meter>) {
        lock(&self.children).push((value, Arc::clone(child)));
    }

    /// How many threads have counted here and still live.
    #[cfg(all(test, loom))]
    pub(crate) fn live_blocks(&self) -> usize {
        lock(&self.store).blocks.len()
    }

    /// Lets go of the label values, which hold this in turn.
    pub(crate) fn disown(&self) {
        lock(&self.children).clear();
    }

    /// The counts of each label value.
    pub(crate) fn by_label(&self) -> Vec<(&'static str, Totals)> {
        lock(&self.children).iter().map(|(value, child)| (*value, child.read_own())).collect()
    }
}

impl Block {
    /// Ends that are in neither row, and the sum of durations.
    fn ends(&self) -> Totals {
        Totals {
            ignored: self.ignored.load(Ordering::Acquire),
            shed: self.shed.load(Ordering::Acquire),
            degraded: self.degraded.load(Ordering::Relaxed),
            cancelled: std::array::from_fn(|i| self.cancelled[i].load(Ordering::Acquire)),
            nanos: f64::from_bits(self.nanos.load(Ordering::Relaxed)) as u64,
            ..Totals::default()
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_mark_that_one_loop_took_is_still_there_for_another() {
        let meter = Meter::new(SliSpec::new("marked"), None);
        assert!(!meter.take_dirty(1));
        meter.mark_dirty();
        assert!(meter.take_dirty(1) && meter.take_dirty(2));
        assert!(!meter.take_dirty(1) && !meter.take_dirty(2));
        meter.mark_dirty();
        assert!(meter.take_dirty(2), "a mark after a partial take reaches everybody again");
    }
}
