//! What the process has counted, without an engine: for a test of an attribute, or of a classifier.
//!
//! These are the process's own counts, which all tests of a program share: ask of SLIs that no other test counts into.

use crate::sli::Sli;
use crate::sli::record::realm::PROCESS;

/// What the process has counted of one SLI, whoever judges it.
///
/// ```
/// use reliability_core::testkit::{Peek, peek};
/// use reliability_core::{Outcome, Sli};
/// static CART: Sli = Sli::new("peeked-cart");
/// CART.begin().end(Outcome::Bad);
/// assert_eq!(peek(&CART), Peek { started: 1, bad: 1, ..Peek::default() });
/// ```
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
///
/// ```
/// use reliability_core::{Outcome, Sli, testkit::peek};
/// static CART: Sli = Sli::new("peek-cart");
/// CART.begin().end(Outcome::Good);
/// assert_eq!(peek(&CART).good, 1);
/// ```
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
///
/// ```
/// use reliability_core::{Sli, testkit::peek_labels};
/// static CART: Sli = Sli::new("labelled-cart");
/// assert!(peek_labels(&CART).is_empty()); // it declares no label
/// ```
pub fn peek_labels(sli: &Sli) -> Vec<(&'static str, u64)> {
    PROCESS.meter(sli).by_label().into_iter().map(|(value, totals)| (value, totals.good + totals.bad)).collect()
}
