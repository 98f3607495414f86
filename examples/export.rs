//! Everything that a crate promises, written for the engines that are there already, in one command.
//!
//! `cargo run -p reliability-examples --example export -- --out target/export` writes rules for Prometheus, a route for
//! Alertmanager, dashboards for Grafana and a catalogue in Markdown, and lists them. Without `--out` it only lists what it would
//! write. The same line can stand in a service's own `main`, so that each release brings the rules that fit it:
//!
//! ```text
//! let reliability = Reliability::builder().service("shop").start()?;
//! if let Some(folder) = std::env::var_os("EXPORT_TO") { reliability.export().write_to(folder)?; }
//! ```
//!
//! What is written is a function of the objectives alone: the same code gives the same files, so they can be kept beside it and
//! compared by a pipeline.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use reliability_core::compensate::{Policy, Step, Trigger};
use reliability_core::{Flag, Reliability, sli, slis};

slis! {
    /// The bank's answers.
    static CARD = "card", objective = "99.9%", latency = "99% < 800ms", feature = "purchase", owner = "payments", tier = 1;
    /// Pages of the catalogue.
    static BROWSE = "browse", objective = "99.5%", latency = "95% < 100ms", feature = "discovery", owner = "catalogue", tier = 2;
    /// Invoices are counted by the month in which they are due.
    static INVOICES = "invoices", objective = "99%", window = "month Europe/Paris", owner = "billing", tier = 3;
}

/// What else customers may like; a page without it is still a page.
static SUGGESTIONS: Flag = Flag::on("suggestions");

#[sli(
    name = "checkout",
    objective = "99.9%",
    latency = "99% < 250ms",
    feature = "purchase",
    owner = "payments",
    tier = 1,
    depends_on(CARD)
)]
fn checkout(cents: u32) -> Result<u32, &'static str> {
    if cents == 0 { Err("an order of nothing") } else { Ok(cents) }
}

#[derive(Parser)]
struct Options {
    /// The folder to write into; it is made if it is missing.
    #[arg(long)]
    out: Option<PathBuf>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let calm = Policy::named("calm-browse")?
        .on(Trigger::detected("browse"))
        .step(Step::off(&SUGGESTIONS).costs("no suggestions"))
        .verify("browse", Duration::from_secs(60));
    let reliability = Reliability::builder().service("shop").policy(calm.act()).start()?;
    // it works as ever; a rule is no reason to wait
    checkout(1_200)?;

    let mut export = reliability.export();
    for promise in export.promises_mut().iter_mut().filter(|promise| promise.sli == "checkout") {
        promise.about.impact = Some("Customers cannot pay.".into());
        promise.about.first_action = Some("Look at the bank's status page.".into());
    }
    match &options.out {
        Some(folder) => export.write_to(folder)?.iter().for_each(|path| println!("{}", path.display())),
        None => export
            .files()
            .iter()
            .for_each(|(path, text)| println!("{} ({} lines)", path.display(), text.lines().count())),
    }
    Ok(())
}
