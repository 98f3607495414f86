//! Between the meters and the judge: reads counts, keeps them relative to the engine's start, and writes reports.

mod fleet;
mod keep;

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::event::{Event, EventKind};
use super::fleet::FleetReport;
use super::identity::Identity;
use super::keeping::Keeping;
use super::port::{Overview, Responder};
use super::readout::sli_report;
use super::report::{MaintenanceReport, Report};
use super::response::{ActedReport, CompensationAction, ResponseReport};
use super::situation::Situation;
use super::tick::{Engine, Reads, Stipulation};
use crate::clock::Reading;
use crate::sli::record::buckets::CELLS;
use crate::sli::record::meter::{Meter, Totals};
use crate::slo::{Curve, Maintenance, Promise, Terms, ZoneError};
use crate::spec::{SliSpec, Timing};
use crate::sync::Arc;

/// How many events a report holds.
const REMEMBERED_EVENTS: usize = 256;

/// How many engines there were in this process.
static EARS: AtomicU32 = AtomicU32::new(0);

pub(crate) struct Driver {
    pub(super) engine: Engine,
    identity: Identity,
    pub(super) sources: Vec<Source>,
    pub(super) names: HashSet<&'static str>,
    /// Those of the SLIs that count the journeys of features.
    pub(super) journeys: HashSet<&'static str>,
    /// The bit of a meter's mark that is this engine's to take.
    ear: u32,
    pub(super) reads: Vec<Reads>,
    recent: VecDeque<Event>,
    /// How often each thing was done: bounded by the policies and their steps.
    acted: BTreeMap<(String, String, CompensationAction), u64>,
    /// What happened between ticks, to be passed on with the next one.
    pending: Vec<Event>,
    /// Whether the texts of errors are taken.
    texts: bool,
    /// What acts on what is judged.
    responder: Option<Box<dyn Responder>>,
    /// What knows how the fleet does, and what it last told.
    overview: Option<Box<dyn Overview>>,
    fleet: Option<std::sync::Arc<FleetReport>>,
    /// What is told to the store.
    keeping: Option<Keeping>,
    /// Starts of calls with `timing = "coarse"` as of the last tick, to see how fast they come.
    coarse_started: u64,
}

/// A meter and what it had counted before this engine looked.
pub(super) struct Source {
    pub(super) meter: Arc<Meter>,
    pub(super) before: Before,
}

/// Counts that are somebody else's.
#[derive(Default)]
pub(crate) struct Before {
    totals: Totals,
    pub(super) cells: Option<Box<Cells>>,
    pub(super) labels: Vec<(&'static str, Totals)>,
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
    pub(crate) fn new(identity: Identity, now: Reading, stipulation: Box<Stipulation>, texts: bool) -> Self {
        Self {
            engine: Engine::new(now, stipulation),
            identity,
            sources: Vec::new(),
            names: HashSet::new(),
            journeys: HashSet::new(),
            // a 33rd engine shares a bit with the first: one of the two then hears at its next tick
            ear: 1_u32.rotate_left(EARS.fetch_add(1, Ordering::Relaxed)),
            reads: Vec::new(),
            recent: VecDeque::new(),
            acted: BTreeMap::new(),
            pending: Vec::new(),
            texts,
            responder: None,
            overview: None,
            fleet: None,
            keeping: None,
            coarse_started: 0,
        }
    }

    /// Takes in an SLI, whose counts `before` are not ours. `Ok(false)` if one of that name is there already.
    ///
    /// # Errors
    /// If its window names a time zone that is not known.
    pub(crate) fn add(&mut self, meter: Arc<Meter>, before: Before) -> Result<bool, ZoneError> {
        if self.names.contains(meter.spec().name) {
            return Ok(false);
        }
        let spec = *meter.spec();
        self.add_as(meter, before, spec)
    }

    /// The same with other promises than the SLI declares itself.
    ///
    /// # Errors
    /// If the window names a time zone that is not known.
    pub(super) fn add_as(&mut self, meter: Arc<Meter>, before: Before, spec: SliSpec) -> Result<bool, ZoneError> {
        self.engine.add(spec)?;
        self.names.insert(spec.name);
        if self.texts {
            meter.failures.want_texts();
        }
        self.sources.push(Source { meter, before });
        self.reads.push(Reads::default());
        Ok(true)
    }

    /// Lets something act on what is judged.
    pub(crate) fn respond_with(&mut self, responder: Box<dyn Responder>) {
        self.responder = Some(responder);
    }

    /// When somebody wants to be called at the latest, in monotonic time.
    pub(crate) fn next_look(&self) -> Option<Duration> {
        let responder = self.responder.as_ref().and_then(|responder| responder.next_look());
        responder.into_iter().chain(self.keeping.as_ref().map(Keeping::due)).min()
    }

    /// Has the responder revert all that it has engaged.
    pub(crate) fn revert(&mut self, now: Reading) -> Vec<Event> {
        let mut events = Vec::new();
        self.with_responder(now, &mut events, |responder, situation, tell| responder.stop(situation, tell));
        self.remember(&events);
        events
    }

    /// Shows the responder how things stand, and appends what it tells.
    fn with_responder(
        &mut self,
        now: Reading,
        events: &mut Vec<Event>,
        call: impl FnOnce(&mut dyn Responder, &Situation<'_>, &mut dyn FnMut(EventKind)),
    ) {
        let Some(responder) = &mut self.responder else { return };
        let situation = Situation {
            at: self.engine.now(),
            monotonic: now.monotonic,
            slis: self.engine.slis(),
            sources: &self.sources,
            observed: self.engine.observed(),
            fleet: self.fleet.as_deref(),
        };
        let at = situation.at;
        call(&mut **responder, &situation, &mut |kind| events.push(Event { at, kind }));
    }

    pub(crate) fn started(&mut self) -> Event {
        let slos = self.engine.slos().count();
        self.note(EventKind::Started { slis: self.sources.len(), slos })
    }

    pub(crate) fn stopped(&mut self) -> Event {
        self.overview.iter_mut().for_each(|overview| overview.stop());
        self.note(EventKind::Stopped)
    }

    /// An SLI that came while the service ran is not judged.
    pub(crate) fn refused(&mut self, sli: &'static str, reason: String) {
        let event = self.note(EventKind::Refused { sli, reason });
        self.pending.push(event);
    }

    /// Something happened outside the loop.
    pub(crate) fn tell(&mut self, kind: EventKind) {
        let event = self.note(kind);
        self.pending.push(event);
    }

    /// What an SLO is judged by.
    pub(crate) fn terms(&self, slo: &str) -> Option<Terms> {
        self.engine.slos().find(|known| known.name == slo).map(|slo| *slo.state.terms())
    }

    /// What is judged, each SLO by the terms that it is judged by now.
    pub(crate) fn promises(&self) -> Vec<Promise> {
        let slis = self.engine.slis().iter();
        slis.flat_map(|sli| sli.slos.iter().map(|slo| Promise::new(&sli.spec, slo.kind, *slo.state.terms()))).collect()
    }

    /// The names of all SLOs.
    pub(crate) fn slo_names(&self) -> Vec<String> {
        self.engine.slos().map(|slo| slo.name.clone()).collect()
    }

    /// Judges an SLO by other terms from now on. `None` if there is none of that name.
    pub(crate) fn change(&mut self, name: &str, terms: Terms) -> Option<Result<(), ZoneError>> {
        let (sli, slo) = self.engine.slo_mut(name)?;
        if let Err(error) = slo.change(terms) {
            return Some(Err(error));
        }
        let kind = EventKind::Changed {
            sli,
            slo: slo.name.clone(),
            objective: terms.objective,
            window: terms.window,
            method: terms.method,
            generation: slo.state.generation(),
        };
        self.engine.features_mut().mark_stale();
        let event = self.note(kind);
        self.pending.push(event);
        Some(Ok(()))
    }

    /// Declares planned time, which replaces any of the same name.
    pub(crate) fn plan(&mut self, planned: Maintenance) {
        self.engine.plan(planned);
    }

    /// Planned time of this name is no longer planned.
    #[allow(dead_code)] // only the feature `document` asks
    pub(crate) fn forget(&mut self, planned: &str) {
        self.engine.forget(planned);
    }

    /// How each budget was spent over its period, at so many instants.
    pub(crate) fn curves(&self, points: usize) -> Vec<(String, Curve)> {
        let observed = self.engine.observed();
        self.engine.slos().map(|slo| (slo.name.clone(), slo.state.curve(points, observed))).collect()
    }

    fn note(&mut self, kind: EventKind) -> Event {
        let event = Event { at: self.engine.now(), kind };
        self.remember(std::slice::from_ref(&event));
        event
    }

    /// Reads all meters and judges all SLIs. The clock is read after them: what is counted happened before that.
    pub(crate) fn tick(&mut self, now: impl FnOnce() -> Reading) -> Vec<Event> {
        for (source, reads) in self.sources.iter().zip(&mut self.reads) {
            source.meter.take_dirty(self.ear);
            *reads = source.read();
        }
        let now = now();
        let mut judged = self.engine.tick(now, &self.reads, |_| true);
        if self.engine.judge_features(&mut judged) {
            self.engine.features().declare(self.engine.slis(), &self.sources);
        }
        self.oversee(now, &mut judged);
        self.with_responder(now, &mut judged, |responder, situation, tell| responder.respond(situation, tell));
        self.keep(now, &mut judged);
        self.remember(&judged);
        let mut events = std::mem::take(&mut self.pending);
        events.extend(judged);
        events
    }

    /// Reads and judges only the SLIs that have failed since they were last looked at; all of them where the responder has
    /// waited for this moment, since it must see what succeeded too. `None` if there is neither.
    pub(crate) fn glance(&mut self, now: impl Fn() -> Reading) -> Option<Vec<Event>> {
        let due = self.next_look().is_some_and(|due| due <= now().monotonic);
        let mut dirty = Vec::new();
        for (place, source) in self.sources.iter().enumerate() {
            if source.meter.take_dirty(self.ear) || due {
                self.reads[place] = source.read();
                dirty.push(place);
            }
        }
        if dirty.is_empty() && !due {
            return None;
        }
        let now = now();
        let mut events = self.engine.tick(now, &self.reads, |place| dirty.binary_search(&place).is_ok());
        self.with_responder(now, &mut events, |responder, situation, tell| responder.respond(situation, tell));
        self.keep(now, &mut events);
        self.remember(&events);
        Some(events)
    }

    fn remember(&mut self, events: &[Event]) {
        for event in events {
            if let EventKind::Compensation { policy, compensator, action, .. } = &event.kind {
                *self.acted.entry((policy.clone(), compensator.clone(), *action)).or_default() += 1;
            }
        }
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

    /// Reads everything out, the texts of errors as they are. The counts of outcomes are those of the last look; durations and labels are read now.
    pub(crate) fn report(&self, loop_age: Duration, dropped_events: u64) -> Report {
        let observed = self.engine.observed();
        let mut slis: Vec<_> = self
            .engine
            .slis()
            .iter()
            .zip(&self.sources)
            .map(|(sli, source)| sli_report(sli, source, observed))
            .collect();
        slis.sort_by_key(|sli| sli.spec.name);
        Report {
            service: self.identity.clone(),
            time: self.engine.now(),
            since: self.engine.began(),
            enabled: true,
            loop_age,
            dropped_events,
            maintenance: self.engine.maintenance().iter().map(MaintenanceReport::from).collect(),
            slis,
            features: self.engine.features().reports(self.engine.slis(), self.engine.now()),
            response: self.response(),
            documents: None,
            store: self.keeping.as_ref().map(Keeping::report),
            fleet: self.fleet.as_deref().cloned(),
            events: self.recent.iter().cloned().collect(),
        }
    }

    fn response(&self) -> ResponseReport {
        let response = self.responder.as_ref().map(|responder| responder.report()).unwrap_or_default();
        let acted = self.acted.iter().map(|((policy, compensator, action), times)| ActedReport {
            policy: policy.clone(),
            compensator: compensator.clone(),
            action: *action,
            times: *times,
        });
        ResponseReport { acted: acted.collect(), ..response }
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
}
