//! The fast detector: a cumulative sum over single outcomes, for what can be undone.
//!
//! After Page (1954), *Continuous inspection schemes*. Each outcome is evidence for one of two rates of failure: `p0`, what
//! the objective allows, or `p1`, 14.4 times that (the burn that a page is for). A failure adds ln(p1/p0), a success takes
//! ln((1−p0)/(1−p1)) away, the sum never falls below nothing, and at ln(10⁹) it detects. By Lorden's inequality (1971) the
//! mean run to a false detection at exactly `p0` is then at least 10⁹ outcomes, for any objective; how much more it is, a test
//! computes exactly. Whole numbers throughout: the unit is what a success takes away, so that a good call counts 1 and a
//! failure counts `weight`.
//!
//! | objective | a failure counts | detects at | total outage | half fail, 99 % | a tenth fails, 99 % | mean run to a false detection |
//! |---|---|---|---|---|---|---|
//! | 99 % | 18 | 143 | 8 calls | 31 calls | 387 calls | 3.8 · 10¹⁰ calls |
//! | 99.5 % | 38 | 298 | 8 | 30 | 224 | 5.4 · 10¹⁰ |
//! | 99.9 % | 197 | 1,535 | 8 | 27 | 170 | 2.4 · 10¹¹ |
//! | 99.95 % | 396 | 3,082 | 8 | 27 | 169 | 4.5 · 10¹¹ |
//! | 99.99 % | 1,988 | 15,454 | 8 | 27 | 156 | 2.2 · 10¹² |
//!
//! The figures are exact, from the chain of states (`tests/detector` computes them again and checks one by simulation).
//!
//! Where the objective is so loose that 14.4 times the allowance is more than half of what is left above it, the middle between
//! allowance and total failure is looked for instead, and a total outage needs more than ten calls.
//!
//! **Order.** A look knows how many were good and bad since the last one, not in which order. They are spread evenly and a
//! failure is taken for the last: a look that a failure caused has it at its end, and spreading neither invents a cluster nor,
//! at the ten milliseconds between looks, hides one for long.
//!
//! **Its end.** The evidence is held at the threshold, and falls with what succeeds. It is over when it has fallen by
//! ln(10³): had the rate stayed at `p1`, less than one end in a thousand calls would be such a mistake. The sum then begins at
//! nothing, so that the rate of false detections stays as stated.
//!
//! **Limits.** Outcomes are taken to be independent. A burst of failures that have one cause (a dropped connection pool) is
//! evidence of that cause; it may detect although the share over a day is fine. That is why it never pages and only starts
//! what can be undone.

use std::time::Duration;

use super::tally::Tally;
use crate::clock::Timestamp;
use crate::spec::{Method, Objective};

/// The mean run of calls at the allowed rate until a false detection, at least.
const RUN: f64 = 1e9;
/// The same at the rate looked for until a false end.
const END: f64 = 1e3;
/// How many times the allowed rate is looked for: the burn of the fastest page.
const FACTOR: f64 = 14.4;
/// How many failures of one look are gone through one by one; of more, so many in the same proportion.
const MOST_STEPS: u64 = 4096;

/// What counts how much, for one objective.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detector {
    /// What a success takes away: 1, and more where a failure weighs so little that rounding it would matter.
    unit: u64,
    weight: u64,
    threshold: u64,
    fall: u64,
    looked_for: f64,
}

/// What one SLO's detector knows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evidence {
    sum: u64,
    since: Option<Timestamp>,
    /// When the sum last rose from nothing, and what was counted since then or since the detection.
    began: Option<Timestamp>,
    seen: Tally,
}

/// It detected, or no longer does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// True when it did.
    pub detected: bool,
    /// What was counted since the evidence began to grow, or since the detection when this is its end.
    pub seen: Tally,
    /// Over what time.
    pub within: Duration,
}

impl Detector {
    /// For an objective: what counts is the share of calls that may fail. Where slices of time are counted, that is what the
    /// target of a slice allows.
    ///
    /// ```
    /// use reliability_core::slo::Detector;
    /// use reliability_core::{Method, Objective};
    /// let detector = Detector::new(Objective::parse("99.9%").unwrap(), Method::Occurrences);
    /// assert_eq!(detector.failures_in_an_outage(), 8);
    /// ```
    pub fn new(objective: Objective, method: Method) -> Self {
        let allowed = match method {
            Method::Timeslices { target, .. } if target.ppb() < 1_000_000_000 => 1_000_000_000 - target.ppb(),
            _ => objective.error_ppb(),
        };
        let p0 = f64::from(allowed) / 1e9;
        let p1 = (FACTOR * p0).min(p0.midpoint(1.0));
        let (rise, fall) = ((p1 / p0).ln(), ((1.0 - p0) / (1.0 - p1)).ln());
        // a failure may count too little but never too much, and what is needed too much but never too little
        let unit = if rise / fall < 16.0 { 64 } else { 1 };
        let units = |evidence: f64| (evidence / fall * unit as f64).ceil() as u64;
        let weight = (rise / fall * unit as f64).floor() as u64;
        Self { unit, weight, threshold: units(RUN.ln()), fall: units(END.ln()), looked_for: p1 }
    }

    /// How many failures in a row it takes from nothing.
    pub fn failures_in_an_outage(&self) -> u64 {
        self.threshold.div_ceil(self.weight)
    }

    /// How many successes in a row end a detection.
    pub fn successes_to_end(&self) -> u64 {
        self.fall.div_ceil(self.unit)
    }

    /// The rate of failures that it looks for.
    pub fn looked_for(&self) -> f64 {
        self.looked_for
    }

    /// What a success takes away, what a failure counts, and the sum that detects: for whoever computes what these lead to.
    pub fn weights(&self) -> (u64, u64, u64) {
        (self.unit, self.weight, self.threshold)
    }

    /// Takes in what was counted since the last look. Refused calls are no part of it.
    pub fn observe(&self, evidence: &mut Evidence, at: Timestamp, news: Tally) -> Option<Detection> {
        if news == Tally::ZERO {
            return None;
        }
        if evidence.sum == 0 && evidence.since.is_none() {
            evidence.began = None;
            evidence.seen = Tally::ZERO;
        }
        if news.bad > 0 && evidence.began.is_none() {
            evidence.began = Some(at);
        }
        evidence.seen = evidence.seen + news;
        let highest = self.add(evidence, news);
        let within = at.since(evidence.since.or(evidence.began).unwrap_or(at));
        let detected = match evidence.since {
            None if highest >= self.threshold => {
                (evidence.since, evidence.began) = (Some(at), Some(at));
                true
            }
            Some(_) if evidence.sum <= self.threshold.saturating_sub(self.fall) => {
                *evidence = Evidence { seen: evidence.seen, ..Evidence::default() };
                false
            }
            _ => return None,
        };
        let seen = std::mem::take(&mut evidence.seen);
        Some(Detection { detected, seen, within })
    }

    /// Adds up and gives the highest sum on the way.
    fn add(&self, evidence: &mut Evidence, news: Tally) -> u64 {
        let bad = news.bad.min(MOST_STEPS);
        let good = (u128::from(news.good) * u128::from(bad.max(1)) / u128::from(news.bad.max(1))) as u64;
        let (mut sum, mut highest, mut spent) = (evidence.sum, evidence.sum, 0_u128);
        for failure in 1..=u128::from(bad) {
            let due = u128::from(good) * failure / u128::from(bad);
            let goods = ((due - std::mem::replace(&mut spent, due)) as u64).saturating_mul(self.unit);
            let before = sum;
            sum = sum.saturating_sub(goods).saturating_add(self.weight).min(self.threshold);
            highest = highest.max(sum);
            // where each further failure and its share of successes lead back to the same sum, so do all
            let settled = sum == before && good.is_multiple_of(bad);
            if settled || sum == self.threshold && goods <= self.weight.saturating_sub(1) {
                break;
            }
        }
        if bad == 0 {
            sum = sum.saturating_sub(good.saturating_mul(self.unit));
        }
        evidence.sum = sum;
        highest
    }
}

impl Evidence {
    /// Since when it detects, if it does.
    pub fn since(&self) -> Option<Timestamp> {
        self.since
    }
}
