//! One SLI as the engine judges it: its counts, its SLOs, and whether its calls come to an end at all.

mod keep;

use std::time::Duration;

use super::event::EventKind;
use super::report::SloKind;
use super::tick::{Planned, Reads};
use crate::clock::Timestamp;
use crate::slo::{
    AlertState, BurnRate, Detection, Detector, ErrorBudget, Evidence, SloState, Tally, Terms, Transition, ZoneError,
};
use crate::spec::SliSpec;

/// None ended for so long, beyond the patience: then calls do not just take their time.
const STALL_GRACE: Duration = Duration::from_secs(5);

/// One SLI and its SLOs.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) spec: SliSpec,
    pub(crate) slos: Vec<Slo>,
    pub(crate) reads: Reads,
    /// When its counts began.
    pub(crate) since: Timestamp,
    /// When it was last looked at.
    looked: Timestamp,
    /// What the engine had jumped over by then.
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
    /// The same with what maintenance excuses, while that makes a difference.
    whole: Option<Box<Whole>>,
    /// The same without the calls that were refused on purpose, while that makes a difference.
    served: Option<Box<Served>>,
    detector: Detector,
    evidence: Evidence,
    /// Refused calls that were judged, and when the last was.
    shed: u64,
    shed_counted: u64,
    shed_at: Timestamp,
    /// What earlier processes counted, and what of this one's is in it already.
    earlier: Tally,
    within_earlier: Tally,
    /// For how long nobody had judged it when this process went on from what the store holds, if it does just that.
    resumed: Option<Duration>,
    counted: Tally,
    excused: Tally,
    /// When something was excused last.
    excused_at: Timestamp,
    /// For a latency objective its place among the thresholds, ascending.
    place: usize,
    spent: bool,
}

/// An SLO with what maintenance has excused since it parted from the other.
#[derive(Debug)]
struct Whole {
    state: SloState,
    excused_before: Tally,
}

/// An SLO without the calls that were refused since it parted from the other: what may lead to more refusals must not see them.
#[derive(Debug)]
struct Served {
    state: SloState,
    shed_before: u64,
}

/// One look at an SLI.
pub(super) struct Look<'a> {
    pub(super) at: Timestamp,
    /// All that the engine has ever jumped over.
    pub(super) jumped: Duration,
    pub(super) sight: crate::slo::Sight,
    pub(super) maintenance: &'a [Planned],
}

impl Judged {
    pub(super) fn new(
        spec: SliSpec,
        terms: impl Fn(&str, Terms) -> Terms,
        now: Timestamp,
        jumped: Duration,
    ) -> Result<Self, ZoneError> {
        let slo = |kind: SloKind, objective, place| -> Result<Slo, ZoneError> {
            let name = kind.slo_name(spec.name);
            let terms = terms(&name, Terms::new(objective, spec.window).method(spec.method));
            let state = SloState::new(terms, now)?;
            let (counted, excused) = (Tally::ZERO, Tally::ZERO);
            Ok(Slo {
                name,
                kind,
                detector: Detector::new(state.terms().objective, state.terms().method),
                evidence: Evidence::default(),
                state,
                whole: None,
                served: None,
                shed: 0,
                shed_counted: 0,
                shed_at: now,
                earlier: Tally::ZERO,
                within_earlier: Tally::ZERO,
                resumed: None,
                counted,
                excused,
                excused_at: now,
                place,
                spent: false,
            })
        };
        let mut latencies: Vec<_> = spec.latencies().collect();
        latencies.sort_unstable_by_key(|latency| latency.threshold());
        let availability = spec.objective.map(|objective| slo(SloKind::Availability, objective, 0));
        let latencies = latencies
            .into_iter()
            .enumerate()
            .map(|(place, latency)| slo(SloKind::Latency(latency.threshold()), latency.objective(), place));
        Ok(Self {
            spec,
            slos: availability.into_iter().chain(latencies).collect::<Result<_, _>>()?,
            reads: Reads::default(),
            since: now,
            looked: now,
            jumped,
            moved: now,
            ended: 0,
            stalled: false,
        })
    }

    /// Judges by what was counted until this look.
    pub(super) fn judge(&mut self, look: &Look<'_>, reads: &Reads, mut tell: impl FnMut(EventKind)) {
        self.reads = *reads;
        let sli = self.spec.name;
        let missed = look.jumped.saturating_sub(std::mem::replace(&mut self.jumped, look.jumped));
        // what nobody lived through is no time in which calls did not end
        self.moved = self.moved + missed;
        let looked = std::mem::replace(&mut self.looked, look.at);
        let excused = look.maintenance.iter().any(|planned| planned.what.excuses(sli, looked, look.at));
        for slo in &mut self.slos {
            if let Some(detection) = slo.advance(look.at, reads, missed, excused) {
                tell(slo.detection(sli, &detection));
            }
            if let Some(served) = &mut slo.served {
                served.state.evaluate(&look.sight);
            }
            for transition in slo.state.evaluate(&look.sight) {
                tell(slo.alert(sli, &transition));
            }
            let budget = slo.state.budget();
            if budget.is_spent() != slo.spent {
                slo.spent = !slo.spent;
                tell(EventKind::Budget { sli, slo: slo.name.clone(), spent: slo.spent, remaining: budget.remaining() });
            }
        }
        if let Some(kind) = self.watch_for_stall(look.at) {
            tell(kind);
        }
    }

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
                let bad = totals.bad.saturating_add(totals.shed).saturating_add(reads.cancelled_bad[0]);
                Tally { good: totals.good, bad }
            }
            SloKind::Latency(_) => {
                let good = totals.good_within[self.place];
                let slow = totals.good - totals.good_untimed - good;
                let refused = totals.shed.saturating_add(reads.cancelled_bad[self.place + 1]);
                Tally { good, bad: slow.saturating_add(totals.bad).saturating_add(refused) }
            }
        }
    }

    /// What was judged since this engine began: planned time that is not charged is left out.
    pub(crate) fn judged(&self) -> Tally {
        self.counted.since(self.excused)
    }

    /// Judges by other terms from here on; see [`SloState::change`].
    pub(crate) fn change(&mut self, terms: Terms) -> Result<bool, ZoneError> {
        let anew = self.state.change(terms)?;
        if let Some(whole) = &mut self.whole {
            whole.state.change(terms)?;
        }
        if let Some(served) = &mut self.served {
            served.state.change(terms)?;
        }
        self.detector = Detector::new(terms.objective, terms.method);
        self.evidence = Evidence::default();
        Ok(anew)
    }

    /// The budget if nothing were excused; `None` where that is the same.
    pub(crate) fn budget_with_maintenance(&self) -> Option<ErrorBudget> {
        self.whole.as_ref().map(|whole| whole.state.budget())
    }

    /// Since when the fast detector sees more failures than the objective allows.
    pub(crate) fn detected_since(&self) -> Option<Timestamp> {
        self.evidence.since()
    }

    /// How it stands by the calls that were served alone.
    pub(crate) fn served_state(&self) -> &SloState {
        self.served.as_ref().map_or(&self.state, |served| &served.state)
    }

    fn advance(&mut self, at: Timestamp, reads: &Reads, jumped: Duration, excused: bool) -> Option<Detection> {
        let counted = self.earlier + self.tally(reads).since(self.within_earlier);
        let news = counted.since(self.counted);
        let shed = reads.totals.shed;
        let shed_news = shed.saturating_sub(std::mem::replace(&mut self.shed_counted, shed));
        if excused {
            if self.whole.is_none() && news != Tally::ZERO {
                self.whole = Some(Box::new(Whole { state: self.state.clone(), excused_before: self.excused }));
            }
            self.excused = self.excused + news;
            self.excused_at = at;
        } else if shed_news > 0 {
            if self.served.is_none() {
                self.served = Some(Box::new(Served { state: self.state.clone(), shed_before: self.shed }));
            }
            self.shed += shed_news;
            self.shed_at = at;
        }
        self.counted = counted;
        if let Some(whole) = &mut self.whole {
            whole.state.advance(at, counted.since(whole.excused_before), jumped);
        }
        let charged = self.judged();
        if let Some(served) = &mut self.served {
            let refused = Tally::new(0, self.shed - served.shed_before);
            served.state.advance(at, charged.since(refused), jumped);
        }
        self.state.advance(at, charged, jumped);
        let period_begins = self.state.history().period_begins();
        if period_begins > self.excused_at {
            self.whole = None;
        }
        if period_begins > self.shed_at {
            self.served = None;
        }
        let judged = if excused { Tally::ZERO } else { news.since(Tally::new(0, shed_news)) };
        self.detector.observe(&mut self.evidence, at, judged)
    }

    fn detection(&self, sli: &'static str, detection: &Detection) -> EventKind {
        EventKind::Detected {
            sli,
            slo: self.name.clone(),
            detected: detection.detected,
            failures: detection.seen.bad,
            requests: detection.seen.valid(),
            within: detection.within,
            looked_for: self.detector.looked_for(),
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
            burn_long: transition.burn_long.map(BurnRate::as_f64),
            burn_short: transition.burn_short.map(BurnRate::as_f64),
            budget_remaining: self.state.budget().remaining(),
            incident_cost: self.state.incident().and_then(|incident| incident.budget),
        }
    }
}
