//! A batch job on plain threads: no request, no runtime, and still an error budget.
//!
//! `cargo run -p reliability-examples --example threads`: files are imported side by side, each file a measured call,
//! each row an event. The job lasts a tenth of a second; `stop()` makes a last tick, so a short job loses nothing.
//! A panic in one of the threads counts as bad and does not hurt the others.

use std::thread;
use std::time::Duration;

use reliability_core::{Outcome, Reliability, Report, sli, slis};

slis! {
    /// Rows of all files; only counted, for nobody waits for a single row.
    static ROWS = "import-rows", objective = "99.5%", owner = "data";
}

/// A file of 500 rows, of which some cannot be read.
#[sli(name = "import-file", objective = "99%", latency = "95% < 50ms", owner = "data")]
fn import(file: u64) -> Result<u64, String> {
    thread::sleep(Duration::from_millis(2 + file % 7));
    assert!(file != 17, "file 17 has a byte that nobody expected");
    if file % 40 == 39 {
        return Err(format!("file {file} ends in the middle of a row"));
    }
    let rejected = u64::from(file.is_multiple_of(4));
    ROWS.record_many(Outcome::Good, 500 - rejected);
    ROWS.record_many(Outcome::Bad, rejected);
    Ok(500 - rejected)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let reliability = Reliability::builder().service("import").start()?;

    let workers: Vec<_> = (0..8_u64).map(|worker| thread::spawn(move || run(worker))).collect();
    let ended_well = workers.into_iter().flat_map(thread::JoinHandle::join).count();

    println!("\n{ended_well} of 8 workers came to their end\n");
    tell(&reliability.stop());
    Ok(())
}

/// Every eighth file.
fn run(worker: u64) {
    for file in (worker..80).step_by(8) {
        if let Err(why) = import(file) {
            eprintln!("{why}");
        }
    }
}

fn tell(report: &Report) {
    for sli in &report.slis {
        let counts = &sli.counts;
        println!("{}: {} good, {} bad", sli.spec.name, counts.good, counts.bad);
        for slo in &sli.slos {
            println!("  {} of {}: {:.0} % of the budget left", slo.name, slo.objective, slo.budget_remaining * 100.0);
        }
    }
}
