//! Our own candidates.
#![allow(clippy::disallowed_methods)] // measuring time is what a bench does

use std::cell::RefCell;
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{Candidate, Options};
use crate::work::{FAIL, Refused, Yield, drive, number, work};
use reliability_core::{Feature, FeatureSpec, Journey, PartSpec, Reading, sli};

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

/// How many parts a measured journey has.
pub(crate) const PARTS: u32 = 5;
pub(crate) const CALLS: &str = "five calls of #[sli] timing = \"off\"";
pub(crate) const ENTERED: &str = "the same as parts of a journey under way";
pub(crate) const JOURNEY: &str = "a journey of them: begin, enter, end, verdict";
static FEATURE: Feature = Feature::new("bench-journey");

/// Five indicators, all of which a journey needs.
macro_rules! parts {
    ($($name:ident),*) => {
        $(
            #[sli(objective = "99.9%", timing = "off")]
            #[inline(never)]
            fn $name(x: u64) -> Result<u64, Refused> {
                work(x)
            }
        )*
        fn call_parts(x: u64) -> u64 {
            let mut sum = 0_u64;
            $(sum = sum.wrapping_add(number($name(x)));)*
            sum
        }
        pub(crate) fn journey_of_parts() -> FeatureSpec {
            let names = [$(concat!("record-ours-", stringify!($name), "-availability")),*];
            let spec = FeatureSpec::new("bench-journey", Reading::Journey);
            names.iter().fold(spec, |spec, name| spec.part(PartSpec::slo(name.replace('_', "-"))))
        }
    };
}
parts!(part_one, part_two, part_three, part_four, part_five);

thread_local! {
    static UNDER_WAY: RefCell<Journey> = RefCell::new(Journey::begin(&FEATURE));
}

/// On a journey that begins and ends elsewhere: what the parts themselves pay.
fn entered(x: u64) -> u64 {
    UNDER_WAY.with_borrow_mut(|journey| journey.enter(|| call_parts(x)))
}

fn journey(x: u64) -> u64 {
    let mut journey = Journey::begin(&FEATURE);
    let sum = journey.enter(|| call_parts(x));
    journey.end();
    sum
}

pub(crate) fn candidates() -> Vec<Candidate> {
    vec![
        Candidate::new(CALLS, call_parts),
        Candidate::new(ENTERED, entered),
        Candidate::new(JOURNEY, journey),
        Candidate::new(LATENCY, |x| number(latency(x))),
        Candidate::new(OFF, |x| number(off(x))),
        Candidate::new(COARSE, |x| number(coarse(x))),
        Candidate::new(ASYNC, |x| number(drive(ready(x)))),
        Candidate::new(POLLED, |x| number(drive(polled(x)))),
        Candidate::new("#[sli] with latency, every call failing", |x| number(failing(x | FAIL))),
    ]
}
