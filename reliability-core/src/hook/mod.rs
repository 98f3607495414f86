//! Anything outside the process: go back to a known good version, scale, restart, by a signed webhook or a command.
//!
//! A [`Hook`] is a compensator. On each [`Occasion`] it first makes a [`Plan`], which is exact and readable and holds secrets
//! by reference alone; the plan is what a dry run shows, what an approval is bound to, and what is done.
//!
//! Whoever calls waits: hooks run on the workers of the loop, never on it and never on a request.
//!
//! Layer 6: imports compensate (the trait and its words), clock.

mod act;
mod command;
mod plan;
mod secret;
mod signature;
mod text;
mod webhook;

use std::fmt;
use std::time::Duration;

use crate::compensate::ApprovalError;
pub use act::Hook;
pub use command::Command;
pub use plan::{Outcome, Plan};
pub use secret::{Secret, SecretError};
pub use webhook::Webhook;

use text::Words;

/// Why a hook did nothing, or not all.
///
/// ```
/// use reliability_core::hook::{Command, Hook, HookError, Occasion};
/// let hook = Hook::command("back", Command::new("/usr/bin/deploy").arg("{version}"));
/// assert_eq!(hook.plan(&Occasion::new("shop")), Err(HookError::NoKnownGood));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HookError {
    /// It was declared in a way that cannot be meant.
    Declared(String),
    /// It needs `{version}` and no version is known to be good.
    NoKnownGood,
    /// A secret is not where it should be.
    Secret(SecretError),
    /// A person said no, or nobody said yes.
    Unapproved(ApprovalError),
    /// It could not be begun, or the other side refused it.
    Failed(String),
    /// A command ended with something else than success.
    Exited {
        /// Its code; none if a signal ended it.
        code: Option<i32>,
        /// The beginning of what it wrote.
        output: String,
    },
    /// A command did not end in time and was ended.
    TooLong {
        /// How long it was allowed.
        after: Duration,
        /// The beginning of what it wrote.
        output: String,
    },
}

impl fmt::Display for HookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wrote = |f: &mut fmt::Formatter<'_>, output: &str| match output.lines().next_back() {
            Some(last) => write!(f, "; it last wrote: {last}"),
            None => Ok(()),
        };
        match self {
            Self::Declared(why) | Self::Failed(why) => f.write_str(why),
            Self::NoKnownGood => f.write_str("no version is known to be good, and the plan names {version}"),
            Self::Secret(error) => error.fmt(f),
            Self::Unapproved(error) => write!(f, "not approved: {error}"),
            Self::Exited { code: Some(code), output } => {
                write!(f, "exit code {code}")?;
                wrote(f, output)
            }
            Self::Exited { code: None, output } => {
                f.write_str("ended by a signal")?;
                wrote(f, output)
            }
            Self::TooLong { after, output } => {
                write!(f, "not done after {after:?}, and ended")?;
                wrote(f, output)
            }
        }
    }
}

impl std::error::Error for HookError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Secret(error) => Some(error),
            Self::Unapproved(error) => Some(error),
            _ => None,
        }
    }
}

/// Why a hook is engaged, as far as its texts may say.
///
/// ```
/// use reliability_core::hook::{Command, Hook, Occasion};
/// let hook = Hook::command("restart", Command::new("/usr/bin/restart").args(["{service}", "because {reason}"]));
/// let plan = hook.plan(&Occasion::new("shop").reason("8 of 10 calls failed"))?;
/// assert!(plan.text().starts_with(r#"run "/usr/bin/restart" "shop" "because 8 of 10 calls failed""#));
/// # Ok::<(), reliability_core::hook::HookError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Occasion(Words);

impl Occasion {
    /// Of this service.
    pub fn new(service: impl Into<String>) -> Self {
        Self(Words { service: service.into(), ..Words::default() })
    }

    /// The version that last met its objectives: `{version}`.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.0.version = version.into();
        self
    }

    /// Who engages it: `{policy}`.
    #[must_use]
    pub fn policy(mut self, policy: impl Into<String>) -> Self {
        self.0.policy = policy.into();
        self
    }

    /// Why, with numbers: `{reason}`.
    #[must_use]
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.0.reason = reason.into();
        self
    }

    /// What is in trouble: `{sli}`.
    #[must_use]
    pub fn sli(mut self, sli: impl Into<String>) -> Self {
        self.0.sli = sli.into();
        self
    }
}
