//! What may be said on the command line.
//!
//! Exit codes keep two questions apart: could it run (2 if not), and did the books agree when it had run (1 if not). A
//! script that waits for the reconciliation then never mistakes a busy port for a wrong count.

use std::path::PathBuf;

use clap::Parser;

const CODES: &str = "\
Exit codes:
  0    it ran, and the clients' books and the library's counts agree event for event
  1    it ran, and they differ (a table shows where), or the summary could not be written after all
  2    it did not run: a wrong option, a busy port, a summary that cannot be written
  130  a second Ctrl-C ended it at once, without reconciliation

Ctrl-C (or SIGTERM) ends it in order: no new visits, open ones are awaited, books compared, summary written.";

/// A shop that knows its own error budget, with clients who keep their own books about it.
///
/// After 20 s the payment service begins to fail, after 50 s it recovers. Watch the terminal, or the page it names.
#[derive(Debug, Parser)]
#[command(name = "storefront", after_help = CODES)]
pub(crate) struct Options {
    /// Port of the shop on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,

    /// Visits per second, in the mean
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub(crate) rps: u32,

    /// End after so long; without it, run until Ctrl-C
    #[arg(long = "for", value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=31_536_000))]
    pub(crate) seconds: Option<u64>,

    /// What the visits and the faults are drawn from
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,

    /// Only the shop and its services, for curl and browsers
    #[arg(long)]
    pub(crate) no_load: bool,

    /// Payments stay healthy
    #[arg(long)]
    pub(crate) no_incident: bool,

    /// Write a summary of the run as JSON, once it has ended
    #[arg(long, value_name = "FILE")]
    pub(crate) summary: Option<PathBuf>,
}
