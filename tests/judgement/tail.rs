//! The low-traffic guard: P(X ≥ bad) for n draws of chance p, in whole numbers.
//!
//! With p = a/d the tail is Σ C(n, i) aⁱ (d − a)ⁿ⁻ⁱ over dⁿ for i from `bad` to n. Above 60 events that takes numbers of
//! thousands of digits, so there the terms are first summed relative to the largest one in floating point, whose error
//! is far below 10⁻⁹; only where the sum is that near to alpha are whole numbers asked.

use std::cmp::Ordering;

use num_bigint::BigUint;

use crate::case::{Exact, Proof};

const EXACT_UP_TO: i128 = 60;
const DOUBT: f64 = 1e-9;

/// Whether `bad` of `n` prove that the chance is above `p`.
pub(crate) fn proves(proof: Proof, bad: i128, n: i128, p: Exact) -> bool {
    bad >= proof.floor && is_within(bad, n, p, proof.alpha)
}

/// The least failures that do.
pub(crate) fn needed(proof: Proof, n: i128, p: Exact) -> Option<i128> {
    (0..=n).find(|bad| proves(proof, *bad, n, p))
}

fn is_within(bad: i128, n: i128, p: Exact, alpha: Exact) -> bool {
    let one = Exact::from_integer(1);
    if bad <= 0 || p >= one {
        return bad > n;
    }
    if n <= EXACT_UP_TO {
        return exactly(bad, n, p, alpha);
    }
    let alpha_f64 = *alpha.numer() as f64 / *alpha.denom() as f64;
    let tail = relatively(bad, n, *p.numer() as f64 / *p.denom() as f64);
    if (tail / alpha_f64 - 1.0).abs() > DOUBT { tail < alpha_f64 } else { exactly(bad, n, p, alpha) }
}

fn exactly(bad: i128, n: i128, p: Exact, alpha: Exact) -> bool {
    let a = BigUint::from(*p.numer() as u128);
    let rest = BigUint::from((p.denom() - p.numer()) as u128);
    // Σ over i of C(n, i) aⁱ rⁿ⁻ⁱ, from i = n downwards
    let mut term = a.pow(n as u32);
    let mut tail = term.clone();
    for i in (bad..n).rev() {
        term = term * &rest * (i + 1) as u128 / (&a * (n - i) as u128);
        tail += &term;
    }
    let whole = BigUint::from(*p.denom() as u128).pow(n as u32);
    (tail * *alpha.denom() as u128).cmp(&(whole * *alpha.numer() as u128)) != Ordering::Greater
}

fn relatively(bad: i128, n: i128, p: f64) -> f64 {
    let (n, bad) = (n as f64, bad as f64);
    let mode = ((n + 1.0) * p).floor().min(n);
    let (mut below, mut above) = (0.0, 0.0);
    let mut add = |i: f64, weight: f64| if i >= bad { above += weight } else { below += weight };
    add(mode, 1.0);
    let (mut i, mut weight) = (mode, 1.0);
    while i < n && weight > 1e-40 {
        weight *= (n - i) / (i + 1.0) * p / (1.0 - p);
        i += 1.0;
        add(i, weight);
    }
    (i, weight) = (mode, 1.0);
    while i > 0.0 && weight > 1e-40 {
        weight *= i / (n - i + 1.0) * (1.0 - p) / p;
        i -= 1.0;
        add(i, weight);
    }
    above / (above + below)
}

#[cfg(test)]
const PERCENT: Proof = Proof { alpha: Exact::new_raw(1, 100), floor: 0 };

#[test]
fn as_many_failures_are_needed_as_published_for_an_exact_test() {
    let rows = [
        ((9, 625), [None, Some(2), Some(5), Some(6), Some(25), Some(173)]),
        ((3, 500), [Some(1), Some(2), Some(3), Some(4), Some(13), Some(80)]),
        ((1, 1_000), [Some(1), Some(1), Some(2), Some(2), Some(5), Some(19)]),
        ((18, 125), [None, Some(5), Some(16), Some(24), Some(171), Some(1_523)]),
    ];
    for ((a, d), row) in rows {
        for (n, expected) in [1, 10, 60, 100, 1_000, 10_000].into_iter().zip(row) {
            assert_eq!(needed(PERCENT, n, Exact::new(a, d)), expected, "{a}/{d} {n}");
        }
    }
}

#[test]
fn whole_numbers_and_relative_terms_agree_beside_alpha() {
    for n in [61, 100, 137, 400] {
        for p in [Exact::new(9, 625), Exact::new(3, 500), Exact::new(18, 125), Exact::new(7, 7_500)] {
            for bad in 1..=n.min(90) {
                let tail = relatively(bad, n, *p.numer() as f64 / *p.denom() as f64);
                assert_eq!(exactly(bad, n, p, PERCENT.alpha), tail <= 0.01, "{bad} of {n} at {p}: {tail}");
            }
        }
    }
}

#[test]
fn a_tail_of_exactly_alpha_proves() {
    // 2 of 2 at 1/10: 1/100
    assert!(is_within(2, 2, Exact::new(1, 10), Exact::new(1, 100)));
    assert!(!is_within(2, 2, Exact::new(1, 10), Exact::new(99, 10_000)));
    assert!(!is_within(1, 1, Exact::new(9, 625), Exact::new(1, 100)));
}
