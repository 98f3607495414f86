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

mod admit;
pub(crate) mod cells;
pub(crate) mod comeback;
mod counted;
mod doubt;
pub(crate) mod law;
mod look;
#[cfg(all(test, loom))]
mod loom_tests;
pub(crate) mod permit;
pub(crate) mod report;
mod sag;
mod seats;
mod service_time;
mod stuck;
mod tuning;

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use super::cell::Cell;
use crate::clock::Stamp;
use crate::name::{self, NameError};
use cells::Books;
use look::State;

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
    /// When it makes sense to ask again, as estimated at the last look.
    retry_after_millis: AtomicU32,
    /// A fixed size; 0: by the law.
    size: u32,
    /// It only counts: nothing is cut off by the law.
    lawless: bool,
    /// In flight at the last look.
    inside: AtomicU64,
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
            retry_after_millis: AtomicU32::new(comeback::LEAST),
            size: 0,
            lawless: false,
            inside: AtomicU64::new(0),
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
    pub fn with_manual_clock(mut gate: Self) -> &'static Self {
        gate.set_manual();
        Box::leak(Box::new(gate))
    }

    pub(super) fn set_manual(&mut self) {
        *self.hand.get_mut() = 0;
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

    /// A gate that counts what is inside and refuses nothing by itself.
    pub(super) const fn counting(name: &'static str) -> Self {
        let mut gate = Self::new(name);
        gate.lawless = true;
        gate
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

    /// Has the next request look, so that what its cell says counts at once and not in two milliseconds.
    pub(crate) fn look_soon(&self) {
        self.next_look.store(0, Ordering::Relaxed);
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
    pub(super) fn now(&self) -> Stamp {
        match self.hand.load(Ordering::Relaxed) {
            REAL => Stamp::now(),
            nanos => Stamp::from_nanos(nanos),
        }
    }
}
