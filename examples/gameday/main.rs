//! A game day in virtual time: something breaks, once without compensation and once with it, and both are shown side by side.
//!
//! `cargo run --release -p reliability-examples --example gameday`
//!
//! Five scenarios: payments go down, a dependency turns slow, ten times the load arrives, a bad version is deployed, a dip
//! becomes a storm of retries. Each is a minute or two of a service with 16 workers, played in a second or two by
//! [`testkit::simulation`](reliability_core::testkit::simulation). The gate, the switches, the policies, the budgets and the
//! loop that drives them are the library's own, on a clock that the simulation moves. The same seed gives the same bytes.
//!
//! To read: `scenario.rs` says what breaks and which policy answers, `service.rs` is the service under test, `play.rs` runs both
//! and reads them out, `table.rs` and `chart.rs` show them.

mod chart;
mod play;
mod run;
mod scenario;
mod service;
mod table;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use scenario::Scenario;

const AFTER: &str = "\
Exit codes:
  0  every scenario was played
  2  a wrong option, or a chart that cannot be written";

/// What the library does when things break, in virtual time, beside what happens without it.
#[derive(Debug, Parser)]
#[command(name = "gameday", after_help = AFTER)]
struct Options {
    /// What breaks; without a name, all of them one after the other
    #[arg(value_enum)]
    scenarios: Vec<Scenario>,

    /// What arrivals, service times and faults are drawn from
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// Write a chart of each scenario into this folder, as SCENARIO.svg
    #[arg(long, value_name = "FOLDER")]
    charts: Option<PathBuf>,

    /// Print the events of the run with compensation too
    #[arg(long)]
    events: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    match play_all(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("gameday: {why}");
            ExitCode::from(2)
        }
    }
}

fn play_all(options: &Options) -> Result<(), String> {
    if let Some(folder) = &options.charts {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let chosen = if options.scenarios.is_empty() { Scenario::ALL.to_vec() } else { options.scenarios.clone() };
    let mut out = std::io::stdout().lock();
    // whoever has stopped reading has seen enough
    let mut print = |text: &str| out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_ok();
    for scenario in chosen {
        let without = play::run(scenario, options.seed, false);
        let with = play::run(scenario, options.seed, true);
        let fault = scenario.fault();
        if !print(&format!("{}\n", table::of(scenario.title(), &fault, &without, &with))) {
            return Ok(());
        }
        if options.events {
            for mark in &with.marks {
                print(&format!("  {:>8.3} s  {}\n", mark.at, mark.sentence));
            }
            print("\n");
        }
        if let Some(folder) = &options.charts {
            let file = folder.join(format!("{}.svg", scenario.name()));
            chart::write(&file, scenario.title(), &fault, &without, &with)
                .map_err(|error| format!("{}: {error}", file.display()))?;
            print(&format!("  chart: {}\n\n", file.display()));
        }
    }
    Ok(())
}
