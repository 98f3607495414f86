//! The records of the file: what a snapshot is as bytes.
//!
//! Each record is a byte for its form, a sum over its place and its bytes, and a value in postcard's encoding (its specification is
//! public and versioned). Another form is another [`FORM`], and a reader refuses forms that it does not know.
//!
//! A reader trusts nothing: what does not add up is damage.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::form::{Alert, Case, Pair, State, nanos, pair, tally};
use crate::clock::Timestamp;
use crate::engine::snapshot::{Count, KeptObserved, SloSnapshot, Standing};

/// The form of records that this version writes, and the newest that it reads.
pub(super) const FORM: u8 = 1;

/// The length of a record of nothing.
pub(super) const EMPTY: usize = 5;

/// Why a record could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// Written by a later version.
    Newer(u8),
    /// Not what anybody wrote.
    Damaged,
}

/// A value as a record of the place `at` in the file.
pub(super) fn write<T: Serialize>(at: &str, value: &T) -> Vec<u8> {
    let head = vec![FORM, 0, 0, 0, 0];
    // writing into memory fails for a map of unknown length alone, and there is none
    let mut bytes = postcard::to_extend(value, head).unwrap_or_default();
    if let Some(sum) = sum(at, bytes.get(5..).unwrap_or_default()).to_le_bytes().first_chunk::<4>() {
        bytes[1..5].copy_from_slice(sum);
    }
    bytes
}

/// The value of the record at the place `at`.
pub(super) fn read<T: DeserializeOwned>(at: &str, bytes: &[u8]) -> Result<T, Unreadable> {
    let [form, a, b, c, d, rest @ ..] = bytes else { return Err(Unreadable::Damaged) };
    if sum(at, rest) != u32::from_le_bytes([*a, *b, *c, *d]) {
        return Err(Unreadable::Damaged);
    }
    // only a form that is whole can tell that it is newer
    if *form > FORM {
        return Err(Unreadable::Newer(*form));
    }
    value(rest).ok_or(Unreadable::Damaged)
}

/// A value of exactly these bytes.
pub(super) fn value<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Some(value),
        _ => None,
    }
}

fn sum(at: &str, bytes: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(at.as_bytes());
    sum.update(bytes);
    sum.finalize()
}

/// An SLO as a whole.
#[derive(Serialize, Deserialize)]
pub(super) struct Whole {
    name: String,
    identity: u64,
    state: State,
    with_excused: Option<State>,
    served: Option<State>,
    excused_at: i64,
    shed_at: i64,
    until: Option<i64>,
    since: Vec<(i64, Counted)>,
    standing: Option<Stood>,
}

/// What five seconds brought, of the SLOs that something happened to.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Tail {
    pub(super) at: i64,
    pub(super) counts: Vec<(u32, Counted)>,
    pub(super) standings: Vec<(u32, Stood)>,
}

/// Totals, and how many nanoseconds before them the line skipped.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Counted {
    pub(super) jumped: u64,
    total: Pair,
    whole: Option<Pair>,
    served: Option<Pair>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Stood {
    alerts: Vec<Alert>,
    incident: Option<Case>,
}

/// Which minutes somebody looked at.
#[derive(Serialize, Deserialize)]
pub(super) struct Observed {
    begins: i64,
    gaps: Vec<(i64, i64)>,
}

/// Who wrote, and up to when: the last one last.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Writers(pub(super) Vec<(u64, i64)>);

impl From<&SloSnapshot> for Whole {
    fn from(slo: &SloSnapshot) -> Self {
        Self {
            name: slo.name.as_ref().to_owned(),
            identity: slo.identity,
            state: (&slo.state).into(),
            with_excused: slo.whole.as_ref().map(Into::into),
            served: slo.served.as_ref().map(Into::into),
            excused_at: slo.excused_at.unix_nanos(),
            shed_at: slo.shed_at.unix_nanos(),
            until: slo.until.map(Timestamp::unix_nanos),
            since: slo.since.iter().map(|count| (count.at.unix_nanos(), count.into())).collect(),
            standing: slo.standing.as_ref().map(Into::into),
        }
    }
}

impl Whole {
    pub(super) fn into_snapshot(self) -> Option<SloSnapshot> {
        let part = |state: Option<State>| state.map_or(Some(None), |state| state.into_kept().map(Some));
        Some(SloSnapshot {
            name: Arc::from(self.name),
            identity: self.identity,
            state: self.state.into_kept()?,
            whole: part(self.with_excused)?,
            served: part(self.served)?,
            excused_at: Timestamp::from_unix_nanos(self.excused_at),
            shed_at: Timestamp::from_unix_nanos(self.shed_at),
            until: self.until.map(Timestamp::from_unix_nanos),
            since: self.since.iter().map(|(at, counted)| counted.at(*at)).collect(),
            standing: match self.standing {
                Some(standing) => Some(standing.into_standing()?),
                None => None,
            },
        })
    }
}

impl From<&Count> for Counted {
    fn from(count: &Count) -> Self {
        Self {
            jumped: nanos(count.jumped),
            total: pair(count.total),
            whole: count.whole.map(pair),
            served: count.served.map(pair),
        }
    }
}

impl Counted {
    pub(super) fn at(&self, nanos: i64) -> Count {
        Count {
            at: Timestamp::from_unix_nanos(nanos),
            jumped: Duration::from_nanos(self.jumped),
            total: tally(self.total),
            whole: self.whole.map(tally),
            served: self.served.map(tally),
        }
    }
}

impl From<&Standing> for Stood {
    fn from(standing: &Standing) -> Self {
        Self {
            alerts: standing.alerts.iter().map(Into::into).collect(),
            incident: standing.incident.as_ref().map(Into::into),
        }
    }
}

impl Stood {
    pub(super) fn into_standing(self) -> Option<Standing> {
        Some(Standing {
            alerts: self.alerts.iter().map(Alert::kept).collect::<Option<_>>()?,
            incident: self.incident.map(Case::kept),
        })
    }
}

impl From<&KeptObserved> for Observed {
    fn from(observed: &KeptObserved) -> Self {
        let gaps = observed.gaps.iter().map(|(from, to)| (from.unix_nanos(), to.unix_nanos()));
        Self { begins: observed.begins.unix_nanos(), gaps: gaps.collect() }
    }
}

impl Observed {
    pub(super) fn into_kept(self) -> KeptObserved {
        let at = Timestamp::from_unix_nanos;
        KeptObserved {
            begins: at(self.begins),
            gaps: self.gaps.into_iter().map(|(from, to)| (at(from), at(to))).collect(),
        }
    }
}
