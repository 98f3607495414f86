//! Durations of calls: the processor's counter where it can be trusted, the operating system's clock otherwise.
//!
//! The counter needs its rate, and measuring the rate takes some milliseconds. That happens in [`calibrate`], which the
//! engine calls when it starts and no request ever does: until then calls are timed by the operating system. A start
//! remembers its clock, so it is always ended by the same one.
//!
//! "Trusted" means: the processor says that the counter runs at one rate through all power states (`quanta` asks it), and
//! on Linux the kernel itself keeps time by it. A kernel that saw the counters of two processors disagree has switched to
//! another source, and then so do we. A counter that still runs backwards gives a duration of zero, never a huge one.

use std::sync::OnceLock;

use super::stamp::Stamp;
use super::{lease, monotonic_nanos};

/// A start on one of the two clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticks {
    start: u64,
    /// None: by the operating system.
    counter: Option<&'static Counter>,
}

static COUNTER: OnceLock<Counter> = OnceLock::new();

#[derive(Debug)]
struct Counter {
    clock: quanta::Clock,
    /// Nanoseconds in one tick.
    rate: f64,
}

impl Ticks {
    #[inline]
    pub(crate) fn now() -> Self {
        match COUNTER.get() {
            Some(counter) => Self { start: counter.clock.raw(), counter: Some(counter) },
            None => Self { start: monotonic_nanos(), counter: None },
        }
    }

    /// Compares this reading with the end of the lease on what the loop engaged: see [`lease`].
    #[inline]
    pub(crate) fn check_lease(self) {
        match self.counter {
            Some(_) => lease::check_ticks(self.start),
            None => lease::check_nanos(self.start),
        }
    }

    /// Nanoseconds from this start until now, exact to the counter's rate (some parts in a million).
    #[inline]
    pub(crate) fn elapsed_nanos(self) -> f64 {
        match self.counter {
            // counts stay below 2⁶³ for centuries, and a signed difference converts in one instruction
            Some(counter) => counter.clock.raw().saturating_sub(self.start) as i64 as f64 * counter.rate,
            None => self.elapsed_by_system(),
        }
    }

    /// The same start as one word.
    #[inline]
    pub(crate) fn stamp(self) -> Stamp {
        Stamp::of(self.start, self.counter.is_some())
    }

    /// Nanoseconds from this start until a reading that was taken already.
    #[inline]
    pub(crate) fn nanos_until(self, end: Stamp) -> f64 {
        let ticks = end.ticks_since(self.stamp()) as i64 as f64;
        match self.counter {
            Some(counter) => ticks * counter.rate,
            None => ticks,
        }
    }

    #[cold]
    fn elapsed_by_system(self) -> f64 {
        monotonic_nanos().saturating_sub(self.start) as f64
    }
}

/// Measures the counter's rate if it can be trusted. Blocks for about 10 ms, at most 200 ms, the first time.
pub(crate) fn calibrate() {
    if kernel_trusts_counter() {
        let mut fresh = false;
        COUNTER.get_or_init(|| {
            fresh = true;
            let clock = quanta::Clock::new();
            let rate = clock.delta_as_nanos(1, (1 << 40) + 1) as f64 / (1_u64 << 40) as f64;
            Counter { clock, rate }
        });
        if fresh {
            lease::say_in_ticks();
        }
    }
}

/// A reading of the clock that calls are timed by, and whether the counter gave it.
#[inline]
pub(super) fn read() -> (u64, bool) {
    match COUNTER.get() {
        Some(counter) => (counter.clock.raw(), true),
        None => (monotonic_nanos(), false),
    }
}

/// Nanoseconds in one tick of the counter.
pub(super) fn rate() -> f64 {
    COUNTER.get().map_or(1.0, |counter| counter.rate)
}

/// The counter's value so many nanoseconds from now, if it is in use.
pub(super) fn counter_after(nanos: u64) -> Option<u64> {
    // a cast saturates
    COUNTER.get().map(|counter| counter.clock.raw().saturating_add((nanos as f64 / counter.rate) as u64))
}

fn kernel_trusts_counter() -> bool {
    !cfg!(all(target_os = "linux", target_arch = "x86_64"))
        || std::fs::read_to_string("/sys/devices/system/clocksource/clocksource0/current_clocksource")
            .is_ok_and(|source| source.trim() == "tsc")
}
