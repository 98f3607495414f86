//! The low-traffic guard as a step function.
//!
//! How many failures among n events prove a burn above the factor is an exact binomial test, which `PromQL` cannot do. But the
//! answer is a whole number that grows with n, so it is told by where it grows: the most events among which two, three, four …
//! failures prove it. Up to [`STEPS`] failures these bounds are listed, and the rule decides exactly as the test. Beyond, the
//! bound is a smooth curve, p·n + a·√n + b + c/√n + d/n + e/n^1.5, whose five numbers are fitted to the test up to two million failures; where
//! the true bound is n events the curve's lies within one event of it (within n / 50,000 where p is below 1 in 10,000), which a
//! test holds. A decision can differ there only while the window holds just that number of events.

use std::fmt::Write;

use crate::slo::Guard;
use crate::spec::{Objective, Ratio};

/// How many failures are listed.
const STEPS: u64 = 12;
/// How many points the curve is fitted to, and how many failures the last of them has.
const POINTS: u32 = 90;
const LAST: f64 = 2e6;
/// How many numbers are fitted.
const TERMS: usize = 5;

/// How many failures a page needs at `valid` events, in `PromQL`.
pub(super) fn needed(guard: Guard, objective: Objective, factor: Ratio, valid: &str) -> String {
    let least = guard.floor().max(1);
    let bound = |bad| guard.proves_up_to(bad, objective, factor);
    let listed = least + STEPS;
    let mut text = format!("(\n    {least}");
    for bad in least..listed {
        let _ = write!(text, "\n  + ({valid} > bool {})", bound(bad));
    }
    let (p, [root, one, inverse_root, inverse, last_term]) = curve(guard, objective, factor, listed);
    let _ = write!(text, "\n  and\n    {valid} <= {}\n)\nor\nceil(\n    {p} * {valid}", bound(listed));
    let _ = write!(text, "\n  + {root} * sqrt({valid})\n  + {one}");
    let _ = write!(
        text,
        "\n  + {inverse_root} / sqrt({valid})\n  + {inverse} / {valid}\n  + {last_term} * {valid} ^ -1.5\n)"
    );
    text
}

/// p, and what √n, 1, 1/√n, 1/n and n^-1.5 are multiplied by.
fn curve(guard: Guard, objective: Objective, factor: Ratio, from: u64) -> (f64, [f64; TERMS]) {
    let p = factor.numerator() as f64 * f64::from(objective.error_ppb()) / (factor.denominator() as f64 * 1e9);
    let mut rows: Vec<([f64; TERMS], f64)> = Vec::new();
    let growth = (LAST / from as f64).powf(1.0 / f64::from(POINTS - 1));
    let mut bad = from as f64;
    for _ in 0..POINTS {
        // the bound is a whole number, the curve's crossing lies up to one above
        let n = guard.proves_up_to(bad as u64, objective, factor) as f64 + 0.5;
        rows.push(([n.sqrt(), 1.0, 1.0 / n.sqrt(), 1.0 / n, n.powf(-1.5)], bad.floor() - p * n));
        bad *= growth;
    }
    (p, least_squares(&rows))
}

/// The numbers whose combinations of each row come nearest to its value: modified Gram-Schmidt.
fn least_squares(rows: &[([f64; TERMS], f64)]) -> [f64; TERMS] {
    let mut columns: [Vec<f64>; TERMS] = std::array::from_fn(|i| rows.iter().map(|(row, _)| row[i]).collect());
    let mut left: Vec<f64> = rows.iter().map(|(_, value)| *value).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let (mut triangle, mut projected) = ([[0.0; TERMS]; TERMS], [0.0; TERMS]);
    for i in 0..TERMS {
        let square = dot(&columns[i], &columns[i]);
        triangle[i][i] = 1.0;
        let column = columns[i].clone();
        for j in i + 1..TERMS {
            let share = dot(&column, &columns[j]) / square;
            triangle[i][j] = share;
            columns[j].iter_mut().zip(&column).for_each(|(x, y)| *x -= share * y);
        }
        projected[i] = dot(&column, &left) / square;
        left.iter_mut().zip(&column).for_each(|(x, y)| *x -= projected[i] * y);
    }
    let mut solution = [0.0; TERMS];
    for i in (0..TERMS).rev() {
        solution[i] = projected[i] - (i + 1..TERMS).map(|j| triangle[i][j] * solution[j]).sum::<f64>();
    }
    solution
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_goes_on_where_the_list_ends_to_within_one_event() {
        for (objective, factor) in [
            ("99%", (72, 5)),
            ("99%", (6, 1)),
            ("99.9%", (72, 5)),
            ("99.9%", (6, 1)),
            ("99.95%", (72, 5)),
            ("95%", (6, 1)),
            ("99.99%", (6, 1)),
            ("99.9%", (336, 25)),
        ] {
            let (objective, factor) = (Objective::parse(objective).unwrap(), Ratio::new(factor.0, factor.1));
            for guard in [Guard::DEFAULT, Guard::new(0.05, 3).unwrap(), Guard::new(0.001, 0).unwrap()] {
                let from = guard.floor().max(1) + STEPS;
                let (p, [root, one, inverse_root, inverse, last]) = curve(guard, objective, factor, from);
                let at = |n: f64| {
                    p * n + root * n.sqrt() + one + inverse_root / n.sqrt() + inverse / n + last * n.powf(-1.5)
                };
                let several = (0..60).map(|i| (200.0 * 1.15_f64.powi(i)) as u64);
                for bad in (from..200).chain(several) {
                    let bound = guard.proves_up_to(bad, objective, factor) as f64;
                    let slack = if p > 1e-4 { 1.0 } else { bound / 5e4 };
                    assert!(at(bound - slack) <= bad as f64, "{objective} {factor} {bad}: too many at {bound}");
                    assert!(at(bound + 1.0 + slack) > bad as f64, "{objective} {factor} {bad}: too few at {bound}");
                }
            }
        }
    }

    #[test]
    fn the_list_says_what_the_test_says() {
        let (objective, factor) = (Objective::parse("99.9%").unwrap(), Ratio::new(72, 5));
        let guard = Guard::DEFAULT;
        let listed =
            |valid: u64| 2 + (2..14).filter(|bad| valid > guard.proves_up_to(*bad, objective, factor)).count() as u64;
        for valid in 1..364 {
            match guard.needed(valid, objective, factor) {
                Some(needed) => assert_eq!(listed(valid), needed, "{valid}"),
                None => assert!(listed(valid) > valid, "{valid}"),
            }
        }
        assert!(
            needed(guard, objective, factor, "v").starts_with("(\n    2\n  + (v > bool 10)\n"),
            "{}",
            needed(guard, objective, factor, "v")
        );
    }
}
