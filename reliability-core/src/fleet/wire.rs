//! A replica's JSON, read back.
//!
//! The form is described where it is written (`export::json::replica`). Whoever sends it may be wrong or hostile: more bytes than
//! the limit, more slots than any history has, numbers that contradict each other are refused with the place and the reason, before
//! anything is computed from them. Fields that are not known are passed over; another version is refused.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

use crate::clock::Timestamp;
use crate::engine::identity::Identity;
use crate::engine::replica::{REPLICA_VERSION, Replica, ReplicaSlo};
use crate::engine::snapshot::KeptObserved;
use crate::slo::{KeptHistory, KeptRing, KeptSlices, KeptState, Resolution, Tally};
use crate::spec::{Method, Objective, Window};

/// The most bytes that are read: 1,000 SLOs of 30 days need about a tenth of it.
pub(super) const LIMIT: u64 = 256 << 20;
/// The most slots of a ring: minutes of 92 days and an hour, and some.
const MOST_SLOTS: usize = 133_000;
/// The most gaps: every second minute of the time that is remembered.
const MOST_GAPS: usize = 70_000;
/// The most SLOs.
const MOST_SLOS: usize = 20_000;
/// Longer ago than any period reaches, and further off than any clock means.
const TEN_YEARS: Duration = Duration::from_secs(10 * 366 * 86_400);

/// Why what a replica sent is not read.
///
/// ```
/// use reliability_core::Replica;
/// use reliability_core::fleet::ReplicaError;
/// assert_eq!(Replica::from_json(br#"{"version": 7}"#), Err(ReplicaError::Version(7)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplicaError {
    /// More than so many bytes.
    TooLarge(u64),
    /// No JSON of that form.
    Json(String),
    /// A version that is not known.
    Version(u32),
    /// A number or a text that cannot be meant: where, and why.
    Value {
        /// The SLO, or `replica`.
        at: String,
        /// Why.
        reason: String,
    },
}

impl fmt::Display for ReplicaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(limit) => write!(f, "it has more than {limit} bytes"),
            Self::Json(why) => write!(f, "it is no replica's JSON: {why}"),
            Self::Version(found) => write!(f, "it is of version {found}, and known is {REPLICA_VERSION}"),
            Self::Value { at, reason } => write!(f, "{at}: {reason}"),
        }
    }
}

impl std::error::Error for ReplicaError {}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

#[derive(Deserialize)]
struct Wire {
    service: Service,
    incarnation: u64,
    at: i64,
    resumed: bool,
    observed: Seen,
    slos: Vec<Slo>,
}

#[derive(Deserialize)]
struct Service {
    name: String,
    version: Option<String>,
    environment: Option<String>,
    instance: String,
}

#[derive(Deserialize)]
struct Seen {
    begins: i64,
    gaps: Vec<[i64; 2]>,
}

#[derive(Deserialize)]
struct Slo {
    name: String,
    identity: u64,
    objective: u32,
    method: String,
    generation: u32,
    history: History,
    slices: Option<Slices>,
}

#[derive(Deserialize)]
struct History {
    window: String,
    exact: bool,
    now: i64,
    begins: i64,
    total: [u64; 2],
    turned: [u64; 2],
    carried: [u64; 2],
    carried_for: u64,
    fine: Ring,
    minutes: Ring,
    quarters: Option<Ring>,
}

#[derive(Deserialize)]
struct Ring {
    first: i64,
    last: i64,
    oldest: [u64; 2],
    grown: Vec<i128>,
}

#[derive(Deserialize)]
struct Slices {
    cut: (i64, i64),
    before: (i64, i64),
    ends: Option<i64>,
    now: i64,
    total: [u64; 2],
    open: i64,
    events: [u64; 2],
    closed: Vec<u64>,
    carried: (String, String),
    carried_among: u64,
    carried_for: u64,
}

impl Replica {
    /// Reads what `GET /reliability/replica` answers.
    ///
    /// ```
    /// use reliability_core::{Reliability, Replica};
    /// let reliability = Reliability::builder().service("shop").start()?;
    /// let replica = reliability.handle().replica();
    /// let json = serde_json::to_vec(&replica)?;
    /// let read = Replica::from_json(&json)?; // what is promised and counted; alerts stay where they were decided
    /// assert_eq!(serde_json::to_vec(&read)?, json);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If it is too large, of another form or version, or holds what cannot be meant.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ReplicaError> {
        if bytes.len() as u64 > LIMIT {
            return Err(ReplicaError::TooLarge(LIMIT));
        }
        let no_json = |error: serde_json::Error| ReplicaError::Json(error.to_string());
        let Versioned { version } = serde_json::from_slice(bytes).map_err(no_json)?;
        if version != REPLICA_VERSION {
            return Err(ReplicaError::Version(version));
        }
        serde_json::from_slice::<Wire>(bytes).map_err(no_json)?.read()
    }
}

impl Wire {
    fn read(self) -> Result<Replica, ReplicaError> {
        let wrong = |reason: &str| ReplicaError::Value { at: "replica".into(), reason: reason.into() };
        let now = instant(self.at).ok_or_else(|| wrong("its instant is out of range"))?;
        let begins = instant(self.observed.begins).ok_or_else(|| wrong("it began at no instant"))?;
        if begins > now + Duration::from_secs(60) || self.observed.gaps.len() > MOST_GAPS || self.slos.len() > MOST_SLOS
        {
            return Err(wrong("it began after its own instant, or has more gaps or objectives than are possible"));
        }
        let gap = |[from, to]: [i64; 2]| Some((instant(from)?, instant(to)?)).filter(|(from, to)| from <= to);
        let gaps: Option<Vec<_>> = self.observed.gaps.into_iter().map(gap).collect();
        let gaps = gaps.ok_or_else(|| wrong("a gap ends before it begins"))?;
        let slo = |slo: Slo| {
            let at = slo.name.clone();
            slo.read(now).map_err(|reason| ReplicaError::Value { at, reason })
        };
        let Service { name, version, environment, instance } = self.service;
        Ok(Replica {
            service: Identity { service: name, version, environment, instance },
            incarnation: self.incarnation,
            at: now,
            resumed: self.resumed,
            observed: KeptObserved { begins, gaps },
            slos: self.slos.into_iter().map(slo).collect::<Result<_, _>>()?,
        })
    }
}

impl Slo {
    fn read(self, at: Timestamp) -> Result<ReplicaSlo, String> {
        let objective = Objective::from_ppb(self.objective).ok_or("its objective is out of range")?;
        let method = Method::parse(&self.method).map_err(|error| error.to_string())?;
        let history = self.history.read(at)?;
        let slices = self.slices.map(|slices| slices.read(&history, method)).transpose()?;
        if slices.as_ref().is_some_and(|slices| !slices.fit(method)) {
            return Err("its slices hold what none can have been".into());
        }
        if slices.is_some() != method.slice().is_some() {
            return Err("it has slices and counts none, or the other way round".into());
        }
        let state =
            KeptState { method, generation: self.generation, history, slices, alerts: Vec::new(), incident: None };
        Ok(ReplicaSlo { name: self.name, identity: self.identity, objective, state })
    }
}

impl History {
    fn read(self, at: Timestamp) -> Result<KeptHistory, String> {
        let window = Window::parse(&self.window).map_err(|error| error.to_string())?;
        let (Some(now), Some(begins)) = (instant(self.now), instant(self.begins)) else {
            return Err("its instants are out of range".into());
        };
        if begins > now || now.since(begins) > TEN_YEARS || now > at {
            return Err("it begins after it ends, or ends after its replica".into());
        }
        let slot = |seconds: i64| now.unix_seconds().div_euclid(seconds);
        let fine = self.fine.read(slot(5))?;
        let minutes = self.minutes.read(slot(60))?;
        // handed on by the minutes, three days later
        let handed_on = |ring: Ring| {
            let last = ring.last.min(slot(900));
            ring.read(last)
        };
        let quarters = self.quarters.map(handed_on).transpose()?;
        Ok(KeptHistory {
            window,
            resolution: if self.exact { Resolution::Exact } else { Resolution::Compact },
            now,
            begins,
            total: tally(self.total),
            turned: tally(self.turned),
            carried: tally(self.carried),
            carried_for: Duration::from_nanos(self.carried_for).min(TEN_YEARS),
            fine,
            minutes,
            quarters,
        })
    }
}

impl Ring {
    /// A ring whose newest boundary must be this one.
    fn read(self, last: i64) -> Result<KeptRing, String> {
        // a ring's groups are numbered in 32 bits
        let length = self.last.checked_sub(self.first).filter(|length| (0..1 << 30).contains(length));
        if self.last != last || length.is_none() {
            return Err("a ring of it ends at another instant, or begins after its end".into());
        }
        let mut slots: Vec<Tally> = Vec::new();
        let mut numbers = self.grown.into_iter();
        while let Some(number) = numbers.next() {
            if let Ok(good) = u64::try_from(number) {
                let bad = numbers.next().and_then(|bad| u64::try_from(bad).ok());
                slots.push(Tally::new(good, bad.ok_or("a slot of it holds good and no bad")?));
            } else {
                let empty = usize::try_from(-number).ok().filter(|empty| *empty <= MOST_SLOTS);
                slots.resize(slots.len() + empty.ok_or("more slots than a period has")?, Tally::ZERO);
            }
            if slots.len() > MOST_SLOTS {
                return Err("more slots than a period has".into());
            }
        }
        let boundary = self.last - slots.len() as i64;
        if boundary < self.first {
            return Err("a ring of it holds slots from before its beginning".into());
        }
        let mut ring = KeptRing::begin(self.first, boundary, tally(self.oldest));
        for slot in slots {
            ring.push(slot);
        }
        Ok(ring)
    }
}

impl Slices {
    fn read(self, history: &KeptHistory, method: Method) -> Result<KeptSlices, String> {
        // minutes and numbers of slices, which are fewer
        let fits = |number: i64| number.unsigned_abs() < 1 << 33;
        let numbers = [self.cut.0, self.cut.1, self.before.0, self.before.1, self.open, self.ends.unwrap_or(0)];
        let minute = history.now.unix_seconds().div_euclid(60);
        let cut = |(origin, _): (i64, i64)| origin <= minute + 1;
        let valid = self.carried.0.parse::<u64>().ok().filter(|valid| *valid < 1 << 33);
        let bad = self.carried.1.parse::<u128>().ok().filter(|bad| *bad < 1 << 90);
        let (Some(valid), Some(bad), true) = (valid, bad, numbers.into_iter().all(fits)) else {
            return Err("its slices hold numbers that none can have".into());
        };
        if self.closed.len() > MOST_SLOTS
            || instant(self.now) != Some(history.now)
            || !cut(self.cut)
            || !cut(self.before)
        {
            return Err("its slices stand at another instant than its history".into());
        }
        // the slice in progress is that of its instant: whoever went on from another would go through all between
        let length = method.slice().map_or(1, |slice| i64::from(slice.minutes()));
        let in_progress = self.cut.1 + (minute - self.cut.0).div_euclid(length);
        if (self.open - in_progress).abs() > 2 {
            return Err("its slice in progress is not that of its instant".into());
        }
        Ok(KeptSlices {
            cut: self.cut,
            before: self.before,
            ends: self.ends,
            now: history.now,
            total: tally(self.total),
            open: self.open,
            events: tally(self.events),
            closed: self.closed,
            carried: (valid, bad),
            carried_among: self.carried_among,
            carried_for: Duration::from_nanos(self.carried_for).min(TEN_YEARS),
        })
    }
}

/// An instant from the epoch to the year 2200.
fn instant(nanos: i64) -> Option<Timestamp> {
    (0..7_258_118_400_000_000_000).contains(&nanos).then(|| Timestamp::from_unix_nanos(nanos))
}

fn tally([good, bad]: [u64; 2]) -> Tally {
    Tally::new(good, bad)
}
