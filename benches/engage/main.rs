//! How long it takes from the first failure until a flag is off: the detector, the bell, the loop and the policy together.
//!
//! `cargo bench -p reliability-benches --bench engage`
//!
//! A round is a service of its own: an SLI, a flag, and a policy that switches the flag off when the fast detector sees the SLI fail.
//! It is called without a fault for a second, then a hundred calls a second fail. Calls come as a Poisson stream, for a
//! regular one would let the bell's rhythm and the calls' fall into step. What is measured ends where a request would see
//! it: at the first look at the flag, one every 100 µs, that finds it off.
#![allow(clippy::disallowed_methods)] // measuring time is what a bench does

#[path = "../harness.rs"]
mod harness;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use harness::{Options, Table, Verdict, print_machine, print_verdicts};
use reliability_core::compensate::{Policy, Step, Trigger};
use reliability_core::{Flag, Objective, Outcome, Reliability, Sli};

/// Failing calls a second.
const FAILING: f64 = 100.0;
const ROUNDS: usize = 100;
const WELL_FOR: Duration = Duration::from_secs(1);
const LOOK_EVERY: Duration = Duration::from_micros(100);
/// A round without an engagement has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// Exponential gaps that a seed repeats.
struct Gaps(u64);

impl Gaps {
    fn next(&mut self, per_second: f64) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let share = (self.0 >> 11) as f64 / (1_u64 << 53) as f64;
        Duration::from_secs_f64(-(1.0 - share).ln() / per_second)
    }

    fn share(&mut self) -> f64 {
        self.next(1.0);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// From the first failure to the flag that is off; `share` of the calls fail.
fn round(name: &str, share: f64, seed: u64) -> Duration {
    let objective = Objective::parse("99.9%").expect("a share");
    let sli: &'static Sli =
        Box::leak(Box::new(Sli::named(name).expect("a name").declare(|spec| spec.objective(objective))));
    let flag = Flag::named(&format!("{name}-flag"), true).expect("a name");
    let policy = Policy::named(&format!("{name}-policy"))
        .expect("a name")
        .on(Trigger::detected(name))
        .step(Step::off(flag).costs("the feature is missing"))
        .verify(name, Duration::from_secs(3))
        .act();
    let reliability = Reliability::builder().service("engage").sli(sli).policy(policy).start().expect("it starts");

    let over = AtomicBool::new(false);
    let took = thread::scope(|scope| {
        let calls = scope.spawn(|| {
            let (mut gaps, began) = (Gaps(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1), Instant::now());
            let (mut due, mut first) = (began, None);
            while !over.load(Ordering::Relaxed) {
                due += gaps.next(FAILING / share);
                thread::sleep(due.saturating_duration_since(Instant::now()));
                let fails = began.elapsed() > WELL_FOR && gaps.share() < share;
                sli.record(if fails { Outcome::Bad } else { Outcome::Good }, Duration::from_millis(5));
                if fails && first.is_none() {
                    // as of after the call: what happened before it was told is not the library's to know
                    first = Some(Instant::now());
                }
            }
            first
        });
        let began = Instant::now();
        while flag.enabled() && began.elapsed() < PATIENCE {
            thread::sleep(LOOK_EVERY);
        }
        let off = Instant::now();
        assert!(!flag.enabled(), "it was not engaged within {PATIENCE:?}");
        over.store(true, Ordering::Relaxed);
        let first = calls.join().expect("it only sleeps and counts").expect("it failed");
        off.saturating_duration_since(first)
    });
    drop(reliability.stop());
    took
}

fn percentile(sorted: &[Duration], share: f64) -> f64 {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1].as_secs_f64() * 1e3
}

fn main() {
    let options = Options::read();
    let rounds = if options.quick { 2 } else { ROUNDS };
    print_machine();
    let mut table =
        Table::new(["100 calls a second fail, ms until the flag is off", "rounds", "median", "p99", "longest"]);
    let mut worst: f64 = 0.0;
    for (what, name, share) in
        [("all of 100", "outage", 1.0), ("half of 200", "half", 0.5), ("a tenth of 1,000", "tenth", 0.1)]
    {
        let run = |i| round(&format!("engage-{name}-{i}"), share, i as u64 + 1);
        let mut took: Vec<Duration> = (0..rounds).map(run).collect();
        took.sort();
        worst = worst.max(percentile(&took, 0.99));
        let figures = [0.5, 0.99, 1.0].map(|share| format!("{:.1}", percentile(&took, share)));
        table.row([what.to_owned(), rounds.to_string()].into_iter().chain(figures));
    }
    table.print(options.markdown);
    if !options.quick {
        let verdict = Verdict { what: "failure to engaged, p99", measured: worst, at_most: 250.0, unit: "ms" };
        print_verdicts(&[verdict], options.markdown);
    }
}
