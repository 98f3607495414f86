//! The same scenario in every build: features are doors, and no door changes what was decided.
//!
//! `tests/run` builds this with few, with the default and with all features, has each build write down all that it decided
//! and reported, and compares.

use std::fmt::Write;
use std::time::Duration;

use super::Lab;
use crate::engine::report::Report;
use crate::sli::{Outcome, Sli};
use crate::spec::{Latency, Objective};

/// Everything but the wall clock's time of a failure and the age of the loop, which are of the machine.
fn told(report: &Report) -> String {
    let mut text = format!("{} {} {:?}\n", report.time, report.since, report.service);
    for sli in &report.slis {
        let failures: Vec<_> = sli.failures.iter().map(|it| (it.kind, it.elapsed, it.trace, &it.text)).collect();
        let counted = (sli.spec, sli.counts, sli.in_flight, sli.stalled_since, &sli.latency, &sli.labels, failures);
        writeln!(text, "{counted:#?}\n{:#?}", sli.slos).unwrap();
    }
    text
}

#[test]
fn every_set_of_features_decides_and_reports_alike() {
    let checkout = Sli::named("alike-checkout").unwrap().declare(|spec| {
        let latency = Latency::parse("99% < 250ms").unwrap();
        spec.objective(Objective::parse("99.9%").unwrap()).latency(latency)
    });
    let quiet = Sli::named("alike-quiet").unwrap().declare(|spec| spec.objective(Objective::parse("99%").unwrap()));
    let mut lab = Lab::judging([&checkout, &quiet]);
    let mut text = String::new();
    for minute in 0..240_u64 {
        // an hour of health, half an hour of failures, then health, with slow calls, refusals and a gap in between
        for call in 0..30 {
            let bad = (60..90).contains(&minute) && call % 3 == 0;
            let elapsed =
                Duration::from_micros(700 * (1 + minute % 7) * (1 + call) * if minute % 50 == 0 { 40 } else { 1 });
            checkout.record(if bad { Outcome::Bad } else { Outcome::Good }, elapsed);
        }
        if minute % 30 == 7 {
            checkout.record(Outcome::Shed, Duration::ZERO);
            quiet.record_many(Outcome::Ignored, 3);
            drop(checkout.begin());
        }
        let step = if minute == 120 { Duration::from_secs(600) } else { Duration::from_secs(60) };
        lab.advance_by(step, step.min(Duration::from_secs(600)) / if minute == 120 { 1 } else { 12 });
        if minute % 60 == 59 {
            text += &told(&lab.report());
        }
    }
    writeln!(text, "{:#?}", lab.events()).unwrap();
    for word in ["firing: true", "firing: false", "Gap"] {
        assert!(text.contains(word), "the scenario holds `{word}`:\n{text}");
    }
    if let Some(path) = std::env::var_os("RELIABILITY_ALIKE") {
        std::fs::write(path, text).unwrap();
    }
}
