//! A look: adding up, asking the law, publishing.
//!
//! Elected by one compare-and-swap on the word that says when the next look is due: who moves it looks, everybody else goes
//! on. The winner only tries the lock of what the law remembers; if a report is being written just then, the look falls out,
//! and the next is due a millisecond later. All figures are saturating or modular: a clock that runs backwards, a duration of
//! 0 or 2⁶⁴ and a counter that wraps give a worse figure, never a panic.

use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError, TryLockError};

use super::cells::{Rare, Sums, spread};
use super::comeback::Refusing;
use super::law::{Law, Look, Settings, Verdict};
use super::{CUT, FAR, FLAGS, FORCED_AT, Gate};
use crate::admission::ask::{BINS, CELLS, RANKS_IN_BIN};
use crate::clock::Stamp;

/// Until when nobody else looks, if the one who looks is held up.
const MEANWHILE: u64 = 1_000_000;
/// The most and the least time between looks, in nanoseconds.
const MOST: u64 = 100_000_000;
const LEAST: u64 = 50_000;
/// How often a gate looks that only counts.
const COUNTING: u64 = 2_000_000;

const NOTHING: Verdict = Verdict { cut: 0, limit: 0, baseline: 0, wait: 0, next_look: 0 };

/// How many ranks there are.
pub(super) const RANKS: u64 = RANKS_IN_BIN as u64 * BINS as u64;

/// Classes of priority.
pub(super) const CLASSES: usize = 4;

/// What a gate remembers between looks, under the lock that only a winner tries.
#[derive(Debug)]
pub(super) struct State {
    law: Option<Law>,
    seen: Sums,
    /// What came since the last look.
    since: Since,
    last: Option<Stamp>,
    refusing: Refusing,
    /// When one that is refused should ask again, in milliseconds.
    comeback: u32,
    /// What is offered, newer looks weighing more, for a share that is refused on purpose.
    mix: [u64; BINS],
    pub(super) verdict: Verdict,
    pub(super) totals: Totals,
}

/// Differences since the last look.
#[derive(Clone, Copy, Debug)]
struct Since {
    offered: [u32; BINS],
    admitted: u64,
    refused: u64,
    completed: u64,
    ticks: u64,
    deadlines: u64,
    deadline_micros: u64,
}

impl Since {
    const NOTHING: Self =
        Self { offered: [0; BINS], admitted: 0, refused: 0, completed: 0, ticks: 0, deadlines: 0, deadline_micros: 0 };
}

/// All that ever happened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Totals {
    pub(super) admitted: [u64; CLASSES],
    pub(super) refused: [u64; CLASSES],
    pub(super) completed: u64,
    pub(super) failed: u64,
    pub(super) late: u64,
    pub(super) forced: u64,
    pub(super) full: u64,
    pub(super) open: u64,
    pub(super) retries: u64,
    pub(super) would: u64,
    pub(super) detached: u64,
    pub(super) in_flight: u64,
    pub(super) looks: u64,
}

impl State {
    pub(super) const fn new() -> Self {
        Self {
            law: None,
            seen: Sums::ZERO,
            since: Since::NOTHING,
            last: None,
            refusing: Refusing::new(),
            comeback: super::comeback::LEAST,
            mix: [0; BINS],
            verdict: NOTHING,
            totals: Totals {
                admitted: [0; CLASSES],
                refused: [0; CLASSES],
                completed: 0,
                failed: 0,
                late: 0,
                forced: 0,
                full: 0,
                open: 0,
                retries: 0,
                would: 0,
                detached: 0,
                in_flight: 0,
                looks: 0,
            },
        }
    }

    /// Takes in what was counted since it was last asked.
    pub(super) fn absorb(&mut self, sums: Sums) {
        let (since, totals) = (&mut self.since, &mut self.totals);
        for cell in 0..CELLS {
            let admitted = sums.admitted[cell].wrapping_sub(self.seen.admitted[cell]);
            let refused = sums.refused[cell].wrapping_sub(self.seen.refused[cell]);
            let offered = admitted.saturating_add(refused);
            if offered == 0 {
                continue;
            }
            spread(cell, offered, totals.looks as usize, |bin, count| {
                since.offered[bin] = since.offered[bin].saturating_add(count);
            });
            since.admitted += u64::from(admitted);
            since.refused += u64::from(refused);
            totals.admitted[class(cell)] += u64::from(admitted);
            totals.refused[class(cell)] += u64::from(refused);
        }
        since.completed += sums.completed.wrapping_sub(self.seen.completed);
        since.ticks = since.ticks.saturating_add(sums.ticks.wrapping_sub(self.seen.ticks));
        since.deadlines += sums.of(Rare::Deadlines).wrapping_sub(self.seen.of(Rare::Deadlines));
        let micros = sums.of(Rare::DeadlineMicros).wrapping_sub(self.seen.of(Rare::DeadlineMicros));
        since.deadline_micros = since.deadline_micros.saturating_add(micros);
        totals.completed = sums.completed;
        totals.failed = sums.of(Rare::Failed);
        totals.late = sums.of(Rare::Late);
        totals.forced = sums.of(Rare::Forced);
        totals.full = sums.of(Rare::Full);
        totals.open = sums.of(Rare::Open);
        totals.retries = sums.of(Rare::Retries);
        totals.would = sums.of(Rare::Would);
        totals.detached = sums.of(Rare::Detached).saturating_sub(sums.of(Rare::StreamEnded));
        totals.in_flight = sums.in_flight();
        self.seen = sums;
    }

    /// Asks the law.
    fn judge(&mut self, stamp: Stamp, settings: Option<Settings>) -> Verdict {
        let since = std::mem::replace(&mut self.since, Since::NOTHING);
        for (mix, offered) in self.mix.iter_mut().zip(&since.offered) {
            *mix = (*mix - *mix / 16).saturating_add(u64::from(*offered) << 16);
        }
        let deadline = since.deadline_micros.checked_div(since.deadlines).map(|micros| micros.saturating_mul(1_000));
        let verdict = settings.map(|settings| {
            self.law.get_or_insert_with(|| Law::new(settings)).look(&Look {
                since_last: self.last.map_or(0, |last| stamp.nanos_since(last)),
                offered_by_bin: &since.offered,
                admitted: since.admitted,
                refused: since.refused,
                completed: since.completed,
                in_flight: self.totals.in_flight,
                deadline,
                inside: stamp.nanos_of(since.ticks),
            })
        });
        let verdict = verdict.unwrap_or(Verdict { next_look: COUNTING, ..NOTHING });
        self.last = Some(stamp);
        self.comeback = self.refusing.look(stamp, since.refused > 0, verdict.wait);
        self.totals.looks += 1;
        self.verdict = verdict;
        verdict
    }

    /// The rank below which lies this share (of 2³²) of what is offered.
    fn quantile(&self, share: u64) -> u64 {
        let total: u128 = self.mix.iter().map(|count| u128::from(*count)).sum();
        let mut left = (total * u128::from(share)) >> 32;
        for (bin, count) in self.mix.iter().enumerate() {
            let count = u128::from(*count);
            if left < count {
                let ranks = u64::from(RANKS_IN_BIN);
                return bin as u64 * ranks + (left * u128::from(ranks) / count) as u64;
            }
            left -= count;
        }
        RANKS
    }
}

/// The class that a cell counts.
fn class(cell: usize) -> usize {
    let class = if cell < BINS { cell * CLASSES / BINS } else { (cell - BINS) / 2 };
    class % CLASSES
}

impl Gate {
    /// None: the law has no say.
    fn settings(&self) -> Option<Settings> {
        let anchor = self.anchor.map(|anchor| u64::try_from(anchor.as_nanos()).unwrap_or(u64::MAX));
        (!self.lawless && self.size == 0).then_some(Settings { anchor })
    }

    /// Looks, if nobody else does.
    #[cold]
    #[inline(never)]
    pub(super) fn look(&self, stamp: Stamp) {
        let due = self.next_look.load(Ordering::Relaxed);
        if due.wrapping_sub(stamp.raw()) <= FAR {
            return;
        }
        let meanwhile = stamp.raw_plus(stamp.ticks_of(MEANWHILE));
        if self.next_look.compare_exchange(due, meanwhile, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            return;
        }
        let mut state = match self.state.try_lock() {
            Ok(state) => state,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        state.absorb(self.books().sum());
        let verdict = state.judge(stamp, self.settings());
        self.inside.store(state.totals.in_flight, Ordering::Relaxed);
        let share = self.cell.load();
        let forced = match share {
            0 => 0,
            1..=0xffff_ffff => state.quantile(share),
            _ => RANKS,
        };
        let comeback = state.comeback;
        drop(state);
        self.publish(verdict, forced);
        if self.retry_after_millis.load(Ordering::Relaxed) != comeback {
            self.retry_after_millis.store(comeback, Ordering::Relaxed);
        }
        let ticks = stamp.ticks_of(verdict.next_look.clamp(LEAST, MOST)).min(FAR / 2);
        self.next_look.store(stamp.raw_plus(ticks), Ordering::Relaxed);
    }

    /// What it remembers, for a report.
    pub(super) fn remembered(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, verdict: Verdict, forced: u64) {
        let decided = u64::from(verdict.cut).max(forced) & CUT | (forced & CUT) << FORCED_AT;
        let _ = self.word.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |word| {
            let next = word & FLAGS | decided;
            (next != word).then_some(next)
        });
        if self.expected.load(Ordering::Relaxed) != verdict.wait {
            self.expected.store(verdict.wait, Ordering::Relaxed);
        }
    }
}
