//! One table of good and bad texts through both readers: the library's and the macros'.

use reliability_core::{Latency, Method, Objective, Sli, SpecError, Window, parse_duration};

#[allow(dead_code)]
#[path = "../../reliability-macros/src/text.rs"]
mod reader;

const SHARES: [&str; 30] = [
    "99.9%",
    "99.95 %",
    " 99% ",
    "0.0000001%",
    "99.9999999%",
    "50%",
    "1.5%",
    "9.0%",
    "099.9%",
    "100%",
    "100.0%",
    "101%",
    "1000%",
    "0%",
    "0.0%",
    "99.99999999%",
    "99,9%",
    "99.9",
    "%",
    "",
    " ",
    "-1%",
    "+1%",
    "1e1%",
    ".5%",
    "5.%",
    "9.9.9%",
    "99.9%%",
    "99 .9%",
    "99999999999999999999%",
];
const DURATIONS: [&str; 26] = [
    "250ms",
    "1s",
    "1us",
    "5µs",
    "5μs",
    " 30 d ",
    "4w",
    "0s",
    "1m",
    "2h",
    "007s",
    "ms",
    "250",
    "",
    "1.5s",
    "-1s",
    "+1s",
    "1 ms",
    "1M",
    "1min",
    "1S",
    "18446744073709551615us",
    "18446744073709551616s",
    "1s1s",
    "\u{a0}1s",
    "30d\n",
];
const LATENCIES: [&str; 18] = [
    "99% < 250ms",
    "99%<250ms",
    "99.9%  <  1s ",
    "99% < 1us",
    "99% < 60s",
    "99% < 1m",
    "99% < 61s",
    "99% < 0ms",
    "99% > 250ms",
    "99%",
    "250ms",
    "",
    "99 < 250ms",
    "100% < 1s",
    "99% < 1",
    "99% < 2 < 3s",
    "<",
    "99% <= 250ms",
];
const WINDOWS: [&str; 24] = [
    "30d",
    "1d",
    "90d",
    "4w",
    "720h",
    "91d",
    "13w",
    "0d",
    "36h",
    "1s",
    "86400s",
    "30",
    "",
    "1us",
    "month Europe/Paris",
    " week  UTC ",
    "quarter Etc/GMT+5",
    "month America/Argentina/ComodRivadavia",
    "month",
    "month ",
    "year UTC",
    "Month UTC",
    "month Europe Paris",
    "month aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];
const METHODS: [&str; 20] = [
    "occurrences",
    " occurrences ",
    "timeslices 1m 99%",
    "timeslices  5m  99.5 % ",
    "timeslices 1d 100%",
    "timeslices 60s 0.0000001%",
    "ratio-timeslices 1m",
    "ratio-timeslices 24h",
    "",
    "occurrences 1m",
    "timeslices",
    "timeslices 1m",
    "timeslices 1m 0%",
    "timeslices 1m 100.1%",
    "timeslices 30s 99%",
    "timeslices 90s 99%",
    "timeslices 25h 99%",
    "timeslices 0m 99%",
    "ratio-timeslices 1m 99%",
    "Timeslices 1m 99%",
];
const NAMES: [&str; 15] = [
    "checkout",
    "a",
    "0",
    "a-b",
    "a--b",
    "",
    "-a",
    "a-",
    "-",
    "A",
    "a_b",
    "a b",
    "ä",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];

#[test]
fn both_readers_take_and_refuse_the_same_in_the_same_words() {
    for text in SHARES {
        let core = Objective::parse(text).map(Objective::ppb).map_err(SpecError::message);
        assert_eq!(reader::objective(text), core, "{text:?}");
    }
    for text in DURATIONS {
        let core = parse_duration(text).map(|length| length.as_nanos() as u64).map_err(SpecError::message);
        assert_eq!(reader::duration(text), core, "{text:?}");
    }
    for text in LATENCIES {
        let parts = |latency: Latency| (latency.objective().ppb(), latency.threshold().as_nanos() as u64);
        let core = Latency::parse(text).map(parts).map_err(SpecError::message);
        assert_eq!(reader::latency(text), core, "{text:?}");
    }
    for text in WINDOWS {
        let core = Window::parse(text).map(drop).map_err(SpecError::message);
        assert_eq!(reader::window(text), core, "{text:?}");
    }
    for text in METHODS {
        let core = Method::parse(text).map(drop).map_err(SpecError::message);
        assert_eq!(reader::method(text), core, "{text:?}");
    }
    for text in NAMES {
        let core = Sli::named(text).map(drop).map_err(|error| error.fault.message());
        assert_eq!(reader::name(text), core, "{text:?}");
    }
}

#[test]
fn the_tables_hold_good_and_bad() {
    let some_of_each = |results: Vec<bool>| results.contains(&true) && results.contains(&false);
    assert!(some_of_each(SHARES.map(|text| reader::objective(text).is_ok()).into()));
    assert!(some_of_each(DURATIONS.map(|text| reader::duration(text).is_ok()).into()));
    assert!(some_of_each(LATENCIES.map(|text| reader::latency(text).is_ok()).into()));
    assert!(some_of_each(WINDOWS.map(|text| reader::window(text).is_ok()).into()));
    assert!(some_of_each(METHODS.map(|text| reader::method(text).is_ok()).into()));
    assert!(some_of_each(NAMES.map(|text| reader::name(text).is_ok()).into()));
}
