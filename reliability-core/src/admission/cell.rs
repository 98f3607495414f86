//! One switch: a value as declared, three layers above it, and the one word that requests load.
//!
//! Several may write at once: a provider's thread, the loop, a person's request, and any request that reverts what a lapsed
//! lease held. None may wait. So a writer stores its layer and then computes the word anew from all layers, and puts it
//! in place only if nobody else did in the meantime, which a version number in the word tells. Whoever succeeds last had seen
//! the word of everybody before, so also their layers: the word is never older than the layers
//! (tried in every order by `loom_tests`).
//!
//! The word: the value in 33 bits (a share of 2³² is all), the layer in force in 2, the version in 29. A version could
//! only be mistaken if 2²⁹ changes fell between one writer's look and its step.

use std::fmt;
use std::sync::atomic::AtomicU64;

use crate::sync::{Ordering, Word};

/// Who set the value that is in force. Later ones win.
///
/// ```
/// use reliability_core::SetBy;
/// assert!(SetBy::Policy > SetBy::Provider); // a policy's override always wins over what a provider says
/// assert_eq!(SetBy::Manual.to_string(), "manual");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SetBy {
    /// The source: nobody has set anything.
    Declared,
    /// A provider of flags outside the process.
    Provider,
    /// A policy, under the lease.
    Policy,
    /// A person.
    Manual,
}

impl SetBy {
    /// The word for it, lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Provider => "provider",
            Self::Policy => "policy",
            Self::Manual => "manual",
        }
    }

    const fn from_bits(bits: u64) -> Self {
        match bits {
            0 => Self::Declared,
            1 => Self::Provider,
            2 => Self::Policy,
            _ => Self::Manual,
        }
    }
}

impl fmt::Display for SetBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The largest value: 2³³ − 1.
const VALUE: u64 = (1 << 33) - 1;
const LAYER_AT: u32 = 33;
const VERSION: u64 = 1 << 35;
/// A layer that says nothing.
const UNSET: u64 = u64::MAX;

/// A switch's value. `W` is loom's word in models.
#[derive(Debug)]
pub(crate) struct Cell<W = AtomicU64> {
    declared: u64,
    /// Provider, policy, manual.
    layers: [W; 3],
    word: W,
}

impl Cell {
    /// At its declared value, at most 2³³ − 1.
    pub(crate) const fn new(declared: u64) -> Self {
        Self::of(declared & VALUE, [const { AtomicU64::new(UNSET) }; 3], AtomicU64::new(declared & VALUE))
    }
}

impl<W> Cell<W> {
    const fn of(declared: u64, layers: [W; 3], word: W) -> Self {
        Self { declared, layers, word }
    }
}

#[cfg(all(test, loom))]
impl Cell<loom::sync::atomic::AtomicU64> {
    pub(super) fn modelled(declared: u64) -> Self {
        use loom::sync::atomic::AtomicU64;
        Self::of(declared, std::array::from_fn(|_| AtomicU64::new(UNSET)), AtomicU64::new(declared))
    }
}

impl<W: Word> Cell<W> {
    /// The value in force: one load.
    #[inline]
    pub(crate) fn load(&self) -> u64 {
        self.word() & VALUE
    }

    /// The value in the low 33 bits and more above: for whoever asks for single bits.
    #[inline]
    pub(crate) fn word(&self) -> u64 {
        self.word.load(Ordering::Relaxed)
    }

    /// Whose value is in force.
    pub(crate) fn set_by(&self) -> SetBy {
        SetBy::from_bits((self.word() >> LAYER_AT) & 3)
    }

    /// What one of them says; the declared value always says something.
    pub(crate) fn value_of(&self, by: SetBy) -> Option<u64> {
        let layer = match by {
            SetBy::Declared => return Some(self.declared),
            SetBy::Provider => &self.layers[0],
            SetBy::Policy => &self.layers[1],
            SetBy::Manual => &self.layers[2],
        };
        Some(layer.load(Ordering::Acquire)).filter(|value| *value != UNSET)
    }

    /// Says a value, or with `None` nothing any more. What is declared cannot be changed. Never waits; any thread.
    pub(crate) fn set(&self, by: SetBy, value: Option<u64>) {
        let layer = match by {
            SetBy::Declared => return,
            SetBy::Provider => &self.layers[0],
            SetBy::Policy => &self.layers[1],
            SetBy::Manual => &self.layers[2],
        };
        layer.store(value.map_or(UNSET, |value| value.min(VALUE)), Ordering::Release);
        self.settle();
    }

    /// Takes back what policies set. Whether they had set anything.
    pub(crate) fn revert(&self) -> bool {
        let engaged = self.value_of(SetBy::Policy).is_some();
        if engaged {
            self.set(SetBy::Policy, None);
        }
        engaged
    }

    /// Makes the word say what the layers say.
    fn settle(&self) {
        loop {
            let seen = self.word.load(Ordering::Acquire);
            let by = [SetBy::Manual, SetBy::Policy, SetBy::Provider];
            let said = by.into_iter().find_map(|by| self.value_of(by).map(|value| (by, value)));
            let (by, value) = said.unwrap_or((SetBy::Declared, self.declared));
            let version = (seen & !(VERSION - 1)).wrapping_add(VERSION);
            if self.word.replace(seen, version | (by as u64) << LAYER_AT | value) {
                return;
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_highest_layer_that_says_something_is_in_force() {
        let cell = Cell::new(7);
        assert_eq!((cell.load(), cell.set_by()), (7, SetBy::Declared));
        cell.set(SetBy::Manual, Some(1 << 32));
        cell.set(SetBy::Provider, Some(3));
        cell.set(SetBy::Policy, Some(2));
        assert_eq!((cell.load(), cell.set_by()), (1 << 32, SetBy::Manual));
        cell.set(SetBy::Manual, None);
        assert_eq!((cell.load(), cell.set_by()), (2, SetBy::Policy));
        assert!(cell.revert() && !cell.revert());
        assert_eq!((cell.load(), cell.set_by()), (3, SetBy::Provider));
        cell.set(SetBy::Provider, None);
        cell.set(SetBy::Declared, Some(9));
        assert_eq!((cell.load(), cell.set_by()), (7, SetBy::Declared));
    }

    #[test]
    fn versions_wrap_without_touching_the_value() {
        let cell = Cell::new(5);
        cell.word.store(!(VERSION - 1) | 5, Ordering::Relaxed);
        cell.set(SetBy::Policy, Some(u64::MAX - 1));
        assert_eq!((cell.load(), cell.set_by()), (VALUE, SetBy::Policy));
        assert!(cell.revert());
        assert_eq!((cell.load(), cell.set_by()), (5, SetBy::Declared));
    }

    #[test]
    fn many_writers_end_at_what_the_layers_say() {
        static CELL: Cell = Cell::new(1);
        std::thread::scope(|scope| {
            for by in [SetBy::Provider, SetBy::Policy, SetBy::Manual] {
                scope.spawn(move || {
                    for i in 0..20_000 {
                        CELL.set(by, (i % 3 != 0).then_some(i));
                    }
                    CELL.set(by, (by != SetBy::Manual).then_some(by as u64));
                });
            }
        });
        assert_eq!((CELL.load(), CELL.set_by()), (SetBy::Policy as u64, SetBy::Policy));
    }
}
