//! What a policy's machine is told and what it says: plain data.

use std::time::Duration;

use crate::engine::response::CompensationAction as Told;

/// The shares that are given back one after the other, in parts per million.
pub(crate) const PROBES: [u32; 3] = [10_000, 100_000, 1_000_000];
/// The numbers of a policy.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    /// How many steps there are.
    pub(crate) steps: usize,
    /// Whether it acts, or only says that it would.
    pub(crate) acts: bool,
    pub(crate) verify_within: Duration,
    pub(crate) hold: Duration,
    pub(crate) calm: Duration,
    pub(crate) cool_down: Duration,
    pub(crate) limit: u32,
    pub(crate) window: Duration,
    pub(crate) probe_for: Duration,
    /// The longest hold after probes that failed.
    pub(crate) most_hold: Duration,
    /// The longest time engaged without a release.
    pub(crate) longest: Duration,
}

/// Bit `n` stands for step `n`.
pub(crate) type Steps = u32;

/// What is known at a step.
#[allow(clippy::struct_excessive_bools)] // each answers a question of its own
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Inputs {
    /// Whether the trigger holds; `None` where that cannot be known.
    pub(crate) triggered: Option<bool>,
    /// Whether nobody calls any more what the trigger is about: then waiting for it to end is in vain.
    pub(crate) unseen: bool,
    /// Whether there were calls enough to act on.
    pub(crate) enough: bool,
    /// Whether the condition for acting holds.
    pub(crate) permitted: bool,
    /// Whether as many policies are engaged as may be at once.
    pub(crate) crowded: bool,
    /// Whether what was engaged has helped; `None` for want of calls.
    pub(crate) improved: Option<bool>,
    /// Whether what was given back does harm; `None` for want of calls.
    pub(crate) harmed: Option<bool>,
    /// Steps that would switch off what is not to blame.
    pub(crate) innocent: Steps,
    /// Steps that could not be carried out.
    pub(crate) failed: Steps,
    /// Steps whose worker has not answered.
    pub(crate) busy: Steps,
    /// Steps of which a share can be given back; the others come back whole.
    pub(crate) divisible: Steps,
    /// Somebody has forbidden everything.
    pub(crate) killed: bool,
    /// What was engaged has been reverted by others, because nobody renewed the lease.
    pub(crate) lapsed: bool,
    /// What a person said since the last step.
    pub(crate) word: Option<Word>,
}

/// A person's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// Engage the first step and leave it.
    Engage,
    /// Release, and do nothing until told.
    Release,
    /// Go on by yourself.
    Automatic,
}

/// What to do now, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Engages a step with its whole strength.
    Engage { step: usize },
    /// Engages one step and then releases another.
    Replace { from: usize, to: usize },
    /// Gives a share of what a step took away back, in parts per million.
    Probe { step: usize, ppm: u32 },
    /// Releases a step.
    Release { step: usize },
    /// Tells people.
    Tell { what: Told, step: Option<usize>, why: &'static str, ppm: u32 },
}

/// Where it stands. Instants are in monotonic time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum State {
    Idle,
    Verifying { step: usize, until: Duration },
    Engaged { step: usize, until: Duration },
    Probing { step: usize, stage: usize, until: Duration },
    CoolingDown { until: Duration },
    Exhausted,
    ByHand { step: Option<usize> },
}
