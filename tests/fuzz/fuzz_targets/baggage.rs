//! What travels with a journey, there and back, is read or refused without a panic, and prints as what reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reliability_core::journey::{Baggage, Joined, Verdicts};
use reliability_core::{Feature, Journey};

static FEATURE: Feature = Feature::new("purchase");

fuzz_target!(|text: &str| {
    if let Ok(baggage) = Baggage::parse(text) {
        let printed = baggage.to_string();
        assert!(printed.len() <= 300);
        assert_eq!(Baggage::parse(&printed), Ok(baggage));
        assert!(Joined::of(&baggage).end().is_empty());
    }
    let mut journey = Journey::begin(&FEATURE);
    journey.enter(|| Verdicts::note(text));
    journey.end();
});
