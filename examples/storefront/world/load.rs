//! What the load generator itself was up to: how late visits were sent, and what sending them cost.
//!
//! A figure of a shop under load says nothing if the generator was the bottleneck. So the delay of each visit behind its
//! plan is kept, and the processor time of the visitors' threads, which on Linux is read by the threads' names.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

/// Milliseconds that are told apart; the last one stands for all above.
const MILLIS: usize = 1_000;

/// How late visits were sent.
pub(crate) struct Lag {
    late: Vec<AtomicU64>,
    latest_micros: AtomicU64,
}

impl Default for Lag {
    fn default() -> Self {
        let late = std::iter::repeat_with(AtomicU64::default).take(MILLIS + 1).collect();
        Self { late, latest_micros: AtomicU64::new(0) }
    }
}

impl Lag {
    pub(crate) fn note(&self, late: Duration) {
        let millis = usize::try_from(late.as_millis()).unwrap_or(MILLIS).min(MILLIS);
        self.late[millis].fetch_add(1, Ordering::Relaxed);
        self.latest_micros.fetch_max(late.as_micros() as u64, Ordering::Relaxed);
    }

    /// The delay that a share of the visits did not exceed, to the millisecond above.
    fn at(&self, share: f64) -> Option<u64> {
        let counts: Vec<u64> = self.late.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        let all: u64 = counts.iter().sum();
        let rank = (share * all as f64).ceil() as u64;
        let mut seen = 0;
        let millis = counts.iter().position(|count| {
            seen += count;
            seen >= rank.max(1)
        })?;
        Some(millis as u64 + 1)
    }

    /// For the summary: delays in milliseconds, and the processor time of both sides as shares of one core.
    pub(crate) fn told(&self, ran: Duration) -> Value {
        let share = |name| cpu_seconds(name).map(|seconds| seconds / ran.as_secs_f64());
        json!({
            "late_ms": {
                "p50_at_most": self.at(0.5), "p99_at_most": self.at(0.99),
                "max": self.latest_micros.load(Ordering::Relaxed) as f64 / 1e3,
            },
            "cpu_of_one_core": {"visitors_and_services": share(super::WORLD), "shop": share(crate::shop::THREADS)},
        })
    }
}

/// Processor time of the threads of a name so far; `None` where the system does not tell.
fn cpu_seconds(name: &str) -> Option<f64> {
    /// What Linux counts threads' time in, on all machines of today.
    const TICKS_PER_SECOND: f64 = 100.0;
    let mut ticks = 0_u64;
    for task in std::fs::read_dir("/proc/self/task").ok()? {
        // a thread may have ended since the folder was read
        let Ok(stat) = std::fs::read_to_string(task.ok()?.path().join("stat")) else { continue };
        let Some((before, after)) = stat.rsplit_once(')') else { continue };
        if before.split_once('(').is_some_and(|(_, comm)| comm == name) {
            // user and system time are fields 14 and 15; what follows the name begins with field 3
            ticks +=
                after.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum::<u64>();
        }
    }
    Some(ticks as f64 / TICKS_PER_SECOND)
}
