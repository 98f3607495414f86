//! A person's hand on the policies and switches: what handles say and the loop hears.
//!
//! The kill switch and a manual setting of a switch act at once, on the caller's thread: they must work while the loop hangs.
//! What concerns a policy's course is put into a bounded queue that the loop empties at its next look, for which it is woken.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::Thread;

use super::approvals::Approvals;
use super::policy::words::Word;
use crate::admission::Share;
use crate::admission::cell::SetBy;
use crate::admission::switches::{Switch, engaged, list, switches};

const QUEUE: usize = 256;

/// What handles and the loop share.
#[derive(Default)]
pub(crate) struct Controls {
    killed: AtomicBool,
    pending: AtomicBool,
    said: Mutex<Said>,
    policies: OnceLock<Vec<(String, bool)>>,
    listener: Mutex<Option<Thread>>,
    pub(crate) approvals: Approvals,
}

#[derive(Default)]
struct Said {
    words: VecDeque<Saying>,
    /// Who set a switch by hand, by kind and name.
    hands: Vec<(&'static str, &'static str, Option<String>)>,
}

/// What somebody said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Saying {
    Policy(String, Word, Option<String>),
    Killed(bool, Option<String>),
    Switched { kind: &'static str, name: &'static str, value: String, set_by: SetBy, by: Option<String> },
}

/// Why a person's word changes nothing.
///
/// ```
/// use reliability_core::Reliability;
/// let handle = Reliability::builder().start()?.handle();
/// let error = handle.set_switch("coffee", Some("off"), None).unwrap_err();
/// assert!(error.to_string().starts_with("there is no switch \"coffee\"; there are: "));
/// # Ok::<(), reliability_core::StartError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ControlError {
    /// There is no policy of this name.
    UnknownPolicy {
        /// The name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// The policy is in shadow mode: it never acts.
    Shadow {
        /// The policy.
        name: String,
    },
    /// The kill switch is on.
    Killed,
    /// There is no switch of this name.
    UnknownSwitch {
        /// The name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// The switch cannot be set to this.
    Value {
        /// The switch.
        name: String,
        /// What was asked for.
        value: String,
        /// What is accepted.
        accepted: String,
    },
    /// Too many words wait for the loop, which hangs.
    Busy,
}

impl fmt::Display for ControlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownPolicy { name, known } => {
                write!(f, "there is no policy {name:?}; there are: {}", known.join(", "))
            }
            Self::Shadow { name } => write!(f, "policy {name} is in shadow mode: it never acts"),
            Self::Killed => f.write_str("the kill switch is on: no policy may act"),
            Self::UnknownSwitch { name, known } => {
                write!(f, "there is no switch {name:?}; there are: {}", known.join(", "))
            }
            Self::Value { name, value, accepted } => {
                write!(f, "{name} cannot be set to {value:?}; accepted: {accepted}")
            }
            Self::Busy => f.write_str("too many words wait for the loop, which hangs"),
        }
    }
}

impl std::error::Error for ControlError {}

impl Controls {
    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which policies there are, and whether each acts.
    pub(super) fn know(&self, policies: Vec<(String, bool)>) {
        let _ = self.policies.set(policies);
    }

    /// Whom to wake when something was said.
    pub(crate) fn wake(&self, listener: Thread) {
        *self.listener.lock().unwrap_or_else(PoisonError::into_inner) = Some(listener);
    }

    pub(crate) fn is_killed(&self) -> bool {
        self.killed.load(Ordering::Acquire)
    }

    pub(super) fn set_killed(&self, on: bool) {
        self.killed.store(on, Ordering::Release);
    }

    /// Whether something was said that the loop has not heard.
    pub(super) fn is_pending(&self) -> bool {
        self.pending.load(Ordering::Acquire)
    }

    pub(super) fn take(&self) -> Vec<Saying> {
        self.pending.store(false, Ordering::Release);
        self.said().words.drain(..).collect()
    }

    /// Who set a switch by hand.
    pub(super) fn hand(&self, switch: Switch) -> Option<String> {
        let said = self.said();
        said.hands.iter().find(|(kind, name, _)| (*kind, *name) == (switch.kind(), switch.name()))?.2.clone()
    }

    fn say(&self, saying: Saying) -> Result<(), ControlError> {
        let mut said = self.said();
        if said.words.len() >= QUEUE {
            return Err(ControlError::Busy);
        }
        said.words.push_back(saying);
        self.pending.store(true, Ordering::Release);
        drop(said);
        if let Some(listener) = &*self.listener.lock().unwrap_or_else(PoisonError::into_inner) {
            listener.unpark();
        }
        Ok(())
    }

    /// Forbids every policy to act, and takes back at once what they had engaged; or allows it again.
    pub(crate) fn kill(&self, on: bool, by: Option<String>) {
        self.set_killed(on);
        if on {
            engaged().for_each(|switch| {
                switch.cell().revert();
            });
        }
        // the switch is thrown; if the loop cannot hear of it, it will see it
        let _ = self.say(Saying::Killed(on, by));
    }

    pub(crate) fn policy(&self, name: &str, word: Word, by: Option<String>) -> Result<(), ControlError> {
        let policies = self.policies.get().map(Vec::as_slice).unwrap_or_default();
        let Some((_, acts)) = policies.iter().find(|(known, _)| known == name) else {
            let known = policies.iter().map(|(name, _)| name.clone()).collect();
            return Err(ControlError::UnknownPolicy { name: name.to_owned(), known });
        };
        if word == Word::Engage && !acts {
            return Err(ControlError::Shadow { name: name.to_owned() });
        }
        if word == Word::Engage && self.is_killed() {
            return Err(ControlError::Killed);
        }
        self.say(Saying::Policy(name.to_owned(), word, by))
    }

    /// Sets a switch by hand, or with `None` takes the hand off it.
    pub(crate) fn switch(&self, name: &str, value: Option<&str>, by: Option<String>) -> Result<(), ControlError> {
        let all = switches();
        let Some(switch) = find(&all, name) else {
            let known = all.iter().map(|switch| switch.name().to_owned()).collect();
            return Err(ControlError::UnknownSwitch { name: name.to_owned(), known });
        };
        let units = value.map(|value| parse(switch, value)).transpose()?;
        list(switch);
        switch.cell().set(SetBy::Manual, units);
        let (kind, name, set_by) = (switch.kind(), switch.name(), switch.cell().set_by());
        let mut said = self.said();
        said.hands.retain(|(other, named, _)| (*other, *named) != (kind, name));
        if units.is_some() {
            said.hands.push((kind, name, by.clone()));
        }
        drop(said);
        self.say(Saying::Switched { kind, name, value: switch.value(), set_by, by })
    }
}

/// A switch by its name, or by `kind/name` where two kinds share one.
fn find(all: &[Switch], name: &str) -> Option<Switch> {
    let of = |switch: &&Switch| match name.split_once('/') {
        Some((kind, name)) => (switch.kind(), switch.name()) == (kind, name),
        None => switch.name() == name,
    };
    all.iter().find(of).copied()
}

/// The value of a switch as people write it: `on`, `off`, a percentage, or a rung's name.
pub(super) fn parse(switch: Switch, value: &str) -> Result<u64, ControlError> {
    let refused =
        |accepted: String| ControlError::Value { name: switch.name().to_owned(), value: value.to_owned(), accepted };
    if let Switch::Ladder(ladder) = switch {
        let rung = ladder.position(value).ok_or_else(|| refused(ladder.rungs().join(", ")))?;
        return Ok(rung as u64);
    }
    let percent = value.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
    let share = match value {
        "on" => Some(Share::ALL),
        "off" => Some(Share::NONE),
        _ => percent.filter(|percent| (0.0..=100.0).contains(percent)).map(|percent| Share::of(percent / 100.0)),
    };
    share.map(Share::units).ok_or_else(|| refused("on, off, or a percentage such as 25%".into()))
}

/// A shared set of controls.
pub(crate) type SharedControls = Arc<Controls>;
