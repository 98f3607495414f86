//! The ask travels with the task.
//!
//! A critical request that waits for a refused unimportant one has lost its importance on the way. So what a request asked
//! for stands in the thread while its task is polled, and everything that it calls finds it there ([`Ask::current`]). No
//! runtime is needed: a future is wrapped, and the wrapper sets the ask before each poll and takes it away after it. Work that
//! is spawned runs elsewhere, so it is wrapped by hand ([`carry`]). A function's `#[shed]` that says something of the request sets
//! the ask for what the function calls, and says it within what stood there before ([`Ask::inherit`]).
//!
//! A deadline is kept with the clock's reading of when it was set, and is told as what is left of it.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::time::Duration;

use super::ask::Ask;
use crate::clock::Stamp;

/// An ask under way, and since when its deadline runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Travelling {
    ask: Ask,
    since: Option<Stamp>,
}

thread_local! {
    // nothing that must be dropped: it can be read at any time, also while the thread's other storage goes away
    static CURRENT: Cell<Option<Travelling>> = const { Cell::new(None) };
}

impl Travelling {
    /// An ask that begins its way now.
    pub(crate) fn new(ask: Ask) -> Self {
        // the clock is read only where something depends on it
        Self::since(ask, None)
    }

    /// The same, where the clock has been read already.
    pub(crate) fn since(ask: Ask, stamp: Option<Stamp>) -> Self {
        Self { ask, since: ask.deadline.map(|_| stamp.unwrap_or_else(Stamp::now)) }
    }

    /// Runs a function under it.
    pub(crate) fn during<R>(travelling: Option<Self>, run: impl FnOnce() -> R) -> R {
        let _restore = Restore(CURRENT.with(|current| current.replace(travelling)));
        run()
    }

    fn ask(self) -> Ask {
        match (self.ask.deadline, self.since) {
            (Some(deadline), Some(since)) => {
                let gone = Duration::from_nanos(Stamp::now().nanos_since(since));
                Ask { deadline: Some(deadline.saturating_sub(gone)), ..self.ask }
            }
            _ => self.ask,
        }
    }
}

pub(super) fn current() -> Ask {
    CURRENT.with(Cell::get).map_or_else(Ask::default, Travelling::ask)
}

/// Puts back what stood there before, also when what ran panics.
struct Restore(Option<Travelling>);

impl Drop for Restore {
    fn drop(&mut self) {
        CURRENT.with(|current| current.set(self.0));
    }
}

/// Runs a function under an ask: what it calls on this thread finds it as [`Ask::current`].
///
/// ```
/// use reliability_core::{Ask, Priority, admission};
/// let inside = admission::with(Priority::High, || Ask::current().priority);
/// assert_eq!(inside, Priority::High);
/// ```
pub fn with<R>(ask: impl Into<Ask>, run: impl FnOnce() -> R) -> R {
    Travelling::during(Some(Travelling::new(ask.into())), run)
}

/// Runs a future under an ask, on whatever threads it is polled.
///
/// ```
/// use reliability_core::{Ask, Priority, admission};
/// use std::{pin::pin, task::{Context, Poll, Waker}};
///
/// let mut future = pin!(admission::scope(Priority::Low, async { Ask::current().priority }));
/// let polled = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
/// assert_eq!(polled, Poll::Ready(Priority::Low));
/// ```
pub fn scope<F: Future>(ask: impl Into<Ask>, future: F) -> impl Future<Output = F::Output> {
    travel(Some(Travelling::new(ask.into())), future)
}

/// Gives the ask of this task to a future that will run as a task of its own: `spawn(carry(…))`.
///
/// ```
/// use reliability_core::{Ask, Priority, admission};
/// use std::{pin::pin, task::{Context, Poll, Waker}};
///
/// let spawned = admission::with(Priority::Critical, || admission::carry(async { Ask::current().priority }));
/// let polled = pin!(spawned).poll(&mut Context::from_waker(Waker::noop()));
/// assert_eq!(polled, Poll::Ready(Priority::Critical));
/// ```
pub fn carry<F: Future>(future: F) -> impl Future<Output = F::Output> {
    travel(CURRENT.with(Cell::get), future)
}

/// The same for a closure that will run on another thread: `thread::spawn(carry_fn(…))`.
///
/// ```
/// use reliability_core::{Ask, Priority, admission};
/// let work = admission::with(Priority::High, || admission::carry_fn(|| Ask::current().priority));
/// assert_eq!(std::thread::spawn(work).join().unwrap(), Priority::High);
/// ```
pub fn carry_fn<R>(run: impl FnOnce() -> R) -> impl FnOnce() -> R {
    let travelling = CURRENT.with(Cell::get);
    move || Travelling::during(travelling, run)
}

async fn travel<F: Future>(travelling: Option<Travelling>, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|context| Travelling::during(travelling, || future.as_mut().poll(context))).await
}
