//! What a policy's machine is told: whether its trigger holds, whether a step helped, whether what is given back does harm.
//!
//! All of it is read from calls that were served. What cannot be said for want of calls is `None`, and the machine waits.

use std::time::Duration;

use super::play::{ALL, Play, Stage};
use super::policy::builder::Judge;
use super::policy::words::{Inputs, State};
use super::recent::{Reading, Recents};
use super::worker::Worker;
use crate::engine::situation::SliView;

/// What must have seen calls enough.
const LATELY: Duration = Duration::from_secs(60);

impl Play {
    pub(super) fn inputs(&mut self, stage: &Stage<'_, '_>) -> Inputs {
        let (situation, recents) = (stage.situation, stage.recents);
        let now = situation.monotonic;
        self.local_because = self.fallback(stage);
        let triggered = self.policy.trigger.holds(situation, recents, self.policy.judge);
        let lately = |sli: &str| recents.of(sli).map(|recent| recent.after(now.saturating_sub(LATELY)).valid());
        let slis = self.policy.trigger.slis(situation);
        let enough = slis.is_empty() || slis.iter().any(|sli| lately(sli) >= Some(self.policy.minimum));
        let mut innocent = 0;
        let mut divisible = 0;
        for (step, attribution) in self.attributions.iter().enumerate() {
            if attribution.as_ref().is_some_and(|attribution| attribution.is_innocent(now)) {
                innocent |= 1 << step;
            }
            let runs = self.workers[step].as_ref().is_some_and(|worker| worker.divisible);
            if runs || self.policy.steps[step].is_divisible() {
                divisible |= 1 << step;
            }
        }
        let view = self.sli.as_deref().and_then(|sli| situation.sli(sli));
        Inputs {
            triggered,
            enough,
            permitted: self
                .policy
                .only_while
                .as_ref()
                .is_none_or(|only| only.holds(situation, recents, self.policy.judge) == Some(true)),
            crowded: stage.crowded,
            improved: self.improved(now, view, recents, triggered),
            harmed: self.harmed(now, view, recents, triggered),
            innocent,
            failed: self.failed,
            divisible,
            busy: self
                .workers
                .iter()
                .enumerate()
                .fold(0, |busy, (step, worker)| busy | u32::from(worker.as_ref().is_some_and(Worker::is_busy)) << step),
            killed: stage.killed,
            lapsed: stage.lapsed || std::mem::take(&mut self.lapsed),
            word: self.word.as_ref().map(|(word, _)| *word),
        }
    }

    /// Why it acts by this process's verdict although the fleet's was asked for; empty if it does not.
    fn fallback(&self, stage: &Stage<'_, '_>) -> String {
        if self.policy.judge != Judge::Fleet {
            return String::new();
        }
        let conditions = std::iter::once(&self.policy.trigger).chain(&self.policy.only_while);
        let asked: Vec<_> = conditions.flat_map(|condition| condition.in_fleet(stage.situation)).collect();
        let unknown: Vec<_> = asked.iter().filter(|(_, known)| !known).map(|(slo, _)| *slo).collect();
        if unknown.is_empty() {
            String::new()
        } else {
            format!("the fleet's verdict is not known on {}", unknown.join(", "))
        }
    }

    /// The calls that say how the step does: the latest half of the time that it has, but none from its beginning.
    fn since_set(&self, now: Duration, recents: &Recents) -> Option<Reading> {
        let within = self.machine.settings().verify_within;
        let settled = self.set_at + (within / 4).min(Duration::from_secs(1));
        let from = settled.max(now.saturating_sub(within / 2));
        (now > settled).then(|| recents.of(self.sli.as_deref()?).map(|recent| recent.after(from))).flatten()
    }

    /// Fewer fail than the fast detector looks for, and at most half as many as before; or no more than is allowed.
    fn improved(
        &self,
        now: Duration,
        view: Option<SliView<'_>>,
        recents: &Recents,
        triggered: Option<bool>,
    ) -> Option<bool> {
        self.machine.engaged()?;
        let Some(before) = self.before.failing().filter(|before| *before > 0.0) else {
            // nothing failed before: what is wrong is something else, and only the trigger sees it
            return (now > self.set_at + self.machine.settings().verify_within / 4).then_some(triggered?).map(|t| !t);
        };
        let reading = self.since_set(now, recents).filter(|reading| reading.valid() >= self.policy.minimum)?;
        let (failing, half) = (reading.failing()?, before / 2.0);
        let enough = |allowed: f64| half.min(14.4 * allowed).max(allowed);
        Some(failing <= view.and_then(SliView::allowed).map_or(half, enough))
    }

    /// Whether what is given back fails: its own arm where that is counted, else more than it could by the others.
    fn harmed(
        &self,
        now: Duration,
        view: Option<SliView<'_>>,
        recents: &Recents,
        triggered: Option<bool>,
    ) -> Option<bool> {
        let State::Probing { step, .. } = self.machine.state() else { return None };
        let allowed = view.and_then(SliView::allowed).unwrap_or(0.0);
        let fast = (14.4 * allowed).clamp(2.0 * allowed, 0.5);
        let on = self.attributions[step].as_ref().map(|attribution| attribution.after(self.set_at).0);
        if let Some(on) = on.filter(|on| on.valid() > 0) {
            let failing = on.failing()?;
            if on.bad >= 3 && failing > 0.5 {
                return Some(true);
            }
            return (on.valid() >= self.policy.minimum).then_some(failing > fast);
        }
        let Some(recent) = self.sli.as_deref().and_then(|sli| recents.of(sli)) else {
            return triggered;
        };
        let reading = recent.after(self.set_at);
        let share = f64::from(self.given) / f64::from(ALL);
        let threshold = fast.min(share / 2.0).max(2.0 * allowed);
        let probed = reading.valid() as f64 * share;
        let failing = reading.failing()?;
        if now <= self.set_at || probed < self.policy.minimum as f64 {
            return None;
        }
        Some(failing > threshold)
    }
}
