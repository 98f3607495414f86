//! A journey from its beginning to its verdict.

use std::future::{Future, poll_fn};
use std::pin::pin;

use super::current::{Held, Marks, enter, leave};
use super::feature::Feature;
use super::rule::Rule;
use crate::sli::{Call, Outcome};

/// One user's way through a feature. The head of its module in the source says what its verdict is.
///
/// ```
/// use reliability_core::{Feature, Journey, journey};
/// use std::{future::Future, pin::pin, task::{Context, Waker}};
/// static PURCHASE: Feature = Feature::new("purchase");
///
/// async fn pay() {} // `#[sli]` functions are parts
///
/// let request = Journey::begin(&PURCHASE).scope(async { pay().await });
/// assert!(pin!(request).poll(&mut Context::from_waker(Waker::noop())).is_ready());
/// ```
#[derive(Debug)]
#[must_use = "a journey that is dropped at once is counted as cancelled"]
pub struct Journey {
    held: Held,
    /// `None` once it is over.
    call: Option<Call<'static>>,
}

impl Journey {
    /// Begins one, where the user's request comes in.
    #[inline]
    pub fn begin(feature: &Feature) -> Self {
        let rule = feature.rule();
        Self { held: Held { rule, marks: Marks::default(), branch: None }, call: Some(rule.sli().begin()) }
    }

    /// The feature's name.
    pub fn feature(&self) -> &'static str {
        self.held.rule.name()
    }

    /// Runs a function on this journey: the parts that it calls on this thread are noted. May be done again and again, as a
    /// service that polls a future does. If the function panics the journey is over, and bad.
    #[inline]
    pub fn enter<R>(&mut self, run: impl FnOnce() -> R) -> R {
        let at = enter(&mut self.held);
        let entered = Entered { at, unwinding: std::thread::panicking(), journey: self };
        let value = run();
        drop(entered);
        value
    }

    /// Runs a future on this journey, on whatever threads it is polled, and ends the journey with it.
    pub async fn scope<F: Future>(mut self, future: F) -> F::Output {
        let mut future = pin!(future);
        let value = poll_fn(|context| self.enter(|| future.as_mut().poll(context))).await;
        self.end();
        value
    }

    /// Says that it has failed, for a reason that no part of it knows.
    pub fn fail(&mut self) {
        self.held.marks.failed = true;
    }

    /// The verdict as of now.
    pub fn verdict(&self) -> Outcome {
        self.held.rule.verdict(&self.marks())
    }

    /// Ends it, and gives its verdict.
    #[inline]
    pub fn end(mut self) -> Outcome {
        let marks = self.marks();
        let verdict = self.held.rule.verdict(&marks);
        self.finish(verdict, &marks);
        verdict
    }

    /// What it has seen, spawned work included.
    #[inline]
    pub(super) fn marks(&self) -> Marks {
        match &self.held.branch {
            None => self.held.marks,
            Some(branch) => self.held.marks.with(branch.marks()),
        }
    }

    #[inline]
    fn finish(&mut self, verdict: Outcome, marks: &Marks) {
        let Some(call) = self.call.take() else { return };
        if matches!(verdict, Outcome::Bad | Outcome::Shed) {
            self.held.rule.blame(marks);
        }
        call.end(verdict);
    }
}

impl Drop for Journey {
    /// A journey that is dropped is bad if a part had failed by then; else it is judged as a dropped call.
    fn drop(&mut self) {
        if self.call.is_none() {
            return;
        }
        let marks = self.marks();
        match self.held.rule.verdict(&marks) {
            failed @ (Outcome::Bad | Outcome::Shed) if !is_only_unreached(self.held.rule, &marks) => {
                self.finish(failed, &marks);
            }
            // dropped by an unwinding thread it counts as a panic, else as cancelled
            _ => drop(self.call.take()),
        }
    }
}

/// Whether nothing is wrong but that parts were not reached yet: a journey that its user left is not bad for that.
fn is_only_unreached(rule: &Rule, marks: &Marks) -> bool {
    !marks.failed && (marks.bad | marks.shed) & rule.need().required == 0
}

/// While a journey is entered.
struct Entered<'a> {
    journey: &'a mut Journey,
    at: Option<usize>,
    unwinding: bool,
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        leave(&mut self.journey.held, self.at);
        if !self.unwinding && std::thread::panicking() {
            self.journey.panicked();
        }
    }
}

impl Journey {
    /// A runtime catches a panic before it drops the future, so that the journey would look cancelled: it ends here.
    #[cold]
    fn panicked(&mut self) {
        self.held.rule.blame(&self.marks().with(Marks { failed: true, ..Marks::default() }));
        drop(self.call.take());
    }
}
