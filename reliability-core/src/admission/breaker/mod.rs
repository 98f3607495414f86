//! A breaker around a dependency: when most calls to it fail, callers are told so at once and it is left alone for a while.
//!
//! It opens when, over the last 10 s, at least 20 calls ended and half of them failed; it rests for 5 s, then lets 3 probes
//! through; if all are good it closes, if one fails it rests again, twice as long, up to eight times. Each number can be
//! declared otherwise.
//!
//! Who counts? The passes that it gives out ([`Pass::end`]), or an SLI that measures the dependency anyway ([`Breaker::driven_by`]).
//! Either way what the breaker itself refused is in neither count: it is shed, not failed, so a breaker cannot hold itself open. A call
//! that was dropped says nothing about the dependency and counts as neither.
//!
//! The state is one word: closed, half open with so many probes left, or open until a reading of the clock. Looks are elected as
//! at a gate, every 10 ms at the most, and nobody waits for one. So it opens at most 10 ms late, and may let through what
//! comes in between.
//!
//! Layer 1, inside `admission`.

mod history;
mod pass;

pub use pass::{BreakerReport, BreakerState, Pass};

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use super::ask::Ask;
use super::gate::Gate;
use super::gate::cells::Rare;
use super::gate::comeback;
use super::shed::{Shed, ShedReason};
use super::switches::{Known, Switch};
use crate::clock::Stamp;
use crate::sli::{Outcome, Sli};
use history::{Counts, History, SLOTS};

const CLOSED: u64 = 0;
/// `HALF + n`: half open, n probes left.
const HALF: u64 = 1;
const MOST_PROBES: u32 = 1_000;
/// From here on: open until this reading.
const OPEN: u64 = 2_048;

/// How often it looks, at the most.
const EVERY: u64 = 10_000_000;
/// A look that seems further away was set by another clock.
const FAR: u64 = 1 << 30;

/// Refuses calls to a dependency while it fails. See the [module's guide](super).
///
/// ```
/// use reliability_core::{Breaker, BreakerState, Shed, ShedReason};
///
/// static PAYMENTS: Breaker = Breaker::new("payments-breaker");
///
/// #[derive(Debug)]
/// enum PayError { Down, Refused(Shed) }
/// impl From<Shed> for PayError {
///     fn from(shed: Shed) -> Self { Self::Refused(shed) }
/// }
/// fn pay() -> Result<(), PayError> {
///     PAYMENTS.call(|| Err(PayError::Down))
/// }
///
/// assert!(matches!(pay(), Err(PayError::Down)));
/// PAYMENTS.trip(); // by hand, or by twenty failures
/// assert!(matches!(pay(), Err(PayError::Refused(shed)) if shed.reason() == ShedReason::Open));
/// ```
#[derive(Debug)]
pub struct Breaker {
    word: AtomicU64,
    next_look: AtomicU64,
    /// Good probes of the half-open time.
    good: AtomicU32,
    /// After this reading a half-open breaker lets probes through anew: those before hang.
    patience: AtomicU64,
    /// How often in a row it opened without closing.
    streak: AtomicU32,
    opened: AtomicU64,
    gate: Gate,
    known: Known,
    sli: Option<&'static Sli>,
    percent: u32,
    least: u64,
    window: Duration,
    rest: Duration,
    probes: u32,
    history: Mutex<History>,
}

impl Breaker {
    /// A closed breaker with the numbers of the head of this file.
    pub const fn new(name: &'static str) -> Self {
        Self {
            word: AtomicU64::new(CLOSED),
            next_look: AtomicU64::new(0),
            good: AtomicU32::new(0),
            patience: AtomicU64::new(0),
            streak: AtomicU32::new(0),
            opened: AtomicU64::new(0),
            gate: Gate::counting(name),
            known: Known::new(),
            sli: None,
            percent: 50,
            least: 20,
            window: Duration::from_secs(10),
            rest: Duration::from_secs(5),
            probes: 3,
            history: Mutex::new(History::new()),
        }
    }

    /// Counts what this SLI counts, instead of what passes end with. What it has counted before the first call is history.
    #[must_use]
    pub const fn driven_by(mut self, sli: &'static Sli) -> Self {
        self.sli = Some(sli);
        self
    }

    /// Opens at this share of failures, 1 to 100 %, of at least so many calls in the window.
    #[must_use]
    pub const fn opens_at(mut self, percent: u32, calls: u32) -> Self {
        self.percent = if percent == 0 { 1 } else { percent };
        self.least = if calls == 0 { 1 } else { calls as u64 };
        self
    }

    /// Judges by the last `window`.
    #[must_use]
    pub const fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// Leaves the dependency alone for so long, then lets so many probes through, 1 to 1,000.
    #[must_use]
    pub const fn rests(mut self, rest: Duration, probes: u32) -> Self {
        self.rest = rest;
        self.probes = match probes {
            0 => 1,
            1..=MOST_PROBES => probes,
            _ => MOST_PROBES,
        };
        self
    }

    /// Runs it on a clock of its own: see `Gate::with_manual_clock`.
    #[doc(hidden)]
    pub fn with_manual_clock(mut breaker: Self) -> &'static Self {
        breaker.gate.set_manual();
        Box::leak(Box::new(breaker))
    }

    /// Moves that clock.
    #[doc(hidden)]
    pub fn move_clock(&self, now: Stamp) {
        self.gate.move_clock(now);
    }

    /// The name.
    pub const fn name(&self) -> &'static str {
        self.gate.name()
    }

    pub(super) const fn gate(&self) -> &Gate {
        &self.gate
    }

    /// How it stands.
    pub fn state(&self) -> BreakerState {
        match self.word.load(Ordering::Relaxed) {
            CLOSED => BreakerState::Closed,
            HALF..OPEN => BreakerState::HalfOpen,
            _ => BreakerState::Open,
        }
    }

    /// Lets a call pass, or refuses it.
    ///
    /// # Errors
    /// A refusal, while it is open, or half open with as many probes under way as may be.
    pub fn enter(&'static self, ask: impl Into<Ask>) -> Result<Pass, Shed> {
        self.known.note(Switch::Breaker(self));
        let (ask, stamp) = (ask.into(), self.gate.now());
        self.look_if_due(stamp);
        let probe = match self.word.load(Ordering::Relaxed) {
            CLOSED => Some(false),
            word => self.probe(word, stamp).then_some(true),
        };
        let Some(probe) = probe else {
            // how long it will rest is no guess; half open, the probes are soon through
            let left = self.word.load(Ordering::Relaxed).saturating_sub(stamp.raw());
            let estimate = comeback::estimate(stamp.nanos_of(left));
            return Err(self.gate.refuse_until(ShedReason::Open, Rare::Open, &ask, estimate));
        };
        let admitted = self.gate.admit_at(ask, stamp);
        if probe && admitted.is_err() {
            self.probed(Outcome::Shed); // somebody refuses a share by hand: that says nothing, and another may try
        }
        Ok(Pass { breaker: self, permit: Some(admitted?), probe })
    }

    /// Makes a call: an `Err` is a failure, a panic too.
    ///
    /// # Errors
    /// Those of the call, and the refusal as one of them.
    pub fn call<T, E: From<Shed>>(&'static self, run: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let pass = self.enter(Ask::current())?;
        let result = run();
        pass.end(Outcome::of_result(&result));
        result
    }

    /// The same for a future.
    ///
    /// # Errors
    /// Those of the future, and the refusal as one of them.
    pub async fn call_async<T, E: From<Shed>>(
        &'static self,
        future: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let pass = self.enter(Ask::current())?;
        let result = future.await;
        pass.end(Outcome::of_result(&result));
        result
    }

    /// Opens it now.
    pub fn trip(&self) {
        let now = self.gate.now();
        self.word.store(self.open_until(now), Ordering::Relaxed);
        self.opened.fetch_add(1, Ordering::Relaxed);
    }

    /// Closes it now, and forgets what it has counted.
    pub fn reset(&self) {
        self.streak.store(0, Ordering::Relaxed);
        self.word.store(CLOSED, Ordering::Relaxed);
    }

    /// What it has done and does now.
    pub fn report(&self) -> BreakerReport {
        let gate = self.gate.report();
        BreakerReport {
            name: self.name(),
            state: self.state(),
            passed: gate.admitted,
            in_flight: gate.in_flight,
            failed: gate.failed,
            refused: gate.refused.total(),
            opened: self.opened.load(Ordering::Relaxed),
        }
    }

    fn open_until(&self, now: Stamp) -> u64 {
        let streak = self.streak.fetch_add(1, Ordering::Relaxed).min(3);
        let rest = u64::try_from(self.rest.as_nanos()).unwrap_or(u64::MAX >> 4).min(u64::MAX >> 4) << streak;
        now.raw_plus(now.ticks_of(rest)).max(OPEN)
    }

    /// Takes a probe, if it is time for one.
    #[cold]
    fn probe(&self, word: u64, now: Stamp) -> bool {
        let over = |until: u64| {
            // time to go, or too far away to be of this clock
            let left = until.wrapping_sub(now.raw());
            let longest = now.ticks_of(u64::try_from(self.rest.as_nanos()).unwrap_or(u64::MAX >> 4).min(u64::MAX >> 4));
            left == 0 || left > longest.saturating_mul(8).saturating_add(OPEN)
        };
        let again = match word {
            CLOSED => return true,
            HALF..OPEN => over(self.patience.load(Ordering::Relaxed)),
            until => over(until),
        };
        let next = if again { HALF + u64::from(self.probes) - 1 } else { word.wrapping_sub(1) };
        if !again && !(HALF + 1..OPEN).contains(&word) {
            return false;
        }
        if self.word.compare_exchange(word, next, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            return false; // somebody else took it: this call is refused, the next asks anew
        }
        if again {
            self.good.store(0, Ordering::Relaxed);
            let rest = u64::try_from(self.rest.as_nanos()).unwrap_or(u64::MAX);
            self.patience.store(now.raw_plus(now.ticks_of(rest)), Ordering::Relaxed);
        }
        true
    }

    /// A probe has ended.
    #[cold]
    fn probed(&self, outcome: Outcome) {
        let word = self.word.load(Ordering::Relaxed);
        if self.sli.is_some() || !(HALF..OPEN).contains(&word) {
            return;
        }
        match outcome {
            Outcome::Bad => self.open_from(word, self.gate.now()),
            Outcome::Good if self.good.fetch_add(1, Ordering::Relaxed) + 1 >= self.probes => self.close_from(word),
            Outcome::Good => {}
            // it says nothing: another may be sent
            _ => {
                let back = (word + 1).min(HALF + u64::from(self.probes));
                let _ = self.word.compare_exchange(word, back, Ordering::Relaxed, Ordering::Relaxed);
            }
        }
    }

    fn open_from(&self, word: u64, now: Stamp) {
        let until = self.open_until(now);
        if self.word.compare_exchange(word, until, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.opened.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn close_from(&self, word: u64) {
        if self.word.compare_exchange(word, CLOSED, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.streak.store(0, Ordering::Relaxed);
        }
    }

    #[inline]
    fn look_if_due(&'static self, stamp: Stamp) {
        let due = self.next_look.load(Ordering::Relaxed);
        if due.wrapping_sub(stamp.raw()) > FAR {
            self.look(due, stamp);
        }
    }

    #[cold]
    #[inline(never)]
    fn look(&'static self, due: u64, stamp: Stamp) {
        let next = stamp.raw_plus(stamp.ticks_of(EVERY).min(FAR / 2));
        if self.next_look.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            return;
        }
        let Ok(mut history) = self.history.try_lock() else { return };
        let Some(counts) = self.counts() else { return };
        let word = self.word.load(Ordering::Relaxed);
        let kind = |word: u64| word.clamp(CLOSED, HALF);
        // closed again: what was counted before is forgotten
        let fresh = kind(word) == CLOSED && kind(history.word) != CLOSED;
        if (HALF..OPEN).contains(&word) && !(HALF..OPEN).contains(&history.word) {
            history.changed = history.last.unwrap_or(counts);
        }
        history.word = word;
        let nanos = stamp.nanos_since(stamp.origin());
        let slot_nanos = (self.window.as_nanos() / SLOTS as u128).clamp(1, u128::from(u64::MAX)) as u64;
        // a breaker knows all that its own passes counted; of an SLI, what was before is history
        let begin = if self.sli.is_some() { counts } else { Counts::default() };
        let seen = history.take_in(nanos / slot_nanos, counts, begin, fresh);
        let probed = counts.since(history.changed);
        drop(history);
        match word {
            CLOSED => {
                let share = u128::from(seen.bad) * 100 >= u128::from(seen.valid) * u128::from(self.percent);
                if seen.valid >= self.least && seen.bad > 0 && share {
                    self.open_from(word, stamp);
                }
            }
            HALF..OPEN if self.sli.is_some() && probed.bad > 0 => self.open_from(word, stamp),
            HALF..OPEN if self.sli.is_some() && probed.valid >= u64::from(self.probes) => self.close_from(word),
            _ => {}
        }
    }

    fn counts(&self) -> Option<Counts> {
        if let Some(sli) = self.sli {
            return sli.peek().map(|(valid, bad)| Counts { valid, bad });
        }
        let sums = self.gate.books().sum();
        Some(Counts { valid: sums.completed, bad: sums.of(Rare::Failed) })
    }
}
