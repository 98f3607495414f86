//! What else has a say at the start, and follows what changes while the service runs.
//!
//! The front door knows no documents, since they are behind a feature, and documents know no engine. This is the door between
//! them: whoever follows documents is asked for what they bring, then for the terms of each SLO as it is taken in.

use std::sync::Arc;

use super::Handle;
use crate::compensate::Policy;
use crate::slo::{Maintenance, Terms};
use crate::spec::{Finding, SliSpec};

/// What the builder was told about terms: it has the last word over what others say.
pub(crate) type LastWord = dyn Fn(&str, Terms) -> Terms + Send + Sync;

/// What is brought to the start.
#[derive(Debug, Default)]
pub(crate) struct Brought {
    pub(crate) policies: Vec<Policy>,
    pub(crate) maintenance: Vec<Maintenance>,
}

/// Something that has a say.
pub(crate) trait Companion: Send + Sync {
    /// Asked once, before anything is judged, with all that the catalogue declares.
    ///
    /// # Errors
    /// If what it has to say has errors: then nothing is started.
    fn begin(&self, slis: &[SliSpec]) -> Result<Brought, Vec<Finding>>;

    /// The terms of an SLO that declares these. Asked while the loop's lock is held: it must not ask the engine.
    fn terms(&self, slo: &str, declared: Terms) -> Terms;

    /// The judge runs: follow what changes until it stops.
    ///
    /// # Errors
    /// If the system gives no thread.
    fn follow(self: Arc<Self>, handle: &Handle, last: Arc<LastWord>) -> std::io::Result<()>;
}
