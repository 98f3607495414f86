//! A duration is read or refused, and what was read prints as a text that reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reliability_core::{format_duration, parse_duration};

fuzz_target!(|text: &str| {
    if let Ok(duration) = parse_duration(text) {
        assert_eq!(parse_duration(&format_duration(duration)), Ok(duration));
    }
});
