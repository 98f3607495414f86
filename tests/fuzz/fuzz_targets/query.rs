//! The answer of a query API is read or refused without a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    reliability_core::fleet::__reads(bytes);
});
