//! What a policy can do: turn a switch of the process, or run something of the user's.
//!
//! Switches are turned in the loop, since that is one store, and they are what the lease takes back without the loop. A
//! [`Compensator`] of the user's may wait, fail and panic, so it runs on a worker thread.

use std::cmp::Ordering;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use super::approvals::Approvals;
use crate::admission::cell::SetBy;
use crate::admission::ladder::{rung_of, with_tried};
use crate::admission::switches::Switch;
use crate::admission::{Dimmer, Flag, Gate, GateMode, Ladder, Share};

/// Something that can be engaged and released, of the user's.
///
/// Both run on a worker thread of its own, so they may block. A panic counts as a failure. When the loop hangs or ends, the worker
/// releases what is engaged. Engaging twice and releasing what is not engaged must do no harm.
///
/// ```
/// use reliability_core::compensate::{Compensator, Engagement, Policy, Step, Trigger};
/// use std::error::Error;
///
/// struct Replica;
/// impl Compensator for Replica {
///     fn name(&self) -> &str { "read-replica" }
///     fn describe(&self) -> String { "reads go to the replica".into() }
///     fn cost(&self) -> String { "answers are up to a second old".into() }
///     fn engage(&mut self, engagement: &Engagement) -> Result<String, Box<dyn Error + Send + Sync>> {
///         Ok(format!("asked by {}", engagement.policy))
///     }
///     fn release(&mut self) -> Result<String, Box<dyn Error + Send + Sync>> {
///         Ok("reads go to the primary again".into())
///     }
/// }
///
/// let policy = Policy::named("database")?
///     .on(Trigger::detected("read-order"))
///     .step(Step::run(Replica))
///     .verify("read-order", std::time::Duration::from_secs(10))
///     .act();
/// # let _ = policy;
/// # Ok::<(), reliability_core::NameError>(())
/// ```
pub trait Compensator: Send {
    /// Its name, for events and reports.
    fn name(&self) -> &str;

    /// What it does, in a few words.
    fn describe(&self) -> String;

    /// What that costs the users, in a few words.
    fn cost(&self) -> String;

    /// Engages it, and says what was done.
    ///
    /// # Errors
    /// If it cannot: the policy takes its next step.
    fn engage(&mut self, engagement: &Engagement) -> Result<String, Box<dyn Error + Send + Sync>>;

    /// Undoes that, and says what was done.
    ///
    /// # Errors
    /// If it cannot: a person is told.
    fn release(&mut self) -> Result<String, Box<dyn Error + Send + Sync>>;

    /// Whether it can be engaged in part, so that a release can be tried on a share.
    fn is_divisible(&self) -> bool {
        false
    }

    /// After so long without an answer a person is told.
    fn patience(&self) -> Duration {
        Duration::from_secs(30)
    }
}

/// Why a compensator is engaged.
///
/// ```
/// use reliability_core::compensate::Engagement;
/// /// What a compensator writes into a ticket.
/// fn ticket(engagement: &Engagement) -> String {
///     let back_to = engagement.known_good.as_deref().unwrap_or("the last version that you trust");
///     format!("{}: {}; go back to {back_to}", engagement.service, engagement.reason)
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Engagement {
    /// The service, as it calls itself.
    pub service: String,
    /// The policy.
    pub policy: String,
    /// The compensator.
    pub compensator: String,
    /// How strongly.
    pub strength: Share,
    /// Why, in words.
    pub reason: String,
    /// The SLI that is to get better, if the policy is about one.
    pub sli: Option<String>,
    /// Who engaged the policy, if a person did.
    pub by: Option<String>,
    /// The version to go back to, if one is known.
    pub known_good: Option<String>,
    /// Where a person can be asked.
    pub approvals: Approvals,
}

/// One step of a policy: what it does, how strongly, and what that costs the users.
///
/// ```
/// use reliability_core::compensate::Step;
/// use reliability_core::{Dimmer, Flag, Gate, Ladder, Share};
///
/// static RECOMMENDATIONS: Flag = Flag::on("recommendations");
/// static HOME: Ladder = Ladder::new("home", &["full", "cached", "static"]);
/// static BANNERS: Dimmer = Dimmer::new("banners");
/// static DOOR: Gate = Gate::new("front-door");
///
/// let steps = [
///     Step::off(&RECOMMENDATIONS).costs("no recommendations"),
///     Step::dim(&BANNERS, Share::of(0.2)),
///     Step::rung(&HOME, "cached").costs("prices up to a minute old"),
///     Step::refuse(&DOOR, Share::of(0.3)),
/// ];
/// assert_eq!(steps[2].describe(), "ladder home at cached");
/// ```
pub struct Step {
    pub(super) act: Act,
    cost: String,
}

pub(super) enum Act {
    /// A value of a switch.
    Set { switch: Switch, to: u64 },
    /// A dimmer that is steered by the latency of an SLI.
    Steer { dimmer: &'static Dimmer, sli: String, setpoint: Option<Duration> },
    /// Something of the user's, until a worker has taken it.
    Run(Option<Box<dyn Compensator>>, String, String),
}

impl Step {
    /// Switches a flag off.
    pub fn off(flag: &'static Flag) -> Self {
        Self::flag_to(flag, Share::NONE)
    }

    /// Leaves a flag on for this share.
    pub fn flag_to(flag: &'static Flag, share: Share) -> Self {
        Self::set(Switch::Flag(flag), share.units())
    }

    /// Takes a ladder to a rung.
    ///
    /// # Panics
    /// If the ladder has no such rung; the message lists those that it has.
    #[track_caller]
    pub fn rung(ladder: &'static Ladder, rung: &str) -> Self {
        let place = ladder.position(rung).unwrap_or_else(|| {
            panic!("the ladder {} has no rung {rung:?}; it has: {}", ladder.name(), ladder.rungs().join(", "))
        });
        Self::set(Switch::Ladder(ladder), place as u64)
    }

    /// Serves optional content to this share at the most.
    pub fn dim(dimmer: &'static Dimmer, most: Share) -> Self {
        Self::set(Switch::Dimmer(dimmer), most.units())
    }

    /// Steers a dimmer so that the slow calls of an SLI take as long as its lowest latency threshold, every half second. See
    /// [`Brownout`](super::Brownout).
    pub fn steer(dimmer: &'static Dimmer, sli: impl Into<String>) -> Self {
        let act = Act::Steer { dimmer, sli: sli.into(), setpoint: None };
        Self { act, cost: "optional content is left out for some".into() }
    }

    /// Refuses this share of what a gate is offered, the least important first.
    pub fn refuse(gate: &'static Gate, share: Share) -> Self {
        Self::set(Switch::Gate(gate), share.units())
    }

    /// Lets a gate that only watches refuse by its own law, and stand as it did before afterwards.
    pub fn enforce(gate: &'static Gate) -> Self {
        Self::run(Enforce { gate, before: None })
    }

    /// Runs something of the user's on a worker thread.
    pub fn run(compensator: impl Compensator + 'static) -> Self {
        let (name, describe, cost) = (compensator.name().to_owned(), compensator.describe(), compensator.cost());
        Self { act: Act::Run(Some(Box::new(compensator)), name, describe), cost }
    }

    fn set(switch: Switch, to: u64) -> Self {
        let cost = match switch {
            Switch::Flag(_) => "the feature is missing",
            Switch::Ladder(_) => "a cheaper answer",
            Switch::Dimmer(_) => "optional content is left out for some",
            Switch::Gate(_) | Switch::Breaker(_) | Switch::Bulkhead(_) | Switch::Retries(_) => "some are refused",
        };
        Self { act: Act::Set { switch, to }, cost: cost.into() }
    }

    /// Says what it costs the users.
    #[must_use]
    pub fn costs(mut self, cost: impl Into<String>) -> Self {
        self.cost = cost.into();
        self
    }

    /// The compensator's name.
    pub fn name(&self) -> &str {
        match &self.act {
            Act::Set { switch, .. } => switch.name(),
            Act::Steer { dimmer, .. } => dimmer.name(),
            Act::Run(_, name, _) => name,
        }
    }

    /// What it costs the users.
    pub fn cost(&self) -> &str {
        &self.cost
    }

    /// What it does, in words.
    pub fn describe(&self) -> String {
        match &self.act {
            Act::Set { switch: Switch::Flag(flag), to: 0 } => format!("flag {} off", flag.name()),
            Act::Set { switch: Switch::Flag(flag), to } => {
                format!("flag {} on for {}", flag.name(), Share::from_units(*to))
            }
            Act::Set { switch: Switch::Ladder(ladder), to } => {
                format!("ladder {} at {}", ladder.name(), ladder.rungs().get(*to as usize).copied().unwrap_or_default())
            }
            Act::Set { switch: Switch::Dimmer(dimmer), to } => {
                format!("dimmer {} at most {}", dimmer.name(), Share::from_units(*to))
            }
            Act::Set { switch, to } => {
                format!("{} {} refuses {}", switch.kind(), switch.name(), Share::from_units(*to))
            }
            Act::Steer { dimmer, sli, .. } => format!("dimmer {} steered by the latency of {sli}", dimmer.name()),
            Act::Run(_, _, describe) => describe.clone(),
        }
    }

    /// Whether a share of it can be given back.
    pub(super) fn is_divisible(&self) -> bool {
        match &self.act {
            Act::Set { .. } => true,
            Act::Steer { .. } => false,
            Act::Run(compensator, ..) => compensator.as_ref().is_some_and(|compensator| compensator.is_divisible()),
        }
    }

    /// The switch that it turns, if it turns one.
    pub(super) fn switch(&self) -> Option<Switch> {
        match &self.act {
            Act::Set { switch, .. } => Some(*switch),
            Act::Steer { dimmer, .. } => Some(Switch::Dimmer(dimmer)),
            Act::Run(..) => None,
        }
    }

    /// The flag that it turns, if it turns one.
    pub(super) fn flag(&self) -> Option<&'static Flag> {
        match self.act {
            Act::Set { switch: Switch::Flag(flag), .. } => Some(flag),
            _ => None,
        }
    }
}

/// The mode of a gate is no value of a switch, so a worker holds it under the lease.
struct Enforce {
    gate: &'static Gate,
    /// As it stood: a gate that somebody lets enforce anyway goes on enforcing.
    before: Option<GateMode>,
}

impl Compensator for Enforce {
    fn name(&self) -> &str {
        self.gate.name()
    }

    fn describe(&self) -> String {
        format!("gate {} refuses what would be too late", self.gate.name())
    }

    fn cost(&self) -> String {
        "some are refused while too many ask".into()
    }

    fn engage(&mut self, _: &Engagement) -> Result<String, Box<dyn Error + Send + Sync>> {
        self.before.get_or_insert(self.gate.mode());
        self.gate.set_mode(GateMode::Enforce);
        Ok("it enforces".into())
    }

    fn release(&mut self) -> Result<String, Box<dyn Error + Send + Sync>> {
        match self.before.take() {
            Some(before) if before != GateMode::Enforce => {
                self.gate.set_mode(before);
                Ok("it only watches again".into())
            }
            _ => Ok("it enforces, as it did before".into()),
        }
    }
}

impl From<&'static Flag> for Step {
    /// Switches it off.
    fn from(flag: &'static Flag) -> Self {
        Self::off(flag)
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe())
    }
}

/// The value of a switch when this share (parts per million) of what a step takes away is given back; `None` for all of it.
pub(super) fn given_back(switch: Switch, to: u64, ppm: u32) -> Option<u64> {
    if ppm >= 1_000_000 {
        return None;
    }
    let below = switch.cell().value_of(SetBy::Provider).or(switch.cell().value_of(SetBy::Declared)).unwrap_or(to);
    if matches!(switch, Switch::Ladder(_)) {
        return Some(with_tried(to, below, ppm));
    }
    let part = (i128::from(below) - i128::from(to)) * i128::from(ppm) / 1_000_000;
    u64::try_from(i128::from(to) + part).ok()
}

/// Of two values that policies want, the one that takes more away.
pub(super) fn stronger(switch: Switch, one: u64, other: u64) -> u64 {
    match switch {
        Switch::Flag(_) | Switch::Dimmer(_) => one.min(other),
        Switch::Gate(_) | Switch::Breaker(_) | Switch::Bulkhead(_) | Switch::Retries(_) => one.max(other),
        // of one rung the one that gives back less
        Switch::Ladder(_) => match rung_of(one).cmp(&rung_of(other)) {
            Ordering::Less => other,
            Ordering::Greater => one,
            Ordering::Equal => one.min(other),
        },
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_share_given_back_lies_between_what_was_taken_and_what_was_declared() {
        static FLAG: Flag = Flag::for_share("given-back", Share::ratio(1, 2));
        static DOOR: Gate = Gate::new("given-back-door");
        let half = Share::ratio(1, 2).units();
        assert_eq!(given_back(Switch::Flag(&FLAG), 0, 0), Some(0));
        assert_eq!(given_back(Switch::Flag(&FLAG), 0, 100_000), Some(half / 10));
        assert_eq!(given_back(Switch::Flag(&FLAG), 0, 1_000_000), None);
        assert_eq!(given_back(Switch::Gate(&DOOR), half, 500_000), Some(half / 2));
    }
}
