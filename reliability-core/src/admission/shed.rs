//! The refusal: small, copied, and named for its condition.

use std::fmt;
use std::time::Duration;

use super::priority::Priority;
use crate::sli::{Classify, Outcome};

/// Why a request was refused.
///
/// ```
/// use reliability_core::ShedReason;
/// assert_eq!(ShedReason::Overload.name(), "overload");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ShedReason {
    /// More is offered than can be served, and this was among the least important.
    Overload,
    /// It could not have been answered before its deadline.
    Deadline,
    /// A policy or a person refuses this share of the traffic.
    Forced,
    /// As many as are allowed are inside.
    Full,
    /// The breaker of a dependency is open.
    Open,
    /// As many fallbacks as are allowed are running.
    Fallbacks,
    /// As many retries as are allowed are running.
    Retries,
}

impl ShedReason {
    /// All of them, in the order of their names in a report.
    pub const ALL: [Self; 7] =
        [Self::Overload, Self::Deadline, Self::Forced, Self::Full, Self::Open, Self::Fallbacks, Self::Retries];

    /// A word for series and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Overload => "overload",
            Self::Deadline => "deadline",
            Self::Forced => "forced",
            Self::Full => "full",
            Self::Open => "open",
            Self::Fallbacks => "fallbacks",
            Self::Retries => "retries",
        }
    }
}

impl fmt::Display for ShedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Overload => "more is offered than can be served",
            Self::Deadline => "it could not be answered before its deadline",
            Self::Forced => "a share of the traffic is refused on purpose",
            Self::Full => "as many as are allowed are inside",
            Self::Open => "the dependency's breaker is open",
            Self::Fallbacks => "as many fallbacks as are allowed are running",
            Self::Retries => "as many retries as are allowed are running",
        })
    }
}

/// A refusal. Counted as [`Outcome::Shed`]: neither good nor bad to whatever decides about refusing.
///
/// ```
/// use reliability_core::{Classify, Outcome, Priority, Shed, ShedReason};
/// use std::time::Duration;
///
/// let shed = Shed::new("front-door", ShedReason::Overload, Priority::Low).after(Duration::from_secs(1));
/// assert_eq!(shed.to_string(), "refused at front-door: more is offered than can be served");
/// assert_eq!(shed.classify(), Outcome::Shed);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Shed {
    gate: &'static str,
    /// The reason's number (8 bits), the class (8), milliseconds until it may be tried again (32: 49 days), in one word: narrow
    /// parts that are written apart and read together stall the processor.
    facts: u64,
}

impl Shed {
    /// A refusal by the gate, breaker or ladder of this name, to be tried again after a second.
    #[inline]
    pub const fn new(gate: &'static str, reason: ShedReason, priority: Priority) -> Self {
        Self::made(gate, reason, priority, 1_000)
    }

    #[inline]
    pub(crate) const fn made(gate: &'static str, reason: ShedReason, priority: Priority, millis: u32) -> Self {
        Self { gate, facts: reason as u64 | (priority as u64) << 8 | (millis as u64) << 16 }
    }

    /// The same with another time after which it may be tried again; 49 days at the most.
    #[must_use]
    pub fn after(self, retry_after: Duration) -> Self {
        let millis = u32::try_from(retry_after.as_millis()).unwrap_or(u32::MAX);
        Self::made(self.gate, self.reason(), self.priority(), millis)
    }

    /// Who refused.
    pub const fn gate(&self) -> &'static str {
        self.gate
    }

    /// Why.
    pub const fn reason(&self) -> ShedReason {
        ShedReason::ALL[(self.facts & 0xff) as usize % ShedReason::ALL.len()]
    }

    /// The class of what was refused.
    pub const fn priority(&self) -> Priority {
        Priority::ALL[(self.facts >> 8 & 0xff) as usize % Priority::ALL.len()]
    }

    /// When it makes sense to ask again: from a gate as long as it has refused already, from a breaker as long as it rests yet, one
    /// second at least and less than sixty, with a part that differs from one refusal to the next, so that clients do not come back in
    /// step. The head of `admission/gate/comeback.rs` has the sources.
    pub const fn retry_after(&self) -> Duration {
        Duration::from_millis(self.facts >> 16 & 0xffff_ffff)
    }
}

impl fmt::Debug for Shed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shed")
            .field("gate", &self.gate)
            .field("reason", &self.reason())
            .field("priority", &self.priority())
            .field("retry_after", &self.retry_after())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Shed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused at {}: {}", self.gate, self.reason())
    }
}

impl std::error::Error for Shed {}

impl Classify for Shed {
    fn classify(&self) -> Outcome {
        Outcome::Shed
    }
}
