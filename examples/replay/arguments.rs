//! What may be said on the command line, and what it comes to.
//!
//! Exit codes keep two questions apart: could the history be read (1 if not), and was it asked rightly (2 if not). What the history
//! says, a spent budget or a fired alert, is no exit code: it is the output.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use reliability_core::slo::{Guard, NoData, Policy, Resolution, SloState, Terms};
use reliability_core::{CalendarUnit, Method, Objective, Slice, SliceTarget, Timestamp, Window, Zone, parse_duration};

use crate::source::Form;
use crate::time;

const CODES: &str = "\
Exit codes:
  0  the history was judged, whatever came out
  1  it could not be read, or is not what it says
  2  wrong arguments

A table has the header `time,good,bad`; `time` is when a row's step begins. A log is in Common or Combined Log Format, with how
long a request took as its last field, in seconds if it holds a dot, else in microseconds.";

/// Judge a recorded history as the service itself would have.
///
/// Budgets, burn rates and alerts of an objective over a table of counts or a web server's log, in virtual time, by the
/// engine that judges live.
#[derive(Debug, Parser)]
#[command(name = "replay", after_help = CODES)]
pub(crate) struct Arguments {
    /// The history; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// How the history is written
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,

    /// The share of events that must be good, such as 99.9%
    #[arg(long, value_name = "SHARE", value_parser = Objective::parse)]
    objective: Objective,

    /// A rolling budget, of whole days or weeks, such as 30d
    #[arg(long, value_name = "LENGTH", value_parser = rolling, required_unless_present = "calendar", conflicts_with = "calendar")]
    window: Option<Window>,

    /// A budget that begins anew in each calendar unit
    #[arg(long, value_enum, value_name = "UNIT", requires = "zone")]
    calendar: Option<Unit>,

    /// The time zone of the calendar, by its IANA name, such as Europe/Paris
    #[arg(long, value_name = "NAME", value_parser = zone, requires = "calendar")]
    zone: Option<Zone>,

    /// What the budget counts
    #[arg(long, value_enum, default_value_t = Counting::Occurrences)]
    method: Counting,

    /// The length of a slice in whole minutes, such as 1m
    #[arg(long, value_name = "LENGTH", value_parser = slice)]
    slice: Option<Slice>,

    /// The share of a slice's events that must be good, such as 99%
    #[arg(long, value_name = "SHARE", value_parser = SliceTarget::parse)]
    slice_target: Option<SliceTarget>,

    /// A request of a log is good only if it took no longer, such as 300ms
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    latency: Option<Duration>,

    /// Whose factors the alerts have; 28d for --window 28d, else 30d
    #[arg(long, value_enum, value_name = "POLICY")]
    policy: Option<Pairs>,

    /// What an alert makes of missing data: keep its last decision, or end
    #[arg(long, value_enum, default_value_t = Missing::Hold)]
    no_data: Missing,

    /// The service began with the history: for alerts, the time before it is not missing but empty
    #[arg(long)]
    begins: bool,

    /// What pages must prove: the alpha of an exact test above 0 and below 0.5, or off
    #[arg(long, value_name = "ALPHA", value_parser = guard, default_value = "0.01")]
    guard: Proof,

    /// Report this instant instead of the end of the history; may be given several times
    #[arg(long, value_name = "TIME", value_parser = time::instant)]
    at: Vec<Timestamp>,

    /// Propose objectives that the history would have met
    #[arg(long)]
    suggest: bool,

    /// How to write the result
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A table `time,good,bad`
    Csv,
    /// A web server's log
    Clf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Unit {
    Week,
    Month,
    Quarter,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Counting {
    /// Events
    Occurrences,
    /// Slices of time, each good or bad
    Timeslices,
    /// The mean of slices' ratios
    RatioTimeslices,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Pairs {
    #[value(name = "30d")]
    Days30,
    #[value(name = "28d")]
    Days28,
    #[value(name = "7d")]
    Days7,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Missing {
    Hold,
    False,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    Text,
    Json,
}

/// `None` for `off`, in a type of its own, for clap reads an `Option` as an argument that may be left out.
#[derive(Clone, Copy, Debug)]
struct Proof(Option<Guard>);

/// What is to be done.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) file: PathBuf,
    pub(crate) form: Form,
    pub(crate) terms: Terms,
    /// Whether the time before the history counts as empty for alerts.
    pub(crate) begins: bool,
    pub(crate) at: Vec<Timestamp>,
    pub(crate) suggest: bool,
    pub(crate) output: Output,
}

impl Arguments {
    /// What the arguments come to.
    ///
    /// # Errors
    /// If they do not go together, or name a zone that there is not.
    pub(crate) fn plan(self) -> Result<Plan, String> {
        let terms = self.terms()?;
        // whether a zone is known is found out where it is used
        SloState::new(terms, Timestamp::default()).map_err(|error| error.to_string())?;
        let form = match (self.format, self.latency) {
            (Format::Csv, None) => Form::Table,
            (Format::Csv, Some(_)) => {
                return Err("--latency needs --format clf: a table says nothing of durations".into());
            }
            (Format::Clf, within) => Form::Log { within },
        };
        let Self { file, begins, at, suggest, output, .. } = self;
        Ok(Plan { file, form, terms, begins, at, suggest, output })
    }

    fn terms(&self) -> Result<Terms, String> {
        let window = match (self.window, self.calendar, self.zone) {
            (Some(window), None, None) => window,
            (None, Some(unit), Some(zone)) => Window::calendar(unit.into(), zone),
            // clap lets --zone pass where --calendar is ruled out by --window
            _ => return Err("a budget has either --window, or --calendar with --zone".into()),
        };
        let is_28_days = Window::rolling_days(28) == Some(window);
        let policy = match self.policy {
            Some(Pairs::Days28) => Policy::Days28,
            Some(Pairs::Days7) => Policy::Days7,
            None if is_28_days => Policy::Days28,
            Some(Pairs::Days30) | None => Policy::Days30,
        };
        let no_data = match self.no_data {
            Missing::Hold => NoData::Hold,
            Missing::False => NoData::NotOver,
        };
        let terms = Terms::new(self.objective, window).method(self.method()?).no_data(no_data);
        Ok(terms.guard(self.guard.0).policy(policy).resolution(Resolution::Exact))
    }

    fn method(&self) -> Result<Method, &'static str> {
        match (self.method, self.slice, self.slice_target) {
            (Counting::Occurrences, None, None) => Ok(Method::Occurrences),
            (Counting::Occurrences, ..) => Err(
                "--slice and --slice-target need --method timeslices or ratio-timeslices: occurrences has no slices",
            ),
            (_, None, _) => Err("--method timeslices and ratio-timeslices need --slice, such as --slice 1m"),
            (Counting::Timeslices, Some(slice), Some(target)) => Ok(Method::Timeslices { slice, target }),
            (Counting::Timeslices, Some(_), None) => {
                Err("--method timeslices needs --slice-target, such as --slice-target 99%")
            }
            (Counting::RatioTimeslices, Some(slice), None) => Ok(Method::RatioTimeslices { slice }),
            (Counting::RatioTimeslices, Some(_), Some(_)) => {
                Err("--slice-target is for --method timeslices: ratio-timeslices takes the mean of all ratios")
            }
        }
    }
}

impl From<Unit> for CalendarUnit {
    fn from(unit: Unit) -> Self {
        match unit {
            Unit::Week => Self::Week,
            Unit::Month => Self::Month,
            Unit::Quarter => Self::Quarter,
        }
    }
}

fn rolling(text: &str) -> Result<Window, &'static str> {
    let accepted = "a window is 1 to 90 whole days, such as 30d or 4w";
    Window::parse(text).ok().filter(|window| window.as_calendar().is_none()).ok_or(accepted)
}

fn zone(text: &str) -> Result<Zone, &'static str> {
    Zone::new(text).ok_or("a zone has an IANA name, such as Europe/Paris or UTC")
}

fn slice(text: &str) -> Result<Slice, &'static str> {
    let accepted = "a slice is 1 to 1440 whole minutes, such as 1m or 1h";
    let length = parse_duration(text).map_err(|_| accepted)?;
    let minutes = length.as_secs() / 60;
    let whole = Duration::from_secs(minutes * 60) == length;
    u32::try_from(minutes).ok().filter(|_| whole).and_then(Slice::of_minutes).ok_or(accepted)
}

fn guard(text: &str) -> Result<Proof, &'static str> {
    if text == "off" {
        return Ok(Proof(None));
    }
    let guard = text.parse().ok().and_then(|alpha| Guard::new(alpha, Guard::DEFAULT.floor()));
    guard.map(|guard| Proof(Some(guard))).ok_or("a guard is an alpha above 0 and below 0.5, such as 0.01, or off")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(arguments: &str) -> Result<Plan, String> {
        let words = ["replay", "f.csv", "--objective", "99.9%"].into_iter().chain(arguments.split_whitespace());
        Arguments::try_parse_from(words).map_err(|error| error.to_string())?.plan()
    }

    #[test]
    fn what_is_not_said_is_what_the_conventions_say() {
        let terms = plan("--window 30d").unwrap().terms;
        assert_eq!((terms.method, terms.no_data, terms.policy), (Method::Occurrences, NoData::Hold, Policy::Days30));
        assert_eq!(terms.guard.map(|guard| (guard.alpha(), guard.floor())), Some((0.01, 2)));
        assert_eq!(plan("--window 28d").unwrap().terms.policy, Policy::Days28);
        assert_eq!(plan("--window 4w").unwrap().terms.policy, Policy::Days28);
        assert_eq!(plan("--window 7d").unwrap().terms.policy, Policy::Days30);
        assert_eq!(plan("--calendar month --zone UTC").unwrap().terms.policy, Policy::Days30);
        assert_eq!(plan("--window 28d --policy 7d").unwrap().terms.policy, Policy::Days7);
        assert!(plan("--window 30d --guard off").unwrap().terms.guard.is_none());
    }

    #[test]
    fn what_does_not_go_together_is_refused_and_says_what_does() {
        for (arguments, says) in [
            ("", "--window"),
            ("--window 0d", "30d or 4w"),
            ("--window 91d", "'91d'"),
            ("--window 30", "'30'"),
            ("--window 30d --window 28d", "--window"),
            ("--window 30d --calendar month --zone UTC", "--calendar"),
            ("--calendar month", "--zone"),
            ("--calendar year --zone UTC", "week, month, quarter"),
            ("--zone UTC --window 30d", "--calendar"),
            ("--calendar month --zone Mars/Olympus", "Mars/Olympus"),
            ("--window 30d --method slices", "occurrences, timeslices, ratio-timeslices"),
            ("--window 30d --slice 1m", "--method"),
            ("--window 30d --slice-target 99%", "--method"),
            ("--window 30d --method timeslices", "--slice 1m"),
            ("--window 30d --method timeslices --slice 1m", "--slice-target 99%"),
            ("--window 30d --method timeslices --slice 90s --slice-target 99%", "whole minutes"),
            ("--window 30d --method timeslices --slice 1m --slice-target 101%", "'101%'"),
            ("--window 30d --method ratio-timeslices --slice 1m --slice-target 99%", "--slice-target"),
            ("--window 30d --latency 300ms", "--format clf"),
            ("--window 30d --format clf --latency fast", "'fast'"),
            ("--window 30d --policy 14d", "30d, 28d, 7d"),
            ("--window 30d --no-data true", "hold, false"),
            ("--window 30d --guard 0.7", "below 0.5"),
            ("--window 30d --guard NaN", "below 0.5"),
            ("--window 30d --at noon", "RFC 3339"),
            ("--window 30d --output xml", "text, json"),
            ("--window 30d more", "more"),
        ] {
            let why = plan(arguments).unwrap_err();
            assert!(why.contains(says), "{arguments}: {why}");
        }
        for objective in ["100%", "0%", "99.9", "high"] {
            let words = ["replay", "-", "--window", "30d", "--objective", objective];
            let why = Arguments::try_parse_from(words).unwrap_err().to_string();
            assert!(why.contains(objective) && why.contains("99.9%"), "{why}");
        }
    }
}
