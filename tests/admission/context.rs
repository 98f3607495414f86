//! The ask travels with the task.

use std::future::{Future, poll_fn};
use std::panic::catch_unwind;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use reliability_core::{ASK_HEADER, Ask, Gate, Priority, admission};

fn poll_once<T>(future: impl Future<Output = T>) -> Poll<T> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn what_a_critical_request_calls_is_critical_too() {
    static INNER: Gate = Gate::new("inner");
    let ask = admission::with(Priority::Critical, || {
        // two calls deep, through a gate that knows nothing of the caller
        let _permit = INNER.admit(Ask::current()).unwrap();
        Ask::current()
    });
    assert_eq!(ask.priority, Priority::Critical);
    assert_eq!(Ask::current(), Ask::default());
}

#[test]
fn a_task_keeps_its_ask_over_every_poll_and_leaves_none_behind() {
    let mut polls = 0;
    let task = admission::scope(Priority::High, async {
        let before = Ask::current().priority;
        poll_fn(|_| {
            polls += 1;
            assert_eq!(Ask::current().priority, Priority::High);
            if polls < 3 { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        (before, Ask::current().priority)
    });
    let mut task = pin!(task);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..2 {
        assert!(task.as_mut().poll(&mut context).is_pending());
        assert_eq!(Ask::current().priority, Priority::Normal, "another task on this thread has no ask of its own");
    }
    assert_eq!(task.poll(&mut context), Poll::Ready((Priority::High, Priority::High)));
}

#[test]
fn scopes_nest_and_a_panic_puts_the_outer_one_back() {
    admission::with(Priority::High, || {
        let inner = catch_unwind(|| {
            admission::with(Priority::Low, || {
                assert_eq!(Ask::current().priority, Priority::Low);
                std::panic::panic_any("on purpose");
            });
        });
        assert!(inner.is_err());
        assert_eq!(Ask::current().priority, Priority::High);
    });
}

#[test]
fn spawned_work_has_the_ask_only_if_it_is_carried() {
    admission::with(Ask::new(Priority::Critical).attempt(2), || {
        let plain = std::thread::spawn(|| Ask::current().priority).join().unwrap();
        assert_eq!(plain, Priority::Normal);
        let carried = std::thread::spawn(admission::carry_fn(Ask::current)).join().unwrap();
        assert_eq!((carried.priority, carried.attempt), (Priority::Critical, 2));
        let future = admission::carry(async { Ask::current().priority });
        let elsewhere = std::thread::spawn(move || poll_once(future)).join().unwrap();
        assert_eq!(elsewhere, Poll::Ready(Priority::Critical));
    });
}

#[test]
fn a_deadline_runs_down_on_the_way() {
    let ask = Ask::new(Priority::Normal).deadline(Duration::from_secs(60));
    admission::with(ask, || {
        let first = Ask::current().deadline.unwrap();
        let second = Ask::current().deadline.unwrap();
        assert!(second <= first && first <= Duration::from_secs(60));
        assert!(second > Duration::from_secs(1));
    });
}

#[test]
fn a_header_says_what_the_next_service_must_know_and_no_more_than_fits() {
    assert_eq!(ASK_HEADER, "reliability-ask");
    let ask = Ask::new(Priority::High).level(90).deadline(Duration::from_micros(1_999)).attempt(3).cost(2);
    assert_eq!(ask.to_string(), "high; level=90; deadline=1; attempt=3; cost=2");
    assert_eq!(" Critical ;level=3".parse(), Ok(Ask::new(Priority::Critical).level(3)));
    for wrong in [
        "",
        "urgent",
        "high; level",
        "high; level=128",
        "high; deadline=-1",
        "high; attempt=+2",
        "high; cost=99999999999999999999",
    ] {
        assert!(wrong.parse::<Ask>().is_err(), "{wrong}");
    }
    assert!(format!("high{}", "; x=1".repeat(40)).parse::<Ask>().is_err());
}
