//! Every edge of every pair against a second reading of the conventions that shares no code with the library: a list of
//! events, a set of minutes, and fractions.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use reliability_core::slo::{AlertState, Line, NoData, Observed, Reading, Resolution, SloState, Tally, Terms};
use reliability_core::{Objective, Timestamp, Window};

const SECOND: i128 = 1_000_000_000;
const MINUTE: i128 = 60 * SECOND;

struct Reference {
    error_ppb: u128,
    /// (long, short) in minutes and the factor as a fraction.
    rules: Vec<(i128, i128, u128, u128)>,
    firing: Vec<bool>,
    begins: i128,
    begins_counts: bool,
    holds: bool,
    /// (time, good, bad)
    events: Vec<(i128, u128, u128)>,
    minutes: BTreeSet<i128>,
}

impl Reference {
    fn new(error_ppb: u32, days: u32, begins: i128, begins_counts: bool, holds: bool) -> Self {
        let shares = if days >= 28 { [20, 50, 100, 100] } else { [80, 125, 200, 420] };
        let windows = [(60, 5), (360, 30), (1_440, 120), (4_320, 360)];
        let mut rules = Vec::new();
        for ((long, short), share) in windows.into_iter().zip(shares) {
            let (mut n, mut d) = (share * u128::from(days) * 1_440, 1_000 * long as u128);
            if n < d && days != 28 {
                (n, d) = (1, 1);
            }
            if long <= i128::from(days) * 1_440 && n * u128::from(error_ppb) < d * 1_000_000_000 {
                rules.push((long, short, n, d));
            }
        }
        Self {
            error_ppb: error_ppb.into(),
            firing: vec![false; rules.len()],
            rules,
            begins,
            begins_counts,
            holds,
            events: Vec::new(),
            // a reading at a minute's start observes the minute before, which is before the beginning
            minutes: BTreeSet::from_iter((begins % MINUTE != 0).then_some(begins.div_euclid(MINUTE))),
        }
    }

    /// Good, bad, and whether nine tenths were observed.
    fn window(&self, now: i128, minutes: i128) -> (u128, u128, bool) {
        let slot = if minutes <= 60 { 5 * SECOND } else { MINUTE };
        let from = (now - minutes * MINUTE).div_euclid(slot) * slot;
        let (mut good, mut bad) = (0, 0);
        for event in self.events.iter().rev().take_while(|event| event.0 >= from) {
            good += event.1;
            bad += event.2;
        }
        let last = now.div_euclid(MINUTE);
        let first = last - minutes;
        let begins = self.begins.div_euclid(MINUTE);
        let mut seen = self.minutes.range(first.max(begins)..last).count() as i128;
        if self.begins_counts {
            seen += (begins.min(last) - first).max(0);
        }
        (good, bad, seen * 10 >= minutes * 9)
    }

    fn tick(&mut self, now: i128, good: u64, bad: u64) -> Vec<(i128, bool)> {
        self.events.push((now - 1, good.into(), bad.into()));
        self.minutes.insert((now - 1).div_euclid(MINUTE));
        let mut edges = Vec::new();
        for i in 0..self.rules.len() {
            let (long, short, n, d) = self.rules[i];
            let windows = [self.window(now, long), self.window(now, short)];
            let empty = windows.iter().any(|w| w.0 + w.1 == 0);
            let over = if self.holds && (empty || windows.iter().any(|w| !w.2)) {
                self.firing[i]
            } else {
                // bad / valid > factor × (1 − objective)
                let faster = |w: &(u128, u128, bool)| w.1 * d * 1_000_000_000 > n * self.error_ppb * (w.0 + w.1);
                !empty && windows.iter().all(faster)
            };
            if over != self.firing[i] {
                self.firing[i] = over;
                edges.push((long, over));
            }
        }
        edges
    }
}

fn steps() -> impl Strategy<Value = Vec<(i128, u64, u64)>> {
    let length = prop_oneof![
        4 => Just(MINUTE),
        4 => (1..=60_i128).prop_map(|n| n * SECOND),
        1 => 1..=5 * MINUTE,
        1 => (1..=6_i128).prop_map(|n| n * 10 * MINUTE),
        1 => (1..=1_440_i128).prop_map(|n| n * MINUTE),
    ];
    let good = prop_oneof![1 => Just(0), 3 => 0..2_000_u64];
    let bad = prop_oneof![3 => Just(0), 2 => 0..4_u64, 1 => 0..2_000_u64];
    prop::collection::vec((length, good, bad), 1..32)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn every_alert_edge_agrees_with_a_second_reading_of_the_conventions(
        steps in steps(),
        offset in prop_oneof![Just(0), 0..MINUTE],
        percent in prop_oneof![Just("90%"), Just("93%"), Just("99%"), Just("99.9%"), Just("99.95%")],
        days in prop_oneof![Just(1_u32), Just(2), Just(7), Just(28), Just(30)],
        (begins_counts, holds, exact) in any::<(bool, bool, bool)>(),
    ) {
        let objective = Objective::parse(percent).unwrap();
        let start = 1_773_100_800 * SECOND + offset;
        let reading = |now: i128| Reading {
            wall: Timestamp::from_unix_nanos(now as i64),
            monotonic: Duration::from_nanos((now - start) as u64),
        };
        let resolution = if exact { Resolution::Exact } else { Resolution::Compact };
        let mut line = Line::start(reading(start));
        let mut observed = Observed::new(line.now());
        let mut slo = SloState::new(
            Terms::new(objective, Window::rolling_days(days).unwrap())
                .resolution(resolution)
                .guard(None)
                .no_data(if holds { NoData::Hold } else { NoData::NotOver }),
            line.now(),
        )
        .unwrap();
        let mut reference = Reference::new(objective.error_ppb(), days, start, begins_counts, holds);
        let (mut now, mut total) = (start, Tally::ZERO);
        for (length, good, bad) in steps {
            now += length;
            total = total + Tally::new(good, bad);
            let step = line.advance(reading(now));
            if let Some((from, to)) = step.gap {
                observed.gap(from, to);
            }
            slo.advance(step.now, total, step.jumped);
            let edges: Vec<_> = slo
                .evaluate(&observed.sight(step.now, begins_counts))
                .iter()
                .map(|t| (i128::from(t.rule.long.as_secs()) / 60, matches!(t.to, AlertState::Firing { .. })))
                .collect();
            prop_assert_eq!(edges, reference.tick(now, good, bad), "at {}", step.now);
        }
    }
}
