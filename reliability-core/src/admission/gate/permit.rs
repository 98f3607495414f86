//! What an admitted request holds.

use std::mem;

use super::Gate;
use super::cells::Rare;
use super::seats::on_cells;
use crate::clock::Stamp;

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
    cost: u16,
}

impl Permit {
    #[inline]
    pub(super) fn new(gate: &'static Gate, start: Stamp, cost: u16) -> Self {
        Self { gate, start, cost }
    }

    /// The gate that admitted it.
    pub fn gate(&self) -> &'static Gate {
        self.gate
    }

    /// Ends it by a reading of the clock that was taken already; `ok` says whether it went well.
    #[doc(hidden)]
    #[inline]
    pub fn release_at(self, end: Stamp, ok: bool) {
        self.gate.leave(self.start, end, self.cost);
        if !ok {
            self.failed();
        }
        mem::forget(self);
    }

    #[cold]
    fn failed(&self) {
        on_cells(self.gate, |cells| cells.rare(Rare::Failed, u64::from(self.cost)));
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
        let (gate, cost) = (self.gate, self.cost);
        mem::forget(self);
        on_cells(gate, |cells| cells.rare(Rare::Detached, u64::from(cost)));
        if gate.size != 0 {
            gate.give_back(cost);
        }
        Detached { gate, cost }
    }
}

impl Drop for Permit {
    #[inline]
    fn drop(&mut self) {
        self.gate.leave(self.start, self.gate.now(), self.cost);
    }
}

/// A request that goes on without holding a place. Made by [`Permit::detach`], which has an example.
#[derive(Debug)]
#[must_use = "it is counted as a stream that goes on until it is dropped"]
pub struct Detached {
    gate: &'static Gate,
    cost: u16,
}

impl Drop for Detached {
    fn drop(&mut self) {
        on_cells(self.gate, |cells| cells.rare(Rare::StreamEnded, u64::from(self.cost)));
    }
}
