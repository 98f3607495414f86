//! Files of documents: read at the start, and followed while the service runs.
//!
//! Whoever changes an objective wants to see it in force, and nobody wants half of a change. So every second a thread reads all
//! files, and takes nothing in unless a whole look later they still say the same (a file that is being written, renamed, or
//! swapped by a symbolic link as Kubernetes does is seen as one change); then everything is checked, and either all of it is
//! in force between two looks of the loop, or none of it and an event says why.
//!
//! Contents are compared, not times: they are small, and times lie. What is swapped while the service runs: terms of SLOs, planned
//! time, words. Policies are machines with a state of their own; changed ones take force at the next start, and the event says so.
//!
//! Limit: 1,000 files and 64 MiB; folders to a depth of 8, without what begins with a dot.
//!
//! Layer 6: imports admission (the switches that policies turn), compensate, document, engine (events, reports), reliability.

mod files;
mod follow;
mod policies;

use std::path::PathBuf;
use std::sync::Arc;

use crate::Builder;

pub use files::read_files;

impl Builder<'_> {
    /// Judges by documents: `reliability.yaml`, several files in a folder. See [`document`](crate::document) for what they say.
    ///
    /// An objective in a document overrides the attribute's; [`terms`](Self::terms) has the last word. They are followed while the
    /// service runs: what changes is taken in whole, or refused with an event. A policy given to the builder wins over one of the
    /// same name in a document.
    ///
    /// ```no_run
    /// use reliability_core::Reliability;
    /// let reliability = Reliability::builder().documents("reliability.yaml").start()?;
    /// # Ok::<(), reliability_core::StartError>(())
    /// ```
    #[must_use]
    pub fn documents(mut self, path: impl Into<PathBuf>) -> Self {
        *self.companion() = Some(Arc::new(follow::Follower::new(path.into())));
        self
    }
}
