//! The readers of texts on anything at all: the fuzz targets of `tests/fuzz`, deterministic and on stable.
#![allow(clippy::duration_suboptimal_units, clippy::format_collect)]

use std::time::Duration;

use proptest::prelude::*;
use reliability_core::testkit::identity_from;
use reliability_core::{Latency, Method, Objective, Sli, Window, format_duration, parse_duration};

/// Texts that look like what is read, with everything that may be wrong about them.
fn almost() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[0-9]{1,12}",
        2 => prop::sample::select(vec!["%", ".", "<", " ", "us", "µs", "ms", "s", "m", "h", "d", "w", "month ", "week ", "UTC", "-", "+", "e", "=", ",", "%2", "\u{a0}"])
            .prop_map(str::to_owned),
        1 => "\\PC{0,3}",
    ];
    prop_oneof![prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat()), "\\PC{0,40}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn an_objective_is_read_or_refused_and_prints_what_it_is(text in almost()) {
        if let Ok(objective) = Objective::parse(&text) {
            prop_assert!(objective.ppb() > 0 && objective.ppb() < 1_000_000_000);
            prop_assert_eq!(Objective::parse(&objective.to_string()), Ok(objective));
        }
    }

    #[test]
    fn every_objective_survives_being_written(ppb in 1_u32..1_000_000_000) {
        let objective = Objective::from_ppb(ppb).expect("in range");
        prop_assert_eq!(Objective::parse(&objective.to_string()), Ok(objective));
    }

    #[test]
    fn a_latency_is_read_or_refused_and_prints_what_it_is(text in almost()) {
        if let Ok(latency) = Latency::parse(&text) {
            prop_assert!(latency.threshold() >= Duration::from_micros(1) && latency.threshold() <= Duration::from_secs(60));
            // a threshold that is no whole number of microseconds cannot be written, and none such is read
            prop_assert_eq!(Latency::parse(&latency.to_string()), Ok(latency));
        }
    }

    #[test]
    fn a_window_is_read_or_refused_and_prints_what_it_is(text in almost()) {
        if let Ok(window) = Window::parse(&text) {
            prop_assert!(window.as_calendar().is_some() || window.length().as_secs().is_multiple_of(86_400));
            prop_assert_eq!(Window::parse(&window.to_string()), Ok(window));
        }
    }

    #[test]
    fn a_method_is_read_or_refused_and_prints_what_it_is(kind in "(ratio-)?timeslices|occurrences", text in almost()) {
        if let Ok(method) = Method::parse(&format!("{kind} {text}")) {
            prop_assert_eq!(Method::parse(&method.to_string()), Ok(method));
        }
    }

    #[test]
    fn a_duration_is_read_or_refused_and_prints_what_it_is(text in almost(), micros in 0_u64..u64::MAX / 1_000) {
        if let Ok(duration) = parse_duration(&text) {
            prop_assert_eq!(parse_duration(&format_duration(duration)), Ok(duration));
        }
        let duration = Duration::from_micros(micros);
        prop_assert_eq!(parse_duration(&format_duration(duration)), Ok(duration));
    }

    #[test]
    fn attributes_of_a_resource_are_taken_or_passed_over(text in almost(), value in "\\PC{0,20}") {
        let identity = identity_from(|name| (name == "OTEL_RESOURCE_ATTRIBUTES").then(|| text.clone()));
        prop_assert!(!identity.service.is_empty());
        // every value survives being written as the specification asks
        let encoded: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let attributes = format!("{text},service.version={encoded}");
        let identity = identity_from(|name| (name == "OTEL_RESOURCE_ATTRIBUTES").then(|| attributes.clone()));
        // nothing is as good as unsaid
        prop_assert_eq!(identity.version, Some(value).filter(|value| !value.is_empty()));
    }

    #[test]
    fn a_name_is_taken_exactly_if_it_is_a_dns_label(text in prop_oneof!["[a-z0-9-]{0,70}", "\\PC{0,10}"]) {
        let label = !text.is_empty() && text.len() <= 63 && !text.starts_with('-') && !text.ends_with('-')
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        prop_assert_eq!(Sli::named(&text).is_ok(), label);
    }
}

#[test]
fn texts_at_the_edges() {
    for (text, good) in [
        ("99.9%", true),
        ("99.9 %", true),
        (" 99.9% ", true),
        ("0.0000001%", true),
        ("99.9999999%", true),
        ("0%", false),
        ("100%", false),
        ("99.99999999%", false),
        ("99", false),
        (".5%", false),
        ("9.%", false),
        ("1e1%", false),
        ("", false),
        ("%", false),
        ("+9%", false),
        ("-9%", false),
        ("99,9%", false),
        ("99%%", false),
    ] {
        assert_eq!(Objective::parse(text).is_ok(), good, "{text:?}");
    }
    for (text, good) in [
        ("1us", true),
        ("1 µs", true),
        ("0s", true),
        ("18446744073s", true),
        ("18446744074s", false),
        ("1", false),
        ("s", false),
        ("1.5s", false),
        ("1S", false),
        ("1ns", false),
        ("-1s", false),
        ("1 ms ", true),
    ] {
        assert_eq!(parse_duration(text).is_ok(), good, "{text:?}");
    }
}
