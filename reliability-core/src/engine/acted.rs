//! What policies did, as plain data: a word for each action, and how often it was taken.
//!
//! Part of a [`ResponseReport`](super::response::ResponseReport). The words are those of events, series and JSON, so one that
//! changes its meaning is a change of all three.

use std::fmt;

/// How often a policy did one thing to a compensator.
/// ```
/// let reliability = reliability_core::Reliability::start()?;
/// assert!(reliability.report().response.acted.is_empty()); // no policy, no action
/// # Ok::<(), reliability_core::StartError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ActedReport {
    /// The policy.
    pub policy: String,
    /// The compensator; empty where the whole policy is meant.
    pub compensator: String,
    /// What was done.
    pub action: CompensationAction,
    /// How often.
    pub times: u64,
}

/// What happened to a compensator.
///
/// ```
/// assert_eq!(reliability_core::CompensationAction::ProbeFailed.to_string(), "probe failed");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CompensationAction {
    /// It was engaged.
    Engaged,
    /// It would have been: the policy is in shadow mode.
    WouldEngage,
    /// It helped.
    Verified,
    /// It did not help in time.
    NotVerified,
    /// The next step is taken.
    Escalated,
    /// A step was left out: what it would switch off is innocent, or cannot be blamed.
    Skipped,
    /// A share was given back.
    Probed,
    /// That did harm: it is taken away again for longer.
    ProbeFailed,
    /// It was released: it is no longer needed.
    Released,
    /// It was taken back: it did not help, or nothing may stay engaged.
    Reverted,
    /// The trigger called for it, and a limit, a condition or a person forbade it.
    HeldBack,
    /// No step helped: everything is reverted and a person is needed. Page-worthy.
    Exhausted,
    /// A person engaged or released it.
    Overridden,
    /// A plan waits for a person's word.
    ApprovalAsked,
    /// A person approved of a plan.
    Approved,
    /// A person declined a plan, or nobody answered.
    Declined,
    /// What runs outside the loop was done.
    Done,
    /// What runs outside the loop failed, took too long or panicked.
    Failed,
}

impl CompensationAction {
    /// One word in `snake_case`, as exported series and JSON name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Engaged => "engaged",
            Self::WouldEngage => "would_engage",
            Self::Verified => "verified",
            Self::NotVerified => "not_verified",
            Self::Escalated => "escalated",
            Self::Skipped => "skipped",
            Self::Probed => "probed",
            Self::ProbeFailed => "probe_failed",
            Self::Released => "released",
            Self::Reverted => "reverted",
            Self::HeldBack => "held_back",
            Self::Exhausted => "exhausted",
            Self::Overridden => "overridden",
            Self::ApprovalAsked => "approval_asked",
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for CompensationAction {
    /// In words, for a sentence.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_str().replace('_', " "))
    }
}
