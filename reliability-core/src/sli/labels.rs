//! Counting the values of a label apart, up to a declared number.
//!
//! A label from a request's data has as many values as an attacker likes. So a table has a fixed number of places; values
//! that come when it is full count together as `other`. Finding a known value takes no lock and no allocation (see
//! `table`); its first appearance allocates its name once.
//!
//! Each value is an SLI of its own kind (its blocks, its totals), and the SLI that carries the label is their sum.

use std::sync::OnceLock;
use std::sync::atomic::AtomicUsize;

use super::Sli;
use crate::name;
use crate::table::{find_or_fill, hash};

/// The value under which all further values are counted.
pub const OTHER: &str = "other";
/// The longest value that is told apart, in bytes; longer ones are cut at a character's boundary.
const MAX_VALUE: usize = 64;

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
        let known = (value != OTHER).then(|| {
            let is = |sli: &Sli| sli.label_value() == Some(value);
            let make = || Sli::child(parent, name::intern(value));
            find_or_fill(self.places, (&self.taken, self.max), hash([value]), is, make)
        });
        known
            .flatten()
            .and_then(|at| self.places[at].get())
            .unwrap_or_else(|| self.other.get_or_init(|| Sli::child(parent, OTHER)))
    }
}
