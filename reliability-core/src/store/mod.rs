//! Budgets that survive: what must outlive the process, in one file.
//!
//! ```no_run
//! use reliability_core::Reliability;
//! let reliability = Reliability::builder().store("/var/lib/shop/reliability.redb").start()?;
//! # Ok::<(), reliability_core::StartError>(())
//! ```
//!
//! A budget that a restart resets is best kept by crashing. With a store, histories, generations, the states of alerts, how often
//! policies engaged and the version known to be good are there again at the next start, and the time in between is a gap that nobody
//! observed.
//!
//! # What is kept when
//! A thread of its own writes twice a second what has changed, and syncs it to the disk. A process that is killed loses less than a second
//! of its counts; one that stops in order loses none. The request path knows nothing of it, and the loop never waits for it.
//!
//! # When it cannot be kept
//! A full disk, a folder that must not be written to, a damaged file, one of a later version, one that was deleted: the service is judged in memory,
//! as without a store, and [`Report::store`](crate::Report::store), JSON, the page, the series `reliability_store_*` and an event
//! ([`EventKind::StoreLost`](crate::EventKind)) say so. A damaged file is kept beside as `….damaged-<number>`. No budget looks better for
//! it: it says since when it counts and how much of its period was observed, and what acts on budgets takes one that was observed for less
//! than 90 % of its period as unknown.
//!
//! Two processes can be given one file, as in a rolling update: the second judges in memory and takes the file over when the first
//! ends; then both are added up, slot by slot. (Slices of time cannot be added up. Of two verdicts the worse stands.)
//!
//! # What a restart does to a budget
//! Nothing good. Another objective re-reads the same counts, another window refits them; another method, another threshold or another
//! reading of dropped calls begins a new generation. What left a period only because nobody was there to see it leave stays for as
//! long as nobody was there. If the clock went back meanwhile, time goes on from where it had been written to, until the clock has
//! caught up.
//!
//! # Limits
//! About 30 KiB an SLO over 30 days. Latency histograms, labels and the last failures begin anew: they are counts of a process.
//! An SLO that the program no longer has is kept for 94 days after it was last judged.
//!
//! Layer 4: an edge; imports clock, spec, slo, engine, reliability.

mod desk;
mod file;
mod form;
mod place;
mod record;
mod worker;

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use desk::{Desk, Post};
use worker::Worker;

use crate::clock::Reading;
use crate::engine::port::Keeper;
use crate::engine::stored::StoreStanding;
use crate::reliability::Builder;

/// So long the start of the service waits for the file, at the most; what is found later is gone on with later.
const OPENS_WITHIN: Duration = Duration::from_secs(2);

impl Builder<'_> {
    /// Has budgets outlive the process, in this one file, which is made if there is none.
    ///
    /// It never keeps the service from starting: see [`Report::store`](crate::Report::store) for how it stands. The start waits
    /// for at most two seconds until the file is read.
    #[must_use]
    pub fn store(self, path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        self.keeper(move || open(path))
    }
}

/// Opens the file on a thread of its own.
pub(crate) fn open(path: PathBuf) -> std::io::Result<Box<dyn Keeper>> {
    let desk = Arc::new(Desk::new(path));
    let worker = Worker::new(Arc::clone(&desk), incarnation());
    thread::Builder::new().name("reliability-store".into()).spawn(move || worker.run())?;
    desk.wait(OPENS_WITHIN, |inside| inside.report.standing != StoreStanding::Opening);
    Ok(Box::new(Post(desk)))
}

/// A number that no other process has, nor this one after a restart.
fn incarnation() -> u64 {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    hasher.write_i64(Reading::now().wall.unix_nanos());
    hasher.finish()
}
