//! The function around which everything is measured, and the floors: nothing around it, and two reads of a clock.
#![allow(clippy::disallowed_methods)] // the floors are the clocks themselves
#![allow(clippy::inline_always)] // the work must be the same code in every candidate

use std::fmt;
use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::sync::OnceLock;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use crate::harness::Candidate;

pub(crate) const BARE: &str = "bare function";
pub(crate) const COUNTER: &str = "two reads of the counter (quanta raw)";
pub(crate) const ASYNC: &str = "bare async, ready at once";
pub(crate) const POLLED: &str = "bare async, 8 further polls";

/// Set in the argument of a call that is to fail.
pub(crate) const FAIL: u64 = 1 << 63;

/// Why a call failed. As wide as the value, so that both travel in registers.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) u64);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused {}", self.0)
    }
}

impl std::error::Error for Refused {}

/// What all candidates measure: one to two nanoseconds.
#[inline(always)]
pub(crate) fn work(x: u64) -> Result<u64, Refused> {
    let x = black_box(x);
    if x & FAIL == 0 { Ok(x.wrapping_mul(3)) } else { Err(Refused(x)) }
}

/// The number in a result, good or not.
#[inline(always)]
pub(crate) fn number(result: Result<u64, Refused>) -> u64 {
    result.unwrap_or_else(|refused| refused.0)
}

#[inline(never)]
fn bare(x: u64) -> Result<u64, Refused> {
    work(x)
}

#[inline(never)]
fn instants(x: u64) -> Result<u64, Refused> {
    let began = Instant::now();
    let value = work(x);
    black_box(began.elapsed().as_nanos() as u64);
    value
}

static CLOCK: OnceLock<quanta::Clock> = OnceLock::new();

#[inline(never)]
fn counters(x: u64) -> Result<u64, Refused> {
    let clock = CLOCK.get_or_init(quanta::Clock::new);
    let began = clock.raw();
    let value = work(x);
    black_box(clock.raw().saturating_sub(began));
    value
}

#[allow(clippy::unused_async)] // a future that is ready at once is what is measured
async fn bare_async(x: u64) -> Result<u64, Refused> {
    work(x)
}

async fn bare_polled(x: u64) -> Result<u64, Refused> {
    Yield(crate::ours::YIELDS).await;
    work(x)
}

/// Pending so many times before it is ready.
pub(crate) struct Yield(pub(crate) u32);

impl Future for Yield {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        Poll::Pending
    }
}

/// Polls a future until it is ready.
#[inline(always)]
pub(crate) fn drive<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = poll(future.as_mut(), &mut context) {
            return value;
        }
    }
}

/// As an executor calls it: through a pointer, and never inlined into its loop.
#[inline(never)]
fn poll<F: Future>(future: Pin<&mut F>, context: &mut Context<'_>) -> Poll<F::Output> {
    future.poll(context)
}

pub(crate) fn floors() -> Vec<Candidate> {
    vec![
        Candidate::new(BARE, |x| number(bare(x))),
        Candidate::new("two reads of Instant", |x| number(instants(x))),
        Candidate::new(COUNTER, |x| number(counters(x))),
        Candidate::new(ASYNC, |x| number(drive(bare_async(x)))),
        Candidate::new(POLLED, |x| number(drive(bare_polled(x)))),
    ]
}
