//! Policies in a lab: the same machine and the same switches as in production, in the lab's time.

use std::sync::Arc;
use std::time::Duration;

use super::Lab;
use crate::compensate::Policy;
use crate::compensate::responder::{Policies, Setting};
use crate::engine::event::Event;

impl Lab {
    /// Lets policies act on this lab's SLIs, in the lab's time. A lease that they hold is of real time, and so long that no
    /// test outlives it: let it lapse with [`lapse`](super::lapse).
    ///
    /// ```
    /// use reliability_core::compensate::{Policy, Step, Trigger};
    /// use reliability_core::testkit::Lab;
    /// use reliability_core::{Flag, Objective, Outcome, Sli};
    /// use std::time::Duration;
    ///
    /// static BANNERS: Flag = Flag::on("lab-banners");
    /// let home = Sli::named("lab-home")?.declare(|spec| spec.objective(Objective::parse("99.9%").unwrap()));
    /// let policy = Policy::named("banners")?.on(Trigger::detected("lab-home")).step(Step::off(&BANNERS)).act();
    /// let mut lab = Lab::judging([&home]).with_policies([policy]);
    ///
    /// home.record_many(Outcome::Bad, 20);
    /// lab.advance(Duration::from_secs(1));
    /// assert!(!BANNERS.enabled());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    /// If the system gives no thread for a compensator.
    #[must_use]
    pub fn with_policies(self, policies: impl IntoIterator<Item = Policy>) -> Self {
        self.with_setting(policies, None, None)
    }

    /// The same with a version that runs, how long it must be well to be known as good, and a file for what outlives a restart.
    ///
    /// # Panics
    /// If the system gives no thread.
    #[must_use]
    pub fn with_policies_and_memory(
        self,
        policies: impl IntoIterator<Item = Policy>,
        version: Option<(&str, Duration)>,
        memory: &std::path::Path,
    ) -> Self {
        self.with_setting(policies, version, Some(memory))
    }

    fn with_setting(
        self,
        policies: impl IntoIterator<Item = Policy>,
        version: Option<(&str, Duration)>,
        memory: Option<&std::path::Path>,
    ) -> Self {
        let setting = Setting {
            policies: policies.into_iter().collect(),
            controls: Arc::clone(&self.controls),
            most_at_once: 3,
            lease: Duration::from_secs(3_600),
            service: "lab".into(),
            version: version.map(|(version, _)| version.to_owned()),
            soak: version.map(|(_, soak)| soak),
            memory: memory.map(Into::into),
            stored: false,
        };
        let policies = Policies::new(setting).unwrap_or_else(|error| panic!("{error}"));
        self.shared.respond_with(Box::new(policies));
        self
    }

    /// Looks as the loop does when a failure has woken it: without a tick, at the lab's time. Nothing happens where nothing failed.
    pub fn glance(&mut self) -> Vec<Event> {
        let events = self.shared.glance(|| self.now).unwrap_or_default();
        self.events.extend(events.iter().cloned());
        events
    }

    /// Lets time pass as it does for the loop: a tick each second, and between them a look each `step` where something failed
    /// or a policy waits.
    pub fn advance_awake(&mut self, time: Duration, step: Duration) -> Vec<Event> {
        let (mut left, mut events) = (time, Vec::new());
        while left > Duration::ZERO {
            let step = step.min(left).max(Duration::from_nanos(1));
            left -= step;
            let before = self.now.monotonic.as_secs();
            self.now.monotonic += step;
            self.now.wall = self.now.wall + step;
            if self.now.monotonic.as_secs() > before {
                events.extend(self.tick());
            } else {
                events.extend(self.glance());
            }
        }
        events
    }

    /// Ends as a service does: everything that policies have engaged is reverted.
    pub fn stop(&mut self) -> Vec<Event> {
        let events = self.shared.revert(self.now);
        self.events.extend(events.iter().cloned());
        events
    }
}
