//! Whether a few failures prove anything.
//!
//! At ten requests an hour and 99.9 % one failure is a hundred times what the objective allows, and it is one failure. The
//! guard asks how likely as many failures would be if the service burned exactly at the pair's factor: an exact one-sided
//! binomial test of the long window, P(X ≥ bad; n, factor × (1 − objective)) ≤ alpha, and a floor of failures besides.
//! Wilson's interval is not used: it is too bold at tiny counts (one failure of one request would page).
//!
//! Limits. The alpha is for one look, and a pair is looked at all day. Simulated at ten requests an hour, 99.9 % and a look a
//! minute (`tests/judgement/simulation.rs`): of 4,229 false pages in 48 years 25 are left, 44 at alpha 0.02. The guard costs
//! time in a real outage, [`Guard::delay`] says how much; there, a total outage pages 2.3 times as late in the mean and 1.85
//! times at the ninetieth percentile, at alpha 0.02 twice and 1.7 times: more than ten requests in the hour ask for a third
//! failure at 0.01.
//!
//! The tail is summed from its first term in floating point, by Loader's saddle-point form (C. Loader, "Fast and Accurate
//! Computation of Binomial Probabilities", 2000), whose relative error is a few units in the last place.

use std::time::Duration;

use crate::spec::{Objective, Ratio};

/// What a page must be able to prove. Tickets need not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Guard {
    alpha: f64,
    floor: u64,
}

impl Guard {
    /// Alpha 0.01 and two failures.
    pub const DEFAULT: Self = Self { alpha: 0.01, floor: 2 };

    /// A test at `alpha`, above 0 and below 0.5, with at least `floor` failures; `None` outside.
    pub const fn new(alpha: f64, floor: u64) -> Option<Self> {
        if alpha > 0.0 && alpha < 0.5 { Some(Self { alpha, floor }) } else { None }
    }

    /// How likely so many failures may be by chance at a single look.
    pub const fn alpha(self) -> f64 {
        self.alpha
    }

    /// How many failures there must be.
    pub const fn floor(self) -> u64 {
        self.floor
    }

    /// Whether `bad` of `valid` prove a burn above `factor`.
    pub fn proves(self, bad: u64, valid: u64, objective: Objective, factor: Ratio) -> bool {
        bad >= self.floor && tail_is_within(bad, valid, probability(objective, factor), self.alpha)
    }

    /// The least number of failures among `valid` that prove a burn above `factor`; `None` if not even all of them do.
    pub fn needed(self, valid: u64, objective: Objective, factor: Ratio) -> Option<u64> {
        let proves = |bad| self.proves(bad, valid, objective, factor);
        if !proves(valid) {
            return None;
        }
        // the tail falls with every failure more
        let (mut below, mut enough) = (0, valid);
        while below < enough {
            let middle = below + (enough - below) / 2;
            if proves(middle) {
                enough = middle;
            } else {
                below = middle + 1;
            }
        }
        Some(enough)
    }

    /// The most events among which `bad` failures still prove a burn above `factor`: 0 if they prove it among none.
    ///
    /// What [`needed`](Self::needed) is, seen from the other side: a table of it says the same as the test.
    pub fn proves_up_to(self, bad: u64, objective: Objective, factor: Ratio) -> u64 {
        let p = probability(objective, factor);
        let proves = |valid| self.proves(bad, valid, objective, factor);
        if bad == 0 || !proves(bad) {
            return 0;
        }
        // beyond bad / p the tail holds more than a half, and the tail grows with every event more
        let (mut enough, mut above) = (bad, (bad as f64 / p) as u64 + bad + 1);
        while above - enough > 1 {
            let middle = enough + (above - enough) / 2;
            if proves(middle) {
                enough = middle;
            } else {
                above = middle;
            }
        }
        enough
    }

    /// How much later a total outage pages than it would by the plain ratio, at the traffic of a window of `length` that
    /// holds `valid` events; `None` if all of them would not be enough.
    pub fn delay(self, valid: u64, length: Duration, objective: Objective, factor: Ratio) -> Option<Duration> {
        let needed = self.needed(valid, objective, factor)?;
        let plain = (probability(objective, factor) * valid as f64).floor() as u64 + 1;
        Some(length.mul_f64(needed.saturating_sub(plain) as f64 / valid.max(1) as f64))
    }
}

/// The chance of a failure at a burn of exactly the factor.
fn probability(objective: Objective, factor: Ratio) -> f64 {
    factor.numerator() as f64 * f64::from(objective.error_ppb()) / (factor.denominator() as f64 * 1e9)
}

/// Whether P(X ≥ `bad`) ≤ `alpha` for `n` draws of chance `p`, where alpha is below one half.
fn tail_is_within(bad: u64, n: u64, p: f64, alpha: f64) -> bool {
    if p >= 1.0 || bad == 0 || bad > n {
        return bad > n;
    }
    let (k, total) = (bad as f64, n as f64);
    // a binomial's median is at or above ⌊np⌋: up to there the tail holds at least a half
    if k <= (total * p).floor() {
        return false;
    }
    // Chernoff's bound, so that a long sum is never needed far out
    if total * divergence(k / total, p) > -alpha.ln() {
        return true;
    }
    let (mut sum, mut term, mut k) = (0.0, mass(k, total, p), k);
    while sum <= alpha && term > sum * f64::EPSILON {
        sum += term;
        term *= (total - k) * p / ((k + 1.0) * (1.0 - p));
        k += 1.0;
    }
    sum <= alpha
}

/// The relative entropy of a coin of chance `q` against one of chance `p`.
fn divergence(q: f64, p: f64) -> f64 {
    let part = |q: f64, p: f64| if q > 0.0 { q * (q / p).ln() } else { 0.0 };
    part(q, p) + part(1.0 - q, 1.0 - p)
}

/// P(X = k) for n draws of chance p, 0 < k ≤ n, 0 < p < 1.
fn mass(k: f64, n: f64, p: f64) -> f64 {
    let q = 1.0 - p;
    if k >= n {
        return (n * p.ln()).exp();
    }
    let exponent =
        stirling_error(n) - stirling_error(k) - stirling_error(n - k) - deviance(k, n * p) - deviance(n - k, n * q);
    (n / (std::f64::consts::TAU * k * (n - k))).sqrt() * exponent.exp()
}

/// ln n! less Stirling's approximation to it.
fn stirling_error(n: f64) -> f64 {
    if n < 16.0 {
        let factorial: f64 = (2..=n as u64).map(|i| i as f64).product();
        return factorial.ln() - (0.5 * (std::f64::consts::TAU * n).ln() + n * n.ln() - n);
    }
    let square = n * n;
    let series = 1.0 / 1_260.0 - (1.0 / 1_680.0 - 1.0 / (1_188.0 * square)) / square;
    (1.0 / 12.0 - (1.0 / 360.0 - series / square) / square) / n
}

/// x ln(x / m) + m − x without the cancellation where x is near m.
fn deviance(x: f64, m: f64) -> f64 {
    if (x - m).abs() >= 0.1 * (x + m) {
        return x * (x / m).ln() + m - x;
    }
    let v = (x - m) / (x + m);
    let (mut sum, mut power, mut i) = ((x - m) * v, 2.0 * x * v, 1.0);
    loop {
        power *= v * v;
        i += 2.0;
        let next = sum + power / i;
        if next.to_bits() == sum.to_bits() {
            return sum;
        }
        sum = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needed(objective: &str, factor: Ratio, valid: u64) -> Option<u64> {
        Guard::new(0.01, 0).unwrap().needed(valid, Objective::parse(objective).unwrap(), factor)
    }

    #[test]
    fn as_many_failures_are_needed_as_an_exact_test_needs() {
        // computed with exact fractions
        let rows: [(&str, Ratio, [Option<u64>; 6]); 4] = [
            ("99.9%", Ratio::new(72, 5), [None, Some(2), Some(5), Some(6), Some(25), Some(173)]),
            ("99.9%", Ratio::new(6, 1), [Some(1), Some(2), Some(3), Some(4), Some(13), Some(80)]),
            ("99.9%", Ratio::new(1, 1), [Some(1), Some(1), Some(2), Some(2), Some(5), Some(19)]),
            ("99%", Ratio::new(72, 5), [None, Some(5), Some(16), Some(24), Some(171), Some(1_523)]),
        ];
        for (objective, factor, expected) in rows {
            for (valid, expected) in [1, 10, 60, 100, 1_000, 10_000].into_iter().zip(expected) {
                assert_eq!(needed(objective, factor, valid), expected, "{objective} {factor} {valid}");
            }
        }
    }

    #[test]
    fn a_floor_asks_for_more_than_one_failure() {
        let (objective, factor) = (Objective::parse("99.9%").unwrap(), Ratio::new(6, 1));
        assert!(Guard::new(0.01, 1).unwrap().proves(1, 1, objective, factor));
        assert!(!Guard::DEFAULT.proves(1, 1, objective, factor));
        assert_eq!(Guard::DEFAULT.needed(1, objective, factor), None);
    }

    #[test]
    fn many_events_are_judged_as_quickly_as_few() {
        let (objective, factor) = (Objective::parse("99.9%").unwrap(), Ratio::new(6, 1));
        let needed = Guard::DEFAULT.needed(1_000_000_000_000, objective, factor).unwrap();
        // 2.33 standard deviations of 77 227 above 6·10⁹
        assert!((6_000_179_000..6_000_180_500).contains(&needed), "{needed}");
    }

    #[test]
    fn the_delay_of_a_total_outage_is_reported_at_the_traffic_seen() {
        let (objective, factor) = (Objective::parse("99.9%").unwrap(), Ratio::new(72, 5));
        let hour = Duration::from_secs(3_600);
        // sixty an hour: five failures instead of one
        assert_eq!(Guard::DEFAULT.delay(60, hour, objective, factor), Some(Duration::from_secs(240)));
        assert_eq!(Guard::DEFAULT.delay(1, hour, objective, factor), None);
    }

    #[test]
    fn the_masses_of_all_counts_add_up_to_one() {
        for (n, p) in [(10_u32, 0.3), (100, 0.0144), (1_000, 0.006), (5_000, 0.4)] {
            let none = (f64::from(n) * (1.0_f64 - p).ln()).exp();
            let sum: f64 = none + (1..=n).map(|k| mass(k.into(), n.into(), p)).sum::<f64>();
            assert!((sum - 1.0).abs() < 1e-13, "{n} {p}: {sum}");
        }
    }
}
