//! The journeys that this thread is on, while it polls them.
//!
//! A journey is entered before a poll and left after it, as an ask is. Its marks lie in the thread meanwhile, so a part that
//! ends writes nowhere else. Nothing here must be dropped, so it can be read at any time, also while the thread's other
//! storage goes away; what must be (the meeting places of spawned work) lies apart.

use std::cell::{Cell, RefCell};

use super::carried::Branch;
use super::rule::Rule;
use crate::sli::Outcome;
use crate::sli::record::seats::Seat;
use crate::spec::Cancelled;
use crate::sync::Arc;

/// How many journeys may be around each other.
pub(super) const NESTED: usize = 4;

/// What a journey has seen: a bit for each part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    pub(super) reached: u64,
    pub(super) good: u64,
    pub(super) bad: u64,
    pub(super) shed: u64,
    /// It failed for a reason outside its parts.
    pub(super) failed: bool,
    /// It was entered where four others were already, and so has not seen all.
    pub(super) blind: bool,
}

impl Marks {
    const NONE: Self = Self { reached: 0, good: 0, bad: 0, shed: 0, failed: false, blind: false };

    /// Both.
    #[must_use]
    pub(super) const fn with(self, other: Self) -> Self {
        Self {
            reached: self.reached | other.reached,
            good: self.good | other.good,
            bad: self.bad | other.bad,
            shed: self.shed | other.shed,
            failed: self.failed || other.failed,
            blind: self.blind || other.blind,
        }
    }
}

/// Marks that are being made: a word for each, so that a part that ends writes two of them and copies none.
pub(super) struct Noted {
    pub(super) reached: Cell<u64>,
    pub(super) good: Cell<u64>,
    pub(super) bad: Cell<u64>,
    pub(super) shed: Cell<u64>,
    rest: Cell<(bool, bool)>,
}

impl Noted {
    const fn none() -> Self {
        Self {
            reached: Cell::new(0),
            good: Cell::new(0),
            bad: Cell::new(0),
            shed: Cell::new(0),
            rest: Cell::new((false, false)),
        }
    }

    #[inline]
    fn get(&self) -> Marks {
        let (failed, blind) = self.rest.get();
        let [reached, good, bad, shed] = [&self.reached, &self.good, &self.bad, &self.shed].map(Cell::get);
        Marks { reached, good, bad, shed, failed, blind }
    }

    #[inline]
    fn set(&self, marks: Marks) {
        self.reached.set(marks.reached);
        self.good.set(marks.good);
        self.bad.set(marks.bad);
        self.shed.set(marks.shed);
        self.rest.set((marks.failed, marks.blind));
    }
}

struct Slot {
    rule: Cell<Option<&'static Rule>>,
    marks: Noted,
    /// Whether spawned work reports to this journey.
    branched: Cell<bool>,
}

struct Current {
    depth: Cell<usize>,
    slots: [Slot; NESTED],
}

thread_local! {
    static CURRENT: Current = const {
        Current {
            depth: Cell::new(0),
            slots: [const { Slot { rule: Cell::new(None), marks: Noted::none(), branched: Cell::new(false) } }; NESTED],
        }
    };
    static BRANCHES: RefCell<[Option<Arc<Branch>>; NESTED]> = const { RefCell::new([const { None }; NESTED]) };
}

/// A journey while it is not entered.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) rule: &'static Rule,
    pub(super) marks: Marks,
    pub(super) branch: Option<Arc<Branch>>,
}

/// Puts a journey on this thread. `None` if four are there already; then it has not seen all.
#[inline]
pub(super) fn enter(held: &mut Held) -> Option<usize> {
    let at = CURRENT.try_with(|current| {
        let at = current.depth.get();
        let slot = current.slots.get(at)?;
        slot.rule.set(Some(held.rule));
        slot.marks.set(held.marks);
        slot.branched.set(held.branch.is_some());
        if held.branch.is_some() {
            put_branch(at, held.branch.take());
        }
        current.depth.set(at + 1);
        Some(at)
    });
    let at = at.ok().flatten();
    held.marks.blind |= at.is_none();
    at
}

/// Takes it off again. What is entered later is left earlier.
#[inline]
pub(super) fn leave(held: &mut Held, at: Option<usize>) {
    let Some(at) = at else { return };
    let _ = CURRENT.try_with(|current| {
        let slot = &current.slots[at % NESTED];
        held.marks = slot.marks.get();
        if slot.branched.get() {
            held.branch = take_branch(at);
        }
        current.depth.set(at);
    });
}

#[cold]
fn take_branch(at: usize) -> Option<Arc<Branch>> {
    BRANCHES.try_with(|branches| branches.try_borrow_mut().ok()?.get_mut(at)?.take()).ok().flatten()
}

#[cold]
fn put_branch(at: usize, branch: Option<Arc<Branch>>) {
    let _ = BRANCHES.try_with(|branches| {
        if let Ok(mut branches) = branches.try_borrow_mut()
            && let Some(place) = branches.get_mut(at)
        {
            *place = branch;
        }
    });
}

/// Where spawned work reports to the journeys of this thread, made where there is none yet.
pub(super) fn branches() -> [Option<Arc<Branch>>; NESTED] {
    let mut found = [const { None }; NESTED];
    let _ = CURRENT.try_with(|current| {
        for (at, found) in found.iter_mut().enumerate().take(current.depth.get()) {
            let slot = &current.slots[at];
            let Some(rule) = slot.rule.get() else { continue };
            let known = if slot.branched.get() { take_branch(at) } else { None };
            let branch = known.unwrap_or_else(|| Arc::new(Branch::new(rule)));
            slot.branched.set(true);
            put_branch(at, Some(Arc::clone(&branch)));
            *found = Some(branch);
        }
    });
    found
}

/// The rules of the journeys that this thread is on, the outermost first.
pub(super) fn rules() -> [Option<&'static Rule>; NESTED] {
    let mut rules = [None; NESTED];
    let _ = CURRENT.try_with(|current| {
        for (rule, slot) in rules.iter_mut().zip(&current.slots).take(current.depth.get()) {
            *rule = slot.rule.get();
        }
    });
    rules
}

/// Changes the marks of the journeys of a rule that this thread is on.
pub(super) fn mark(rule: &'static Rule, more: Marks) {
    let _ = CURRENT.try_with(|current| {
        for slot in current.slots.iter().take(current.depth.get()) {
            if slot.rule.get().is_some_and(|other| std::ptr::eq(other, rule)) {
                slot.marks.set(slot.marks.get().with(more));
            }
        }
    });
}

/// Says that the journeys of this task have failed, for a reason that no part of theirs knows.
///
/// ```
/// use reliability_core::{Feature, Journey, Outcome, journey};
/// static SIGN_UP: Feature = Feature::new("sign-up");
///
/// let mut sign_up = Journey::begin(&SIGN_UP);
/// sign_up.enter(|| journey::fail()); // the page could not be shown
/// assert_eq!(sign_up.end(), Outcome::Bad);
/// ```
pub fn fail() {
    for rule in rules().into_iter().flatten() {
        mark(rule, Marks { failed: true, ..Marks::NONE });
    }
}

/// Notes the end of a call with the journeys of this thread.
#[inline]
pub(crate) fn note(seat: &Seat, outcome: Outcome, nanos: Option<f64>) {
    let _ = CURRENT.try_with(|current| {
        let depth = current.depth.get();
        if depth != 0 {
            note_in(&current.slots[..depth.min(NESTED)], seat, outcome, nanos);
        }
    });
}

#[inline(never)]
fn note_in(slots: &[Slot], seat: &Seat, outcome: Outcome, nanos: Option<f64>) {
    let end = if outcome == Outcome::Cancelled { dropped(seat, nanos) } else { End { outcome, always: false, nanos } };
    for slot in slots {
        if let Some(rule) = slot.rule.get() {
            rule.note(seat.meter.root(), &end, &slot.marks);
        }
    }
}

/// How a call ended, as a part of a journey.
pub(super) struct End {
    /// By its outcome alone: a dropped call is bad or ignored.
    pub(super) outcome: Outcome,
    /// Whether a dropped call is bad whatever its age.
    pub(super) always: bool,
    pub(super) nanos: Option<f64>,
}

/// A dropped call is judged by the patience, and against each threshold by itself.
#[cold]
fn dropped(seat: &Seat, nanos: Option<f64>) -> End {
    let spec = seat.meter.spec();
    if spec.cancelled == Cancelled::Ignored {
        return End { outcome: Outcome::Ignored, always: false, nanos };
    }
    let always = spec.cancelled == Cancelled::Bad || nanos.is_none();
    let bad = always || seat.meter.cancelled_is_bad(nanos.unwrap_or(f64::INFINITY));
    // bad for availability; for a threshold what counts is whether it was outlived
    End { outcome: if bad { Outcome::Bad } else { Outcome::Cancelled }, always, nanos }
}
