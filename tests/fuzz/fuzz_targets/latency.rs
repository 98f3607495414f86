//! A latency objective is read or refused, and what was read prints as a text that reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reliability_core::Latency;

fuzz_target!(|text: &str| {
    if let Ok(latency) = Latency::parse(text) {
        assert_eq!(Latency::parse(&latency.to_string()), Ok(latency));
    }
});
