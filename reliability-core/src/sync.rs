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

/// Locks, and goes on with the data of a holder that panicked: every structure behind these locks is valid after each
/// single store, so there is nothing to distrust, and a panic must not spread through the library.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
