//! What the fast detector promises, computed exactly and simulated.
//!
//! Its sum is a walk on whole numbers: a good call takes 1 away, a bad one adds a weight, and at the threshold it detects. So the
//! mean run to a detection is computed exactly from the chain of its states: downwards the walk skips none, so what is needed are the chance
//! and the time to come down by one from each state before it detects, from the top down. A simulation in which failures are made
//! likelier and weighed back (importance sampling) checks the computation at the budget's rate itself.

use reliability_core::slo::{Detector, Evidence};
use reliability_core::{Method, Objective, Timestamp, slo::Tally};

fn detector(objective: &str) -> (Detector, f64) {
    let objective = Objective::parse(objective).unwrap();
    (Detector::new(objective, Method::Occurrences), f64::from(objective.error_ppb()) / 1e9)
}

/// The mean number of calls from nothing to a detection where each fails with probability `p`.
fn mean_run(p: f64, weight: usize, threshold: usize) -> f64 {
    // by state: the chance to detect before coming down by one, and the mean number of calls until either
    let (mut detects, mut calls) = (vec![0.0_f64; threshold], vec![0.0_f64; threshold]);
    for state in (0..threshold).rev() {
        if state + weight >= threshold {
            (detects[state], calls[state]) = (p, 1.0);
        } else {
            // back down to this state, one by one
            let (mut log_back, mut time) = (0.0_f64, 0.0);
            for above in (state + 1..=state + weight).rev() {
                time += calls[above] * log_back.exp();
                log_back += (-detects[above]).ln_1p();
            }
            let lost = -log_back.exp_m1();
            if state == 0 {
                return (1.0 + p * time) / (p * lost);
            }
            let again = 1.0 - p * log_back.exp();
            (detects[state], calls[state]) = (p * lost / again, (1.0 + p * time) / again);
        }
    }
    1.0 / p
}

/// How many calls it takes to detect with this probability, where each fails with probability `p`.
fn calls_to_detect(p: f64, weight: usize, threshold: usize, wanted: f64) -> usize {
    let (mut chances, mut detected, mut calls) = (vec![0.0; threshold], 0.0, 0);
    chances[0] = 1.0;
    while detected < wanted {
        let mut next = vec![0.0; threshold];
        for (state, chance) in chances.iter().enumerate().filter(|(_, chance)| **chance > 0.0) {
            next[state.saturating_sub(1)] += (1.0 - p) * chance;
            match next.get_mut(state + weight) {
                Some(higher) => *higher += p * chance,
                None => detected += p * chance,
            }
        }
        chances = next;
        calls += 1;
    }
    calls
}

#[test]
fn it_keeps_what_its_table_promises() {
    println!(
        "| objective | a failure counts | detects at | total outage: calls | 10 % fail: calls, 99 % | mean run to a false detection |"
    );
    for objective in ["99%", "99.5%", "99.9%", "99.95%", "99.99%"] {
        let (detector, p0) = detector(objective);
        let (unit, weight, threshold) = detector.weights();
        assert_eq!(unit, 1, "the chain comes down by one");
        let (weight, threshold) = (weight as usize, threshold as usize);
        let outage = detector.failures_in_an_outage();
        let run = mean_run(p0, weight, threshold);
        let tenth = calls_to_detect(0.1, weight, threshold, 0.99);
        println!("| {objective} | {weight} | {threshold} | {outage} | {tenth} | {run:.1e} |");
        assert!(outage <= 10, "{objective}: a total outage within ten calls");
        assert!(run >= 1e9, "{objective}: {run:.2e}");
        if objective == "99.9%" {
            assert!(tenth <= 200, "{tenth}");
        }
    }
}

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[test]
fn the_computed_run_is_that_of_a_simulation() {
    // from nothing, an excursion ends at nothing or detects; runs at the budget's rate are too long to wait for, so failures
    // are made as likely as the detector looks for and each excursion is weighed by how much less likely it is
    let (detector, p0) = detector("99%");
    let (_, weight, threshold) = detector.weights();
    let (p1, mut random) = (detector.looked_for(), Random(7));
    let (mut chance, mut time) = (0.0, 0.0);
    let excursions = 40_000;
    for _ in 0..excursions {
        // the first failure begins it
        let (mut sum, mut log_weight, mut calls) = (weight, 0.0_f64, 0_u64);
        while sum > 0 && sum < threshold {
            calls += 1;
            if random.next() < p1 {
                sum += weight;
                log_weight += (p0 / p1).ln();
            } else {
                sum -= 1;
                log_weight += ((1.0 - p0) / (1.0 - p1)).ln();
            }
        }
        let likely = log_weight.exp() / f64::from(excursions);
        if sum >= threshold {
            chance += likely;
        }
        time += likely * calls as f64;
    }
    // each excursion is preceded by a wait for a failure
    let simulated = (1.0 / p0 + time) / chance;
    let computed = mean_run(p0, weight as usize, threshold as usize);
    assert!((simulated / computed - 1.0).abs() < 0.1, "{simulated:.3e} against {computed:.3e}");
}

#[test]
fn three_million_calls_at_the_budget_detect_nothing_and_the_first_outage_is_seen() {
    for objective in ["50%", "90%", "95%", "99%", "99.9%", "99.99%"] {
        let (detector, p0) = detector(objective);
        let (mut random, mut evidence, mut at) = (Random(11), Evidence::default(), Timestamp::from_unix_seconds(0));
        let mut look = |evidence: &mut Evidence, news| {
            at = at + std::time::Duration::from_millis(10);
            detector.observe(evidence, at, news)
        };
        for _ in 0..3_000_000 {
            let bad = u64::from(random.next() < p0);
            assert_eq!(look(&mut evidence, Tally::new(1 - bad, bad)), None, "{objective}");
        }
        let needed: Option<u32> =
            (1..=60).find(|_| look(&mut evidence, Tally::new(0, 1)).is_some_and(|found| found.detected));
        assert!(needed.is_some_and(|needed| needed <= 10 || p0 > 0.01), "{objective}: {needed:?}");
        // and it ends where calls succeed again, from nothing
        let end = detector.successes_to_end();
        assert_eq!(look(&mut evidence, Tally::new(end - 1, 0)), None);
        assert!(look(&mut evidence, Tally::new(1, 0)).is_some_and(|found| !found.detected));
        assert_eq!(look(&mut evidence, Tally::new(0, 3)), None, "three failures are no new detection");
    }
}

#[test]
fn a_batch_of_any_size_is_taken_in_at_once() {
    let (detector, _) = detector("99.9%");
    let at = Timestamp::from_unix_seconds(0);
    for news in
        [Tally::new(u64::MAX, u64::MAX), Tally::new(u64::MAX, 1), Tally::new(1, u64::MAX), Tally::new(u64::MAX, 0)]
    {
        let mut evidence = Evidence::default();
        let found = detector.observe(&mut evidence, at, news);
        assert_eq!(found.is_some(), news.bad > 1, "{news:?}");
    }
    // spread evenly, what the budget allows detects nothing, however much of it comes at once
    let mut evidence = Evidence::default();
    assert_eq!(detector.observe(&mut evidence, at, Tally::new(999_000_000, 1_000_000)), None);
}
