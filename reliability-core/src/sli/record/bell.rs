//! Waking the loops of this process when something failed.
//!
//! A failing request must neither wait nor cost a system call each time. So a ring is due at most every 10 ms over the whole
//! process, whoever fails: one load decides, one compare-and-swap elects the ringer, and only that one unparks the loops
//! (`unpark` keeps a token, so a ring between a loop's look and its sleep is not lost). A failure inside the quiet time is
//! not lost either: a loop that was rung looks once more when the quiet time is over. A loop may ask for a longer quiet
//! time, so that a storm of failures never costs it more than its share of a core.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::thread::Thread;
use std::time::Duration;

use crate::clock::monotonic_nanos;

/// The shortest time between two rings.
pub(crate) const QUIET: Duration = Duration::from_millis(10);

/// When the next ring is due, in monotonic nanoseconds; nobody listens at first.
static DUE: AtomicU64 = AtomicU64::new(u64::MAX);
static RINGS: AtomicU64 = AtomicU64::new(0);
static LISTENERS: RwLock<Vec<Thread>> = RwLock::new(Vec::new());

/// Says that something failed.
#[inline]
pub(crate) fn ring() {
    let due = DUE.load(Ordering::Relaxed);
    if due == u64::MAX {
        return;
    }
    let now = monotonic_nanos();
    if now >= due
        && DUE.compare_exchange(due, now + QUIET.as_nanos() as u64, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    {
        wake();
    }
}

#[cold]
fn wake() {
    // a listener that comes or goes right now looks for itself: never wait for it
    if let Ok(listeners) = LISTENERS.try_read() {
        RINGS.fetch_add(1, Ordering::Relaxed);
        listeners.iter().for_each(Thread::unpark);
    }
}

/// Lets a loop's thread be woken.
pub(crate) fn listen(thread: Thread) {
    let mut listeners = LISTENERS.write().unwrap_or_else(PoisonError::into_inner);
    listeners.push(thread);
    DUE.store(0, Ordering::Relaxed);
}

/// Ends that.
pub(crate) fn leave(thread: &Thread) {
    let mut listeners = LISTENERS.write().unwrap_or_else(PoisonError::into_inner);
    listeners.retain(|other| other.id() != thread.id());
    if listeners.is_empty() {
        DUE.store(u64::MAX, Ordering::Relaxed);
    }
}

/// No ring before `quiet` from now.
pub(crate) fn stay_quiet(quiet: Duration) {
    let until = monotonic_nanos() + quiet.as_nanos() as u64;
    let later = |due| (due != u64::MAX && due < until).then_some(until);
    let _ = DUE.fetch_update(Ordering::Relaxed, Ordering::Relaxed, later);
}

/// Rings so far, for tests and benches that count them.
pub fn rings() -> u64 {
    RINGS.load(Ordering::Relaxed)
}
