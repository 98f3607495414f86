//! One step of judgement: counts and a reading of the clocks in, events out.
//!
//! [`Engine::tick`] reads no clock and no meter. The same readings and counts give the same events, so a recorded run can be
//! replayed, and a month be judged in seconds. It allocates only for events.

use std::time::Duration;

use super::event::{Event, EventKind};
use crate::clock::{Reading, Timestamp};
use crate::sli::record::meter::Totals;
use crate::slo::{AlertState, Line, Observed, Resolution, Rules, SloState, Tally, Transition, rules_for};
use crate::spec::SliSpec;

use super::report::SloKind;

/// None ended for so long, beyond the patience: then calls do not just take their time.
const STALL_GRACE: Duration = Duration::from_secs(5);

/// The counts of one SLI since the engine began, and what its dropped calls are worth.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reads {
    pub(crate) totals: Totals,
    /// Dropped calls that are bad for availability, then for each latency objective, thresholds ascending.
    pub(crate) cancelled_bad: [u64; crate::spec::MAX_LATENCIES + 1],
}

/// The judge of one service.
#[derive(Debug)]
pub(crate) struct Engine {
    began: Timestamp,
    line: Line,
    observed: Observed,
    /// All that was ever jumped over, so that each SLI can be told of what it has missed.
    jumped: Duration,
    slis: Vec<Judged>,
    resolution: Resolution,
}

/// One SLI and its SLOs.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) spec: SliSpec,
    pub(crate) slos: Vec<Slo>,
    pub(crate) reads: Reads,
    pub(crate) since: Timestamp,
    jumped: Duration,
    /// When calls last ended or none was in flight.
    moved: Timestamp,
    ended: u64,
    pub(crate) stalled: bool,
}

/// One SLO.
#[derive(Debug)]
pub(crate) struct Slo {
    pub(crate) name: String,
    pub(crate) kind: SloKind,
    pub(crate) state: SloState,
    pub(crate) rules: Rules,
    /// For a latency objective its place among the thresholds, ascending.
    place: usize,
    spent: bool,
}

impl Engine {
    pub(crate) fn new(now: Reading, resolution: Resolution) -> Self {
        Self {
            began: now.wall,
            line: Line::start(now),
            observed: Observed::new(now.wall),
            jumped: Duration::ZERO,
            slis: Vec::new(),
            resolution,
        }
    }

    /// Takes in an SLI. Its counts are those of the same place in `tick`'s argument.
    pub(crate) fn add(&mut self, spec: SliSpec) {
        let now = self.line.now();
        let slo = |kind: SloKind, objective, place| Slo {
            name: kind.slo_name(spec.name),
            kind,
            state: SloState::new(objective, spec.window, self.resolution, now),
            rules: rules_for(objective, spec.window),
            place,
            spent: false,
        };
        let mut latencies: Vec<_> = spec.latencies().collect();
        latencies.sort_unstable_by_key(|latency| latency.threshold());
        let availability = spec.objective.map(|objective| slo(SloKind::Availability, objective, 0));
        let latencies = latencies
            .into_iter()
            .enumerate()
            .map(|(place, latency)| slo(SloKind::Latency(latency.threshold()), latency.objective(), place));
        self.slis.push(Judged {
            spec,
            slos: availability.into_iter().chain(latencies).collect(),
            reads: Reads::default(),
            since: now,
            jumped: self.jumped,
            moved: now,
            ended: 0,
            stalled: false,
        });
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.line.now()
    }

    pub(crate) fn began(&self) -> Timestamp {
        self.began
    }

    pub(crate) fn observed(&self) -> &Observed {
        &self.observed
    }

    pub(crate) fn slis(&self) -> &[Judged] {
        &self.slis
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
        let sight = self.observed.sight(at, true);
        for (place, (sli, reads)) in self.slis.iter_mut().zip(reads).enumerate() {
            if !which(place) {
                continue;
            }
            sli.reads = *reads;
            let missed = self.jumped.saturating_sub(std::mem::replace(&mut sli.jumped, self.jumped));
            for slo in &mut sli.slos {
                slo.state.advance(at, slo.tally(reads), missed);
                for transition in slo.state.evaluate(&sight) {
                    events.push(Event { at, kind: slo.alert(sli.spec.name, &transition) });
                }
                let budget = slo.state.budget();
                if budget.is_spent() != slo.spent {
                    slo.spent = !slo.spent;
                    let kind = EventKind::Budget {
                        sli: sli.spec.name,
                        slo: slo.name.clone(),
                        spent: slo.spent,
                        remaining: budget.remaining(),
                    };
                    events.push(Event { at, kind });
                }
            }
            events.extend(sli.watch_for_stall(at).map(|kind| Event { at, kind }));
        }
        events
    }
}

impl Judged {
    pub(crate) fn in_flight(&self) -> u64 {
        self.reads.totals.started.saturating_sub(self.reads.totals.ended())
    }

    /// Since when calls start and none ends.
    pub(crate) fn stalled_since(&self) -> Option<Timestamp> {
        self.stalled.then_some(self.moved)
    }

    /// A service whose calls hang has no failures to show: it must not look like a quiet one.
    fn watch_for_stall(&mut self, at: Timestamp) -> Option<EventKind> {
        let (ended, in_flight) = (self.reads.totals.ended(), self.in_flight());
        if ended != self.ended || in_flight == 0 {
            self.ended = ended;
            self.moved = at;
        }
        let quiet = at.since(self.moved);
        let stalled = in_flight > 0 && quiet > self.spec.patience() + STALL_GRACE;
        if stalled == self.stalled {
            return None;
        }
        self.stalled = stalled;
        Some(EventKind::Stalled { sli: self.spec.name, stalled, in_flight, quiet })
    }
}

impl Slo {
    /// Good and bad for this objective. Refused calls are bad in what people see.
    pub(crate) fn tally(&self, reads: &Reads) -> Tally {
        let totals = &reads.totals;
        match self.kind {
            SloKind::Availability => {
                Tally { good: totals.good, bad: totals.bad + totals.shed + reads.cancelled_bad[0] }
            }
            SloKind::Latency(_) => {
                let good = totals.good_within[self.place];
                let slow = totals.good - totals.good_untimed - good;
                Tally { good, bad: slow + totals.bad + totals.shed + reads.cancelled_bad[self.place + 1] }
            }
        }
    }

    fn alert(&self, sli: &'static str, transition: &Transition) -> EventKind {
        EventKind::Alert {
            sli,
            slo: self.name.clone(),
            rule: transition.rule.to_string(),
            severity: transition.rule.severity,
            firing: matches!(transition.to, AlertState::Firing { .. }),
            factor: transition.rule.factor.as_f64(),
            burn_long: transition.burn_long.map(crate::slo::BurnRate::as_f64),
            burn_short: transition.burn_short.map(crate::slo::BurnRate::as_f64),
            budget_remaining: self.state.budget().remaining(),
        }
    }
}
