//! A nightly job: rows as events, the freshness of its result as another SLI, and an exit code that cron can read.
//!
//! `cargo run -p reliability-examples --example batch`: imports 20,000 rows in a few milliseconds and ends with 0. With
//! `-- --broken` a tenth of the rows cannot be read: the result is not published, the earlier one stays and is too old, and the exit code is 1.
//!
//! A process that lives for milliseconds has no hour to look back on, so its pairs of windows say little. What it can say at
//! its end is how its own run stands against the objective, and `stop` has counted the last row before it says so.

use std::process::ExitCode;
use std::time::Duration;

use reliability_core::{Classify, Outcome, Reliability, slis};

slis! {
    /// Rows of the import; 1 in 1000 may be unreadable.
    static ROWS = "import-rows", objective = "99.9%", timing = "off", owner = "data";
    /// Looks at the newest good result: each look is an event, good if the result is fresh.
    static FRESH = "import-fresh", objective = "99%", timing = "off", owner = "data";
}

/// How old the newest good result is.
struct Age(Duration);

impl Classify for Age {
    fn classify(&self) -> Outcome {
        // one night and the time of a second attempt
        if self.0 <= Duration::from_secs(26 * 3_600) { Outcome::Good } else { Outcome::Bad }
    }
}

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let reliability = Reliability::builder().service("nightly-import").start()?;
    let broken = std::env::args().any(|arg| arg == "--broken");

    let (mut good, mut bad) = (0_u64, 0_u64);
    for row in 0..20_000_u64 {
        let readable = row % if broken { 10 } else { 2_000 } != 7;
        *(if readable { &mut good } else { &mut bad }) += 1;
    }
    // one call for all of them: a loop of `record` would be right too, and slower
    ROWS.record_many(Outcome::Good, good);
    ROWS.record_many(Outcome::Bad, bad);

    // a result is published only if it is good enough; then it is new, else that of two nights ago is still the newest
    let publishes = bad * 1_000 <= good + bad;
    // elsewhere: the time since the result's file was written
    let age = if publishes { Duration::ZERO } else { Duration::from_secs(48 * 3_600) };
    FRESH.record_many(Age(age).classify(), 1);

    // a last tick, and everything is handed to the exporters: a job of 50 ms loses nothing
    let report = reliability.stop();
    let mut kept = true;
    for slo in report.slis.iter().flat_map(|sli| &sli.slos) {
        let left = slo.budget_remaining * 100.0;
        println!("{}: {} good, {} bad, {left:.0} % of this run's budget left", slo.name, slo.good, slo.bad);
        kept &= slo.budget_remaining >= 0.0;
    }
    println!("{}", if kept { "published" } else { "not published: the earlier result stays" });
    Ok(if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
