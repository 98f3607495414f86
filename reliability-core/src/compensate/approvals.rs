//! Where a plan waits for a person's word.
//!
//! Silence is no. A word holds for one plan alone: it names the digest of the plan, as the person saw it. Whoever asked cannot
//! approve. The last thirty-two are remembered for the report.
//!
//! Only workers wait here, and only for as long as they were told.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Reading;
use crate::engine::response::{ApprovalReport, ApprovalState};

const REMEMBERED: usize = 32;

/// The plans that wait. Clone it to share it.
///
/// ```
/// use reliability_core::compensate::Approvals;
/// use std::time::Duration;
///
/// let approvals = Approvals::default();
/// let id = approvals.ask("bad-deploy", "roll-back", "go back to 1.4.2", "sha256:ab12", "shop-1", Duration::from_secs(60));
/// assert!(approvals.answer(&id, "sha256:ffff", "kim", true).is_err()); // another plan
/// assert!(approvals.answer(&id, "sha256:ab12", "shop-1", true).is_err()); // the requester
/// approvals.answer(&id, "sha256:ab12", "kim", true)?;
/// assert_eq!(approvals.wait(&id).as_deref(), Ok("kim"));
/// # Ok::<(), reliability_core::compensate::ApprovalError>(())
/// ```
#[derive(Clone, Default)]
pub struct Approvals(Arc<Board>);

#[derive(Default)]
struct Board {
    plans: Mutex<Plans>,
    answered: Condvar,
}

#[derive(Default)]
struct Plans {
    asked: u64,
    plans: VecDeque<(ApprovalReport, Duration)>,
}

/// Why a word does not count, or why a plan is not carried out.
///
/// ```
/// use reliability_core::compensate::{ApprovalError, Approvals};
/// let nobody = Approvals::default().answer("plan-7", "sha256:ab12", "kim", true);
/// assert_eq!(nobody, Err(ApprovalError::Unknown));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApprovalError {
    /// No plan of that name waits.
    Unknown,
    /// It is not the plan that waits.
    OtherPlan,
    /// Whoever asked cannot approve.
    Requester,
    /// It was answered before, or its time is over.
    Over,
    /// Somebody declined.
    Declined {
        /// Who.
        by: String,
    },
    /// Nobody answered in time.
    Silence,
}

impl fmt::Display for ApprovalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("no plan of that name waits for an answer"),
            Self::OtherPlan => f.write_str("the answer is for another plan than the one that waits"),
            Self::Requester => f.write_str("whoever asked for it cannot approve of it"),
            Self::Over => f.write_str("it was answered before, or its time is over"),
            Self::Declined { by } => write!(f, "declined by {by}"),
            Self::Silence => f.write_str("nobody answered in time, which is a no"),
        }
    }
}

impl std::error::Error for ApprovalError {}

impl fmt::Debug for Approvals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Approvals").finish_non_exhaustive()
    }
}

impl Approvals {
    fn plans(&self) -> MutexGuard<'_, Plans> {
        self.0.plans.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a plan wait for a word, for so long at the most. Gives its name.
    pub fn ask(
        &self,
        policy: &str,
        compensator: &str,
        plan: &str,
        digest: &str,
        requester: &str,
        within: Duration,
    ) -> String {
        let now = Reading::now();
        let mut plans = self.plans();
        plans.asked += 1;
        let id = format!("{policy}-{}", plans.asked);
        let report = ApprovalReport {
            id: id.clone(),
            policy: policy.to_owned(),
            compensator: compensator.to_owned(),
            plan: plan.to_owned(),
            digest: digest.to_owned(),
            requester: requester.to_owned(),
            asked: now.wall,
            expires: now.wall + within,
            state: ApprovalState::Pending,
        };
        plans.plans.push_front((report, now.monotonic + within));
        plans.plans.truncate(REMEMBERED);
        id
    }

    /// A person's word on a plan.
    ///
    /// # Errors
    /// If no such plan waits, the digest is of another one, its time is over, or whoever asked approves.
    pub fn answer(&self, id: &str, digest: &str, by: &str, yes: bool) -> Result<(), ApprovalError> {
        let now = Reading::now().monotonic;
        let mut plans = self.plans();
        let (plan, until) = plans.plans.iter_mut().find(|(plan, _)| plan.id == id).ok_or(ApprovalError::Unknown)?;
        if plan.digest != digest {
            return Err(ApprovalError::OtherPlan);
        }
        if plan.state != ApprovalState::Pending || now >= *until {
            return Err(ApprovalError::Over);
        }
        if yes && plan.requester == by {
            return Err(ApprovalError::Requester);
        }
        let by = by.to_owned();
        plan.state = if yes { ApprovalState::Approved { by } } else { ApprovalState::Declined { by } };
        self.0.answered.notify_all();
        Ok(())
    }

    /// Waits for the word, and gives who approved. For worker threads.
    ///
    /// # Errors
    /// If somebody declined, nobody answered in time, or the plan was withdrawn.
    pub fn wait(&self, id: &str) -> Result<String, ApprovalError> {
        let mut plans = self.plans();
        loop {
            let now = Reading::now().monotonic;
            let (plan, until) = plans.plans.iter_mut().find(|(plan, _)| plan.id == id).ok_or(ApprovalError::Unknown)?;
            match &plan.state {
                ApprovalState::Approved { by } => return Ok(by.clone()),
                ApprovalState::Declined { by } => return Err(ApprovalError::Declined { by: by.clone() }),
                ApprovalState::Expired => return Err(ApprovalError::Silence),
                ApprovalState::Pending if now >= *until => {
                    plan.state = ApprovalState::Expired;
                    return Err(ApprovalError::Silence);
                }
                ApprovalState::Pending => {}
            }
            let left = until.saturating_sub(now);
            plans = self.0.answered.wait_timeout(plans, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The policy no longer wants it.
    pub(super) fn withdraw(&self, policy: &str, compensator: &str) {
        let mut plans = self.plans();
        for (plan, _) in &mut plans.plans {
            if plan.policy == policy && plan.compensator == compensator && plan.state == ApprovalState::Pending {
                plan.state = ApprovalState::Declined { by: "the policy, which no longer wants it".into() };
            }
        }
        self.0.answered.notify_all();
    }

    /// The plans, latest first.
    pub(super) fn report(&self) -> Vec<ApprovalReport> {
        let now = Reading::now().monotonic;
        let mut plans = self.plans();
        for (plan, until) in &mut plans.plans {
            if plan.state == ApprovalState::Pending && now >= *until {
                plan.state = ApprovalState::Expired;
            }
        }
        plans.plans.iter().map(|(plan, _)| plan.clone()).collect()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn silence_is_a_no_and_a_withdrawn_plan_too() {
        let approvals = Approvals::default();
        let id = approvals.ask("p", "c", "plan", "d", "me", Duration::ZERO);
        assert_eq!(approvals.wait(&id), Err(ApprovalError::Silence));
        assert_eq!(approvals.answer(&id, "d", "kim", true), Err(ApprovalError::Over));
        let id = approvals.ask("p", "c", "plan", "d", "me", Duration::from_secs(600));
        approvals.withdraw("p", "c");
        assert!(matches!(approvals.wait(&id), Err(ApprovalError::Declined { .. })));
        assert_eq!(approvals.report().len(), 2);
    }
}
