//! What `#[shed]` says of a request goes with it to the gates further in.
// what is asked is what matters, not what is given
#![allow(clippy::unnecessary_wraps, clippy::manual_async_fn)]

use std::future::Future;
use std::panic::catch_unwind;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use reliability_core::testkit::turn;
use reliability_core::{
    Ask, Flag, Gate, Ladder, Permit, Priority, SetBy, Share, Shed, ShedReason, admission, degrade, flag, shed,
};

static OUTER: Gate = Gate::new("nested-outer");
/// One place, taken: its refusal says as what it was asked.
static INNER: Gate = Gate::new("nested-inner").bounded(1);
static MIDDLE: Gate = Gate::new("nested-middle");

/// What the inner gate sees of who asks it.
fn seen() -> Priority {
    let _one: Option<Permit> = INNER.admit(Priority::Low).ok();
    let refused = inner().unwrap_err();
    assert_eq!(refused.reason(), ShedReason::Full);
    refused.priority()
}

#[shed(INNER)]
fn inner() -> Result<(), Shed> {
    Ok(())
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let (mut future, mut context) = (pin!(future), Context::from_waker(Waker::noop()));
    for _ in 0..100 {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        assert_eq!(Ask::current(), Ask::default(), "between two polls nothing is left on the thread");
    }
    panic!("it waits for nobody")
}

/// Waits once.
async fn pause() {
    let mut waited = false;
    std::future::poll_fn(|_| if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

#[shed(OUTER, priority = "critical")]
fn critical() -> Result<Priority, Shed> {
    Ok(seen())
}

#[shed(OUTER, priority = "critical")]
async fn critical_later() -> Result<(Priority, Priority), Shed> {
    let before = seen();
    pause().await;
    Ok((before, seen()))
}

#[shed(OUTER, priority = Priority::High)]
fn opaque() -> impl Future<Output = Result<(Priority, Priority), Shed>> {
    let before = seen();
    async move {
        pause().await;
        Ok((before, seen()))
    }
}

#[shed(OUTER, priority = "low", otherwise = Priority::Normal)]
fn boxed<'a>(pauses: &'a [u32]) -> Pin<Box<dyn Future<Output = Priority> + Send + 'a>> {
    Box::pin(async move {
        for _ in pauses {
            pause().await;
        }
        seen()
    })
}

#[test]
fn an_inner_gate_sees_the_priority_that_an_outer_attribute_named() {
    assert_eq!(critical(), Ok(Priority::Critical));
    assert_eq!(block_on(critical_later()), Ok((Priority::Critical, Priority::Critical)));
    assert_eq!(block_on(opaque()), Ok((Priority::High, Priority::High)));
    assert_eq!(block_on(boxed(&[1, 2, 3])), Priority::Low);
    assert_eq!(Ask::current(), Ask::default());
}

#[shed(MIDDLE, priority = "low")]
fn less() -> Result<Ask, Shed> {
    Ok(Ask::current())
}

#[shed(MIDDLE)]
fn silent() -> Result<Ask, Shed> {
    Ok(Ask::current())
}

#[shed(MIDDLE, cost = 7)]
fn costly() -> Result<Ask, Shed> {
    assert_eq!(MIDDLE.report().in_flight, 7);
    Ok(Ask::current())
}

#[shed(MIDDLE, deadline = left, level = 9, attempt = 2)]
fn hurried(left: Duration) -> Result<Ask, Shed> {
    Ok(Ask::current())
}

#[test]
fn an_attribute_that_says_nothing_of_the_request_keeps_what_was_said_and_one_that_does_keeps_the_rest() {
    let ask = Ask::new(Priority::High).level(70).attempt(3);
    admission::with(ask, || {
        assert_eq!((silent(), costly()), (Ok(ask), Ok(ask)));
        // the class is the inner one's; who asks, and how often, stays what it is
        assert_eq!(less(), Ok(Ask::new(Priority::Low).level(70).attempt(3)));
        assert_eq!(Ask::current(), ask, "what was said inside is over");
    });
    let hour = Duration::from_secs(3_600);
    admission::with(ask.deadline(hour), || {
        let near = hurried(hour / 2).unwrap();
        assert!(near.deadline.is_some_and(|left| left <= hour / 2));
        assert_eq!((near.priority, near.level, near.attempt), (Priority::High, Some(9), 3));
        let far = hurried(hour * 2).unwrap();
        assert!(far.deadline.is_some_and(|left| left <= hour), "the caller goes away when it said: {far}");
        assert!(less().unwrap().deadline.is_some_and(|left| left <= hour));
    });
}

#[shed(OUTER, priority = "critical")]
fn panics() -> Result<(), Shed> {
    assert_eq!(Ask::current().priority, Priority::Critical);
    std::panic::panic_any("on purpose")
}

#[shed(OUTER, priority = "critical")]
async fn panics_later() -> Result<(), Shed> {
    pause().await;
    std::panic::panic_any("on purpose")
}

#[test]
fn a_panic_a_cancelled_future_and_a_refusal_put_the_outer_ask_back() {
    static SHUT: Gate = Gate::new("nested-shut").bounded(1);
    #[shed(SHUT, priority = "critical", otherwise = Ask::current())]
    fn refused() -> Ask {
        Ask::default()
    }
    admission::with(Priority::High, || {
        assert!(catch_unwind(panics).is_err());
        assert_eq!(Ask::current().priority, Priority::High);

        let mut hangs = Box::pin(panics_later());
        assert!(hangs.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(Ask::current().priority, Priority::High);
        drop(hangs);

        let mut panics = Box::pin(panics_later());
        let mut poll = || panics.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending();
        assert!(poll());
        assert!(catch_unwind(std::panic::AssertUnwindSafe(poll)).is_err());
        assert_eq!(Ask::current().priority, Priority::High);

        let _one = SHUT.admit(Priority::Low).unwrap();
        assert_eq!(refused().priority, Priority::High, "nothing was let in to speak for");
    });
}

static NEW: Flag = Flag::on("nested-new");
static ANSWER: Ladder = Ladder::new("nested-answer", &["full", "cached", "refuse"]);

#[shed(OUTER, priority = "critical")]
#[flag(NEW, otherwise = old)]
#[degrade(ANSWER, from = "cached", fallback = cached)]
fn chosen() -> Result<(&'static str, Priority), Shed> {
    Ok(("new", seen()))
}

fn old() -> Result<(&'static str, Priority), Shed> {
    Ok(("old", seen()))
}

fn cached() -> Result<(&'static str, Priority), Shed> {
    Ok(("cached", seen()))
}

static NEW_LATER: Flag = Flag::on("nested-new-later");

#[shed(OUTER, priority = "critical")]
#[flag(NEW_LATER, otherwise = old_later)]
async fn chosen_later() -> Result<(&'static str, Priority), Shed> {
    pause().await;
    Ok(("new", seen()))
}

async fn old_later() -> Result<(&'static str, Priority), Shed> {
    pause().await;
    Ok(("old", seen()))
}

#[test]
fn what_stands_in_for_a_function_is_as_important_as_it() {
    assert_eq!(chosen(), Ok(("new", Priority::Critical)));
    turn(&ANSWER, SetBy::Manual, Some("cached"));
    assert_eq!(chosen(), Ok(("cached", Priority::Critical)));
    turn(&NEW, SetBy::Manual, Some(Share::NONE));
    assert_eq!(chosen(), Ok(("old", Priority::Critical)));
    assert_eq!(block_on(chosen_later()), Ok(("new", Priority::Critical)));
    turn(&NEW_LATER, SetBy::Manual, Some(Share::NONE));
    assert_eq!(block_on(chosen_later()), Ok(("old", Priority::Critical)));
}
