//! The only room that reads a clock.
//!
//! Two clocks for two questions. *How long did this call take?* is asked on every request, so it is answered by the
//! processor's counter ([`Ticks`]), two reads and a multiplication. *Which minute is this?* is asked once a tick, must
//! survive suspends and steps of the wall clock, and is answered by the operating system ([`Reading`]). The counter drifts
//! from the system's time by tens of microseconds a second on some machines: nothing for a duration of seconds, far too
//! much for a time line of thirty days. So no window is ever measured by it.
//!
//! Layer 0: imports nothing.

mod coarse;
pub(crate) mod lease;
mod stamp;
mod ticks;
mod timestamp;

pub(crate) use coarse::Coarse;
pub use stamp::Stamp;
pub(crate) use ticks::{Ticks, calibrate};
pub use timestamp::Timestamp;

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime};

static ANCHOR: LazyLock<Instant> = LazyLock::new(monotonic_now);

#[allow(clippy::disallowed_methods)] // this is the clock room
fn monotonic_now() -> Instant {
    Instant::now()
}

/// Nanoseconds on the monotonic clock since the first use in this process; never 0.
pub(crate) fn monotonic_nanos() -> u64 {
    // 2^64 ns are 584 years
    (monotonic_now().saturating_duration_since(*ANCHOR).as_nanos() as u64).max(1)
}

/// Both clocks of the operating system, read together: what a tick is given instead of reading a clock itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The wall clock. It can jump.
    pub wall: Timestamp,
    /// Time since an arbitrary point, never backwards, standing still while the machine is suspended.
    pub monotonic: Duration,
}

impl Reading {
    /// Reads both clocks now.
    #[allow(clippy::disallowed_methods)] // this is the clock room
    pub fn now() -> Self {
        Self {
            wall: Timestamp::from_system_time(SystemTime::now()),
            monotonic: Duration::from_nanos(monotonic_nanos()),
        }
    }
}
