//! Where the calling thread finds its cells of a gate.
//!
//! Each thread holds a small table that is indexed by the gate's own address, so that for a `static` gate the place is known
//! to the linker and finding the cells is one comparison and one load. Two gates that fall on one place take turns, and
//! the one that is not there is found in the thread's list. The first call of a gate on a thread opens cells; the thread's
//! end gives all of them back.
//!
//! The table holds nothing that must be dropped. So it can be looked into at any time, also while a thread's storage goes
//! away; from then on it is empty, and counting goes to the gate's standing cells under a lock.

use std::cell::{Cell, RefCell};

use super::Gate;
use super::cells::Cells;

const PLACES: usize = 16;

/// A gate and this thread's cells of it.
type Seat = (&'static Gate, &'static Cells);

thread_local! {
    static PLACED: [Cell<Option<Seat>>; PLACES] = const { [const { Cell::new(None) }; PLACES] };
    static SEATS: Seats = const { Seats(RefCell::new(Vec::new())) };
}

/// All seats of this thread.
struct Seats(RefCell<Vec<Seat>>);

impl Drop for Seats {
    fn drop(&mut self) {
        PLACED.with(|placed| placed.iter().for_each(|place| place.set(None)));
        for (gate, cells) in self.0.get_mut().drain(..) {
            gate.books().close(cells);
        }
    }
}

/// A gate is aligned to 128 bytes, so the lower seven bits say nothing.
#[inline]
fn place_of(gate: &Gate) -> usize {
    (std::ptr::from_ref(gate).addr() >> 7) % PLACES
}

/// This thread's cells, if it looked for them before and no other gate has taken the place since.
#[inline(always)]
#[allow(clippy::inline_always)] // three instructions on the way of every request
pub(super) fn placed(gate: &'static Gate) -> Option<&'static Cells> {
    match PLACED.with(|placed| placed[place_of(gate)].get()) {
        Some((seated, cells)) if std::ptr::eq(seated, gate) => Some(cells),
        _ => None,
    }
}

/// Runs `count` on this thread's cells, wherever they are.
#[inline]
pub(super) fn on_cells<R>(gate: &'static Gate, count: impl FnOnce(&Cells) -> R) -> R {
    match placed(gate).or_else(|| find_or_open(gate)) {
        Some(cells) => count(cells),
        None => gate.books().standing(count),
    }
}

/// None: this thread's storage is gone.
#[cold]
#[inline(never)]
fn find_or_open(gate: &'static Gate) -> Option<&'static Cells> {
    let found = SEATS.try_with(|seats| {
        // a global allocator that is itself behind a gate would come here again while the list grows
        let mut seats = seats.0.try_borrow_mut().ok()?;
        let known = seats.iter().find(|(seated, _)| std::ptr::eq(*seated, gate)).map(|(_, cells)| *cells);
        let cells = known.unwrap_or_else(|| {
            let cells = gate.books().open();
            seats.push((gate, cells));
            cells
        });
        PLACED.with(|placed| placed[place_of(gate)].set(Some((gate, cells))));
        Some(cells)
    });
    found.ok().flatten()
}
