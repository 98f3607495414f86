//! Figures computed by hand.

use std::cmp::Ordering;
use std::time::Duration;

use reliability_core::slo::{
    ErrorBudget, History, Observed, Period, Resolution, SloState, Tally, Terms, WINDOWS, burn_rate, burns_faster,
};
use reliability_core::{Objective, Ratio, Timestamp, Window};

const START: i64 = 1_773_100_800; // 2026-03-10T00:00:00Z

fn objective(text: &str) -> Objective {
    Objective::parse(text).unwrap()
}

fn days(days: u32) -> Window {
    Window::rolling_days(days).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(START + seconds)
}

#[test]
fn an_hour_of_two_failures_in_ten_thousand_burns_a_fifth_in_every_window() {
    for period in [28, 30] {
        let mut slo = SloState::new(Terms::new(objective("99.9%"), days(period)), at(0)).unwrap();
        let observed = Observed::new(at(0));
        for minute in 1..=60 {
            slo.advance(at(minute * 60), Tally::new(9_998 * minute as u64, 2 * minute as u64), Duration::ZERO);
            for begins in [false, true] {
                assert!(slo.evaluate(&observed.sight(at(minute * 60), begins)).is_empty());
            }
        }
        let figures = slo.figures(&observed);
        assert_eq!(figures.counts, Tally::new(599_880, 120));
        assert_eq!(figures.budget.fraction().0 * 5, figures.budget.fraction().1 * 4);
        assert!((figures.budget.remaining() - 0.8).abs() < 1e-12);
        assert!((figures.budget.failures_left() - 480.0).abs() < 1e-9);
        assert_eq!(figures.since, at(0));
        assert_eq!((figures.coverage.observed, figures.coverage.minutes), (60, u64::from(period) * 1_440));
        for burn in figures.burn {
            assert!((burn.unwrap().as_f64() - 0.2).abs() < 1e-12);
        }
    }
}

#[test]
fn a_burn_exactly_on_the_factor_is_not_faster() {
    let (objective, six) = (objective("99.9%"), Ratio::new(6, 1));
    assert_eq!(burns_faster(Tally::new(994_000, 6_000), objective, six), Some(false));
    assert_eq!(burns_faster(Tally::new(993_999, 6_001), objective, six), Some(true));
    assert_eq!(burns_faster(Tally::ZERO, objective, six), None);
    assert!(burn_rate(Tally::ZERO, objective).is_none());
}

#[test]
fn the_largest_counts_and_factors_are_compared_exactly() {
    let strict = Objective::from_ppb(999_999_999).unwrap();
    let half = u64::MAX / 2;
    // burn is 5 × 10⁸
    assert_eq!(burns_faster(Tally::new(half, half), strict, Ratio::new(u64::MAX, 1)), Some(false));
    assert_eq!(burns_faster(Tally::new(half, half), strict, Ratio::new(500_000_000, 1)), Some(false));
    assert_eq!(burns_faster(Tally::new(half - 1, half), strict, Ratio::new(500_000_000, 1)), Some(true));
    assert_eq!(burns_faster(Tally::new(half, half), strict, Ratio::new(1, u64::MAX)), Some(true));
}

#[test]
fn a_budget_without_events_is_whole_and_allows_nothing() {
    let budget = ErrorBudget::of(Tally::ZERO, objective("99.9%"));
    assert_eq!(budget.fraction(), (1, 1));
    assert!(budget.failures_left().abs() < 1e-12 && !budget.is_spent());
}

#[test]
fn an_overspent_budget_says_by_how_much() {
    let budget = ErrorBudget::of(Tally::new(500, 500), objective("99%"));
    assert!((budget.remaining() + 49.0).abs() < 1e-12);
    assert!((budget.failures_left() + 490.0).abs() < 1e-9);
    assert!(budget.is_spent());
    let part = ErrorBudget::of(Tally::new(149, 2), objective("99%"));
    assert!((part.failures_left() + 0.49).abs() < 1e-12);
}

#[test]
fn budgets_compare_exactly_between_objectives() {
    let loose = ErrorBudget::of(Tally::new(990, 10), objective("98%"));
    let same = ErrorBudget::of(Tally::new(995, 5), objective("99%"));
    let worse = ErrorBudget::of(Tally::new(994, 6), objective("99%"));
    assert_eq!(loose.cmp_remaining(same), Ordering::Equal);
    assert_eq!(worse.cmp_remaining(loose), Ordering::Less);
    let (huge, empty) = (Tally::new(0, u64::MAX), Tally::ZERO);
    assert_eq!(
        ErrorBudget::of(huge, objective("99%")).cmp_remaining(ErrorBudget::of(empty, objective("99%"))),
        Ordering::Less
    );
}

#[test]
fn an_edge_slot_counts_its_failures_and_not_its_successes() {
    let period = Period { certain: Tally::new(1_000, 0), edge: Tally::new(10_000, 10), carried: Tally::ZERO };
    assert_eq!(ErrorBudget::over(period, objective("99%")), ErrorBudget::of(Tally::new(1_000, 10), objective("99%")));
}

#[test]
fn carried_events_count_only_where_they_make_the_budget_worse() {
    let objective = objective("99%");
    let mostly_good = Period { certain: Tally::new(90, 10), edge: Tally::ZERO, carried: Tally::new(99, 1) };
    let mostly_bad = Period { carried: Tally::new(1, 99), ..mostly_good };
    assert_eq!(ErrorBudget::over(mostly_good, objective), ErrorBudget::of(Tally::new(90, 10), objective));
    assert_eq!(ErrorBudget::over(mostly_bad, objective), ErrorBudget::of(Tally::new(91, 109), objective));
}

#[test]
fn a_history_of_thirty_days_fits_into_64_kib() {
    let compact = History::new(days(30), Resolution::Compact, at(0)).unwrap().memory();
    let exact = History::new(days(30), Resolution::Exact, at(0)).unwrap().memory();
    assert!(compact <= 65_536, "{compact}");
    assert!(exact <= 400 * 1_024, "{exact}");
    let around = size_of::<SloState>() - size_of::<History>();
    assert!(compact + around <= 65_536, "{compact} + {around}");
}

#[test]
fn counts_that_do_not_fit_turn_the_rings_wide_and_lose_nothing() {
    let mut history = History::new(days(30), Resolution::Compact, at(0)).unwrap();
    let narrow = history.memory();
    let step = 1_000_000_000_000_000;
    for minute in 1..=6_000 {
        history.advance(at(minute * 60), Tally::new(minute as u64 * step, minute as u64 * 3), Duration::ZERO);
    }
    for (window, minutes) in WINDOWS.iter().zip([5, 30, 60, 120, 360, 1_440, 4_320]) {
        assert_eq!(history.over(*window), Tally::new(minutes * step, minutes * 3));
    }
    assert_eq!(history.period().certain, Tally::new(6_000 * step, 18_000));
    assert!(history.memory() > narrow);
}
