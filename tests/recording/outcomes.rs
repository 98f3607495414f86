//! Which outcome is counted as what.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::sleep;
use std::time::Duration;

use reliability_core::testkit::Lab;
use reliability_core::{Cancelled, Counts, FailureKind, Latency, Outcome, Sli, Timing};

use super::sli;

fn counts(lab: &mut Lab) -> Counts {
    lab.tick();
    lab.report().slis[0].counts
}

#[test]
fn each_outcome_is_counted_apart_and_once() {
    let sli = sli("apart");
    let mut lab = Lab::judging([&sli]);
    for (outcome, times) in
        [(Outcome::Good, 1), (Outcome::Bad, 2), (Outcome::Ignored, 3), (Outcome::Shed, 4), (Outcome::Cancelled, 5)]
    {
        (0..times).for_each(|_| sli.record(outcome, Duration::from_millis(1)));
        sli.record_many(outcome, 10 * times);
    }
    let seen = counts(&mut lab);
    assert_eq!((seen.good, seen.bad, seen.ignored, seen.shed, seen.cancelled()), (11, 22, 33, 44, 55));
    assert_eq!(seen.started, 165);
    // a batch's cancelled events have no age: nobody knows how long they waited, so they are bad
    assert_eq!((seen.cancelled_ignored, seen.cancelled_bad), (5, 50));
    assert_eq!(seen.valid(), 11 + 22 + 44 + 50);
}

#[test]
fn every_way_to_count_counts() {
    let sli = sli("every-way");
    let mut lab = Lab::judging([&sli]);
    assert_eq!(sli.time(|| Ok::<_, ()>(1)), Ok(1));
    assert_eq!(sli.time_as(|| Err::<(), _>("no"), Outcome::of_result), Err("no"));
    sli.timer().end(Outcome::Good);
    sli.begin().end(Outcome::Ignored);
    sli.record(Outcome::Good, Duration::from_millis(3));
    sli.record_many(Outcome::Bad, 7);
    sli.record_many(Outcome::Bad, 0);
    let seen = counts(&mut lab);
    assert_eq!((seen.started, seen.good, seen.bad, seen.ignored), (12, 3, 8, 1));
}

#[test]
fn a_panic_is_bad_and_goes_on() {
    let sli = sli("panics");
    let mut lab = Lab::judging([&sli]);
    let unwound =
        catch_unwind(AssertUnwindSafe(|| sli.time(|| -> Result<(), ()> { std::panic::panic_any("as planned") })));
    assert_eq!(*unwound.expect_err("it unwinds").downcast::<&str>().expect("with its value"), "as planned");
    // once more on a thread that has a seat already
    let _ = catch_unwind(AssertUnwindSafe(|| sli.time(|| -> Result<(), ()> { std::panic::panic_any("again") })));
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let _call = sli.begin();
        std::panic::panic_any("while a guard lives");
    }));
    let seen = counts(&mut lab);
    assert_eq!((seen.started, seen.bad, seen.cancelled()), (3, 3, 0));
    assert!(lab.report().slis[0].failures.iter().all(|failure| failure.kind == FailureKind::Panicked));
}

#[test]
fn a_dropped_call_is_judged_by_the_patience_of_its_caller() {
    let patient = sli("patient").declare(|spec| spec.cancelled_after(Duration::from_millis(30)));
    let mut lab = Lab::judging([&patient]);
    drop(patient.begin());
    let call = patient.begin();
    sleep(Duration::from_millis(60));
    drop(call);
    let seen = counts(&mut lab);
    assert_eq!((seen.cancelled_ignored, seen.cancelled_bad), (1, 1));
}

#[test]
fn without_a_patience_of_its_own_the_shortest_threshold_decides_and_without_one_a_second() {
    let of = |name: &str, latencies: &[&str]| {
        let declared = latencies.iter().map(|text| Latency::parse(text).expect("a latency")).collect::<Vec<_>>();
        sli(name).declare(|spec| declared.into_iter().fold(spec, |spec, latency| spec.latency(latency)))
    };
    let cases: [(Sli, Duration); 2] = [
        (of("shortest", &["90% < 2s", "99% < 250ms"]), Duration::from_millis(250)),
        (of("no-threshold", &[]), Duration::from_secs(1)),
    ];
    for (sli, patience) in &cases {
        let mut lab = Lab::judging([sli]);
        sli.record(Outcome::Cancelled, *patience);
        sli.record(Outcome::Cancelled, *patience + Duration::from_nanos(1));
        let seen = counts(&mut lab);
        assert_eq!((seen.cancelled_ignored, seen.cancelled_bad), (1, 1), "{}", sli.name());
    }
}

#[test]
fn each_threshold_judges_a_dropped_call_by_itself() {
    let sli = sli("by-itself").declare(|spec| {
        let latency = |text| Latency::parse(text).expect("a latency");
        spec.latency(latency("99% < 100ms")).latency(latency("99% < 1s")).cancelled_after(Duration::from_millis(500))
    });
    let mut lab = Lab::judging([&sli]);
    for age in [50, 200, 700, 1500] {
        sli.record(Outcome::Cancelled, Duration::from_millis(age));
    }
    lab.tick();
    let report = lab.report();
    let bad = |name: &str| report.slo(name).expect("it is judged").bad;
    assert_eq!(bad("by-itself-availability"), 2);
    assert_eq!(bad("by-itself-latency-100ms"), 3);
    assert_eq!(bad("by-itself-latency-1s"), 1);
}

#[test]
fn a_drop_can_be_declared_bad_or_ignored_and_is_bad_where_nobody_timed_it() {
    for (name, cancelled, timing, bad) in [
        ("drop-bad", Cancelled::Bad, Timing::Precise, 1),
        ("drop-ignored", Cancelled::Ignored, Timing::Precise, 0),
        ("drop-untimed", Cancelled::ByPatience, Timing::Off, 1),
        ("drop-untimed-ignored", Cancelled::Ignored, Timing::Off, 0),
    ] {
        let sli = sli(name).declare(|spec| spec.cancelled(cancelled).timing(timing));
        let mut lab = Lab::judging([&sli]);
        drop(sli.begin());
        let seen = counts(&mut lab);
        assert_eq!((seen.cancelled_bad, seen.cancelled_ignored), (bad, 1 - bad), "{name}");
        assert_eq!(lab.report().slis[0].failures.len() as u64, bad, "{name}");
    }
}

#[test]
fn a_call_at_its_threshold_is_fast_and_one_nanosecond_later_slow() {
    for millis in [1, 7, 250, 1_000, 59_999] {
        let threshold = Duration::from_millis(millis);
        let sli = sli(&format!("at-{millis}")).declare(|spec| {
            spec.latency(Latency::new(spec.objective.expect("it has one"), threshold).expect("in range"))
        });
        let mut lab = Lab::judging([&sli]);
        let nanosecond = Duration::from_nanos(1);
        for elapsed in [Duration::ZERO, threshold - nanosecond, threshold, threshold + nanosecond, threshold * 3] {
            sli.record(Outcome::Good, elapsed);
        }
        sli.record(Outcome::Bad, nanosecond);
        lab.tick();
        let report = lab.report();
        let slo = report.slis[0].slos.iter().find(|slo| slo.name.contains("latency")).expect("it is judged");
        assert_eq!((slo.good, slo.bad), (3, 3), "{millis} ms: a fast failure is bad too");
        let availability = report.slo(&format!("at-{millis}-availability")).expect("it is judged");
        assert_eq!((availability.good, availability.bad), (5, 1));
        assert_eq!(report.slis[0].failures.iter().filter(|it| it.kind == FailureKind::Slow).count(), 2);
    }
}

#[test]
fn five_thresholds_split_the_same_calls_five_ways() {
    let limits = [1, 5, 25, 125, 625].map(Duration::from_millis);
    let sli = sli("five").declare(|spec| {
        let objective = spec.objective.expect("it has one");
        limits.iter().rev().fold(spec, |spec, limit| spec.latency(Latency::new(objective, *limit).expect("in range")))
    });
    let mut lab = Lab::judging([&sli]);
    for millis in 1..=700 {
        sli.record(Outcome::Good, Duration::from_millis(millis));
    }
    lab.tick();
    for limit in limits {
        let slo = lab.report().slo(&format!("five-latency-{}ms", limit.as_millis())).cloned().expect("it is judged");
        assert_eq!(u128::from(slo.good), limit.as_millis());
        assert_eq!(slo.good + slo.bad, 700);
    }
}

#[test]
fn batches_without_durations_are_in_no_latency_objective_unless_bad() {
    let sli = sli("batch").declare(|spec| spec.latency(Latency::parse("99% < 1s").expect("a latency")));
    let mut lab = Lab::judging([&sli]);
    sli.record_many(Outcome::Good, 100);
    sli.record_many(Outcome::Bad, 3);
    lab.tick();
    let slo = lab.report().slo("batch-latency-1s").cloned().expect("it is judged");
    assert_eq!((slo.good, slo.bad), (0, 3));
}
