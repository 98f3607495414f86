//! A compartment of a fixed size for calls out, so that one slow dependency cannot take every worker.

use super::ask::Ask;
use super::gate::Gate;
use super::gate::permit::Permit;
use super::gate::report::GateReport;
use super::shed::Shed;
use super::switches::{Known, Switch};

/// Never more than so many calls at once, exactly. It refuses at once and never queues.
///
/// The count is one word that all threads share, which costs about as much as a lock that nobody holds: it is for calls out, which
/// take a thousand times as long. For requests that come in there is the [`Gate`], which finds its size by itself.
///
/// ```
/// use reliability_core::{Ask, Bulkhead, ShedReason};
///
/// static GEOCODER: Bulkhead = Bulkhead::new("geocoder", 1);
///
/// let call = GEOCODER.enter(Ask::current())?;
/// assert_eq!(GEOCODER.enter(Ask::current()).unwrap_err().reason(), ShedReason::Full);
/// drop(call);
/// assert!(GEOCODER.enter(Ask::current()).is_ok());
/// # Ok::<(), reliability_core::Shed>(())
/// ```
#[derive(Debug)]
pub struct Bulkhead(Gate, Known);

impl Bulkhead {
    /// A compartment of this size; 0 is read as 1.
    pub const fn new(name: &'static str, size: u32) -> Self {
        Self(Gate::new(name).bounded(size), Known::new())
    }

    /// Lets a call in, or refuses it.
    ///
    /// # Errors
    /// A refusal, if as many are inside as may.
    pub fn enter(&'static self, ask: impl Into<Ask>) -> Result<Permit, Shed> {
        self.1.note(Switch::Bulkhead(self));
        self.0.admit(ask)
    }

    /// The name.
    pub const fn name(&self) -> &'static str {
        self.0.name()
    }

    /// The gate that it is made of: its mode, its report, and a share to refuse on purpose.
    pub const fn gate(&self) -> &Gate {
        &self.0
    }

    /// What it has done and does now.
    pub fn report(&self) -> GateReport {
        self.0.report()
    }
}
