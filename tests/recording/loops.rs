//! The loop and those behind it: what they suffer, requests never notice.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::Duration;

use reliability_core::testkit::Lab;
use reliability_core::{Event, EventKind, Outcome, Reliability, Report, Sink, testkit};

use super::{eventually, lasting, now, sli};

struct Panics(Arc<AtomicU64>);
impl Sink for Panics {
    fn name(&self) -> &'static str {
        "panics"
    }
    fn event(&mut self, _: &Event) {
        self.0.fetch_add(1, Ordering::Relaxed);
        panic!("a user's sink, as planned");
    }
}

struct Blocks;
impl Sink for Blocks {
    fn name(&self) -> &'static str {
        "blocks"
    }
    fn event(&mut self, _: &Event) {
        sleep(Duration::from_secs(3600));
    }
}

#[derive(Clone, Default)]
struct Keeps(Arc<Mutex<(Vec<Event>, u64, u64)>>);
impl Sink for Keeps {
    fn name(&self) -> &'static str {
        "keeps"
    }
    fn event(&mut self, event: &Event) {
        self.0.lock().expect("no panic").0.push(event.clone());
    }
    fn wants_report(&mut self) -> bool {
        true
    }
    fn report(&mut self, report: &Report) {
        self.0.lock().expect("no panic").1 = report.slis[0].counts.good;
    }
    fn flush(&mut self, _: Duration) {
        self.0.lock().expect("no panic").2 += 1;
    }
}

#[test]
fn a_sink_that_panics_is_not_called_again_and_the_others_are() {
    let sli = lasting("sink-panics");
    let (called, kept) = (Arc::new(AtomicU64::new(0)), Keeps::default());
    let running = Reliability::builder()
        .only("sink-panics")
        .sli(sli)
        .sink(Panics(Arc::clone(&called)))
        .sink(kept.clone())
        .start()
        .expect("it starts");
    sli.record_many(Outcome::Good, 7);
    running.stop();
    let kept = kept.0.lock().expect("no panic");
    assert_eq!(called.load(Ordering::Relaxed), 1);
    assert!(matches!(kept.0.first().map(|event| &event.kind), Some(EventKind::Started { slis: 1, slos: 1 })));
    assert!(matches!(kept.0.last().map(|event| &event.kind), Some(EventKind::Stopped)));
    assert_eq!((kept.1, kept.2), (7, 1), "the last report and one flush");
}

#[test]
fn a_sink_that_hangs_delays_neither_requests_nor_judging_nor_the_stop() {
    let sli = lasting("sink-hangs");
    let running = Reliability::builder().only("sink-hangs").sli(sli).sink(Blocks).start().expect("it starts");
    let begun = now();
    for _ in 0..10_000 {
        sli.record(Outcome::Bad, Duration::from_millis(1));
    }
    assert!(begun.elapsed() < Duration::from_secs(1));
    eventually("the loop judges", || running.report().slis[0].counts.bad == 10_000);
    assert!(running.report().loop_age < Duration::from_secs(3));
    let begun = now();
    let report = running.stop_within(Duration::from_millis(200));
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(report.slis[0].counts.bad, 10_000);
}

#[test]
fn a_failure_is_seen_long_before_the_tick() {
    let sli = lasting("seen-at-once");
    let running = Reliability::builder().only("seen-at-once").sli(sli).start().expect("it starts");
    sleep(Duration::from_millis(50));
    let mut slow = 0;
    for n in 1..=20 {
        let begun = now();
        sli.record(Outcome::Bad, Duration::from_millis(1));
        eventually("the failure is counted", || running.report().slis[0].counts.bad == n);
        slow += u32::from(begun.elapsed() > Duration::from_millis(150));
        sleep(Duration::from_millis(13));
    }
    // chance alone would make most of them wait for the next second; a busy machine may delay a few
    assert!(slow <= 3, "{slow} of 20 waited");
}

#[test]
fn a_failure_right_after_one_that_this_engine_does_not_judge_is_seen_too() {
    let (ours, theirs) = (lasting("judged-here"), lasting("judged-nowhere"));
    let running = Reliability::builder().only("judged-here").sli(ours).start().expect("it starts");
    sleep(Duration::from_millis(50));
    let mut slow = 0;
    for n in 1..=20 {
        theirs.record(Outcome::Bad, Duration::from_millis(1));
        // the bell has rung for the other one: this one falls into the quiet time
        sleep(Duration::from_millis(3));
        let begun = now();
        ours.record(Outcome::Bad, Duration::from_millis(1));
        eventually("the failure is counted", || running.report().slis[0].counts.bad == n);
        slow += u32::from(begun.elapsed() > Duration::from_millis(150));
        sleep(Duration::from_millis(40));
    }
    assert!(slow <= 3, "{slow} of 20 waited for the tick");
}

#[test]
fn a_handler_that_hangs_is_not_taken_for_a_quiet_one() {
    let sli = sli("hangs");
    let mut lab = Lab::judging([&sli]);
    let call = sli.begin();
    lab.advance(Duration::from_secs(5));
    assert_eq!(lab.report().slis[0].stalled_since, None, "a call may take its time");
    let events = lab.advance(Duration::from_secs(10));
    assert!(events.iter().any(|event| matches!(event.kind, EventKind::Stalled { stalled: true, in_flight: 1, .. })));
    let stalled = &lab.report().slis[0];
    assert!(stalled.stalled_since.is_some() && stalled.in_flight == 1);
    call.end(Outcome::Good);
    let events = lab.advance(Duration::from_secs(1));
    assert!(events.iter().any(|event| matches!(event.kind, EventKind::Stalled { stalled: false, .. })));
    assert_eq!(lab.report().slis[0].stalled_since, None);
}

#[test]
fn a_slow_service_whose_calls_end_is_not_stalled() {
    let sli = sli("slow-not-stalled");
    let mut lab = Lab::judging([&sli]);
    let mut open = std::collections::VecDeque::new();
    for second in 0..60 {
        open.push_back(sli.begin());
        if second >= 20 && second % 3 == 0 {
            open.pop_front().expect("there is one").end(Outcome::Good);
        }
        lab.advance(Duration::from_secs(1));
        if second > 25 {
            assert_eq!(lab.report().slis[0].stalled_since, None, "second {second}");
        }
    }
    open.into_iter().for_each(|call| call.end(Outcome::Good));
}

#[test]
fn requests_never_notice_that_the_loop_has_panicked() {
    let checkout = sli("loop-broken");
    let reliability = Reliability::builder().only("loop-broken").sli(&checkout).start().expect("it starts");
    testkit::break_loop(&reliability.handle());
    checkout.record(Outcome::Bad, Duration::from_millis(1)); // rings, and the loop panics
    eventually("the loop is gone", || reliability.handle().loop_age() > Duration::from_millis(1_500));
    for _ in 0..1_000 {
        checkout.record(Outcome::Good, Duration::from_millis(1));
        checkout.record(Outcome::Bad, Duration::from_millis(1));
    }
    assert!(reliability.report().loop_age > Duration::from_secs(1), "the report says that its figures are old");
    let began = now();
    drop(reliability);
    assert!(began.elapsed() < Duration::from_secs(1), "nobody waits for a loop that is gone");

    let again = Reliability::builder().only("loop-broken").sli(&checkout).start().expect("it starts again");
    checkout.record(Outcome::Good, Duration::from_millis(1));
    assert_eq!(again.stop().sli("loop-broken").expect("it is judged").counts.good, 1);
}

#[test]
fn requests_never_notice_that_the_loop_hangs_and_nothing_is_lost() {
    let checkout = sli("loop-hung");
    let reliability = Reliability::builder().only("loop-hung").sli(&checkout).start().expect("it starts");
    let handle = reliability.handle();
    testkit::hang_loop(&handle, || {
        checkout.record(Outcome::Bad, Duration::from_millis(1)); // rings, and the loop hangs
        std::thread::sleep(Duration::from_millis(1_200));
        for _ in 0..10_000 {
            checkout.record(Outcome::Bad, Duration::from_millis(1));
        }
        assert!(handle.loop_age() > Duration::from_secs(1), "the watchdog tells without asking the loop");
    });
    let report = reliability.stop();
    assert_eq!(report.sli("loop-hung").expect("it is judged").counts.bad, 10_001);
    assert!(report.loop_age < Duration::from_secs(1));
}
