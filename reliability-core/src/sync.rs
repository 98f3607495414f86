//! The synchronisation that threads share, from `std` or, under `cfg(loom)`, from loom's model checker.
//!
//! Only what is built at run time comes through here. Statics use `std` directly, because loom's atomics have no `const`
//! constructor; what a model checks is therefore always a value that the model itself built.
//!
//! Layer 0: imports nothing.

#[cfg(not(loom))]
pub(crate) use std::sync::{
    Arc, Mutex, MutexGuard,
    atomic::{AtomicU32, AtomicU64, Ordering, fence},
};

#[cfg(loom)]
pub(crate) use loom::sync::{
    Arc, Mutex, MutexGuard,
    atomic::{AtomicU32, AtomicU64, Ordering, fence},
};

/// A shared word of 64 bits, from `std` for statics and from the model checker for models, so that one algorithm serves both.
pub(crate) trait Word {
    /// Its value.
    fn load(&self, ordering: Ordering) -> u64;
    /// Another value.
    fn store(&self, value: u64, ordering: Ordering);
    /// Another value if it is still the one that was seen, with acquire and release.
    fn replace(&self, seen: u64, value: u64) -> bool;
}

impl Word for std::sync::atomic::AtomicU64 {
    #[inline]
    fn load(&self, ordering: Ordering) -> u64 {
        self.load(ordering)
    }
    #[inline]
    fn store(&self, value: u64, ordering: Ordering) {
        self.store(value, ordering);
    }
    fn replace(&self, seen: u64, value: u64) -> bool {
        self.compare_exchange(seen, value, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }
}

#[cfg(loom)]
impl Word for loom::sync::atomic::AtomicU64 {
    fn load(&self, ordering: Ordering) -> u64 {
        self.load(ordering)
    }
    fn store(&self, value: u64, ordering: Ordering) {
        self.store(value, ordering);
    }
    fn replace(&self, seen: u64, value: u64) -> bool {
        self.compare_exchange(seen, value, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }
}

/// Locks, and goes on with the data of a holder that panicked: every structure behind these locks is valid after each
/// single store, so there is nothing to distrust, and a panic must not spread through the library.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
