//! The lease on everything that policies engage.
//!
//! A loop that engaged something holds a [`Lease`] and renews it at each look. If it hangs or dies nobody renews, and the first
//! request (or another loop's renewal) that reads a clock past the end reverts the policies' layer of every switch.
//! That is the only way in which a dead loop acts, so it takes no help of the loop's: no lock, no allocation, a walk over
//! a bounded table.
//!
//! Several loops in one process have a lease each, and the earliest end counts for all: reverting what a living loop engaged
//! is harmless, for it sees the count of lapses and engages again; letting stand what a dead one engaged is not.
//!
//! A race remains and is harmless: a loop that comes back just while a request reverts may have its new engagement
//! reverted too. It then sees a lapse and finds its switches at rest. The other way round cannot be: what stands, stands under a lease,
//! since a loop renews before it engages.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::switches;
use crate::clock::lease::{self, Due};

static LAPSES: AtomicU64 = AtomicU64::new(0);
/// The ends of all leases that are held.
static HELD: Mutex<Vec<(usize, Due)>> = Mutex::new(Vec::new());

/// A loop's lease on what it engaged. Dropped, it is released.
#[derive(Debug)]
pub(crate) struct Lease {
    id: usize,
}

impl Lease {
    /// One that is not held yet.
    pub(crate) fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        lease::on_lapse(revert);
        Self { id: NEXT.fetch_add(1, Ordering::Relaxed) }
    }

    /// Holds it for so long from now: before the first engagement, and again at each look while something is engaged.
    pub(crate) fn hold(&self, within: Duration) {
        update(self.id, Some(Due::after(within)));
    }

    /// Nothing is engaged any more.
    pub(crate) fn release(&self) {
        update(self.id, None);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.release();
    }
}

/// How often a lease lapsed and something was reverted for it, since the process began.
pub(crate) fn lapses() -> u64 {
    LAPSES.load(Ordering::Relaxed)
}

/// Takes in one loop's end and sets the earliest of all. One that is over is not dropped unseen: it lapses here.
fn update(id: usize, due: Option<Due>) {
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    held.retain(|(other, _)| *other != id);
    let before = held.len();
    held.retain(|(_, due)| !due.is_past());
    if held.len() < before {
        revert();
    }
    held.extend(due.map(|due| (id, due)));
    lease::stand_until(held.iter().fold(Due::NEVER, |earliest, (_, due)| earliest.earlier(*due)));
}

/// Takes back what policies set, everywhere. Runs on a request.
fn revert() {
    let mut reverted = false;
    for switch in switches::engaged() {
        reverted |= switch.revert();
    }
    if reverted {
        LAPSES.fetch_add(1, Ordering::Relaxed);
    }
}
