//! A restart with a store, in the lab's own time.

use std::sync::Arc;
use std::time::Duration;

use super::Lab;
use crate::clock::Reading;
use crate::sli::Sli;
use crate::sli::record::realm::Realm;

impl Lab {
    /// Ends this lab, as a process ends, and begins another `down` later that judges `slis` and goes on from all that a store
    /// would have kept. Its counts of calls begin at nothing.
    ///
    /// ```
    /// use reliability_core::testkit::Lab;
    /// use reliability_core::{Objective, Outcome, Sli};
    /// use std::time::Duration;
    ///
    /// let checkout = Sli::named("checkout")?.declare(|spec| spec.objective(Objective::parse("99%").unwrap()));
    /// let mut lab = Lab::judging([&checkout]);
    /// checkout.record_many(Outcome::Good, 900);
    /// checkout.record_many(Outcome::Bad, 100);
    /// lab.advance(Duration::from_secs(60));
    ///
    /// let mut lab = lab.restarted(Duration::from_secs(300), [&checkout]);
    /// lab.tick();
    /// assert_eq!(lab.report().slo("checkout-availability").unwrap().bad, 100);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    /// If a window names a time zone that is not known.
    #[must_use]
    pub fn restarted<'a>(self, down: Duration, slis: impl IntoIterator<Item = &'a Sli>) -> Self {
        let now = self.now.wall + down;
        self.restarted_at(now, slis)
    }

    /// The same at an instant, which may lie before: for a clock that was set back.
    ///
    /// # Panics
    /// If a window names a time zone that is not known.
    #[must_use]
    pub fn restarted_at<'a>(self, wall: crate::Timestamp, slis: impl IntoIterator<Item = &'a Sli>) -> Self {
        let snapshot = self.shared.snapshot();
        // a process has a monotonic clock of its own, and this thread joins another realm only when it has left this one
        drop(self);
        let now = Reading { wall, monotonic: Duration::from_secs(1) };
        let lab = Self::begun(slis, Arc::new(Realm::default()), now);
        lab.shared.restore(snapshot).unwrap_or_else(|error| panic!("{error}"));
        lab
    }

    /// Keeps what must outlive the lab as this builder says (`Builder::store`), and goes on from what is kept there. The file is
    /// written by a thread in its own time: [`end_keeping`](Self::end_keeping) waits for it.
    ///
    /// # Panics
    /// If the system gives no thread.
    #[must_use]
    pub fn kept(self, builder: crate::Builder<'_>) -> Self {
        if let Some(open) = builder.keeper {
            self.shared.keep_with(open().unwrap_or_else(|error| panic!("{error}")));
        }
        self
    }

    /// Has the last of it kept, as an orderly stop does, and waits for that at most so long.
    pub fn end_keeping(&mut self, within: Duration) {
        self.shared.end_keeping(self.now, within);
    }

    /// Goes on from what another lab has come to, as a process does that takes the store over when the one before it in a rolling
    /// update ends: what both have counted is added up.
    ///
    /// # Panics
    /// If a window names a time zone that is not known.
    pub fn take_over(&mut self, from: &Self) {
        self.shared.restore(from.shared.snapshot()).unwrap_or_else(|error| panic!("{error}"));
    }
}
