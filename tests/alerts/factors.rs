//! Factors by period, and pairs that can never fire.

use reliability_core::slo::{Rules, Severity, rules_for};
use reliability_core::{Objective, Ratio, Window};

fn rules(objective: &str, days: u32) -> Rules {
    rules_for(Objective::parse(objective).unwrap(), Window::rolling_days(days).unwrap())
}

fn factors(objective: &str, days: u32) -> Vec<(String, Ratio)> {
    let active = rules(objective, days).active;
    active.iter().map(|rule| (rule.to_string(), rule.factor)).collect()
}

fn expected(pairs: &[(&str, u64, u64)]) -> Vec<(String, Ratio)> {
    pairs.iter().map(|pair| (pair.0.to_owned(), Ratio::new(pair.1, pair.2))).collect()
}

#[test]
fn a_period_has_the_factors_of_the_workbook_scaled_and_none_below_one_but_at_28_days() {
    let table: [(u32, [(u64, u64); 4]); 5] = [
        (30, [(72, 5), (6, 1), (3, 1), (1, 1)]),
        (28, [(336, 25), (28, 5), (14, 5), (14, 15)]),
        (29, [(348, 25), (29, 5), (29, 10), (1, 1)]),
        (90, [(216, 5), (18, 1), (9, 1), (3, 1)]),
        (7, [(336, 25), (7, 2), (7, 5), (1, 1)]),
    ];
    let names = ["1h/5m", "6h/30m", "1d/2h", "3d/6h"];
    for (days, ratios) in table {
        let pairs: Vec<_> = names.iter().zip(ratios).map(|(name, (n, d))| (*name, n, d)).collect();
        assert_eq!(factors("99.9%", days), expected(&pairs), "{days}");
    }
}

#[test]
fn the_first_two_pairs_page_and_the_others_are_tickets() {
    let severities = rules("99.9%", 30).active.into_iter().map(|rule| rule.severity);
    assert!(severities.eq([Severity::Page, Severity::Page, Severity::Ticket, Severity::Ticket]));
}

#[test]
fn a_pair_that_can_never_fire_is_left_out_and_reported() {
    let rules = rules("93%", 30);
    assert_eq!(rules.active.len(), 3);
    assert_eq!(rules.left_out[0].0.to_string(), "1h/5m");
    assert!(rules.left_out[0].1.contains("fastest burn"));
    // 14.4 × 6.94 % is below 1, 14.4 × 6.945 % is above; exactly 1 is out as well
    assert_eq!(self::rules("93.06%", 30).active.len(), 4);
    assert_eq!(self::rules("93.055%", 30).active.len(), 3);
    assert_eq!(self::rules("90%", 90).left_out.len(), 2);
    assert_eq!(self::rules("80%", 28).left_out.len(), 2);
    let at_the_limit = self::rules("75%", 40); // 1d/2h has a factor of 4
    assert!(at_the_limit.left_out.iter().any(|(rule, _)| rule.factor == Ratio::new(4, 1)));
}

#[test]
fn a_pair_longer_than_the_period_is_left_out_and_reported() {
    let rules = rules("99.9%", 1);
    assert_eq!(rules.active.len(), 3);
    assert!(rules.left_out[0].1.contains("longer than"));
    assert_eq!(self::rules("99.9%", 3).active.len(), 4);
}
