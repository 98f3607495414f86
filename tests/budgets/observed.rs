//! Gaps and coverage, and the line that finds the gaps.

use std::time::Duration;

use reliability_core::Timestamp;
use reliability_core::slo::{Coverage, Line, Observed, Reading};

fn minute(minute: i64) -> Timestamp {
    Timestamp::from_unix_seconds(1_773_100_800 + minute * 60)
}

fn second(second: i64) -> Timestamp {
    minute(0) + Duration::from_secs(second as u64)
}

fn reading(wall: i64, monotonic: u64) -> Reading {
    Reading { wall: second(wall), monotonic: Duration::from_secs(monotonic) }
}

fn of(observed: u64, minutes: u64) -> Coverage {
    Coverage { observed, minutes }
}

#[test]
fn the_time_before_the_first_minute_counts_only_where_history_begins_here() {
    let observed = Observed::new(minute(10));
    assert_eq!(observed.coverage(minute(0), minute(20), false), of(10, 20));
    assert_eq!(observed.coverage(minute(0), minute(20), true), of(20, 20));
    assert_eq!(observed.coverage(minute(0), minute(5), false), of(0, 5));
    assert_eq!(observed.coverage(minute(5), minute(5), false), of(0, 0));
}

#[test]
fn nine_minutes_of_ten_are_enough_and_eight_are_not() {
    assert!(of(9, 10).suffices());
    assert!(!of(8, 10).suffices());
    assert!(!of(3_887, 4_320).suffices());
    assert!(of(3_888, 4_320).suffices());
}

#[test]
fn gaps_that_touch_or_overlap_are_one() {
    let mut observed = Observed::new(minute(0));
    observed.gap(minute(10), minute(12));
    observed.gap(minute(20), minute(22));
    observed.gap(minute(12), minute(15));
    observed.gap(minute(18), minute(21));
    observed.gap(minute(30), minute(30));
    let gaps: Vec<_> = observed.gaps().collect();
    assert_eq!(gaps, [(minute(10), minute(15)), (minute(18), minute(22))]);
    assert_eq!(observed.coverage(minute(0), minute(30), true), of(21, 30));
    assert_eq!(observed.coverage(minute(14), minute(19), false), of(3, 5));
}

#[test]
fn any_number_of_gaps_is_kept_to_the_minute() {
    let mut observed = Observed::new(minute(0));
    let missed = |n: i64| n % 3 == 1 || n % 7 == 0;
    for n in (0..20_000).filter(|n| missed(*n)) {
        observed.gap(minute(n), minute(n + 1));
    }
    for (from, to) in [(0, 20_000), (1, 2), (63, 64), (64, 129), (17, 19_999), (19_990, 30_000), (-100, 50)] {
        let lost = (from..to).filter(|n| (0..20_000).contains(n) && missed(*n)).count() as u64;
        let all = (to - from) as u64;
        assert_eq!(observed.coverage(minute(from), minute(to), true), of(all - lost, all), "{from} {to}");
        let before = (-from).max(0) as u64;
        assert_eq!(observed.coverage(minute(from), minute(to), false), of(all - lost - before, all), "{from} {to}");
    }
}

#[test]
fn a_gap_that_is_told_of_late_is_not_lost() {
    let mut observed = Observed::new(minute(0));
    observed.gap(minute(1_000), minute(1_010));
    observed.gap(minute(100), minute(105));
    observed.gap(minute(3_000), minute(3_001));
    assert_eq!(observed.coverage(minute(0), minute(4_000), false), of(3_984, 4_000));
    assert_eq!(observed.coverage(minute(101), minute(1_001), false), of(895, 900));
    let gaps: Vec<_> = observed.gaps().collect();
    assert_eq!(gaps, [(minute(100), minute(105)), (minute(1_000), minute(1_010)), (minute(3_000), minute(3_001))]);
}

#[test]
fn a_gap_older_than_any_period_is_forgotten() {
    let mut observed = Observed::new(minute(0));
    observed.gap(minute(10), minute(13));
    observed.gap(minute(95 * 1_440), minute(95 * 1_440 + 1));
    assert_eq!(observed.gaps().count(), 1);
}

#[test]
fn ticks_a_minute_apart_leave_no_gap() {
    for offset in [0, 1, 59] {
        let mut line = Line::start(reading(offset, 0));
        for n in 1..100 {
            assert_eq!(line.advance(reading(offset + n * 60, n as u64 * 60)).gap, None);
        }
    }
}

#[test]
fn the_minutes_between_two_readings_are_a_gap_and_those_of_the_readings_are_not() {
    let mut line = Line::start(reading(30, 0));
    let late = line.advance(reading(630, 600));
    assert_eq!(late.gap, Some((minute(1), minute(10))));
    assert_eq!(late.jumped, Duration::ZERO);
    // a reading at a minute's start observes the minute before
    assert_eq!(line.advance(reading(720, 690)).gap, None);
    assert_eq!(line.advance(reading(840, 810)).gap, Some((minute(12), minute(13))));
}

#[test]
fn a_wall_clock_ahead_is_followed_and_the_time_counts_as_skipped() {
    let mut line = Line::start(reading(0, 0));
    let step = line.advance(reading(3_601, 1));
    assert_eq!((step.now, step.jumped), (second(3_601), Duration::from_secs(3_600)));
    assert_eq!(step.gap, Some((minute(0), minute(60))));
}

#[test]
fn a_wall_clock_behind_is_never_waited_for() {
    let mut line = Line::start(reading(3_600, 0));
    for n in 1..100 {
        let step = line.advance(reading(n, n as u64));
        assert_eq!((step.now, step.jumped), (second(3_600 + n), Duration::ZERO));
    }
    let step = line.advance(reading(3_000, 100));
    assert_eq!((step.now, step.jumped), (second(3_700), Duration::ZERO));
}
