//! What a switch costs, beside other flags.
//!
//! `cargo bench -p reliability-benches --features peers --bench switches`
//!
//! Without the feature only our own candidates run. The options are those of `record`. What is told of a candidate is its difference
//! to a call that asks nothing, within one round.

#[path = "../harness.rs"]
mod harness;
mod ours;
#[cfg(feature = "peers")]
mod peers;

use harness::{Measured, Options, Table, Verdict, measure, print_machine, print_verdicts};

fn main() {
    let options = Options::read();
    print_machine();
    let mut candidates = ours::candidates();
    #[cfg(feature = "peers")]
    candidates.extend(peers::candidates());
    if let Some(only) = &options.only {
        candidates.retain(|it| it.name == ours::BARE || it.name.contains(only.as_str()));
    }
    let measured = measure(&options, &candidates);
    let one = options.threads.iter().position(|n| *n == 1).expect("one thread is always measured");
    let two = options.threads.iter().position(|n| *n == 2);
    let bare = &measured[0];
    let head = ["ns a question, over a call that asks nothing", "1 thread", "2 threads", "allocations"];
    let mut table = Table::new(head.map(str::to_owned).to_vec());
    for (candidate, it) in candidates.iter().zip(&measured).skip(1) {
        let (count, _) = candidate.allocations(if options.quick { 100 } else { 10_000 });
        let on_two = two.map_or_else(|| "–".to_owned(), |two| format!("{:.1}", it.over(bare, two)));
        let allocations = if count == 0.0 { "0".to_owned() } else { format!("{count:.2}") };
        table.row(vec![it.name.to_owned(), format!("{:.1}", it.over(bare, one)), on_two, allocations]);
    }
    table.print(options.markdown);
    if !options.quick && options.only.is_none() {
        let find = |name: &str| measured.iter().find(|it| it.name == name).expect("ours are always measured");
        let over = |it: &Measured| it.over(bare, one);
        let verdict = |what, name, at_most| Verdict { what, measured: over(find(name)), at_most, unit: "ns" };
        let verdicts = [
            verdict("enabled()", ours::ENABLED, 1.0),
            verdict("enabled_for()", ours::ENABLED_FOR, 15.0),
            verdict("rung check", ours::RUNG, 1.0),
        ];
        print_verdicts(&verdicts, options.markdown);
    }
}
