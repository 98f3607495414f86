//! What may be said on the command line.
//!
//! Exit codes keep two questions apart: could it run (2 if not), and did the books agree when it had run (1 if not). A
//! script that waits for the reconciliation then never mistakes a busy port for a wrong count.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use crate::shop::capacity::Capacity;
use crate::world::Clock;
use crate::world::incident::{Incident, Kind};
use crate::world::plan::Plan;

const CODES: &str = "\
Exit codes:
  0    it ran, and the clients' books and the library's counts agree event for event
  1    it ran, and they differ (a table shows where), or the summary could not be written after all
  2    it did not run: a wrong option, a busy port, a summary that cannot be written
  130  a second Ctrl-C ended it at once, without reconciliation

Ctrl-C (or SIGTERM) ends it in order: no new visits, open ones are awaited, books compared, summary written.";

/// A shop that knows its own error budget, with clients who keep their own books about it.
///
/// After 20 s something breaks, after 50 s it is well again. Watch the terminal, or the page it names.
#[derive(Debug, Parser)]
#[command(name = "storefront", after_help = CODES)]
pub(crate) struct Options {
    /// Port of the shop on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,

    /// Visits per second, in the mean; the shop is built for twice as many
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=20_000))]
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

    /// What breaks
    #[arg(long, value_enum, default_value_t = Kind::Payments)]
    pub(crate) incident: Kind,

    /// Nothing breaks
    #[arg(long, conflicts_with_all = ["incident", "fault_at", "fault_for"])]
    pub(crate) no_incident: bool,

    /// When it breaks
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(..=86_400))]
    pub(crate) fault_at: u64,

    /// How long it stays broken
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) fault_for: u64,

    /// Break the same and do nothing about it: no policies, and everybody is let in
    #[arg(long)]
    pub(crate) no_compensation: bool,

    /// Let the page's buttons turn switches, for whoever knows this word of 16 bytes or more
    #[arg(long, value_name = "TOKEN")]
    pub(crate) token: Option<String>,

    /// Write a summary of the run as JSON, once it has ended
    #[arg(long, value_name = "FILE")]
    pub(crate) summary: Option<PathBuf>,
}

/// How many times what the shop can serve an overload is.
const TIMES: f64 = 10.0;
/// Visits a second that one machine can be asked to send and to answer over loopback.
const MOST_VISITS: f64 = 20_000.0;

impl Options {
    /// What contradicts itself across options, in a sentence.
    ///
    /// # Errors
    /// If there is such a contradiction.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.no_incident || self.incident != Kind::Overload {
            return Ok(());
        }
        if self.no_load {
            return Err("--incident overload is made of visitors, and --no-load has none".into());
        }
        let (crowd, capacity) = (self.overload(), self.capacity().per_second());
        if crowd > MOST_VISITS {
            return Err(format!(
                "--incident overload at --rps {} would be {crowd:.0} visits a second ({TIMES:.0} times the {capacity:.0} \
                 that the shop can serve), and {MOST_VISITS:.0} are the most; choose --rps {:.0} or less",
                self.rps,
                MOST_VISITS / TIMES / 2.0
            ));
        }
        Ok(())
    }

    /// What the shop can serve.
    pub(crate) fn capacity(&self) -> Capacity {
        Capacity::for_twice(self.rps)
    }

    /// Visits a second in an overload, the usual ones included.
    fn overload(&self) -> f64 {
        TIMES * self.capacity().per_second()
    }

    /// Visits a second at the busiest time.
    pub(crate) fn busiest(&self) -> f64 {
        if self.incident == Kind::Overload { self.overload() } else { f64::from(self.rps) }
    }

    /// What breaks, and when.
    pub(crate) fn incident(&self, clock: Clock) -> Incident {
        let (from, length) = (Duration::from_secs(self.fault_at), Duration::from_secs(self.fault_for));
        Incident { clock, kind: (!self.no_incident).then_some(self.incident), from, until: from + length }
    }

    /// Those who come in addition while the overload lasts.
    pub(crate) fn crowd(&self, incident: Incident) -> Option<Plan> {
        let more = self.overload() - f64::from(self.rps);
        (incident.kind == Some(Kind::Overload)).then(|| Plan::crowd(self.seed, more, incident.from, incident.until))
    }
}
