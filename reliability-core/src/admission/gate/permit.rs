//! What an admitted request holds.

use std::mem;

use super::Gate;
use super::cells::Rare;
use super::seats::on_cells;
use crate::clock::Stamp;

/// What a permit holds beside its count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    /// It is counted.
    Count,
    /// It is counted, and takes places of a gate of a fixed size.
    Place,
    /// Measuring is switched off.
    Nothing,
}

/// A cost and a [`Hold`] in one word: two narrow ones would be written apart and read together, which stalls the processor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held(u64);

impl Held {
    #[inline]
    pub(super) const fn new(cost: u16, hold: Hold) -> Self {
        Self(cost as u64 | (hold as u64) << 16)
    }

    #[inline]
    pub(super) const fn cost(self) -> u16 {
        self.0 as u16
    }

    #[inline]
    pub(super) const fn hold(self) -> Hold {
        match self.0 >> 16 {
            0 => Hold::Count,
            1 => Hold::Place,
            _ => Hold::Nothing,
        }
    }
}

/// The guard of an admitted request: it is inside until this is dropped, wherever that happens.
///
/// Dropping it in a panic or with a cancelled future ends it as well, so that nothing stays inside that is not there.
///
/// ```
/// use reliability_core::{Gate, Priority};
/// static DOOR: Gate = Gate::new("permit-door");
///
/// let permit = DOOR.admit(Priority::Normal)?;
/// assert_eq!(DOOR.report().in_flight, 1);
/// std::thread::spawn(move || drop(permit)).join().unwrap(); // on another thread
/// assert_eq!(DOOR.report().in_flight, 0);
/// # Ok::<(), reliability_core::Shed>(())
/// ```
#[derive(Debug)]
#[must_use = "a permit that is dropped at once lets the next one in"]
pub struct Permit {
    gate: &'static Gate,
    start: Stamp,
    held: Held,
}

impl Permit {
    #[inline]
    pub(super) fn new(gate: &'static Gate, start: Stamp, held: Held) -> Self {
        Self { gate, start, held }
    }

    /// The gate that admitted it.
    pub fn gate(&self) -> &'static Gate {
        self.gate
    }

    /// Ends it by a reading of the clock that was taken already; `ok` says whether it went well.
    #[doc(hidden)]
    #[inline(always)]
    #[allow(clippy::inline_always)] // so that a permit that stays on its way is never put into memory
    pub fn release_at(self, end: Stamp, ok: bool) {
        let (gate, start, held) = (self.gate, self.start, self.held);
        mem::forget(self);
        gate.leave(start, end, held);
        if !ok {
            failed(gate, held.cost());
        }
    }

    /// Gives the place back although the request goes on: for event streams and web sockets, which stay for hours and do
    /// nothing most of the time. They are counted apart, and how long they last says nothing about the service.
    ///
    /// ```
    /// use reliability_core::{Gate, Priority};
    /// static FEED: Gate = Gate::new("feed-door");
    ///
    /// let stream = FEED.admit(Priority::Normal)?.detach();
    /// let report = FEED.report();
    /// assert_eq!((report.in_flight, report.detached), (0, 1));
    /// drop(stream);
    /// assert_eq!(FEED.report().detached, 0);
    /// # Ok::<(), reliability_core::Shed>(())
    /// ```
    pub fn detach(self) -> Detached {
        let (gate, cost, hold) = (self.gate, self.held.cost(), self.held.hold());
        mem::forget(self);
        if hold != Hold::Nothing {
            on_cells(gate, |cells| cells.rare(Rare::Detached, u64::from(cost)));
        }
        if hold == Hold::Place {
            gate.give_back(cost);
        }
        Detached { gate, cost, counted: hold != Hold::Nothing }
    }
}

impl Drop for Permit {
    #[inline]
    fn drop(&mut self) {
        end(self.gate, self.start, self.held);
    }
}

/// Ends a permit by a reading of its own. A call with three words, so small that it is put in place also where a panic would pass by:
/// then a permit need not lie in memory for that, and is not copied there in other widths than it was written, which stalls.
#[inline(never)]
fn end(gate: &'static Gate, start: Stamp, held: Held) {
    gate.leave(start, gate.now(), held);
}

#[cold]
#[inline(never)]
fn failed(gate: &'static Gate, cost: u16) {
    on_cells(gate, |cells| cells.rare(Rare::Failed, u64::from(cost)));
}

/// A request that goes on without holding a place. Made by [`Permit::detach`], which has an example.
///
/// ```
/// use reliability_core::{Detached, Gate, Priority};
/// static PRICES: Gate = Gate::new("price-stream");
///
/// let stream: Detached = PRICES.admit(Priority::Normal)?.detach();
/// assert_eq!((PRICES.report().in_flight, PRICES.report().detached), (0, 1));
/// drop(stream);
/// assert_eq!(PRICES.report().detached, 0);
/// # Ok::<(), reliability_core::Shed>(())
/// ```
#[derive(Debug)]
#[must_use = "it is counted as a stream that goes on until it is dropped"]
pub struct Detached {
    gate: &'static Gate,
    cost: u16,
    counted: bool,
}

impl Drop for Detached {
    fn drop(&mut self) {
        if self.counted {
            on_cells(self.gate, |cells| cells.rare(Rare::StreamEnded, u64::from(self.cost)));
        }
    }
}
