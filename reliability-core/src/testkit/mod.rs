//! For tests of what you measure: your own counts, a clock that you move, and the same judge as in production.
//!
//! SLIs are statics, and tests run side by side. A [`Lab`] gives the thread that made it a realm of its own: what is
//! recorded there is seen by this lab alone, and by no engine of the process. Other threads of the test join with
//! [`Lab::enter`].
//!
//! ```
//! use reliability_core::testkit::Lab;
//! use reliability_core::{Objective, Outcome, Severity, Sli};
//! use std::time::Duration;
//!
//! let checkout = Sli::named("checkout")?.declare(|spec| spec.objective(Objective::parse("99.9%").unwrap()));
//! let mut lab = Lab::judging([&checkout]);
//! for _ in 0..600 {
//!     checkout.record(Outcome::Bad, Duration::from_millis(5));
//!     lab.advance(Duration::from_secs(1));
//! }
//! assert!(lab.report().slo("checkout-availability").unwrap().is_firing(Severity::Page));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Layer: beside all; imports what it needs, and nobody imports it.

mod acting;
#[cfg(all(test, not(loom)))]
mod alike;
pub mod simulation;
mod switches;

pub use switches::{HeldLease, Turn, lease_runs_out, turn};

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use crate::Handle;
use crate::clock::{Reading, Timestamp};
use crate::compensate::SharedControls;
use crate::engine::driver::Driver;
use crate::engine::event::Event;
use crate::engine::identity::Said;
use crate::engine::report::{Report, SloReport};
use crate::engine::shared::{ChangeError, Shared};
use crate::sli::record::realm::{PROCESS, Realm};
use crate::sli::record::seats;
use crate::sli::{self, Sli};
use crate::slo::composite::FeatureError;
use crate::slo::{Curve, Maintenance, Terms};
use crate::spec::{FeatureSpec, Method};

/// A judge with a clock of its own, over counts of its own.
pub struct Lab {
    shared: Arc<Shared>,
    controls: SharedControls,
    realm: Arc<Realm>,
    now: Reading,
    events: Vec<Event>,
    _entered: Entered,
}

impl std::fmt::Debug for Lab {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lab").field("now", &self.now).field("events", &self.events).finish_non_exhaustive()
    }
}

/// While it lives, this thread counts into the lab's realm.
#[derive(Debug)]
pub struct Entered {
    before: Option<Arc<Realm>>,
    /// It belongs to its thread.
    _not_send: PhantomData<*const ()>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        seats::enter(self.before.take());
    }
}

/// What a thread needs to join a lab. Clone it into the thread.
#[derive(Clone, Debug)]
pub struct Door(Arc<Realm>);

impl Door {
    /// Makes this thread count into the lab's realm.
    pub fn enter(&self) -> Entered {
        Entered { before: seats::enter(Some(Arc::clone(&self.0))), _not_send: PhantomData }
    }
}

impl Default for Lab {
    fn default() -> Self {
        Self::new()
    }
}

impl Lab {
    /// A lab that judges the program's catalogue. The clock stands at 2026-03-01T00:00:00Z.
    pub fn new() -> Self {
        Self::judging(sli::catalogue().iter())
    }

    /// A lab that judges these SLIs.
    pub fn judging<'a>(slis: impl IntoIterator<Item = &'a Sli>) -> Self {
        let realm = Arc::new(Realm::default());
        let now = Reading { wall: Timestamp::from_unix_seconds(1_772_323_200), monotonic: Duration::from_secs(1) };
        let said = Said { service: Some("lab".into()), instance: Some("lab-1".into()), ..Said::default() };
        let identity = said.resolve(|_| None);
        let driver = Driver::new(identity, now, Box::new(|_, terms| terms), true);
        let shared = Arc::new(Shared::new(driver, Some(Box::new(str::to_owned)), None, Some(Arc::clone(&realm))));
        for sli in slis {
            shared.add(sli).unwrap_or_else(|error| panic!("{error}"));
        }
        let entered = Door(Arc::clone(&realm)).enter();
        Self { shared, controls: SharedControls::default(), realm, now, events: Vec::new(), _entered: entered }
    }

    /// A handle on what the lab knows: for a page, or whatever else reads.
    pub fn handle(&self) -> Handle {
        Handle::of(Arc::clone(&self.shared), Arc::clone(&self.controls))
    }

    /// For other threads of the test.
    pub fn door(&self) -> Door {
        Door(Arc::clone(&self.realm))
    }

    /// Makes this thread count into the lab's realm: shorthand for [`Lab::door`] on the same thread.
    pub fn enter(&self) -> Entered {
        self.door().enter()
    }

    /// The lab's time.
    pub fn now(&self) -> Timestamp {
        self.now.wall
    }

    /// Lets time pass, second by second, with a tick at each; gives the events.
    pub fn advance(&mut self, time: Duration) -> Vec<Event> {
        self.advance_by(time, Duration::from_secs(1))
    }

    /// Lets time pass with a tick at each step.
    pub fn advance_by(&mut self, time: Duration, step: Duration) -> Vec<Event> {
        let (mut left, mut events) = (time, Vec::new());
        while left > Duration::ZERO {
            let step = step.min(left).max(Duration::from_nanos(1));
            left -= step;
            self.now.monotonic += step;
            self.now.wall = self.now.wall + step;
            events.extend(self.shared.tick(|| self.now));
        }
        self.events.extend(events.iter().cloned());
        events
    }

    /// Moves the wall clock alone, as an operator or a suspend does; the next tick sees it.
    pub fn step_wall_clock(&mut self, to: Timestamp) {
        self.now.wall = to;
    }

    /// Judges now, without time passing.
    pub fn tick(&mut self) -> Vec<Event> {
        let events = self.shared.tick(|| self.now);
        self.events.extend(events.iter().cloned());
        events
    }

    /// Everything as of the last tick.
    pub fn report(&self) -> Report {
        self.shared.report()
    }

    /// All events so far.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Judges an SLO by other terms from now on: see [`Handle::change`].
    ///
    /// # Errors
    /// If there is no SLO of that name, or the new window names a time zone that is not known: then nothing changes.
    pub fn change(&mut self, slo: &str, terms: impl FnOnce(Terms) -> Terms) -> Result<(), ChangeError> {
        self.shared.change(slo, terms)
    }

    /// Declares planned time: see [`Handle::plan`].
    pub fn plan(&mut self, maintenance: Maintenance) {
        self.shared.plan(maintenance);
    }

    /// Judges these features from now on: see [`Handle::set_features`].
    ///
    /// # Errors
    /// With all that is wrong; then those of before stay.
    pub fn set_features(&mut self, features: Vec<FeatureSpec>) -> Result<(), FeatureError> {
        self.shared.set_features(features)
    }

    /// How each budget was spent over its period: see [`Handle::curves`].
    pub fn curves(&self, points: usize) -> Vec<(String, Curve)> {
        self.shared.curves(points)
    }

    /// The share of an SLO's budget that is spent, as of the last tick: 0 is nothing, above 1 is overspent.
    ///
    /// A rolling budget is measured against the traffic so far, so in a young lab a few failures spend a lot of it. What a
    /// scenario would cost in production says [`cost`](Self::cost).
    ///
    /// # Panics
    /// If there is no SLO of that name; the message lists those that there are.
    #[track_caller]
    pub fn spent(&self, slo: &str) -> f64 {
        1.0 - self.slo(slo).budget_remaining
    }

    /// The share of a whole period's budget that the failures so far cost, in a period of `events_per_period` events:
    /// failures / (events × (1 − objective)). For tests such as "this scenario may burn at most 2 %".
    ///
    /// ```
    /// use reliability_core::testkit::Lab;
    /// use reliability_core::{Objective, Outcome, Sli};
    /// use std::time::Duration;
    ///
    /// let checkout = Sli::named("checkout")?.declare(|spec| spec.objective(Objective::parse("99.9%").unwrap()));
    /// let mut lab = Lab::judging([&checkout]);
    /// checkout.record_many(Outcome::Good, 970);
    /// checkout.record_many(Outcome::Bad, 30);
    /// lab.advance(Duration::from_secs(60));
    ///
    /// assert!((lab.spent("checkout-availability") - 30.0).abs() < 1e-9); // 1 of 1000 may fail, and 30 did
    /// assert!((lab.cost("checkout-availability", 3_000_000) - 0.01).abs() < 1e-9); // of a month's 3000
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    /// If there is no SLO of that name, if `events_per_period` is 0, or if the SLO counts slices: their number does not
    /// depend on the traffic, so there [`spent`](Self::spent) is the answer.
    #[track_caller]
    pub fn cost(&self, slo: &str, events_per_period: u64) -> f64 {
        let slo = self.slo(slo);
        assert!(events_per_period > 0, "a period without events has no budget: say how many it has");
        assert!(slo.method == Method::Occurrences, "{} counts {}, not events: ask `spent`", slo.name, slo.method);
        slo.bad as f64 * 1e9 / (events_per_period as f64 * f64::from(slo.objective.error_ppb()))
    }

    #[track_caller]
    fn slo(&self, name: &str) -> SloReport {
        let report = self.report();
        report.slo(name).cloned().unwrap_or_else(|| {
            let known: Vec<_> = report.slis.iter().flat_map(|sli| &sli.slos).map(|slo| slo.name.as_str()).collect();
            panic!("there is no SLO {name:?}; there are: {}", known.join(", "))
        })
    }
}

/// Who a process is whose environment variables `variable` gives, where the builder says nothing.
///
/// ```
/// use reliability_core::testkit::identity_from;
/// let identity = identity_from(|name| (name == "OTEL_SERVICE_NAME").then(|| "shop".to_owned()));
/// assert_eq!(identity.service, "shop");
/// ```
pub fn identity_from(variable: impl Fn(&str) -> Option<String>) -> crate::Identity {
    Said::default().resolve(variable)
}

/// Makes the loop of a running engine panic at its next look: to see that requests never notice.
pub fn break_loop(handle: &Handle) {
    handle.shared().break_loop();
}

/// Runs `meanwhile` while the loop of a running engine hangs: it can neither read, judge nor report until that returns.
pub fn hang_loop<R>(handle: &Handle, meanwhile: impl FnOnce() -> R) -> R {
    handle.shared().hang_loop(meanwhile)
}

/// Makes whoever comes by next find the lease on what policies have engaged over, as if the loop had hung for long: a
/// request reverts it. It is one lease for the process, so this touches every test in it.
pub fn lapse() {
    crate::clock::lease::run_out();
}

/// What the process has counted of one SLI, whoever judges it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Peek {
    /// Calls that began.
    pub started: u64,
    /// Good ones.
    pub good: u64,
    /// Bad ones.
    pub bad: u64,
    /// Ignored ones.
    pub ignored: u64,
    /// Shed ones.
    pub shed: u64,
    /// Cancelled ones.
    pub cancelled: u64,
    /// Those that were answered by something cheaper, whatever their outcome.
    pub degraded: u64,
}

/// Reads the process's counts of an SLI, label values included, without an engine.
pub fn peek(sli: &Sli) -> Peek {
    let totals = PROCESS.meter(sli).read();
    Peek {
        started: totals.started,
        good: totals.good,
        bad: totals.bad,
        ignored: totals.ignored,
        shed: totals.shed,
        cancelled: totals.cancelled.iter().sum(),
        degraded: totals.degraded,
    }
}

/// How many calls each label value has, good and bad together.
pub fn peek_labels(sli: &Sli) -> Vec<(&'static str, u64)> {
    PROCESS.meter(sli).by_label().into_iter().map(|(value, totals)| (value, totals.good + totals.bad)).collect()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::{Objective, Outcome};

    fn lab() -> (Sli, Lab) {
        let checkout = Sli::named("checkout").unwrap().declare(|spec| spec.objective(Objective::parse("99%").unwrap()));
        let mut lab = Lab::judging([&checkout]);
        checkout.record_many(Outcome::Good, 90);
        checkout.record_many(Outcome::Bad, 10);
        lab.advance(Duration::from_secs(5));
        (checkout, lab)
    }

    #[test]
    #[should_panic(expected = "there is no SLO \"checkout\"; there are: checkout-availability")]
    fn an_unknown_slo_is_answered_with_those_that_there_are() {
        lab().1.spent("checkout");
    }

    #[test]
    #[should_panic(expected = "a period without events has no budget")]
    fn a_cost_without_traffic_is_refused() {
        lab().1.cost("checkout-availability", 0);
    }

    #[test]
    #[should_panic(expected = "counts timeslices 1m 99%, not events")]
    fn a_cost_in_events_is_refused_where_slices_are_counted() {
        let (_checkout, mut lab) = lab();
        let slices = Method::parse("timeslices 1m 99%").unwrap();
        lab.change("checkout-availability", |terms| terms.method(slices)).unwrap();
        lab.tick();
        lab.cost("checkout-availability", 1_000);
    }

    #[test]
    fn a_changed_objective_reads_the_same_failures_anew() {
        let (_checkout, mut lab) = lab();
        assert!((lab.spent("checkout-availability") - 10.0).abs() < 1e-9);
        assert!((lab.cost("checkout-availability", 100_000) - 0.01).abs() < 1e-12);
        let looser = Objective::parse("80%").unwrap();
        lab.change("checkout-availability", |terms| terms.objective(looser)).unwrap();
        lab.tick();
        assert!((lab.spent("checkout-availability") - 0.5).abs() < 1e-9);
        assert!(lab.change("checkout", |terms| terms).is_err());
    }

    #[test]
    fn planned_time_excuses_failures_and_the_curve_shows_the_others() {
        let (checkout, mut lab) = lab();
        lab.plan(Maintenance::new("upgrade", lab.now(), lab.now() + Duration::from_secs(60)).unwrap().not_charged());
        lab.advance(Duration::from_secs(5));
        checkout.record_many(Outcome::Bad, 50);
        lab.advance(Duration::from_secs(5));
        let report = lab.report();
        assert_eq!(report.slo("checkout-availability").unwrap().bad, 10);
        assert!(report.maintenance[0].is_now);
        let curves = lab.curves(3);
        assert_eq!((curves[0].0.as_str(), curves[0].1.points.len()), ("checkout-availability", 3 + 1)); // both ends
    }
}
