//! Traps that other engines fell into, each as the smallest history that shows it, with the figures worked out by hand.

use reliability_core::slo::{Figures, Resolution, rules_for};
use reliability_core::{Method, Objective, SliceTarget, Window};

use crate::case::{Case, Count, DAY, Exact, HOUR, Period, Proof, Shares};
use crate::engine;
use crate::judge::Edge;
use crate::story::{Minute, Story};
use crate::zones;

const ROLLING: Period = Period::Rolling { days: 30 };
const GUARD: Proof = Proof { alpha: Exact::new_raw(1, 100), floor: 2 };
const NOTHING: Minute = Minute::of(0, 0);

fn case(allowed: (i128, i128), period: Period, count: Count) -> Case {
    let allowed = allowed.into();
    Case { allowed, period, count, shares: Shares::OwnPeriod, hold: true, begins: true, guard: None }
}

fn slices(minutes: i64, target: (i128, i128)) -> Count {
    Count::Verdicts { minutes, target: target.into() }
}

/// What the engine says of a history from 10 March 2026 on: all edges, and the figures at its end.
fn judged(case: &Case, minutes: Vec<Minute>) -> (Vec<Edge>, Figures) {
    judged_from(zones::minute_of("2026-03-10 00:00"), case, minutes)
}

fn judged_from(begins: i64, case: &Case, minutes: Vec<Minute>) -> (Vec<Edge>, Figures) {
    let story = Story { begins, minutes };
    let (mut edges, mut figures) = (Vec::new(), None);
    engine::run(case, &story, Resolution::Exact, |t, slo, observed, mut found| {
        for edge in &mut found {
            edge.at -= begins;
        }
        edges.extend(found);
        if t == story.ends() {
            figures = Some(slo.figures(observed));
        }
        Ok(())
    })
    .unwrap();
    (edges, figures.unwrap())
}

fn pages(edges: &[Edge]) -> Vec<(i64, &'static str, bool)> {
    let page = |edge: &&Edge| edge.pair == "1h/5m" || edge.pair == "6h/30m";
    edges.iter().filter(page).map(|edge| (edge.at, edge.pair, edge.fired)).collect()
}

fn left(figures: &Figures) -> f64 {
    figures.budget.remaining()
}

fn close(shown: f64, exact: f64) {
    assert!((shown - exact).abs() <= 1e-9 * exact.abs().max(1.0), "{shown} {exact}");
}

/// A request every six minutes; the one at `failing` fails.
fn quiet_night(minutes: usize, failing: usize) -> Vec<Minute> {
    let minute = |m: usize| {
        if m.is_multiple_of(6) { Minute::of(u64::from(m != failing), u64::from(m == failing)) } else { NOTHING }
    };
    (0..minutes).map(minute).collect()
}

#[test]
fn one_failed_request_of_a_night_pages_by_the_plain_ratio_and_not_with_the_guard() {
    let plain = case((1, 1_000), ROLLING, Count::Events);
    let (edges, _) = judged(&plain, quiet_night(900, 600));
    // the short window of half an hour keeps it as long
    assert_eq!(
        pages(&edges),
        [(601, "1h/5m", true), (601, "6h/30m", true), (607, "1h/5m", false), (631, "6h/30m", false)]
    );
    let (edges, figures) = judged(&Case { guard: Some(GUARD), ..plain }, quiet_night(900, 600));
    assert_eq!(pages(&edges), []);
    // the budget does not hide it
    close(left(&figures), 1.0 - 1_000.0 / 150.0);
}

#[test]
fn a_guard_lets_a_total_outage_at_a_request_a_minute_wait_for_five_failures() {
    let mut minutes = vec![Minute::of(1, 0); 720];
    minutes.extend([Minute::of(0, 1); 10]);
    let plain = case((1, 1_000), ROLLING, Count::Events);
    let (edges, _) = judged(&plain, minutes.clone());
    assert_eq!(pages(&edges), [(721, "1h/5m", true), (723, "6h/30m", true)]);
    // five of sixty prove it, and seven of 360
    let (edges, _) = judged(&Case { guard: Some(GUARD), ..plain }, minutes);
    assert_eq!(pages(&edges), [(725, "1h/5m", true), (727, "6h/30m", true)]);
}

#[test]
fn a_traffic_fall_with_as_many_failures_as_before_is_a_true_breach() {
    let mut minutes = vec![Minute::of(9_999, 1); 720];
    minutes.extend([Minute::of(9, 1); 120]);
    let guarded = Case { guard: Some(GUARD), ..case((1, 1_000), ROLLING, Count::Events) };
    let (edges, _) = judged(&guarded, minutes);
    // 0.01 % before; while one busy minute is in the hour, sixty failures are 0.6 % of it
    assert_eq!(pages(&edges)[0], (780, "1h/5m", true));
}

#[test]
fn a_month_forgets_its_last_day_at_local_midnight_and_thirty_rolling_days_keep_it() {
    // Kolkata's April begins at half past six in the evening of 31 March
    let begins = zones::minute_of("2026-03-31 17:30");
    let mut minutes = vec![Minute::of(90, 10); HOUR as usize];
    let month = case((1, 100), Period::Month { zone: 3 }, Count::Events);
    let before = |minutes: &[Minute]| left(&judged_from(begins, &month, minutes[..59].to_vec()).1);
    close(before(&minutes), -9.0);
    close(left(&judged_from(begins, &month, minutes.clone()).1), 1.0);
    minutes.extend([Minute::of(100, 0); HOUR as usize]);
    close(left(&judged_from(begins, &month, minutes.clone()).1), 1.0);
    let rolling = case((1, 100), ROLLING, Count::Events);
    close(left(&judged_from(begins, &rolling, minutes.clone()).1), -4.0);
    // in UTC the same hours belong to March
    let utc = case((1, 100), Period::Month { zone: 0 }, Count::Events);
    close(left(&judged_from(begins, &utc, minutes).1), -4.0);
}

#[test]
fn the_slices_of_march_are_as_many_as_its_minutes_in_each_zone() {
    for (zone, minutes) in [44_640.0, 44_580.0, 44_580.0, 44_640.0].into_iter().enumerate() {
        let month = case((1, 100), Period::Month { zone }, slices(1, (99, 100)));
        close(left(&judged(&month, vec![Minute::of(0, 1)]).1), 1.0 - 100.0 / minutes);
        // the shorter slice at the month's end counts as one
        let month = case((1, 100), Period::Month { zone }, slices(420, (99, 100)));
        close(left(&judged(&month, vec![Minute::of(0, 1)]).1), 1.0 - 100.0 / 107.0);
    }
}

#[test]
fn a_busy_minute_weighs_by_its_traffic_or_as_one_slice_and_never_as_a_mean_of_both() {
    // 991 requests fail in one minute, and one succeeds in each of the other nine
    let minutes: Vec<_> = (0..10).map(|m| if m == 0 { Minute::of(0, 991) } else { Minute::of(1, 0) }).collect();
    let left = |count| left(&judged(&case((1, 100), ROLLING, count), minutes.clone()).1);
    close(left(Count::Events), 1.0 - 99.1);
    close(left(Count::Means { minutes: 1 }), 1.0 - 10.0);
    close(left(slices(1, (99, 100))), 1.0 - 100.0 / 43_200.0);
}

#[test]
fn a_slice_exactly_at_its_target_is_good_and_one_failure_more_makes_it_bad() {
    let of = |good, bad, target| {
        let minutes = vec![Minute::of(good, bad)];
        judged(&case((1, 100), ROLLING, slices(1, target)), minutes).1.measured.unwrap().remaining()
    };
    close(of(99, 1, (99, 100)), 1.0);
    close(of(98, 1, (99, 100)), -99.0);
    close(of(999_000, 1_000, (999, 1_000)), 1.0);
    close(of(998_999, 1_001, (999, 1_000)), -99.0);
    // a target of 100 % is one: any failure makes a slice bad
    close(of(1_000_000, 0, (1, 1)), 1.0);
    close(of(999_999, 1, (1, 1)), -99.0);
}

#[test]
fn empty_and_unobserved_slices_are_not_bad_and_stay_so() {
    let count = slices(5, (99, 100));
    let mut minutes = vec![Minute::of(1, 0); 5];
    minutes.extend([NOTHING; 5]);
    minutes.extend([Minute { seen: false, ..NOTHING }; 5]);
    minutes.extend([Minute::of(0, 1); 5]);
    for later in [0, 1, 300] {
        minutes.extend(vec![NOTHING; later]);
        let figures = judged(&case((1, 100), ROLLING, count), minutes.clone()).1;
        close(left(&figures), 1.0 - 100.0 / 8_640.0);
        close(figures.measured.unwrap().remaining(), -49.0);
        assert_eq!(figures.coverage.observed as usize, minutes.len() - 5);
    }
    // without any event nothing is measured, and nothing is lost
    let figures = judged(&case((1, 100), ROLLING, count), vec![NOTHING; 7]).1;
    assert_eq!((left(&figures), figures.measured.unwrap().remaining()), (1.0, 1.0));
    assert_eq!(figures.burn.map(|burn| burn.map(|burn| burn.as_f64().to_bits())), [Some(0); 7]);
}

#[test]
fn a_slice_that_began_before_the_history_is_judged_by_what_is_known() {
    // from 00:07 on, slices of ten minutes are cut from the month's midnight: three minutes, then whole ones
    let begins = zones::minute_of("2026-03-10 00:07");
    let month = case((1, 100), Period::Month { zone: 0 }, slices(10, (99, 100)));
    let mut minutes = vec![Minute::of(0, 1), Minute::of(50, 0), Minute::of(50, 0)];
    close(judged_from(begins, &month, minutes.clone()).1.measured.unwrap().remaining(), 1.0);
    minutes.push(Minute::of(0, 1));
    close(judged_from(begins, &month, minutes.clone()).1.measured.unwrap().remaining(), -49.0);
    minutes.extend([Minute::of(99, 0); 9]);
    // the slice in progress was bad by what it had, and is good now
    close(judged_from(begins, &month, minutes).1.measured.unwrap().remaining(), 1.0);
    // of a rolling period, slices are cut from the first minute
    let rolling = case((1, 100), ROLLING, slices(10, (99, 100)));
    let minutes = [vec![Minute::of(0, 1)], vec![Minute::of(11, 0); 9]].concat();
    close(judged_from(begins, &rolling, minutes).1.measured.unwrap().remaining(), 1.0);
}

#[test]
fn a_burn_exactly_on_a_factor_never_fires_by_any_method() {
    // 28 days and 5 %: 0.672, 0.28, 0.14, and 7/150, which no decimal holds
    let period = Period::Rolling { days: 28 };
    let constant = |good, bad| vec![Minute::of(good, bad); 400];
    for count in [Count::Events, Count::Means { minutes: 1 }, Count::Means { minutes: 7 }] {
        let case = case((5, 100), period, count);
        for (bad, valid, pair) in [(84, 125, "1h/5m"), (7, 25, "6h/30m"), (7, 50, "1d/2h"), (7, 150, "3d/6h")] {
            let (edges, _) = judged(&case, constant(valid - bad, bad));
            assert!(edges.iter().all(|edge| edge.pair != pair), "{count:?} {pair}");
            let (edges, _) = judged(&case, constant(valid * 1_000 - bad * 1_000 - 1, bad * 1_000 + 1));
            assert!(edges.iter().any(|edge| edge.pair == pair && edge.fired), "{count:?} {pair}");
        }
    }
    // nine bad minutes of thirty are six times 5 %
    let bad = |m: usize| if m % 10 < 3 { Minute::of(0, 1) } else { Minute::of(1, 0) };
    let slow = case((5, 100), ROLLING, slices(1, (99, 100)));
    let mut minutes: Vec<_> = (0..720).map(bad).collect();
    assert!(judged(&slow, minutes.clone()).0.iter().all(|edge| edge.pair != "6h/30m"));
    minutes[715] = Minute::of(0, 1);
    assert!(judged(&slow, minutes).0.contains(&Edge { at: 716, pair: "6h/30m", fired: true }));
}

#[test]
fn objectives_and_targets_are_read_to_the_last_digit_and_a_hundred_percent_is_refused() {
    assert_eq!(Objective::parse("99.9999%").unwrap().to_string(), "99.9999%");
    assert_eq!(Objective::parse("99.9%").unwrap().error_ppb(), 1_000_000);
    assert!(Objective::parse("100%").is_err() && Objective::parse("0%").is_err());
    assert_eq!(SliceTarget::parse("100%").unwrap().ppb(), 1_000_000_000);
    assert!(SliceTarget::parse("0%").is_err() && Method::parse("timeslices 0m 99%").is_err());
    // 14.4 times 6.95 % cannot be reached by any method
    assert_eq!(rules_for(Objective::parse("93.05%").unwrap(), Window::DEFAULT).left_out.len(), 1);
}

#[test]
fn a_window_that_fills_is_neither_scaled_up_nor_called_whole() {
    let minutes = vec![Minute::of(9, 1); HOUR as usize];
    for count in [Count::Events, slices(1, (99, 100)), Count::Means { minutes: 1 }] {
        let (_, figures) = judged(&case((1, 100), ROLLING, count), minutes.clone());
        assert_eq!((figures.coverage.observed, figures.coverage.minutes), (60, 43_200));
        let expected = match count {
            Count::Verdicts { .. } => 1.0 - 60.0 * 100.0 / 43_200.0,
            _ => -9.0,
        };
        close(left(&figures), expected);
    }
}

#[test]
fn a_gap_within_an_outage_neither_ends_the_page_nor_begins_another_by_any_method() {
    for count in [Count::Events, slices(1, (99, 100)), Count::Means { minutes: 5 }] {
        let mut minutes = vec![Minute::of(1_000, 0); 400];
        minutes.extend([Minute::of(0, 1_000); 30]);
        minutes.extend([Minute { seen: false, ..NOTHING }; 40]);
        minutes.extend([Minute::of(0, 1_000); 30]);
        let (edges, _) = judged(&case((1, 100), ROLLING, count), minutes);
        let page = pages(&edges);
        assert!(page.iter().all(|(at, _, fired)| *fired && *at < 430), "{count:?} {page:?}");
        assert_eq!(page.len(), 2, "{count:?} {page:?}");
    }
}

#[test]
fn crashing_hides_no_outage() {
    // the process dies in its worst minute and is down for two days
    let mut minutes = vec![Minute::of(90, 10); 30];
    minutes.extend(vec![Minute::default(); 2 * DAY as usize]);
    minutes.push(Minute::of(100, 0));
    let (edges, figures) = judged(&case((1, 100), ROLLING, Count::Events), minutes);
    close(left(&figures), 1.0 - 300.0 / 31.0);
    assert_eq!((figures.coverage.observed, figures.coverage.minutes), (31, 43_200));
    // the minute after is too little to end what was decided
    assert!(edges.iter().all(|edge| edge.fired), "{edges:?}");
}
