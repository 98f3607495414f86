//! How good an answer is given: rungs from the best to the cheapest, and one load that says where the service stands.
//!
//! On the best rung nothing but that load happens. Below it a fallback answers, and fallbacks are bounded: a cheaper answer that hangs
//! must not collect the requests that the dear one would have (Hystrix allowed ten at once; here it is 64 until said otherwise).
//! They are counted by rung, and that is a rare path, so a shared counter is enough.
//!
//! To see whether a better rung can be had again, a share of the calls may be given it: the value holds the rung in force in
//! three bits, the better one in three more, and the share of the calls that get that one in the 27 above.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::cell::{Cell, SetBy};
use super::share::Share;
use super::spread;
use crate::spec;

/// As many rungs as a ladder can have.
const RUNGS: usize = spec::MAX_RUNGS;
/// The bits of a rung in a value, and those of a share.
const RUNG_BITS: u32 = 3;
const SHARE_BITS: u32 = 27;

/// Named rungs of degradation, from the best answer to the cheapest, of which one is in force.
///
/// ```
/// use reliability_core::Ladder;
///
/// static HOME: Ladder = Ladder::new("home", &["full", "cached", "static", "refuse"]);
///
/// assert_eq!((HOME.rung(), HOME.at()), (0, "full"));
/// assert!(!HOME.is_at_least(1)); // no need for the cached page
/// ```
/// `#[degrade(HOME, from = "cached", fallback = cached_home)]` asks it for a whole function. A worst rung named `refuse` refuses.
#[derive(Debug)]
pub struct Ladder {
    name: &'static str,
    rungs: &'static [&'static str],
    pub(crate) cell: Cell,
    most: u32,
    busy: AtomicU32,
    served: [AtomicU64; RUNGS],
    /// Refused because too many fallbacks ran.
    full: AtomicU64,
}

/// A fallback that is answering; dropped, it makes room for another.
///
/// ```
/// use reliability_core::Ladder;
/// static HOME: Ladder = Ladder::new("bounded-home", &["full", "cached"]).most_fallbacks(1);
///
/// let answering = HOME.fall(1).expect("none runs");
/// assert!(HOME.fall(1).is_none());
/// drop(answering);
/// assert!(HOME.fall(1).is_some());
/// ```
#[derive(Debug)]
#[must_use = "a fallback that is dropped at once bounds nothing"]
pub struct Fallback {
    ladder: &'static Ladder,
}

impl Drop for Fallback {
    fn drop(&mut self) {
        self.ladder.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Ladder {
    /// A ladder, on its first rung. The name is checked when the service starts.
    ///
    /// # Panics
    /// In the compiler, when it stands in a static: with fewer than 2 or more than 8 rungs, two of one name, or one that is
    /// no DNS label.
    pub const fn new(name: &'static str, rungs: &'static [&'static str]) -> Self {
        spec::check_rungs(rungs);
        Self {
            name,
            rungs,
            cell: Cell::new(0),
            most: 64,
            busy: AtomicU32::new(0),
            served: [const { AtomicU64::new(0) }; RUNGS],
            full: AtomicU64::new(0),
        }
    }

    /// Lets at most so many fallbacks run at once, 64 without it.
    ///
    /// ```
    /// use reliability_core::Ladder;
    /// static SEARCH: Ladder = Ladder::new("search", &["full", "titles"]).most_fallbacks(8);
    /// let running: Vec<_> = (0..9).map(|_| SEARCH.fall(1)).collect();
    /// assert_eq!(running.iter().flatten().count(), 8);
    /// assert_eq!((SEARCH.served(1), SEARCH.refused()), (8, 1));
    /// ```
    #[must_use]
    pub const fn most_fallbacks(mut self, most: u32) -> Self {
        self.most = most;
        self
    }

    /// The name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The names of its rungs, the best first.
    pub const fn rungs(&self) -> &'static [&'static str] {
        self.rungs
    }

    /// The rung of this call, 0 for the best: one load. While a share of the calls tries a better rung again, a call is given
    /// it at random, so ask once for each call.
    #[inline]
    pub fn rung(&self) -> usize {
        self.clamped(drawn(self.cell.load()))
    }

    /// The name of the rung in force, whatever a share of the calls tries.
    pub fn at(&self) -> &'static str {
        self.rungs.get(self.clamped(rung_of(self.cell.load()))).copied().unwrap_or_default()
    }

    /// The share of the calls that are given a better rung than the one in force.
    pub fn tried(&self) -> Share {
        let units = self.cell.load() >> (2 * RUNG_BITS);
        Share::from_units(units << (Share::ALL.units().ilog2() - SHARE_BITS))
    }

    /// Whether the rung of this call is this one or a worse one. See [`rung`](Self::rung).
    #[inline]
    pub fn is_at_least(&self, rung: usize) -> bool {
        drawn(self.cell.load()) as usize >= rung
    }

    /// Whether any call may be given less than the best.
    #[inline]
    pub(crate) fn is_lowered(&self) -> bool {
        self.cell.load() != 0
    }

    /// A value that is no rung is the worst one.
    #[inline]
    fn clamped(&self, rung: u64) -> usize {
        (rung as usize).min(self.rungs.len().saturating_sub(1))
    }

    /// The number of a rung.
    ///
    /// ```
    /// use reliability_core::Ladder;
    /// static PRICES: Ladder = Ladder::new("prices", &["live", "listed"]);
    /// assert_eq!((PRICES.position("listed"), PRICES.position("guessed")), (Some(1), None));
    /// ```
    pub fn position(&self, rung: &str) -> Option<usize> {
        self.rungs.iter().position(|name| *name == rung)
    }

    /// Begins a fallback for a rung and counts it; `None`, counted as refused, when as many run as may.
    #[inline]
    pub fn fall(&'static self, rung: usize) -> Option<Fallback> {
        if self.busy.fetch_add(1, Ordering::Relaxed) >= self.most {
            self.busy.fetch_sub(1, Ordering::Relaxed);
            self.full.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        if let Some(served) = self.served.get(rung) {
            served.fetch_add(1, Ordering::Relaxed);
        }
        Some(Fallback { ladder: self })
    }

    /// How many fallbacks a rung has served since the process began. The best rung has none and is not counted here.
    pub fn served(&self, rung: usize) -> u64 {
        self.served.get(rung).map_or(0, |served| served.load(Ordering::Relaxed))
    }

    /// How many fallbacks were refused because too many ran.
    pub fn refused(&self) -> u64 {
        self.full.load(Ordering::Relaxed)
    }

    /// How many fallbacks run now.
    pub fn running(&self) -> u32 {
        self.busy.load(Ordering::Relaxed)
    }

    /// Who set the rung.
    pub fn set_by(&self) -> SetBy {
        self.cell.set_by()
    }
}

/// The rung in force in a value.
pub(crate) const fn rung_of(value: u64) -> u64 {
    value & ((1 << RUNG_BITS) - 1)
}

/// The rung of a call.
#[inline]
fn drawn(value: u64) -> u64 {
    if value < 1 << RUNG_BITS { value } else { tried_or_not(value) }
}

#[cold]
fn tried_or_not(value: u64) -> u64 {
    let (share, better) = (value >> (2 * RUNG_BITS), rung_of(value >> RUNG_BITS));
    if u64::from(spread::random() >> (u32::BITS - SHARE_BITS)) < share { better } else { rung_of(value) }
}

/// The value that gives this share of the calls (parts per million) the better rung.
pub(crate) fn with_tried(rung: u64, better: u64, ppm: u32) -> u64 {
    // all of them is the better rung itself, so what is left is below it
    let share = (u64::from(ppm.min(1_000_000)) << SHARE_BITS) / 1_000_000;
    match share {
        0 => rung_of(rung),
        share if share >> SHARE_BITS > 0 => rung_of(better),
        share => share << (2 * RUNG_BITS) | rung_of(better) << RUNG_BITS | rung_of(rung),
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_the_calls_tries_the_better_rung_while_the_ladder_stands_where_it_stood() {
        static LADDER: Ladder = Ladder::new("tried", &["full", "cached", "static"]);
        for (ppm, about) in [(10_000, 1_000), (100_000, 10_000), (500_000, 50_000)] {
            LADDER.cell.set(SetBy::Policy, Some(with_tried(2, 0, ppm)));
            let better = (0..100_000).filter(|_| LADDER.rung() == 0).count();
            assert!(better.abs_diff(about) < about / 5, "{better} of {about}");
            assert_eq!(LADDER.at(), "static");
            assert!((LADDER.tried().as_f64() - f64::from(ppm) / 1e6).abs() < 1e-6);
        }
        assert_eq!([with_tried(2, 0, 0), with_tried(2, 1, 1_000_000)], [2, 1]);
    }

    #[test]
    fn a_value_beyond_the_ladder_is_its_worst_rung() {
        static LADDER: Ladder = Ladder::new("short", &["full", "none"]);
        LADDER.cell.set(SetBy::Manual, Some(7));
        assert_eq!((LADDER.rung(), LADDER.at(), LADDER.is_at_least(1)), (1, "none", true));
    }

    #[test]
    fn the_bound_holds_while_many_threads_fall() {
        static LADDER: Ladder = Ladder::new("bounded", &["full", "cached"]).most_fallbacks(3);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..2_000 {
                        let fallback = LADDER.fall(1);
                        if fallback.is_some() {
                            std::hint::black_box(&fallback);
                            // those who are being refused are counted for a moment
                            assert!(LADDER.running() <= 3 + 8);
                        }
                    }
                });
            }
        });
        assert_eq!((LADDER.running(), LADDER.served(1) + LADDER.refused()), (0, 16_000));
    }
}
