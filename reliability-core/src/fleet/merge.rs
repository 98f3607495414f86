//! Replicas added up, exactly.
//!
//! A [`FleetView`] holds the latest word of each incarnation of each instance. Taking in a word is a maximum (of two words of one
//! incarnation the later wins), so views merge in any order, any grouping and any number of times to the same view. Only
//! [`judge`](FleetView::judge) adds up, and always in the same order: the histories of all replicas, slot by slot, as whole
//! numbers. 64 replicas give the budget of one process that saw everything.
//!
//! **Restarts.** An instance that began anew without a store is another incarnation, and both are added up. One that goes on from
//! a store holds what the earlier ones had counted, and stands for them; what a killed process had counted since its
//! store was last written (less than a second) is gone with it, and its minute is unobserved.
//!
//! **Clocks.** Each replica's slots are by its own clock, so a replica whose clock is a slot ahead or behind has its counts a slot off:
//! a burn rate is then that of a window moved by a slot for that part of the calls. The budget does not gain by it: when histories
//! are moved on to one instant, up to a minute of the way is taken for a jump of a clock, and failures that would leave the
//! period by that stay (see `slo::History`). A replica that is more than a minute ahead would push all others' failures out: it is not
//! added up but named in [`Merged::left_out`], and then the sum is incomplete and says so.
//!
//! **Slices** of time cannot be added up: of two verdicts on one slice the worse stands, a lower bound.
//!
//! **Limits.** 4,096 incarnations; one whose last word is older than the longest period and a day is forgotten, as nothing of it is
//! in any period. Replicas of other definitions (threshold, window, method, resolution) are left out and named. Where
//! objectives differ, as in a rolling update, the strictest is judged by. What maintenance excused is left out, as in each replica.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::engine::replica::{Replica, ReplicaSlo};
use crate::slo::{Alert, AlertState, BurnRule, Figures, Observed, SloState, Terms};

/// How many incarnations there may be.
const MOST: usize = 4_096;
/// How far a clock may be ahead of others, and how much of the way between two instants may be a difference of clocks.
const SKEW: Duration = Duration::from_secs(60);
/// For how long an incarnation matters after its last word.
const REMEMBERED: Duration = Duration::from_secs(94 * 86_400);

/// The replicas of one service in one environment.
///
/// ```
/// use reliability_core::fleet::FleetView;
/// use reliability_core::testkit::Lab;
/// use reliability_core::{Objective, Outcome, Sli};
/// use std::time::Duration;
///
/// let search = Sli::named("fleet-search")?.declare(|spec| spec.objective(Objective::parse("99%").unwrap()));
/// let mut lab = Lab::judging([&search]);
/// search.record_many(Outcome::Good, 990);
/// search.record_many(Outcome::Bad, 5);
/// lab.advance(Duration::from_secs(60));
///
/// let mut fleet = FleetView::of("lab", None);
/// fleet.add(lab.handle().replica())?;
/// fleet.add(lab.handle().replica())?; // told twice, counted once
/// let merged = fleet.judge(lab.now());
/// assert_eq!((merged.slos[0].figures.counts.good, merged.slos[0].figures.counts.bad), (990, 5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct FleetView {
    service: String,
    environment: Option<String>,
    /// By instance and incarnation.
    replicas: BTreeMap<(String, u64), Arc<Replica>>,
}

/// Why a replica is not taken in.
///
/// ```
/// use reliability_core::fleet::{FleetView, NotTaken};
/// let reliability = reliability_core::Reliability::builder().service("shop").start()?;
/// assert_eq!(FleetView::of("bank", None).add(reliability.handle().replica()), Err(NotTaken::Another));
/// # Ok::<(), reliability_core::StartError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotTaken {
    /// It is of another service or environment.
    Another,
    /// There are too many incarnations already.
    TooMany,
}

impl std::fmt::Display for NotTaken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Another => f.write_str("it is a replica of another service or environment"),
            Self::TooMany => write!(f, "there are {MOST} incarnations already"),
        }
    }
}

impl std::error::Error for NotTaken {}

/// All replicas at one instant.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Merged {
    /// The instant.
    pub at: Timestamp,
    /// How many incarnations are added up.
    pub replicas: usize,
    /// What is not, and why. Where there is any, no figure here is complete: a sum over a part may flatter.
    pub left_out: Vec<String>,
    /// The SLOs, by name.
    pub slos: Vec<MergedSlo>,
}

/// One SLO of all replicas.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MergedSlo {
    /// Its name.
    pub name: String,
    /// Its figures, the budget among them.
    pub figures: Figures,
    /// Its pairs, as they are decided on the sums.
    pub pairs: Vec<(BurnRule, AlertState)>,
}

impl FleetView {
    /// No replica yet, of this service and environment.
    pub fn of(service: impl Into<String>, environment: Option<&str>) -> Self {
        Self { service: service.into(), environment: environment.map(str::to_owned), replicas: BTreeMap::new() }
    }

    /// Takes in what a replica says. One that is older than what is known of the same incarnation changes nothing.
    ///
    /// # Errors
    /// If it is of another service, or there are too many.
    pub fn add(&mut self, replica: Replica) -> Result<(), NotTaken> {
        if replica.service.service != self.service || replica.service.environment != self.environment {
            return Err(NotTaken::Another);
        }
        self.take(Arc::new(replica))
    }

    /// Takes in all that another view knows.
    ///
    /// # Errors
    /// If that is of another service, or there are too many: what there was room for is taken in.
    pub fn merge(&mut self, other: &Self) -> Result<(), NotTaken> {
        if (&other.service, &other.environment) != (&self.service, &self.environment) {
            return Err(NotTaken::Another);
        }
        other.replicas.values().try_for_each(|replica| self.take(Arc::clone(replica)))
    }

    fn take(&mut self, replica: Arc<Replica>) -> Result<(), NotTaken> {
        let key = (replica.service.instance.clone(), replica.incarnation);
        let full = self.replicas.len() >= MOST;
        match self.replicas.get_mut(&key) {
            Some(known) if is_later(&replica, known) => *known = replica,
            Some(_) => {}
            None if full => return Err(NotTaken::TooMany),
            None => _ = self.replicas.insert(key, replica),
        }
        Ok(())
    }

    /// Forgets incarnations of which nothing can be in any period at `now`.
    pub fn forget(&mut self, now: Timestamp) {
        self.replicas.retain(|_, replica| now.since(replica.at) < REMEMBERED);
    }

    /// How many incarnations are known.
    pub fn len(&self) -> usize {
        self.replicas.len()
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.replicas.is_empty()
    }

    /// Adds all up and judges the sums, at `now` by the clock of whoever asks.
    pub fn judge(&self, now: Timestamp) -> Merged {
        let mut left_out = Vec::new();
        let mut standing = Vec::new();
        for ((instance, incarnation), replica) in &self.replicas {
            let later = self.replicas.range((instance.clone(), incarnation.saturating_add(1))..);
            let mut later = later.take_while(|((other, _), _)| other == instance);
            if later.any(|(_, other)| other.resumed) {
                continue;
            }
            if replica.at > now + SKEW {
                left_out.push(format!("{instance}: its clock is {} s ahead", replica.at.since(now).as_secs()));
            } else {
                standing.push(&**replica);
            }
        }
        let at = standing.iter().map(|replica| replica.at).max().unwrap_or(now).max(now);
        let observed = observed(&standing, at);
        let mut slos: BTreeMap<&str, Vec<(&Replica, &ReplicaSlo)>> = BTreeMap::new();
        for replica in &standing {
            for slo in &replica.slos {
                slos.entry(&slo.name).or_default().push((replica, slo));
            }
        }
        let mut merged = Vec::new();
        for (name, parts) in slos {
            let state =
                sum(&parts, at, |replica, why| left_out.push(format!("{name} of {}: {why}", replica.service.instance)));
            merged.extend(state.map(|mut state| {
                state.evaluate(&observed.sight(at, true));
                let pairs = state.alerts().map(|(rule, alert): (&BurnRule, &Alert)| (*rule, alert.state())).collect();
                MergedSlo { name: name.to_owned(), figures: state.figures(&observed), pairs }
            }));
        }
        Merged { at, replicas: standing.len(), left_out, slos: merged }
    }
}

impl Merged {
    /// The SLO of this name.
    pub fn slo(&self, name: &str) -> Option<&MergedSlo> {
        self.slos.iter().find(|slo| slo.name == name)
    }
}

/// Of two words of one incarnation the later; of two of one instant, which only a liar tells differently, always the same one.
fn is_later(new: &Replica, known: &Replica) -> bool {
    new.at > known.at || new.at == known.at && new != known && format!("{new:?}") > format!("{known:?}")
}

/// The histories of one SLO, moved on to one instant and added up.
fn sum(
    parts: &[(&Replica, &ReplicaSlo)],
    at: Timestamp,
    mut leave_out: impl FnMut(&Replica, &str),
) -> Option<SloState> {
    // by the definition that began last: a change of it is being rolled out
    let (_, newest) = parts.iter().max_by_key(|(replica, _)| replica.incarnation)?;
    let definition = |slo: &ReplicaSlo| (slo.identity, slo.state.method, slo.state.history.window);
    let objective = parts.iter().map(|(_, slo)| slo.objective).max_by_key(|objective| objective.ppb())?;
    let mut sum: Option<SloState> = None;
    for (replica, slo) in parts {
        if definition(slo) != definition(newest) {
            leave_out(replica, "it means something else by it");
            continue;
        }
        let history = &slo.state.history;
        let terms = Terms::new(objective, history.window).method(slo.state.method).resolution(history.resolution);
        let Ok(mut state) = SloState::restored(terms, &slo.state, |_| {}) else {
            leave_out(replica, "its window names a time zone that is not known");
            continue;
        };
        let way = at.since(state.history().now());
        // where its instance went on as another incarnation the time did pass, by its own clock
        let lived_on = parts.iter().any(|(other, _)| {
            other.service.instance == replica.service.instance && other.incarnation > replica.incarnation
        });
        let skew = if lived_on { Duration::ZERO } else { way.min(SKEW) };
        let counted = state.counted();
        state.advance(at - skew, counted, Duration::ZERO);
        state.advance(at, counted, skew);
        match &mut sum {
            None => sum = Some(state),
            Some(sum) => {
                if !sum.add(&state) {
                    leave_out(replica, "it keeps its past at another resolution");
                }
            }
        }
    }
    sum
}

/// The minutes that every replica observed which lived then, and at least one.
fn observed(replicas: &[&Replica], at: Timestamp) -> Observed {
    let mut lives: Vec<_> = replicas.iter().map(|replica| (replica.observed.begins, replica.at)).collect();
    lives.sort_unstable();
    let begins = lives.first().map_or(at, |(begins, _)| *begins);
    let mut observed = Observed::new(begins);
    for (from, to) in replicas.iter().flat_map(|replica| &replica.observed.gaps) {
        observed.gap((*from).max(begins), *to);
    }
    let mut until = begins;
    for (from, to) in lives.into_iter().chain([(at, at)]) {
        if from > until {
            // the minute in which the one fell silent was observed, and so was that in which the next began
            observed.gap(until + Duration::from_secs(60), from);
        }
        until = until.max(to);
    }
    observed
}

#[cfg(test)]
mod tests;
