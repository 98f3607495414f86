//! One level of a history: the cumulative counts at the last slot boundaries.
//!
//! A boundary needs two counts, and as two `u64` the levels of a month would take twice the 64 KiB that an SLO may. So
//! the boundaries of a group share one wide base, and each keeps two `u32` above it: a lookup is one addition, whatever
//! the window. An offset that does not fit (more than 2³² events within a group) turns the whole ring wide, for good:
//! twice the memory, and nothing saturates or is lost.
//!
//! Slots are counted from the ring's first boundary, which keeps the arithmetic in 32 bits (the whole range of a
//! timestamp is 3.7 × 10⁹ slots of 5 s). Places are found backwards from the newest one, without a division. There are two bases
//! more than groups can be live, so the base of a new group never falls on one that is still read.

use super::kept::KeptRing;
use super::tally::Tally;

#[derive(Clone, Debug)]
pub(super) struct Ring {
    /// The boundary at or before the beginning: nothing had been counted there.
    first: i64,
    /// The newest boundary recorded.
    last: i64,
    /// A group is 2^`shift` boundaries.
    shift: u32,
    /// The group of the newest boundary.
    group: u32,
    /// Where the newest boundary and the newest base lie.
    newest: (usize, usize),
    bases: Box<[Tally]>,
    cells: Cells,
}

#[derive(Clone, Debug)]
enum Cells {
    /// Good and bad above the group's base.
    Narrow(Box<[[u32; 2]]>),
    /// Cumulative.
    Wide(Box<[Tally]>),
}

impl Ring {
    /// A ring of the last `boundaries`, in groups of 2^`shift`, before which there was nothing up to boundary `first`.
    pub(super) fn new(boundaries: u32, shift: u32, first: i64) -> Self {
        let groups = (boundaries >> shift) as usize + 2;
        Self {
            first,
            last: first,
            shift,
            group: 0,
            newest: (0, 0),
            bases: vec![Tally::ZERO; groups + 2].into_boxed_slice(),
            cells: Cells::Narrow(vec![[0; 2]; boundaries as usize].into_boxed_slice()),
        }
    }

    /// The newest boundary recorded.
    pub(super) const fn last(&self) -> i64 {
        self.last
    }

    /// How many boundaries are kept.
    pub(super) const fn boundaries(&self) -> i64 {
        match &self.cells {
            Cells::Narrow(cells) => cells.len() as i64,
            Cells::Wide(cells) => cells.len() as i64,
        }
    }

    /// The oldest boundary that can be asked for.
    pub(super) const fn oldest(&self) -> i64 {
        self.last - self.boundaries() + 1
    }

    /// Bytes on the heap.
    pub(super) fn memory(&self) -> usize {
        size_of_val(&*self.bases)
            + match &self.cells {
                Cells::Narrow(cells) => size_of_val(&**cells),
                Cells::Wide(cells) => size_of_val(&**cells),
            }
    }

    /// The count at a boundary: zero up to the first, the oldest one kept for what is older, the newest for what is newer.
    pub(super) fn at(&self, boundary: i64) -> Tally {
        if boundary <= self.first || self.last == self.first {
            return Tally::ZERO;
        }
        let boundary = boundary.clamp(self.oldest(), self.last);
        let place = back(self.newest.0, (self.last - boundary) as usize, self.boundaries() as usize);
        match &self.cells {
            Cells::Wide(cells) => cells[place],
            Cells::Narrow(cells) => {
                let [good, bad] = cells[place];
                let groups = self.group - self.group_of(boundary);
                let base = back(self.newest.1, groups as usize, self.bases.len());
                self.bases[base] + Tally::new(good.into(), bad.into())
            }
        }
    }

    /// Records `tally` for every boundary after the last up to `to`. Costs no more than the ring is long.
    pub(super) fn fill(&mut self, to: i64, tally: Tally) {
        let forgotten = to - self.boundaries();
        if self.last < forgotten {
            // every cell is about to be overwritten, with one and the same count
            self.last = forgotten;
            self.group = self.group_of(forgotten);
            self.bases[self.newest.1] = tally;
        }
        while self.last < to {
            self.push(tally);
        }
    }

    /// What it holds, as plain data.
    pub(super) fn keep(&self) -> KeptRing {
        let oldest = self.oldest().max(self.first);
        let mut before = self.at(oldest);
        let mut kept = KeptRing::begin(self.first, oldest, before);
        for boundary in oldest + 1..=self.last {
            let tally = self.at(boundary);
            kept.push(tally.since(std::mem::replace(&mut before, tally)));
        }
        kept
    }

    /// A ring like [`new`](Self::new) that holds what was kept, or as much of it as it has room for.
    pub(super) fn restored(boundaries: u32, shift: u32, kept: &KeptRing) -> Self {
        let mut ring = Self::new(boundaries, shift, kept.first);
        let (mut tally, oldest) = (kept.oldest, kept.oldest_boundary());
        if oldest > kept.first {
            (ring.last, ring.group) = (oldest - 1, ring.group_of(oldest - 1));
            ring.bases[0] = tally;
            ring.push(tally);
        }
        for grown in kept.grown() {
            tally = tally + grown;
            ring.push(tally);
        }
        ring
    }

    /// Adds what another one counted at the same boundaries.
    pub(super) fn add(&mut self, other: &Self) {
        let boundaries = self.boundaries();
        let mut sum = Self::new(boundaries as u32, self.shift, self.first.min(other.first));
        let oldest = (self.last - boundaries + 1).max(sum.first);
        if oldest > sum.first {
            (sum.last, sum.group) = (oldest - 1, sum.group_of(oldest - 1));
            sum.bases[0] = self.at(oldest) + other.at(oldest);
        }
        for boundary in sum.last + 1..=self.last {
            sum.push(self.at(boundary) + other.at(boundary));
        }
        *self = sum;
    }

    fn push(&mut self, tally: Tally) {
        let group = self.group_of(self.last + 1);
        let (mut cell, mut base) = self.newest;
        cell = if cell + 1 == self.boundaries() as usize { 0 } else { cell + 1 };
        if group != self.group {
            base = if base + 1 == self.bases.len() { 0 } else { base + 1 };
            self.bases[base] = tally;
        }
        let offset = tally.since(self.bases[base]);
        if let Cells::Narrow(cells) = &mut self.cells {
            if let (Ok(good), Ok(bad)) = (u32::try_from(offset.good), u32::try_from(offset.bad)) {
                cells[cell] = [good, bad];
            } else {
                self.widen();
            }
        }
        if let Cells::Wide(cells) = &mut self.cells {
            cells[cell] = tally;
        }
        (self.last, self.group, self.newest) = (self.last + 1, group, (cell, base));
    }

    #[cold]
    fn widen(&mut self) {
        let boundaries = self.boundaries() as usize;
        let mut wide = vec![Tally::ZERO; boundaries].into_boxed_slice();
        for boundary in self.oldest().max(self.first)..=self.last {
            wide[back(self.newest.0, (self.last - boundary) as usize, boundaries)] = self.at(boundary);
        }
        self.cells = Cells::Wide(wide);
    }

    const fn group_of(&self, boundary: i64) -> u32 {
        (boundary - self.first) as u32 >> self.shift
    }
}

/// The place `steps` before `from` in a ring of `length`; `steps` is below `length`.
const fn back(from: usize, steps: usize, length: usize) -> usize {
    if steps <= from { from - steps } else { from + length - steps }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_holds_the_last_boundaries_over_many_rounds() {
        let mut ring = Ring::new(10, 2, 100);
        for n in 1..=1_000_u64 {
            ring.fill(100 + n as i64, Tally::new(n * 7, n));
            for back in 0..n.min(10) {
                assert_eq!(ring.at(100 + (n - back) as i64), Tally::new((n - back) * 7, n - back), "{n} {back}");
            }
        }
    }

    #[test]
    fn a_ring_that_turns_wide_keeps_every_boundary() {
        let mut ring = Ring::new(10, 2, 0);
        let mut kept = vec![Tally::ZERO];
        for n in 1..=25_u64 {
            let step = if n == 17 { 5_000_000_000 } else { n };
            kept.push(kept[n as usize - 1] + Tally::new(step, 1));
            ring.fill(n as i64, kept[n as usize]);
            for boundary in n.saturating_sub(9)..=n {
                assert_eq!(ring.at(boundary as i64), kept[boundary as usize], "{n} {boundary}");
            }
        }
        assert!(matches!(ring.cells, Cells::Wide(_)));
    }

    #[test]
    fn a_ring_goes_on_after_jumps_of_every_length() {
        for jump in 1..60 {
            let mut ring = Ring::new(10, 2, 0);
            let mut kept = vec![Tally::ZERO];
            for round in 1..=20_u64 {
                let before = kept.len() as u64;
                let to = before + if round % 5 == 0 { jump } else { 1 };
                let tally = Tally::new(round * 3_000_000_000, round);
                kept.resize(to as usize, tally);
                ring.fill(to as i64 - 1, tally);
                for boundary in to.saturating_sub(10)..to {
                    assert_eq!(ring.at(boundary as i64), kept[boundary as usize], "{jump} {round} {boundary}");
                }
            }
        }
    }

    #[test]
    fn a_ring_that_was_kept_holds_and_goes_on_with_the_same() {
        for rounds in [1, 5, 9, 10, 11, 37, 400] {
            let mut ring = Ring::new(10, 2, 100);
            for n in 1..=rounds {
                let step = if n % 17 == 0 { 5_000_000_000 } else { n };
                ring.fill(100 + n as i64, ring.at(ring.last()) + Tally::new(step, n % 3));
            }
            let mut restored = Ring::restored(10, 2, &ring.keep());
            for _ in 0..30 {
                assert_eq!((restored.last(), restored.keep()), (ring.last(), ring.keep()), "{rounds}");
                for back in 0..12 {
                    assert_eq!(restored.at(ring.last() - back), ring.at(ring.last() - back), "{rounds} {back}");
                }
                let (to, tally) = (ring.last() + 1, ring.at(ring.last()) + Tally::new(3, 1));
                restored.fill(to, tally);
                ring.fill(to, tally);
            }
        }
    }

    #[test]
    fn two_rings_add_up_at_every_boundary_whichever_began_first() {
        for (from, length) in [(100, 60), (130, 30), (155, 5)] {
            let (mut one, mut other) = (Ring::new(10, 2, 100), Ring::new(10, 2, from));
            (1..=60).for_each(|n| one.fill(100 + n, Tally::new(n as u64 * 7, n as u64)));
            (1..=length).for_each(|n| other.fill(from + n, Tally::new(n as u64 * 100, n as u64)));
            let mut sum = one.clone();
            sum.add(&other);
            for boundary in 151..=160 {
                assert_eq!(sum.at(boundary), one.at(boundary) + other.at(boundary), "{from} {boundary}");
            }
        }
    }

    #[test]
    fn a_jump_past_the_whole_ring_fills_it_with_the_last_count() {
        let mut ring = Ring::new(10, 2, 0);
        ring.fill(3, Tally::new(1, 1));
        ring.fill(3_000_000_000, Tally::new(2, 1));
        for back in 0..10 {
            assert_eq!(ring.at(3_000_000_000 - back), Tally::new(2, 1));
        }
        assert_eq!(ring.at(0), Tally::ZERO);
    }
}
