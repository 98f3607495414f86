//! When a pair fires and ends, to the minute, with constant traffic and a clean past.

use std::time::Duration;

use reliability_core::slo::{AlertState, NoData, Observed, Severity, SloState, Tally, Terms, Transition};
use reliability_core::{Objective, Timestamp, Window};

const EVENTS: u64 = 10_000;

struct Run {
    slo: SloState,
    observed: Observed,
    minute: i64,
    total: Tally,
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_unix_seconds(1_773_100_800 + minute * 60)
}

impl Run {
    fn new(objective: &str) -> Self {
        let objective = Objective::parse(objective).unwrap();
        Self {
            slo: SloState::new(Terms::new(objective, Window::DEFAULT).guard(None), at(0)).unwrap(),
            observed: Observed::new(at(0)),
            minute: 0,
            total: Tally::ZERO,
        }
    }

    fn minute(&mut self, good: u64, bad: u64) -> Vec<Transition> {
        self.minute += 1;
        self.total = self.total + Tally::new(good, bad);
        self.slo.advance(at(self.minute), self.total, Duration::ZERO);
        self.slo.evaluate(&self.observed.sight(at(self.minute), true))
    }

    fn clean(&mut self, minutes: i64) {
        for _ in 0..minutes {
            assert!(self.minute(EVENTS, 0).is_empty());
        }
    }

    fn minutes_until(&mut self, rule: &str, bad_percent: u64) -> Option<i64> {
        let bad = EVENTS * bad_percent / 100;
        (1..=720).find(|_| {
            let transitions = self.minute(EVENTS - bad, bad);
            transitions.iter().any(|transition| transition.rule.to_string() == rule)
        })
    }

    fn held_since(&self, rule: &str) -> Option<Timestamp> {
        let mut alerts = self.slo.alerts();
        alerts.find(|(other, _)| other.to_string() == rule).unwrap().1.held_since()
    }
}

#[test]
fn each_pair_fires_in_the_minute_that_the_formula_gives() {
    let table = [
        ("99%", "1h/5m", [Some(9), Some(18), None, None, None]),
        ("99.9%", "1h/5m", [Some(1), Some(2), Some(9), Some(18), None]),
        ("99.9%", "6h/30m", [Some(3), Some(5), Some(22), Some(44), Some(217)]),
        ("99.95%", "1h/5m", [Some(1), Some(1), Some(5), Some(9), Some(44)]),
    ];
    for (objective, rule, minutes) in table {
        for (percent, expected) in [100, 50, 10, 5, 1].into_iter().zip(minutes) {
            let mut run = Run::new(objective);
            run.clean(4_320);
            assert_eq!(run.minutes_until(rule, percent), expected, "{objective} {rule} {percent}%");
        }
    }
}

#[test]
fn a_page_ends_when_the_short_window_is_clean_and_is_shown_as_resolved() {
    let mut run = Run::new("99.9%");
    run.clean(400);
    let fired = run.minute(0, EVENTS);
    assert_eq!(fired[0].to, AlertState::Firing { since: at(401) });
    assert!(run.slo.is_firing(Severity::Page));
    let resolved = (1..=10).find_map(|_| run.minute(EVENTS, 0).into_iter().find(|t| t.rule.to_string() == "1h/5m"));
    let resolved = resolved.unwrap();
    assert_eq!(resolved.from, AlertState::Firing { since: at(401) });
    assert_eq!(resolved.to, AlertState::Resolved { at: at(406) });
    assert!(resolved.burn_short.unwrap().as_f64() < 14.4);
}

#[test]
fn a_service_without_requests_is_held_inactive_and_never_fires() {
    let mut run = Run::new("99.9%");
    for _ in 0..600 {
        assert!(run.minute(0, 0).is_empty());
    }
    assert_eq!(run.held_since("1h/5m"), Some(at(1)));
    run.minute(1, 0);
    assert_eq!(run.held_since("1h/5m"), None);
}

#[test]
fn an_outage_that_takes_all_traffic_keeps_its_page_and_says_since_when() {
    let mut run = Run::new("99.9%");
    run.clean(400);
    run.minute(0, EVENTS);
    for _ in 0..600 {
        let transitions = run.minute(0, 0);
        assert!(transitions.iter().all(|transition| transition.rule.to_string() != "1h/5m"));
    }
    assert!(run.slo.is_firing(Severity::Page));
    assert_eq!(run.held_since("1h/5m"), Some(at(406)));
}

#[test]
fn without_holding_a_window_without_events_is_not_over() {
    let mut run = Run::new("99.9%");
    let terms = run.slo.terms().no_data(NoData::NotOver);
    assert_eq!(run.slo.change(terms), Ok(false));
    run.clean(400);
    run.minute(0, EVENTS);
    let resolved = (402..600).find(|_| run.minute(0, 0).iter().any(|t| t.rule.to_string() == "1h/5m"));
    assert_eq!(resolved, Some(406));
}

#[test]
fn a_gap_freezes_the_pair_until_nine_tenths_are_seen_again() {
    let mut run = Run::new("99.9%");
    run.clean(400);
    run.minute(0, EVENTS);
    assert!(run.slo.is_firing(Severity::Page));
    run.observed.gap(at(401), at(408));
    run.minute = 407;
    run.minute(EVENTS, 0);
    assert_eq!(run.held_since("1h/5m"), Some(at(408)));
    assert!(run.slo.is_firing(Severity::Page));
    // the long window misses seven minutes of sixty until the first of them has left it
    let resolved = (409..600).find(|_| run.minute(EVENTS, 0).iter().any(|t| t.rule.to_string() == "1h/5m"));
    assert_eq!(resolved, Some(462));
}

#[test]
fn a_new_service_decides_nothing_before_its_windows_fill_unless_history_begins_here() {
    for (begins, fires) in [(true, 1), (false, 54)] {
        let mut slo = Run::new("99.9%").slo;
        let observed = Observed::new(at(0));
        let first = (1..200).find(|minute| {
            slo.advance(at(*minute), Tally::new(0, EVENTS * *minute as u64), Duration::ZERO);
            !slo.evaluate(&observed.sight(at(*minute), begins)).is_empty()
        });
        assert_eq!(first, Some(fires));
    }
}
