//! What a hook is about to do, exactly: what people read before they agree, and what is then done.
//!
//! A plan is made once and carried out as it was made, so the reason that stands in a body is the one that somebody approved.
//! Its digest covers all of it but secrets, which it holds by reference alone: rotating one asks nobody anew.

use std::fmt::{self, Write};
use std::time::Duration;

use sha2::{Digest, Sha256};

/// One thing to be done, with everything filled in. [`Hook::plan`](super::Hook::plan) makes one.
///
/// ```
/// use reliability_core::hook::{Command, Hook, Occasion};
/// let hook = Hook::command("hello", Command::new("/bin/echo").arg("{service}"));
/// let plan = hook.plan(&Occasion::new("two words"))?;
/// assert_eq!(plan.text(), "run \"/bin/echo\" \"two words\"\nfor at most 60s");
/// # Ok::<(), reliability_core::hook::HookError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Plan {
    /// What people read, one fact a line, secrets masked.
    text: String,
    /// What is not shown and yet part of it.
    hidden: String,
    pub(super) deed: Deed,
}

/// How it is done.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Deed {
    Send(super::webhook::Letter),
    Run(super::command::Call),
}

impl Plan {
    pub(super) fn new(text: String, hidden: String, deed: Deed) -> Self {
        Self { text, hidden, deed }
    }

    /// What it does, for people: one fact a line, with references where secrets will stand.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What an approval is bound to: SHA-256 over all of the plan, as 64 hexadecimal digits.
    ///
    /// ```
    /// use reliability_core::hook::{Command, Hook, Occasion};
    /// let hook = Hook::command("deploy", Command::new("/usr/bin/deploy").arg("{version}"));
    /// let plan = |version| hook.plan(&Occasion::new("shop").version(version)).unwrap();
    /// assert_eq!(plan("1.4.2").digest(), plan("1.4.2").digest());
    /// assert_ne!(plan("1.4.2").digest(), plan("1.4.3").digest());
    /// ```
    pub fn digest(&self) -> String {
        let digest = Sha256::new().chain_update(&self.text).chain_update([0]).chain_update(&self.hidden).finalize();
        let mut hex = String::with_capacity(64);
        for byte in digest {
            // writing to a String cannot fail
            let _ = write!(hex, "{byte:02x}");
        }
        hex
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Plan {
    /// Its text: what it holds beside is the same once more.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan").field("text", &self.text).finish_non_exhaustive()
    }
}

/// What came of it.
///
/// ```
/// use reliability_core::hook::{Command, Hook, Occasion};
/// let hook = Hook::command("hello", Command::new("/no/such/program").arg("hello")).dry_run();
/// let outcome = hook.carry_out(&hook.plan(&Occasion::new("shop"))?)?;
/// assert_eq!((outcome.said.as_str(), outcome.attempts), ("dry run, nothing was done", 0));
/// assert!(outcome.output.starts_with(r#"run "/no/such/program" "hello""#));
/// # Ok::<(), reliability_core::hook::HookError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// In one line: `exit code 0`, `200 OK`.
    pub said: String,
    /// The beginning of what it wrote or answered, secrets masked.
    pub output: String,
    /// How long it took, further attempts included.
    pub took: Duration,
    /// How often it was tried: 1 unless a webhook had to be sent again.
    pub attempts: u32,
}
