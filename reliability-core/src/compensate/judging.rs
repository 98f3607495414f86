//! What a policy's machine is told: whether its trigger holds, whether a step helped, whether what is given back does harm.
//!
//! All of it is read from calls that were served. What cannot be said for want of calls is `None`, and the machine waits.
//!
//! What is judged is what was wrong when the policy engaged: whether calls fail, or, where an objective of latency was hurt more, whether
//! they fail or take longer than that allows. A step against slowness that is judged by failures alone would be proven by nothing.

use std::time::Duration;

use super::play::{ALL, Play, Stage};
use super::policy::builder::Judge;
use super::policy::words::{Inputs, State};
use super::recent::{Reading, Recent, Recents};
use super::worker::Worker;
use crate::engine::situation::{Situation, SliView};

/// What must have seen calls enough.
const LATELY: Duration = Duration::from_secs(60);

/// The objective of latency by which a step is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct InTime {
    slo: String,
    pub(super) threshold: Duration,
}

/// For how long its callers wait.
fn patience(view: Option<SliView<'_>>) -> Duration {
    view.map_or(Duration::from_secs(1), SliView::patience)
}

impl Play {
    /// What is wrong with the calls after `from`: the objective of latency that is hurt more than any other and than availability, if
    /// one is, and what it counted.
    pub(super) fn wrong(
        &self,
        situation: &Situation<'_>,
        recents: &Recents,
        from: Duration,
    ) -> (Option<InTime>, Reading) {
        let found = self.sli.as_deref().and_then(|sli| Some((situation.sli(sli)?, recents.of(sli)?)));
        let Some((view, recent)) = found else { return (None, Reading::default()) };
        let burn = |reading: Reading, allowed: Option<f64>| {
            let failing = reading.failing().unwrap_or(0.0);
            allowed.filter(|allowed| *allowed > 0.0).map_or(failing, |allowed| failing / allowed)
        };
        let failed = recent.after(from);
        let mut worst = (None, failed, burn(failed, view.allowed()));
        for (slo, threshold, _) in view.served_in_time() {
            let Some(recent) = recents.in_time(view.name(), slo) else { continue };
            let late = recent.after(from);
            let burns = burn(late, view.allowed_by(slo));
            // where it is only the failures that hurt it too, they say it better
            if late.bad > failed.bad && burns > worst.2 {
                worst = (Some(InTime { slo: slo.to_owned(), threshold }), late, burns);
            }
        }
        (worst.0, worst.1)
    }

    /// The calls by which its steps are judged.
    pub(super) fn judged<'a>(&self, recents: &'a Recents) -> Option<&'a Recent> {
        let sli = self.sli.as_deref()?;
        match &self.in_time {
            Some(in_time) => recents.in_time(sli, &in_time.slo),
            None => recents.of(sli),
        }
    }

    /// The share of them that may be bad.
    fn allowed(&self, view: Option<SliView<'_>>) -> Option<f64> {
        match &self.in_time {
            Some(in_time) => view?.allowed_by(&in_time.slo),
            None => view?.allowed(),
        }
    }

    pub(super) fn inputs(&mut self, stage: &Stage<'_, '_>) -> Inputs {
        let (situation, recents) = (stage.situation, stage.recents);
        let now = situation.monotonic;
        self.local_because = self.fallback(stage);
        let triggered = self.policy.trigger.holds(situation, recents, self.policy.judge);
        let lately = |sli: &str| recents.of(sli).map(|recent| recent.after(now.saturating_sub(LATELY)).valid());
        let slis = self.policy.trigger.slis(situation);
        let enough = slis.is_empty() || slis.iter().any(|sli| lately(sli) >= Some(self.policy.minimum));
        let view = self.sli.as_deref().and_then(|sli| situation.sli(sli));
        let patience = patience(view);
        let mut innocent = 0;
        let mut divisible = 0;
        for (step, attribution) in self.attributions.iter().enumerate() {
            if attribution.as_ref().is_some_and(|attribution| attribution.is_innocent(now, patience)) {
                innocent |= 1 << step;
            }
            let runs = self.workers[step].as_ref().is_some_and(|worker| worker.divisible);
            if runs || self.policy.steps[step].is_divisible() {
                divisible |= 1 << step;
            }
        }
        Inputs {
            triggered,
            // nothing could say that it is over
            unseen: triggered.is_none() && slis.iter().any(|sli| recents.is_quiet(sli)),
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

    /// The calls that say how the step does, and over what time: the latest half of the time that it has, but none from its beginning.
    pub(super) fn since_set(&self, now: Duration, recents: &Recents) -> Option<(Reading, Duration)> {
        let within = self.machine.settings().verify_within;
        let settled = self.set_at + (within / 4).min(Duration::from_secs(1));
        let from = settled.max(now.saturating_sub(within / 2));
        if now <= settled {
            return None;
        }
        self.judged(recents).map(|recent| (recent.after(from), now.saturating_sub(from)))
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
            // no objective was hurt: what is wrong is something else, and only the trigger sees it
            return (now > self.set_at + self.machine.settings().verify_within / 4).then_some(triggered?).map(|t| !t);
        };
        let reading = self
            .since_set(now, recents)
            .map(|(reading, _)| reading)
            .filter(|reading| reading.valid() >= self.policy.minimum)?;
        let (failing, half) = (reading.failing()?, before / 2.0);
        let enough = |allowed: f64| half.min(14.4 * allowed).max(allowed);
        Some(failing <= self.allowed(view).map_or(half, enough))
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
        let allowed = self.allowed(view).unwrap_or(0.0);
        let fast = (14.4 * allowed).clamp(2.0 * allowed, 0.5);
        let on = self.attributions[step].as_ref().map(|attribution| attribution.on_after(self.set_at, patience(view)));
        if let Some(on) = on.filter(|on| on.valid() > 0) {
            let failing = on.failing()?;
            let enough = on.valid() >= self.policy.minimum;
            if on.bad >= 3 && failing > 0.5 || enough && failing > fast {
                return Some(true);
            }
            // an arm knows nothing of slowness
            if self.in_time.is_none() {
                return enough.then_some(false);
            }
        }
        let Some(recent) = self.judged(recents) else {
            return triggered;
        };
        let reading = recent.after(self.set_at);
        let share = if self.alone { 1.0 } else { f64::from(self.given) / f64::from(ALL) };
        let threshold = fast.min(share / 2.0).max(2.0 * allowed);
        let probed = reading.valid() as f64 * share;
        let failing = reading.failing()?;
        if now <= self.set_at || probed < self.policy.minimum as f64 {
            return None;
        }
        Some(failing > threshold)
    }
}
