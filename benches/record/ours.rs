//! Our own candidates.
#![allow(clippy::disallowed_methods)] // measuring time is what a bench does

use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{Candidate, Options};
use crate::work::{FAIL, Refused, Yield, drive, number, work};
use reliability_core::sli;

pub(crate) const LATENCY: &str = "#[sli] with latency";
pub(crate) const OFF: &str = "#[sli] timing = \"off\"";
pub(crate) const COARSE: &str = "#[sli] timing = \"coarse\"";
pub(crate) const ASYNC: &str = "#[sli] async, ready at once";
pub(crate) const POLLED: &str = "#[sli] async, 8 further polls";

/// How often the polled future is pending.
pub(crate) const YIELDS: u32 = 8;

#[sli(objective = "99.9%", latency = "99% < 250ms")]
#[inline(never)]
fn latency(x: u64) -> Result<u64, Refused> {
    work(x)
}

#[sli(objective = "99.9%", timing = "off")]
#[inline(never)]
fn off(x: u64) -> Result<u64, Refused> {
    work(x)
}

#[sli(objective = "99.9%", timing = "coarse")]
#[inline(never)]
fn coarse(x: u64) -> Result<u64, Refused> {
    work(x)
}

#[sli(objective = "99.9%", latency = "99% < 250ms")]
async fn ready(x: u64) -> Result<u64, Refused> {
    work(x)
}

#[sli(objective = "99.9%", latency = "99% < 250ms")]
async fn polled(x: u64) -> Result<u64, Refused> {
    Yield(YIELDS).await;
    work(x)
}

#[sli(objective = "99.9%", latency = "99% < 250ms")]
#[inline(never)]
fn failing(x: u64) -> Result<u64, Refused> {
    work(x)
}

#[sli(objective = "99.9%", latency = "99% < 250ms")]
#[inline(never)]
pub(crate) fn first(x: u64) -> Result<u64, Refused> {
    work(x)
}

/// For counting from outside what a good call does.
pub(crate) fn good_calls(times: u64) {
    Candidate::new(LATENCY, |x| number(latency(x))).run(times);
}

/// The coarse clock is kept only while coarse calls come fast, so they do for a while before anything is measured; the
/// measurement itself makes enough of them to keep it.
pub(crate) fn keep_coarse(options: &Options) {
    let began = Instant::now();
    let warm_up = if options.quick { Duration::ZERO } else { Duration::from_millis(2_500) };
    let candidate = Candidate::new(COARSE, |x| number(coarse(x)));
    while began.elapsed() < warm_up {
        candidate.run(100_000);
    }
    thread::yield_now();
}

pub(crate) fn candidates() -> Vec<Candidate> {
    vec![
        Candidate::new(LATENCY, |x| number(latency(x))),
        Candidate::new(OFF, |x| number(off(x))),
        Candidate::new(COARSE, |x| number(coarse(x))),
        Candidate::new(ASYNC, |x| number(drive(ready(x)))),
        Candidate::new(POLLED, |x| number(drive(polled(x)))),
        Candidate::new("#[sli] with latency, every call failing", |x| number(failing(x | FAIL))),
    ]
}
