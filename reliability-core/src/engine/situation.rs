//! What a responder sees: the judged SLIs at one instant, read-only, and never with the refused calls.
//!
//! Whatever acts on a figure that holds its own refusals feeds on itself and never lets go (measured: at the capacity's load
//! such a loop falls to 0.1 % goodput and stays there). So no view here offers one: outcomes, pairs and budgets are those of
//! the calls that were served. What people see keeps the refused ones, in the report.

use std::time::Duration;

use super::driver::Source;
use super::fleet::{FleetReport, FleetSlo};
use super::judged::{Judged, Slo};
use super::report::SloKind;
use crate::clock::Timestamp;
use crate::slo::{AlertState, Evidence, Observed, Severity, SloState, Tally};
use crate::spec::Latency;

/// The judged SLIs at one instant.
pub(crate) struct Situation<'a> {
    /// On the engine's line of time: for what is told and remembered.
    pub(crate) at: Timestamp,
    /// Monotonic time: for whatever waits. No step of the wall clock shortens it.
    pub(crate) monotonic: Duration,
    pub(super) slis: &'a [Judged],
    pub(super) sources: &'a [Source],
    pub(super) observed: &'a Observed,
    /// How the fleet does, where somebody asks.
    pub(super) fleet: Option<&'a FleetReport>,
}

/// One SLI.
#[derive(Clone, Copy)]
pub(crate) struct SliView<'a> {
    judged: &'a Judged,
    source: &'a Source,
    observed: &'a Observed,
    fleet: Option<&'a FleetReport>,
}

/// Calls of an SLI since the engine began, the refused ones left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Served {
    pub(crate) good: u64,
    /// Bad, and dropped when patience was over.
    pub(crate) bad: u64,
}

/// What a fast detector that began later than the engine's knows, for each SLO of an SLI.
#[derive(Clone, Debug, Default)]
pub(crate) struct Anew(Vec<(Evidence, Tally)>);

/// One SLO.
#[derive(Clone, Copy)]
pub(crate) struct SloView<'a> {
    slo: &'a Slo,
    observed: &'a Observed,
    fleet: Option<&'a FleetReport>,
}

impl<'a> Situation<'a> {
    /// The SLI of this name.
    pub(crate) fn sli(&self, name: &str) -> Option<SliView<'a>> {
        self.slis().find(|sli| sli.name() == name)
    }

    /// The SLO of this name.
    pub(crate) fn slo(&self, name: &str) -> Option<SloView<'a>> {
        self.slis().find_map(|sli| sli.slos().find(|slo| slo.name() == name))
    }

    pub(crate) fn slis(&self) -> impl Iterator<Item = SliView<'a>> + use<'a> {
        let (observed, fleet) = (self.observed, self.fleet);
        self.slis.iter().zip(self.sources).map(move |(judged, source)| SliView { judged, source, observed, fleet })
    }
}

impl<'a> SliView<'a> {
    pub(crate) fn name(self) -> &'static str {
        self.judged.spec.name
    }

    pub(crate) fn served(self) -> Served {
        let totals = &self.judged.reads.totals;
        Served { good: totals.good, bad: totals.bad.saturating_add(self.judged.reads.cancelled_bad[0]) }
    }

    /// The same as each latency objective judges them: bad is also what took longer than it allows. With the objective's name and threshold.
    pub(crate) fn served_in_time(self) -> impl Iterator<Item = (&'a str, Duration, Served)> {
        let (judged, reads) = (self.judged, &self.judged.reads);
        judged.slos.iter().filter_map(move |slo| {
            let SloKind::Latency(threshold) = slo.kind else { return None };
            let Tally { good, bad } = slo.tally_served(reads);
            Some((slo.name.as_str(), threshold, Served { good, bad }))
        })
    }

    /// Calls that have ever begun.
    pub(crate) fn started(self) -> u64 {
        self.judged.reads.totals.started
    }

    /// How long its callers wait.
    pub(crate) fn patience(self) -> Duration {
        self.judged.spec.patience()
    }

    /// What the fast detector would know had it begun now.
    pub(crate) fn anew(self) -> Anew {
        let reads = &self.judged.reads;
        Anew(self.judged.slos.iter().map(|slo| (Evidence::default(), slo.tally_served(reads))).collect())
    }

    /// Takes in what was counted since, and says whether that alone is more failures than an objective allows.
    pub(crate) fn is_detected_anew(self, anew: &mut Anew, at: Timestamp) -> bool {
        let reads = &self.judged.reads;
        // objectives never come or go while it is judged
        self.judged.slos.iter().zip(&mut anew.0).fold(false, |detected, (slo, (evidence, counted))| {
            let now = slo.tally_served(reads);
            let news = now.since(std::mem::replace(counted, now));
            slo.observe_anew(evidence, at, news) || detected
        })
    }

    pub(crate) fn in_flight(self) -> u64 {
        self.judged.in_flight()
    }

    /// Whether calls start and none ends.
    pub(crate) fn is_stalled(self) -> bool {
        self.judged.stalled
    }

    /// Its lowest latency threshold, if it declares any.
    pub(crate) fn threshold(self) -> Option<Duration> {
        self.judged.spec.latencies().map(Latency::threshold).min()
    }

    /// The share of its calls that may fail, by the tightest of its objectives.
    pub(crate) fn allowed(self) -> Option<f64> {
        let allowed = self.judged.slos.iter().map(|slo| slo.state.terms().objective.error_ppb()).min()?;
        Some(f64::from(allowed) / 1e9)
    }

    /// The share of its calls that may be bad by the objective of this name.
    pub(crate) fn allowed_by(self, slo: &str) -> Option<f64> {
        let slo = self.judged.slos.iter().find(|known| known.name == slo)?;
        Some(f64::from(slo.state.terms().objective.error_ppb()) / 1e9)
    }

    /// How many calls were in each cell of durations since the engine began, and the cells' upper bounds in nanoseconds; the
    /// last has none.
    pub(crate) fn durations(self) -> (Vec<u64>, Vec<u64>) {
        self.source.durations()
    }

    pub(crate) fn slos(self) -> impl Iterator<Item = SloView<'a>> {
        self.judged.slos.iter().map(move |slo| SloView { slo, observed: self.observed, fleet: self.fleet })
    }

    /// Whether the fast detector sees more failures than one of its objectives allows.
    pub(crate) fn is_detected(self) -> bool {
        self.slos().any(|slo| slo.detected_since().is_some())
    }
}

impl SloView<'_> {
    pub(crate) fn name(&self) -> &str {
        &self.slo.name
    }

    pub(crate) fn detected_since(&self) -> Option<Timestamp> {
        self.slo.detected_since()
    }

    /// Whether a pair of this severity fires on the calls that were served; `None` where it cannot be known: one is held for
    /// want of data, and none fires.
    pub(crate) fn is_firing(&self, severity: Severity) -> Option<bool> {
        let (mut firing, mut held) = (false, false);
        for (_, alert) in self.state().alerts().filter(|(rule, _)| rule.severity == severity) {
            firing |= matches!(alert.state(), AlertState::Firing { .. });
            held |= alert.held_since().is_some();
        }
        if firing { Some(true) } else { (!held).then_some(false) }
    }

    /// What is left of the budget of the calls that were served, and the share of the period that was observed.
    pub(crate) fn budget(&self) -> (f64, f64) {
        let figures = self.state().figures(self.observed);
        (figures.budget.remaining(), figures.coverage.as_f64())
    }

    /// The same by the whole fleet; `None` where that is not known.
    pub(crate) fn is_firing_in_fleet(&self, severity: Severity) -> Option<bool> {
        self.in_fleet()?.served(severity, self.slo.state.terms())
    }

    /// What is left of the fleet's budget; `None` where that is not known without refused calls.
    pub(crate) fn fleet_budget(&self) -> Option<f64> {
        let history = self.slo.state.history();
        let fleet = self.in_fleet()?;
        // as of the process's own: below 90 % of the period it is a beginning and not a verdict
        let watched = history.now().since(fleet.since?);
        (watched.as_nanos() * 10 >= history.period_length().as_nanos() * 9).then(|| fleet.served_budget()).flatten()
    }

    fn in_fleet(&self) -> Option<&FleetSlo> {
        self.fleet?.known(&self.slo.name)
    }

    fn state(&self) -> &SloState {
        self.slo.served_state()
    }
}
