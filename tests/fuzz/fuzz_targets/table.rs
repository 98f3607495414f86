//! A table of counts is read row by row or refused; what was read lies in ascending minutes and adds up to what was written.
#![no_main]
#![allow(dead_code, reason = "the reader is an example's, which uses more of it")]

#[path = "../../../examples/replay/csv.rs"]
mod csv;
#[path = "../../../examples/replay/lines.rs"]
mod lines;
#[path = "../../../examples/replay/minutes.rs"]
mod minutes;
#[path = "../../../examples/replay/time.rs"]
mod time;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (mut lines, mut table) = (lines::Lines::new(bytes), csv::Table::default());
    while let Ok(Some((number, line))) = lines.next() {
        let _ = csv::Table::is_header(line);
        let _ = table.row(number, line);
    }
    if let Ok(minutes) = table.minutes() {
        let mut before = None;
        for minute in minutes.take(100_000) {
            assert!(before < Some(minute.at));
            before = Some(minute.at);
        }
    }
});
