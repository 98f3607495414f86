//! The shortest start: an attribute, a line in `main`, and the budget.
//!
//! `cargo run -p reliability-examples --example quickstart`: four threads sell 4,000 tickets, two of them twice.

use reliability_core::{Reliability, sli};

#[sli(objective = "99.9%", latency = "99% < 250ms", feature = "purchase", owner = "payments")]
fn sell(ticket: u32) -> Result<u32, &'static str> {
    if ticket % 1_600 == 1_599 { Err("sold twice") } else { Ok(ticket) }
}

fn main() -> Result<(), reliability_core::StartError> {
    let reliability = Reliability::start()?;

    std::thread::scope(|threads| {
        for counter in 0..4 {
            threads.spawn(move || (counter * 1_000..(counter + 1) * 1_000).map(sell).filter(Result::is_err).count());
        }
    });

    let report = reliability.stop();
    for slo in report.slis.iter().flat_map(|sli| &sli.slos) {
        let left = slo.budget_remaining * 100.0;
        println!("{}: {} good, {} bad, {left:.0} % of the budget left", slo.name, slo.good, slo.bad);
    }
    Ok(())
}
