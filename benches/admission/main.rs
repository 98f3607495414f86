//! What the door costs, beside other doors.
//!
//! `cargo bench -p reliability-benches --features peers --bench admission`
//!
//! Without the feature only our own candidates run. The options are those of `record`. A candidate that takes a duration is
//! compared with a floor that reads the clock as often, within one round: what is left is the price of the door itself.

mod elsewhere;
#[path = "../harness.rs"]
mod harness;
mod ours;
#[cfg(feature = "peers")]
mod peers;

use harness::{Candidate, Measured, Options, Table, Verdict, measure, print_machine, print_verdicts};
use reliability_core::Reliability;

fn main() {
    let options = Options::read();
    // the engine measures the counter's rate, without which readings are the operating system's
    let reliability = Reliability::builder().service("benches").start().expect("the names of the bench are right");
    print_machine();
    let mut candidates = ours::candidates();
    #[cfg(feature = "peers")]
    candidates.extend(peers::candidates());
    if let Some(only) = &options.only {
        candidates.retain(|it| ours::FLOORS.contains(&it.name) || it.name.contains(only.as_str()));
    }
    let measured = measure(&options, &candidates);
    table(&options, &candidates, &measured).print(options.markdown);
    let elsewhere = elsewhere::nanos(&options);
    println!("\nreleased on another thread, without the clock: {elsewhere:.1} ns");
    if !options.quick && options.only.is_none() {
        print_verdicts(&verdicts(&options, &measured, elsewhere), options.markdown);
    }
    drop(reliability);
}

fn table(options: &Options, candidates: &[Candidate], measured: &[Measured]) -> Table {
    let mut head = vec!["ns a request".to_owned(), "1 thread".to_owned()];
    let more: Vec<(usize, usize)> = options.threads.iter().copied().enumerate().filter(|(_, n)| *n != 1).collect();
    for (_, threads) in &more {
        head.push(format!("{threads} threads"));
        head.push(format!("{threads} / 1"));
    }
    head.push("allocations".to_owned());
    let mut table = Table::new(head);
    let one = one(options);
    for (candidate, it) in candidates.iter().zip(measured) {
        let mut row = vec![it.name.to_owned(), format!("{:.1}", it.median(one))];
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

fn one(options: &Options) -> usize {
    options.threads.iter().position(|n| *n == 1).expect("one thread is always measured")
}

fn verdicts(options: &Options, measured: &[Measured], elsewhere: f64) -> Vec<Verdict> {
    let find = |name: &str| measured.iter().find(|it| it.name == name).expect("ours are always measured");
    let one = one(options);
    let (admit, refuse) = (find(ours::ADMIT), find(ours::REFUSE));
    let over = |it: &Measured, floor: &str| it.over(find(floor), one);
    let mut verdicts = vec![
        Verdict {
            what: "admit + release, over two readings",
            measured: over(admit, ours::TWO),
            at_most: 3.0,
            unit: "ns",
        },
        Verdict { what: "released on another thread", measured: elsewhere, at_most: 20.0, unit: "ns" },
        Verdict { what: "refuse, over one reading", measured: over(refuse, ours::ONE), at_most: 3.0, unit: "ns" },
    ];
    if let Some(two) = options.threads.iter().position(|n| *n == 2) {
        let ratio = |it: &Measured| it.median(two) / it.median(one);
        verdicts.push(Verdict { what: "second thread, admit", measured: ratio(admit), at_most: 1.2, unit: "×" });
        verdicts.push(Verdict { what: "second thread, refuse", measured: ratio(refuse), at_most: 1.2, unit: "×" });
    }
    verdicts
}
