//! What the library costs a service that fails without end, and one that does nothing.
//!
//! `cargo bench -p reliability-benches --bench storm`
//!
//! A storm is 100 SLIs that fail on 16 threads as fast as these can. What is told is the processor time that the library's own
//! threads used, as a share of one core, and how often the loop was rung for.
#![allow(clippy::disallowed_methods)] // measuring time is what a bench does

#[path = "../harness.rs"]
mod harness;

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use harness::{Options, Table, Verdict, cpu_of_threads, print_machine, print_verdicts};
use reliability_core::{__bench::rings, Latency, Objective, Outcome, Reliability, Sli};

const SLIS: usize = 100;
const THREADS: usize = 16;
/// The library's threads: the loop, the way out, the coarse clock.
const OURS: [&str; 3] = ["reliability", "reliability-out", "reliability-ms"];

fn slis() -> &'static [Sli] {
    let objective = Objective::parse("99.9%").expect("a share");
    let latency = Latency::parse("99% < 250ms").expect("a latency");
    let sli = |i: usize| {
        let sli = Sli::named(&format!("storm-{i}")).expect("a name");
        sli.declare(|spec| spec.objective(objective).latency(latency))
    };
    Vec::leak((0..SLIS).map(sli).collect())
}

/// Processor time of each of our threads while something goes on, as a share of one core.
fn shares(while_doing: impl FnOnce()) -> [f64; OURS.len()] {
    let before = OURS.map(cpu_of_threads);
    let began = Instant::now();
    while_doing();
    let took = began.elapsed().as_secs_f64();
    let after = OURS.map(cpu_of_threads);
    std::array::from_fn(|i| after[i].saturating_sub(before[i]).as_secs_f64() / took)
}

fn storm(slis: &'static [Sli], length: Duration) -> u64 {
    let (over, failures) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (over, failures) = (&over, &failures);
            scope.spawn(move || {
                let mut count = 0;
                while !over.load(Ordering::Relaxed) {
                    for i in 0..SLIS {
                        let sli = &slis[(i + number * 7) % SLIS];
                        black_box(sli.time_as(|| black_box(1_u64), |_| Outcome::Bad));
                        count += 1;
                    }
                }
                failures.fetch_add(count, Ordering::Relaxed);
            });
        }
        thread::sleep(length);
        over.store(true, Ordering::Relaxed);
    });
    failures.load(Ordering::Relaxed)
}

fn main() {
    let options = Options::read();
    let seconds = |long: u64| if options.quick { Duration::from_millis(300) } else { Duration::from_secs(long) };
    let slis = slis();
    let builder = slis.iter().fold(Reliability::builder().service("storm"), reliability_core::Builder::sli);
    let reliability = builder.start().expect("the names of the bench are right");
    print_machine();
    // each SLI was called once on some thread, and the first ticks are over
    for sli in slis {
        sli.record(Outcome::Good, Duration::from_millis(1));
    }
    thread::sleep(seconds(2));

    let idle = shares(|| thread::sleep(seconds(15)));
    let (mut failures, mut rung) = (0, 0);
    let mut took = Duration::ZERO;
    let stormy = shares(|| {
        let (before, began) = (rings(), Instant::now());
        failures = storm(slis, seconds(10));
        took = began.elapsed();
        rung = rings() - before;
    });
    let after = shares(|| thread::sleep(seconds(5)));

    let mut table = Table::new(["share of a core", "the loop", "the way out", "the coarse clock"]);
    for (what, shares) in [("idle", idle), ("storm", stormy), ("after the storm", after)] {
        let cells = shares.map(|share| format!("{:.3} %", share * 100.0));
        table.row([what.to_owned()].into_iter().chain(cells));
    }
    table.print(options.markdown);
    let per_failure = took.as_nanos() as f64 / failures as f64;
    println!(
        "\n{failures} failures in {:.1} s on {THREADS} threads ({per_failure:.0} ns each over all), {rung} rings",
        took.as_secs_f64()
    );
    let report = reliability.stop();
    let bad: u64 = report.slis.iter().map(|sli| sli.counts.bad).sum();
    assert_eq!(bad, failures, "every failure is counted");
    let at_most = took.as_millis() as u64 / 10 + 1;
    assert!(rung <= at_most, "{rung} rings where {at_most} are allowed");
    if !options.quick {
        let percent = |shares: [f64; OURS.len()]| shares.iter().sum::<f64>() * 100.0;
        let verdicts = [
            Verdict {
                what: "idle: all threads of the library",
                measured: percent(idle),
                at_most: 0.1,
                unit: "% of a core",
            },
            Verdict { what: "storm: the loop", measured: stormy[0] * 100.0, at_most: 2.0, unit: "% of a core" },
            Verdict {
                what: "storm: rings for each 10 ms",
                measured: rung as f64 * 10.0 / took.as_millis() as f64,
                at_most: 1.0,
                unit: "",
            },
        ];
        print_verdicts(&verdicts, options.markdown);
    }
}
