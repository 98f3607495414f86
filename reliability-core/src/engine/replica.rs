//! What one process has counted, as it is handed to whoever adds up a fleet: plain data.
//!
//! **Incarnation.** A process's counts are those of an incarnation: the instant at which its engine began, in nanoseconds
//! since the epoch, on the line of time, which after a restart with a store goes on from where the store had come to. Two processes
//! of one instance that keep nothing are two incarnations, and both count: what the earlier one counted happened. One that goes
//! on from a store says so ([`Replica::resumed`]): its histories hold what the earlier ones of its instance had counted, and
//! replace them.
//!
//! **Sequence.** The instant on the engine's line of time, which never goes back: of two words of one incarnation the later is the
//! whole truth of it.

use crate::clock::Timestamp;
use crate::engine::identity::Identity;
use crate::engine::snapshot::KeptObserved;
use crate::slo::KeptState;
use crate::spec::Objective;

/// The version of a replica's JSON form: raised when a field changes its meaning or goes away.
pub const REPLICA_VERSION: u32 = 1;

/// What one process has counted, slot by slot.
///
/// ```
/// let reliability = reliability_core::Reliability::builder().service("shop").start()?;
/// let replica = reliability.handle().replica();
/// assert_eq!(replica.service.service, "shop");
/// assert!(!replica.resumed && replica.at.unix_nanos() as u64 >= replica.incarnation);
/// # Ok::<(), reliability_core::StartError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Replica {
    /// Whose process, and which.
    pub service: Identity,
    /// Which of the processes that this instance was, one after the other: the later ones have higher numbers.
    pub incarnation: u64,
    /// On its line of time: everything up to here is counted.
    pub at: Timestamp,
    /// Whether it holds what earlier incarnations of its instance had counted.
    pub resumed: bool,
    pub(crate) observed: KeptObserved,
    pub(crate) slos: Vec<ReplicaSlo>,
}

/// One SLO of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ReplicaSlo {
    pub(crate) name: String,
    /// A hash of what counts as good beside the method: only equal ones are added up.
    pub(crate) identity: u64,
    pub(crate) objective: Objective,
    pub(crate) state: KeptState,
}

impl Replica {
    /// The names of its SLOs.
    pub fn slos(&self) -> impl Iterator<Item = &str> {
        self.slos.iter().map(|slo| slo.name.as_str())
    }
}
