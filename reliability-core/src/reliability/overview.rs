//! The front door's two sides towards a fleet: what tells of the whole, and what this process tells of itself.

use std::io;

use super::{Builder, Handle};
use crate::engine::identity::Identity;
use crate::engine::port::Overview;
use crate::engine::replica::Replica;

/// Begins to ask how the fleet of this service does.
pub(super) type BeginOverview = dyn FnOnce(&Identity) -> io::Result<Box<dyn Overview>>;

impl Builder<'_> {
    /// Has something tell how the fleet does.
    #[allow(dead_code)] // only the feature `fleet` asks
    pub(crate) fn overview(mut self, begin: impl FnOnce(&Identity) -> io::Result<Box<dyn Overview>> + 'static) -> Self {
        self.overview = Some(Box::new(begin));
        self
    }
}

impl Handle {
    /// What this process has counted, slot by slot, for whoever adds up a fleet; see the module `fleet`.
    pub fn replica(&self) -> Replica {
        self.shared.replica()
    }
}
