//! The part of a journey that another service began.

use std::fmt;

use super::baggage::{Baggage, Verdicts};
use super::current::{Held, Marks, NESTED, enter, leave};

/// The part of a journey that runs here while it is counted elsewhere: what it called is told back with the answer.
///
/// ```
/// use reliability_core::journey::{Baggage, Joined};
/// let there = Baggage::parse("reliability-journey=purchase")?;
/// let mut joined = Joined::of(&there);
/// joined.enter(|| { /* parts are called */ });
/// let header = joined.end().to_string(); // in `JOURNEY_HEADER` of the answer, if it is not empty
/// # assert!(header.is_empty()); // nobody here has declared what a purchase needs
/// # Ok::<(), reliability_core::journey::BaggageError>(())
/// ```
#[derive(Default)]
pub struct Joined([Option<Held>; NESTED]);

impl fmt::Debug for Joined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().flatten().map(|held| held.rule.name())).finish()
    }
}

impl Joined {
    /// Joins the journeys that a trusted peer names, as far as they are known here.
    pub fn of(baggage: &Baggage) -> Self {
        let mut joined = Self::default();
        for (to, rule) in joined.0.iter_mut().zip(baggage.rules()) {
            *to = Some(Held { rule, marks: Marks::default(), branch: None });
        }
        joined
    }

    /// Whether it joined none.
    pub fn is_empty(&self) -> bool {
        self.0.iter().flatten().next().is_none()
    }

    /// Runs a function on the journeys: the parts that it calls on this thread are noted.
    pub fn enter<R>(&mut self, run: impl FnOnce() -> R) -> R {
        let mut places = [None; NESTED];
        for (held, place) in self.0.iter_mut().zip(&mut places) {
            *place = held.as_mut().and_then(enter);
        }
        let _leave = Leave { joined: self, places };
        run()
    }

    /// What the parts here were, spawned work included.
    pub fn end(self) -> Verdicts {
        Verdicts::of(self.0.into_iter().flatten().map(|held| {
            let spawned = held.branch.map(|branch| branch.marks()).unwrap_or_default();
            (held.rule, held.marks.with(spawned))
        }))
    }
}

struct Leave<'a> {
    joined: &'a mut Joined,
    places: [Option<usize>; NESTED],
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        for (held, place) in self.joined.0.iter_mut().zip(self.places).rev() {
            if let Some(held) = held {
                leave(held, place);
            }
        }
    }
}
