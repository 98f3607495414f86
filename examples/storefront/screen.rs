//! The live view: small enough to be read at a glance, redrawn in place.
//!
//! On a terminal, a table that is drawn over itself twice a second; line wrapping is off while it is drawn, so that a
//! narrow terminal cuts lines instead of breaking the picture. Where output goes into a file or a pipe, a line every five
//! seconds and one for each event. A closed pipe is nobody's problem: what cannot be written is dropped.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _, stdout};
use std::time::Duration;

use reliability_core::{Event, Handle, Report, SetBy, Severity, SliReport, Timestamp};
use tokio::time::sleep;

use crate::books::detection::Detection;
use crate::world::Clock;
use crate::world::incident::Incident;

const REDRAW: Duration = Duration::from_millis(500);
/// How many redraws one line stands for where nothing can be redrawn.
const LINE_EVERY: u32 = 10;
/// Over how many redraws the rates are taken.
const RATED_OVER: usize = 10;
/// How many events are shown.
const EVENTS: usize = 4;

/// What is shown.
pub(crate) struct Screen {
    pub(crate) handle: Handle,
    pub(crate) clock: Clock,
    pub(crate) incident: Incident,
    pub(crate) page: String,
    pub(crate) load: String,
}

impl Screen {
    /// Draws for as long as it is let.
    pub(crate) async fn draw(&self, detection: &Detection) {
        let live = stdout().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        say(&format!("The shop is open, {}. Its error budgets: {}\n", self.load, self.page));
        let (mut rates, mut told, mut lines, mut round) = (Rates::default(), 0, 0, 0_u32);
        loop {
            let report = self.handle.report();
            if !live && round == 0 {
                say("(every five seconds: good+bad calls and the budget left, page by page)\n");
            }
            if live {
                let picture = self.picture(&report, &rates.take(&report), &detection.events(0));
                say(&format!("\x1b[?7l{}{picture}\x1b[?7h", up(lines)));
                lines = picture.lines().count();
            } else {
                for event in detection.events(told) {
                    told += 1;
                    say(&format!("{:>6.1} s  {}\n", self.clock.since(event.at).as_secs_f64(), event.kind));
                }
                if round % LINE_EVERY == 0 {
                    say(&self.line(&report));
                }
            }
            round += 1;
            sleep(REDRAW).await;
        }
    }

    fn line(&self, report: &Report) -> String {
        let mut line = format!("{:>6.1} s  {}", self.clock.elapsed().as_secs_f64(), self.incident.mood());
        for sli in &report.slis {
            let counts = &sli.counts;
            let budget = worst_budget(sli).map_or("–".to_owned(), |budget| format!("{:.0}", budget * 100.0));
            let _ = write!(line, " | {} {}+{} {budget} %", sli.spec.name, counts.good, counts.seen_bad());
        }
        for switch in turned(report) {
            let _ = write!(line, " | {switch}");
        }
        line.push('\n');
        line
    }

    fn picture(&self, report: &Report, rates: &[f64], events: &[Event]) -> String {
        let seconds = self.clock.elapsed().as_secs_f64();
        let mut out = format!("\n  {seconds:.0} s, {}\n\n", self.incident.mood());
        let _ = writeln!(
            out,
            "  {:<15} {:>6} {:>8} {:>6} {:>6} {:>8} {:>9} {:>8}  alert",
            "", "/s", "good", "bad", "gone", "p99", "budget", "burn 5m"
        );
        for (sli, rate) in report.slis.iter().zip(rates) {
            let counts = &sli.counts;
            let p99 = sli.latency.p99.map_or("–".to_owned(), |p99| format!("{:.0} ms", p99.as_secs_f64() * 1e3));
            let budget = worst_budget(sli).map_or("–".to_owned(), |budget| format!("{:.0} %", budget * 100.0));
            let _ = writeln!(
                out,
                "  {:<15} {rate:>6.1} {:>8} {:>6} {:>6} {p99:>8} {budget:>9} {:>8}  {}",
                sli.spec.name,
                counts.good,
                counts.bad,
                counts.cancelled(),
                burn(sli),
                alert(sli),
            );
        }
        out.push('\n');
        for switch in turned(report) {
            let _ = writeln!(out, "  {switch}");
        }
        let shown = events.len().saturating_sub(EVENTS);
        for event in &events[shown..] {
            let (at, text) = (self.clock.since(event.at).as_secs_f64(), event.kind.to_string());
            // the numbers after the colon stand in the table
            let _ = writeln!(out, "  {at:>6.1} s  {}", text.split(':').next().unwrap_or(&text));
        }
        out
    }
}

/// Calls a second of each SLI. The library reads its counts once a second while all is well, so over a few of those.
#[derive(Default)]
struct Rates(VecDeque<(Timestamp, Vec<u64>)>);

impl Rates {
    fn take(&mut self, report: &Report) -> Vec<f64> {
        let now: Vec<u64> = report.slis.iter().map(|sli| sli.counts.started).collect();
        self.0.push_back((report.time, now.clone()));
        if self.0.len() > RATED_OVER {
            self.0.pop_front();
        }
        let (at, before) = &self.0[0];
        let seconds = report.time.since(*at).as_secs_f64().max(1.0);
        now.iter().zip(before).map(|(now, before)| (now - before) as f64 / seconds).collect()
    }
}

/// The switches that do not stand as they were declared.
fn turned(report: &Report) -> impl Iterator<Item = String> {
    let turned = report.response.switches.iter().filter(|switch| switch.set_by != SetBy::Declared);
    turned.map(|switch| format!("{} {} is {}, set by {}", switch.kind, switch.name, switch.value, switch.set_by))
}

fn worst_budget(sli: &SliReport) -> Option<f64> {
    sli.slos.iter().map(|slo| slo.budget_remaining).min_by(f64::total_cmp)
}

fn burn(sli: &SliReport) -> String {
    let rates = sli.slos.iter().filter_map(|slo| slo.burn.first().and_then(|(_, rate)| *rate));
    rates.max_by(f64::total_cmp).map_or("–".to_owned(), |rate| format!("{rate:.1}"))
}

fn alert(sli: &SliReport) -> &'static str {
    let firing = |severity| sli.slos.iter().any(|slo| slo.is_firing(severity));
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    match (firing(Severity::Page), firing(Severity::Ticket), plain) {
        (true, _, true) => "PAGE",
        (true, _, false) => "\x1b[1;31mPAGE\x1b[0m",
        (_, true, true) => "ticket",
        (_, true, false) => "\x1b[33mticket\x1b[0m",
        _ => "",
    }
}

/// To the first line of the last picture, and empty from there.
fn up(lines: usize) -> String {
    if lines == 0 { String::new() } else { format!("\x1b[{lines}A\x1b[J") }
}

/// Prints; what nobody can read any more is dropped.
pub(crate) fn say(text: &str) {
    let mut out = stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
