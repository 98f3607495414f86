//! Durations of calls: the processor's counter where it can be trusted, the operating system's clock otherwise.
//!
//! The counter needs its rate, and measuring the rate takes some milliseconds. That happens in [`calibrate`], which the
//! engine calls when it starts and no request ever does: until then calls are timed by the operating system. A start taken
//! by one clock is always ended by the same one, since the highest bit of a [`Ticks`] says which it was.
//!
//! "Trusted" means: the processor says that the counter runs at one rate through all power states (`quanta` asks it), and
//! on Linux the kernel itself keeps time by it. A kernel that saw the counters of two processors disagree has switched to
//! another source, and then so do we. A counter that still runs backwards gives a duration of zero, never a huge one.

use std::sync::OnceLock;

use super::monotonic_nanos;

/// A start on one of the two clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticks(u64);

const BY_SYSTEM: u64 = 1 << 63;

static COUNTER: OnceLock<Counter> = OnceLock::new();

#[derive(Debug)]
struct Counter {
    clock: quanta::Clock,
    /// Nanoseconds in 2³² ticks.
    rate: u64,
}

impl Ticks {
    #[inline]
    pub(crate) fn now() -> Self {
        match COUNTER.get() {
            Some(counter) => Self(counter.clock.raw() & !BY_SYSTEM),
            None => Self::by_system(),
        }
    }

    #[cold]
    fn by_system() -> Self {
        Self(monotonic_nanos() | BY_SYSTEM)
    }

    /// Nanoseconds from this start until now.
    #[inline]
    pub(crate) fn elapsed_nanos(self) -> u64 {
        if self.0 & BY_SYSTEM == 0
            && let Some(counter) = COUNTER.get()
        {
            let ticks = (counter.clock.raw() & !BY_SYSTEM).saturating_sub(self.0);
            return ((u128::from(ticks) * u128::from(counter.rate)) >> 32) as u64;
        }
        self.elapsed_by_system()
    }

    #[cold]
    fn elapsed_by_system(self) -> u64 {
        monotonic_nanos().saturating_sub(self.0 & !BY_SYSTEM)
    }
}

/// Measures the counter's rate if it can be trusted. Blocks for about 10 ms, at most 200 ms, the first time.
pub(crate) fn calibrate() {
    if kernel_trusts_counter() {
        COUNTER.get_or_init(|| {
            let clock = quanta::Clock::new();
            let rate = clock.delta_as_nanos(1, (1 << 32) + 1);
            Counter { clock, rate }
        });
    }
}

fn kernel_trusts_counter() -> bool {
    !cfg!(all(target_os = "linux", target_arch = "x86_64"))
        || std::fs::read_to_string("/sys/devices/system/clocksource/clocksource0/current_clocksource")
            .is_ok_and(|source| source.trim() == "tsc")
}
