//! One SLO's past as it lies on the disk.
//!
//! The types here are the form on the disk and stay as they are: another form is another number in `record`. Counts are kept as
//! runs of equal slots, so an idle hour costs nothing and a busy one three or four bytes a slot. Lengths are bounded before
//! anything is made of them, and what does not add up is refused.

use std::fmt;
use std::time::Duration;

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::clock::Timestamp;
use crate::slo::{AlertState, KeptAlert, KeptCase, KeptHistory, KeptRing, KeptSlices, KeptState, Resolution, Tally};
use crate::spec::{Method, Window};

/// More slots than the finest history of the longest period has.
const MOST_SLOTS: u64 = 200_000;
/// So many slots are made room for at once.
const USUAL_SLOTS: usize = 8_192;

pub(super) type Pair = (u64, u64);

#[derive(Serialize, Deserialize)]
pub(super) struct State {
    method: String,
    generation: u32,
    history: History,
    slices: Option<Slices>,
    alerts: Vec<Alert>,
    incident: Option<Case>,
}

#[derive(Serialize, Deserialize)]
struct History {
    window: String,
    exact: bool,
    now: i64,
    total: Pair,
    begins: i64,
    turned: Pair,
    carried: Pair,
    carried_for: u64,
    fine: Ring,
    minutes: Ring,
    quarters: Option<Ring>,
}

#[derive(Serialize, Deserialize)]
struct Ring {
    first: i64,
    boundary: i64,
    oldest: Pair,
    runs: Runs,
}

/// The slots of a ring. On the disk a sequence: good, bad, and of how many slots in a row. It is read into the ring itself,
/// because all slots of a month are most of what a restart has to read.
struct Runs(KeptRing);

impl Serialize for Runs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let runs = runs(self.0.grown());
        serializer.collect_seq(runs.iter().map(|(grown, times)| (grown.good, grown.bad, *times)))
    }
}

impl<'de> Deserialize<'de> for Runs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Runs;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("slots of a ring")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut runs: A) -> Result<Runs, A::Error> {
                // a length that nobody wrote must not ask for more memory than the longest history has
                let mut ring = KeptRing::with_room(runs.size_hint().unwrap_or_default().min(USUAL_SLOTS));
                let mut slots = 0;
                while let Some((good, bad, times)) = runs.next_element::<(u64, u64, u32)>()? {
                    slots += u64::from(times);
                    if slots > MOST_SLOTS {
                        return Err(A::Error::custom("more slots than any history has"));
                    }
                    ring.push_many(Tally::new(good, bad), times as usize);
                }
                Ok(Runs(ring))
            }
        }
        deserializer.deserialize_seq(Reader)
    }
}

#[derive(Serialize, Deserialize)]
struct Slices {
    cut: (i64, i64),
    before: (i64, i64),
    ends: Option<i64>,
    now: i64,
    total: Pair,
    open: i64,
    events: Pair,
    closed: Vec<(u64, u32)>,
    carried: (u64, u128),
    carried_among: u64,
    carried_for: u64,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Alert {
    long: u64,
    /// 0 inactive, 1 firing, 2 resolved; and since when.
    state: (u8, i64),
    held_since: Option<i64>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Case {
    since: i64,
    until: Option<i64>,
    first: i64,
    bad: (u64, Option<u64>),
}

pub(super) fn pair(tally: Tally) -> Pair {
    (tally.good, tally.bad)
}

pub(super) fn tally((good, bad): Pair) -> Tally {
    Tally::new(good, bad)
}

pub(super) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Equal neighbours as one with their number.
fn runs<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<(T, u32)> {
    let mut runs: Vec<(T, u32)> = Vec::new();
    for value in values {
        match runs.last_mut() {
            Some((last, times)) if *last == value && *times < u32::MAX => *times += 1,
            _ => runs.push((value, 1)),
        }
    }
    runs
}

impl From<&KeptState> for State {
    fn from(state: &KeptState) -> Self {
        Self {
            method: state.method.to_string(),
            generation: state.generation,
            history: (&state.history).into(),
            slices: state.slices.as_ref().map(Into::into),
            alerts: state.alerts.iter().map(Into::into).collect(),
            incident: state.incident.as_ref().map(Into::into),
        }
    }
}

impl State {
    pub(super) fn into_kept(self) -> Option<KeptState> {
        let kept = KeptState {
            method: Method::parse(&self.method).ok()?,
            generation: self.generation,
            history: self.history.into_kept()?,
            slices: match self.slices {
                Some(slices) => Some(slices.into_kept()?),
                None => None,
            },
            alerts: self.alerts.iter().map(Alert::kept).collect::<Option<_>>()?,
            incident: self.incident.map(Case::kept),
        };
        kept.is_sound().then_some(kept)
    }
}

impl From<&KeptHistory> for History {
    fn from(history: &KeptHistory) -> Self {
        Self {
            window: history.window.to_string(),
            exact: history.resolution == Resolution::Exact,
            now: history.now.unix_nanos(),
            total: pair(history.total),
            begins: history.begins.unix_nanos(),
            turned: pair(history.turned),
            carried: pair(history.carried),
            carried_for: nanos(history.carried_for),
            fine: (&history.fine).into(),
            minutes: (&history.minutes).into(),
            quarters: history.quarters.as_ref().map(Into::into),
        }
    }
}

impl History {
    fn into_kept(self) -> Option<KeptHistory> {
        Some(KeptHistory {
            window: Window::parse(&self.window).ok()?,
            resolution: if self.exact { Resolution::Exact } else { Resolution::Compact },
            now: Timestamp::from_unix_nanos(self.now),
            total: tally(self.total),
            begins: Timestamp::from_unix_nanos(self.begins),
            turned: tally(self.turned),
            carried: tally(self.carried),
            carried_for: Duration::from_nanos(self.carried_for),
            fine: self.fine.into_kept(),
            minutes: self.minutes.into_kept(),
            quarters: self.quarters.map(Ring::into_kept),
        })
    }
}

impl From<&KeptRing> for Ring {
    fn from(ring: &KeptRing) -> Self {
        let (boundary, oldest) = (ring.oldest_boundary(), pair(ring.oldest));
        Self { first: ring.first, boundary, oldest, runs: Runs(ring.clone()) }
    }
}

impl Ring {
    fn into_kept(self) -> KeptRing {
        let Runs(mut ring) = self.runs;
        ring.lies(self.first, self.boundary, tally(self.oldest));
        ring
    }
}

impl From<&KeptSlices> for Slices {
    fn from(slices: &KeptSlices) -> Self {
        Self {
            cut: slices.cut,
            before: slices.before,
            ends: slices.ends,
            now: slices.now.unix_nanos(),
            total: pair(slices.total),
            open: slices.open,
            events: pair(slices.events),
            closed: runs(slices.closed.iter().copied()),
            carried: slices.carried,
            carried_among: slices.carried_among,
            carried_for: nanos(slices.carried_for),
        }
    }
}

impl Slices {
    fn into_kept(self) -> Option<KeptSlices> {
        let slots: u64 = self.closed.iter().map(|(_, times)| u64::from(*times)).sum();
        if slots > MOST_SLOTS {
            return None;
        }
        let closed = self.closed.iter().flat_map(|(cell, times)| std::iter::repeat_n(*cell, *times as usize));
        Some(KeptSlices {
            cut: self.cut,
            before: self.before,
            ends: self.ends,
            now: Timestamp::from_unix_nanos(self.now),
            total: tally(self.total),
            open: self.open,
            events: tally(self.events),
            closed: closed.collect(),
            carried: self.carried,
            carried_among: self.carried_among,
            carried_for: Duration::from_nanos(self.carried_for),
        })
    }
}

impl From<&KeptAlert> for Alert {
    fn from(alert: &KeptAlert) -> Self {
        let state = match alert.state {
            AlertState::Inactive => (0, 0),
            AlertState::Firing { since } => (1, since.unix_nanos()),
            AlertState::Resolved { at } => (2, at.unix_nanos()),
        };
        Self { long: nanos(alert.long), state, held_since: alert.held_since.map(Timestamp::unix_nanos) }
    }
}

impl Alert {
    pub(super) fn kept(&self) -> Option<KeptAlert> {
        let at = Timestamp::from_unix_nanos(self.state.1);
        let state = match self.state.0 {
            0 => AlertState::Inactive,
            1 => AlertState::Firing { since: at },
            2 => AlertState::Resolved { at },
            _ => return None,
        };
        let held_since = self.held_since.map(Timestamp::from_unix_nanos);
        Some(KeptAlert { long: Duration::from_nanos(self.long), state, held_since })
    }
}

impl From<&KeptCase> for Case {
    fn from(case: &KeptCase) -> Self {
        Self {
            since: case.since.unix_nanos(),
            until: case.until.map(Timestamp::unix_nanos),
            first: case.first.unix_nanos(),
            bad: (case.bad_before, case.bad_until),
        }
    }
}

impl Case {
    pub(super) fn kept(self) -> KeptCase {
        let at = Timestamp::from_unix_nanos;
        let (bad_before, bad_until) = self.bad;
        KeptCase { since: at(self.since), until: self.until.map(at), first: at(self.first), bad_before, bad_until }
    }
}
