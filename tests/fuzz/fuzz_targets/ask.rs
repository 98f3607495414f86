//! The header that an ask travels in is read or refused without a panic, and what was read prints as a text that reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reliability_core::Ask;

fuzz_target!(|text: &str| {
    if let Ok(ask) = text.parse::<Ask>() {
        let printed = ask.to_string();
        assert!(printed.len() <= 128);
        assert_eq!(printed.parse(), Ok(ask));
    }
});
