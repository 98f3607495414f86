//! One step of judgement: counts and a reading of the clocks in, events out.
//!
//! [`Engine::tick`] reads no clock and no meter. The same readings and counts give the same events, so a recorded run can be
//! replayed, and a month be judged in seconds. It allocates only for events.

use std::time::Duration;

use super::event::{Event, EventKind};
use super::features::{Features, Prepared};
use super::judged::{Judged, Look, Slo};
use super::keeping::Unclaimed;
use super::snapshot::Snapshot;
use crate::clock::{Reading, Timestamp};
use crate::sli::record::meter::Totals;
use crate::slo::composite::FeatureError;
use crate::slo::{Line, Maintenance, Observed, Terms, ZoneError};
use crate::spec::SliSpec;

/// For how long planned time is remembered after its end: the longest period and a day.
const REMEMBERED: Duration = Duration::from_secs(94 * 86_400);

/// The counts of one SLI since the engine began, and what its dropped calls are worth.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reads {
    pub(crate) totals: Totals,
    /// Dropped calls that are bad for availability, then for each latency objective, thresholds ascending.
    pub(crate) cancelled_bad: [u64; crate::spec::MAX_LATENCIES + 1],
}

/// What the service wants of the terms that an SLO of this name begins with.
pub(crate) type Stipulation = dyn Fn(&str, Terms) -> Terms + Send + Sync;

/// The judge of one service.
pub(crate) struct Engine {
    began: Timestamp,
    line: Line,
    observed: Observed,
    /// All that was ever jumped over, so that each SLI can be told of what it has missed.
    jumped: Duration,
    slis: Vec<Judged>,
    /// Up to when an earlier process had come, if this one goes on from there.
    adopted: Option<Timestamp>,
    /// What an earlier process knew of SLOs that this one does not have, or not yet.
    unclaimed: Unclaimed,
    stipulation: Box<Stipulation>,
    maintenance: Vec<Planned>,
    features: Features,
}

/// Planned time, and whether it was on at the last tick.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) what: Maintenance,
    pub(crate) is_now: bool,
}

impl Engine {
    pub(crate) fn new(now: Reading, stipulation: Box<Stipulation>) -> Self {
        Self {
            began: now.wall,
            line: Line::start(now),
            observed: Observed::new(now.wall),
            jumped: Duration::ZERO,
            slis: Vec::new(),
            adopted: None,
            unclaimed: Unclaimed::default(),
            stipulation,
            maintenance: Vec::new(),
            features: Features::default(),
        }
    }

    /// Takes in an SLI. Its counts are those of the same place in `tick`'s argument.
    ///
    /// # Errors
    /// If its window names a time zone that is not known.
    pub(crate) fn add(&mut self, spec: SliSpec) -> Result<(), ZoneError> {
        let mut judged = Judged::new(spec, &*self.stipulation, self.line.now(), self.jumped)?;
        self.unclaimed.claim(&mut judged, self.line.now())?;
        self.slis.push(judged);
        Ok(())
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.line.now()
    }

    pub(crate) fn began(&self) -> Timestamp {
        self.began
    }

    /// Up to when an earlier process had come, if this one goes on from there.
    pub(crate) fn adopted(&self) -> Option<Timestamp> {
        self.adopted
    }

    /// A number that grows from one process of an instance to the next: also where the clock went back, if there is a store.
    pub(crate) fn incarnation(&self) -> u64 {
        let began = self.adopted.map_or(self.began, |until| self.began.max(until));
        u64::try_from(began.unix_nanos()).unwrap_or(0)
    }

    pub(crate) fn observed(&self) -> &Observed {
        &self.observed
    }

    pub(crate) fn slis(&self) -> &[Judged] {
        &self.slis
    }

    pub(crate) fn slos(&self) -> impl Iterator<Item = &Slo> {
        self.slis.iter().flat_map(|sli| &sli.slos)
    }

    /// The SLO of this name, and the SLI that it belongs to.
    pub(crate) fn slo_mut(&mut self, name: &str) -> Option<(&'static str, &mut Slo)> {
        self.slis.iter_mut().find_map(|sli| {
            let slo = sli.slos.iter_mut().find(|slo| slo.name == name)?;
            Some((sli.spec.name, slo))
        })
    }

    /// Lets an SLI go that is at this place.
    pub(super) fn remove(&mut self, place: usize) {
        self.slis.remove(place);
    }

    pub(super) fn features(&self) -> &Features {
        &self.features
    }

    pub(super) fn features_mut(&mut self) -> &mut Features {
        &mut self.features
    }

    /// Takes a set of features into use.
    ///
    /// # Errors
    /// If a window names a time zone that is not known; then the one before stays.
    pub(super) fn replace_features(&mut self, prepared: Prepared) -> Result<(), FeatureError> {
        self.features.replace(prepared, &self.slis, self.line.now(), self.jumped)
    }

    /// Judges the features, after all SLIs. True if journeys must be told anew what they need.
    pub(super) fn judge_features(&mut self, events: &mut Vec<Event>) -> bool {
        let at = self.line.now();
        self.features.judge(&self.slis, at, self.jumped, |kind| events.push(Event { at, kind }))
    }

    /// All that the line ever skipped.
    pub(super) fn jumped(&self) -> Duration {
        self.jumped
    }

    /// Goes on where an earlier process, or another one of this service, had come to. What was counted since this one began is added.
    ///
    /// # Errors
    /// If a window names a time zone that is not known: then the SLOs from there on begin anew.
    pub(super) fn adopt(&mut self, kept: Snapshot) -> Result<(), ZoneError> {
        self.jumped += self.line.skip_to(kept.at);
        self.observed.follow(kept.observed.begins, &kept.observed.gaps, kept.at);
        self.adopted = self.adopted.max(Some(kept.at));
        self.unclaimed = Unclaimed::new(kept, self.began);
        let now = self.line.now();
        self.slis.iter_mut().try_for_each(|sli| self.unclaimed.claim(sli, now))
    }

    /// What was adopted is nothing that the store holds.
    pub(super) fn is_news(&mut self) {
        self.slis.iter_mut().flat_map(|sli| &mut sli.slos).for_each(Slo::is_news);
    }

    pub(crate) fn maintenance(&self) -> &[Planned] {
        &self.maintenance
    }

    /// Declares planned time, which replaces any of the same name.
    pub(crate) fn plan(&mut self, planned: Maintenance) {
        let is_now = self.maintenance.iter().any(|other| other.what.name == planned.name && other.is_now);
        self.maintenance.retain(|other| other.what.name != planned.name);
        self.maintenance.push(Planned { what: planned, is_now });
        self.maintenance.sort_by_key(|planned| planned.what.from);
    }

    /// Planned time of this name is no longer planned; what it has excused stays excused.
    pub(crate) fn forget(&mut self, planned: &str) {
        self.maintenance.retain(|known| known.what.name != planned);
    }

    /// Judges. `reads` has one entry for each SLI; `which` says whether the SLI of a place has news and must be judged now.
    pub(crate) fn tick(&mut self, now: Reading, reads: &[Reads], which: impl Fn(usize) -> bool) -> Vec<Event> {
        let step = self.line.advance(now);
        let at = step.now;
        let mut events = Vec::new();
        self.jumped += step.jumped;
        if let Some((from, to)) = step.gap {
            self.observed.gap(from, to);
            events.push(Event { at, kind: EventKind::Gap { from, to, jumped: step.jumped } });
        }
        for planned in &mut self.maintenance {
            events.extend(planned.turn(at).map(|kind| Event { at, kind }));
        }
        self.maintenance.retain(|planned| at < planned.what.to + REMEMBERED);
        let (jumped, sight) = (self.jumped, self.observed.sight(at, true));
        let look = Look { at, jumped, sight, maintenance: &self.maintenance };
        for (place, (sli, reads)) in self.slis.iter_mut().zip(reads).enumerate() {
            if which(place) {
                sli.judge(&look, reads, |kind| events.push(Event { at, kind }));
            }
        }
        events
    }
}

impl Planned {
    /// Tells whether it began or ended since the last tick.
    fn turn(&mut self, at: Timestamp) -> Option<EventKind> {
        let (Maintenance { name, to, charged, .. }, begins) = (&self.what, self.what.is_at(at));
        if std::mem::replace(&mut self.is_now, begins) == begins {
            return None;
        }
        Some(EventKind::Maintenance { name: name.clone(), begins, to: *to, charged: *charged })
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("began", &self.began).field("slis", &self.slis.len()).finish_non_exhaustive()
    }
}
