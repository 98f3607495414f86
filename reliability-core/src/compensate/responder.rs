//! All policies of a service, at work in the loop.
//!
//! At each look: remember what was counted, hear what people and workers said, step each policy's machine, do what it says. Before anything
//! is engaged the lease is held, and it is renewed at each look while something is. Turning a switch is a store; whatever may wait
//! is handed to a worker. So a look costs microseconds, takes no lock that a request could hold, and runs no foreign code.

mod recall;

use std::path::PathBuf;
use std::time::Duration;

use super::controls::{Saying, SharedControls};
use super::effects::Effects;
use super::known_good::{KnownGood, SOAK};
use super::memory::{Found, Memory, Scribe};
use super::play::{Play, Stage};
use super::policy::builder::Policy;
use super::policy::words::State;
use super::recent::Recents;
use super::worker::Deadline;
use crate::admission::Arm;
use crate::admission::cell::SetBy;
use crate::admission::lease::{self, Lease};
use crate::admission::switches::{Switch, switches};
use crate::clock::Timestamp;
use crate::engine::event::EventKind;
use crate::engine::port::Responder;
use crate::engine::response::{Phase, PolicyReport, ResponseReport, StepReport, SwitchKind, SwitchReport};
use crate::engine::situation::Situation;

/// How long what is engaged stands without a look: three ticks.
pub(crate) const LEASE: Duration = Duration::from_secs(3);
/// How often what outlives a restart and the known good version are looked at.
const NOTE: Duration = Duration::from_secs(1);
/// How long the stop waits for each worker.
const END_WITHIN: Duration = Duration::from_millis(500);

/// What policies need to begin.
pub(crate) struct Setting {
    pub(crate) policies: Vec<Policy>,
    pub(crate) controls: SharedControls,
    /// How many may be engaged at once.
    pub(crate) most_at_once: usize,
    pub(crate) lease: Duration,
    pub(crate) service: String,
    pub(crate) version: Option<String>,
    pub(crate) soak: Option<Duration>,
    pub(crate) memory: Option<PathBuf>,
    /// Whether the store keeps it instead.
    pub(crate) stored: bool,
}

/// All policies.
pub(crate) struct Policies {
    plays: Vec<Play>,
    recents: Recents,
    effects: Effects,
    lease: Lease,
    lease_for: Duration,
    held: bool,
    deadline: Deadline,
    lapses: u64,
    controls: SharedControls,
    service: String,
    most_at_once: usize,
    known_good: KnownGood,
    memory: Memory,
    scribe: Option<Scribe>,
    /// The same for a store that keeps it.
    words: Option<String>,
    stored: bool,
    /// Whether nobody has said yet what the store holds: until then limits count as reached.
    awaits: bool,
    /// What was found at the start, until the first look has taken it in.
    found: Option<Found>,
    slis: usize,
    now: Duration,
    at: Timestamp,
    noted: Option<Duration>,
}

impl Policies {
    /// Reads what is remembered and starts the workers. For the start of a service, never for the loop.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(crate) fn new(setting: Setting) -> std::io::Result<Self> {
        let deadline = Deadline::default();
        let known = setting.policies.iter().map(|policy| (policy.name.clone(), policy.settings.acts)).collect();
        setting.controls.know(known);
        let plays: Vec<_> =
            setting.policies.into_iter().map(|policy| Play::new(policy, &deadline)).collect::<Result<_, _>>()?;
        let found = setting.memory.as_deref().map(Memory::load);
        let memory = found.as_ref().map(|found| found.memory.clone()).unwrap_or_default();
        recall::take_over(&setting.controls, &memory);
        Ok(Self {
            plays,
            recents: Recents::default(),
            effects: Effects::default(),
            lease: Lease::new(),
            lease_for: setting.lease,
            held: false,
            deadline,
            lapses: lease::lapses(),
            controls: setting.controls,
            most_at_once: setting.most_at_once,
            service: setting.service,
            known_good: KnownGood::new(setting.version, setting.soak.unwrap_or(SOAK), memory.good.clone()),
            memory,
            scribe: setting.memory.map(Scribe::start).transpose()?,
            words: None,
            stored: setting.stored,
            awaits: setting.stored,
            found,
            slis: 0,
            now: Duration::ZERO,
            at: Timestamp::default(),
            noted: None,
        })
    }

    fn hear(&mut self, tell: &mut dyn FnMut(EventKind)) {
        for saying in self.controls.take() {
            match saying {
                Saying::Killed(on, by) => tell(EventKind::KillSwitch { on, by }),
                Saying::Switched { kind, name, value, set_by, by } => {
                    let kind = SwitchKind::named(kind).unwrap_or(SwitchKind::Flag);
                    tell(EventKind::Switched { kind, name: name.to_owned(), value, set_by, by });
                }
                Saying::Policy(name, word, by) => {
                    if let Some(play) = self.plays.iter_mut().find(|play| play.policy.name == name) {
                        play.word = Some((word, by));
                    }
                }
            }
        }
    }

    /// Writes down what must outlive a restart, and watches the version.
    fn note(&mut self, situation: &Situation<'_>, tell: &mut dyn FnMut(EventKind)) {
        self.noted = Some(situation.monotonic);
        if let Some((version, soaked)) = self.known_good.look(situation) {
            tell(EventKind::KnownGood { version, soaked });
        }
        if let Some(reason) = self.scribe.as_ref().and_then(Scribe::trouble) {
            tell(EventKind::Forgotten { reason });
        }
        if self.scribe.is_none() && (!self.stored || self.awaits) {
            return;
        }
        self.memory.engaged.clear();
        for play in &self.plays {
            let ages = play.machine.ages(situation.monotonic);
            let instants: Vec<_> = ages.map(|age| situation.at - age).collect();
            if !instants.is_empty() {
                self.memory.engaged.insert(play.policy.name.clone(), instants);
            }
        }
        self.memory.good = self.known_good.good().cloned();
        self.memory.killed = self.controls.is_killed();
        let by_hand = |switch: &Switch| switch.cell().value_of(SetBy::Manual);
        self.memory.manual = switches()
            .iter()
            .filter_map(|switch| Some((switch.kind().to_owned(), switch.name().to_owned(), by_hand(switch)?)))
            .collect();
        match &mut self.scribe {
            Some(scribe) => scribe.note(&self.memory),
            None => self.words = Some(self.memory.to_text()),
        }
    }

    fn stamp(&self, instant: Duration) -> Timestamp {
        if instant >= self.now {
            self.at + instant.checked_sub(self.now).unwrap()
        } else {
            self.at - self.now.checked_sub(instant).unwrap()
        }
    }

    fn policy_report(&self, play: &Play) -> PolicyReport {
        let (machine, policy) = (&play.machine, &play.policy);
        let settings = machine.settings();
        let phase = match machine.state() {
            State::Idle => Phase::Idle,
            State::Verifying { step, until } => Phase::Verifying { step, until: self.stamp(until) },
            State::Engaged { step, until } => Phase::Engaged { step, until: self.stamp(until) },
            State::Probing { step, until, .. } => {
                Phase::Probing { step, share: f64::from(play.given) / 1e6, until: self.stamp(until) }
            }
            State::CoolingDown { until } => Phase::CoolingDown { until: self.stamp(until) },
            State::Exhausted => Phase::Exhausted,
            State::ByHand { step } => Phase::Overridden { engaged: step.is_some() },
        };
        let steps = policy.steps.iter().enumerate().map(|(place, step)| StepReport {
            compensator: step.name().to_owned(),
            describe: step.describe(),
            cost: step.cost().to_owned(),
            strength: 1.0,
            engaged: (machine.engaged() == Some(place)).then(|| 1.0 - f64::from(play.given) / 1e6),
        });
        let seconds = settings.verify_within.as_secs_f64();
        let verify = policy.verify.as_ref().map_or_else(
            || format!("the trigger's calls fail less within {seconds} s"),
            |sli| format!("calls of {sli} fail less within {seconds} s"),
        );
        let held_back = machine.held_back();
        PolicyReport {
            name: policy.name.clone(),
            mode: policy.mode,
            phase,
            since: self.stamp(machine.since()),
            trigger: policy.trigger.to_string(),
            judge: policy.judge.as_str(),
            local_because: play.local_because.clone(),
            triggered: play.triggered,
            steps: steps.collect(),
            verify,
            engagements: machine.engagements(self.now),
            limit: settings.limit,
            window: settings.window,
            reason: if held_back.is_empty() { play.reason.clone() } else { held_back.to_owned() },
        }
    }

    /// How a switch stands; what it knows beyond that goes to `told`.
    fn switch_report(&self, switch: Switch, told: &mut ResponseReport) -> SwitchReport {
        let (values, served, degraded) = match switch {
            Switch::Flag(flag) => {
                let arm = |arm| flag.counts(arm).good + flag.counts(arm).bad;
                (vec!["on".into(), "off".into()], arm(Arm::On), arm(Arm::Off))
            }
            Switch::Ladder(ladder) => {
                let rungs: Vec<String> = ladder.rungs().iter().map(|rung| (*rung).to_owned()).collect();
                let degraded = (0..rungs.len()).map(|rung| ladder.served(rung)).sum();
                (rungs, 0, degraded)
            }
            Switch::Dimmer(dimmer) => {
                let (asked, served) = dimmer.asked_and_served();
                (Vec::new(), served, asked - served.min(asked))
            }
            Switch::Gate(gate) => {
                let report = gate.report();
                let counts = (report.admitted, report.refused.total());
                told.gates.push(report);
                (Vec::new(), counts.0, counts.1)
            }
            Switch::Breaker(breaker) => {
                let report = breaker.report();
                let counts = (report.passed, report.refused);
                told.breakers.push(report);
                (Vec::new(), counts.0, counts.1)
            }
            Switch::Bulkhead(bulkhead) => {
                let report = bulkhead.report();
                let counts = (report.admitted, report.refused.total());
                told.bulkheads.push(report);
                (Vec::new(), counts.0, counts.1)
            }
            Switch::Retries(budget) => {
                let report = budget.retries_report();
                told.retries.push(report);
                (Vec::new(), report.granted, report.refused)
            }
        };
        let set_by = switch.cell().set_by();
        let by = match set_by {
            SetBy::Policy => {
                let names: Vec<_> =
                    self.effects.policies(switch).map(|place| self.plays[place].policy.name.as_str()).collect();
                (!names.is_empty()).then(|| names.join(", "))
            }
            SetBy::Manual => self.controls.hand(switch),
            _ => None,
        };
        let kind = SwitchKind::named(switch.kind()).unwrap_or(SwitchKind::Flag);
        let (name, value) = (switch.name().to_owned(), switch.value());
        SwitchReport { kind, name, value, values, set_by, by, served, degraded }
    }
}

impl Drop for Policies {
    /// Nothing stays engaged without somebody who holds the lease.
    fn drop(&mut self) {
        self.effects.forget();
    }
}

impl Responder for Policies {
    fn respond(&mut self, situation: &Situation<'_>, tell: &mut dyn FnMut(EventKind)) {
        (self.now, self.at) = (situation.monotonic, situation.at);
        self.recollect(situation, tell);
        let slis = situation.slis().count();
        if self.slis != slis {
            self.slis = slis;
            let recents = &mut self.recents;
            self.plays.iter_mut().for_each(|play| play.watch(situation, recents));
        }
        self.recents.look(situation);
        let before = std::mem::replace(&mut self.lapses, lease::lapses());
        let lapsed = self.lapses != before;
        if lapsed && self.held {
            self.effects.forget();
            tell(EventKind::Lapsed { lapses: self.lapses });
        }
        self.hear(tell);
        let killed = self.controls.is_killed();
        let known_good = self.known_good.good().map(|(version, _)| version.clone());
        for place in 0..self.plays.len() {
            let others = self.plays.iter().enumerate();
            let engaged = others.filter(|(other, play)| *other != place && play.machine.engaged().is_some()).count();
            let stage = Stage {
                place,
                service: &self.service,
                situation,
                recents: &self.recents,
                effects: &mut self.effects,
                approvals: &self.controls.approvals,
                known_good: known_good.clone(),
                killed,
                lapsed,
                crowded: engaged >= self.most_at_once,
            };
            let (lease, deadline, held, lease_for) = (&self.lease, &self.deadline, &mut self.held, self.lease_for);
            let hold_on = || {
                lease.hold(lease_for);
                deadline.stand(lease_for);
                *held = true;
            };
            self.plays[place].act(stage, hold_on, tell);
        }
        if self.held && self.plays.iter().all(|play| play.machine.engaged().is_none()) {
            self.lease.release();
            self.held = false;
        }
        if self.noted.is_none_or(|noted| situation.monotonic.saturating_sub(noted) >= NOTE) {
            self.note(situation, tell);
        }
    }

    fn next_look(&self) -> Option<Duration> {
        if self.controls.is_pending() {
            return Some(Duration::ZERO);
        }
        self.plays.iter().filter_map(|play| play.next_look(self.now)).min()
    }

    fn words(&self) -> Option<String> {
        self.words.clone()
    }

    fn recall(&mut self, words: Result<Option<String>, String>) {
        self.hear_of_the_past(words);
    }

    fn report(&self) -> ResponseReport {
        let mut told = ResponseReport::default();
        let switches = switches().into_iter().map(|switch| self.switch_report(switch, &mut told)).collect();
        ResponseReport {
            kill_switch: self.controls.is_killed(),
            lease_lapses: lease::lapses(),
            policies: self.plays.iter().map(|play| self.policy_report(play)).collect(),
            switches,
            approvals: self.controls.approvals.report(),
            known_good: Some(self.known_good.report()),
            ..told
        }
    }

    fn stop(&mut self, situation: &Situation<'_>, tell: &mut dyn FnMut(EventKind)) {
        for place in 0..self.plays.len() {
            let stage = Stage {
                place,
                service: &self.service,
                situation,
                recents: &self.recents,
                effects: &mut self.effects,
                approvals: &self.controls.approvals,
                known_good: None,
                killed: true,
                lapsed: false,
                crowded: false,
            };
            self.plays[place].stop(stage, tell);
        }
        self.effects.forget();
        self.lease.release();
        self.note(situation, tell);
        self.plays.iter_mut().for_each(|play| play.end(END_WITHIN));
        if let Some(scribe) = &mut self.scribe {
            scribe.stop(&self.memory, END_WITHIN);
        }
    }
}
