//! A service behind a gate of this library, on virtual time: the same code as in production decides.

use std::time::Duration;

use super::service::{Answer, Request, Service, Work};
use crate::admission::gate::permit::Permit;
use crate::admission::{Ask, Gate};
use crate::clock::Stamp;

/// What a request says at the door.
impl Request {
    /// The ask of a well-behaved client: priority, level, deadline and attempt.
    pub fn ask(&self) -> Ask {
        let ask = Ask::new(self.priority).level(self.level).attempt(self.attempt);
        self.deadline.map_or(ask, |deadline| ask.deadline(deadline))
    }
}

pub(super) fn stamp(time: Duration) -> Stamp {
    Stamp::from_nanos(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}

/// A service behind a [`Gate`] with a clock of its own.
///
/// ```
/// use reliability_core::Gate;
/// use reliability_core::testkit::simulation::{Guarded, Load, Setting, Simulation};
/// use std::time::Duration;
///
/// let s = Duration::from_secs;
/// let setting = Setting::queue().load(Load::steady(0.5).step(s(5), 10.0)).length(s(15));
/// let mut service = Guarded::by(Gate::new("simulated-door"));
/// let record = Simulation::new(setting).run(&mut service, 1);
/// assert!(record.goodput(s(8)..s(15)) > 0.9);                         // ten times what it can do,
/// assert!(record.class_success("critical", s(8)..s(15)) > 0.99);     // and who matters does not notice
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Guarded {
    gate: &'static Gate,
}

impl Guarded {
    /// Behind this gate. It is given a clock of its own, which the simulation moves, and lives as long as the process.
    pub fn by(gate: Gate) -> Self {
        Self { gate: Gate::with_manual_clock(gate) }
    }

    /// The gate, to ask it for its report.
    pub fn gate(&self) -> &'static Gate {
        self.gate
    }
}

impl Service for Guarded {
    type Permit = Permit;

    fn admit(&mut self, request: &Request) -> Option<Permit> {
        let now = stamp(request.arrived);
        self.gate.move_clock(now);
        self.gate.admit_at(request.ask(), now).ok()
    }

    fn release(&mut self, permit: Permit, answer: &Answer) {
        permit.release_at(stamp(answer.at), answer.ending == super::Ending::InTime);
    }

    fn work(&mut self, _request: &Request, work: Work) -> Work {
        work
    }
}
