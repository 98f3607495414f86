//! What the service does about its reliability, as plain data: policies, switches, approvals, the version known to be good.
//!
//! Part of a [`Report`](super::report::Report). The engine only carries it: `compensate` writes it, the edges render it.
//! Shares are floats here because they are shown, never decided by.

mod approval;

use std::time::Duration;

pub use super::acted::{ActedReport, CompensationAction};
pub use super::switch::{SwitchKind, SwitchReport};
pub use approval::{ApprovalReport, ApprovalState};

use crate::admission::{BreakerReport, GateReport, RetriesReport};
use crate::clock::Timestamp;

/// Everything that acts, at one instant.
///
/// ```
/// let reliability = reliability_core::Reliability::start()?;
/// let response = reliability.report().response;
/// assert!(!response.kill_switch);
/// assert!(response.policies.iter().all(|policy| policy.steps.iter().all(|step| step.engaged.is_none())));
/// # Ok::<(), reliability_core::StartError>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ResponseReport {
    /// Whether somebody has forbidden every policy to act.
    pub kill_switch: bool,
    /// How often everything engaged lapsed in this process because no loop renewed the lease.
    pub lease_lapses: u64,
    /// The policies, in the order in which they were given.
    pub policies: Vec<PolicyReport>,
    /// The switches of this process that are known, by kind and name.
    pub switches: Vec<SwitchReport>,
    /// What the gates of this process do, by name.
    pub gates: Vec<GateReport>,
    /// The breakers around dependencies, by name.
    pub breakers: Vec<BreakerReport>,
    /// The bulkheads around calls out, by name: gates of a fixed size.
    pub bulkheads: Vec<GateReport>,
    /// The budgets of retries, by name.
    pub retries: Vec<RetriesReport>,
    /// How often each thing was done since this engine began, by policy, compensator and action.
    pub acted: Vec<ActedReport>,
    /// What waits for somebody's word, and what was said lately, latest first.
    pub approvals: Vec<ApprovalReport>,
    /// The version to go back to.
    pub known_good: Option<KnownGoodReport>,
    /// The providers of flags outside the process, in the order in which they were started.
    pub providers: Vec<ProviderReport>,
}

impl ResponseReport {
    /// The policy of this name.
    pub fn policy(&self, name: &str) -> Option<&PolicyReport> {
        self.policies.iter().find(|policy| policy.name == name)
    }

    /// The switch of this name.
    pub fn switch(&self, name: &str) -> Option<&SwitchReport> {
        self.switches.iter().find(|switch| switch.name == name)
    }
}

/// Whether a policy acts.
///
/// ```
/// use reliability_core::{PolicyMode, PolicyReport};
/// fn acts(policy: &PolicyReport) -> bool { policy.mode == PolicyMode::Act }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyMode {
    /// It engages its compensators.
    Act,
    /// It records what it would have done.
    Shadow,
}

/// Where a policy stands.
///
/// ```
/// use reliability_core::Phase;
/// assert_eq!((Phase::Idle.as_str(), Phase::Overridden { engaged: true }.as_str()), ("idle", "overridden"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Phase {
    /// Nothing is wrong, or nothing may be done.
    Idle,
    /// A step is engaged, and whether it helps is not decided yet.
    Verifying {
        /// Which step, from 0.
        step: usize,
        /// When it must have helped.
        until: Timestamp,
    },
    /// A step has helped and stays for as long as it must.
    Engaged {
        /// Which step, from 0.
        step: usize,
        /// Not released before.
        until: Timestamp,
    },
    /// A share of what was taken away is given back, to see whether it does harm.
    Probing {
        /// Which step is probed, from 0.
        step: usize,
        /// The share given back, in 0..=1.
        share: f64,
        /// When the verdict on this share is due.
        until: Timestamp,
    },
    /// Released, and not engaged again before.
    CoolingDown {
        /// When it may engage again.
        until: Timestamp,
    },
    /// No step helped: everything is reverted, and a person was told. It waits for the trigger to resolve.
    Exhausted,
    /// Somebody has engaged or stopped it by hand.
    Overridden {
        /// Whether its steps are engaged.
        engaged: bool,
    },
}

impl Phase {
    /// One word: `idle`, `verifying`, `engaged`, `probing`, `cooling_down`, `exhausted`, `overridden`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Verifying { .. } => "verifying",
            Self::Engaged { .. } => "engaged",
            Self::Probing { .. } => "probing",
            Self::CoolingDown { .. } => "cooling_down",
            Self::Exhausted => "exhausted",
            Self::Overridden { .. } => "overridden",
        }
    }
}

/// One policy.
///
/// ```
/// fn line(policy: &reliability_core::PolicyReport) -> String {
///     format!("{} is {}: {}", policy.name, policy.phase.as_str(), policy.reason)
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PolicyReport {
    /// Its name.
    pub name: String,
    /// Whether it acts.
    pub mode: PolicyMode,
    /// Where it stands.
    pub phase: Phase,
    /// Since when.
    pub since: Timestamp,
    /// What it waits for, in words.
    pub trigger: String,
    /// By whose verdict on burn rates and budgets: `local` or `fleet`.
    pub judge: &'static str,
    /// Why it goes by this process's verdict although the fleet's was asked for; empty if it does not.
    pub local_because: String,
    /// Whether that is so now; `None` while nobody can know.
    pub triggered: Option<bool>,
    /// Its steps, the cheapest first.
    pub steps: Vec<StepReport>,
    /// What must be better by when, in words.
    pub verify: String,
    /// How often it engaged within the window.
    pub engagements: u32,
    /// How often it may.
    pub limit: u32,
    /// The window of that limit.
    pub window: Duration,
    /// Why it stands there, in words with numbers.
    pub reason: String,
}

/// One step of a policy.
///
/// ```
/// fn costs(steps: &[reliability_core::StepReport]) -> Vec<&str> {
///     steps.iter().filter(|step| step.engaged.is_some()).map(|step| step.cost.as_str()).collect()
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct StepReport {
    /// The compensator's name.
    pub compensator: String,
    /// What it does.
    pub describe: String,
    /// What it costs the users.
    pub cost: String,
    /// How strongly it is to engage, in 0..=1.
    pub strength: f64,
    /// How strongly it is engaged; `None` while it is not. In shadow mode never.
    pub engaged: Option<f64>,
}

/// A provider of flags outside the process.
/// The age of its word is [`answered`](Self::answered): what it last said stays in force however long ago that was.
/// ```
/// let reliability = reliability_core::Reliability::start()?;
/// assert!(reliability.report().response.providers.is_empty()); // none was started
/// # Ok::<(), reliability_core::StartError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProviderReport {
    /// What it calls itself.
    pub name: String,
    /// How long ago it last answered for every flag that it knows; `None` if it never has.
    pub answered: Option<Duration>,
    /// Why it does not answer now, if it does not.
    pub trouble: Option<String>,
    /// How many flags stand by its word, in force or overruled.
    pub flags: usize,
    /// Flags whose value in force differs from its word, since a policy or a person overrules it.
    pub overruled: Vec<String>,
    /// Flags that it knew and does not know any more: its last word about them stays.
    pub forgotten: Vec<String>,
}

/// The version that last met its objectives.
///
/// ```
/// let reliability = reliability_core::Reliability::builder().version("1.4.2").start()?;
/// let known = reliability.report().response.known_good.expect("it is kept");
/// assert_eq!((known.running.as_deref(), known.version), (Some("1.4.2"), None)); // it has just begun
/// # Ok::<(), reliability_core::StartError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownGoodReport {
    /// The version to go back to; `None` while none has met its objectives for long enough.
    pub version: Option<String>,
    /// When that was last seen to be so.
    pub confirmed: Option<Timestamp>,
    /// The version that runs.
    pub running: Option<String>,
    /// For how long the running version has met its objectives without a break.
    pub soaked: Duration,
    /// For how long it must.
    pub soak: Duration,
}
