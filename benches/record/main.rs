//! What one call costs, beside other ways to count one.
//!
//! `cargo bench -p reliability-benches --features peers --bench record`
//!
//! Without the feature only our own candidates run. `--threads 1,2,8,16` takes more threads, `--markdown` prints the table as
//! README holds it, `--only TEXT` takes the candidates of that name and the floors. The procedure for system calls is
//! `--calls N`: it makes N good calls and ends, to be counted from outside.

mod first;
#[path = "../harness.rs"]
mod harness;
mod ours;
#[cfg(feature = "peers")]
mod peers;
mod work;

use harness::{Candidate, Measured, Options, Table, Verdict, measure, print_machine, print_verdicts};
use reliability_core::Reliability;

fn main() {
    let options = Options::read();
    let reliability = Reliability::builder()
        .service("benches")
        .feature(ours::journey_of_parts())
        .start()
        .expect("the names of the bench are right");
    if let Some(at) = options.rest.iter().position(|word| word == "--calls") {
        let times = options.rest[at + 1].parse().expect("--calls takes a number");
        ours::good_calls(times);
        return;
    }
    print_machine();
    let mut candidates = work::floors();
    candidates.extend(ours::candidates());
    #[cfg(feature = "peers")]
    candidates.extend(peers::candidates());
    if let Some(only) = &options.only {
        let floors = work::floors().len();
        let mut place = 0..;
        candidates.retain(|candidate| {
            place.next().is_some_and(|place| place < floors) || candidate.name.contains(only.as_str())
        });
    }
    ours::keep_coarse(&options);
    let measured = measure(&options, &candidates);
    table(&options, &candidates, &measured).print(options.markdown);
    #[cfg(feature = "peers")]
    registry(&options);
    first::print(&options);
    if !options.quick && options.only.is_none() {
        print_verdicts(&verdicts(&options, &measured), options.markdown);
    }
    drop(reliability);
}

fn table(options: &Options, candidates: &[Candidate], measured: &[Measured]) -> Table {
    let mut head = vec!["around one function, ns a call".to_owned(), "1 thread".to_owned(), "over bare".to_owned()];
    head.push("× counter pair".to_owned());
    let more: Vec<(usize, usize)> = options.threads.iter().copied().enumerate().filter(|(_, n)| *n != 1).collect();
    for (_, threads) in &more {
        head.push(format!("{threads} threads"));
        head.push(format!("{threads} / 1"));
    }
    head.push("allocations".to_owned());
    let mut table = Table::new(head);
    let one = options.threads.iter().position(|n| *n == 1).expect("one thread is always measured");
    let (bare, pair) = (find(measured, work::BARE), find(measured, work::COUNTER));
    for (candidate, it) in candidates.iter().zip(measured) {
        let mut row = vec![
            it.name.to_owned(),
            format!("{:.1}", it.median(one)),
            format!("{:.1}", it.over(bare, one)),
            format!("{:.2}", it.through(pair, one)),
        ];
        for (place, _) in &more {
            row.push(format!("{:.1}", it.median(*place)));
            row.push(format!("{:.2}", it.median(*place) / it.median(one)));
        }
        let (count, _) = candidate.allocations(if options.quick { 100 } else { 10_000 });
        row.push(if count == 0.0 { "0".to_owned() } else { format!("{count:.2}") });
        table.row(row);
    }
    table
}

/// A subscriber is for the whole process, so what runs under one is measured after all else, with floors of its own.
#[cfg(feature = "peers")]
fn registry(options: &Options) {
    peers::subscribe();
    let mut candidates = work::floors();
    candidates.push(peers::under_registry());
    let measured = measure(options, &candidates);
    println!("\nwith a registry as subscriber:");
    table(options, &candidates, &measured).print(options.markdown);
}

fn find<'a>(measured: &'a [Measured], name: &str) -> &'a Measured {
    measured.iter().find(|it| it.name == name).expect("the floors are always measured")
}

fn verdicts(options: &Options, measured: &[Measured]) -> Vec<Verdict> {
    let find = |name| find(measured, name);
    let one = options.threads.iter().position(|n| *n == 1).expect("one thread is always measured");
    let (bare, pair) = (find(work::BARE), find(work::COUNTER));
    let (sync, ready) = (find(ours::LATENCY), find(ours::ASYNC));
    let polls = |name, plain| (find(name).over(find(plain), one)) / f64::from(ours::YIELDS);
    let first = (sync.over(pair, one), find(ours::OFF).over(bare, one));
    let mut verdicts = vec![
        Verdict { what: "with latency, over (counter pair + bare)", measured: first.0, at_most: 8.0, unit: "ns" },
        Verdict { what: "without timing, over bare", measured: first.1, at_most: 4.0, unit: "ns" },
        Verdict { what: "coarse, whole call", measured: find(ours::COARSE).median(one), at_most: 10.0, unit: "ns" },
        Verdict { what: "async, over sync", measured: ready.over(sync, one), at_most: 5.0, unit: "ns" },
        Verdict {
            what: "each further poll, over the same future unmeasured",
            measured: polls(ours::POLLED, work::POLLED) - ready.over(find(work::ASYNC), one) / f64::from(ours::YIELDS),
            at_most: 2.0,
            unit: "ns",
        },
    ];
    for (what, name) in [
        ("a part of a journey under way, over the call alone", ours::ENTERED),
        ("a whole journey of five parts, for each part, over the calls alone", ours::JOURNEY),
    ] {
        let over = find(name).over(find(ours::CALLS), one) / f64::from(ours::PARTS);
        verdicts.push(Verdict { what, measured: over, at_most: 20.0, unit: "ns" });
    }
    if let Some(two) = options.threads.iter().position(|n| *n == 2) {
        let ratio = sync.median(two) / sync.median(one);
        verdicts.push(Verdict { what: "second thread, with latency", measured: ratio, at_most: 1.1, unit: "×" });
        let off = find(ours::OFF);
        let ratio = off.median(two) / off.median(one);
        verdicts.push(Verdict { what: "second thread, without timing", measured: ratio, at_most: 1.1, unit: "×" });
    }
    verdicts
}
