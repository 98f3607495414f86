//! What a tick of the engine costs with 10,000 SLOs, each with four pairs of windows, every SLI receiving traffic.
//!
//! `cargo bench -p reliability-benches --bench tick`
//!
//! Time is the lab's: a second passes between two ticks, so that every fifth crosses a boundary of the fine ring, every
//! sixtieth one of the minutes, and every nine hundredth one of the quarter hours. The median is an ordinary tick, and the
//! dearest of each kind are told apart.
#![allow(clippy::disallowed_methods)] // measuring time is what a bench does

#[path = "../harness.rs"]
mod harness;

use std::thread;
use std::time::{Duration, Instant};

use harness::{Options, Table, Verdict, median, print_machine, print_verdicts};
use reliability_core::slo::{Observed, SloState, Tally, Terms};
use reliability_core::testkit::Lab;
use reliability_core::{FeatureSpec, Latency, Objective, Outcome, PartSpec, Reading, Sli, SliSpec, Timestamp, Window};

const SLOS: usize = 10_000;
const SECOND: Duration = Duration::from_secs(1);
/// As in the lab: 2026-03-01.
const BEGINS: i64 = 1_772_323_200;

fn objective() -> Objective {
    Objective::parse("99.9%").expect("a share")
}

/// The time of each tick, in milliseconds, in the order of the seconds.
struct Ticks(Vec<f64>);

impl Ticks {
    /// The median of those whose second is a multiple of `of` and not of `but`; the first second is number one.
    fn median(&self, of: usize, but: usize) -> f64 {
        let chosen = self.0.iter().zip(1..).filter(|(_, n)| n % of == 0 && n % but != 0);
        median(chosen.map(|(millis, _)| *millis).collect())
    }

    fn row(&self, what: &str) -> Vec<String> {
        let millis = |millis: f64| format!("{millis:.2} ms");
        let worst = self.0.iter().zip(1..).max_by(|a, b| a.0.total_cmp(b.0)).expect("there are ticks");
        let mut row = vec![what.to_owned(), millis(median(self.0.clone()))];
        row.extend(
            [(5, 60), (60, 900), (900, usize::MAX)]
                .map(|(of, but)| if self.0.len() >= of { millis(self.median(of, but)) } else { "–".to_owned() }),
        );
        row.push(format!("{} (second {})", millis(*worst.0), worst.1));
        row
    }
}

/// Whole ticks of an engine: reading every meter and judging every SLO.
fn whole(slis: usize, threads: usize, seconds: usize, declare: impl Fn(SliSpec) -> SliSpec + Copy) -> Ticks {
    let sli = |i: usize| Sli::named(&format!("tick-{i}")).expect("a name").declare(declare);
    let slis: Vec<Sli> = (0..slis).map(sli).collect();
    let mut lab = Lab::judging(&slis);
    let mut ticks = Vec::with_capacity(seconds);
    let (go, back) = (std::sync::Barrier::new(threads), std::sync::Barrier::new(threads));
    // each thread counts on every SLI before every tick, so that every block has news
    let count = |slis: &[Sli], second: usize| {
        for (i, sli) in slis.iter().enumerate() {
            let outcome = if (i + second).is_multiple_of(1_009) { Outcome::Bad } else { Outcome::Good };
            sli.record(outcome, Duration::from_micros(50 + (i + second) as u64 % 1_000));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            let (door, slis, go, back) = (lab.door(), &slis, &go, &back);
            scope.spawn(move || {
                let _entered = door.enter();
                for second in 0..seconds {
                    go.wait();
                    count(slis, second);
                    back.wait();
                }
            });
        }
        for second in 0..seconds {
            go.wait();
            count(&slis, second);
            back.wait();
            let began = Instant::now();
            lab.advance_by(SECOND, SECOND);
            ticks.push(began.elapsed().as_secs_f64() * 1e3);
        }
    });
    Ticks(ticks)
}

/// The same with features: a thousand of ten parts, a hundred of a thousand, each reading in turn. And how long until all of
/// them were asked.
fn with_features(slis: usize, seconds: usize, features: usize, parts: usize) -> (Ticks, f64) {
    let sli =
        |i: usize| Sli::named(&format!("feature-{i}")).expect("a name").declare(|spec| spec.objective(objective()));
    let slis: Vec<Sli> = (0..slis).map(sli).collect();
    let mut lab = Lab::judging(&slis);
    let readings = [Reading::Series, Reading::Parallel, Reading::Weighted, Reading::WeightedBurns, Reading::WorstOf];
    let feature = |i: usize| {
        let spec = FeatureSpec::new(format!("feature-{i}"), readings[i % readings.len()]).objective(objective());
        (0..parts).fold(spec, |spec, part| {
            spec.part(PartSpec::slo(format!("feature-{}-availability", (i * parts + part) % slis.len())))
        })
    };
    let began = Instant::now();
    lab.set_features((0..features).map(feature).collect()).expect("they are sound");
    let set = began.elapsed().as_secs_f64() * 1e3;
    let mut ticks = Vec::with_capacity(seconds);
    for second in 0..seconds {
        for (i, sli) in slis.iter().enumerate() {
            let outcome = if (i + second).is_multiple_of(1_009) { Outcome::Bad } else { Outcome::Good };
            sli.record(outcome, Duration::from_micros(50 + (i + second) as u64 % 1_000));
        }
        let began = Instant::now();
        lab.advance_by(SECOND, SECOND);
        ticks.push(began.elapsed().as_secs_f64() * 1e3);
    }
    (Ticks(ticks), set)
}

/// Judgement alone, over histories that are full to the end of their windows.
fn judgement(window: Window, seconds: usize) -> (Ticks, usize) {
    let begins = Timestamp::from_unix_seconds(BEGINS);
    let mut slo = SloState::new(Terms::new(objective(), window), begins).unwrap();
    let observed = Observed::new(begins);
    let mut total = Tally::ZERO;
    let mut now = begins;
    // a whole period and a day, in minutes
    for minute in 0..(u64::from(window.days()) + 1) * 1_440 {
        total = Tally::new(total.good + 600, total.bad + u64::from(minute % 7 == 0));
        now = now + Duration::from_mins(1);
        slo.advance(now, total, Duration::ZERO);
    }
    let memory = slo.history().memory();
    let mut slos = vec![slo; SLOS];
    let mut ticks = Vec::with_capacity(seconds);
    let mut fired = 0;
    for _ in 0..seconds {
        now = now + SECOND;
        total = Tally::new(total.good + 10, total.bad);
        let began = Instant::now();
        let sight = observed.sight(now, true);
        for slo in &mut slos {
            slo.advance(now, total, Duration::ZERO);
            fired += slo.evaluate(&sight).len();
            fired += usize::from(slo.budget().is_spent());
        }
        ticks.push(began.elapsed().as_secs_f64() * 1e3);
    }
    std::hint::black_box(fired);
    (Ticks(ticks), memory)
}

fn main() {
    let options = Options::read();
    let (seconds, slis) = if options.quick { (12, 200) } else { (1_830, SLOS) };
    print_machine();
    let latency = |text| Latency::parse(text).expect("a latency");
    let head = ["10,000 SLOs", "median", "at 5 s", "at a minute", "at 15 minutes", "dearest"];

    let mut table = Table::new(head);
    let one = whole(slis, 1, seconds, |spec| spec.objective(objective()));
    table.row(one.row("whole tick, 10,000 SLIs, one thread counting"));
    let two = whole(slis, 2, seconds.min(130), |spec| spec.objective(objective()));
    table.row(two.row("whole tick, 10,000 SLIs, two threads counting"));
    let four = whole(slis / 4, 1, seconds.min(130), |spec| {
        let spec = spec.objective(objective()).latency(latency("99% < 250ms"));
        spec.latency(latency("95% < 100ms")).latency(latency("90% < 50ms"))
    });
    table.row(four.row("whole tick, 2,500 SLIs of four SLOs"));
    let some = seconds.min(130);
    let (thousand, set) = with_features(slis, some, slis / 10, 10);
    table.row(thousand.row(&format!("with 1,000 features of 10 parts (taken in within {set:.0} ms)")));
    let (wide, set) = with_features(slis, some, slis / 100, slis / 10);
    table.row(wide.row(&format!("with 100 features of 1,000 parts (taken in within {set:.0} ms)")));
    table.print(options.markdown);

    let mut table = Table::new(head.iter().copied().chain(["memory of a history"]));
    let mut medians = Vec::new();
    let mut memories = Vec::new();
    for days in [7, 30, 90] {
        let window = Window::rolling_days(days).expect("a window");
        let (ticks, memory) = judgement(window, if options.quick { 6 } else { 1_830 });
        let mut row = ticks.row(&format!("judgement alone, {days} d"));
        row.push(format!("{:.1} KiB", memory as f64 / 1024.0));
        table.row(row);
        medians.push(median(ticks.0));
        memories.push(memory as f64 / 1024.0);
    }
    println!();
    table.print(options.markdown);

    if !options.quick {
        let verdicts = [
            Verdict { what: "whole tick, median", measured: median(one.0.clone()), at_most: 10.0, unit: "ms" },
            Verdict {
                what: "whole tick at a minute's boundary",
                measured: one.median(60, 900),
                at_most: 10.0,
                unit: "ms",
            },
            Verdict {
                what: "tick with 1,000 features, median",
                measured: median(thousand.0.clone()),
                at_most: 15.0,
                unit: "ms",
            },
            Verdict { what: "judgement, 90 d over 7 d", measured: medians[2] / medians[0], at_most: 1.25, unit: "×" },
            Verdict { what: "history over 30 d", measured: memories[1], at_most: 64.0, unit: "KiB" },
        ];
        print_verdicts(&verdicts, options.markdown);
    }
}
