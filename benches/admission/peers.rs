//! Other doors, each as its own documentation shows, around nothing.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::hint::black_box;
use std::num::NonZeroU32;
use std::pin::pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use congestion_limiter::limiter::{DefaultLimiter, Limiter, Outcome};
use congestion_limiter::limits::Vegas;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::runtime::{EnterGuard, Runtime};
use tokio::sync::Semaphore;
use tower::limit::ConcurrencyLimit;
use tower::load_shed::LoadShed;
use tower::{Service, service_fn};

use crate::harness::Candidate;

/// Polls until it is ready; what is measured is not to wait.
fn drive<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}

type Inner = fn(u64) -> Ready<Result<u64, Infallible>>;
type Tower = LoadShed<ConcurrencyLimit<tower::util::ServiceFn<Inner>>>;

fn echo(x: u64) -> Ready<Result<u64, Infallible>> {
    ready(Ok(black_box(x)))
}

fn limited(places: usize) -> (Arc<Semaphore>, Tower) {
    let semaphore = Arc::new(Semaphore::new(places));
    let service = ConcurrencyLimit::with_semaphore(service_fn(echo as Inner), Arc::clone(&semaphore));
    (semaphore, LoadShed::new(service))
}

static WIDE: LazyLock<(Arc<Semaphore>, Tower)> = LazyLock::new(|| limited(1_024));
static NARROW: LazyLock<(Arc<Semaphore>, Tower)> = LazyLock::new(|| limited(0));

thread_local! {
    // a service is cloned for each connection, so each thread has its own over one semaphore
    static ADMITS: std::cell::RefCell<Tower> = std::cell::RefCell::new(WIDE.1.clone());
    static REFUSES: std::cell::RefCell<Tower> = std::cell::RefCell::new(NARROW.1.clone());
}

#[inline(never)]
fn tower_call(service: &mut Tower, x: u64) -> u64 {
    let mut context = Context::from_waker(Waker::noop());
    let _ = Service::<u64>::poll_ready(service, &mut context);
    drive(service.call(x)).unwrap_or(1)
}

static SEMAPHORE: Semaphore = Semaphore::const_new(1_024);
static EMPTY: Semaphore = Semaphore::const_new(0);

#[inline(never)]
fn semaphore(x: u64) -> u64 {
    let permit = SEMAPHORE.try_acquire();
    let x = black_box(x);
    drop(permit);
    x
}

#[inline(never)]
fn no_permit(x: u64) -> u64 {
    black_box(x) + u64::from(EMPTY.try_acquire().is_err())
}

fn rate(per_second: u32) -> DefaultDirectRateLimiter {
    RateLimiter::direct(Quota::per_second(NonZeroU32::new(per_second).expect("it is not zero")))
}

static OFTEN: LazyLock<DefaultDirectRateLimiter> = LazyLock::new(|| rate(u32::MAX));
static RARELY: LazyLock<DefaultDirectRateLimiter> = LazyLock::new(|| rate(1));

#[inline(never)]
fn governed(limiter: &DefaultDirectRateLimiter, x: u64) -> u64 {
    black_box(x) + u64::from(limiter.check().is_ok())
}

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime that does nothing")
});
static VEGAS: LazyLock<DefaultLimiter<Vegas>> =
    LazyLock::new(|| DefaultLimiter::new(Vegas::new_with_initial_limit(64)));
// it spawns when its limit falls
thread_local!(static ENTERED: EnterGuard<'static> = RUNTIME.enter());

#[inline(never)]
fn congestion(x: u64) -> u64 {
    ENTERED.with(|_| {
        drive(async {
            let Some(token) = VEGAS.try_acquire().await else { return x };
            let x = black_box(x);
            VEGAS.release(token, Some(Outcome::Success)).await;
            x
        })
    })
}

type Little = little_loadshedder::LoadShed<tower::util::ServiceFn<Inner>>;
static LITTLE: LazyLock<Little> =
    LazyLock::new(|| little_loadshedder::LoadShed::new(service_fn(echo as Inner), 0.01, Duration::from_millis(100)));
thread_local!(static LITTLE_HERE: std::cell::RefCell<Little> = std::cell::RefCell::new(LITTLE.clone()));

#[inline(never)]
fn little(x: u64) -> u64 {
    LITTLE_HERE.with_borrow_mut(|service| {
        ENTERED.with(|_| match drive(service.call(x)) {
            Ok(little_loadshedder::LoadShedResponse::Inner(x)) => x,
            _ => 1,
        })
    })
}

pub(crate) fn candidates() -> Vec<Candidate> {
    vec![
        Candidate::new("tower ConcurrencyLimit + LoadShed: admit", |x| {
            ADMITS.with_borrow_mut(|service| tower_call(service, x))
        }),
        Candidate::new("tower ConcurrencyLimit + LoadShed: refuse", |x| {
            REFUSES.with_borrow_mut(|service| tower_call(service, x))
        }),
        Candidate::new("tokio Semaphore: take and drop", semaphore),
        Candidate::new("tokio Semaphore: none left", no_permit),
        Candidate::new("governor: admit", |x| governed(&OFTEN, x)),
        Candidate::new("governor: refuse", |x| governed(&RARELY, x)),
        Candidate::new("congestion-limiter Vegas: admit and release", congestion),
        Candidate::new("little-loadshedder: admit and end", little),
    ]
}
