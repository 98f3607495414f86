//! How often a policy engages: what is counted, over restarts too, and what bars it.

use std::time::Duration;

use super::machine::Machine;
#[cfg(test)]
use super::words::State;

impl Machine {
    /// How long ago it engaged, within the window that ends now.
    pub(crate) fn ages(&self, now: Duration) -> impl Iterator<Item = Duration> + '_ {
        let earlier = self.earlier.iter().map(move |(at, ago)| now.saturating_sub(*at) + *ago);
        let since = self.engagements.iter().map(move |at| now.saturating_sub(*at));
        earlier.chain(since).filter(|age| *age < self.settings.window)
    }

    /// How often it engaged in the window that ends now.
    pub(crate) fn engagements(&self, now: Duration) -> u32 {
        self.ages(now).count() as u32
    }

    /// Takes in that it engaged so long ago, before this process began.
    pub(crate) fn remember(&mut self, now: Duration, ago: Duration) {
        self.earlier.push((now, ago));
    }

    /// All that decides what it does from now on, with instants told as distances from now: for whoever explores it.
    #[cfg(test)]
    pub(super) fn key(&self, now: Duration) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let age = |at: Duration| now.saturating_sub(at).min(self.settings.longest.max(self.settings.window)).as_secs();
        let left = |until: Duration| until.as_secs() as i64 - now.as_secs() as i64;
        let state = match self.state {
            State::Idle => (0, 0, 0, 0),
            State::Verifying { step, until } => (1, step, 0, left(until).max(-20)),
            State::Engaged { step, until } => (2, step, 0, left(until).max(-1)),
            State::Probing { step, stage, until } => (3, step, stage, left(until).max(-20)),
            State::CoolingDown { until } => (4, 0, 0, left(until).max(-1)),
            State::ByHand { step } => (5, step.map_or(9, |step| step), 0, 0),
            State::Exhausted => (6, 0, 0, 0),
        };
        let calm = self.calm_since.map(|at| age(at).min(self.settings.calm.as_secs()));
        let worse = self.worse_since.map(|at| age(at).min(self.settings.verify_within.as_secs()));
        let mut key = DefaultHasher::new();
        (state, calm, worse, self.engaged_at.map(age), self.hold, self.held_back.is_empty()).hash(&mut key);
        self.ages(now).for_each(|age| age.as_secs().hash(&mut key));
        key.finish()
    }

    /// Lets it not engage before.
    pub(crate) fn bar(&mut self, until: Duration) {
        self.barred_until = Some(until);
    }

    /// Counts an engagement. Of more than the limit the latest are kept: they decide.
    pub(super) fn count(&mut self, now: Duration) {
        self.engagements.push_back(now);
        let window = self.settings.window;
        self.engagements.retain(|at| now.saturating_sub(*at) < window);
        while self.engagements.len() > self.settings.limit as usize {
            self.engagements.pop_front();
        }
    }
}
