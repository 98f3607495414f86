//! A restart in the lab's own time: nothing that was there is lost, and nothing looks better for it.

use std::time::Duration;

use reliability_core::testkit::Lab;
use reliability_core::{Method, Objective, Outcome, Report, Severity, Sli, SloReport, Window};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

fn sli(name: &str) -> Sli {
    Sli::named(name).unwrap().declare(|spec| spec.objective(Objective::parse("99%").unwrap()))
}

fn slo(report: &Report) -> &SloReport {
    &report.slis[0].slos[0]
}

/// A small, seeded source of traffic.
struct Traffic(u64);

impl Traffic {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn run(&mut self, lab: &mut Lab, sli: &Sli, minutes: u64) {
        for _ in 0..minutes {
            let (calls, bad) = (self.next() % 200, self.next() % 12);
            sli.record_many(Outcome::Good, calls);
            if self.next().is_multiple_of(3) {
                sli.record_many(Outcome::Bad, bad);
            }
            lab.advance_by(MINUTE, MINUTE);
        }
    }
}

/// Everything that is judged, without what is a process's own.
fn judged(report: &Report) -> String {
    let slo = slo(report);
    format!(
        "{:?}",
        (
            (slo.good, slo.bad, slo.budget_remaining, slo.budget_measured, slo.generation),
            (slo.period_begins, slo.since, slo.coverage, &slo.burn, slo.forecast),
            (&slo.alerts, slo.incident),
        )
    )
}

#[test]
fn a_restart_of_no_time_changes_nothing_that_is_judged() {
    for (seed, method, window) in [
        (1, "occurrences", "30d"),
        (2, "occurrences", "7d"),
        (3, "occurrences", "1d"),
        (4, "timeslices 1m 95%", "30d"),
        (5, "timeslices 7m 95%", "7d"),
        (6, "ratio-timeslices 5m", "7d"),
        (7, "occurrences", "month Europe/Paris"),
        (8, "timeslices 5m 99%", "week UTC"),
    ] {
        let sli = sli("restart-of-no-time")
            .declare(|spec| spec.window(Window::parse(window).unwrap()).method(Method::parse(method).unwrap()));
        let mut traffic = Traffic(seed * 7_919);
        let mut lab = Lab::judging([&sli]);
        // past three days, where the minutes end, and for one of them past the whole period
        let runs: &[u64] = if seed == 1 { &[3, 90, 4_000, 6_500, 36_000] } else { &[3, 90, 4_000, 6_500] };
        for minutes in runs.iter().copied() {
            traffic.run(&mut lab, &sli, minutes);
            let before = judged(&lab.report());
            lab = lab.restarted(Duration::ZERO, [&sli]);
            // whether a guard holds a page back says the next look
            lab.tick();
            assert_eq!(judged(&lab.report()), before, "{method} {window} after {minutes}");
        }
        // and it goes on like one that was never restarted
        let other = sli_like(&sli);
        let mut traffic = Traffic(seed * 7_919);
        let mut whole = Lab::judging([&other]);
        runs.iter().for_each(|minutes| traffic.run(&mut whole, &other, *minutes));
        assert_eq!(judged(&lab.report()), judged(&whole.report()), "{method} {window}");
    }
}

fn sli_like(sli: &Sli) -> Sli {
    let (window, method) = (sli.spec().window, sli.spec().method);
    self::sli("never-restarted").declare(|spec| spec.window(window).method(method))
}

#[test]
fn what_nobody_observed_is_a_gap_and_nothing_leaves_by_it() {
    let sli = sli("gap").declare(|spec| spec.window(Window::parse("1d").unwrap()));
    let mut lab = Lab::judging([&sli]);
    sli.record_many(Outcome::Good, 1_000);
    sli.record_many(Outcome::Bad, 50);
    lab.advance_by(20 * HOUR, MINUTE);
    sli.record_many(Outcome::Good, 1_000);
    lab.advance_by(MINUTE, MINUTE);
    let before = lab.report();
    // a day later the failures would have left; but nobody has lived through that day
    let mut lab = lab.restarted(24 * HOUR, [&sli]);
    lab.advance(SECOND);
    let after = lab.report();
    assert!(slo(&after).budget_remaining <= slo(&before).budget_remaining, "{:?}", slo(&after));
    assert!(slo(&after).coverage < 0.01, "{}", slo(&after).coverage);
    lab.advance_by(25 * HOUR, MINUTE);
    assert_eq!(slo(&lab.report()).bad, 0, "as much time has been lived");
    assert!(slo(&lab.report()).coverage > 0.99);
}

#[test]
fn a_page_goes_on_over_a_restart_and_is_held_over_the_gap() {
    let sli = sli("page");
    let mut lab = Lab::judging([&sli]);
    for _ in 0..90 {
        sli.record_many(Outcome::Bad, 50);
        sli.record_many(Outcome::Good, 50);
        lab.advance_by(MINUTE, MINUTE);
    }
    let since = |lab: &Lab| slo(&lab.report()).alerts[0].state;
    let fired = since(&lab);
    assert!(slo(&lab.report()).is_firing(Severity::Page));
    let mut lab = lab.restarted(10 * MINUTE, [&sli]);
    lab.advance(5 * SECOND);
    assert_eq!(since(&lab), fired, "the same page, since the same instant");
    assert!(slo(&lab.report()).incident.is_some());
}

#[test]
fn a_clock_that_was_set_back_leaves_the_line_where_it_was() {
    let sli = sli("clock").declare(|spec| spec.window(Window::parse("7d").unwrap()));
    let mut lab = Lab::judging([&sli]);
    Traffic(3).run(&mut lab, &sli, 3_000);
    let (before, now) = (lab.report(), lab.now());
    let mut lab = lab.restarted_at(now - 48 * HOUR, [&sli]);
    lab.advance(SECOND);
    let after = lab.report();
    assert!(after.time >= now, "{} is before {now}", after.time);
    assert!(slo(&after).budget_remaining <= slo(&before).budget_remaining);
    assert_eq!((slo(&after).good, slo(&after).bad), (slo(&before).good, slo(&before).bad));
}

#[test]
fn another_objective_reads_the_same_counts_and_another_method_begins_a_generation() {
    let sli = sli("terms");
    let mut lab = Lab::judging([&sli]);
    Traffic(5).run(&mut lab, &sli, 300);
    let before = lab.report();
    let looser = sli.declare(|spec| spec.objective(Objective::parse("90%").unwrap()));
    let mut lab = lab.restarted(SECOND, [&looser]);
    lab.advance(SECOND);
    let after = lab.report();
    assert_eq!((slo(&after).bad, slo(&after).generation), (slo(&before).bad, 1));
    assert!(slo(&after).budget_remaining > slo(&before).budget_remaining);

    let sliced = looser.declare(|spec| spec.method(Method::parse("timeslices 1m 99%").unwrap()));
    let mut lab = lab.restarted(SECOND, [&sliced]);
    lab.advance(SECOND);
    let anew = lab.report();
    assert_eq!((slo(&anew).bad, slo(&anew).generation), (0, 2));
    assert!(slo(&anew).coverage < 0.01, "a new generation has been seen for no time");
}

#[test]
fn an_slo_that_comes_later_goes_on_too() {
    let (one, other) = (sli("first"), sli("later"));
    let mut lab = Lab::judging([&one, &other]);
    other.record_many(Outcome::Bad, 7);
    lab.advance(MINUTE);
    let mut lab = lab.restarted(MINUTE, [&one]);
    lab.advance(MINUTE);
    lab.handle().add(&other);
    lab.advance(SECOND);
    assert_eq!(lab.report().slo("later-availability").unwrap().bad, 7);
}

#[test]
fn two_that_served_at_the_same_time_are_added_up() {
    for (method, window) in [
        ("occurrences", "30d"),
        ("occurrences", "week UTC"),
        ("timeslices 5m 99%", "30d"),
        ("ratio-timeslices 1m", "7d"),
    ] {
        let both = sli("rolling-update")
            .declare(|spec| spec.window(Window::parse(window).unwrap()).method(Method::parse(method).unwrap()));
        let (mut one, mut other, mut sum) = (Counts::new(&both), Counts::new(&both), Counts::new(&both));
        let mut traffic = Traffic(11);
        for minute in 0..300_u64 {
            let (first, second) =
                ((traffic.next() % 50, traffic.next() % 4), (traffic.next() % 90, traffic.next() % 3));
            one.minute(first);
            // the second one comes an hour later, but its lab's time must have gone on
            let second = if minute < 60 { (0, 0) } else { second };
            other.minute(second);
            sum.minute((first.0 + second.0, first.1 + second.1));
        }
        other.lab.take_over(&one.lab);
        other.lab.tick();
        let (joined, whole) = (other.lab.report(), sum.lab.report());
        let (joined, whole) = (slo(&joined), slo(&whole));
        assert_eq!((joined.good, joined.bad), (whole.good, whole.bad), "{method} {window}");
        if method == "occurrences" {
            assert_eq!(joined.burn, whole.burn, "{window}");
            assert!((joined.budget_remaining - whole.budget_remaining).abs() < 1e-12);
        } else {
            assert!(joined.budget_remaining <= whole.budget_remaining + 1e-12, "{method} {window}");
        }
        // and what comes after is counted on top
        other.minute((10, 5));
        assert_eq!(slo(&other.lab.report()).bad, whole.bad + 5);
    }
}

/// A lab with counts of its own, on a thread that others use as well.
struct Counts {
    lab: Lab,
    sli: Sli,
}

impl Counts {
    fn new(sli: &Sli) -> Self {
        let (window, method) = (sli.spec().window, sli.spec().method);
        let sli = self::sli("rolling-update").declare(|spec| spec.window(window).method(method));
        Self { lab: Lab::judging([&sli]), sli }
    }

    fn minute(&mut self, (good, bad): (u64, u64)) {
        let _entered = self.lab.enter();
        self.sli.record_many(Outcome::Good, good);
        self.sli.record_many(Outcome::Bad, bad);
        self.lab.advance_by(MINUTE, MINUTE);
    }
}
