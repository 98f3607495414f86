//! What waits for somebody's word, as plain data.

use crate::clock::Timestamp;

/// A plan that waits for a person's word.
///
/// ```
/// fn question(plan: &reliability_core::ApprovalReport) -> String {
///     format!("{} asks for {}: yes or no to {}?", plan.requester, plan.plan, plan.digest)
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApprovalReport {
    /// What it is called in an answer.
    pub id: String,
    /// The policy.
    pub policy: String,
    /// The compensator.
    pub compensator: String,
    /// The exact plan, as it would be carried out, without secrets.
    pub plan: String,
    /// A digest of that plan: an answer names it, so that it holds for this plan alone.
    pub digest: String,
    /// Who asks.
    pub requester: String,
    /// Since when.
    pub asked: Timestamp,
    /// When silence becomes a no.
    pub expires: Timestamp,
    /// How it stands.
    pub state: ApprovalState,
}

/// How an approval stands.
///
/// ```
/// use reliability_core::ApprovalState;
/// fn may_go_on(state: &ApprovalState) -> bool { matches!(state, ApprovalState::Approved { .. }) }
/// assert!(!may_go_on(&ApprovalState::Expired)); // silence is no
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApprovalState {
    /// Nobody has answered.
    Pending,
    /// Somebody said yes.
    Approved {
        /// Who.
        by: String,
    },
    /// Somebody said no.
    Declined {
        /// Who.
        by: String,
    },
    /// Nobody answered in time, which is a no.
    Expired,
}
