//! One call, from its beginning to its end, whatever that end is.

use std::fmt::Write;
use std::mem;

use super::record::seats::{Seat, Unseated, on_seat, seat_or_open};
use super::{FailureKind, Outcome, Sli, count_wide, finish};
use crate::clock::{Coarse, Ticks};
use crate::spec::Timing;

/// A call that has begun. Ends with [`end`](Self::end); dropped before that, it is counted as a panic if the thread is
/// unwinding and as [`Outcome::Cancelled`] otherwise. It may move to another thread.
#[derive(Debug)]
#[must_use = "a call that is dropped at once is counted as cancelled"]
pub struct Call<'a> {
    sli: &'a Sli,
    since: Since,
}

/// How one call is timed. The attribute knows it when it is compiled, so that nothing is decided while a request waits.
pub trait Watch: Copy {
    /// Starts it.
    fn start(timing: Timing) -> Self;
    /// Nanoseconds since, if they are taken.
    fn elapsed_nanos(self) -> Option<f64>;
}

/// `timing = "precise"`, the default.
#[derive(Clone, Copy, Debug)]
pub struct Precise(Ticks);

impl Watch for Precise {
    #[inline]
    fn start(_: Timing) -> Self {
        Self(Ticks::now())
    }
    #[inline]
    fn elapsed_nanos(self) -> Option<f64> {
        Some(self.0.elapsed_nanos())
    }
}

/// `timing = "coarse"`.
#[derive(Clone, Copy, Debug)]
pub struct ToMillis(u64);

impl Watch for ToMillis {
    #[inline]
    fn start(_: Timing) -> Self {
        Self(Coarse::nanos())
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
    fn elapsed_nanos(self) -> Option<f64> {
        None
    }
}

/// As the SLI says, found out at each call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Since {
    Precise(Precise),
    Coarse(ToMillis),
    Untimed,
    /// Measuring is switched off.
    Nothing,
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
    fn elapsed_nanos(self) -> Option<f64> {
        match self {
            Self::Precise(watch) => watch.elapsed_nanos(),
            Self::Coarse(watch) => watch.elapsed_nanos(),
            Self::Untimed | Self::Nothing => None,
        }
    }
}

impl<'a> Call<'a> {
    #[inline]
    pub(super) fn begin(sli: &'a Sli) -> Self {
        match on_seat(sli, |seat| seat.block.add_started(1)) {
            Some(()) => Self { sli, since: Since::start(sli.spec().timing) },
            None => Self::begin_unseated(sli),
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn begin_unseated(sli: &'a Sli) -> Self {
        let since = match seat_or_open(sli, &mut |seat| seat.block.add_started(1)) {
            Unseated::Opened => Since::start(sli.spec().timing),
            Unseated::Standing(meter) => {
                meter.add_wide(|rest, _, _| rest.started += 1);
                Since::start(sli.spec().timing)
            }
            Unseated::Off => Since::Nothing,
        };
        Self { sli, since }
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
        let call = Self::begin(sli);
        let since = if matches!(call.since, Since::Nothing) { Since::Nothing } else { Since::Precise(since) };
        mem::forget(call);
        Self { sli, since }
    }

    /// Ends the call.
    #[inline]
    pub fn end(self, outcome: Outcome) {
        self.end_with(outcome, |_| {});
    }

    /// Ends the call; `describe` writes the text of its error, and is asked only if it failed and texts are wanted.
    #[inline]
    pub fn end_with(self, outcome: Outcome, describe: impl Fn(&mut dyn Write)) {
        self.count(outcome, FailureKind::Failed, &describe);
        mem::forget(self);
    }

    #[inline]
    fn count(&self, outcome: Outcome, kind: FailureKind, describe: &impl Fn(&mut dyn Write)) {
        let nanos = self.since.elapsed_nanos();
        if on_seat(self.sli, |seat| finish(seat, outcome, nanos, kind, describe)).is_none() {
            self.count_unseated(outcome, nanos, kind, describe);
        }
    }

    #[cold]
    #[inline(never)]
    fn count_unseated(
        &self,
        outcome: Outcome,
        nanos: Option<f64>,
        kind: FailureKind,
        describe: &dyn Fn(&mut dyn Write),
    ) {
        if matches!(self.since, Since::Nothing) {
            return;
        }
        if let Unseated::Standing(meter) =
            seat_or_open(self.sli, &mut |seat| finish(seat, outcome, nanos, kind, &describe))
        {
            count_wide(&meter, outcome, nanos, 1, 0);
        }
    }
}

impl Drop for Call<'_> {
    #[cold]
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.count(Outcome::Bad, FailureKind::Panicked, &|_: &mut dyn Write| {});
        } else {
            self.count(Outcome::Cancelled, FailureKind::Cancelled, &|_: &mut dyn Write| {});
        }
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

    #[inline]
    pub(super) fn end(self, outcome: Outcome, describe: &impl Fn(&mut dyn Write)) {
        finish(self.seat, outcome, self.watch.elapsed_nanos(), FailureKind::Failed, describe);
        mem::forget(self);
    }
}

impl<W: Watch> Drop for Seated<'_, W> {
    #[cold]
    fn drop(&mut self) {
        // a call that keeps its thread ends early in one way only
        finish(self.seat, Outcome::Bad, self.watch.elapsed_nanos(), FailureKind::Panicked, &|_: &mut dyn Write| {});
    }
}
