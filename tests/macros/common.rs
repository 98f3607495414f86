//! What the tests share: the counts of an SLI by its name, and a loop that drives futures.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use reliability_core::testkit::{Peek, peek};
use reliability_core::{Sli, catalogue};

/// The SLI of this name.
pub(crate) fn sli(name: &str) -> &'static Sli {
    let found: Vec<_> = catalogue().iter().filter(|sli| sli.name() == name).collect();
    assert_eq!(found.len(), 1, "SLIs named {name}");
    found[0]
}

/// Its counts; each test has SLIs of its own, so nothing disturbs them.
pub(crate) fn counts(name: &str) -> Peek {
    peek(sli(name))
}

/// So many began, so many were good, the rest bad.
pub(crate) fn good_of(good: u64, started: u64) -> Peek {
    Peek { started, good, bad: started - good, ..Peek::default() }
}

/// Drives a future that is always soon ready.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}

/// Polls a future once and drops it.
pub(crate) fn poll_once<F: Future>(future: F) {
    assert!(pin!(future).poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

/// Not ready the first time.
pub(crate) async fn turn() {
    let mut first = true;
    std::future::poll_fn(|_| if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(()) }).await;
}
