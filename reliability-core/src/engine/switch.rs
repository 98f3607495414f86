//! A switch of the process as people see it: plain data, a part of what acts.

use std::fmt;

use crate::admission::SetBy;

/// What kind of switch.
///
/// ```
/// assert_eq!(reliability_core::SwitchKind::Ladder.to_string(), "ladder");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SwitchKind {
    /// On, off, or for a share of calls.
    Flag,
    /// Rungs from best to worst.
    Ladder,
    /// Optional content for a share of calls.
    Dimmer,
    /// Admits or refuses.
    Gate,
    /// Refuses calls to a dependency that fails.
    Breaker,
    /// Refuses calls out beyond a fixed number.
    Bulkhead,
    /// Refuses retries beyond a share.
    Retries,
}

impl SwitchKind {
    /// All of them, in the order in which they are declared.
    pub const ALL: [Self; 7] =
        [Self::Flag, Self::Ladder, Self::Dimmer, Self::Gate, Self::Breaker, Self::Bulkhead, Self::Retries];

    /// `flag`, `ladder`, `dimmer`, `gate`, `breaker`, `bulkhead` or `retries`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Ladder => "ladder",
            Self::Dimmer => "dimmer",
            Self::Gate => "gate",
            Self::Breaker => "breaker",
            Self::Bulkhead => "bulkhead",
            Self::Retries => "retries",
        }
    }

    /// The kind of this word.
    pub(crate) fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether its value is the share that is refused on purpose, and not one that is served.
    pub const fn refuses(self) -> bool {
        matches!(self, Self::Gate | Self::Breaker | Self::Bulkhead | Self::Retries)
    }
}

impl fmt::Display for SwitchKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One switch of the process.
///
/// ```
/// fn line(switch: &reliability_core::SwitchReport) -> String {
///     format!("{} {} is {}, set by {}", switch.kind, switch.name, switch.value, switch.set_by)
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SwitchReport {
    /// What kind.
    pub kind: SwitchKind,
    /// Its name.
    pub name: String,
    /// How it stands: `on`, `off` or a share as `25%` for a flag, the rung's name for a ladder, a share for a dimmer, the share that is refused on purpose for
    /// the others.
    pub value: String,
    /// What it can be set to, where that is a list.
    pub values: Vec<String>,
    /// Who set it so.
    pub set_by: SetBy,
    /// Which policy or person that was, if known.
    pub by: Option<String>,
    /// Calls served in full, where that is counted.
    pub served: u64,
    /// Calls served with less, where that is counted.
    pub degraded: u64,
}
