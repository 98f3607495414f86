//! Everything around the shop: time, chance, the services it calls, and the people who visit it.
//!
//! All of it is real traffic over loopback sockets, because what this example has to show happens there: a client that
//! drops its connection, a service that hangs, an answer that crosses a hang-up on the wire. It lives on a runtime of its
//! own, so that the load does not share threads with what it loads.

/// What the threads are called on which the world lives.
pub(crate) const WORLD: &str = "world";

pub(crate) mod incident;
pub(crate) mod load;
pub(crate) mod plan;
pub(crate) mod traffic;
pub(crate) mod upstream;
pub(crate) mod visitor;

use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use reliability_core::Timestamp;
use tokio::time::Instant;

/// The one clock of the example: time since it began, and what the wall clock said then.
#[derive(Clone, Copy)]
pub(crate) struct Clock {
    began: Instant,
    wall: Timestamp,
}

impl Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the example's own clock room: read once, all else is relative to it"
    )]
    pub(crate) fn start() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let wall = Timestamp::from_unix_nanos(i64::try_from(wall.as_nanos()).unwrap_or(i64::MAX));
        Self { began: Instant::now(), wall }
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.began.elapsed()
    }

    pub(crate) fn instant(self, since: Duration) -> Instant {
        self.began + since
    }

    pub(crate) fn wall(self, since: Duration) -> Timestamp {
        self.wall + since
    }

    pub(crate) fn of(self, instant: Instant) -> Duration {
        instant.saturating_duration_since(self.began)
    }

    /// How long after the beginning somebody else's wall-clock time lies; zero before it.
    pub(crate) fn since(self, wall: Timestamp) -> Duration {
        wall.since(self.wall)
    }
}

/// Chance that a seed repeats. The generator is a named one: its stream is the same on every machine.
pub(crate) struct Dice(Mutex<Xoshiro256PlusPlus>);

impl Dice {
    /// Each user of a seed says which it is, so that their streams differ.
    pub(crate) fn new(seed: u64, user: u64) -> Self {
        Self(Mutex::new(Xoshiro256PlusPlus::seed_from_u64(seed.wrapping_mul(1_000_003).wrapping_add(user))))
    }

    /// Chance that belongs to one request, whatever else is drawn from the seed.
    pub(crate) fn of(seed: u64, user: u64, id: &str) -> Self {
        // FNV-1a; the generator's own seeding mixes further
        let hash = id
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self::new(seed ^ hash, user)
    }

    /// From 0 up to 1.
    pub(crate) fn share(&self) -> f64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).random()
    }

    pub(crate) fn millis(&self, range: Range<f64>) -> Duration {
        Duration::from_secs_f64((range.start + (range.end - range.start) * self.share()) / 1e3)
    }
}
