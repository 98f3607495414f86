//! What was counted over the last so many seconds, from cumulative counts.
//!
//! The window is cut into ten slots, and what had been counted when a slot began is kept for each. What happened since the
//! look before belongs to the slot of this look, so nothing falls between two. The window is one slot longer than declared at the
//! most.

/// Parts of the window.
pub(super) const SLOTS: usize = 10;

/// Cumulative counts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) valid: u64,
    pub(super) bad: u64,
}

impl Counts {
    pub(super) fn since(self, before: Self) -> Self {
        Self { valid: self.valid.saturating_sub(before.valid), bad: self.bad.saturating_sub(before.bad) }
    }
}

/// What was counted when each slot of the window began.
#[derive(Debug)]
pub(super) struct History {
    slots: [Option<(u64, Counts)>; SLOTS],
    pub(super) last: Option<Counts>,
    /// The word at the last look, and the counts when it last changed.
    pub(super) word: u64,
    pub(super) changed: Counts,
}

impl History {
    pub(super) const fn new() -> Self {
        Self { slots: [None; SLOTS], last: None, word: 0, changed: Counts { valid: 0, bad: 0 } }
    }

    /// What was counted in the window that ends in this slot. The first time, all since `begin`; a `fresh` one forgets.
    pub(super) fn take_in(&mut self, slot: u64, counts: Counts, begin: Counts, fresh: bool) -> Counts {
        let before = if fresh { counts } else { self.last.unwrap_or(begin) };
        self.last = Some(counts);
        if fresh {
            self.slots = [None; SLOTS];
        }
        let place = &mut self.slots[(slot % SLOTS as u64) as usize];
        if place.is_none_or(|(other, _)| other != slot) {
            *place = Some((slot, before));
        }
        let in_window = |(other, _): &&(u64, Counts)| other.abs_diff(slot) < SLOTS as u64;
        let oldest = self.slots.iter().flatten().filter(in_window).min_by_key(|(other, _)| *other);
        counts.since(oldest.map_or(counts, |(_, counts)| *counts))
    }
}
