//! Where the calling thread finds its block of an SLI.
//!
//! Each thread holds a table from an SLI's slot (a small number given at first use) to its block. A call finds its cells by
//! three dependent loads, all in the thread's own memory. The first call of an SLI on a thread opens a block; the thread's
//! end folds all of its blocks into their meters, so threads may come and go by the thousand and nothing is lost or kept.
//!
//! The table grows by whole segments, each twice as large as the one before, and a place is filled once. So a look needs no
//! borrow flag: nothing that was given out ever moves while the thread lives.
//!
//! Memory: one block (under 2 KiB) for each pair of a live thread and an SLI that was used on it, and on each thread at most
//! 32 bytes of table for each SLI of the process.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc as StdArc;

use super::block::Block;
use super::meter::Meter;
use super::realm::{PROCESS, Realm};
use crate::sli::Sli;
use crate::sync::Arc;

/// A thread's place at a meter.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) block: Arc<Block>,
    pub(crate) meter: Arc<Meter>,
}

impl Seat {
    fn open(meter: Arc<Meter>) -> Self {
        Self { block: meter.open(), meter }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.meter.retire(&self.block);
    }
}

/// Places of the first segment. Segment `i` has `FIRST << i`.
const FIRST: u32 = 64;
const SEGMENTS: usize = 32; // as many as five bits can name, so that a look needs no bounds check

/// Where a slot lies: the segment in the low five bits, the place in it above.
#[derive(Clone, Copy, Debug)]
struct Place(u32);

type Segment = Box<[OnceCell<Seat>]>;

/// Seats of a thread that entered a realm of its own.
type Diverted = (StdArc<Realm>, BTreeMap<u32, Rc<Seat>>);

struct Table {
    segments: [OnceCell<Segment>; SEGMENTS],
    /// Or-ed to a segment's number: 0, or 31 (a segment that never exists) to send every look the slow way.
    detour: Cell<usize>,
    diverted: RefCell<Option<Diverted>>,
}

thread_local! {
    static TABLE: Table = const {
        Table {
            segments: [const { OnceCell::new() }; SEGMENTS],
            detour: Cell::new(0),
            diverted: RefCell::new(None),
        }
    };
}

/// The packed position of the n-th slot.
pub(crate) fn position(n: u32) -> u32 {
    let at = n.saturating_add(FIRST).min(u32::MAX >> 5);
    let segment = at.ilog2() - FIRST.ilog2();
    ((at - (FIRST << segment)) << 5) | segment
}

impl Place {
    #[inline]
    fn segment(self) -> usize {
        (self.0 & 31) as usize
    }

    #[inline]
    fn within(self) -> usize {
        (self.0 >> 5) as usize
    }
}

/// Runs `with` on this thread's seat, if it already has one. `None` sends the caller to [`seat_or_open`].
#[inline]
pub(crate) fn on_seat<R>(sli: &Sli, with: impl FnOnce(&Seat) -> R) -> Option<R> {
    let place = Place(sli.position_if_known());
    TABLE
        .try_with(|table| {
            let segment = &table.segments[(place.segment() | table.detour.get()) % SEGMENTS];
            Some(with(segment.get()?.get(place.within())?.get()?))
        })
        .ok()
        .flatten()
}

/// What a call finds that has no seat yet.
pub(crate) enum Unseated {
    /// A seat, just opened, or one in a realm of the thread's own.
    Opened,
    /// The thread's own storage is already gone: count at the meter itself.
    Standing(Arc<Meter>),
    /// Measuring is switched off.
    Off,
}

/// Opens this thread's seat and runs `with` on it.
#[cold]
#[inline(never)]
pub(crate) fn seat_or_open(sli: &Sli, with: &mut dyn FnMut(&Seat)) -> Unseated {
    if !crate::sli::enabled() {
        return Unseated::Off;
    }
    let place = Place(sli.position());
    let opened = TABLE.try_with(|table| {
        if table.detour.get() != 0 {
            let seat = table.diverted.borrow_mut().as_mut().map(|(realm, seats)| {
                Rc::clone(seats.entry(place.0).or_insert_with(|| Rc::new(Seat::open(realm.meter(sli)))))
            });
            return seat.map(|seat| with(&seat)).is_some();
        }
        let segment = table.segments[place.segment()].get_or_init(|| {
            let places = (FIRST as usize) << place.segment();
            std::iter::repeat_with(OnceCell::new).take(places).collect()
        });
        with(segment[place.within()].get_or_init(|| Seat::open(PROCESS.meter(sli))));
        true
    });
    if opened == Ok(true) { Unseated::Opened } else { Unseated::Standing(PROCESS.meter(sli)) }
}

/// Makes this thread count into a realm of its own, or into the process's again. Gives back the one before.
#[allow(dead_code)] // only the feature `testkit` enters
pub(crate) fn enter(realm: Option<StdArc<Realm>>) -> Option<StdArc<Realm>> {
    TABLE.with(|table| {
        table.detour.set(if realm.is_some() { SEGMENTS - 1 } else { 0 });
        let before = table.diverted.replace(realm.map(|realm| (realm, BTreeMap::new())));
        before.map(|(realm, _)| realm)
    })
}
