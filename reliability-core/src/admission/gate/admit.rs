//! The way of a request through a gate.
//!
//! What most requests take is laid straight and flat: three words, a comparison with the cut, one cell. All that is rarer goes through
//! one function apart. Two things were measured here. A number that is drawn for each call depends on the reading of the clock, and
//! whatever depends on a reading waits for it; so it is drawn only where a cut passes through what can be drawn, and an ask without a
//! level is counted in a cell of its class. And what is written in narrow parts and read in wide ones stalls the processor for
//! longer than all the rest takes; so what travels (a permit, a refusal) is made of whole words.

use std::sync::atomic::Ordering;

use super::cells::{Cells, Rare};
use super::permit::{Held, Hold, Permit};
use super::{CUT, FAR, FLAGS, FORCED, FORCED_AT, Gate, MONITOR, OPEN, REAL, SIZED, comeback, seats};
use crate::admission::ask::{Ask, Standing};
use crate::admission::priority::Priority;
use crate::admission::shed::{Shed, ShedReason};
use crate::clock::Stamp;

impl Gate {
    /// How many were inside at the last look, which is done now if it is due.
    pub(in crate::admission) fn about_inside(&self, stamp: Stamp) -> u64 {
        if self.next_look.load(Ordering::Relaxed).wrapping_sub(stamp.raw()) > FAR {
            self.look(stamp);
        }
        self.inside.load(Ordering::Relaxed)
    }

    /// Counts a refusal for a reason of its owner's.
    pub(in crate::admission) fn refuse_for(&'static self, reason: ShedReason, counted: Rare, ask: &Ask) -> Shed {
        self.refuse_until(reason, counted, ask, self.retry_after_millis.load(Ordering::Relaxed))
    }

    /// The same, where the owner knows when it makes sense to ask again: after about so many milliseconds.
    pub(in crate::admission) fn refuse_until(
        &'static self,
        reason: ShedReason,
        counted: Rare,
        ask: &Ask,
        estimate: u32,
    ) -> Shed {
        let number = seats::on_cells(self, |cells| {
            cells.rare(counted, u64::from(ask.cost));
            cells.refuse(ask.standing().cell, ask.cost)
        });
        Shed::made(self.name, reason, ask.priority, comeback::deal(estimate, number))
    }

    /// Lets a request in, or refuses it.
    ///
    /// ```
    /// use reliability_core::{Ask, Gate, Priority};
    /// use std::time::Duration;
    ///
    /// static SEARCH: Gate = Gate::new("search-door");
    /// let ask = Ask::new(Priority::Normal).key("customer-17").deadline(Duration::from_millis(300));
    /// match SEARCH.admit(ask) {
    ///     Ok(permit) => drop(permit), // answered
    ///     Err(shed) => println!("{shed}, come back in {:?}", shed.retry_after()),
    /// }
    /// ```
    ///
    /// # Errors
    /// The refusal, with its reason.
    #[inline]
    pub fn admit(&'static self, ask: impl Into<Ask>) -> Result<Permit, Shed> {
        let now = match self.hand.load(Ordering::Relaxed) {
            REAL => {
                let now = Stamp::now();
                now.check_lease();
                now
            }
            nanos => Stamp::from_nanos(nanos),
        };
        self.admit_at(ask.into(), now)
    }

    /// The same by a reading of the clock that was taken already.
    ///
    /// # Errors
    /// The refusal, with its reason.
    #[doc(hidden)]
    #[inline(always)]
    #[allow(clippy::inline_always)] // what is known of the ask where it is written decides what is left of this
    pub fn admit_at(&'static self, ask: Ask, stamp: Stamp) -> Result<Permit, Shed> {
        let standing = ask.standing();
        let word = self.word.load(Ordering::Relaxed);
        // one comparison for "due", "the clock ran backwards" and "it is another clock now"
        let due = self.next_look.load(Ordering::Relaxed).wrapping_sub(stamp.raw()) > FAR;
        if !due
            && word & FLAGS == 0
            && ask.deadline.is_none()
            && let Some(cells) = seats::placed(self)
        {
            if standing.is_below(word & CUT, stamp) {
                let number = cells.refuse(standing.cell, ask.cost);
                let forced = standing.is_below((word & FORCED) >> FORCED_AT, stamp);
                if forced {
                    cells.rare(Rare::Forced, u64::from(ask.cost));
                }
                let reason = if forced { ShedReason::Forced } else { ShedReason::Overload };
                return Err(self.shed(reason, ask.priority, number));
            }
            cells.admit(standing.cell, ask.cost);
            return Ok(Permit::new(self, stamp, Held::new(ask.cost, Hold::Count)));
        }
        self.admit_closely(standing, ask.priority, ask.cost, ask.nanos_left().unwrap_or(u64::MAX), stamp)
    }

    #[inline(always)]
    #[allow(clippy::inline_always)]
    fn shed(&self, reason: ShedReason, priority: Priority, number: u32) -> Shed {
        let estimate = self.retry_after_millis.load(Ordering::Relaxed);
        Shed::made(self.name, reason, priority, comeback::deal(estimate, number))
    }

    /// All that is rarer than a cut: a look, a deadline, a mode, a size, a thread's first request. `left` is `u64::MAX`
    /// without a deadline.
    ///
    /// It takes single words: an ask that is put together in memory of narrow parts and read in wide ones stalls the processor.
    #[inline(never)]
    fn admit_closely(
        &'static self,
        standing: Standing,
        priority: Priority,
        cost: u16,
        left: u64,
        stamp: Stamp,
    ) -> Result<Permit, Shed> {
        if !crate::sli::enabled() {
            return Ok(Permit::new(self, stamp, Held::new(cost, Hold::Nothing)));
        }
        if self.next_look.load(Ordering::Relaxed).wrapping_sub(stamp.raw()) > FAR {
            self.look(stamp);
        }
        let word = self.word.load(Ordering::Relaxed);
        let enforced = word & (MONITOR | OPEN) == 0;
        let reason = if word & OPEN == 0 { self.reason_against(standing, left, word, stamp) } else { None };
        seats::on_cells(self, |cells| {
            if left != u64::MAX {
                cells.rare(Rare::Deadlines, 1);
                cells.rare(Rare::DeadlineMicros, left / 1_000);
            }
            let mut refused = reason;
            if reason.is_some() && !enforced {
                cells.rare(Rare::Would, u64::from(cost));
                refused = None;
            }
            if refused.is_none() && word & SIZED != 0 && !self.take(u64::from(cost), enforced, cells) {
                refused = Some((ShedReason::Full, Some(Rare::Full)));
            }
            if let Some((reason, counted)) = refused {
                let number = cells.refuse(standing.cell, cost);
                if let Some(counted) = counted {
                    cells.rare(counted, u64::from(cost));
                }
                return Err(self.shed(reason, priority, number));
            }
            cells.admit(standing.cell, cost);
            let hold = if word & SIZED == 0 { Hold::Count } else { Hold::Place };
            Ok(Permit::new(self, stamp, Held::new(cost, hold)))
        })
    }

    /// Why it should be refused, if it should, and how that is counted beside the refusal itself.
    #[inline]
    fn reason_against(
        &self,
        standing: Standing,
        left: u64,
        word: u64,
        stamp: Stamp,
    ) -> Option<(ShedReason, Option<Rare>)> {
        if standing.is_below((word & FORCED) >> FORCED_AT, stamp) {
            Some((ShedReason::Forced, Some(Rare::Forced)))
        } else if standing.is_below(word & CUT, stamp) {
            Some((ShedReason::Overload, None))
        } else if left < self.expected.load(Ordering::Relaxed) {
            Some((ShedReason::Deadline, Some(Rare::Late)))
        } else {
            None
        }
    }

    /// Takes places of a gate of a fixed size.
    fn take(&self, cost: u64, enforced: bool, cells: &Cells) -> bool {
        let size = u64::from(self.size);
        let fits = |taken: u64| (taken.saturating_add(cost) <= size || !enforced).then(|| taken.saturating_add(cost));
        let took = self.taken.0.fetch_update(Ordering::Acquire, Ordering::Relaxed, fits);
        if took.is_ok_and(|taken| taken.saturating_add(cost) > size) {
            cells.rare(Rare::Would, cost);
        }
        took.is_ok()
    }

    /// Gives places back.
    pub(super) fn give_back(&self, cost: u16) {
        let less = |taken: u64| Some(taken.saturating_sub(u64::from(cost)));
        let _ = self.taken.0.fetch_update(Ordering::Release, Ordering::Relaxed, less);
    }

    /// Counts that an admitted one left.
    #[inline(always)]
    #[allow(clippy::inline_always)]
    pub(super) fn leave(&'static self, start: Stamp, end: Stamp, held: Held) {
        let ticks = end.ticks_since(start);
        match seats::placed(self) {
            Some(cells) if held.hold() == Hold::Count => cells.complete(ticks, held.cost()),
            _ => self.leave_closely(ticks, held),
        }
    }

    #[cold]
    #[inline(never)]
    fn leave_closely(&'static self, ticks: u64, held: Held) {
        if held.hold() == Hold::Nothing {
            return;
        }
        seats::on_cells(self, |cells| cells.complete(ticks, held.cost()));
        if held.hold() == Hold::Place {
            self.give_back(held.cost());
        }
    }
}
