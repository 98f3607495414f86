//! Our gates, and the floors under them.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reliability_core::__bench::force;
use reliability_core::__private::Stamp;
use reliability_core::{Ask, Gate, Priority, Share, admission};

use crate::harness::Candidate;

pub(crate) const ONE: &str = "one reading of the clock";
pub(crate) const TWO: &str = "two readings of the clock";
pub(crate) const ADMIT: &str = "gate: admit and release, readings shared";
pub(crate) const REFUSE: &str = "gate: refuse, reading shared";
pub(crate) const FLOORS: [&str; 2] = [ONE, TWO];

static DOOR: Gate = Gate::new("bench-door");
static SHUT: Gate = Gate::new("bench-shut");
static BULKHEAD: Gate = Gate::new("bench-bulkhead").bounded(64);

#[inline(never)]
fn one(x: u64) -> u64 {
    black_box(Stamp::now());
    black_box(x)
}

#[inline(never)]
fn two(x: u64) -> u64 {
    let start = Stamp::now();
    let x = black_box(x);
    black_box((start, Stamp::now()));
    x
}

#[inline(never)]
fn admit(x: u64) -> u64 {
    admit_as(x, Ask::new(Priority::Normal))
}

#[inline(always)]
#[allow(clippy::inline_always)] // so that what is known of the ask is known, as where an attribute writes it
fn admit_as(x: u64, ask: Ask) -> u64 {
    let start = Stamp::now();
    match DOOR.admit_at(ask, start) {
        Ok(permit) => {
            let x = black_box(x);
            let end = Stamp::now();
            permit.release_at(end, true);
            black_box((start, end));
            x
        }
        Err(shed) => shed.retry_after().as_secs(),
    }
}

#[inline(never)]
fn admit_computed(x: u64) -> u64 {
    let priority = Priority::ALL[(x % 4) as usize];
    admit_as(x, Ask::new(priority).level(black_box(17)))
}

#[inline(never)]
fn admit_deadline(x: u64) -> u64 {
    admit_as(x, Ask::new(Priority::Normal).deadline(Duration::from_secs(1)))
}

#[inline(never)]
fn admit_current(x: u64) -> u64 {
    admit_as(x, Ask::current())
}

#[inline(never)]
fn plain(x: u64) -> u64 {
    let permit = DOOR.admit(Priority::Normal);
    let x = black_box(x);
    drop(permit);
    x
}

#[inline(never)]
fn refuse(x: u64) -> u64 {
    match SHUT.admit_at(Ask::new(Priority::Normal), Stamp::now()) {
        Ok(permit) => {
            drop(permit);
            x
        }
        Err(shed) => black_box(x) + shed.retry_after().as_secs(),
    }
}

#[inline(never)]
fn bulkhead(x: u64) -> u64 {
    let permit = BULKHEAD.admit(Priority::Normal);
    let x = black_box(x);
    drop(permit);
    x
}

thread_local!(static PAIR: (AtomicU64, AtomicU64) = const { (AtomicU64::new(0), AtomicU64::new(0)) });
static SHARED: (AtomicU64, AtomicU64) = (AtomicU64::new(0), AtomicU64::new(0));

#[inline(never)]
fn own_pair(x: u64) -> u64 {
    let add = |cell: &AtomicU64| cell.store(cell.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    PAIR.with(|pair| add(&pair.0));
    let x = black_box(x);
    PAIR.with(|pair| add(&pair.1));
    x
}

#[inline(never)]
fn shared_pair(x: u64) -> u64 {
    SHARED.0.fetch_add(1, Ordering::Relaxed);
    let x = black_box(x);
    SHARED.1.fetch_add(1, Ordering::Relaxed);
    x
}

#[inline(never)]
fn relaxed(x: u64) -> u64 {
    SHARED.0.load(Ordering::Relaxed) & 1 | black_box(x)
}

pub(crate) fn candidates() -> Vec<Candidate> {
    force(&SHUT, Share::ALL);
    // the first look of each gate, and what it asks for
    let _ = (refuse(0), admit(0));
    admission::with(Priority::High, || _ = black_box(Ask::current()));
    vec![
        Candidate::new("a relaxed load", relaxed),
        Candidate::new("a counter pair of the thread's own", own_pair),
        Candidate::new("a counter pair that threads share", shared_pair),
        Candidate::new(ONE, one),
        Candidate::new(TWO, two),
        Candidate::new(ADMIT, admit),
        Candidate::new("the same, class and level computed", admit_computed),
        Candidate::new("the same, with a deadline", admit_deadline),
        Candidate::new("the same, the task's ask", admit_current),
        Candidate::new("gate: admit and drop, readings of its own", plain),
        Candidate::new(REFUSE, refuse),
        Candidate::new("gate of a fixed size: admit and drop", bulkhead),
    ]
}
