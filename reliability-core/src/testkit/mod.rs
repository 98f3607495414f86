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

#[cfg(all(test, not(loom)))]
mod alike;

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use crate::Handle;
use crate::clock::{Reading, Timestamp};
use crate::engine::driver::Driver;
use crate::engine::event::Event;
use crate::engine::identity::Said;
use crate::engine::report::Report;
use crate::engine::shared::Shared;
use crate::sli::record::realm::{PROCESS, Realm};
use crate::sli::record::seats;
use crate::sli::{self, Sli};

/// A judge with a clock of its own, over counts of its own.
pub struct Lab {
    shared: Arc<Shared>,
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
        let driver = Driver::new(identity, now, Box::new(|_, terms| terms), Some(Box::new(str::to_owned)));
        let shared = Arc::new(Shared::new(driver, None, Some(Arc::clone(&realm))));
        for sli in slis {
            shared.add(sli).unwrap_or_else(|error| panic!("{error}"));
        }
        let entered = Door(Arc::clone(&realm)).enter();
        Self { shared, realm, now, events: Vec::new(), _entered: entered }
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
            events.extend(self.shared.tick(self.now));
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
        let events = self.shared.tick(self.now);
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
    }
}

/// How many calls each label value has, good and bad together.
pub fn peek_labels(sli: &Sli) -> Vec<(&'static str, u64)> {
    PROCESS.meter(sli).by_label().into_iter().map(|(value, totals)| (value, totals.good + totals.bad)).collect()
}
