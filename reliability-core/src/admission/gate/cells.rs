//! The counts of one gate, on one thread each, and the book that keeps all of them.
//!
//! Only its own thread writes a set of cells, so counting is a plain load and store. Nothing is ever folded: when a thread
//! ends, its cells go back on the shelf as they are, and the next thread that comes goes on counting in them. So the
//! sum over all cells is the sum of everything that ever happened, however many threads came and went, and there are
//! as many sets of cells as threads used the gate at once at the most (1.3 KiB each).
//!
//! In flight is what was admitted less what left. A request may be admitted on one thread and leave on another. What left is
//! stored with release; the reader loads what left (acquire) from all cells before it loads what was admitted from any. So
//! whatever it saw leave it also sees admitted, and in flight is never negative. It may be too high by what came and went while it
//! was adding up, which takes microseconds.
//!
//! Narrow cells (32 bits) wrap. A reader takes differences to what it saw before, which is right as long as it looks once
//! in 2³² requests; a gate looks every few milliseconds while requests come.

use crate::admission::ask::{BINS, CELLS};
use crate::sync::{AtomicU32, AtomicU64, Mutex, Ordering, lock};

/// Rare things, counted one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rare {
    /// Left without saying anything about how long requests take: a stream that was let go.
    Detached,
    /// A stream that was let go has ended.
    StreamEnded,
    /// Left, and the caller said that it went wrong.
    Failed,
    /// Refused because of its deadline; those by the cut are the rest.
    Late,
    /// Refused because a share of the traffic is refused on purpose.
    Forced,
    /// Refused because the gate was full.
    Full,
    /// Refused because the breaker is open.
    Open,
    /// Refused because as many retries run as may.
    Retries,
    /// Would have been refused, but the gate only watches.
    Would,
    /// Asks that told a deadline.
    Deadlines,
    /// The microseconds that they told.
    DeadlineMicros,
}

const RARE: usize = 11;

/// What one thread counted at one gate.
#[repr(C, align(128))]
#[derive(Debug)]
pub(crate) struct Cells {
    /// Left, and how long they were inside.
    completed: AtomicU64,
    /// In ticks of the clock.
    ticks: AtomicU64,
    rare: [AtomicU64; RARE],
    admitted: [AtomicU32; CELLS],
    refused: [AtomicU32; CELLS],
}

#[inline]
fn own_add(counter: &AtomicU64, n: u64, ordering: Ordering) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(n), ordering);
}

#[inline]
fn own_add_narrow(counter: &AtomicU32, n: u32) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(n), Ordering::Release);
}

impl Cells {
    fn new() -> Self {
        Self {
            completed: AtomicU64::new(0),
            ticks: AtomicU64::new(0),
            rare: std::array::from_fn(|_| AtomicU64::new(0)),
            admitted: std::array::from_fn(|_| AtomicU32::new(0)),
            refused: std::array::from_fn(|_| AtomicU32::new(0)),
        }
    }

    /// Counts an admission in a cell below [`CELLS`].
    #[inline]
    pub(crate) fn admit(&self, cell: u16, cost: u16) {
        if let Some(cell) = self.admitted.get(usize::from(cell)) {
            own_add_narrow(cell, u32::from(cost));
        }
    }

    /// Counts a refusal, and gives its number.
    #[inline]
    pub(crate) fn refuse(&self, cell: u16, cost: u16) -> u32 {
        let Some(cell) = self.refused.get(usize::from(cell)) else { return 0 };
        own_add_narrow(cell, u32::from(cost));
        cell.load(Ordering::Relaxed)
    }

    /// Counts that an admitted one left.
    #[inline]
    pub(crate) fn complete(&self, ticks: u64, cost: u16) {
        own_add(&self.ticks, ticks, Ordering::Relaxed);
        own_add(&self.completed, u64::from(cost), Ordering::Release);
    }

    #[inline]
    pub(crate) fn rare(&self, what: Rare, n: u64) {
        own_add(&self.rare[what as usize], n, Ordering::Release);
    }
}

/// Everything that was ever counted, as read at one moment. Narrow cells are modulo 2³².
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) completed: u64,
    pub(crate) ticks: u64,
    rare: [u64; RARE],
    pub(crate) admitted: [u32; CELLS],
    pub(crate) refused: [u32; CELLS],
}

impl Sums {
    pub(crate) const ZERO: Self =
        Self { completed: 0, ticks: 0, rare: [0; RARE], admitted: [0; CELLS], refused: [0; CELLS] };

    pub(crate) fn of(&self, what: Rare) -> u64 {
        self.rare[what as usize]
    }

    /// Admitted and not left yet. Below 2³² by the width of the cells.
    pub(crate) fn in_flight(&self) -> u64 {
        let admitted = self.admitted.iter().fold(0_u32, |sum, one| sum.wrapping_add(*one));
        let left = self.completed.wrapping_add(self.of(Rare::Detached)) as u32;
        u64::from(admitted.wrapping_sub(left))
    }
}

/// Takes the bins that a cell's count belongs to: its own, or sixteen in equal parts, of which the rest begins at `turn`.
pub(crate) fn spread(cell: usize, count: u32, turn: usize, mut to: impl FnMut(usize, u32)) {
    if cell < BINS {
        return to(cell, count);
    }
    let first = (cell - BINS) * UNNAMED % BINS;
    let (each, rest) = (count / UNNAMED as u32, count as usize % UNNAMED);
    for place in 0..UNNAMED {
        let more = (place + UNNAMED - turn % UNNAMED) % UNNAMED < rest;
        to(first + place, each + u32::from(more));
    }
}

/// Bins of one class and of first attempts or not.
const UNNAMED: usize = BINS / (CELLS - BINS);

/// All cells of a gate.
#[derive(Debug)]
pub(crate) struct Books {
    all: Mutex<Shelf>,
}

#[derive(Debug, Default)]
struct Shelf {
    all: Vec<&'static Cells>,
    /// Those whose threads have ended.
    free: Vec<&'static Cells>,
    /// Of threads that have no storage of their own any more; written under the lock.
    standing: Option<&'static Cells>,
}

impl Shelf {
    fn open(&mut self) -> &'static Cells {
        self.free.pop().unwrap_or_else(|| {
            // lives as long as the process, and is used again
            let cells: &'static Cells = Box::leak(Box::new(Cells::new()));
            self.all.push(cells);
            cells
        })
    }
}

impl Books {
    pub(crate) fn new() -> Self {
        Self { all: Mutex::new(Shelf::default()) }
    }

    /// Cells for the calling thread. Waits at most for a sum or another thread's first call.
    pub(crate) fn open(&self) -> &'static Cells {
        lock(&self.all).open()
    }

    /// Takes the cells of a thread that ends.
    pub(crate) fn close(&self, cells: &'static Cells) {
        lock(&self.all).free.push(cells);
    }

    /// Counts for a thread that has no storage of its own any more.
    pub(crate) fn standing<R>(&self, count: impl FnOnce(&Cells) -> R) -> R {
        let mut kept = lock(&self.all);
        let cells = match kept.standing {
            Some(cells) => cells,
            None => kept.open(),
        };
        kept.standing = Some(cells);
        count(cells)
    }

    /// Adds everything up: what left before what was admitted.
    pub(crate) fn sum(&self) -> Sums {
        let kept = lock(&self.all);
        let mut sums = Sums::ZERO;
        for cells in &kept.all {
            sums.completed = sums.completed.wrapping_add(cells.completed.load(Ordering::Acquire));
            sums.ticks = sums.ticks.wrapping_add(cells.ticks.load(Ordering::Relaxed));
            for (sum, cell) in sums.rare.iter_mut().zip(&cells.rare) {
                *sum = sum.wrapping_add(cell.load(Ordering::Acquire));
            }
        }
        for cells in &kept.all {
            for (sum, cell) in sums.admitted.iter_mut().zip(&cells.admitted) {
                *sum = sum.wrapping_add(cell.load(Ordering::Relaxed));
            }
            for (sum, cell) in sums.refused.iter_mut().zip(&cells.refused) {
                *sum = sum.wrapping_add(cell.load(Ordering::Relaxed));
            }
        }
        sums
    }

    /// How many sets of cells there are.
    #[cfg(all(test, loom))]
    pub(crate) fn sets(&self) -> usize {
        lock(&self.all).all.len()
    }
}
