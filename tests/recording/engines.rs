//! Several engines, short ones, and labs side by side.

use std::thread;
use std::time::Duration;

use reliability_core::testkit::Lab;
use reliability_core::{Outcome, Reliability, Timestamp};

use super::{lasting, now, sli};

#[test]
fn several_engines_each_count_from_their_own_start() {
    let sli = lasting("own-start");
    let begin = || Reliability::builder().only("own-start").sli(sli).start().expect("it starts");
    let first = begin();
    sli.record_many(Outcome::Good, 10);
    sli.record(Outcome::Bad, Duration::from_millis(2));
    let second = begin();
    sli.record_many(Outcome::Good, 5);
    sli.record(Outcome::Good, Duration::from_millis(2));
    let (first, second) = (first.stop(), second.stop());
    assert_eq!((first.slis[0].counts.good, first.slis[0].counts.bad), (16, 1));
    assert_eq!((second.slis[0].counts.good, second.slis[0].counts.bad), (6, 0));
    assert_eq!((first.slis[0].latency.count, second.slis[0].latency.count), (2, 1));
    assert_eq!(begin().stop().slis[0].counts, reliability_core::Counts::default());
}

#[test]
fn only_a_prefix_is_judged_when_a_prefix_is_asked_for() {
    use reliability_core::__private::{Registered, inventory};
    static HERE: reliability_core::Sli = reliability_core::Sli::new("prefixed-here");
    static THERE: reliability_core::Sli = reliability_core::Sli::new("another-there");
    inventory::submit!(Registered(&HERE));
    inventory::submit!(Registered(&THERE));
    let names = |prefix: &str| -> Vec<_> {
        let report = Reliability::builder().only(prefix).start().expect("it starts").stop();
        report.slis.iter().map(|sli| sli.spec.name).collect()
    };
    assert_eq!(names("prefixed-"), ["prefixed-here"]);
    assert_eq!(names(""), ["another-there", "prefixed-here"], "every series exists at zero before the first request");
}

#[test]
fn a_job_of_fifty_milliseconds_loses_nothing() {
    for _ in 0..5 {
        let sli = lasting("short-job");
        let begun = now();
        let running = Reliability::builder().only("short-job").sli(sli).start().expect("it starts");
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..500).for_each(|_| sli.record(Outcome::Good, Duration::from_millis(1))));
            }
        });
        sli.record_many(Outcome::Bad, 3);
        let report = running.stop();
        assert_eq!((report.slis[0].counts.good, report.slis[0].counts.bad), (2_000, 3));
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    }
}

#[test]
fn labs_side_by_side_see_only_their_own() {
    let sli = sli("shared-by-labs");
    thread::scope(|scope| {
        for n in 1..=8_u64 {
            let sli = &sli;
            scope.spawn(move || {
                let mut lab = Lab::judging([sli]);
                for _ in 0..n * 100 {
                    sli.record(Outcome::Good, Duration::from_millis(n));
                }
                thread::sleep(Duration::from_millis(5));
                lab.tick();
                assert_eq!(lab.report().slis[0].counts.good, n * 100);
            });
        }
    });
    let outside = Reliability::builder().only("no-such").sli(&sli).start().expect("it starts").stop();
    assert_eq!(outside.slis[0].counts.started, 0);
}

#[test]
fn a_step_of_the_wall_clock_never_improves_a_budget() {
    for (step, forward) in [(86_400 * 20, true), (3_600, true), (86_400 * 20, false), (90, false)] {
        let sli = sli("steps");
        let mut lab = Lab::judging([&sli]);
        sli.record_many(Outcome::Good, 10_000);
        sli.record_many(Outcome::Bad, 60);
        lab.advance(Duration::from_secs(120));
        let left = |lab: &Lab| lab.report().slo("steps-availability").expect("it is judged").budget_remaining;
        let before = left(&lab);
        let now = lab.now();
        let step = Duration::from_secs(step);
        lab.step_wall_clock(if forward { now + step } else { now - step });
        for _ in 0..5 {
            lab.advance(Duration::from_secs(60));
            assert!(left(&lab) <= before + 1e-12, "{step:?} {forward}: {before} became {}", left(&lab));
        }
        assert!(lab.report().time >= now, "the line of time never goes back");
    }
    let _ = Timestamp::from_unix_seconds(0);
}
