//! The reference against figures that were worked out by hand or published, so that both sides cannot be wrong together.

use num_rational::BigRational;

use crate::case::{Case, Count, DAY, Exact, Period, Shares, WINDOWS};
use crate::fraction::whole;
use crate::judge::Judge;
use crate::story::{Minute, Story};
use crate::zones;

fn share(up: i64, down: i64) -> BigRational {
    BigRational::new(up.into(), down.into())
}

fn case(allowed: Exact, period: Period) -> Case {
    Case { allowed, period, count: Count::Events, shares: Shares::OwnPeriod, hold: true, begins: true, guard: None }
}

fn story(minutes: Vec<Minute>) -> Story {
    Story { begins: zones::minute_of("2026-03-10 00:00"), minutes }
}

#[test]
fn the_worked_example_of_the_conventions_burns_a_fifth_everywhere() {
    let story = story(vec![Minute::of(9_998, 2); 60]);
    for period in [Period::Rolling { days: 28 }, Period::Rolling { days: 30 }, Period::Month { zone: 1 }] {
        let case = case(Exact::new(1, 1_000), period);
        let judge = Judge::new(&case, &story);
        let figures = judge.figures(story.ends());
        assert_eq!(figures.left, share(4, 5));
        assert_eq!(figures.counts, (599_880, 120));
        assert_eq!(figures.burns, WINDOWS.map(|_| Some(share(1, 5))));
        assert!(judge.verdict().edges.is_empty());
    }
}

#[test]
fn pairs_fire_after_the_minutes_of_the_published_table() {
    let table = [
        ((1, 100), "1h/5m", [Some(9), Some(18), None, None, None]),
        ((1, 1_000), "1h/5m", [Some(1), Some(2), Some(9), Some(18), None]),
        ((1, 1_000), "6h/30m", [Some(3), Some(5), Some(22), Some(44), Some(217)]),
        ((1, 2_000), "1h/5m", [Some(1), Some(1), Some(5), Some(9), Some(44)]),
    ];
    for (allowed, pair, row) in table {
        for (percent, expected) in [100, 50, 10, 5, 1].into_iter().zip(row) {
            let mut minutes = vec![Minute::of(10_000, 0); (3 * DAY) as usize];
            minutes.extend(vec![Minute::of(100 * (100 - percent), 100 * percent); 720]);
            let case = case(allowed.into(), Period::Rolling { days: 30 });
            let verdict = Judge::new(&case, &story(minutes)).verdict();
            let begins = zones::minute_of("2026-03-10 00:00") + 3 * DAY;
            let fired = verdict.edges.iter().find(|edge| edge.pair == pair).map(|edge| edge.at - begins);
            assert_eq!(fired, expected, "{allowed:?} {pair} {percent}%");
        }
    }
}

#[test]
fn slices_count_as_the_conventions_say() {
    // ten slices of three minutes: good, bad, equal to the target, empty, unobserved, and half a slice that is bad so far
    let three = |good, bad| [Minute::of(good, bad), Minute::of(0, 0), Minute::of(0, 0)];
    let mut minutes = [three(100, 0), three(98, 2), three(99, 1), three(0, 0)].concat();
    minutes.extend([Minute::default(); 3]);
    minutes.extend([Minute::of(0, 1), Minute::of(1, 0)]);
    let story = story(minutes);
    let count = Count::Verdicts { minutes: 3, target: Exact::new(99, 100) };
    let rolling = Case { count, ..case(Exact::new(1, 100), Period::Rolling { days: 1 }) };
    let figures = Judge::new(&rolling, &story).figures(story.ends());
    // two bad of 480 slices; of four with events
    assert_eq!(figures.left, whole(1) - share(200, 480));
    assert_eq!(figures.measured, Some(whole(1) - share(200, 4)));
    // two begin in the last five minutes, the second is bad so far; twenty begin in the last hour
    assert_eq!(figures.burns[0], Some(share(100, 2)));
    assert_eq!(figures.burns[2], Some(share(200, 20)));
    // March 2026 has 14 860 slices of three minutes in Paris
    let month = Case { period: Period::Month { zone: 1 }, ..rolling };
    assert_eq!(Judge::new(&month, &story).figures(story.ends()).left, whole(1) - share(200, 14_860));
    // ratios: 1, 0.98, 0.99 and a half
    let means = Case { count: Count::Means { minutes: 3 }, ..rolling };
    let figures = Judge::new(&means, &story).figures(story.ends());
    assert_eq!(figures.left, whole(1) - share(53, 4));
    assert_eq!((figures.measured, figures.burns[6].clone()), (None, Some(share(53, 4))));
}

#[test]
fn a_month_begins_whole_and_without_the_one_before() {
    let begins = zones::month(3, 4) - 10;
    let story = Story { begins, minutes: vec![Minute::of(0, 1); 20] };
    let case = case(Exact::new(1, 100), Period::Month { zone: 3 });
    let judge = Judge::new(&case, &story);
    let at = |t: i64| judge.figures(t);
    assert_eq!(at(begins + 9).left, whole(-99));
    assert_eq!((at(begins + 10).left, at(begins + 10).counts, at(begins + 10).coverage), (whole(1), (0, 0), (0, 0)));
    assert_eq!((at(begins + 11).left, at(begins + 11).coverage), (whole(-99), (1, 1)));
    // burns go on over the month's end
    assert_eq!(at(begins + 11).burns[0], Some(whole(100)));
}

#[test]
fn a_forecast_counts_what_comes_back() {
    // 99 %, 10 000 events a day ago with 50 failures, now the same burn of a half over six hours
    let mut minutes = vec![Minute::of(9_950, 50)];
    minutes.extend(vec![Minute::of(0, 0); 1_100]);
    minutes.extend([Minute::of(199, 1); 339]);
    let story = story(minutes);
    let case = case(Exact::new(1, 100), Period::Rolling { days: 1 });
    let forecast = Judge::new(&case, &story).forecast(story.ends());
    // 77 800 events allow 778 failures, 389 happened: half is left, burning at a half lasts a day more
    assert_eq!(forecast.straight_6h, Some(whole(1_440)));
    // 50 of them leave in the first minute and 340 of 778 are never eaten within the day
    assert_eq!(forecast.replayed, None);
}
