//! One policy's course, as a pure machine: a step takes the time and what is known, and says what to do.
//!
//! It knows no switch, no SLI and no clock, so all of its courses can be gone through: `tests/policies` explores more than a million
//! transitions and finds it never engaged without asking for the lease, never past a limit, never engaging on a trigger that
//! is resolved or unknown, and always undone in the end.
//!
//! ```text
//!            trigger           helps                 calm, held long enough         nothing breaks
//!   Idle ──────────▶ Verifying ─────▶ Engaged ──────────────────────▶ Probing 1 → 10 → 100 % ─────▶ CoolingDown ─▶ Idle
//!                      │   ▲             ▲                               │
//!     does not help ───┘   │             └──── breaks: back, for longer ─┘
//!         next step ───────┘
//!         none left: everything back, a person is wanted ──▶ Exhausted ─ calm ─▶ CoolingDown
//! ```
//!
//! Where nobody calls any more what the trigger is about, it is unknown for good, and being engaged for long enough is enough for a probe.
//!
//! Entering needs the trigger, leaving needs it to have been quiet for a while, a least hold and a probe: three thresholds apart, so that
//! nothing flaps. One step down at a time; up goes everything that was probed.

use std::collections::VecDeque;
use std::time::Duration;

use super::words::{Action, Inputs, PROBES, Settings, State, Word};
use crate::engine::response::CompensationAction as Told;

/// What cannot be judged for want of calls is waited for so many times as long, then it counts as not good enough.
const PATIENCE: u32 = 10;

/// One policy.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Machine {
    pub(super) settings: Settings,
    pub(super) state: State,
    pub(super) since: Duration,
    /// When the trigger began to hold, and since when it has not.
    pub(super) triggered_at: Option<Duration>,
    pub(super) calm_since: Option<Duration>,
    /// Since when what had helped does not.
    pub(super) worse_since: Option<Duration>,
    pub(super) engaged_at: Option<Duration>,
    pub(super) hold: Duration,
    pub(super) engagements: VecDeque<Duration>,
    /// Of those before the start: how long before the first look, at which look.
    pub(super) earlier: Vec<(Duration, Duration)>,
    /// No engagement before: what is remembered of the limit is lost.
    pub(super) barred_until: Option<Duration>,
    pub(super) held_back: &'static str,
}

impl Machine {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            hold: settings.hold,
            settings,
            state: State::Idle,
            since: Duration::ZERO,
            triggered_at: None,
            calm_since: None,
            worse_since: None,
            engaged_at: None,
            engagements: VecDeque::new(),
            earlier: Vec::new(),
            barred_until: None,
            held_back: "",
        }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn state(&self) -> State {
        self.state
    }

    /// Since when it stands there.
    pub(crate) fn since(&self) -> Duration {
        self.since
    }

    /// Why it does not engage although the trigger holds; empty if nothing keeps it.
    pub(crate) fn held_back(&self) -> &'static str {
        self.held_back
    }

    /// How long ago the trigger began to hold.
    pub(crate) fn triggered_for(&self, now: Duration) -> Option<Duration> {
        self.triggered_at.map(|at| now.saturating_sub(at))
    }

    /// The step that is engaged, in whole or in part. While there is one, the lease must be held.
    pub(crate) fn engaged(&self) -> Option<usize> {
        match self.state {
            State::Verifying { step, .. } | State::Engaged { step, .. } | State::Probing { step, .. } => Some(step),
            State::ByHand { step } => step,
            State::Idle | State::CoolingDown { .. } | State::Exhausted => None,
        }
    }

    /// When time alone changes something.
    pub(crate) fn due(&self) -> Option<Duration> {
        match self.state {
            State::Verifying { until, .. }
            | State::Engaged { until, .. }
            | State::Probing { until, .. }
            | State::CoolingDown { until } => Some(until),
            State::Idle | State::Exhausted | State::ByHand { .. } => None,
        }
    }

    /// One step.
    pub(crate) fn step(&mut self, now: Duration, inputs: &Inputs, out: &mut Vec<Action>) {
        match inputs.triggered {
            Some(true) => {
                self.calm_since = None;
                self.triggered_at.get_or_insert(now);
            }
            Some(false) => {
                let calm_since = *self.calm_since.get_or_insert(now);
                if self.engaged().is_none() && now.saturating_sub(calm_since) >= self.settings.calm {
                    (self.triggered_at, self.held_back) = (None, "");
                }
            }
            // what cannot be known changes nothing
            None => {}
        }
        if inputs.lapsed && self.engaged().is_some() {
            let by_hand = matches!(self.state, State::ByHand { .. });
            self.release(Told::Reverted, "nobody renewed the lease", out);
            self.go(now, if by_hand { State::ByHand { step: None } } else { State::Idle });
            return;
        }
        if inputs.killed {
            if self.engaged().is_some() {
                self.release(Told::Reverted, "the kill switch is on", out);
                self.go(now, State::Idle);
            } else if matches!(self.state, State::Idle) && inputs.triggered == Some(true) {
                self.hold_back("the kill switch is on", out);
            }
            return;
        }
        if let Some(word) = inputs.word {
            self.obey(now, word, out);
        }
        let calm = self.calm_since.is_some_and(|since| now.saturating_sub(since) >= self.settings.calm);
        let unseen = inputs.triggered.is_none() && inputs.unseen;
        let too_long = self.engaged_at.is_some_and(|since| now.saturating_sub(since) >= self.settings.longest) && !calm;
        match self.state {
            State::ByHand { .. } => {}
            State::Idle => self.begin(now, inputs, out),
            State::Verifying { .. } | State::Engaged { .. } if too_long => {
                self.exhaust(now, "engaged for as long as it may be, and the trigger still holds", out);
            }
            State::Verifying { step, until } => self.verify(now, step, until, inputs, out),
            State::Engaged { step, until } => {
                let worse = inputs.triggered == Some(true) && inputs.improved == Some(false);
                let worse_since = worse.then(|| self.worse_since.unwrap_or(now));
                self.worse_since = worse_since;
                if worse_since.is_some_and(|since| now.saturating_sub(since) >= self.settings.verify_within) {
                    tell(Told::NotVerified, step, "it helps no longer", out);
                    self.go(now, State::Verifying { step, until: now + self.settings.verify_within });
                } else if (calm || unseen) && now >= until {
                    self.probe(now, step, 0, inputs, out);
                }
            }
            State::Probing { step, stage, until } => self.probed(now, step, stage, until, inputs, out),
            State::CoolingDown { until } => {
                if now >= until {
                    if inputs.triggered.is_none() {
                        // what it was engaged for is over as far as anybody knows
                        self.triggered_at = None;
                    }
                    self.go(now, State::Idle);
                    self.begin(now, inputs, out);
                } else if inputs.triggered == Some(true) {
                    self.hold_back("it cools down", out);
                }
            }
            State::Exhausted => {
                if calm {
                    self.go(now, State::CoolingDown { until: now + self.settings.cool_down });
                }
            }
        }
    }

    /// Reverts everything: the service stops.
    pub(crate) fn stop(&mut self, now: Duration, out: &mut Vec<Action>) {
        if self.engaged().is_some() {
            self.release(Told::Reverted, "the service stops", out);
        }
        self.go(now, State::ByHand { step: None });
    }

    /// Engages the first step that may be, if one may.
    fn begin(&mut self, now: Duration, inputs: &Inputs, out: &mut Vec<Action>) {
        if inputs.triggered != Some(true) {
            return;
        }
        let refused = if !inputs.enough {
            "too few calls to act on"
        } else if !inputs.permitted {
            "its condition does not hold"
        } else if self.barred_until.is_some_and(|until| now < until) {
            "what it did before the start is not known, so its limit counts as reached"
        } else if self.engagements(now) >= self.settings.limit {
            "it has engaged as often as it may"
        } else if inputs.crowded {
            "as many policies are engaged as may be at once"
        } else {
            ""
        };
        if !refused.is_empty() {
            return self.hold_back(refused, out);
        }
        let Some(step) = self.candidate(0, inputs, out) else {
            return self.hold_back("none of its steps is to blame", out);
        };
        self.held_back = "";
        self.count(now);
        if !self.settings.acts {
            tell(Told::WouldEngage, step, "in shadow mode nothing is engaged", out);
            return self.go(now, State::CoolingDown { until: now + self.settings.hold + self.settings.cool_down });
        }
        self.engaged_at = Some(now);
        self.hold = self.settings.hold;
        out.push(Action::Engage { step });
        tell(Told::Engaged, step, "the trigger holds", out);
        self.go(now, State::Verifying { step, until: now + self.settings.verify_within });
    }

    /// The first step from `from` on that can be blamed and carried out.
    fn candidate(&self, from: usize, inputs: &Inputs, out: &mut Vec<Action>) -> Option<usize> {
        for step in from..self.settings.steps {
            let bit = 1 << step;
            if inputs.innocent & bit != 0 {
                if self.held_back.is_empty() {
                    tell(Told::Skipped, step, "both arms fail alike, or the arm that is on does not fail", out);
                }
            } else if inputs.failed & bit == 0 {
                return Some(step);
            }
        }
        None
    }

    fn verify(&mut self, now: Duration, step: usize, until: Duration, inputs: &Inputs, out: &mut Vec<Action>) {
        if inputs.failed & (1 << step) != 0 {
            return self.escalate(now, step, "it could not be carried out", inputs, out);
        }
        if inputs.busy & (1 << step) != 0 {
            // its time begins when it is done
            return self.state = State::Verifying { step, until: now + self.settings.verify_within };
        }
        let resolved = inputs.triggered == Some(false) && now >= until;
        match inputs.improved {
            Some(true) => {
                tell(Told::Verified, step, "it helped", out);
                self.go(now, State::Engaged { step, until: now + self.hold });
            }
            _ if resolved => {
                tell(Told::Verified, step, "the trigger resolved", out);
                self.go(now, State::Engaged { step, until: now + self.hold });
            }
            None if inputs.triggered.is_none() && inputs.unseen && now >= until => {
                tell(
                    Told::NotVerified,
                    step,
                    "nobody calls what failed any more: a share is given back in time, to see",
                    out,
                );
                self.go(now, State::Engaged { step, until: now + self.hold });
            }
            Some(false) if now >= until => self.escalate(now, step, "it did not help in time", inputs, out),
            None if now >= until + self.settings.verify_within * (PATIENCE - 1) => {
                self.escalate(now, step, "too few calls to see whether it helped", inputs, out);
            }
            _ => {}
        }
    }

    fn escalate(&mut self, now: Duration, step: usize, why: &'static str, inputs: &Inputs, out: &mut Vec<Action>) {
        // one that could not be carried out is over, whatever the trigger says; else an unknown trigger is waited for
        let failed = inputs.failed & (1 << step) != 0;
        if inputs.triggered != Some(true) && !failed {
            return;
        }
        tell(Told::NotVerified, step, why, out);
        let next = (inputs.triggered == Some(true) && inputs.permitted)
            .then(|| self.candidate(step + 1, inputs, out))
            .flatten();
        let Some(to) = next else {
            return self.exhaust(now, "no step is left", out);
        };
        out.push(Action::Replace { from: step, to });
        tell(Told::Escalated, to, "the step before did not help", out);
        self.go(now, State::Verifying { step: to, until: now + self.settings.verify_within });
    }

    fn exhaust(&mut self, now: Duration, why: &'static str, out: &mut Vec<Action>) {
        self.release(Told::Reverted, why, out);
        out.push(Action::Tell { what: Told::Exhausted, step: None, why, ppm: 0 });
        self.go(now, State::Exhausted);
    }

    fn probe(&mut self, now: Duration, step: usize, stage: usize, inputs: &Inputs, out: &mut Vec<Action>) {
        let whole = PROBES.len() - 1;
        let stage = if inputs.divisible & (1 << step) == 0 { whole } else { stage };
        let ppm = PROBES[stage.min(whole)];
        out.push(Action::Probe { step, ppm });
        out.push(Action::Tell { what: Told::Probed, step: Some(step), why: "given back to see", ppm });
        self.go(now, State::Probing { step, stage, until: now + self.settings.probe_for });
    }

    fn probed(
        &mut self,
        now: Duration,
        step: usize,
        stage: usize,
        until: Duration,
        inputs: &Inputs,
        out: &mut Vec<Action>,
    ) {
        if inputs.harmed == Some(true) || inputs.triggered == Some(true) {
            self.hold = (self.hold * 2).min(self.settings.most_hold.max(self.settings.hold));
            let ppm = PROBES[stage.min(PROBES.len() - 1)];
            let why = "what was given back fails: taken away again, for twice as long";
            // told before it is taken away, while the calls since it was given back can be read
            out.push(Action::Tell { what: Told::ProbeFailed, step: Some(step), why, ppm });
            out.push(Action::Engage { step });
            return self.go(now, State::Engaged { step, until: now + self.hold });
        }
        let judged = inputs.harmed == Some(false) && now >= until;
        if !judged && now < until + self.settings.probe_for * (PATIENCE - 1) {
            return;
        }
        if stage + 1 < PROBES.len() {
            return self.probe(now, step, stage + 1, inputs, out);
        }
        self.release(Told::Released, "given back whole, and nothing fails", out);
        self.go(now, State::CoolingDown { until: now + self.settings.cool_down });
    }

    fn obey(&mut self, now: Duration, word: Word, out: &mut Vec<Action>) {
        match word {
            Word::Engage => {
                if let Some(from) = self.engaged().filter(|step| *step != 0) {
                    out.push(Action::Replace { from, to: 0 });
                } else {
                    out.push(Action::Engage { step: 0 });
                }
                self.count(now);
                self.engaged_at.get_or_insert(now);
                tell(Told::Overridden, 0, "engaged by hand", out);
                self.go(now, State::ByHand { step: Some(0) });
            }
            Word::Release => {
                self.release(Told::Overridden, "released by hand", out);
                self.go(now, State::ByHand { step: None });
            }
            Word::Automatic => {
                if matches!(self.state, State::ByHand { .. }) {
                    self.release(Told::Overridden, "handed back: it decides by itself again", out);
                    self.go(now, State::Idle);
                }
            }
        }
    }

    fn release(&mut self, what: Told, why: &'static str, out: &mut Vec<Action>) {
        let step = self.engaged();
        if let Some(step) = step {
            out.push(Action::Release { step });
        }
        out.push(Action::Tell { what, step, why, ppm: 0 });
        (self.engaged_at, self.hold) = (None, self.settings.hold);
    }

    fn hold_back(&mut self, why: &'static str, out: &mut Vec<Action>) {
        if self.held_back != why {
            self.held_back = why;
            out.push(Action::Tell { what: Told::HeldBack, step: None, why, ppm: 0 });
        }
    }

    fn go(&mut self, now: Duration, state: State) {
        (self.state, self.since, self.worse_since) = (state, now, None);
    }
}

fn tell(what: Told, step: usize, why: &'static str, out: &mut Vec<Action>) {
    out.push(Action::Tell { what, step: Some(step), why, ppm: 1_000_000 });
}
