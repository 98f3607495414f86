//! What a gate lets in, and what it tells.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use reliability_core::{Ask, Classify, Gate, GateMode, Outcome, Priority, Shed, ShedReason};

#[test]
fn a_gate_admits_everybody_while_nothing_queues() {
    static DOOR: Gate = Gate::new("calm");
    for i in 0..10_000_u32 {
        let priority = Priority::ALL[i as usize % 4];
        let permit = DOOR.admit(priority).expect("nobody is inside");
        drop(permit);
    }
    let report = DOOR.report();
    assert_eq!((report.admitted, report.completed, report.in_flight), (10_000, 10_000, 0));
    assert_eq!(report.refused.total(), 0);
}

#[test]
fn an_expensive_ask_counts_as_many() {
    static DOOR: Gate = Gate::new("expensive");
    let permit = DOOR.admit(Ask::new(Priority::Low).cost(7)).unwrap();
    assert_eq!(DOOR.report().in_flight, 7);
    drop(permit);
    assert_eq!((DOOR.report().completed, DOOR.report().in_flight), (7, 0));
}

#[test]
fn a_bounded_gate_never_holds_more_than_its_size() {
    static DOOR: Gate = Gate::new("small").bounded(3);
    let inside: Vec<_> = (0..3).map(|_| DOOR.admit(Priority::Low).unwrap()).collect();
    let shed = DOOR.admit(Priority::Critical).unwrap_err();
    assert_eq!((shed.reason(), shed.gate(), shed.priority()), (ShedReason::Full, "small", Priority::Critical));
    drop(inside);
    assert!(DOOR.admit(Priority::Low).is_ok());
    let report = DOOR.report();
    assert_eq!((report.limit, report.in_flight), (Some(3), 0));
    assert_eq!(report.refused.by_reason(ShedReason::Full), 1);
    assert_eq!(report.refused.by_priority(Priority::Critical), 1);
}

#[test]
fn an_ask_that_costs_more_than_a_bounded_gate_holds_is_refused_and_blocks_nobody() {
    static DOOR: Gate = Gate::new("narrow").bounded(3);
    assert!(DOOR.admit(Ask::default().cost(4)).is_err());
    assert!(DOOR.admit(Ask::default().cost(3)).is_ok());
}

#[test]
fn a_gate_that_only_watches_admits_and_says_what_it_would_have_refused() {
    static DOOR: Gate = Gate::new("watching").bounded(1).monitor_only();
    let inside = [DOOR.admit(Priority::Low).unwrap(), DOOR.admit(Priority::Low).unwrap()];
    let report = DOOR.report();
    assert_eq!((report.mode, report.in_flight, report.would_refuse), (GateMode::Monitor, 2, 1));
    assert_eq!(report.refused.total(), 0);
    drop(inside);
    DOOR.set_mode(GateMode::Enforce);
    let inside = DOOR.admit(Priority::Low).unwrap();
    assert!(DOOR.admit(Priority::Low).is_err());
    drop(inside);
    assert_eq!(DOOR.report().in_flight, 0);
}

#[test]
fn a_panic_ends_the_permit() {
    static DOOR: Gate = Gate::new("panicking").bounded(1);
    for _ in 0..10 {
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _permit = DOOR.admit(Priority::Normal).unwrap();
            std::panic::panic_any("on purpose");
        }));
        assert!(panicked.is_err());
    }
    assert_eq!(DOOR.report().in_flight, 0);
}

#[test]
fn a_cancelled_future_ends_the_permit() {
    static DOOR: Gate = Gate::new("cancelled").bounded(1);
    for _ in 0..10 {
        let request = async {
            let _permit = DOOR.admit(Priority::Normal).unwrap();
            std::future::pending::<()>().await;
        };
        let mut request = Box::pin(request);
        assert!(request.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(DOOR.report().in_flight, 1);
        drop(request);
        assert_eq!(DOOR.report().in_flight, 0);
    }
}

#[test]
fn a_detached_stream_holds_no_place_and_is_counted_apart() {
    static DOOR: Gate = Gate::new("streaming").bounded(1);
    let streams: Vec<_> = (0..5).map(|_| DOOR.admit(Priority::Normal).unwrap().detach()).collect();
    let report = DOOR.report();
    assert_eq!((report.detached, report.in_flight, report.completed), (5, 0, 0));
    drop(streams);
    assert_eq!(DOOR.report().detached, 0);
}

#[test]
fn a_refusal_is_neither_good_nor_bad_and_says_when_to_come_back() {
    let shed = Shed::new("door", ShedReason::Overload, Priority::Low).after(Duration::from_millis(250));
    assert_eq!(shed.classify(), Outcome::Shed);
    assert_eq!(shed.retry_after(), Duration::from_millis(250));
    assert_eq!(shed.after(Duration::MAX).retry_after(), Duration::from_millis(u64::from(u32::MAX)));
    let error: Box<dyn std::error::Error> = Box::new(shed);
    assert_eq!(error.to_string(), "refused at door: more is offered than can be served");
}

#[test]
fn a_name_that_is_no_label_makes_no_gate() {
    assert!(Gate::named("Front Door").is_err());
    let future = pin!(async { Gate::named("made-at-run-time").unwrap().admit(Ask::current()).is_ok() });
    assert!(future.poll(&mut Context::from_waker(Waker::noop())).is_ready());
}
