//! Everything of the engine that must outlive its process, as plain data.
//!
//! A [`Snapshot`] is the whole of it; [`Notes`] are what has changed since the last ones, small enough to be written twice a second.
//! Of an SLO whose counts alone have changed a note holds its new totals and nothing else: whoever reads it later lets the
//! history that was kept move on by them, as the engine did. Nothing here knows a file or a network.
//!
//! Totals are cumulative since the SLO's history begins, so notes that were merged, repeated or lost cannot count anything twice.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::slo::{KeptAlert, KeptCase, KeptState, Tally};

/// The whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Snapshot {
    /// Where the line of time stood.
    pub(crate) at: Timestamp,
    pub(crate) observed: KeptObserved,
    pub(crate) slos: Vec<SloSnapshot>,
    /// What policies remember, in their own words.
    pub(crate) memory: Option<String>,
}

/// Which minutes somebody looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeptObserved {
    pub(crate) begins: Timestamp,
    /// The minutes that nobody read, half-open, the oldest first.
    pub(crate) gaps: Vec<(Timestamp, Timestamp)>,
}

/// One SLO.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SloSnapshot {
    pub(crate) name: Arc<str>,
    /// A hash of what counts as good beside the method: another one begins a new generation.
    pub(crate) identity: u64,
    pub(crate) state: KeptState,
    /// The same with what maintenance excuses, where that makes a difference.
    pub(crate) whole: Option<KeptState>,
    /// The same without refused calls, where that makes a difference.
    pub(crate) served: Option<KeptState>,
    /// When something was excused last, and refused last.
    pub(crate) excused_at: Timestamp,
    pub(crate) shed_at: Timestamp,
    /// Up to when it was judged; to the end of the snapshot where nothing is said.
    pub(crate) until: Option<Timestamp>,
    /// What was counted since these states stood, the oldest first.
    pub(crate) since: Vec<Count>,
    /// What was decided since then, if anything was.
    pub(crate) standing: Option<Standing>,
}

/// The totals of an SLO at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) at: Timestamp,
    /// How much of the time since the last count the line skipped.
    pub(crate) jumped: Duration,
    pub(crate) total: Tally,
    pub(crate) whole: Option<Tally>,
    pub(crate) served: Option<Tally>,
}

/// What was last decided about an SLO.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Standing {
    pub(crate) alerts: Vec<KeptAlert>,
    pub(crate) incident: Option<KeptCase>,
}

/// What has changed since the last notes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Notes {
    /// Where the line stands: everything up to here is told.
    pub(crate) at: Timestamp,
    /// All of it, where a gap was found.
    pub(crate) observed: Option<KeptObserved>,
    /// SLOs as a whole: those whose turn it is, and those of which more than counts has changed.
    pub(crate) slos: Vec<SloSnapshot>,
    pub(crate) counts: Vec<(Arc<str>, Count)>,
    pub(crate) standings: Vec<(Arc<str>, Standing)>,
    /// The words of the policies, where they are others.
    pub(crate) memory: Option<String>,
}

/// FNV-1a in 64 bits: the same in every build, unlike `std`'s hashes.
pub(crate) fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
