//! Rules of admission that need nothing of this library: a door that is always open, and a fixed limit.

use super::service::{Answer, Request, Service};

/// Admits everything: what a service without a rule does.
///
/// ```
/// use reliability_core::testkit::simulation::{Load, Open, Setting, Simulation};
/// use std::time::Duration;
/// let simulation = Simulation::new(Setting::queue().load(Load::steady(2.0)).length(Duration::from_secs(5)));
/// let later = Duration::from_secs(2)..Duration::from_secs(5);
/// assert!(simulation.run(&mut Open, 1).success(later) < 0.01); // everybody is let in, and nobody is answered in time
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Open;

impl Service for Open {
    type Permit = ();

    fn admit(&mut self, _request: &Request) -> Option<()> {
        Some(())
    }

    fn release(&mut self, (): (), _answer: &Answer) {}
}

/// Admits while fewer than a fixed number are in flight: what a semaphore does.
///
/// ```
/// use reliability_core::testkit::simulation::{Fixed, Load, Setting, Simulation};
/// use std::time::Duration;
///
/// let simulation = Simulation::new(Setting::queue().load(Load::steady(10.0)).length(Duration::from_secs(5)));
/// let record = simulation.run(&mut Fixed::new(32), 1);
/// let later = Duration::from_secs(1)..Duration::from_secs(5);
/// assert!(record.goodput(later.clone()) > 0.95); // well chosen for this server,
/// assert!(record.class_success("critical", later) < 0.2); // and blind for who matters
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fixed {
    limit: usize,
    in_flight: usize,
}

impl Fixed {
    /// At most this many at once.
    pub const fn new(limit: usize) -> Self {
        Self { limit, in_flight: 0 }
    }
}

impl Service for Fixed {
    type Permit = ();

    fn admit(&mut self, _request: &Request) -> Option<()> {
        (self.in_flight < self.limit).then(|| self.in_flight += 1)
    }

    fn release(&mut self, (): (), _answer: &Answer) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }
}
