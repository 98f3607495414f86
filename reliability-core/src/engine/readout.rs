//! From what the engine knows to what people read: the parts of a [`Report`](super::report::Report).

use std::time::Duration;

use super::driver::Source;
use super::judged::{Judged, Slo};
use super::report::{AlertReport, Counts, FailureReport, GuardReport, LatencyReport, Report, SliReport, SloReport};
use crate::sli::record::buckets::{self, UNTIMED};
use crate::sli::record::meter::Totals;
use crate::slo::{Alert, BurnRate, BurnRule, ErrorBudget, Observed, Severity, SloState, Tally, WINDOWS, rules_by};

/// How much of an error's text is shown, in bytes.
const SHOWN_TEXT: usize = 160;

impl Source {
    fn counts(&self, totals: &Totals) -> Counts {
        let cancelled_bad = self.meter.cancelled_bad(totals, None);
        Counts {
            started: totals.started,
            good: totals.good,
            bad: totals.bad,
            ignored: totals.ignored,
            shed: totals.shed,
            cancelled_bad,
            cancelled_ignored: totals.cancelled.iter().sum::<u64>() - cancelled_bad,
            degraded: totals.degraded,
        }
    }

    fn labels(&self) -> Vec<(&'static str, Counts)> {
        let before = |value| self.before.labels.iter().find(|(other, _)| *other == value);
        let mut labels: Vec<_> = self
            .meter
            .by_label()
            .into_iter()
            .map(|(value, totals)| {
                let since = before(value).map_or(totals, |(_, before)| totals.map2(before, u64::wrapping_sub));
                (value, self.counts(&since))
            })
            .collect();
        labels.sort_by_key(|(value, counts)| (std::cmp::Reverse(counts.valid()), *value));
        labels
    }

    /// How many calls were in each cell of durations since the engine began.
    fn timed_cells(&self) -> Vec<u64> {
        let (mut good, mut bad) = self.meter.read_cells();
        if let Some(before) = &self.before.cells {
            good.iter_mut().zip(before.0).for_each(|(now, before)| *now -= before);
            bad.iter_mut().zip(before.1).for_each(|(now, before)| *now -= before);
        }
        good.iter().zip(bad).take(UNTIMED).map(|(good, bad)| good + bad).collect()
    }

    /// How many calls were in each cell of durations, and the cells' upper bounds in nanoseconds; the last has none.
    pub(super) fn durations(&self) -> (Vec<u64>, Vec<u64>) {
        (self.timed_cells(), buckets::upper_bounds(self.meter.thresholds()))
    }

    fn latency(&self, totals: &Totals) -> LatencyReport {
        let cells = self.timed_cells();
        let bounds = buckets::upper_bounds(self.meter.thresholds());
        let count: u64 = cells.iter().sum();
        let cumulative: Vec<u64> = cells
            .iter()
            .scan(0, |sum, cell| {
                *sum += cell;
                Some(*sum)
            })
            .collect();
        let percentile = |per_mille: u64| {
            let rank = (count * per_mille).div_ceil(1000);
            let cell = cumulative.iter().position(|upto| *upto >= rank && count > 0)?;
            // the last cell has no bound: all that is known is that it was longer than the one before
            Some(Duration::from_nanos(*bounds.get(cell).or(bounds.last())?))
        };
        let is_threshold = |bound: u64| self.meter.thresholds().contains(&(bound as f64));
        let at_bounds = bounds.iter().zip(&cumulative).map(|(bound, upto)| (Duration::from_nanos(*bound), *upto));
        // a threshold that is a bucket's bound too stands there twice, with nothing in between
        let mut cells: Vec<_> = at_bounds.collect();
        cells.dedup();
        let goes_out = |bound: &Duration| {
            let bound = bound.as_nanos() as u64;
            bound.is_power_of_two() || is_threshold(bound)
        };
        LatencyReport {
            count,
            sum_seconds: totals.nanos as f64 / 1e9,
            p50: percentile(500),
            p90: percentile(900),
            p99: percentile(990),
            p999: percentile(999),
            buckets: cells.iter().copied().filter(|(bound, _)| goes_out(bound)).collect(),
            cells,
        }
    }

    fn failures(&self) -> Vec<FailureReport> {
        let latest = self.meter.failures.latest().into_iter();
        latest
            .map(|(failure, text)| FailureReport {
                at: failure.at,
                kind: failure.kind,
                elapsed: failure.elapsed_nanos.map(|nanos| Duration::from_nanos(nanos as u64)),
                trace: failure.trace,
                text: text.map(|text| text.as_str().to_owned()).filter(|text| !text.is_empty()),
            })
            .collect()
    }
}

/// Makes of an error's text what may be shown.
pub(crate) type Redaction = dyn Fn(&str) -> String + Send + Sync;

/// Redacts the texts of errors; without a redaction none is shown. Foreign code: never run under a lock, and where it panics
/// nothing is shown, for nobody knows what it would have removed.
pub(super) fn redact(report: &mut Report, redaction: Option<&Redaction>) {
    for failure in report.slis.iter_mut().flat_map(|sli| &mut sli.failures) {
        failure.text = failure.text.take().zip(redaction).and_then(|(text, redact)| {
            let mut shown = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| redact(&text))).ok()?;
            shown.truncate(shown.floor_char_boundary(SHOWN_TEXT));
            Some(shown)
        });
    }
}

/// All that is known about one SLI.
pub(super) fn sli_report(sli: &Judged, source: &Source, observed: &Observed) -> SliReport {
    SliReport {
        spec: sli.spec,
        since: sli.since,
        counts: source.counts(&sli.reads.totals),
        in_flight: sli.in_flight(),
        stalled_since: sli.stalled_since(),
        latency: source.latency(&sli.reads.totals),
        failures: source.failures(),
        labels: source.labels(),
        slos: sli.slos.iter().map(|slo| slo_report(slo, sli, observed)).collect(),
    }
}

fn slo_report(slo: &Slo, sli: &Judged, observed: &Observed) -> SloReport {
    let (state, terms) = (&slo.state, slo.state.terms());
    let figures = state.figures(observed);
    let counts = figures.counts;
    let counted = slo.tally(&sli.reads);
    let served = Tally { bad: counted.bad - sli.reads.totals.shed, ..counted };
    let ratio = |tally: Tally| (tally.valid() > 0).then(|| tally.good as f64 / tally.valid() as f64);
    let left_out = rules_by(terms.policy, terms.objective, terms.window).left_out;
    SloReport {
        name: slo.name.clone(),
        kind: slo.kind,
        objective: terms.objective,
        window: terms.window,
        method: terms.method,
        generation: state.generation(),
        period_begins: figures.period_begins,
        good: counts.good,
        bad: counts.bad,
        judged: slo.judged(),
        shed: sli.reads.totals.shed,
        ratio: ratio(counts),
        ratio_without_shed: ratio(served),
        budget_remaining: figures.budget.remaining(),
        budget_measured: figures.measured.map(ErrorBudget::remaining),
        budget_with_maintenance: slo.budget_with_maintenance().map(ErrorBudget::remaining),
        failures_left: figures.budget.failures_left(),
        burn: WINDOWS.into_iter().zip(figures.burn.map(|burn| burn.map(BurnRate::as_f64))).collect(),
        forecast: state.forecast(),
        incident: state.incident(),
        since: figures.since,
        coverage: figures.coverage.as_f64(),
        alerts: state.alerts().map(|(rule, alert)| alert_report(state, rule, alert)).collect(),
        left_out: left_out.iter().map(|(rule, reason)| (rule.to_string(), *reason)).collect(),
        detected_since: slo.detected_since(),
    }
}

fn alert_report(state: &SloState, rule: &BurnRule, alert: &Alert) -> AlertReport {
    let guard = state.terms().guard.filter(|_| rule.severity == Severity::Page).map(|guard| {
        let (needed, delay) = state.guard_cost(rule);
        GuardReport { alpha: guard.alpha(), floor: guard.floor(), needed, delay, held_back: alert.is_held_back() }
    });
    AlertReport {
        rule: rule.to_string(),
        severity: rule.severity,
        factor: rule.factor.as_f64(),
        state: alert.state(),
        held_since: alert.held_since(),
        guard,
    }
}
