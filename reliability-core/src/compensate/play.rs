//! One policy at work: what its machine is told, and how what it says is done.

use std::fmt::Write;
use std::time::Duration;

use super::approvals::Approvals;
use super::attribution::Attribution;
use super::brownout::{Brownout, PERIOD};
use super::compensator::{Act, Engagement, given_back};
use super::effects::Effects;
use super::judging::InTime;
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
use crate::spec::format_duration;

pub(super) const ALL: u32 = 1_000_000;
/// What the figures before a step are about.
const BEFORE: Duration = Duration::from_secs(10);
/// The same where nothing failed in that time: all that is remembered.
const LONG_BEFORE: Duration = Duration::from_secs(120);
/// A policy and where it stands.
pub(super) struct Play {
    pub(super) policy: Policy,
    pub(super) machine: Machine,
    /// By step: the arms of the flag that it turns, who runs it, the controller of the dimmer that it steers and when that is due.
    pub(super) attributions: Vec<Option<Attribution>>,
    pub(super) workers: Vec<Option<Worker>>,
    steering: Option<Steering>,
    pub(super) failed: Steps,
    pub(super) lapsed: bool,
    pub(super) triggered: Option<bool>,
    /// Why it acts by this process's verdict although the fleet's was asked for.
    pub(super) local_because: String,
    /// The SLI whose calls say whether it helped.
    pub(super) sli: Option<String>,
    /// By which of its objectives of latency, if it was one that was hurt before the first step and not availability.
    pub(super) in_time: Option<InTime>,
    /// How that failed before the first step.
    pub(super) before: Reading,
    /// Since when the step, or what is given back of it, is as it is.
    pub(super) set_at: Duration,
    /// The share given back, in parts per million.
    pub(super) given: u32,
    /// Whether all calls that come are what was given back: nobody called before.
    pub(super) alone: bool,
    pub(super) word: Option<(Word, Option<String>)>,
    /// Who engaged it, while it stands by a person's word.
    hand: Option<String>,
    pub(super) reason: String,
}

/// A dimmer that follows the latency of an SLI.
struct Steering {
    dimmer: &'static crate::Dimmer,
    sli: String,
    controller: Brownout,
    /// The durations that it has seen: the next step is about the calls since, so that it does not answer old ones again.
    seen: Vec<u64>,
    due: Duration,
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
            in_time: None,
            local_because: String::new(),
            before: Reading::default(),
            set_at: Duration::ZERO,
            given: 0,
            alone: false,
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
        let steer = self.steering.as_ref().map(|steering| steering.due);
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
                    let lately = |span| self.wrong(stage.situation, stage.recents, now.saturating_sub(span));
                    let found = lately(BEFORE);
                    // what burns slowly may not have failed just now
                    (self.in_time, self.before) = if found.1.bad > 0 { found } else { lately(LONG_BEFORE) };
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
                let reason = self.why(why, what, stage, by);
                self.tell(what, step, reason, share, now, tell);
            }
        }
    }

    /// Engages a step, with a share of what it takes away given back.
    fn set(&mut self, step: usize, given: u32, stage: &mut Stage<'_, '_>) {
        let now = stage.situation.monotonic;
        if self.given == 0 {
            self.alone = given > 0 && self.sli.as_deref().is_some_and(|sli| stage.recents.is_quiet(sli));
        }
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
                let (sli, mut seen, due) = (sli.clone(), Vec::new(), now + PERIOD);
                let _ = stage.recents.of(&sli).and_then(|recent| recent.percentile_since(&mut seen, 0.95));
                self.steering = Some(Steering { dimmer, sli, controller, seen, due });
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
        let Some(steering) = &mut self.steering else { return };
        if now >= steering.due {
            steering.due = now + PERIOD;
            let recent = stage.recents.of(&steering.sli);
            let time = recent.and_then(|recent| recent.percentile_since(&mut steering.seen, 0.95));
            let theta = steering.controller.step(time);
            stage.effects.set(stage.place, Switch::Dimmer(steering.dimmer), Some(theta.units()));
        }
    }

    /// Why, with numbers.
    fn why(&self, why: &str, what: Told, stage: &Stage<'_, '_>, by: Option<&str>) -> String {
        let (now, recents) = (stage.situation.monotonic, stage.recents);
        let percent = |reading: Reading| {
            let share = reading.failing().map_or_else(|| "–".to_owned(), |share| format!("{:.2} %", share * 100.0));
            format!("{share} of {}", reading.valid())
        };
        let wrong = |in_time: &Option<InTime>| match in_time {
            Some(in_time) => format!("failed or took longer than {}", format_duration(in_time.threshold)),
            None => "failed".to_owned(),
        };
        let sli = self.sli.as_deref().unwrap_or_default();
        let mut text = why.to_owned();
        match what {
            Told::Engaged | Told::WouldEngage => {
                text = self.policy.trigger.to_string();
                if recents.of(sli).is_some() {
                    let (in_time, before) = self.wrong(stage.situation, recents, now.saturating_sub(BEFORE));
                    let _ = write!(text, "; {} calls of {sli} {} in the last 10 s", percent(before), wrong(&in_time));
                }
            }
            Told::Verified | Told::NotVerified => {
                // what was judged, which is not all since the step
                if let Some((after, over)) = self.since_set(now, recents) {
                    let (over, before) = (over.as_secs_f64(), percent(self.before));
                    let (after, wrong) = (percent(after), wrong(&self.in_time));
                    let _ = write!(text, ": {after} calls of {sli} {wrong} in the last {over:.1} s, {before} before");
                }
            }
            Told::ProbeFailed => {
                if let Some(after) = self.judged(recents).map(|recent| recent.after(self.set_at)) {
                    let (after, before, wrong) = (percent(after), percent(self.before), wrong(&self.in_time));
                    let _ = write!(text, ": {after} calls of {sli} {wrong} since, {before} before the first step");
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
