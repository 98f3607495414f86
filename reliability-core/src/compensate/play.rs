//! One policy at work: what its machine is told, and how what it says is done.

use std::fmt::Write;
use std::time::Duration;

use super::approvals::Approvals;
use super::attribution::Attribution;
use super::brownout::{Brownout, PERIOD};
use super::compensator::{Act, Engagement, given_back};
use super::effects::Effects;
use super::policy::builder::Policy;
use super::policy::machine::Machine;
use super::policy::words::{Action, State, Steps, Word};
use super::recent::{Reading, Recents};
use super::worker::{Deadline, Worker};
use crate::admission::Share;
use crate::admission::switches::{Switch, list};
use crate::engine::event::EventKind;
use crate::engine::response::CompensationAction as Told;
use crate::engine::situation::{Situation, SliView};

pub(super) const ALL: u32 = 1_000_000;
/// What the figures before a step are about.
const BEFORE: Duration = Duration::from_secs(10);
/// A policy and where it stands.
pub(super) struct Play {
    pub(super) policy: Policy,
    pub(super) machine: Machine,
    /// By step: the arms of the flag that it turns, who runs it, the controller of the dimmer that it steers and when that is due.
    pub(super) attributions: Vec<Option<Attribution>>,
    pub(super) workers: Vec<Option<Worker>>,
    steering: Option<(&'static crate::Dimmer, String, Brownout, Duration)>,
    pub(super) failed: Steps,
    pub(super) lapsed: bool,
    pub(super) triggered: Option<bool>,
    /// Why it acts by this process's verdict although the fleet's was asked for.
    pub(super) local_because: String,
    /// The SLI whose calls say whether it helped.
    pub(super) sli: Option<String>,
    /// How that failed before the first step.
    pub(super) before: Reading,
    /// Since when the step, or what is given back of it, is as it is.
    pub(super) set_at: Duration,
    /// The share given back, in parts per million.
    pub(super) given: u32,
    pub(super) word: Option<(Word, Option<String>)>,
    /// Who engaged it, while it stands by a person's word.
    hand: Option<String>,
    pub(super) reason: String,
}

/// What a play needs of the others.
pub(super) struct Stage<'a, 'b> {
    pub(super) place: usize,
    pub(super) service: &'a str,
    pub(super) situation: &'a Situation<'b>,
    pub(super) recents: &'a Recents,
    pub(super) effects: &'a mut Effects,
    pub(super) approvals: &'a Approvals,
    pub(super) known_good: Option<String>,
    pub(super) killed: bool,
    pub(super) lapsed: bool,
    pub(super) crowded: bool,
}

impl Play {
    /// # Errors
    /// If the system gives no thread for a compensator of the user's.
    pub(super) fn new(mut policy: Policy, deadline: &Deadline) -> std::io::Result<Self> {
        let attributions = policy.steps.iter().map(|step| step.flag().map(Attribution::of)).collect();
        let mut workers = Vec::new();
        for step in &mut policy.steps {
            // known from the start, so that a person can turn it
            if let Some(switch) = step.switch() {
                list(switch);
            }
            workers.push(match &mut step.act {
                Act::Run(compensator, ..) => {
                    compensator.take().map(|compensator| Worker::start(compensator, deadline.clone())).transpose()?
                }
                _ => None,
            });
        }
        Ok(Self {
            machine: Machine::new(policy.settings.clone()),
            sli: policy.verify.clone(),
            policy,
            attributions,
            workers,
            steering: None,
            failed: 0,
            lapsed: false,
            triggered: None,
            local_because: String::new(),
            before: Reading::default(),
            set_at: Duration::ZERO,
            given: 0,
            word: None,
            hand: None,
            reason: String::new(),
        })
    }

    /// Which SLIs it wants remembered.
    pub(super) fn watch(&mut self, situation: &Situation<'_>, recents: &mut Recents) {
        let slis = self.policy.trigger.slis(situation);
        for sli in &slis {
            recents.watch(sli, false);
        }
        if self.sli.is_none() {
            self.sli = slis.first().map(|sli| (*sli).to_owned());
        }
        self.sli.iter().for_each(|sli| recents.watch(sli, false));
        self.policy.trigger.timed().iter().for_each(|sli| recents.watch(sli, true));
        for step in &self.policy.steps {
            if let Act::Steer { sli, .. } = &step.act {
                recents.watch(sli, true);
            }
        }
    }

    /// One look: what is known goes to the machine, what it says is done and told.
    pub(super) fn act(&mut self, mut stage: Stage<'_, '_>, hold: impl FnOnce(), tell: &mut dyn FnMut(EventKind)) {
        let now = stage.situation.monotonic;
        self.attributions.iter_mut().flatten().for_each(|attribution| attribution.look(now));
        self.hear(now, tell);
        let inputs = self.inputs(&stage);
        self.triggered = inputs.triggered;
        if let Some((word, by)) = &self.word {
            self.hand = by.clone().filter(|_| *word == Word::Engage);
        }
        let by = self.word.take().and_then(|(_, by)| by);
        let mut actions = Vec::new();
        self.machine.step(now, &inputs, &mut actions);
        if self.machine.engaged().is_some() {
            hold();
        }
        for action in actions {
            self.carry_out(action, &mut stage, by.as_deref(), tell);
        }
        self.steer(&mut stage);
    }

    /// Takes everything back.
    pub(super) fn stop(&mut self, mut stage: Stage<'_, '_>, tell: &mut dyn FnMut(EventKind)) {
        let mut actions = Vec::new();
        self.machine.stop(stage.situation.monotonic, &mut actions);
        for action in actions {
            self.carry_out(action, &mut stage, None, tell);
        }
    }

    /// Waits for the workers, at most so long.
    pub(super) fn end(&mut self, within: Duration) {
        self.workers.iter_mut().flatten().for_each(|worker| {
            worker.stop(within);
        });
    }

    /// When it wants to be looked at again.
    pub(super) fn next_look(&self, now: Duration) -> Option<Duration> {
        let soon = match self.machine.state() {
            State::Verifying { .. } | State::Probing { .. } => Some(now + Duration::from_millis(100)),
            _ => None,
        };
        let steer = self.steering.as_ref().map(|(.., due)| *due);
        let busy = self.workers.iter().flatten().any(Worker::is_busy).then(|| now + Duration::from_millis(100));
        [soon, steer, busy, self.machine.due()].into_iter().flatten().filter(|due| *due > now).min()
    }

    /// What the workers have answered.
    fn hear(&mut self, now: Duration, tell: &mut dyn FnMut(EventKind)) {
        for step in 0..self.workers.len() {
            let Some(worker) = &mut self.workers[step] else { continue };
            let mut told = Vec::new();
            while let Some(answer) = worker.answer() {
                self.lapsed |= answer.lapsed;
                if answer.engaging && answer.result.is_err() {
                    self.failed |= 1 << step;
                }
                let what = if answer.result.is_ok() { Told::Done } else { Told::Failed };
                let said = answer.result.unwrap_or_else(|error| error);
                let which = if answer.engaging { "engaging" } else { "releasing" };
                told.push((what, format!("{which}: {said}")));
            }
            if worker.is_late(now) {
                told.push((Told::Failed, format!("no answer for {} s", worker.patience.as_secs())));
            }
            for (what, reason) in told {
                self.tell(what, Some(step), reason, 0.0, now, tell);
            }
        }
    }

    fn carry_out(
        &mut self,
        action: Action,
        stage: &mut Stage<'_, '_>,
        by: Option<&str>,
        tell: &mut dyn FnMut(EventKind),
    ) {
        let now = stage.situation.monotonic;
        match action {
            Action::Engage { step } => {
                if self.given == 0 {
                    let before = self.sli.as_deref().and_then(|sli| stage.recents.of(sli));
                    self.before = before.map_or(Reading::default(), |recent| recent.after(now.saturating_sub(BEFORE)));
                }
                self.set(step, 0, stage);
            }
            Action::Replace { from, to } => {
                self.set(to, 0, stage);
                let shared = self.policy.steps[from].switch().zip(self.policy.steps[to].switch());
                if !shared.is_some_and(|(one, other)| std::ptr::eq(one.cell(), other.cell())) {
                    self.take_back(from, stage);
                }
            }
            Action::Probe { step, ppm } => self.set(step, ppm, stage),
            Action::Release { step } => {
                self.take_back(step, stage);
                (self.failed, self.given) = (0, 0);
            }
            Action::Tell { what, step, why, ppm } => {
                let share = match what {
                    Told::Engaged | Told::Escalated | Told::WouldEngage | Told::Probed | Told::ProbeFailed => {
                        f64::from(ppm) / f64::from(ALL)
                    }
                    _ => 0.0,
                };
                let reason = self.why(why, what, now, stage.recents, by);
                self.tell(what, step, reason, share, now, tell);
            }
        }
    }

    /// Engages a step, with a share of what it takes away given back.
    fn set(&mut self, step: usize, given: u32, stage: &mut Stage<'_, '_>) {
        let now = stage.situation.monotonic;
        (self.set_at, self.given) = (now, given);
        let done = match &self.policy.steps[step].act {
            Act::Set { switch, to } => stage.effects.set(stage.place, *switch, given_back(*switch, *to, given)),
            Act::Steer { dimmer, .. } if given == ALL => {
                self.steering = None;
                stage.effects.set(stage.place, Switch::Dimmer(dimmer), None)
            }
            Act::Steer { dimmer, sli, setpoint } => {
                let threshold = stage.situation.sli(sli).and_then(SliView::threshold);
                let setpoint = setpoint.or(threshold).unwrap_or(Duration::from_secs(1));
                let controller = Brownout::new(setpoint);
                let theta = controller.theta().units();
                self.steering = Some((dimmer, sli.clone(), controller, now + PERIOD));
                stage.effects.set(stage.place, Switch::Dimmer(dimmer), Some(theta))
            }
            Act::Run(_, name, _) => {
                let engagement = Engagement {
                    service: stage.service.to_owned(),
                    policy: self.policy.name.clone(),
                    compensator: name.clone(),
                    strength: Share::from_ppm(ALL - given),
                    reason: self.policy.trigger.to_string(),
                    sli: self.sli.clone(),
                    by: self.hand.clone(),
                    known_good: stage.known_good.clone(),
                    approvals: stage.approvals.clone(),
                };
                self.workers[step].as_mut().is_some_and(|worker| {
                    if given == ALL { worker.release(now) } else { worker.engage(now, engagement) }
                })
            }
        };
        if !done {
            self.failed |= 1 << step;
        }
    }

    fn take_back(&mut self, step: usize, stage: &mut Stage<'_, '_>) {
        match &self.policy.steps[step].act {
            Act::Set { switch, .. } => {
                stage.effects.set(stage.place, *switch, None);
            }
            Act::Steer { dimmer, .. } => {
                self.steering = None;
                stage.effects.set(stage.place, Switch::Dimmer(dimmer), None);
            }
            Act::Run(_, name, _) => {
                stage.approvals.withdraw(&self.policy.name, name);
                if let Some(worker) = &mut self.workers[step] {
                    worker.release(stage.situation.monotonic);
                }
            }
        }
    }

    /// Moves the dimmer that is steered, every half second.
    fn steer(&mut self, stage: &mut Stage<'_, '_>) {
        let now = stage.situation.monotonic;
        let Some((dimmer, sli, controller, due)) = &mut self.steering else { return };
        if now >= *due {
            *due = now + PERIOD;
            let time = stage.recents.of(sli).and_then(|recent| recent.percentile(0.95));
            let theta = controller.step(time);
            stage.effects.set(stage.place, Switch::Dimmer(dimmer), Some(theta.units()));
        }
    }

    /// Why, with numbers.
    fn why(&self, why: &str, what: Told, now: Duration, recents: &Recents, by: Option<&str>) -> String {
        let percent = |reading: Reading| {
            let share = reading.failing().map_or_else(|| "–".to_owned(), |share| format!("{:.2} %", share * 100.0));
            format!("{share} of {}", reading.valid())
        };
        let sli = self.sli.as_deref().unwrap_or_default();
        let mut text = why.to_owned();
        match what {
            Told::Engaged | Told::WouldEngage => {
                let before = recents.of(sli).map(|recent| recent.after(now.saturating_sub(BEFORE)));
                text = self.policy.trigger.to_string();
                if let Some(before) = before {
                    let _ = write!(text, "; {} calls of {sli} failed in the last 10 s", percent(before));
                }
            }
            Told::Verified | Told::NotVerified | Told::ProbeFailed => {
                if let Some(after) = recents.of(sli).map(|recent| recent.after(self.set_at)) {
                    let (after, before) = (percent(after), percent(self.before));
                    let _ = write!(text, ": {after} calls of {sli} failed since, {before} before");
                }
            }
            _ => {}
        }
        if let Some(by) = by {
            let _ = write!(text, " (by {by})");
        }
        text
    }

    fn tell(
        &mut self,
        action: Told,
        step: Option<usize>,
        reason: String,
        strength: f64,
        now: Duration,
        tell: &mut dyn FnMut(EventKind),
    ) {
        self.reason.clone_from(&reason);
        let compensator = step.and_then(|step| self.policy.steps.get(step)).map(|step| step.name().to_owned());
        tell(EventKind::Compensation {
            policy: self.policy.name.clone(),
            compensator: compensator.unwrap_or_default(),
            action,
            strength,
            reason,
            elapsed: self.machine.triggered_for(now),
        });
    }
}
