//! Breakers on a clock of their own, retry budgets, bulkheads.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use reliability_core::__private::Stamp;
use reliability_core::testkit::{Lab, turn};
use reliability_core::{
    Ask, Breaker, BreakerState, Bulkhead, Outcome, Priority, RetryBudget, SetBy, Share, Shed, ShedReason, Sli,
};

/// A breaker with its clock.
struct Bench {
    breaker: &'static Breaker,
    millis: Cell<u64>,
}

impl Bench {
    fn new(breaker: Breaker) -> Self {
        let bench = Self { breaker: Breaker::with_manual_clock(breaker), millis: Cell::new(1) };
        bench.wait(1);
        bench
    }

    fn wait(&self, millis: u64) {
        self.millis.set(self.millis.get() + millis);
        self.breaker.move_clock(Stamp::from_nanos(self.millis.get() * 1_000_000));
    }

    /// A call every 10 ms.
    fn call(&self, outcome: Outcome) -> Result<(), Shed> {
        self.wait(10);
        self.breaker.enter(Priority::Normal).map(|pass| pass.end(outcome))
    }
}

#[test]
fn a_breaker_opens_when_half_of_twenty_calls_failed_and_not_before() {
    let bench = Bench::new(Breaker::new("half"));
    for i in 0..19 {
        bench.call(if i % 2 == 0 { Outcome::Bad } else { Outcome::Good }).unwrap();
    }
    assert_eq!(bench.breaker.state(), BreakerState::Closed);
    bench.call(Outcome::Bad).unwrap();
    let shed = bench.call(Outcome::Good).unwrap_err();
    assert_eq!((shed.reason(), bench.breaker.state()), (ShedReason::Open, BreakerState::Open));
}

#[test]
fn what_a_breaker_refused_itself_never_holds_it_open() {
    let bench = Bench::new(Breaker::new("own-refusals"));
    (0..20).for_each(|_| _ = bench.call(Outcome::Bad));
    // 499 calls are refused while it rests
    let refused = (0..499).filter(|_| bench.call(Outcome::Bad).is_err()).count();
    assert_eq!(refused, 499);
    bench.wait(20);
    (0..3).for_each(|_| bench.call(Outcome::Good).unwrap());
    assert_eq!(bench.breaker.state(), BreakerState::Closed);
    (0..100).for_each(|_| bench.call(Outcome::Good).unwrap());
    let report = bench.breaker.report();
    assert_eq!((report.failed, report.opened, report.refused), (20, 1, 499));
}

#[test]
fn a_failed_probe_lets_it_rest_twice_as_long() {
    let bench = Bench::new(Breaker::new("probing").rests(Duration::from_secs(1), 1));
    bench.breaker.trip();
    bench.wait(1_000);
    bench.call(Outcome::Bad).unwrap();
    assert_eq!(bench.breaker.state(), BreakerState::Open);
    bench.wait(1_900);
    assert!(bench.call(Outcome::Good).is_err());
    bench.wait(200);
    bench.call(Outcome::Good).unwrap();
    assert_eq!(bench.breaker.state(), BreakerState::Closed);
}

#[test]
fn no_more_probes_pass_than_were_declared_and_a_dropped_one_is_sent_again() {
    let bench = Bench::new(Breaker::new("few-probes").rests(Duration::from_secs(1), 2));
    bench.breaker.trip();
    bench.wait(1_000);
    let first = bench.breaker.enter(Ask::default()).unwrap();
    let second = bench.breaker.enter(Ask::default()).unwrap();
    assert!(bench.breaker.enter(Ask::default()).is_err());
    drop(first); // a cancelled call
    let third = bench.breaker.enter(Ask::default()).unwrap();
    second.end(Outcome::Good);
    third.end(Outcome::Good);
    assert_eq!(bench.breaker.state(), BreakerState::Closed);
}

#[test]
fn a_probe_that_a_person_refuses_is_not_used_up() {
    let bench = Bench::new(Breaker::new("refused-probe").rests(Duration::from_secs(1), 1));
    bench.breaker.trip();
    bench.wait(1_000);
    turn(bench.breaker, SetBy::Manual, Some(Share::ALL));
    assert_eq!(bench.breaker.enter(Ask::default()).unwrap_err().reason(), ShedReason::Forced);
    turn(bench.breaker, SetBy::Manual, None);
    bench.breaker.enter(Ask::default()).unwrap().end(Outcome::Good);
    assert_eq!(bench.breaker.state(), BreakerState::Closed);
}

#[test]
fn probes_that_hang_do_not_keep_it_half_open_for_ever() {
    let bench = Bench::new(Breaker::new("hanging").rests(Duration::from_secs(1), 1));
    bench.breaker.trip();
    bench.wait(1_000);
    let hanging = bench.breaker.enter(Ask::default()).unwrap();
    bench.wait(500);
    assert!(bench.breaker.enter(Ask::default()).is_err());
    bench.wait(600);
    bench.breaker.enter(Ask::default()).unwrap().end(Outcome::Good);
    assert_eq!(bench.breaker.state(), BreakerState::Closed);
    drop(hanging);
}

#[test]
fn old_failures_leave_the_window() {
    let bench = Bench::new(Breaker::new("forgetful"));
    (0..15).for_each(|_| bench.call(Outcome::Bad).unwrap());
    bench.wait(12_000);
    for _ in 0..30 {
        bench.call(Outcome::Good).unwrap();
    }
    (0..15).for_each(|_| bench.call(Outcome::Bad).unwrap());
    assert_eq!(bench.breaker.state(), BreakerState::Closed, "15 of 45");
}

#[test]
fn a_dependency_that_refuses_on_purpose_and_a_dropped_call_are_no_failures() {
    let bench = Bench::new(Breaker::new("no-failures"));
    (0..100).for_each(|_| bench.call(Outcome::Shed).unwrap());
    for _ in 0..100 {
        bench.wait(10);
        drop(bench.breaker.enter(Ask::default()).unwrap());
    }
    assert_eq!((bench.breaker.state(), bench.breaker.report().failed), (BreakerState::Closed, 0));
    assert_eq!(bench.breaker.report().in_flight, 0);
}

#[test]
fn a_panic_is_a_failure() {
    let bench = Bench::new(Breaker::new("panics"));
    let call = || bench.breaker.call(|| -> Result<(), Shed> { std::panic::panic_any("on purpose") });
    assert!(catch_unwind(AssertUnwindSafe(call)).is_err());
    assert_eq!((bench.breaker.report().failed, bench.breaker.report().in_flight), (1, 0));
}

#[test]
fn a_breaker_follows_the_indicator_of_its_dependency() {
    static PAYMENTS: Sli = Sli::new("payments-seen");
    let count = |outcome, times| (0..times).for_each(|_| PAYMENTS.record(outcome, Duration::from_millis(1)));
    count(Outcome::Bad, 1_000); // before the breaker: history
    let bench = Bench::new(Breaker::new("follows").driven_by(&PAYMENTS).rests(Duration::from_secs(1), 2));
    bench.call(Outcome::Good).unwrap();
    count(Outcome::Shed, 1_000); // refused by ourselves
    bench.call(Outcome::Good).unwrap();
    count(Outcome::Bad, 25);
    let refused = (0..3).filter(|_| bench.call(Outcome::Good).is_err()).count();
    assert!(refused >= 2, "{refused}");
    assert_eq!(bench.breaker.state(), BreakerState::Open);
    bench.wait(1_000);
    bench.call(Outcome::Good).unwrap();
    count(Outcome::Good, 2);
    bench.wait(20);
    let _ = bench.call(Outcome::Good);
    let _ = bench.call(Outcome::Good);
    assert_eq!(bench.breaker.state(), BreakerState::Closed);
}

#[test]
fn three_retries_may_always_run_and_a_fifth_of_many_calls() {
    static BUDGET: RetryBudget = RetryBudget::new("retries");
    let granted = || (0..100).map_while(|_| BUDGET.retry(Ask::current().attempt(2)).ok()).collect::<Vec<_>>();
    assert_eq!(granted().len(), 3);
    let calls: Vec<_> = (0..100).map(|_| BUDGET.begin().unwrap()).collect();
    // the next look is due within 2 ms
    std::thread::sleep(Duration::from_millis(5));
    let retries = granted();
    assert_eq!((retries.len(), BUDGET.running()), (20, 20));
    let shed = BUDGET.retry(Priority::Low).unwrap_err();
    assert_eq!((shed.reason(), shed.priority()), (ShedReason::Retries, Priority::Low));
    drop(retries);
    drop(calls);
    assert_eq!((BUDGET.running(), BUDGET.report().in_flight, BUDGET.granted()), (0, 0, 23));
    assert_eq!(BUDGET.report().refused.by_reason(ShedReason::Retries), 3);
}

#[test]
fn calls_that_are_refused_on_purpose_are_no_refused_retries() {
    static BUDGET: RetryBudget = RetryBudget::new("forced-retries");
    turn(&BUDGET, SetBy::Manual, Some(Share::ALL));
    assert!((0..5).all(|_| BUDGET.begin().is_none()));
    assert_eq!(BUDGET.retry(Ask::default().attempt(2)).unwrap_err().reason(), ShedReason::Forced);
    let lab = Lab::judging([]).with_policies([]);
    let retries = lab.report().response.retries;
    let told = retries.iter().find(|retries| retries.name == "forced-retries").unwrap();
    assert_eq!((told.refused, told.granted), (1, 0));
    turn(&BUDGET, SetBy::Manual, None);
}

#[test]
fn a_bulkhead_refuses_at_once_what_does_not_fit() {
    static COMPARTMENT: Bulkhead = Bulkhead::new("compartment", 2);
    let inside = [COMPARTMENT.enter(Priority::Low).unwrap(), COMPARTMENT.enter(Priority::Low).unwrap()];
    assert_eq!(COMPARTMENT.enter(Priority::Critical).unwrap_err().reason(), ShedReason::Full);
    drop(inside);
    assert_eq!((COMPARTMENT.report().in_flight, COMPARTMENT.report().limit), (0, Some(2)));
}
