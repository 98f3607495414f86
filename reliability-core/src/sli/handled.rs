//! Whether the handler of the request that is being polled on this thread carries an SLI of its own.
//!
//! A web layer that counts each route must not count a request twice. So an attributed function whose return type is an
//! answer to a request leaves a mark, and the layer around it looks for the mark after it has polled. Both happen within one
//! poll on one thread, so a flag of the thread is enough.

use std::cell::Cell;

thread_local! {
    static HANDLED: Cell<bool> = const { Cell::new(false) };
}

/// Leaves the mark.
#[inline]
pub(crate) fn mark() {
    let _ = HANDLED.try_with(|handled| handled.set(true));
}

/// Takes the mark away, and says whether there was one.
pub(crate) fn take() -> bool {
    HANDLED.try_with(|handled| handled.replace(false)).unwrap_or(false)
}
