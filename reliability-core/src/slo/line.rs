//! The line of time on which everything is counted.
//!
//! The wall clock says which minute it is and can jump; the monotonic clock runs evenly, does not know the date, and
//! stands still while a machine is suspended. The line takes the date from the wall once and then advances by the monotonic
//! clock, with one exception:
//!
//! - *The wall is ahead* (a step forward, a resumed machine): the line jumps to it. The time was not lived through, which
//!   [`Step::jumped`] says, so that no failure leaves a budget for it.
//! - *The wall is behind* (a step back): the line goes on by itself and never waits for the wall. What has been recorded
//!   is never rewritten; the price is that the line stays ahead until the wall overtakes it.
//!
//! **Which minute is unobserved?** A reading at t tells of the time before t, so it observes the minute that contains the
//! moment just before t: one at exactly 12:05:00 observes 12:04. A minute without a reading is unobserved. Hence the
//! minutes at both edges of a gap count as observed (somebody read them, if briefly), and only the whole minutes
//! between them do not; ticks a minute apart leave no gap, wherever in the minute they fall. It is the same for a jump
//! and for a tick that came late; events that happened meanwhile are counted at the later reading.

use std::time::Duration;

use crate::clock::{Reading, Timestamp};

const MINUTE: i64 = 60;

/// Time as the engine counts it: never backwards.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    now: Timestamp,
    monotonic: Duration,
}

/// One step along the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where the line is now.
    pub now: Timestamp,
    /// The minutes that nobody read, half-open: hand it to `Observed::gap`.
    pub gap: Option<(Timestamp, Timestamp)>,
    /// How much of the step was skipped rather than lived through.
    pub jumped: Duration,
}

impl Line {
    /// The line begins where the wall clock is.
    pub const fn start(reading: Reading) -> Self {
        Self { now: reading.wall, monotonic: reading.monotonic }
    }

    /// Where the line is.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Goes on from `at` if that lies ahead: what was recorded there is not to be rewritten. How far it skipped.
    pub(crate) fn skip_to(&mut self, at: Timestamp) -> Duration {
        let skipped = at.since(self.now);
        self.now = self.now.max(at);
        skipped
    }

    /// Goes on to `reading`.
    pub fn advance(&mut self, reading: Reading) -> Step {
        let lived = self.now + reading.monotonic.saturating_sub(self.monotonic);
        let now = lived.max(reading.wall);
        let (read, reads) = (observes(self.now), observes(now));
        self.now = now;
        self.monotonic = self.monotonic.max(reading.monotonic);
        Step { now, gap: (reads > read + 1).then(|| (start(read + 1), start(reads))), jumped: now.since(lived) }
    }
}

/// The minute that a reading observes.
fn observes(at: Timestamp) -> i64 {
    (at - Duration::from_nanos(1)).unix_seconds().div_euclid(MINUTE)
}

const fn start(minute: i64) -> Timestamp {
    Timestamp::from_unix_seconds(minute * MINUTE)
}
