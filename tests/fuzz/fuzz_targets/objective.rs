//! A share is read or refused, and what was read prints as a text that reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reliability_core::Objective;

fuzz_target!(|text: &str| {
    if let Ok(objective) = Objective::parse(text) {
        assert!(objective.ppb() > 0 && objective.ppb() < 1_000_000_000);
        assert_eq!(Objective::parse(&objective.to_string()), Ok(objective));
    }
});
