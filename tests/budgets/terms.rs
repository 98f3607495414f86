//! Every budgeting method and period through jumps of the clock, and terms that change while counts go on.

use std::cmp::Ordering;
use std::time::Duration;

use proptest::prelude::*;
use reliability_core::slo::{
    AlertState, ErrorBudget, Guard, Line, Observed, Reading, Resolution, Severity, SloState, Tally, Terms,
};
use reliability_core::{Method, Objective, Timestamp, Window};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);
/// 2026-03-10T00:00:00Z.
const START: Timestamp = Timestamp::from_unix_seconds(1_773_100_800);

fn objective(text: &str) -> Objective {
    Objective::parse(text).unwrap()
}

fn window(text: &str) -> Window {
    Window::parse(text).unwrap()
}

fn method(text: &str) -> Method {
    Method::parse(text).unwrap()
}

fn terms(target: &str, period: &str) -> Terms {
    Terms::new(objective(target), window(period))
}

#[derive(Clone, Copy, Debug)]
struct Step {
    lived: u64,
    wall: i64,
    good: u64,
    bad: u64,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let time = || prop_oneof![1..120_u64, 1..7_200_u64, 1..200_000_u64];
    let wall =
        prop_oneof![3 => Just(0), 2 => time().prop_map(|n| n as i64), 1 => 1..20_000_000_i64, 1 => -7_200..0_i64];
    let step = (time(), wall, 0..2_000_u64, prop_oneof![Just(0), 0..20_u64, 0..2_000_u64])
        .prop_map(|(lived, wall, good, bad)| Step { lived, wall, good, bad });
    prop::collection::vec(step, 1..14)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_jump_improves_a_budget_by_any_method_over_any_period(
        steps in steps(),
        counted in prop::sample::select(vec!["occurrences", "timeslices 6m 99%", "timeslices 1h 100%", "ratio-timeslices 5m"]),
        period in prop::sample::select(vec!["1d", "4d", "week UTC", "month Asia/Kolkata"]),
    ) {
        let mut slo = SloState::new(terms("99%", period).method(method(counted)), START).unwrap();
        let reading = |wall: i64, lived: u64| Reading {
            wall: Timestamp::from_unix_seconds(START.unix_seconds() + wall),
            monotonic: Duration::from_secs(lived),
        };
        let mut line = Line::start(reading(0, 0));
        let (mut lived, mut wall, mut total) = (0, 0, Tally::ZERO);
        for step in steps {
            lived += step.lived;
            wall += step.lived as i64;
            total = total + Tally::new(step.good, step.bad);
            let quiet = line.advance(reading(wall, lived));
            slo.advance(quiet.now, total, quiet.jumped);
            let before = slo.budget();
            wall += step.wall;
            let stepped = line.advance(reading(wall, lived));
            slo.advance(stepped.now, total, stepped.jumped);
            prop_assert_ne!(slo.budget().cmp_remaining(before), Ordering::Greater, "{:?} {:?}", slo.budget(), before);
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_refitted_history_is_the_one_that_would_have_been_kept(
        minutes in prop::collection::vec((0..50_u64, 0..5_u64, 1..300_u64), 1..200),
        past in prop::sample::select(vec![0_u64, 1, 37_004]),
        (from, to) in prop::sample::select(vec![("30d", "7d"), ("30d", "28d"), ("28d", "30d"), ("7d", "month Europe/Paris"), ("90d", "month UTC")]),
    ) {
        let mut changed = SloState::new(terms("99%", from), START).unwrap();
        let mut other = SloState::new(terms("99%", to), START).unwrap();
        let (mut now, mut total) = (START + Duration::from_millis(past), Tally::ZERO);
        for (good, bad, length) in minutes {
            now = now + MINUTE * length as u32;
            total = total + Tally::new(good, bad);
            changed.advance(now, total, Duration::ZERO);
            other.advance(now, total, Duration::ZERO);
        }
        prop_assert_eq!(changed.change(*other.terms()), Ok(false));
        let observed = Observed::new(START);
        let (changed, other) = (changed.figures(&observed), other.figures(&observed));
        prop_assert_eq!(changed.burn, other.burn);
        prop_assert_eq!(changed.period_begins, other.period_begins);
        // what the shorter period forgot cannot come back, and nothing else is missing
        let kept = window(from).length().min(now.since(START));
        if now.since(changed.period_begins) <= kept {
            prop_assert_eq!(changed.counts, other.counts);
            prop_assert_eq!(changed.budget, other.budget);
        } else {
            prop_assert!(changed.coverage.observed <= other.coverage.observed);
        }
    }
}

/// An hour of which two in a hundred fail, a hundred a minute.
fn hour(slo: &mut SloState) -> (Timestamp, Observed) {
    let observed = Observed::new(START);
    for minute in 1..=60 {
        let at = START + MINUTE * minute;
        slo.advance(at, Tally::new(98 * u64::from(minute), 2 * u64::from(minute)), Duration::ZERO);
        slo.evaluate(&observed.sight(at, true));
    }
    (START + MINUTE * 60, observed)
}

#[test]
fn another_objective_reads_the_same_counts() {
    let mut slo = SloState::new(terms("99.9%", "30d"), START).unwrap();
    let (_, observed) = hour(&mut slo);
    assert!((slo.budget().remaining() + 19.0).abs() < 1e-12);
    assert_eq!(slo.change(slo.terms().objective(objective("96%"))), Ok(false));
    assert!((slo.budget().remaining() - 0.5).abs() < 1e-12);
    assert_eq!(slo.generation(), 1);
    assert_eq!(slo.figures(&observed).counts, Tally::new(5_880, 120));
}

#[test]
fn a_page_that_another_objective_no_longer_asks_for_resolves() {
    let mut slo = SloState::new(terms("99.9%", "30d"), START).unwrap();
    let (now, observed) = hour(&mut slo);
    assert!(slo.is_firing(Severity::Page));
    slo.change(slo.terms().objective(objective("96%"))).unwrap();
    assert!(slo.is_firing(Severity::Page), "decisions stand until the next look");
    let resolved = slo.evaluate(&observed.sight(now, true));
    assert!(resolved.iter().all(|transition| matches!(transition.to, AlertState::Resolved { .. })));
    assert!(!slo.is_firing(Severity::Page));
}

#[test]
fn a_firing_pair_that_other_terms_do_not_have_resolves() {
    let mut slo = SloState::new(terms("93.1%", "30d"), START).unwrap();
    let observed = Observed::new(START);
    let at = START + MINUTE;
    slo.advance(at, Tally::new(0, 1_000), Duration::ZERO);
    slo.evaluate(&observed.sight(at, true));
    assert!(slo.is_firing(Severity::Page) && slo.incident().is_some_and(|incident| incident.until.is_none()));
    // an objective that allows nearly all to fail: only a factor of 1 can be reached
    slo.change(slo.terms().objective(objective("0.0000001%"))).unwrap();
    assert_eq!(slo.alerts().count(), 1);
    let told = slo.evaluate(&observed.sight(at, true));
    assert_eq!(told.len(), 3);
    assert!(told.iter().all(|transition| matches!(transition.to, AlertState::Resolved { .. })));
    assert_eq!(slo.evaluate(&observed.sight(at, true)), []);
}

#[test]
fn a_month_at_the_end_of_time_just_goes_on() {
    let end = Timestamp::from_unix_nanos(i64::MAX);
    for counted in ["occurrences", "timeslices 1m 99%", "ratio-timeslices 7m"] {
        let mut slo = SloState::new(terms("99%", "month UTC").method(method(counted)), START).unwrap();
        slo.advance(START + MINUTE, Tally::new(50, 50), Duration::ZERO);
        slo.advance(end, Tally::new(50, 50), end.since(START + MINUTE));
        let left = slo.budget();
        slo.advance(end, Tally::new(50, 50), Duration::ZERO);
        assert_eq!(slo.budget(), left, "{counted}");
        assert!(left.remaining() < 1.0, "{counted}: what left by the jump is carried");
    }
    SloState::new(terms("99%", "30d").method(method("timeslices 1m 99%")), Timestamp::from_unix_nanos(i64::MIN))
        .unwrap();
}

#[test]
fn the_resolution_of_a_history_stays_what_it_was() {
    let mut slo = SloState::new(terms("99%", "7d").method(method("timeslices 1m 99%")), START).unwrap();
    assert_eq!(slo.change(slo.terms().resolution(Resolution::Exact)), Ok(false));
    assert_eq!(slo.terms().resolution, Resolution::Compact);
}

#[test]
fn another_meaning_of_good_begins_a_generation_without_a_past() {
    let mut slo = SloState::new(terms("99.9%", "30d"), START).unwrap();
    let (now, observed) = hour(&mut slo);
    assert_eq!(slo.change(slo.terms().method(method("timeslices 1m 99%"))), Ok(true));
    assert_eq!(slo.generation(), 2);
    let figures = slo.figures(&observed);
    assert_eq!((figures.counts, figures.since, figures.coverage.observed), (Tally::ZERO, now, 0));
    assert!((figures.budget.remaining() - 1.0).abs() < 1e-12);
    assert!(slo.is_firing(Severity::Page), "and the page is held: nothing says that it is over");
    let at = now + MINUTE;
    assert_eq!(slo.evaluate(&observed.sight(now, true)), []);
    slo.advance(at, Tally::new(5_980, 120), Duration::ZERO);
    assert_eq!(slo.figures(&observed).counts, Tally::new(100, 0), "only what came since counts");
}

#[test]
fn slices_are_cut_anew_for_another_period() {
    let mut slo = SloState::new(terms("99.9%", "30d").method(method("timeslices 1m 99%")), START).unwrap();
    hour(&mut slo);
    assert_eq!(slo.change(slo.terms().window(window("28d"))), Ok(true));
    assert_eq!(slo.change(slo.terms().guard(Guard::new(0.05, 3))), Ok(false));
    assert_eq!(slo.generation(), 2);
}

#[test]
fn an_unknown_zone_leaves_the_terms_as_they_are() {
    let mut slo = SloState::new(terms("99.9%", "30d"), START).unwrap();
    hour(&mut slo);
    let error = slo.change(slo.terms().window(window("month Mars/Olympus"))).unwrap_err();
    assert!(error.to_string().contains("Mars/Olympus"));
    assert_eq!((slo.terms().window, slo.generation()), (Window::DEFAULT, 1));
    assert!(SloState::new(terms("99%", "month Mars/Olympus"), START).is_err());
}

#[test]
fn a_calendar_month_gives_its_budget_back_at_local_midnight() {
    // in Paris March ends on the 31st at 22:00 UTC
    let midnight = Timestamp::from_unix_seconds(1_774_994_400);
    let mut slo = SloState::new(terms("99%", "month Europe/Paris"), midnight - DAY).unwrap();
    slo.advance(midnight - MINUTE, Tally::new(90, 10), Duration::ZERO);
    assert!((slo.budget().remaining() + 9.0).abs() < 1e-12);
    slo.advance(midnight, Tally::new(98, 12), Duration::ZERO);
    assert_eq!(slo.budget(), ErrorBudget::of(Tally::ZERO, objective("99%")), "what ended at midnight was March's");
    slo.advance(midnight + MINUTE, Tally::new(198, 12), Duration::ZERO);
    assert_eq!(slo.budget(), ErrorBudget::of(Tally::new(100, 0), objective("99%")));
    assert_eq!(slo.history().period_length(), Duration::from_secs(30 * 86_400), "April has its thirty days");
}

#[test]
fn slices_take_no_more_memory_than_stated() {
    let kib = |period: &str, counted: &str| {
        let slo = SloState::new(terms("99%", period).method(method(counted)), START).unwrap();
        let events = SloState::new(terms("99%", period), START).unwrap();
        (slo.memory() - events.memory()) / 1_024
    };
    assert_eq!(kib("30d", "timeslices 1m 99%"), 42);
    assert!(kib("month UTC", "timeslices 5m 99%") <= 10);
    assert!((338..=340).contains(&kib("30d", "ratio-timeslices 1m")));
    assert!((68..=69).contains(&kib("30d", "ratio-timeslices 5m")));
    for resolution in [Resolution::Compact, Resolution::Exact] {
        let slo = SloState::new(terms("99%", "month UTC").resolution(resolution), START).unwrap();
        assert!(slo.memory() <= 400 * 1_024, "{}", slo.memory());
    }
}

#[test]
fn an_incident_costs_what_failed_in_it_of_what_the_period_allows() {
    let mut slo = SloState::new(terms("99%", "30d"), START).unwrap();
    let observed = Observed::new(START);
    let mut minute = |n: u32, good: u64, bad: u64| {
        let at = START + MINUTE * n;
        let total = slo.history().total() + Tally::new(good, bad);
        slo.advance(at, total, Duration::ZERO);
        slo.evaluate(&observed.sight(at, true));
        slo.incident()
    };
    assert!((1..=610).all(|n| minute(n, if n == 200 { 999 } else { 1_000 }, u64::from(n == 200)).is_none()));
    // a total outage of twenty minutes
    let during = (611..=630).map(|n| minute(n, 0, 1_000)).last().unwrap().unwrap();
    assert_eq!((during.failures, during.until), (20_000, None), "not the one of seven hours before");
    let after = (631..=1_000).map(|n| minute(n, 1_000, 0)).last().unwrap().unwrap();
    let allowed = 10_000.0; // 1 % of a million
    assert!((after.budget.unwrap() - 20_000.0 / allowed).abs() < 1e-9, "{after:?}");
    assert!(after.until.is_some());
}

#[test]
fn a_forecast_lets_old_failures_leave() {
    // 100 a minute for thirty days, of which all fail in the first 400 minutes and 0.9 % in the last six hours
    let mut slo = SloState::new(terms("99%", "30d").resolution(Resolution::Exact), START).unwrap();
    let mut total = Tally::ZERO;
    for n in 1..=43_200_u32 {
        let bad = match n {
            1..=400 => 100,
            42_841.. if n % 10 == 0 => 9,
            _ => 0,
        };
        total = total + Tally::new(100 - bad, bad);
        slo.advance(START + MINUTE * n, total, Duration::ZERO);
    }
    let forecast = slo.forecast();
    let left = 1.0 - (40_000.0 + 324.0) / 43_200.0;
    let straight = left * 43_200.0 / 0.9;
    assert!((forecast.straight_6h_minutes.unwrap() - straight).abs() < 1e-6, "{forecast:?}");
    assert!(straight < 3_500.0);
    assert_eq!(
        forecast.replayed_minutes, None,
        "the outage leaves within the next hours, and a burn below one never spends it all"
    );
}
