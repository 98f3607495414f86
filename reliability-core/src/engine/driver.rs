//! Between the meters and the judge: reads counts, keeps them relative to the engine's start, and writes reports.

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::event::{Event, EventKind};
use super::identity::Identity;
use super::report::{AlertReport, Counts, FailureReport, LatencyReport, Report, SliReport, SloReport};
use super::tick::{Engine, Judged, Reads, Slo};
use crate::clock::{Reading, Timestamp};
use crate::sli::record::buckets::{self, CELLS, UNTIMED};
use crate::sli::record::meter::{Meter, Totals};
use crate::slo::{Observed, Resolution, Tally, WINDOWS};
use crate::spec::Timing;
use crate::sync::Arc;

/// How many events a report holds.
const REMEMBERED_EVENTS: usize = 256;

/// How many engines there were in this process.
static EARS: AtomicU32 = AtomicU32::new(0);

/// Makes of an error's text what may be shown.
pub(crate) type Redaction = dyn Fn(&str) -> String + Send + Sync;

/// How much of an error's text is shown, in bytes.
const SHOWN_TEXT: usize = 160;

pub(crate) struct Driver {
    engine: Engine,
    identity: Identity,
    sources: Vec<Source>,
    names: HashSet<&'static str>,
    /// The bit of a meter's mark that is this engine's to take.
    ear: u32,
    reads: Vec<Reads>,
    recent: VecDeque<Event>,
    redact: Option<Box<Redaction>>,
    /// Starts of calls with `timing = "coarse"` as of the last tick, to see how fast they come.
    coarse_started: u64,
}

/// A meter and what it had counted before this engine looked.
struct Source {
    meter: Arc<Meter>,
    before: Before,
}

/// Counts that are somebody else's.
#[derive(Default)]
pub(crate) struct Before {
    totals: Totals,
    cells: Option<Box<Cells>>,
    labels: Vec<(&'static str, Totals)>,
}

type Cells = ([u64; CELLS], [u64; CELLS]);

impl Before {
    /// Everything that was counted until now.
    pub(crate) fn of(meter: &Meter) -> Self {
        let totals = meter.read();
        let counted = totals != Totals::default();
        Self { totals, cells: counted.then(|| Box::new(meter.read_cells())), labels: meter.by_label() }
    }
}

impl Driver {
    pub(crate) fn new(
        identity: Identity,
        now: Reading,
        resolution: Resolution,
        redact: Option<Box<Redaction>>,
    ) -> Self {
        Self {
            engine: Engine::new(now, resolution),
            identity,
            sources: Vec::new(),
            names: HashSet::new(),
            // a 33rd engine shares a bit with the first: one of the two then hears at its next tick
            ear: 1_u32.rotate_left(EARS.fetch_add(1, Ordering::Relaxed)),
            reads: Vec::new(),
            recent: VecDeque::new(),
            redact,
            coarse_started: 0,
        }
    }

    /// Takes in an SLI, whose counts `before` are not ours. `false` if one of that name is there already.
    pub(crate) fn add(&mut self, meter: Arc<Meter>, before: Before) -> bool {
        if !self.names.insert(meter.spec().name) {
            return false;
        }
        self.engine.add(*meter.spec());
        if self.redact.is_some() {
            meter.failures.want_texts();
        }
        self.sources.push(Source { meter, before });
        self.reads.push(Reads::default());
        true
    }

    pub(crate) fn started(&mut self) -> Event {
        let slos = self.engine.slis().iter().map(|sli| sli.slos.len()).sum();
        self.note(EventKind::Started { slis: self.sources.len(), slos })
    }

    pub(crate) fn stopped(&mut self) -> Event {
        self.note(EventKind::Stopped)
    }

    fn note(&mut self, kind: EventKind) -> Event {
        let event = Event { at: self.engine.now(), kind };
        self.remember(std::slice::from_ref(&event));
        event
    }

    /// Reads all meters and judges all SLIs.
    pub(crate) fn tick(&mut self, now: Reading) -> Vec<Event> {
        for (source, reads) in self.sources.iter().zip(&mut self.reads) {
            source.meter.take_dirty(self.ear);
            *reads = source.read();
        }
        let events = self.engine.tick(now, &self.reads, |_| true);
        self.remember(&events);
        events
    }

    /// Reads and judges only the SLIs that have failed since they were last looked at. `None` if there are none.
    pub(crate) fn glance(&mut self, now: Reading) -> Option<Vec<Event>> {
        let mut dirty = Vec::new();
        for (place, source) in self.sources.iter().enumerate() {
            if source.meter.take_dirty(self.ear) {
                self.reads[place] = source.read();
                dirty.push(place);
            }
        }
        if dirty.is_empty() {
            return None;
        }
        let events = self.engine.tick(now, &self.reads, |place| dirty.binary_search(&place).is_ok());
        self.remember(&events);
        Some(events)
    }

    fn remember(&mut self, events: &[Event]) {
        self.recent.extend(events.iter().cloned());
        let surplus = self.recent.len().saturating_sub(REMEMBERED_EVENTS);
        self.recent.drain(..surplus);
    }

    /// How many calls with `timing = "coarse"` began since this was last asked.
    pub(crate) fn coarse_calls(&mut self) -> u64 {
        let coarse = self.engine.slis().iter().filter(|sli| sli.spec.timing == Timing::Coarse);
        let started = coarse.map(|sli| sli.reads.totals.started).sum();
        started - std::mem::replace(&mut self.coarse_started, started)
    }

    /// Reads everything out. The counts of outcomes are those of the last look; durations and labels are read now.
    pub(crate) fn report(&self, loop_age: Duration, dropped_events: u64) -> Report {
        let redact = self.redact.as_deref();
        let observed = self.engine.observed();
        let mut slis: Vec<_> = self
            .engine
            .slis()
            .iter()
            .zip(&self.sources)
            .map(|(sli, source)| sli_report(sli, source, observed, redact))
            .collect();
        slis.sort_by_key(|sli| sli.spec.name);
        Report {
            service: self.identity.clone(),
            time: self.engine.now(),
            since: self.engine.began(),
            enabled: true,
            loop_age,
            dropped_events,
            slis,
            events: self.recent.iter().cloned().collect(),
        }
    }
}

impl Source {
    fn read(&self) -> Reads {
        let totals = self.meter.read().map2(&self.before.totals, u64::wrapping_sub);
        let mut cancelled_bad = [self.meter.cancelled_bad(&totals, None); crate::spec::MAX_LATENCIES + 1];
        for (bad, threshold) in cancelled_bad[1..].iter_mut().zip(self.meter.thresholds()) {
            *bad = self.meter.cancelled_bad(&totals, Some(*threshold));
        }
        Reads { totals, cancelled_bad }
    }

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

    fn latency(&self, totals: &Totals) -> LatencyReport {
        let (mut good, mut bad) = self.meter.read_cells();
        if let Some(before) = &self.before.cells {
            good.iter_mut().zip(before.0).for_each(|(now, before)| *now -= before);
            bad.iter_mut().zip(before.1).for_each(|(now, before)| *now -= before);
        }
        let cells: Vec<u64> = good.iter().zip(bad).take(UNTIMED).map(|(good, bad)| good + bad).collect();
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

    fn failures(&self, redact: Option<&Redaction>) -> Vec<FailureReport> {
        let latest = self.meter.failures.latest().into_iter();
        latest
            .map(|(failure, text)| FailureReport {
                at: failure.at,
                kind: failure.kind,
                elapsed: failure.elapsed_nanos.map(|nanos| Duration::from_nanos(nanos as u64)),
                trace: failure.trace,
                text: redact.zip(text).filter(|(_, text)| !text.as_str().is_empty()).and_then(|(redact, text)| {
                    // foreign code: where it panics nothing is shown, for nobody knows what it would have removed
                    let redacted = std::panic::AssertUnwindSafe(|| redact(text.as_str()));
                    let mut shown = std::panic::catch_unwind(redacted).ok()?;
                    shown.truncate(shown.floor_char_boundary(SHOWN_TEXT));
                    Some(shown)
                }),
            })
            .collect()
    }
}

fn sli_report(sli: &Judged, source: &Source, observed: &Observed, redact: Option<&Redaction>) -> SliReport {
    SliReport {
        spec: sli.spec,
        counts: source.counts(&sli.reads.totals),
        in_flight: sli.in_flight(),
        stalled_since: sli.stalled_since(),
        latency: source.latency(&sli.reads.totals),
        failures: source.failures(redact),
        labels: source.labels(),
        slos: sli.slos.iter().map(|slo| slo_report(slo, sli, observed)).collect(),
    }
}

fn slo_report(slo: &Slo, sli: &Judged, observed: &Observed) -> SloReport {
    let figures = slo.state.figures(observed);
    let counts = figures.counts;
    let served = Tally { bad: slo.tally(&sli.reads).bad - sli.reads.totals.shed, ..slo.tally(&sli.reads) };
    let ratio = |tally: Tally| (tally.valid() > 0).then(|| tally.good as f64 / tally.valid() as f64);
    SloReport {
        name: slo.name.clone(),
        kind: slo.kind,
        objective: slo.state.objective(),
        window: sli.spec.window,
        good: counts.good,
        bad: counts.bad,
        shed: sli.reads.totals.shed,
        ratio: ratio(counts),
        ratio_without_shed: ratio(served),
        budget_remaining: figures.budget.remaining(),
        failures_left: figures.budget.failures_left_f64(),
        burn: WINDOWS
            .iter()
            .zip(figures.burn)
            .map(|(window, burn)| (*window, burn.map(crate::slo::BurnRate::as_f64)))
            .collect(),
        since: sli.since,
        coverage: coverage(sli, figures.now, observed),
        alerts: slo
            .state
            .alerts()
            .map(|(rule, alert)| AlertReport {
                rule: rule.to_string(),
                severity: rule.severity,
                factor: rule.factor.as_f64(),
                state: alert.state(),
                held_since: alert.held_since(),
            })
            .collect(),
        left_out: slo.rules.left_out.iter().map(|(rule, reason)| (rule.to_string(), *reason)).collect(),
    }
}

/// The share of the period that was observed; an SLI that came later was not observed before.
fn coverage(sli: &Judged, now: Timestamp, observed: &Observed) -> f64 {
    let period = sli.spec.window.length();
    let seen = observed.coverage(sli.since.max(now - period), now, false).observed;
    (seen as f64 * 60.0 / period.as_secs_f64()).min(1.0)
}
