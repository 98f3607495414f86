//! Spawned work reports to the journey that it was spawned on.
//!
//! A journey's marks are its task's alone. Where work goes on in another task both meet in a few shared words, in which bits
//! are only ever set; the journey adds them to its own when it ends. What a spawned task notes after that is lost, as
//! the user has had the answer by then.

use std::future::{Future, poll_fn};
use std::pin::pin;

use super::current::{Held, Marks, NESTED, branches, enter, leave};
use super::rule::Rule;
use crate::sync::{AtomicU64, Ordering};

/// Where spawned work and its journey meet.
#[derive(Debug)]
pub(super) struct Branch {
    rule: Option<&'static Rule>,
    reached: AtomicU64,
    good: AtomicU64,
    bad: AtomicU64,
    shed: AtomicU64,
    /// Bit 0: failed, bit 1: blind.
    state: AtomicU64,
}

impl Branch {
    pub(super) fn new(rule: &'static Rule) -> Self {
        Self { rule: Some(rule), ..Self::nowhere() }
    }

    pub(super) fn nowhere() -> Self {
        Self {
            rule: None,
            reached: AtomicU64::new(0),
            good: AtomicU64::new(0),
            bad: AtomicU64::new(0),
            shed: AtomicU64::new(0),
            state: AtomicU64::new(0),
        }
    }

    /// Adds marks. What was bad goes in first and "reached" last: whoever sees that a part was reached sees how it ended.
    pub(super) fn add(&self, marks: Marks) {
        let add = |to: &AtomicU64, bits: u64| {
            if bits != 0 {
                to.fetch_or(bits, Ordering::AcqRel);
            }
        };
        add(&self.state, u64::from(marks.failed) | u64::from(marks.blind) << 1);
        add(&self.bad, marks.bad);
        add(&self.shed, marks.shed);
        add(&self.good, marks.good);
        add(&self.reached, marks.reached);
    }

    /// All that was added: what goes in last is read first.
    pub(super) fn marks(&self) -> Marks {
        let reached = self.reached.load(Ordering::Acquire);
        let good = self.good.load(Ordering::Acquire);
        let shed = self.shed.load(Ordering::Acquire);
        let bad = self.bad.load(Ordering::Acquire);
        let state = self.state.load(Ordering::Acquire);
        Marks { reached, good, bad, shed, failed: state & 1 == 1, blind: state & 2 == 2 }
    }
}

/// The journeys of the task that spawned this work.
struct Carried([Option<Held>; NESTED]);

impl Carried {
    fn here() -> Self {
        Self(branches().map(|branch| {
            let branch = branch?;
            Some(Held { rule: branch.rule?, marks: Marks::default(), branch: Some(branch) })
        }))
    }

    fn during<R>(&mut self, run: impl FnOnce() -> R) -> R {
        let mut places = [None; NESTED];
        for (held, place) in self.0.iter_mut().zip(&mut places) {
            *place = held.as_mut().and_then(enter);
        }
        let _leave = Leave { held: &mut self.0, places };
        run()
    }
}

/// Leaves what was entered and hands on what was noted, also when what ran panics.
struct Leave<'a> {
    held: &'a mut [Option<Held>; NESTED],
    places: [Option<usize>; NESTED],
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        for (held, place) in self.held.iter_mut().zip(self.places).rev() {
            let Some(held) = held else { continue };
            leave(held, place);
            let marks = std::mem::take(&mut held.marks);
            if let Some(branch) = &held.branch {
                branch.add(marks);
            }
        }
    }
}

/// Gives the journeys of this task to a future that will run as a task of its own: `spawn(journey::carry(…))`.
///
/// ```
/// use reliability_core::{Feature, Journey, Outcome, journey};
/// use std::{pin::pin, task::{Context, Poll, Waker}};
/// static SEARCH: Feature = Feature::new("search-in-tasks");
///
/// let mut search = Journey::begin(&SEARCH);
/// let spawned = search.enter(|| journey::carry(async { journey::fail() }));
/// let polled = pin!(spawned).poll(&mut Context::from_waker(Waker::noop()));
/// assert_eq!((polled, search.end()), (Poll::Ready(()), Outcome::Bad));
/// ```
pub fn carry<F: Future>(future: F) -> impl Future<Output = F::Output> {
    travel(Carried::here(), future)
}

/// The same for a closure that will run on another thread: `thread::spawn(journey::carry_fn(…))`.
///
/// ```
/// use reliability_core::{Feature, Journey, Outcome, journey};
/// static RESIZE: Feature = Feature::new("resize-on-threads");
///
/// let mut resize = Journey::begin(&RESIZE);
/// let work = resize.enter(|| journey::carry_fn(journey::fail));
/// std::thread::spawn(work).join().unwrap();
/// assert_eq!(resize.end(), Outcome::Bad);
/// ```
pub fn carry_fn<R>(run: impl FnOnce() -> R) -> impl FnOnce() -> R {
    let mut carried = Carried::here();
    move || carried.during(run)
}

async fn travel<F: Future>(mut carried: Carried, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|context| carried.during(|| future.as_mut().poll(context))).await
}
