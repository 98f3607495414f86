//! The hook as a compensator: plan, approval, deed, and what undoes it.
//!
//! One plan is made when a policy asks, and that plan is shown, approved and carried out. While a person is asked, the
//! policy may change its mind (it is released, the trigger resolves, the kill switch is thrown): then the plan is withdrawn
//! and the late yes does nothing, so the reason holds at the moment of action. What was not done is not undone.
//!
//! How often it may be done is the policy's limit, which a restart does not reset where
//! [`Builder::memory`](crate::Builder::memory) is given.

use std::error::Error;
use std::time::Duration;

use super::command::Command;
use super::plan::{Deed, Outcome, Plan};
use super::text::VERSION;
use super::webhook::Webhook;
use super::{HookError, Occasion};
use crate::compensate::{Approvals, Compensator, Engagement};

/// How much of what it wrote stands in an event.
const TOLD_CHARS: usize = 160;

/// Something outside the process that can be done about an incident.
///
/// ```
/// use reliability_core::compensate::{Policy, Step, Trigger};
/// use reliability_core::hook::{Command, Hook};
/// use std::time::Duration;
///
/// let roll_back = Hook::command("roll-back", Command::new("/usr/local/bin/deploy").args(["--to", "{version}"]))
///     .cost("what the new version brought is gone")
///     .approval(Duration::from_secs(15 * 60));
/// let policy = Policy::named("bad-deploy")?
///     .on(Trigger::detected("checkout"))
///     .step(Step::run(roll_back))
///     .verify("checkout", Duration::from_secs(120))
///     .act();
/// # drop(policy);
/// # Ok::<(), reliability_core::NameError>(())
/// ```
///
/// What it would do, and doing it, by hand:
///
/// ```
/// use reliability_core::hook::{Command, Hook, Occasion};
///
/// let hook = Hook::command("say", Command::new("/bin/echo").args(["back to", "{version}"]));
/// let plan = hook.plan(&Occasion::new("shop").version("1.4.2"))?;
/// assert!(plan.text().starts_with(r#"run "/bin/echo" "back to" "1.4.2""#));
/// # #[cfg(unix)]
/// assert_eq!(hook.carry_out(&plan)?.output, "back to 1.4.2\n");
/// # Ok::<(), reliability_core::hook::HookError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Hook {
    name: String,
    cost: String,
    way: Way,
    undo: Option<Way>,
    dry_run: bool,
    approval: Option<Duration>,
    /// On which occasion it was done, as long as it is not undone.
    done: Option<Occasion>,
}

#[derive(Clone, Debug)]
enum Way {
    Webhook(Webhook),
    Command(Command),
}

impl Way {
    fn plan(&self, occasion: &Occasion) -> Result<Plan, HookError> {
        let Occasion(words) = occasion;
        let needs_version = match self {
            Self::Webhook(webhook) => webhook.templates().any(|template| template.contains(VERSION)),
            Self::Command(command) => command.templates().any(|template| template.contains(VERSION)),
        };
        if needs_version && words.version.is_empty() {
            return Err(HookError::NoKnownGood);
        }
        Ok(match self {
            Self::Webhook(webhook) => webhook.plan(words),
            Self::Command(command) => command.plan(words),
        })
    }

    fn longest(&self) -> Duration {
        match self {
            Self::Webhook(webhook) => webhook.longest(),
            Self::Command(command) => command.longest(),
        }
    }

    fn describe(&self) -> String {
        match self {
            Self::Webhook(webhook) => webhook.describe(),
            Self::Command(command) => command.describe(),
        }
    }
}

impl Hook {
    /// Sends a webhook. The name stands in events and reports.
    pub fn webhook(name: impl Into<String>, webhook: Webhook) -> Self {
        Self::of(name.into(), Way::Webhook(webhook))
    }

    /// Runs a command.
    pub fn command(name: impl Into<String>, command: Command) -> Self {
        Self::of(name.into(), Way::Command(command))
    }

    fn of(name: String, way: Way) -> Self {
        Self { name, cost: String::new(), way, undo: None, dry_run: false, approval: None, done: None }
    }

    /// What it costs the users, in a few words.
    #[must_use]
    pub fn cost(mut self, cost: impl Into<String>) -> Self {
        self.cost = cost.into();
        self
    }

    /// Is undone by this webhook. Without anything that undoes it a release does nothing: a rollback stays.
    #[must_use]
    pub fn undone_by_webhook(mut self, webhook: Webhook) -> Self {
        self.undo = Some(Way::Webhook(webhook));
        self
    }

    /// Is undone by this command.
    #[must_use]
    pub fn undone_by_command(mut self, command: Command) -> Self {
        self.undo = Some(Way::Command(command));
        self
    }

    /// Is done only when a person approves of the exact plan within this time. Silence is no, and whoever engaged the policy by
    /// hand cannot approve. Words come through [`Handle::approve`](crate::Handle::approve), or with the feature `status` through
    /// the page.
    #[must_use]
    pub fn approval(mut self, within: Duration) -> Self {
        self.approval = Some(within);
        self
    }

    /// Says what it would do and does not do it, without asking anybody. Secrets are not read.
    #[must_use]
    pub fn dry_run(mut self) -> Self {
        self.dry_run = true;
        self
    }

    /// What it would do on this occasion.
    ///
    /// # Errors
    /// If it needs a known good version and there is none.
    pub fn plan(&self, occasion: &Occasion) -> Result<Plan, HookError> {
        self.way.plan(occasion)
    }

    /// Does what the plan says and waits for it; in a dry run only says so.
    ///
    /// # Errors
    /// If a secret is missing, the other side refuses or cannot be reached, or a command fails or takes too long.
    pub fn carry_out(&self, plan: &Plan) -> Result<Outcome, HookError> {
        match &plan.deed {
            _ if self.dry_run => Ok(Outcome {
                said: "dry run, nothing was done".into(),
                output: plan.text().to_owned(),
                took: Duration::ZERO,
                attempts: 0,
            }),
            Deed::Send(letter) => letter.send(),
            Deed::Run(call) => call.run(),
        }
    }

    /// Waits for a person's yes to this plan, if one is needed. Who said it.
    fn approved(
        &self,
        plan: &Plan,
        policy: &str,
        by: Option<&str>,
        approvals: &Approvals,
    ) -> Result<Option<String>, HookError> {
        let Some(within) = self.approval.filter(|_| !self.dry_run) else { return Ok(None) };
        let requester = by.map_or_else(|| format!("policy {policy}"), str::to_owned);
        let id = approvals.ask(policy, &self.name, plan.text(), &plan.digest(), &requester, within);
        approvals.wait(&id).map(Some).map_err(HookError::Unapproved)
    }
}

impl Compensator for Hook {
    fn name(&self) -> &str {
        &self.name
    }

    fn describe(&self) -> String {
        let when = match self.approval {
            _ if self.dry_run => " (dry run)",
            Some(_) => ", once a person has approved",
            None => "",
        };
        format!("{}{when}", self.way.describe())
    }

    fn cost(&self) -> String {
        self.cost.clone()
    }

    fn engage(&mut self, engagement: &Engagement) -> Result<String, Box<dyn Error + Send + Sync>> {
        if self.done.is_some() {
            return Ok("done before, and not undone since".into());
        }
        let occasion = Occasion::new(&engagement.service)
            .policy(&engagement.policy)
            .reason(&engagement.reason)
            .sli(engagement.sli.clone().unwrap_or_default())
            .version(engagement.known_good.clone().unwrap_or_default());
        let plan = self.plan(&occasion)?;
        let by = self.approved(&plan, &engagement.policy, engagement.by.as_deref(), &engagement.approvals)?;
        // whatever comes of it, it may have begun
        self.done = Some(occasion).filter(|_| !self.dry_run);
        let outcome = self.carry_out(&plan)?;
        Ok(told(&outcome) + &by.map_or_else(String::new, |by| format!("; approved by {by}")))
    }

    fn release(&mut self) -> Result<String, Box<dyn Error + Send + Sync>> {
        let (Some(occasion), Some(undo)) = (&self.done, &self.undo) else {
            let why = if self.done.take().is_some() { "it stays: nothing undoes it" } else { "it was not done" };
            return Ok(why.into());
        };
        let outcome = self.carry_out(&undo.plan(occasion)?)?;
        self.done = None;
        Ok(told(&outcome))
    }

    fn patience(&self) -> Duration {
        let longest = self.undo.iter().map(Way::longest).fold(self.way.longest(), Duration::max);
        longest.saturating_add(self.approval.unwrap_or_default()).saturating_add(Duration::from_secs(5))
    }
}

/// In one line, for an event.
fn told(outcome: &Outcome) -> String {
    let mut told = format!("{} after {:.1} s", outcome.said, outcome.took.as_secs_f64());
    let output = outcome.output.trim();
    if !output.is_empty() {
        let cut: String = output.chars().map(|c| if c.is_control() { ' ' } else { c }).take(TOLD_CHARS).collect();
        told.push_str(": ");
        told.push_str(&cut);
        if output.chars().nth(TOLD_CHARS).is_some() {
            told.push('…');
        }
    }
    told
}
