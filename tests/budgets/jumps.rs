//! A clock that jumps never makes a budget look better.

use std::cmp::Ordering;
use std::time::Duration;

use proptest::prelude::*;
use reliability_core::slo::{ErrorBudget, History, Line, Period, Reading, Resolution, Tally};
use reliability_core::{Objective, Timestamp, Window};

const START: Timestamp = Timestamp::from_unix_seconds(1_773_100_800);
const DAY: u64 = 86_400;

#[derive(Clone, Copy, Debug)]
struct Step {
    lived: u64,
    /// How far the wall clock is moved, in seconds.
    wall: i64,
    good: u64,
    bad: u64,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let time = || prop_oneof![1..120_u64, 1..7_200_u64, 1..2 * DAY];
    let wall = prop_oneof![
        3 => Just(0),
        2 => (time(), any::<bool>()).prop_map(|(n, back)| if back { -(n as i64) } else { n as i64 }),
        1 => 1..200 * DAY as i64,
    ];
    let bad = prop_oneof![Just(0), 0..20_u64, 0..2_000_u64];
    let step = (time(), wall, 0..2_000_u64, bad).prop_map(|(lived, wall, good, bad)| Step { lived, wall, good, bad });
    prop::collection::vec(step, 1..16)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn a_budget_never_improves_at_a_jump_and_what_it_skips_stays_until_lived(
        steps in steps(),
        days in prop_oneof![Just(1_u32), Just(4)],
        exact in any::<bool>(),
    ) {
        let objective = Objective::parse("99%").unwrap();
        let resolution = if exact { Resolution::Exact } else { Resolution::Compact };
        let window = Window::rolling_days(days).unwrap();
        let reading = |wall: i64, lived: u64| Reading {
            wall: Timestamp::from_unix_nanos(START.unix_nanos() + wall * 1_000_000_000),
            monotonic: Duration::from_secs(lived),
        };
        let mut line = Line::start(reading(0, 0));
        let mut history = History::new(window, resolution, START).unwrap();
        let (mut lived, mut wall, mut total) = (0, 0, Tally::ZERO);
        // (failures, until which lived time) of what left by a jump
        let mut held: Vec<(u64, Duration)> = Vec::new();
        for step in steps {
            lived += step.lived;
            wall += step.lived as i64;
            total = total + Tally::new(step.good, step.bad);
            let quiet = line.advance(reading(wall, lived));
            history.advance(quiet.now, total, quiet.jumped);
            let (before, period) = (ErrorBudget::over(history.period(), objective), history.period());

            wall += step.wall;
            let stepped = line.advance(reading(wall, lived));
            prop_assert!(stepped.now >= quiet.now);
            history.advance(stepped.now, total, stepped.jumped);
            let after = ErrorBudget::over(history.period(), objective);
            prop_assert_ne!(after.cmp_remaining(before), Ordering::Greater, "{:?} {:?}", before, after);
            if stepped.jumped.is_zero() {
                prop_assert_eq!(history.period(), period);
            }

            let inside = |period: Period| period.certain.bad + period.edge.bad;
            let left = inside(period) - inside(history.period());
            held.push((left, Duration::from_secs(lived) + stepped.jumped.min(window.length())));
            held.retain(|held| held.1 > Duration::from_secs(lived));
            let due: u64 = held.iter().map(|held| held.0).sum();
            prop_assert!(history.period().carried.bad >= due);
        }
    }
}

#[test]
fn what_a_jump_skipped_is_carried_until_as_much_has_been_lived() {
    let day = Duration::from_secs(DAY);
    let mut history = History::new(Window::rolling_days(4).unwrap(), Resolution::Compact, START).unwrap();
    history.advance(START + Duration::from_secs(60), Tally::new(0, 9), Duration::ZERO);
    history.advance(START + day, Tally::new(1_000, 9), Duration::ZERO);
    history.advance(START + 5 * day, Tally::new(1_000, 9), 4 * day);
    assert_eq!(history.period().carried, Tally::new(1_000, 9));
    history.advance(START + 9 * day - Duration::from_secs(1), Tally::new(2_000, 9), Duration::ZERO);
    assert_eq!(history.period().carried, Tally::new(1_000, 9));
    history.advance(START + 9 * day, Tally::new(2_000, 9), Duration::ZERO);
    assert_eq!(history.period().carried, Tally::ZERO);
}

#[test]
fn a_jump_of_centuries_ends_at_once() {
    let mut history = History::new(Window::DEFAULT, Resolution::Exact, Timestamp::from_unix_seconds(0)).unwrap();
    history.advance(Timestamp::from_unix_seconds(60), Tally::new(5, 5), Duration::ZERO);
    let far = Timestamp::from_unix_nanos(i64::MAX);
    history.advance(far, Tally::new(6, 5), far.since(Timestamp::from_unix_seconds(60)));
    assert_eq!(history.period().certain, Tally::new(1, 0));
    assert_eq!(history.period().carried, Tally::new(5, 5));
}
