//! How much the shop can do at once: a few workers, each busy with one page for some milliseconds.
//!
//! A real shop is bounded by processors or by its database. Here the bound is a pool of permits and a service time, so that
//! ten times what the shop can serve is still little for the machine that both the shop and its visitors run on, and the
//! load generator is never the bottleneck. Waiting for a worker is first come, first served, and has no end of its own: what
//! happens when more come than can be served is left to the gate at the front door, and without one, to the visitors.
//!
//! Work that has begun is finished, as a thread that renders a page would finish it, although its visitor may have gone.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use crate::world::Dice;

/// What a page costs a worker, in milliseconds: 20 in the mean.
const PAGE: std::ops::Range<f64> = 10.0..30.0;
/// What a page costs that is mostly there already: an eighth.
const CACHED: std::ops::Range<f64> = 1.0..4.0;

/// How many workers there are.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Capacity {
    pub(crate) workers: u32,
}

impl Capacity {
    /// Twice the pages that a usual second asks for; at least one worker.
    pub(crate) fn for_twice(per_second: u32) -> Self {
        let workers = 2.0 * f64::from(per_second) * Self::page_seconds();
        Self { workers: (workers.ceil() as u32).max(1) }
    }

    pub(crate) fn per_second(self) -> f64 {
        f64::from(self.workers) / Self::page_seconds()
    }

    pub(crate) fn page_seconds() -> f64 {
        f64::midpoint(PAGE.start, PAGE.end) / 1e3
    }
}

/// The workers.
pub(crate) struct Workers(Arc<Semaphore>);

impl Workers {
    pub(crate) fn new(capacity: Capacity) -> Self {
        Self(Arc::new(Semaphore::new(capacity.workers as usize)))
    }

    /// Waits for a worker, and for its work on a whole page.
    pub(crate) async fn page(&self, dice: &Dice) {
        self.work(dice.millis(PAGE)).await;
    }

    /// The same for a page of which most is there.
    pub(crate) async fn cached(&self, dice: &Dice) {
        self.work(dice.millis(CACHED)).await;
    }

    async fn work(&self, time: Duration) {
        // the pool is never closed; if it were, there would be nothing to wait for
        let Ok(worker) = Arc::clone(&self.0).acquire_owned().await else { return };
        let work = tokio::spawn(async move {
            sleep(time).await;
            drop(worker);
        });
        // an error would be a runtime that ends, and then nobody waits for the page
        let _ = work.await;
    }
}
