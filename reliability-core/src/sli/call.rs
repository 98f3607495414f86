//! One call, from its beginning to its end, whatever that end is.

use std::fmt::Write;
use std::mem;

use super::record::seats::{Seat, Unseated, on_seat, seat_or_open};
use super::{FailureKind, Outcome, Sli, count_wide, finish, finish_good};
use crate::clock::{Coarse, Stamp, Ticks, lease};
use crate::spec::Timing;

/// A call that has begun. Ends with [`end`](Self::end); dropped before that, it is counted as a panic if the thread is
/// unwinding and as [`Outcome::Cancelled`] otherwise. It may move to another thread.
#[derive(Debug)]
#[must_use = "a call that is dropped at once is counted as cancelled"]
pub struct Call<'a, W: Watch = Since> {
    /// None: measuring is switched off.
    sli: Option<&'a Sli>,
    watch: W,
}

/// How one call is timed. The attribute knows it when it is compiled, so that nothing is decided while a request waits.
pub trait Watch: Copy {
    /// Starts it.
    fn start(timing: Timing) -> Self;
    /// Nanoseconds since, if they are taken.
    fn elapsed_nanos(self) -> Option<f64>;
    /// The reading that it was started by, for a gate that shares it. None if the precise clock was not read.
    #[inline]
    fn stamp(self) -> Option<Stamp> {
        None
    }
    /// The same, as what is found out at each call.
    fn since(self) -> Since;
    /// Nanoseconds until a reading that was taken already, if they are taken.
    #[inline]
    fn nanos_until(self, _: Stamp) -> Option<f64> {
        self.elapsed_nanos()
    }
}

/// `timing = "precise"`, the default.
#[derive(Clone, Copy, Debug)]
pub struct Precise(Ticks);

impl Watch for Precise {
    #[inline]
    fn start(_: Timing) -> Self {
        let now = Ticks::now();
        now.check_lease();
        Self(now)
    }
    #[inline]
    fn since(self) -> Since {
        Since::Precise(self)
    }
    #[inline]
    fn elapsed_nanos(self) -> Option<f64> {
        Some(self.0.elapsed_nanos())
    }
    #[inline]
    fn stamp(self) -> Option<Stamp> {
        Some(self.0.stamp())
    }
    #[inline]
    fn nanos_until(self, end: Stamp) -> Option<f64> {
        Some(self.0.nanos_until(end))
    }
}

/// `timing = "coarse"`.
#[derive(Clone, Copy, Debug)]
pub struct ToMillis(u64);

impl Watch for ToMillis {
    #[inline]
    fn start(_: Timing) -> Self {
        let now = Coarse::nanos();
        lease::check_nanos(now);
        Self(now)
    }
    #[inline]
    fn since(self) -> Since {
        Since::Coarse(self)
    }
    #[inline]
    fn elapsed_nanos(self) -> Option<f64> {
        Some(Coarse::nanos().saturating_sub(self.0) as f64)
    }
}

/// `timing = "off"`.
#[derive(Clone, Copy, Debug)]
pub struct Untimed;

impl Watch for Untimed {
    #[inline]
    fn start(_: Timing) -> Self {
        Self
    }
    #[inline]
    fn since(self) -> Since {
        Since::Untimed
    }
    #[inline]
    fn elapsed_nanos(self) -> Option<f64> {
        None
    }
}

/// As the SLI says, found out at each call.
#[derive(Clone, Copy, Debug)]
pub enum Since {
    /// By the counter.
    Precise(Precise),
    /// By the coarse clock.
    Coarse(ToMillis),
    /// Not at all.
    Untimed,
}

impl Watch for Since {
    #[inline]
    fn start(timing: Timing) -> Self {
        match timing {
            Timing::Precise => Self::Precise(Precise::start(timing)),
            Timing::Coarse => Self::Coarse(ToMillis::start(timing)),
            Timing::Off => Self::Untimed,
        }
    }

    #[inline]
    fn since(self) -> Since {
        self
    }

    #[inline]
    fn elapsed_nanos(self) -> Option<f64> {
        match self {
            Self::Precise(watch) => watch.elapsed_nanos(),
            Self::Coarse(watch) => watch.elapsed_nanos(),
            Self::Untimed => None,
        }
    }

    #[inline]
    fn stamp(self) -> Option<Stamp> {
        match self {
            Self::Precise(watch) => watch.stamp(),
            Self::Coarse(_) | Self::Untimed => None,
        }
    }

    #[inline]
    fn nanos_until(self, end: Stamp) -> Option<f64> {
        match self {
            Self::Precise(watch) => watch.nanos_until(end),
            other => other.elapsed_nanos(),
        }
    }
}

impl<'a> Call<'a> {
    #[cold]
    #[inline(never)]
    pub(super) fn begin_apart(sli: &'a Sli) -> Self {
        Self::begin(sli)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn end_apart(self, outcome: Outcome, describe: &dyn Fn(&mut dyn Write)) {
        self.end_with(outcome, describe);
    }

    /// Polls on behalf of a call that is kept in a future of your own. A runtime catches a panic before it drops the future,
    /// so that the call would look cancelled; here it is dropped while the panic unwinds, and counted as what it is.
    pub fn while_polling<R>(call: &mut Option<Self>, poll: impl FnOnce() -> R) -> R {
        let underway = call.take();
        let polled = poll();
        *call = underway;
        polled
    }

    /// Begins a call that a layer has watched since `since`, before it knew where to count it.
    #[doc(hidden)]
    pub fn begin_watched(sli: &'a Sli, since: Precise) -> Self {
        let mut call = Self::begin(sli);
        call.watch = Since::Precise(since);
        call
    }
}

impl<'a, W: Watch> Call<'a, W> {
    #[inline]
    pub(super) fn begin(sli: &'a Sli) -> Self {
        let timing = sli.spec().timing;
        let sli = match on_seat(sli, |seat| seat.block.add_started(1)) {
            Some(()) => Some(sli),
            None => begin_unseated(sli),
        };
        Self { sli, watch: W::start(timing) }
    }

    /// Ends the call.
    #[inline]
    pub fn end(self, outcome: Outcome) {
        self.end_with(outcome, |_| {});
    }

    /// Says that the call was answered by something cheaper than what was asked for. It is counted beside its outcome, and
    /// is in no denominator.
    ///
    /// ```
    /// use reliability_core::{Outcome, Sli};
    /// static HOME: Sli = Sli::new("degraded-home");
    /// let call = HOME.begin();
    /// call.degraded(); // the page of an hour ago
    /// call.end(Outcome::Good);
    /// ```
    pub fn degraded(&self) {
        if let Some(sli) = self.sli {
            count_degraded(sli);
        }
    }

    /// The reading that the call began with, for a gate that shares it.
    #[doc(hidden)]
    #[inline]
    pub fn stamp(&self) -> Option<Stamp> {
        self.watch.stamp()
    }

    /// Since when its caller waits, and for what.
    #[inline]
    pub(crate) fn waits(&self) -> Option<(Since, &'a Sli)> {
        self.sli.map(|sli| (self.watch.since(), sli))
    }

    /// Ends the call by a reading that was taken already, if one was, and gives its value back.
    #[doc(hidden)]
    #[inline]
    pub fn end_at<R>(self, end: Option<Stamp>, value: R, outcome: Outcome, describe: fn(&R, &mut dyn Write)) -> R {
        let (sli, watch) = (self.sli, self.watch);
        mem::forget(self);
        let nanos = end.map_or_else(|| watch.elapsed_nanos(), |end| watch.nanos_until(end));
        let Some(sli) = sli else { return value };
        if on_seat(sli, |seat| finish_good(seat, outcome, nanos)) == Some(true) {
            return value;
        }
        end_rare(sli, value, outcome, nanos, describe)
    }

    /// Ends the call; `describe` writes the text of its error, and is asked only if it failed and texts are wanted.
    #[inline]
    pub fn end_with(self, outcome: Outcome, describe: impl Fn(&mut dyn Write)) {
        if let Some((sli, nanos)) = self.end_good(outcome) {
            count(sli, outcome, nanos, FailureKind::Failed, &describe);
        }
    }

    /// Ends the call by the value that it gives, and gives it back.
    #[doc(hidden)]
    #[inline]
    pub fn end_of<R>(self, value: R, outcome: impl FnOnce(&R) -> Outcome, describe: Describe<R>) -> R {
        let outcome = outcome(&value);
        match self.end_good(outcome) {
            None => value,
            Some((sli, nanos)) => end_rare(sli, value, outcome, nanos, describe),
        }
    }

    /// Ends the call if it was good and fast, or is not measured; else gives what is left to be counted.
    #[inline]
    fn end_good(self, outcome: Outcome) -> Option<(&'a Sli, Option<f64>)> {
        let (sli, nanos) = (self.sli, self.watch.elapsed_nanos());
        mem::forget(self);
        let sli = sli?;
        if on_seat(sli, |seat| finish_good(seat, outcome, nanos)) == Some(true) { None } else { Some((sli, nanos)) }
    }
}

/// Writes the text of the error in a value. A plain function, so that what takes it is compiled once for each type of value
/// and not for each function that is measured.
pub(super) type Describe<R> = fn(&R, &mut dyn Write);

/// The value is taken and given back, so that on the straight path nothing keeps it in memory.
#[cold]
#[inline(never)]
fn end_rare<R>(sli: &Sli, value: R, outcome: Outcome, nanos: Option<f64>, describe: Describe<R>) -> R {
    count(sli, outcome, nanos, FailureKind::Failed, &|to| describe(&value, to));
    value
}

/// Counts a cheaper answer wherever this thread counts.
#[cold]
#[inline(never)]
fn count_degraded(sli: &Sli) {
    let count = |seat: &Seat| seat.block.add_degraded(1);
    if on_seat(sli, count).is_none()
        && let Unseated::Standing(meter) = seat_or_open(sli, &mut |seat| count(seat))
    {
        meter.add_wide(|rest, _, _| rest.degraded += 1);
    }
}

/// Counts an end wherever this thread counts.
#[cold]
#[inline(never)]
fn count(sli: &Sli, outcome: Outcome, nanos: Option<f64>, kind: FailureKind, describe: &dyn Fn(&mut dyn Write)) {
    let done = on_seat(sli, |seat| finish(seat, outcome, nanos, kind, describe));
    if done.is_none()
        && let Unseated::Standing(meter) = seat_or_open(sli, &mut |seat| finish(seat, outcome, nanos, kind, describe))
    {
        count_wide(&meter, outcome, nanos, 1, 0);
    }
}

/// Counts a start on a thread that has no block yet. None when measuring is switched off.
#[cold]
#[inline(never)]
fn begin_unseated(sli: &Sli) -> Option<&Sli> {
    match seat_or_open(sli, &mut |seat| seat.block.add_started(1)) {
        Unseated::Opened => Some(sli),
        Unseated::Standing(meter) => {
            meter.add_wide(|rest, _, _| rest.started += 1);
            Some(sli)
        }
        Unseated::Off => None,
    }
}

impl<W: Watch> Drop for Call<'_, W> {
    #[inline]
    fn drop(&mut self) {
        // taken apart here, so that a call that ends well is never put into memory for this
        if let Some(sli) = self.sli {
            abandon(sli, self.watch);
        }
    }
}

#[cold]
#[inline(never)]
fn abandon<W: Watch>(sli: &Sli, watch: W) {
    let nanos = watch.elapsed_nanos();
    if std::thread::panicking() {
        count(sli, Outcome::Bad, nanos, FailureKind::Panicked, &|_| {});
    } else {
        count(sli, Outcome::Cancelled, nanos, FailureKind::Cancelled, &|_| {});
    }
}

/// A call that stays on its thread, and so keeps its seat.
pub(super) struct Seated<'a, W: Watch> {
    seat: &'a Seat,
    watch: W,
}

impl<'a, W: Watch> Seated<'a, W> {
    #[inline]
    pub(super) fn begin(seat: &'a Seat, timing: Timing) -> Self {
        seat.block.add_started(1);
        Self { seat, watch: W::start(timing) }
    }

    /// Ends the call by the value that it gives, and gives it back.
    #[inline]
    pub(super) fn end_of<R>(self, value: R, outcome: impl FnOnce(&R) -> Outcome, describe: Describe<R>) -> R {
        let outcome = outcome(&value);
        let (seat, nanos) = (self.seat, self.watch.elapsed_nanos());
        mem::forget(self);
        if finish_good(seat, outcome, nanos) { value } else { finish_with(seat, value, outcome, nanos, describe) }
    }
}

/// As [`end_rare`], with the seat at hand.
#[cold]
#[inline(never)]
fn finish_with<R>(seat: &Seat, value: R, outcome: Outcome, nanos: Option<f64>, describe: Describe<R>) -> R {
    finish(seat, outcome, nanos, FailureKind::Failed, &|to| describe(&value, to));
    value
}

impl<W: Watch> Drop for Seated<'_, W> {
    #[inline]
    fn drop(&mut self) {
        unwind(self.seat, self.watch);
    }
}

/// A call that keeps its thread ends early in one way only.
#[cold]
#[inline(never)]
fn unwind<W: Watch>(seat: &Seat, watch: W) {
    finish(seat, Outcome::Bad, watch.elapsed_nanos(), FailureKind::Panicked, &|_| {});
}
