//! The front door's part for edges that keep what must outlive the process, or bring what others have kept.

use super::{Builder, Handle};
use crate::engine::event::EventKind;
use crate::engine::port::Keeper;
use crate::engine::snapshot::Snapshot;
use crate::slo::ZoneError;

/// Opens what keeps budgets over restarts.
pub(crate) type OpenKeeper = dyn FnOnce() -> std::io::Result<Box<dyn Keeper>> + Send;

/// What an edge does once there is something to read.
pub(super) type Then = dyn FnOnce(&Handle) + Send;

impl Builder<'_> {
    /// Has something keep what must outlive the process.
    #[allow(dead_code)] // only the feature `store` asks
    pub(crate) fn keeper(mut self, open: impl FnOnce() -> std::io::Result<Box<dyn Keeper>> + Send + 'static) -> Self {
        self.keeper = Some(Box::new(open));
        self
    }

    /// Has an edge do something once judging has begun; it waits for a stated time at the most.
    #[allow(dead_code)] // only the feature `fleet` asks
    pub(crate) fn then(mut self, then: impl FnOnce(&Handle) + Send + 'static) -> Self {
        self.then.push(Box::new(then));
        self
    }
}

impl Handle {
    /// All that would outlive the process.
    #[allow(dead_code)] // only the feature `fleet` asks
    pub(crate) fn snapshot(&self) -> Snapshot {
        self.shared.snapshot()
    }

    /// Goes on from there, adds what was counted since this process began, and tells of it.
    #[allow(dead_code)] // only the feature `fleet` asks
    pub(crate) fn adopt(&self, snapshot: Snapshot, told: EventKind) -> Result<(), ZoneError> {
        self.shared.restore(snapshot)?;
        self.shared.tell(told);
        Ok(())
    }

    /// Tells of something that happened outside the loop.
    #[allow(dead_code)] // only the feature `fleet` asks
    pub(crate) fn tell(&self, kind: EventKind) {
        self.shared.tell(kind);
    }
}
