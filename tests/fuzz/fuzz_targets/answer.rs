//! An answer of the query interface is read or refused without a panic, and the fleet's word never holds a figure that is none.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reliability_core::fleet::Answer;

fuzz_target!(|body: &[u8]| {
    if let Ok(answer) = Answer::parse(body) {
        assert!(answer.series.iter().all(|series| series.last().is_none_or(f64::is_finite)));
        assert!(answer.series.iter().all(|series| series.points.is_sorted_by(|a, b| a.0 < b.0)));
    }
});
