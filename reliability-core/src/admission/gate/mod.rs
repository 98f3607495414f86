//! `Gate`: admits or refuses, and never waits.
//!
//! A request reads three words (is a look due, who is cut off, how long must it expect to be inside) and adds one to a
//! cell of its own thread; when it leaves, it adds to two others. Nobody counts what is in flight: it is a difference of
//! sums, known at a look. Every 2 ms or less the first request that comes by does the look (an election by one
//! compare-and-swap): it adds up the threads' cells, asks the law ([`law`]), and publishes who is cut off. Nobody waits for it.
//!
//! So a gate does not compare each request with a limit. Between two looks it lets in what outranks the cut; what that may
//! be too many is bounded by what is offered in 2 ms. A [`Bulkhead`](super::Bulkhead), for calls out, is exact and pays for it.
//!
//! Layer 1, inside `admission`.

pub(crate) mod cells;
pub(crate) mod law;
mod look;
pub(crate) mod permit;
pub(crate) mod report;
mod seats;
mod service_time;
mod tuning;

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use super::ask::{Ask, RANKS_IN_BIN};
use super::cell::{Cell, SetBy};
use super::priority::Priority;
use super::share::Share;
use super::shed::{Shed, ShedReason};
use crate::clock::Stamp;
use crate::name::{self, NameError};
use cells::{Books, Cells, Rare};
use look::State;
use permit::{Hold, Permit};

/// What a gate does with what it finds.
///
/// ```
/// use reliability_core::{Gate, GateMode};
/// static FRONT_DOOR: Gate = Gate::new("mode-door");
/// FRONT_DOOR.set_mode(GateMode::Monitor); // watch for a week before it may refuse
/// assert_eq!(FRONT_DOOR.mode(), GateMode::Monitor);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GateMode {
    /// Admits everybody, and counts.
    Open,
    /// Decides and counts what it would have refused, and admits everybody.
    Monitor,
    /// Refuses.
    #[default]
    Enforce,
}

/// Lower bits of the word: who ranks below is refused. One more bit than a rank has, so that all can be.
const CUT: u64 = (1 << 17) - 1;
/// The next ones: who ranks below is refused on purpose.
const FORCED_AT: u32 = 17;
const FORCED: u64 = CUT << FORCED_AT;
const MONITOR: u64 = 1 << 40;
const OPEN: u64 = 1 << 41;
/// A fixed size is compared with the shared count.
const SIZED: u64 = 1 << 42;
const FLAGS: u64 = !(CUT | FORCED);

/// A look is never further away than this, in ticks; if it seems so, the clock was changed, and one is due.
const FAR: u64 = 1 << 30;

/// A place where requests are let in or refused, least important first, so that what is let in is answered in time.
///
/// ```
/// use reliability_core::{Gate, Priority, Shed};
///
/// static FRONT_DOOR: Gate = Gate::new("front-door");
///
/// fn answer() -> Result<&'static str, Shed> {
///     let _permit = FRONT_DOOR.admit(Priority::High)?; // ends when it is dropped
///     Ok("hello")
/// }
/// assert_eq!(answer(), Ok("hello"));
/// ```
#[repr(C, align(128))]
#[derive(Debug)]
pub struct Gate {
    // what every request reads comes first, in one line of the cache that only looks write
    word: AtomicU64,
    next_look: AtomicU64,
    /// Nanoseconds inside that one admitted now must expect.
    expected: AtomicU64,
    retry_after_millis: AtomicU32,
    /// A fixed size; 0: by the law.
    size: u32,
    /// The clock of a gate in a simulation, in nanoseconds; `REAL` reads the real one.
    hand: AtomicU64,
    name: &'static str,
    anchor: Option<Duration>,
    books: OnceLock<Books>,
    /// The share that is refused on purpose, whatever the law says: of 2³².
    pub(crate) cell: Cell,
    state: Mutex<State>,
    /// What is inside a gate of a fixed size: a line of its own, because every request writes it.
    taken: Apart,
}

/// Alone on its line of the cache.
#[repr(align(128))]
#[derive(Debug)]
struct Apart(AtomicU64);

const REAL: u64 = u64::MAX;

impl Gate {
    /// A gate that finds out by itself how much the service can take.
    pub const fn new(name: &'static str) -> Self {
        Self {
            word: AtomicU64::new(0),
            next_look: AtomicU64::new(0),
            expected: AtomicU64::new(0),
            retry_after_millis: AtomicU32::new(1_000),
            size: 0,
            hand: AtomicU64::new(REAL),
            name,
            anchor: None,
            books: OnceLock::new(),
            cell: Cell::new(0),
            state: Mutex::new(State::new()),
            taken: Apart(AtomicU64::new(0)),
        }
    }

    /// A gate whose name is known only now. It lives as long as the process.
    ///
    /// ```
    /// use reliability_core::{Gate, Priority};
    /// let gate = Gate::named("tenant-17")?;
    /// assert!(gate.admit(Priority::Normal).is_ok());
    /// # Ok::<(), reliability_core::NameError>(())
    /// ```
    ///
    /// # Errors
    /// If the name is no DNS label.
    pub fn named(name: &str) -> Result<&'static Self, NameError> {
        name::check(name).map_err(|fault| NameError { found: name.to_owned(), fault })?;
        Ok(Box::leak(Box::new(Self::new(name::intern(name)))))
    }

    /// A gate on a clock that is moved by [`move_clock`](Self::move_clock) or told with each call, for simulations.
    #[doc(hidden)]
    pub fn with_manual_clock(gate: Self) -> &'static Self {
        gate.hand.store(0, Ordering::Relaxed);
        Box::leak(Box::new(gate))
    }

    /// Moves the clock of a gate that has one of its own.
    #[doc(hidden)]
    pub fn move_clock(&self, now: Stamp) {
        self.hand.store(now.raw(), Ordering::Relaxed);
    }

    /// Never more than so many inside, exactly, at the price of a counter that all threads share. 0 is read as 1.
    #[must_use]
    pub const fn bounded(mut self, size: u32) -> Self {
        self.size = if size == 0 { 1 } else { size };
        self.word = AtomicU64::new(SIZED);
        self
    }

    /// Begins as one that only watches: see [`GateMode::Monitor`].
    #[must_use]
    pub const fn monitor_only(mut self) -> Self {
        self.word = AtomicU64::new(MONITOR | if self.size == 0 { 0 } else { SIZED });
        self
    }

    /// The latency that was promised to the callers: the anchor of what counts as slow.
    #[must_use]
    pub const fn slo(mut self, latency: Duration) -> Self {
        self.anchor = Some(latency);
        self
    }

    /// The name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What it does with what it finds.
    pub fn mode(&self) -> GateMode {
        match self.word.load(Ordering::Relaxed) & (MONITOR | OPEN) {
            0 => GateMode::Enforce,
            MONITOR => GateMode::Monitor,
            _ => GateMode::Open,
        }
    }

    /// Changes what it does from now on.
    pub fn set_mode(&self, mode: GateMode) {
        let flag = match mode {
            GateMode::Open => OPEN,
            GateMode::Monitor => MONITOR,
            GateMode::Enforce => 0,
        };
        let _ =
            self.word.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |word| Some(word & !(MONITOR | OPEN) | flag));
    }

    pub(super) fn books(&self) -> &Books {
        self.books.get_or_init(Books::new)
    }

    /// The time by the gate's own clock.
    #[inline]
    fn now(&self) -> Stamp {
        match self.hand.load(Ordering::Relaxed) {
            REAL => Stamp::now(),
            nanos => Stamp::from_nanos(nanos),
        }
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
        let rank = ask.rank(stamp);
        let word = self.word.load(Ordering::Relaxed);
        // one comparison for "due", "the clock ran backwards" and "it is another clock now"
        let due = self.next_look.load(Ordering::Relaxed).wrapping_sub(stamp.raw()) > FAR;
        if !due
            && word & FLAGS == 0
            && ask.deadline.is_none()
            && let Some(cells) = seats::placed(self)
        {
            if u64::from(rank) < word & CUT {
                cells.refuse(bin(rank), ask.cost);
                return Err(self.shed_by_cut(cells, ask.priority, ask.cost, rank, word));
            }
            cells.admit(bin(rank), ask.cost);
            return Ok(Permit::new(self, stamp, ask.cost, Hold::Count));
        }
        self.admit_closely(ask, rank, stamp)
    }

    /// Says who was cut off, by the law or on purpose.
    #[inline(always)]
    #[allow(clippy::inline_always)]
    fn shed_by_cut(&self, cells: &Cells, priority: Priority, cost: u16, rank: u16, word: u64) -> Shed {
        let forced = u64::from(rank) < (word & FORCED) >> FORCED_AT;
        if forced {
            cells.rare(Rare::Forced, u64::from(cost));
        }
        self.shed(if forced { ShedReason::Forced } else { ShedReason::Overload }, priority)
    }

    #[inline(always)]
    #[allow(clippy::inline_always)]
    fn shed(&self, reason: ShedReason, priority: Priority) -> Shed {
        Shed::new(self.name, reason, priority).after_millis(self.retry_after_millis.load(Ordering::Relaxed))
    }

    /// All that is rarer than a cut: a look, a deadline, a mode, a size, a thread's first request.
    #[inline(never)]
    fn admit_closely(&'static self, ask: Ask, rank: u16, stamp: Stamp) -> Result<Permit, Shed> {
        if !crate::sli::enabled() {
            return Ok(Permit::new(self, stamp, ask.cost, Hold::Nothing));
        }
        if self.next_look.load(Ordering::Relaxed).wrapping_sub(stamp.raw()) > FAR {
            self.look(stamp);
        }
        let word = self.word.load(Ordering::Relaxed);
        let enforced = word & (MONITOR | OPEN) == 0;
        let reason = self.reason_against(&ask, rank, word).filter(|_| word & OPEN == 0);
        seats::on_cells(self, |cells| {
            if let Some(left) = ask.nanos_left() {
                cells.rare(Rare::Deadlines, 1);
                cells.rare(Rare::DeadlineMicros, left / 1_000);
            }
            let cost = u64::from(ask.cost);
            let refused = match reason {
                Some(reason) if enforced => Some(reason),
                Some(_) => {
                    cells.rare(Rare::Would, cost);
                    None
                }
                None => None,
            };
            let refused = refused.or_else(|| {
                let taken = word & SIZED == 0 || self.take(cost, enforced, cells);
                (!taken).then_some((ShedReason::Full, Some(Rare::Full)))
            });
            match refused {
                Some((reason, counted)) => {
                    cells.refuse(bin(rank), ask.cost);
                    if let Some(counted) = counted {
                        cells.rare(counted, cost);
                    }
                    Err(self.shed(reason, ask.priority))
                }
                None => {
                    cells.admit(bin(rank), ask.cost);
                    let hold = if word & SIZED == 0 { Hold::Count } else { Hold::Place };
                    Ok(Permit::new(self, stamp, ask.cost, hold))
                }
            }
        })
    }

    /// Why it should be refused, if it should, and how that is counted beside the refusal itself.
    fn reason_against(&self, ask: &Ask, rank: u16, word: u64) -> Option<(ShedReason, Option<Rare>)> {
        let below = |cut: u64| u64::from(rank) < cut;
        if below((word & FORCED) >> FORCED_AT) {
            Some((ShedReason::Forced, Some(Rare::Forced)))
        } else if below(word & CUT) {
            Some((ShedReason::Overload, None))
        } else if ask.nanos_left().is_some_and(|left| left < self.expected.load(Ordering::Relaxed)) {
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
    fn give_back(&self, cost: u16) {
        let less = |taken: u64| Some(taken.saturating_sub(u64::from(cost)));
        let _ = self.taken.0.fetch_update(Ordering::Release, Ordering::Relaxed, less);
    }

    /// Counts that an admitted one left.
    #[inline(always)]
    #[allow(clippy::inline_always)]
    fn leave(&'static self, start: Stamp, end: Stamp, cost: u16, hold: Hold) {
        let ticks = end.ticks_since(start);
        match seats::placed(self) {
            Some(cells) if hold == Hold::Count => cells.complete(ticks, cost),
            _ => self.leave_closely(ticks, cost, hold),
        }
    }

    #[cold]
    #[inline(never)]
    fn leave_closely(&'static self, ticks: u64, cost: u16, hold: Hold) {
        if hold == Hold::Nothing {
            return;
        }
        seats::on_cells(self, |cells| cells.complete(ticks, cost));
        if hold == Hold::Place {
            self.give_back(cost);
        }
    }
}

#[inline]
fn bin(rank: u16) -> usize {
    (u32::from(rank) / RANKS_IN_BIN) as usize
}

/// Refuses a share of what is offered, as a person does.
pub fn force(gate: &Gate, share: Share) {
    gate.cell.set(SetBy::Manual, Some(share.units()).filter(|units| *units > 0));
}
