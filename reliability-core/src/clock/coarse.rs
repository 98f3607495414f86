//! A clock of about a millisecond that costs one load, for functions called millions of times a second.
//!
//! Somebody has to keep it, and a thread that wakes a thousand times a second costs about 1 % of a core. Reading the
//! precise clock twice costs some 30 to 60 ns, so the ticker pays only above a few hundred thousand calls a second. The
//! engine therefore runs it only while calls with `timing = "coarse"` come that fast ([`Coarse::keep`]), and below that
//! a coarse call reads the precise monotonic clock: it is then better than it promised, and cheaper for the machine.
//!
//! Both are on the same line (monotonic nanoseconds), so a call may begin under one and end under the other.
//!
//! Error: a duration is off by at most one period (1 ms) plus what the scheduler delays the ticker, in either direction.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use super::monotonic_nanos;

/// The coarse clock of the process.
#[derive(Debug)]
pub(crate) struct Coarse;

const PERIOD: Duration = Duration::from_millis(1);

/// Monotonic nanoseconds as of the last period; 0 while nobody keeps it.
static NOW: AtomicU64 = AtomicU64::new(0);
static WANTED: AtomicBool = AtomicBool::new(false);
static TICKER: OnceLock<Option<Thread>> = OnceLock::new();

impl Coarse {
    /// Monotonic nanoseconds, never 0.
    #[inline]
    pub(crate) fn nanos() -> u64 {
        match NOW.load(Ordering::Relaxed) {
            0 => monotonic_nanos(),
            kept => kept,
        }
    }

    /// Whether the ticker should run. Called by the engine only; starts the thread the first time it is wanted.
    pub(crate) fn keep(wanted: bool) {
        if WANTED.swap(wanted, Ordering::Relaxed) == wanted || !wanted {
            return;
        }
        let ticker = TICKER.get_or_init(|| {
            let spawned = thread::Builder::new().name("reliability-ms".into()).spawn(run);
            spawned.ok().map(|handle| handle.thread().clone())
        });
        if let Some(ticker) = ticker {
            ticker.unpark();
        }
    }
}

fn run() {
    loop {
        while WANTED.load(Ordering::Relaxed) {
            NOW.store(monotonic_nanos(), Ordering::Relaxed);
            thread::sleep(PERIOD);
        }
        NOW.store(0, Ordering::Relaxed);
        thread::park();
    }
}
