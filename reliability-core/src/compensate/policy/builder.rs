//! How a policy is written down.
//!
//! Each part that must be there leads to the next type, so that a policy without a trigger, without a step, or without its word
//! on whether it acts does not compile. What may be left out has the defaults of [`Draft`].

use std::fmt;
use std::time::Duration;

use super::trigger::Trigger;
use super::words::Settings;
use crate::compensate::compensator::Step;
use crate::engine::response::PolicyMode;
use crate::name::{self, NameError};

/// When which compensator engages, how one sees that it helped, and how it is released.
///
/// ```
/// use reliability_core::compensate::{Policy, Step, Trigger};
/// use reliability_core::{Flag, Ladder, Reliability};
/// use std::time::Duration;
///
/// static RECOMMENDATIONS: Flag = Flag::on("recommendations");
/// static HOME: Ladder = Ladder::new("home-page", &["full", "cached", "static"]);
///
/// let reliability = Reliability::builder()
///     .policy(
///         Policy::named("home")?
///             .on(Trigger::detected("home"))
///             .step(Step::off(&RECOMMENDATIONS))
///             .step(Step::rung(&HOME, "cached").costs("prices up to a minute old"))
///             .verify("home", Duration::from_secs(5))
///             .act(),
///     )
///     .start()?;
/// assert_eq!(reliability.report().response.policies[0].name, "home");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// There is no default for whether it acts:
/// ```compile_fail
/// use reliability_core::compensate::{Policy, Step, Trigger};
/// use reliability_core::{Flag, Reliability};
/// static FLAG: Flag = Flag::on("undecided");
/// let policy = Policy::named("undecided").unwrap().on(Trigger::by_hand()).step(Step::off(&FLAG));
/// let builder = Reliability::builder().policy(policy); // neither `.act()` nor `.shadow()`
/// ```
pub struct Policy {
    pub(crate) judge: Judge,
    pub(crate) name: String,
    pub(crate) mode: PolicyMode,
    pub(crate) trigger: Trigger,
    pub(crate) only_while: Option<Trigger>,
    pub(crate) steps: Vec<Step>,
    pub(crate) verify: Option<String>,
    pub(crate) minimum: u64,
    pub(crate) settings: Settings,
}

/// Whose verdict on burn rates and budgets a policy acts by.
///
/// ```
/// use reliability_core::compensate::{Judge, Policy, Step, Trigger};
/// use reliability_core::{Flag, Severity};
/// static BANNERS: Flag = Flag::on("fleet-banners");
/// let policy = Policy::named("banners")?
///     .on(Trigger::burn("checkout-availability", Severity::Page))
///     .step(Step::off(&BANNERS))
///     .by(Judge::Fleet)
///     .act();
/// # drop(policy);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Judge {
    /// This process's: what its own calls say.
    #[default]
    Local,
    /// The whole fleet's, as its engine tells it; this process's while that is not known, and events and report say so. The fast
    /// detector, durations, calls in flight and gates are this process's by nature.
    Fleet,
}

impl Judge {
    /// As it stands in JSON: `local`, `fleet`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Fleet => "fleet",
        }
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy").field("name", &self.name).field("mode", &self.mode).finish_non_exhaustive()
    }
}

impl Policy {
    /// Begins one of this name: a DNS label.
    ///
    /// # Errors
    /// If the name is none.
    pub fn named(name: &str) -> Result<Named, NameError> {
        name::check(name).map_err(|fault| NameError { found: name.to_owned(), fault })?;
        Ok(Named { name: name.to_owned() })
    }
}

/// A policy that has a name; say when it acts.
///
/// ```
/// use reliability_core::compensate::{Policy, Trigger};
/// let named = Policy::named("payments")?;
/// let triggered = named.on(Trigger::detected("checkout"));
/// # let _ = triggered;
/// # Ok::<(), reliability_core::NameError>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct Named {
    name: String,
}

impl Named {
    /// When it acts.
    pub fn on(self, trigger: Trigger) -> Triggered {
        Triggered { name: self.name, trigger }
    }
}

/// A policy that knows when; say what it does.
///
/// ```
/// use reliability_core::Flag;
/// use reliability_core::compensate::{Policy, Trigger};
/// static BANNERS: Flag = Flag::on("triggered-banners");
/// let draft = Policy::named("home")?.on(Trigger::stalled("home")).step(&BANNERS);
/// # let _ = draft;
/// # Ok::<(), reliability_core::NameError>(())
/// ```
#[derive(Debug)]
#[must_use]
pub struct Triggered {
    name: String,
    trigger: Trigger,
}

impl Triggered {
    /// What it does first: the cheapest for the users.
    pub fn step(self, step: impl Into<Step>) -> Draft {
        Draft(Policy {
            judge: Judge::Local,
            name: self.name,
            mode: PolicyMode::Shadow,
            trigger: self.trigger,
            only_while: None,
            steps: vec![step.into()],
            verify: None,
            minimum: 10,
            settings: Settings {
                steps: 1,
                acts: false,
                verify_within: Duration::from_secs(10),
                hold: Duration::from_secs(30),
                calm: Duration::from_secs(5),
                cool_down: Duration::from_secs(60),
                limit: 5,
                window: Duration::from_secs(3_600),
                probe_for: Duration::from_secs(10),
                most_hold: Duration::from_secs(3_600),
                longest: Duration::from_secs(4 * 3_600),
            },
        })
    }
}

/// A policy that could act; say whether it does: [`act`](Self::act) or [`shadow`](Self::shadow).
///
/// Unless said otherwise a step must help within 10 s, stays for at least 30 s and until the trigger has been quiet for 5 s, each
/// share that is given back is watched for 10 s, the next engagement comes 60 s later at the earliest, there are at most
/// five an hour, and nothing is engaged for longer than four hours or on fewer than ten calls in the last minute.
///
/// ```
/// use reliability_core::compensate::{Policy, Step, Trigger};
/// use reliability_core::{Dimmer, Share};
/// use std::time::Duration;
/// static BANNERS: Dimmer = Dimmer::new("drafted-banners");
/// let policy = Policy::named("home")?
///     .on(Trigger::slower_than("home", Duration::from_millis(300), Share::of(0.05)))
///     .step(Step::steer(&BANNERS, "home"))
///     .verify("home", Duration::from_secs(60)) // a controller needs its time
///     .at_most(3, Duration::from_secs(3_600))
///     .shadow(); // first see what it would have done
/// # let _ = policy;
/// # Ok::<(), reliability_core::NameError>(())
/// ```
#[derive(Debug)]
#[must_use = "say `.act()` or `.shadow()`"]
pub struct Draft(Policy);

impl Draft {
    /// What it does when the steps before did not help: dearer for the users. At most 32 steps; more are ignored.
    pub fn step(mut self, step: impl Into<Step>) -> Self {
        if self.0.steps.len() < 32 {
            self.0.steps.push(step.into());
        }
        self.0.settings.steps = self.0.steps.len();
        self
    }

    /// The calls of this SLI must fail at most half as often as before, or within what is allowed, so soon after a step. Without
    /// this the first SLI of the trigger is looked at.
    pub fn verify(mut self, sli: impl Into<String>, improves_within: Duration) -> Self {
        self.0.verify = Some(sli.into());
        self.0.settings.verify_within = improves_within.max(Duration::from_millis(1));
        self
    }

    /// Whose verdict on burn rates and budgets it acts by: this process's unless said otherwise. For the fleet's see
    /// `Builder::fleet`.
    pub fn by(mut self, judge: Judge) -> Self {
        self.0.judge = judge;
        self
    }

    /// Engages only while this holds too: looked at again at the moment of each action.
    pub fn only_while(mut self, condition: Trigger) -> Self {
        self.0.only_while = Some(condition);
        self
    }

    /// A step that helped stays for so long at least.
    pub fn hold(mut self, hold: Duration) -> Self {
        self.0.settings.hold = hold;
        self
    }

    /// The trigger must have been quiet for so long before anything is given back.
    pub fn calm(mut self, calm: Duration) -> Self {
        self.0.settings.calm = calm;
        self
    }

    /// After a release it engages again so much later at the earliest.
    pub fn cool_down(mut self, cool_down: Duration) -> Self {
        self.0.settings.cool_down = cool_down;
        self
    }

    /// It engages so often within a window at the most. A restart does not reset that where a file for it is named.
    pub fn at_most(mut self, engagements: u32, window: Duration) -> Self {
        (self.0.settings.limit, self.0.settings.window) = (engagements, window);
        self
    }

    /// Each share that is given back is watched for so long.
    pub fn probe_for(mut self, probe_for: Duration) -> Self {
        self.0.settings.probe_for = probe_for.max(Duration::from_millis(1));
        self
    }

    /// After a probe that failed the hold doubles up to this.
    pub fn back_off_to(mut self, most: Duration) -> Self {
        self.0.settings.most_hold = most;
        self
    }

    /// Nothing stays engaged for longer while the trigger holds: then everything is reverted and a person told.
    pub fn longest(mut self, longest: Duration) -> Self {
        self.0.settings.longest = longest;
        self
    }

    /// Engages only where the trigger's SLIs had so many calls with a verdict in the last minute, and judges a step on as many.
    pub fn minimum(mut self, calls: u64) -> Self {
        self.0.minimum = calls.max(1);
        self
    }

    /// It acts.
    #[must_use]
    pub fn act(self) -> Policy {
        self.finish(PolicyMode::Act)
    }

    /// It only records what it would have done.
    #[must_use]
    pub fn shadow(self) -> Policy {
        self.finish(PolicyMode::Shadow)
    }

    fn finish(mut self, mode: PolicyMode) -> Policy {
        self.0.mode = mode;
        self.0.settings.acts = mode == PolicyMode::Act;
        self.0
    }
}
