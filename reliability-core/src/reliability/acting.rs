//! The front door's part that acts: policies for the builder, a person's hand for the handle.

use std::path::PathBuf;
use std::time::Duration;

use super::{Builder, Handle};
use crate::compensate::policy::words::Word;
use crate::compensate::responder::{LEASE, Policies, Setting};
use crate::compensate::{ApprovalError, ControlError, Policy, SharedControls};

/// How many policies may be engaged at once, unless said otherwise.
const AT_ONCE: usize = 3;

/// What the builder was told about acting.
#[derive(Debug, Default)]
pub(super) struct Acting {
    policies: Vec<Policy>,
    most_at_once: Option<usize>,
    soak: Option<Duration>,
    memory: Option<PathBuf>,
}

impl Acting {
    /// Policies from elsewhere. One that the builder was given by the same name wins: it may do what others cannot say.
    pub(super) fn bring(&mut self, policies: Vec<Policy>) {
        for policy in policies {
            if self.policies.iter().all(|known| known.name != policy.name) {
                self.policies.push(policy);
            }
        }
    }

    /// # Errors
    /// If the system gives no thread.
    pub(super) fn start(
        self,
        controls: SharedControls,
        service: String,
        version: Option<String>,
        stored: bool,
    ) -> std::io::Result<Policies> {
        Policies::new(Setting {
            policies: self.policies,
            controls,
            most_at_once: self.most_at_once.unwrap_or(AT_ONCE),
            lease: LEASE,
            service,
            version,
            soak: self.soak,
            stored: stored && self.memory.is_none(),
            memory: self.memory,
        })
    }
}

impl Builder<'_> {
    /// Lets a policy act, or watch. One of a name that is there already replaces it. See [`Policy`].
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.acting.policies.retain(|known| known.name != policy.name);
        self.acting.policies.push(policy);
        self
    }

    /// So many policies may be engaged at once; 3 unless said otherwise. What goes wrong everywhere at once is not what policies
    /// are for.
    #[must_use]
    pub fn most_policies_at_once(mut self, most: usize) -> Self {
        self.acting.most_at_once = Some(most);
        self
    }

    /// A version must meet its objectives for so long to be known as good; half an hour unless said otherwise.
    #[must_use]
    pub fn soak(mut self, soak: Duration) -> Self {
        self.acting.soak = Some(soak);
        self
    }

    /// Remembers in this small file what must outlive a restart: how often policies engaged, the version known to be good, the
    /// kill switch and what a person has set. It is read at the start and written by a thread of its own. A damaged
    /// file is kept aside, and the limits of all policies then count as reached for one window. A store (the feature `store`) keeps
    /// all of this too: then no file of its own is needed.
    #[must_use]
    pub fn memory(mut self, path: impl Into<PathBuf>) -> Self {
        self.acting.memory = Some(path.into());
        self
    }
}

impl Handle {
    /// Forbids every policy to act, and takes back at once what they have engaged; or allows it again. What a person has set
    /// stays. It works while the loop hangs.
    ///
    /// ```
    /// let reliability = reliability_core::Reliability::start()?;
    /// reliability.handle().kill_switch(true, Some("kim"));
    /// assert!(reliability.report().response.kill_switch);
    /// # Ok::<(), reliability_core::StartError>(())
    /// ```
    pub fn kill_switch(&self, on: bool, by: Option<&str>) {
        self.controls.kill(on, by.map(str::to_owned));
    }

    /// Engages the first step of a policy and leaves it until [`release`](Self::release) or [`automatic`](Self::automatic).
    ///
    /// # Errors
    /// If there is no policy of that name, it is in shadow mode, or the kill switch is on.
    pub fn engage(&self, policy: &str, by: Option<&str>) -> Result<(), ControlError> {
        self.controls.policy(policy, Word::Engage, by.map(str::to_owned))
    }

    /// Releases a policy, which then does nothing until [`engage`](Self::engage) or [`automatic`](Self::automatic).
    ///
    /// # Errors
    /// If there is no policy of that name.
    pub fn release(&self, policy: &str, by: Option<&str>) -> Result<(), ControlError> {
        self.controls.policy(policy, Word::Release, by.map(str::to_owned))
    }

    /// Lets a policy that a person has engaged or released decide by itself again.
    ///
    /// # Errors
    /// If there is no policy of that name.
    pub fn automatic(&self, policy: &str, by: Option<&str>) -> Result<(), ControlError> {
        self.controls.policy(policy, Word::Automatic, by.map(str::to_owned))
    }

    /// Sets a switch by hand: `on`, `off` or a percentage, the name of a ladder's rung; `None` takes the hand off it. It wins
    /// over policies and providers, at once. Where two kinds share a name, say `flag/name`.
    ///
    /// ```
    /// use reliability_core::{Flag, Reliability, SetBy};
    /// let reliability = Reliability::start()?;
    /// let banners = Flag::named("hand-banners", true)?;
    /// reliability.handle().set_switch("hand-banners", Some("25%"), Some("kim"))?;
    /// assert_eq!((banners.share().as_f64(), banners.set_by()), (0.25, SetBy::Manual));
    /// reliability.handle().set_switch("hand-banners", None, Some("kim"))?;
    /// assert!(banners.enabled());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If there is no switch of that name, or it cannot be set to that.
    pub fn set_switch(&self, name: &str, value: Option<&str>, by: Option<&str>) -> Result<(), ControlError> {
        self.controls.switch(name, value, by.map(str::to_owned))
    }

    /// A person's word on a plan that waits for one. The digest is that of the plan as the person saw it.
    ///
    /// # Errors
    /// If no such plan waits, its time is over, it is another plan, or whoever asked approves.
    pub fn approve(&self, id: &str, digest: &str, by: &str, yes: bool) -> Result<(), ApprovalError> {
        self.controls.approvals.answer(id, digest, by, yes)
    }
}
