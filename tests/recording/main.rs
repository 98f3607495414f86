//! What is counted: exactly, whoever counts, however they end; and what of it is shown to whom.
#![allow(
    clippy::duration_suboptimal_units,
    clippy::needless_for_each,
    clippy::redundant_closure_for_method_calls,
    clippy::unchecked_time_subtraction
)]

mod engines;
mod failures;
mod identity;
mod labels;
mod loops;
mod outcomes;
mod planned;
mod shapes;
mod switched_off;
mod threads;

use std::time::{Duration, Instant};

use reliability_core::{Objective, Sli};

/// An SLI that nobody else has.
fn sli(name: &str) -> Sli {
    Sli::named(name).expect("a name").declare(|spec| spec.objective(Objective::parse("99%").expect("a share")))
}

/// The same for the life of the program, as labels want it.
fn lasting(name: &str) -> &'static Sli {
    Box::leak(Box::new(sli(name)))
}

#[allow(clippy::disallowed_methods)] // tests may look at the clock
fn now() -> Instant {
    Instant::now()
}

/// Waits until it holds, at most ten seconds.
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(10), "never: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
