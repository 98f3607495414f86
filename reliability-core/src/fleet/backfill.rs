//! Histories at the start, out of an engine's counters.
//!
//! For each SLI two questions, in pieces of days: how its calls ended (`reliability_events_total` by outcome), and how many took
//! no longer than each threshold (`reliability_latency_seconds_bucket`). Asked is for the last value *within each minute*, so
//! that a minute without a sample has no value; the plain reading would go on with the last one for five minutes and hide
//! the gap.
//!
//! **Each replica by itself.** Its counter's growth counts, and after a drop all that it shows; what it had grown to within the very minute of
//! the drop is asked for too. The first value of a replica that is
//! there when the records begin tells nothing of when that was counted, and is left out; one that comes later has begun at nothing, for
//! a counter of this library does, so all of its first value counts.
//!
//! **Never better.** The buckets count good and bad calls together, so of the calls within a threshold as many are taken for bad as
//! were bad at all. What fell between two samples is counted in the later minute. A refused call is bad.
//!
//! **Up to the minute in which this process began**: what it counts itself comes from itself.

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::answer::Series;
use super::query::{Api, QueryError};
use crate::clock::Timestamp;
use crate::engine::event::EventKind;
use crate::engine::report::{Report, SliReport, SloKind};
use crate::engine::snapshot::{KeptObserved, Snapshot};
use crate::reliability::{Builder, Handle};
use crate::slo::{SloState, Tally, Terms};

const MINUTE: Duration = Duration::from_secs(60);
/// Prometheus answers with 11,000 values of a series at the most.
const PIECE: i64 = 10_000;
/// How much of an answer is taken, in bytes, and how long one may take, unless said otherwise: these are long answers.
const LIMIT: u64 = 32 << 20;
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long the start of the service waits for histories, unless said otherwise.
const WAIT: Duration = Duration::from_secs(2);

/// Where histories are read from at the start: an engine with Prometheus's query interface, by its URL or by an [`Api`].
///
/// ```
/// use reliability_core::fleet::{Api, Backfill};
/// use std::time::Duration;
/// let mimir = Api::at("http://mimir:8080/prometheus")?.header("X-Scope-OrgID", "shop")?;
/// let backfill = Backfill::from(mimir).matching(r#"namespace="shop""#).wait(Duration::from_secs(5));
/// # drop(backfill);
/// # Ok::<(), reliability_core::fleet::QueryError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "give it to `Builder::backfill`"]
pub struct Backfill {
    /// What is no URL is told when it would be asked: it keeps no service from starting.
    api: Result<Api, QueryError>,
    matching: Option<String>,
    wait: Duration,
}

impl Backfill {
    /// The engine below this URL: what stands before `/api/v1/query_range`. What is none is told by the event.
    pub fn at(url: &str) -> Self {
        Self { api: Api::at(url).map(|api| api.or_else(TIMEOUT, LIMIT)), matching: None, wait: WAIT }
    }

    /// Which series are this service's, as matchers of the query language; `service="…"` with the service's name unless said otherwise.
    pub fn matching(mut self, matchers: impl Into<String>) -> Self {
        self.matching = Some(matchers.into());
        self
    }

    /// So long the start of the service waits at the most; two seconds unless said otherwise.
    pub fn wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }
}

impl From<Api> for Backfill {
    /// With 10 s and 32 MiB a query, where nothing was said of them.
    fn from(api: Api) -> Self {
        Self { api: Ok(api.or_else(TIMEOUT, LIMIT)), matching: None, wait: WAIT }
    }
}

impl From<&str> for Backfill {
    fn from(url: &str) -> Self {
        Self::at(url)
    }
}

impl From<String> for Backfill {
    fn from(url: String) -> Self {
        Self::at(&url)
    }
}

impl Builder<'_> {
    /// Reads histories at the start from an engine that speaks Prometheus' query API: see [`mod@crate::fleet`].
    ///
    /// It never keeps the service from starting, and the start waits for at most two seconds unless
    /// [`Backfill::wait`](crate::fleet::Backfill::wait) says otherwise. How it went tells an event.
    #[must_use]
    pub fn backfill(self, from: impl Into<Backfill>) -> Self {
        let from = from.into();
        self.then(move |handle| {
            let wait = from.wait;
            let (tell, heard) = mpsc::sync_channel(1);
            let theirs = handle.clone();
            let run = move || {
                backfill(&from, &theirs);
                let _ = tell.send(());
            };
            if let Err(error) = thread::Builder::new().name("reliability-fill".into()).spawn(run) {
                return handle.tell(trouble("the engine", error.to_string()));
            }
            let _ = heard.recv_timeout(wait);
        })
    }
}

fn trouble(from: &str, trouble: String) -> EventKind {
    EventKind::Backfilled { from: from.to_owned(), slos: 0, since: None, trouble }
}

fn backfill(from: &Backfill, handle: &Handle) {
    let report = handle.report();
    if report.store.as_ref().is_some_and(|store| store.resumed > 0) {
        return;
    }
    let api = match &from.api {
        Ok(api) => api,
        Err(error) => return handle.tell(trouble("the engine", error.to_string())),
    };
    let name = api.url();
    let told = match read(api, from.matching.as_deref(), handle, &report) {
        Ok((None, trouble)) => self::trouble(&name, trouble),
        Ok((Some(snapshot), trouble)) => {
            let (slos, since) = (snapshot.slos.len(), Some(snapshot.observed.begins));
            let told = EventKind::Backfilled { from: name.clone(), slos, since, trouble };
            match handle.adopt(snapshot, told) {
                Ok(()) => return,
                Err(error) => self::trouble(&name, error.to_string()),
            }
        }
        Err(error) => self::trouble(&name, error.to_string()),
    };
    handle.tell(told);
}

/// What the engine knows from before this process, and what it could not say.
fn read(
    api: &Api,
    matching: Option<&str>,
    handle: &Handle,
    report: &Report,
) -> Result<(Option<Snapshot>, String), QueryError> {
    let service = report.service.service.replace(['\\', '"', '\n'], "");
    let matching = matching.map_or_else(|| format!("service=\"{service}\""), str::to_owned);
    let until = Timestamp::from_unix_seconds(report.since.unix_seconds().div_euclid(60) * 60);
    let mut pasts = Vec::new();
    for sli in report.slis.iter().filter(|sli| !sli.slos.is_empty()) {
        let longest = sli.slos.iter().map(|slo| slo.window.length()).max().unwrap_or_default();
        let minutes = (longest.as_secs() / 60) as i64;
        pasts.push((sli, past(api, &matching, sli, until, minutes)?));
    }
    let observed = observed(pasts.iter().map(|(_, past)| past), until);
    let Some(observed) = observed else {
        return Ok((None, format!("it has no series of this service (asked for {matching})")));
    };
    let mut snapshot = handle.snapshot();
    (snapshot.at, snapshot.memory) = (until, None);
    let mut fill = |name: &str, past: &Past, kind: SloKind| {
        let terms = handle.terms(name)?;
        let slo = snapshot.slos.iter_mut().find(|slo| &*slo.name == name)?;
        slo.state = state(terms, past, kind, until, observed.begins)?.keep();
        (slo.whole, slo.served, slo.since, slo.standing) = (None, None, Vec::new(), None);
        Some(slo.name.clone())
    };
    let mut known = Vec::new();
    for (sli, past) in pasts.iter().filter(|(_, past)| !past.minutes.is_empty()) {
        known.extend(sli.slos.iter().filter_map(|slo| fill(&slo.name, past, slo.kind)));
    }
    snapshot.slos.retain(|slo| known.contains(&slo.name));
    snapshot.observed = observed;
    Ok((Some(snapshot), String::new()))
}

/// What was counted of one SLI, minute by minute, keyed by the instant at which a minute ends.
#[derive(Default)]
struct Past {
    minutes: BTreeMap<i64, Minute>,
}

#[derive(Default)]
struct Minute {
    good: u64,
    bad: u64,
    /// Calls within each threshold, by its bound.
    within: BTreeMap<u64, u64>,
}

fn past(api: &Api, matching: &str, sli: &SliReport, until: Timestamp, minutes: i64) -> Result<Past, QueryError> {
    let mut past = Past::default();
    let mut counters = Counters::default();
    let bounds = sli.slos.iter().filter_map(|slo| match slo.kind {
        SloKind::Latency(threshold) => Some(threshold),
        SloKind::Availability => None,
    });
    let bounds: Vec<Duration> = bounds.collect();
    let name = sli.spec.name;
    let ends = until.unix_seconds();
    let mut begin = ends - minutes * 60;
    while begin < ends {
        let end = (begin + (PIECE - 1) * 60).min(ends);
        let at = |seconds: i64| Timestamp::from_unix_seconds(seconds);
        let piece = (at(begin), at(end));
        let outcomes = "good|bad|shed|cancelled_bad";
        let events = format!("reliability_events_total{{{matching},sli=\"{name}\",outcome=~\"{outcomes}\"}}");
        counters.read(api, &events, piece, |series, at, news| {
            let minute = past.minutes.entry(at).or_default();
            if series.label("outcome") == "good" { minute.good += news } else { minute.bad += news }
        })?;
        if !bounds.is_empty() {
            let le = bounds.iter().map(|bound| spelled(*bound)).collect::<Vec<_>>().join("|");
            let buckets = format!("reliability_latency_seconds_bucket{{{matching},sli=\"{name}\",le=~\"{le}\"}}");
            counters.read(api, &buckets, piece, |series, at, news| {
                // engines write a bound in their own way: it is compared as a number
                let le = series.label("le").parse::<f64>().unwrap_or(f64::NAN);
                let known = bounds.iter().find(|bound| (bound.as_secs_f64() - le).abs() <= le.abs() * 1e-9);
                if let Some(bound) = known {
                    let within = &mut past.minutes.entry(at).or_default().within;
                    *within.entry(bound.as_nanos() as u64).or_default() += news;
                }
            })?;
        }
        begin = end + 60;
    }
    Ok(past)
}

/// The last value of each replica's counters.
#[derive(Default)]
struct Counters {
    last: BTreeMap<BTreeMap<String, String>, u64>,
    /// The first minute that anything has a value in.
    first: Option<i64>,
}

impl Counters {
    /// Counts what each minute of a piece brought.
    fn read(
        &mut self,
        api: &Api,
        counters: &str,
        (begin, end): (Timestamp, Timestamp),
        mut count: impl FnMut(&Series, i64, u64),
    ) -> Result<(), QueryError> {
        let answer = api.range(&format!("last_over_time({counters}[1m])"), begin, end, MINUTE)?.series;
        // the records begin with the earliest value of whichever series of the first answer that holds any
        let earliest = answer.iter().filter_map(|series| series.points.first()).map(|(at, _)| second(*at)).min();
        self.first = self.first.or(earliest);
        let grows = |series: &Series| series.points.is_sorted_by(|a, b| a.1 <= b.1);
        let peaks = if answer.iter().all(grows) && !self.fell(&answer) {
            Vec::new()
        } else {
            api.range(&format!("max_over_time({counters}[1m])"), begin, end, MINUTE)?.series
        };
        let peaks: BTreeMap<_, &Series> = peaks.iter().map(|series| (replica(series), series)).collect();
        for series in &answer {
            let replica = replica(series);
            let peaks = peaks.get(&replica);
            for (at, value) in &series.points {
                let peak = peaks.and_then(|peaks| {
                    let place = peaks.points.binary_search_by(|(other, _)| other.total_cmp(at)).ok()?;
                    Some(peaks.points[place].1)
                });
                if let Some(value) = whole(*value) {
                    let news = self.news(&replica, second(*at), value, peak.and_then(whole));
                    // a minute that was read is there, whatever it brought
                    count(series, second(*at), news);
                }
            }
        }
        Ok(())
    }

    /// Whether a counter begins lower than it had ended in the piece before.
    fn fell(&self, answer: &[Series]) -> bool {
        answer.iter().any(|series| {
            let first = series.points.first().and_then(|(_, value)| whole(*value));
            first.zip(self.last.get(&replica(series))).is_some_and(|(first, last)| first < *last)
        })
    }

    /// How much one counter has grown; `peak` is the most that it showed within this minute.
    fn news(&mut self, replica: &BTreeMap<String, String>, at: i64, value: u64, peak: Option<u64>) -> u64 {
        let Some(last) = self.last.insert(replica.clone(), value) else {
            // there when the records begin: nobody knows when that was counted
            return if self.first.is_none_or(|first| at <= first) { 0 } else { value };
        };
        if value >= last { value - last } else { peak.unwrap_or(last).saturating_sub(last) + value }
    }
}

/// A bound in seconds in the ways in which exporters write it: `0.000001` and `1e-06`.
fn spelled(bound: Duration) -> String {
    let seconds = bound.as_secs_f64();
    let scientific = format!("{seconds:e}");
    match scientific.split_once('e').and_then(|(mantissa, power)| Some((mantissa, power.parse::<i32>().ok()?))) {
        Some((mantissa, power)) if power < -4 => format!("{seconds}|{mantissa}e{power:+03}"),
        _ => format!("{seconds}"),
    }
}

/// The labels without the name, which a function over time takes away.
fn replica(series: &Series) -> BTreeMap<String, String> {
    series
        .labels
        .iter()
        .filter(|(name, _)| *name != "__name__")
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// The second of an instant, of which an answer says that it can be one.
fn second(at: f64) -> i64 {
    at as i64
}

/// What a counter shows, where that is a number of calls.
fn whole(value: f64) -> Option<u64> {
    (0.0..9e15).contains(&value).then_some(value as u64)
}

/// Which minutes anybody read, from the first of them on.
fn observed<'a>(pasts: impl Iterator<Item = &'a Past>, until: Timestamp) -> Option<KeptObserved> {
    let mut read: Vec<i64> = pasts.flat_map(|past| past.minutes.keys().copied()).collect();
    read.sort_unstable();
    read.dedup();
    let at = Timestamp::from_unix_seconds;
    let first = *read.first()?;
    let mut gaps: Vec<_> =
        read.windows(2).filter(|pair| pair[1] > pair[0] + 60).map(|pair| (at(pair[0]), at(pair[1] - 60))).collect();
    let last = read.last().copied().unwrap_or(first);
    if last < until.unix_seconds() {
        gaps.push((at(last), until));
    }
    // a value at a minute's end is of the minute before it
    Some(KeptObserved { begins: at(first - 60), gaps })
}

/// The history of one SLO.
fn state(terms: Terms, past: &Past, kind: SloKind, until: Timestamp, begins: Timestamp) -> Option<SloState> {
    let mut state = SloState::new(terms, begins).ok()?;
    let mut total = Tally::ZERO;
    for (at, minute) in &past.minutes {
        let news = match kind {
            SloKind::Availability => Tally::new(minute.good, minute.bad),
            SloKind::Latency(threshold) => {
                let within = minute.within.get(&(threshold.as_nanos() as u64)).copied().unwrap_or(0);
                let good = within.saturating_sub(minute.bad).min(minute.good);
                Tally::new(good, minute.good - good + minute.bad)
            }
        };
        total = total + news;
        state.advance(Timestamp::from_unix_seconds(*at), total, Duration::ZERO);
    }
    state.advance(until, total, Duration::ZERO);
    Some(state)
}
