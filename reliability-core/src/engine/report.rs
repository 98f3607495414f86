//! What is: an immutable read-out of everything the engine knows at one instant.
//!
//! Plain data for the edges to render. Figures that nobody can know are `None`, never a number that looks like one.

use std::time::Duration;

use super::event::Event;
pub(crate) use super::feature_report::{FeatureReport, FixReport, PartReport};
use super::fleet::FleetReport;
use super::identity::Identity;
use super::response::ResponseReport;
use super::stored::StoreReport;
use super::words::{self, Standing};
use crate::clock::Timestamp;
use crate::sli::{FailureKind, TraceRef};
pub use crate::slo::SloKind;
use crate::slo::{Forecast, Incident, Maintenance, Severity, Tally};
use crate::spec::{Method, SliSpec};

/// The version of the report's JSON form: raised when a field changes its meaning or goes away.
pub const REPORT_VERSION: u32 = 1;

/// A read-out of one engine.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// Who reports.
    pub service: Identity,
    /// When, on the engine's line of time.
    pub time: Timestamp,
    /// When this engine began: counts of calls are since then, budgets may reach further back (see [`store`](Self::store)).
    pub since: Timestamp,
    /// False if measuring is switched off (`RELIABILITY=off`): then everything else is empty.
    pub enabled: bool,
    /// How long ago the loop ran. Above a few seconds it hangs or has ended, and the figures are old.
    pub loop_age: Duration,
    /// Events that were dropped because a sink was too slow.
    pub dropped_events: u64,
    /// Planned time, the earliest first: what is to come, what is now, and what a period may still remember.
    pub maintenance: Vec<MaintenanceReport>,
    /// All SLIs, by name.
    pub slis: Vec<SliReport>,
    /// All features, by name: what SLOs are together.
    pub features: Vec<FeatureReport>,
    /// What acts on it: policies, switches, approvals.
    pub response: ResponseReport,
    /// The documents that say what is promised, if there are any.
    pub documents: Option<DocumentsReport>,
    /// Whether budgets outlive this process; `None` where nobody asked for it.
    pub store: Option<StoreReport>,
    /// How the whole fleet does, as its engine says; `None` where nobody asked for it.
    pub fleet: Option<FleetReport>,
    /// The latest events, oldest first.
    pub events: Vec<Event>,
}

/// What is known about one SLI, counted since the engine began.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SliReport {
    /// What it declares.
    pub spec: SliSpec,
    /// Since when it is counted: at that instant all its counts were zero.
    pub since: Timestamp,
    /// Its counts.
    pub counts: Counts,
    /// Calls that have begun and not ended. Never less than there are.
    pub in_flight: u64,
    /// Since when calls start and none ends, if that is so.
    pub stalled_since: Option<Timestamp>,
    /// How long the good and bad calls took.
    pub latency: LatencyReport,
    /// The latest failures, latest first.
    pub failures: Vec<FailureReport>,
    /// The counts of each value of its label, most valid events first.
    pub labels: Vec<(&'static str, Counts)>,
    /// Its objectives.
    pub slos: Vec<SloReport>,
}

/// Events by outcome, each counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls that began.
    pub started: u64,
    /// Good.
    pub good: u64,
    /// Bad.
    pub bad: u64,
    /// Ignored.
    pub ignored: u64,
    /// Refused on purpose.
    pub shed: u64,
    /// Dropped when the caller's patience was over: bad for availability.
    pub cancelled_bad: u64,
    /// Dropped before: ignored.
    pub cancelled_ignored: u64,
    /// Answered by something cheaper than what was asked for: a mark beside the outcome, in no denominator.
    pub degraded: u64,
}

impl Counts {
    /// Each class by the name that it has as a label of exported series.
    pub fn by_outcome(&self) -> [(&'static str, u64); 6] {
        [
            ("good", self.good),
            ("bad", self.bad),
            ("ignored", self.ignored),
            ("cancelled_bad", self.cancelled_bad),
            ("cancelled_ignored", self.cancelled_ignored),
            ("shed", self.shed),
        ]
    }

    /// Dropped before they finished.
    pub fn cancelled(&self) -> u64 {
        self.cancelled_bad + self.cancelled_ignored
    }

    /// Events that people see as bad: bad, shed, and dropped when patience was over.
    pub fn seen_bad(&self) -> u64 {
        self.bad + self.shed + self.cancelled_bad
    }

    /// Events with a verdict.
    pub fn valid(&self) -> u64 {
        self.good + self.seen_bad()
    }
}

/// Durations of good and bad calls.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct LatencyReport {
    /// Calls whose duration was taken.
    pub count: u64,
    /// The sum of their durations in seconds.
    pub sum_seconds: f64,
    /// Half of the calls took at most this; the upper bound of its bucket, so at most 12.5 % too much.
    pub p50: Option<Duration>,
    /// The same for 90 %.
    pub p90: Option<Duration>,
    /// The same for 99 %.
    pub p99: Option<Duration>,
    /// The same for 99.9 %.
    pub p999: Option<Duration>,
    /// Calls that took at most so long, cumulative: each power of two of nanoseconds from 2¹⁰ to 2³⁶, and the thresholds.
    pub buckets: Vec<(Duration, u64)>,
    /// The same at every bound that is counted at: eight in each power of two, and the thresholds. What is missing to
    /// [`count`](Self::count) took longer than the last.
    pub cells: Vec<(Duration, u64)>,
}

/// One remembered failure.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FailureReport {
    /// When, by the wall clock.
    pub at: Timestamp,
    /// What kind.
    pub kind: FailureKind,
    /// How long the call had taken.
    pub elapsed: Option<Duration>,
    /// The trace it happened in.
    pub trace: Option<TraceRef>,
    /// The error's text, redacted and cut, if texts are taken.
    pub text: Option<String>,
}

/// Documents that the service is judged by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DocumentsReport {
    /// The file or folder.
    pub source: String,
    /// How many are in force.
    pub documents: usize,
    /// How many times they have been taken in: once at the start.
    pub loaded: u64,
    /// The warnings about those in force, each with its place.
    pub warnings: Vec<String>,
    /// The errors of those that lie there and are not used, each with its place; empty where what lies there is in force.
    pub refused: Vec<String>,
    /// What takes force at the next start only.
    pub later: Option<String>,
}

/// Planned time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MaintenanceReport {
    /// What was declared.
    pub planned: Maintenance,
    /// Whether it is now.
    pub is_now: bool,
}

impl From<&super::tick::Planned> for MaintenanceReport {
    fn from(planned: &super::tick::Planned) -> Self {
        Self { planned: planned.what.clone(), is_now: planned.is_now }
    }
}

/// One objective, judged.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SloReport {
    /// `<sli>-availability` or `<sli>-latency-<threshold>`.
    pub name: String,
    /// What counts as good.
    pub kind: SloKind,
    /// The share of valid events that must be good.
    pub objective: crate::Objective,
    /// The period of the budget.
    pub window: crate::Window,
    /// How the budget is counted.
    pub method: Method,
    /// How often what is counted as good was defined: 1 unless it changed while the service ran.
    pub generation: u32,
    /// When the period began.
    pub period_begins: Timestamp,
    /// Good events in the period.
    pub good: u64,
    /// Bad events in the period, shed ones included.
    pub bad: u64,
    /// Good and bad events that were judged since the counts began, planned time that is not charged left out: what the pairs
    /// of windows see, as numbers that only grow.
    pub judged: Tally,
    /// Refused on purpose since the engine began: within `bad`, as far as they fall into the period.
    pub shed: u64,
    /// Good events by valid ones in the period; `None` without events.
    pub ratio: Option<f64>,
    /// The same since the engine began without the refused ones: what a trigger that could cause refusals may look at.
    pub ratio_without_shed: Option<f64>,
    /// The share of the budget that is left: 1 is all of it, negative is overspent.
    pub budget_remaining: f64,
    /// The same with only the slices that have events for a denominator; `None` unless slices are judged by verdict.
    pub budget_measured: Option<f64>,
    /// The share that would be left if maintenance excused nothing; `None` where that is the same.
    pub budget_with_maintenance: Option<f64>,
    /// How many more events (or slices, where those are counted) may fail; negative when too many have.
    pub failures_left: f64,
    /// The burn rate over each window; `None` without events.
    pub burn: Vec<(Duration, Option<f64>)>,
    /// When the budget will be gone.
    pub forecast: Forecast,
    /// What the latest incident cost.
    pub incident: Option<Incident>,
    /// The first minute observed.
    pub since: Timestamp,
    /// The share of the period that was observed. Below 0.9 the budget is a beginning, not a verdict.
    pub coverage: f64,
    /// The pairs that are judged.
    pub alerts: Vec<AlertReport>,
    /// The pairs that are not, each with the reason.
    pub left_out: Vec<(String, &'static str)>,
    /// Since when the fast detector sees more failures than the objective allows, if it does.
    pub detected_since: Option<Timestamp>,
}

/// One pair of windows.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AlertReport {
    /// As `1h/5m`.
    pub rule: String,
    /// Whether it pages or files a ticket.
    pub severity: Severity,
    /// The burn rate above which it fires.
    pub factor: f64,
    /// What was last decided.
    pub state: crate::slo::AlertState,
    /// Since when that is kept for want of data.
    pub held_since: Option<Timestamp>,
    /// What it must be able to prove at low traffic; `None` for a ticket and where no guard is asked for.
    pub guard: Option<GuardReport>,
}

/// The low-traffic guard of a page.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct GuardReport {
    /// How likely so many failures may be by chance at a burn of the factor, at a single look.
    pub alpha: f64,
    /// How many failures there must be.
    pub floor: u64,
    /// How many there must be at the traffic of the long window; `None` if all of its events would not be enough.
    pub needed: Option<u64>,
    /// How much later a total outage pages than by the plain ratio, at that traffic.
    pub delay: Option<Duration>,
    /// Whether it is all that keeps this page from firing now.
    pub held_back: bool,
}

impl Report {
    /// The SLI of this name.
    pub fn sli(&self, name: &str) -> Option<&SliReport> {
        self.slis.iter().find(|sli| sli.spec.name == name)
    }

    /// The SLO of this name.
    pub fn slo(&self, name: &str) -> Option<&SloReport> {
        self.slis.iter().flat_map(|sli| &sli.slos).find(|slo| slo.name == name)
    }

    /// The feature of this name.
    pub fn feature(&self, name: &str) -> Option<&FeatureReport> {
        self.features.iter().find(|feature| feature.name == name)
    }
}

impl SloReport {
    /// How it stands, in one word.
    pub fn standing(&self) -> Standing {
        words::standing(self)
    }

    /// Why it stands so, in one sentence with numbers: "1.9 % of checkout requests failed in the last hour, 19 times what
    /// the objective allows; 4.1 days of budget left."
    pub fn reason(&self) -> String {
        words::reason(self)
    }

    /// Whether a pair of this severity is firing.
    pub fn is_firing(&self, severity: Severity) -> bool {
        self.alerts
            .iter()
            .any(|alert| alert.severity == severity && matches!(alert.state, crate::slo::AlertState::Firing { .. }))
    }
}
