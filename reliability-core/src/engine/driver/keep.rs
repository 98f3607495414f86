//! The driver's side towards the store: what it goes on from, and what it tells.

use std::time::Duration;

use super::Driver;
use crate::clock::Reading;
use crate::engine::event::{Event, EventKind};
use crate::engine::keeping::{self, Keeping};
use crate::engine::port::Keeper;
use crate::engine::snapshot::Snapshot;
use crate::slo::ZoneError;

impl Driver {
    /// Has what must outlive the process kept, and goes on from what was kept before.
    pub(crate) fn keep_with(&mut self, keeper: Box<dyn Keeper>) {
        let mut keeping = Keeping::new(keeper);
        if let (Some(words), Some(responder)) = (keeping.begins_with(), &mut self.responder) {
            responder.recall(words);
        }
        let told = self.go_on(&mut keeping);
        self.keeping = Some(keeping);
        self.pending.extend(told);
    }

    /// All that must outlive the process.
    #[allow(dead_code)] // whoever keeps it asks for what has changed; the feature `testkit` asks for all
    pub(crate) fn snapshot(&self) -> Snapshot {
        keeping::snapshot(&self.engine)
    }

    /// Goes on from there; what was counted since this engine began is added.
    ///
    /// # Errors
    /// If a window names a time zone that is not known: then the SLOs from there on begin anew.
    #[allow(dead_code)] // only the features `fleet` and `testkit` ask
    pub(crate) fn restore(&mut self, snapshot: Snapshot) -> Result<(), ZoneError> {
        let adopted = self.engine.adopt(snapshot);
        // it did not come out of the store, which has yet to be told of it as a whole
        self.engine.is_news();
        self.keeping.iter_mut().for_each(Keeping::forget);
        adopted
    }

    /// Tells the store the last of it. What is given waits until it is kept, and is to be called without any lock.
    pub(crate) fn end_keeping(&mut self, now: Reading) -> Option<Box<dyn FnOnce(Duration) + Send>> {
        let words = self.responder.as_ref().and_then(|responder| responder.words());
        Some(self.keeping.as_mut()?.stop(now.monotonic, &self.engine, words))
    }

    /// Goes on from what the store hands over, if it does.
    fn go_on(&mut self, keeping: &mut Keeping) -> Option<Event> {
        let mut found = keeping.found()?;
        if let Some(responder) = &mut self.responder {
            responder.recall(Ok(found.memory.take()));
        }
        let trouble = self.engine.adopt(found).err().map(|error| EventKind::Forgotten {
            reason: format!("some of what was kept counts by a calendar that is not known, and begins anew: {error}"),
        });
        trouble.map(|kind| self.note(kind))
    }

    /// Tells the store what has changed, and hears what became of it.
    pub(super) fn keep(&mut self, now: Reading, events: &mut Vec<Event>) {
        let Some(mut keeping) = self.keeping.take() else { return };
        events.extend(self.go_on(&mut keeping));
        let (at, responder) = (self.engine.now(), &self.responder);
        let words = || responder.as_ref().and_then(|responder| responder.words());
        events.extend(keeping.look(now.monotonic, &self.engine, words).into_iter().map(|kind| Event { at, kind }));
        self.keeping = Some(keeping);
    }
}
