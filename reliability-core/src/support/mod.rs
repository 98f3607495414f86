//! What the macros' output calls, besides the library's own interface.
//!
//! The macros have checked every number; these functions turn it into the checked type without an `unwrap` in the user's
//! crate. [`Passage`] keeps what a guarded function's gate, flag and ladder decided until its call ends.
//!
//! Layer 1: imports admission, clock, sli, spec.

mod branches;
mod passage;

pub use branches::{Branch, Either, Kind, Later, Now};
pub use passage::{Passage, Refusal, Travels, Way, during, end_passage, instead, leave, refuse, within};

use std::time::Duration;

use crate::spec::{Latency, Method, Objective, Window};

/// From parts per billion.
pub const fn objective(ppb: u32) -> Objective {
    Objective::from_ppb(ppb).expect("the macro has checked the share")
}

/// From parts per billion and nanoseconds.
pub const fn latency(ppb: u32, nanos: u64) -> Latency {
    Latency::new(objective(ppb), Duration::from_nanos(nanos)).expect("the macro has checked the threshold")
}

/// From what was written.
pub const fn window(text: &str) -> Window {
    match Window::parse(text) {
        Ok(window) => window,
        Err(_) => panic!("the macro has checked the window"),
    }
}

/// From what was written.
pub const fn method(text: &str) -> Method {
    match Method::parse(text) {
        Ok(method) => method,
        Err(_) => panic!("the macro has checked the method"),
    }
}

/// Runs a body as a closure that may be called once, so that it can give away what it borrowed.
#[inline]
pub fn run<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// Tells a web layer around this call that the function is a request's handler.
pub fn mark_handler() {
    crate::sli::handled::mark();
}

/// Takes the mark away, and says whether there was one.
pub fn take_handler_mark() -> bool {
    crate::sli::handled::take()
}
