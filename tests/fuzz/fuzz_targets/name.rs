//! A name is taken exactly if it is a DNS label.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reliability_core::Sli;

fuzz_target!(|text: &str| {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let label = (1..=63).contains(&text.len()) && text.bytes().all(inner) && !text.starts_with('-') && !text.ends_with('-');
    // a taken name is kept for the life of the process: that is a bounded leak in a service and none worth finding here
    if !label {
        assert!(Sli::named(text).is_err());
    } else if text.len() <= 2 {
        assert!(Sli::named(text).is_ok());
    }
});
