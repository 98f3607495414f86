//! Measuring: all that a request touches when it is counted.
//!
//! An [`Sli`] is a `static` with a `const` constructor. Counting one call is: find this thread's block, add one to "started",
//! read the clock; run; read the clock, find the block again, add one to the cell of outcome and latency. No lock, no
//! allocation, no locked instruction, no system call, and nothing that can fail. Whatever is rarer than a good, fast call
//! (a failure, a slow call, a dropped future) goes through a function marked cold: it remembers the failure and rings for the
//! loop, and never waits.
//!
//! What the numbers are: counts are exact, also while other threads count. A duration falls into a bucket of 12.5 %, except
//! that latency objectives are counted against their very threshold. What is lost: nothing when threads end, however many;
//! a process that is killed takes its counts with it.
//!
//! A global allocator must not itself be measured: the first call on a thread allocates.
//!
//! Layer 1: imports clock, name, spec, sync.

mod call;
mod catalogue;
pub(crate) mod failures;
pub(crate) mod handled;
pub mod journey;
mod labels;
mod outcome;
mod peek;
pub mod probe;
pub(crate) mod record;

pub use call::Call;
#[doc(hidden)]
pub use call::{Precise, ToMillis, Untimed, Watch};
pub use catalogue::{Catalogue, CatalogueError, CatalogueErrors, Registered, catalogue};
pub(crate) use catalogue::{announced, check};
#[allow(unused_imports)] // only the feature `tracing-layer` asks
pub(crate) use failures::set_marker;
pub(crate) use failures::set_trace_source;
pub use failures::{FailureKind, TraceRef};
pub use labels::{Labels, OTHER};
pub use outcome::{Classify, Outcome};

use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::time::Duration;

use crate::name::{self, NameError};
use crate::spec::SliSpec;
use record::block::Row;
use record::buckets::{UNTIMED, bucket, cell};
use record::meter::Meter;
use record::seats::{Seat, Unseated, on_seat, position, seat_or_open};

/// A measured indicator: how many calls of something were good, bad, ignored, cancelled, shed, and how long they took.
///
/// `#[sli]` makes one for a function and [`slis!`](crate::slis) one by hand, both entered into the catalogue when the
/// program is linked. One whose name is known only while running (a plug-in, a table of routes) is made by
/// [`Sli::named`] and handed to [`Builder::sli`](crate::Builder::sli) or [`Reliability::add`](crate::Reliability::add).
///
/// ```
/// use reliability_core::{Outcome, Sli};
/// use std::time::Duration;
///
/// static NIGHTLY: Sli = Sli::new("nightly-export");
///
/// NIGHTLY.record(Outcome::Good, Duration::from_secs(3));
/// NIGHTLY.record_many(Outcome::Bad, 12);
/// ```
#[derive(Debug)]
pub struct Sli {
    spec: SliSpec,
    position: AtomicU32,
    labels: Option<&'static Labels>,
    parent: Option<(&'static Sli, &'static str)>,
}

/// No position given yet; it lies in no table.
const UNKNOWN: u32 = u32::MAX;
static NEXT_SLOT: AtomicU32 = AtomicU32::new(0);

impl Sli {
    /// An SLI of this name, without objectives. The name is checked when the service starts.
    pub const fn new(name: &'static str) -> Self {
        Self::from_spec(SliSpec::new(name))
    }

    /// An SLI with all that it declares.
    pub const fn from_spec(spec: SliSpec) -> Self {
        Self { spec, position: AtomicU32::new(UNKNOWN), labels: None, parent: None }
    }

    /// An SLI whose name is known only now. The name is kept for the life of the process, once for each different text.
    ///
    /// # Errors
    /// If the name is no DNS label.
    pub fn named(name: &str) -> Result<Self, NameError> {
        name::check(name).map_err(|fault| NameError { found: name.to_owned(), fault })?;
        Ok(Self::new(name::intern(name)))
    }

    /// The same with objectives and all else changed by `declare`.
    #[must_use]
    pub fn declare(mut self, declare: impl FnOnce(SliSpec) -> SliSpec) -> Self {
        self.spec = declare(self.spec);
        self
    }

    /// Counts the values of a label apart.
    #[must_use]
    pub const fn with_labels(mut self, labels: &'static Labels) -> Self {
        self.labels = Some(labels);
        self
    }

    pub(crate) fn child(parent: &'static Sli, value: &'static str) -> Self {
        Self { spec: parent.spec, position: AtomicU32::new(UNKNOWN), labels: None, parent: Some((parent, value)) }
    }

    /// The name.
    pub const fn name(&self) -> &'static str {
        self.spec.name
    }

    /// All that is declared about it.
    pub const fn spec(&self) -> &SliSpec {
        &self.spec
    }

    pub(crate) fn parent(&self) -> Option<&'static Sli> {
        self.parent.map(|(parent, _)| parent)
    }

    pub(crate) fn label_value(&self) -> Option<&'static str> {
        self.parent.map(|(_, value)| value)
    }

    #[inline]
    pub(crate) fn position_if_known(&self) -> u32 {
        self.position.load(Ordering::Relaxed)
    }

    /// Where each thread finds its block.
    pub(crate) fn position(&self) -> u32 {
        let known = self.position_if_known();
        if known != UNKNOWN {
            return known;
        }
        let fresh = position(NEXT_SLOT.fetch_add(1, Ordering::Relaxed));
        // the loser of a race leaves a place unused
        self.position
            .compare_exchange(UNKNOWN, fresh, Ordering::Relaxed, Ordering::Relaxed)
            .map_or_else(|won| won, |_| fresh)
    }

    /// Begins a call, which ends with [`Call::end`], or by dropping it: then it was cancelled, or panicked.
    #[inline]
    pub fn begin(&self) -> Call<'_> {
        Call::begin(self)
    }

    /// The same, timed as the attribute says instead of asking the SLI.
    #[doc(hidden)]
    #[inline]
    pub fn begin_as<W: Watch>(&self) -> Call<'_, W> {
        Call::begin(self)
    }

    /// Begins a call under a label's value. Without a label on this SLI the value is not used.
    pub fn begin_labelled(&'static self, value: &str) -> Call<'static> {
        self.labelled(value).begin()
    }

    /// The SLI that counts a label's value; this one itself without a label.
    #[doc(hidden)]
    pub fn labelled(&'static self, value: &str) -> &'static Self {
        self.labels.map_or(self, |labels| labels.find(self, value))
    }

    /// The same as [`begin`](Self::begin), under the name that people look for.
    #[inline]
    pub fn timer(&self) -> Call<'_> {
        self.begin()
    }

    /// Runs a function and counts it by what it returns. A panic is counted as bad and goes on.
    ///
    /// ```
    /// use reliability_core::{Outcome, Sli};
    /// static IMPORT: Sli = Sli::new("import");
    /// let rows = IMPORT.time_as(|| "12".parse::<u32>(), Outcome::of_result);
    /// assert_eq!(rows, Ok(12));
    /// ```
    #[inline]
    pub fn time_as<R>(&self, run: impl FnOnce() -> R, outcome: impl FnOnce(&R) -> Outcome) -> R {
        self.measure::<call::Since, R>(run, outcome, |_, _| {})
    }

    /// What the attribute makes of a function: runs it, judges its value, and asks for an error's text if one is wanted.
    ///
    /// The block is looked up once for the whole call, which a call that may change threads cannot do.
    #[doc(hidden)]
    #[inline]
    pub fn measure<W: Watch, R>(
        &self,
        run: impl FnOnce() -> R,
        outcome: impl FnOnce(&R) -> Outcome,
        describe: call::Describe<R>,
    ) -> R {
        let mut parts = Some((run, outcome));
        let done = on_seat(self, |seat| {
            let (run, outcome) = parts.take()?;
            let call = call::Seated::<W>::begin(seat, self.spec.timing);
            Some(call.end_of(run(), outcome, describe))
        });
        match (done.flatten(), parts) {
            (Some(value), _) => value,
            (None, Some((run, outcome))) => self.measure_unseated(run, outcome, describe),
            // `on_seat` either ran the closure, which took the parts and gave the value, or did not
            (None, None) => unreachable!(),
        }
    }

    #[cold]
    #[inline(never)]
    fn measure_unseated<R>(
        &self,
        run: impl FnOnce() -> R,
        outcome: impl FnOnce(&R) -> Outcome,
        describe: call::Describe<R>,
    ) -> R {
        // the body stands here a second time, so everything around it is a call to code that stands once
        let call = Call::begin_apart(self);
        let value = run();
        call.end_apart(outcome(&value), &|to| describe(&value, to));
        value
    }

    /// Runs a function that can fail: `Ok` is good, `Err` is bad, whatever they hold. See [`time_as`](Self::time_as) for more.
    ///
    /// # Errors
    /// Those of the function.
    pub fn time<T, E>(&self, run: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.time_as(run, Outcome::of_result)
    }

    /// Counts one event that has already happened.
    pub fn record(&self, outcome: Outcome, elapsed: Duration) {
        let nanos = elapsed.as_nanos() as f64;
        let count = |seat: &Seat| {
            seat.block.add_started(1);
            finish(seat, outcome, Some(nanos), FailureKind::Failed, &|_: &mut dyn std::fmt::Write| {});
        };
        if on_seat(self, count).is_none()
            && let Unseated::Standing(meter) = seat_or_open(self, &mut |seat| count(seat))
        {
            count_wide(&meter, outcome, Some(nanos), 1, 1);
        }
    }

    /// Counts `n` events that have already happened, without durations: rows of a batch, checks of freshness or correctness.
    ///
    /// Good ones are in no latency objective, because nobody knows how long they took; bad ones are bad in all. At most 2⁴⁸
    /// events are taken at once. Waits for a lock that the loop holds for microseconds: it is for jobs, not for requests.
    pub fn record_many(&self, outcome: Outcome, n: u64) {
        let n = n.min(1 << 48);
        let count = |meter: &Meter| {
            count_wide(meter, outcome, None, n, n);
            if outcome == Outcome::Bad && n > 0 {
                alarm(meter, FailureKind::Failed, None, &|_| {});
            }
        };
        if on_seat(self, |seat| count(&seat.meter)).is_none()
            && let Unseated::Standing(meter) = seat_or_open(self, &mut |seat| count(&seat.meter))
        {
            count(&meter);
        }
    }
}

/// Counts the end of a call at this thread's block if it was good and fast: the path that is laid straight. False, and
/// nothing is counted, if it was anything else.
#[inline]
pub(crate) fn finish_good(seat: &Seat, outcome: Outcome, nanos: Option<f64>) -> bool {
    let at = match nanos {
        Some(nanos) if nanos > seat.block.thresholds()[0] => return false,
        Some(nanos) => bucket(nanos),
        None => UNTIMED,
    };
    if outcome != Outcome::Good {
        return false;
    }
    if seat.block.add(Row::Good, at, nanos.unwrap_or(0.0)) {
        seat.meter.carry(&seat.block, Row::Good, at);
    }
    journey::note(seat, outcome, nanos);
    true
}

/// Counts the end of a call at this thread's block, whatever it was.
pub(crate) fn finish(
    seat: &Seat,
    outcome: Outcome,
    nanos: Option<f64>,
    kind: FailureKind,
    describe: &dyn Fn(&mut dyn std::fmt::Write),
) {
    if !finish_good(seat, outcome, nanos) {
        finish_rare(seat, outcome, nanos, kind, describe);
    }
}

/// Counts the end of a call that was not good and fast.
#[cold]
#[inline(never)]
fn finish_rare(
    seat: &Seat,
    outcome: Outcome,
    nanos: Option<f64>,
    kind: FailureKind,
    describe: &dyn Fn(&mut dyn std::fmt::Write),
) {
    journey::note(seat, outcome, nanos);
    let Seat { block, meter } = seat;
    let add = |row| {
        let at = nanos.map_or(UNTIMED, |nanos| cell(nanos, block.thresholds()));
        if block.add(row, at, nanos.unwrap_or(0.0)) {
            meter.carry(block, row, at);
        }
    };
    match outcome {
        Outcome::Good => {
            add(Row::Good);
            alarm(meter, FailureKind::Slow, nanos, describe);
        }
        Outcome::Bad => {
            add(Row::Bad);
            alarm(meter, kind, nanos, describe);
        }
        Outcome::Ignored => block.add_ignored(1),
        Outcome::Shed => {
            block.add_shed(1);
            failures::mark_span(meter.spec().name, None);
            meter.mark_dirty();
            record::bell::ring();
        }
        Outcome::Cancelled => {
            block.add_cancelled(meter.cancelled_class(nanos.unwrap_or(f64::INFINITY)), 1);
            if meter.cancelled_is_bad(nanos.unwrap_or(f64::INFINITY)) {
                alarm(meter, FailureKind::Cancelled, nanos, describe);
            }
        }
    }
}

/// What a failure does beyond being counted: it is remembered, and the loop is rung for.
fn alarm(meter: &Meter, kind: FailureKind, nanos: Option<f64>, describe: &dyn Fn(&mut dyn std::fmt::Write)) {
    failures::mark_span(meter.spec().name, Some(kind));
    meter.failures().push(kind, nanos, describe);
    meter.mark_dirty();
    record::bell::ring();
}

fn count_wide(meter: &Meter, outcome: Outcome, nanos: Option<f64>, n: u64, started: u64) {
    let class = meter.cancelled_class(nanos.unwrap_or(f64::INFINITY));
    let at = nanos.map_or(UNTIMED, |nanos| cell(nanos, meter.thresholds()));
    meter.add_wide(|rest, good, bad| {
        rest.started += started;
        if matches!(outcome, Outcome::Good | Outcome::Bad) {
            rest.nanos = rest.nanos.wrapping_add(nanos.unwrap_or(0.0) as u64);
        }
        match outcome {
            Outcome::Good => good[at] += n,
            Outcome::Bad => bad[at] += n,
            Outcome::Ignored => rest.ignored += n,
            Outcome::Shed => rest.shed += n,
            Outcome::Cancelled => rest.cancelled[class] += n,
        }
    });
}

const ENABLED_UNKNOWN: u8 = 0;
const ENABLED_YES: u8 = 1;
const ENABLED_NO: u8 = 2;
static ENABLED: AtomicU8 = AtomicU8::new(ENABLED_UNKNOWN);

/// Whether this process measures at all: not if the environment says `RELIABILITY=off` when it first asks.
pub(crate) fn enabled() -> bool {
    match ENABLED.load(Ordering::Relaxed) {
        ENABLED_UNKNOWN => {
            let off = std::env::var_os("RELIABILITY").is_some_and(|value| value.eq_ignore_ascii_case("off"));
            ENABLED.store(if off { ENABLED_NO } else { ENABLED_YES }, Ordering::Relaxed);
            !off
        }
        known => known == ENABLED_YES,
    }
}
