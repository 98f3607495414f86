//! The loop: read counts, judge, tell.
//!
//! One thread ticks once a second while all is well, just after the whole second, so that slots of time begin where they
//! should. A failure on the request path wakes it at once, and then it looks only at the SLIs that failed. It does no I/O:
//! whatever goes out leaves through a second thread behind a bounded queue.
//!
//! `tick` is pure and alone decides; `driver` reads the meters and writes reports; `loop_thread` alone asks for the time.
//! If the loop panics or hangs, requests go on being counted and never notice; [`Report::loop_age`](report::Report) tells.
//!
//! Layer 3: imports sli, slo, spec, clock, sync, name.

mod acted;
pub(crate) mod driver;
pub(crate) mod event;
pub(crate) mod farewell;
pub(crate) mod feature_report;
mod features;
pub(crate) mod fleet;
pub(crate) mod identity;
mod judged;
mod keeping;
pub(crate) mod loop_thread;
mod outbox;
pub(crate) mod port;
pub(crate) mod readout;
pub(crate) mod replica;
pub(crate) mod report;
pub(crate) mod response;
pub(crate) mod shared;
pub(crate) mod situation;
pub(crate) mod snapshot;
pub(crate) mod stored;
mod switch;
pub(crate) mod tick;
pub(crate) mod words;
