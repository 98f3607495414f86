//! Windows and budgets against a list of events, counted one by one.

use std::time::Duration;

use proptest::prelude::*;
use reliability_core::slo::{ErrorBudget, History, Resolution, Tally, WINDOWS};
use reliability_core::{Objective, Timestamp, Window};

const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * SECOND;

/// Time in nanoseconds, good, bad.
type Event = (i128, u64, u64);

fn stamp(nanos: i128) -> Timestamp {
    Timestamp::from_unix_nanos(nanos as i64)
}

fn count(events: &[Event], from: i128) -> (u64, u64) {
    let inside = events.iter().filter(|event| event.0 >= from);
    inside.fold((0, 0), |sum, event| (sum.0 + event.1, sum.1 + event.2))
}

fn floor(nanos: i128, slot: i128) -> i128 {
    nanos - nanos.rem_euclid(slot * SECOND)
}

fn slot_of(window: Duration) -> i128 {
    if window <= Duration::from_secs(3_600) { 5 } else { 60 }
}

fn steps() -> impl Strategy<Value = Vec<(i128, u64, u64)>> {
    let length = prop_oneof![
        3 => (1..=10_i128).prop_map(|n| n * SECOND),
        2 => 1..=20_000_000_000_i128,
        2 => (1..=5_i128).prop_map(|n| n * 60 * SECOND),
        2 => (1..=40_i128).prop_map(|n| n * 900 * SECOND),
        1 => 1..=DAY,
        1 => DAY..=6 * DAY,
    ];
    prop::collection::vec((length, 0..1_000_u64, prop_oneof![Just(0), 0..50_u64]), 1..16)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn every_window_and_budget_agrees_with_counting_the_events(
        steps in steps(),
        begins in 0..DAY,
        days in prop_oneof![Just(1_u32), Just(3), Just(4), Just(5)],
        exact in any::<bool>(),
    ) {
        let begins = 1_773_100_800 * SECOND + begins;
        let (resolution, edge_slot) = match exact {
            true => (Resolution::Exact, 60),
            false if days > 3 => (Resolution::Compact, 900),
            false => (Resolution::Compact, 60),
        };
        let objective = Objective::parse("99%").unwrap();
        let mut history = History::new(Window::rolling_days(days).unwrap(), resolution, stamp(begins)).unwrap();
        let (mut now, mut total, mut events) = (begins, Tally::ZERO, Vec::new());
        for (length, good, bad) in steps {
            now += length;
            total = total + Tally::new(good, bad);
            // what is found at an instant happened just before it
            events.push((now - 1, good, bad));
            history.advance(stamp(now), total, Duration::ZERO);

            for (window, recent) in WINDOWS.into_iter().zip(history.recent()) {
                let from = floor(now - window.as_nanos() as i128, slot_of(window));
                prop_assert_eq!((recent.good, recent.bad), count(&events, from), "{:?}", window);
                prop_assert_eq!(history.over(window), recent);
            }

            let start = now - i128::from(days) * DAY;
            let edge = floor(start, edge_slot);
            let inside = if edge == start { start } else { edge + edge_slot * SECOND };
            let (good, bad) = count(&events, inside);
            let edge_bad = count(&events, edge).1 - bad;
            let period = history.period();
            prop_assert_eq!(period.certain, Tally::new(good, bad));
            let budget = ErrorBudget::over(period, objective);
            prop_assert_eq!(budget, ErrorBudget::of(Tally::new(good, bad + edge_bad), objective));

            // a lower bound: share of failures at least the true one
            let (good, bad) = count(&events, start);
            let bound = Tally::new(good, bad + edge_bad);
            prop_assert!(u128::from(bound.bad) * u128::from(good + bad) >= u128::from(bad) * u128::from(bound.valid()));
            if start == edge {
                prop_assert_eq!(bound, Tally::new(good, bad));
            }
        }
    }
}

#[test]
fn an_earlier_time_and_a_fallen_count_change_nothing() {
    let mut history = History::new(Window::DEFAULT, Resolution::Compact, stamp(DAY)).unwrap();
    history.advance(stamp(DAY + 100 * SECOND), Tally::new(10, 5), Duration::ZERO);
    history.advance(stamp(DAY), Tally::new(7, 6), Duration::ZERO);
    assert_eq!(history.now(), stamp(DAY + 100 * SECOND));
    assert_eq!(history.total(), Tally::new(10, 6));
}

#[test]
fn a_month_is_exact_at_every_quarter_of_an_hour() {
    let mut history = History::new(Window::DEFAULT, Resolution::Compact, stamp(0)).unwrap();
    let at = |minute: i128| Tally::new((minute * minute) as u64, minute as u64);
    for minute in 1..=40 * 1_440_i128 {
        history.advance(stamp(minute * 60 * SECOND), at(minute), Duration::ZERO);
        if minute % 15 == 0 {
            let start = at((minute - 30 * 1_440).max(0));
            assert_eq!(history.period().certain, at(minute).since(start));
            assert_eq!(history.period().edge, Tally::ZERO);
        }
    }
}
