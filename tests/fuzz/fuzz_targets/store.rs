//! The value of a record of the store is read or refused without a panic, and what is read can be gone on with.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    reliability_core::store::__reads(bytes);
});
