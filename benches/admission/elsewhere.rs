//! A permit that ends on another thread than it began on.
#![allow(clippy::disallowed_methods)] // measuring time is what a bench does

use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use reliability_core::__private::Stamp;
use reliability_core::{Ask, Gate, Permit, Priority};

use crate::harness::{Options, median};

static DOOR: Gate = Gate::new("bench-elsewhere");
const BATCH: usize = 4_096;

/// Nanoseconds of a release: a batch is admitted here, handed over, and ended there; one reading serves the batch, since a
/// request shares its reading.
pub(crate) fn nanos(options: &Options) -> f64 {
    let (give, take) = mpsc::sync_channel::<Vec<Permit>>(0);
    let (tell, hear) = mpsc::channel();
    let ender = thread::spawn(move || {
        for batch in take {
            let end = Stamp::now();
            let began = Instant::now();
            let count = batch.len();
            for permit in batch {
                permit.release_at(end, true);
            }
            let _ = tell.send(began.elapsed().as_nanos() as f64 / count as f64);
        }
    });
    let round = |_| {
        let batch = (0..BATCH).filter_map(|_| DOOR.admit_at(Ask::new(Priority::Normal), Stamp::now()).ok()).collect();
        give.send(batch).expect("the other thread waits for batches");
        hear.recv().expect("it tells of each")
    };
    let rounds: Vec<f64> = (0..options.rounds).map(round).collect();
    drop(give);
    ender.join().expect("it ends");
    median(rounds)
}
