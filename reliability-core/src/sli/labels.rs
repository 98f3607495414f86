//! Counting the values of a label apart, up to a declared number.
//!
//! A label from a request's data has as many values as an attacker likes. So a table has a fixed number of places; values
//! that come when it is full count together as `other`. Finding a known value takes no lock and no allocation: a hash, a
//! probe of neighbouring places, a comparison of texts. A value's first appearance allocates its place once.
//!
//! Each value is an SLI of its own kind (its blocks, its totals), and the SLI that carries the label is their sum.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Sli;
use crate::name;

/// The value under which all further values are counted.
pub const OTHER: &str = "other";
/// The longest value that is told apart, in bytes; longer ones are cut at a character's boundary.
pub const MAX_VALUE: usize = 64;

/// The places of a label's values. Made by `labels(...)` of the attribute.
#[derive(Debug)]
pub struct Labels {
    /// Twice as many as values, so that probing stays short.
    places: &'static [OnceLock<Sli>],
    max: usize,
    taken: AtomicUsize,
    other: OnceLock<Sli>,
}

impl Labels {
    /// A table of at most `max` values over at least as many places.
    pub const fn new(max: usize, places: &'static [OnceLock<Sli>]) -> Self {
        let max = if max < places.len() { max } else { places.len() };
        Self { places, max, taken: AtomicUsize::new(0), other: OnceLock::new() }
    }

    pub(super) fn find(&'static self, parent: &'static Sli, value: &str) -> &'static Sli {
        let value = &value[..value.floor_char_boundary(MAX_VALUE)];
        let start = hash(value) as usize;
        for step in 0..self.places.len() {
            let place = &self.places[(start + step) % self.places.len()];
            let taken = match place.get() {
                Some(taken) => taken,
                None if value == OTHER || !self.reserve() => break,
                None => match place.set(Sli::child(parent, name::intern(value))) {
                    Ok(()) => place.get().unwrap_or(parent),
                    Err(_) => {
                        self.taken.fetch_sub(1, Ordering::Relaxed); // another thread was faster
                        place.get().unwrap_or(parent)
                    }
                },
            };
            if taken.label_value() == Some(value) {
                return taken;
            }
        }
        self.other.get_or_init(|| Sli::child(parent, OTHER))
    }

    fn reserve(&self) -> bool {
        let more = |taken| (taken < self.max).then_some(taken + 1);
        self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }
}

/// FNV-1a, 64 bits. A caller who picks values to collide fills the table at most, and it is as small as declared.
fn hash(value: &str) -> u64 {
    value.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
