//! A bounded table that is only ever filled: found without a lock, without an allocation.
//!
//! For what requests name and nobody declared (values of a label, routes of a web layer): a hash, a probe of neighbouring
//! places, a comparison. A first appearance fills a place; when as many as were allowed are taken, the rest have none.
//! Leave about half of the places free, so that probing stays short. Whoever picks names to collide fills the table at
//! most, and it is as small as declared.
//!
//! Layer 0: imports nothing.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// FNV-1a, 64 bits.
pub(crate) fn hash<'a>(parts: impl IntoIterator<Item = &'a str>) -> u64 {
    let bytes = parts.into_iter().flat_map(|part| part.bytes().chain([0xff]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Finds the place of what `is` accepts, or puts what `make` makes into a free one while fewer than `max` are taken.
pub(crate) fn find_or_fill<T>(
    places: &[OnceLock<T>],
    (taken, max): (&AtomicUsize, usize),
    hash: u64,
    is: impl Fn(&T) -> bool,
    make: impl Fn() -> T,
) -> Option<usize> {
    for step in 0..places.len() {
        let at = (hash as usize).wrapping_add(step) % places.len();
        let place = &places[at];
        if place.get().is_none() {
            let more = |taken| (taken < max).then_some(taken + 1);
            taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok()?;
            if place.set(make()).is_err() {
                taken.fetch_sub(1, Ordering::Relaxed); // another thread was faster
            }
        }
        if place.get().is_some_and(&is) {
            return Some(at);
        }
    }
    None
}

/// What `is` accepts, if it has a place.
pub(crate) fn find<T>(places: &[OnceLock<T>], hash: u64, is: impl Fn(&T) -> bool) -> Option<&T> {
    let at = |step: usize| places[(hash as usize).wrapping_add(step) % places.len()].get();
    (0..places.len()).map_while(at).find(|found| is(found))
}
