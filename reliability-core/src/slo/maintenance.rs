//! Planned time.
//!
//! What fails in it is charged to the budget or not, as declared. It is shown either way, and where it is not charged the
//! budget that nothing is excused from is shown beside the other, so that nobody has to guess what the declaration did. Time that is not charged is seen by no pair of windows either: its events do
//! not exist for them, and its minutes are observed and empty.
//!
//! Events between two looks are excused only if both looks fall into the planned time: at its edges a second of it may be
//! charged, never a second outside be excused.

use crate::clock::Timestamp;

/// Planned time of a service, or of some of its SLIs: from `from` up to, not including, `to`.
///
/// ```
/// use reliability_core::{Maintenance, Timestamp};
/// let from = Timestamp::from_unix_seconds(1_773_100_800);
/// let to = Timestamp::from_unix_seconds(1_773_104_400);
/// let upgrade = Maintenance::new("database upgrade", from, to).unwrap().of(["checkout"]).not_charged();
/// assert!(upgrade.concerns("checkout") && !upgrade.concerns("search"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Maintenance {
    /// What people call it.
    pub name: String,
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub to: Timestamp,
    /// The SLIs concerned; all where none is named.
    pub slis: Vec<String>,
    /// Whether failures in it spend the budget. They do unless said.
    pub charged: bool,
}

impl Maintenance {
    /// Planned time of the whole service, charged; `None` if it does not end after it began.
    pub fn new(name: impl Into<String>, from: Timestamp, to: Timestamp) -> Option<Self> {
        (from < to).then(|| Self { name: name.into(), from, to, slis: Vec::new(), charged: true })
    }

    /// Concerns only these SLIs.
    #[must_use]
    pub fn of<S: Into<String>>(mut self, slis: impl IntoIterator<Item = S>) -> Self {
        self.slis.extend(slis.into_iter().map(Into::into));
        self
    }

    /// Failures in it do not spend the budget.
    #[must_use]
    pub fn not_charged(mut self) -> Self {
        self.charged = false;
        self
    }

    /// Whether it is about this SLI.
    pub fn concerns(&self, sli: &str) -> bool {
        self.slis.is_empty() || self.slis.iter().any(|name| name == sli)
    }

    /// Whether `at` lies in it.
    pub fn is_at(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }

    /// Whether what an SLI counted after `from` and up to `to` is excused.
    pub(crate) fn excuses(&self, sli: &str, from: Timestamp, to: Timestamp) -> bool {
        !self.charged && self.from <= from && to <= self.to && self.concerns(sli)
    }
}
