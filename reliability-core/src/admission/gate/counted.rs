//! What the law is told at a look, and what it says: plain data, times in nanoseconds.

use crate::admission::ask::BINS;

/// What a gate was declared with.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Settings {
    /// The latency that was promised, in nanoseconds.
    pub(crate) anchor: Option<u64>,
}

/// What was counted since the last look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look<'a> {
    /// Nanoseconds since the last look; 0 if the clock ran backwards.
    pub(crate) since_last: u64,
    /// Offered, admitted or not, by the upper bits of the rank.
    pub(crate) offered_by_bin: &'a [u32; BINS],
    pub(crate) admitted: u64,
    pub(crate) refused: u64,
    pub(crate) completed: u64,
    /// Inside now.
    pub(crate) in_flight: u64,
    /// The typical time left that asks told, in nanoseconds, if any told one.
    pub(crate) deadline: Option<u64>,
    /// The sum of the times that the completed ones were inside, in nanoseconds.
    pub(crate) inside: u64,
}

/// What follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Who ranks below is refused; 0 refuses nobody.
    pub(crate) cut: u16,
    /// As many in flight as seem right.
    pub(crate) limit: u64,
    /// Nanoseconds inside while nothing queues.
    pub(crate) baseline: u64,
    /// Nanoseconds inside that one admitted now must expect.
    pub(crate) wait: u64,
    /// Nanoseconds until the next look.
    pub(crate) next_look: u64,
}
