//! What a web server's log means.

use super::{at, close, replay, verdict};

const TERMS: &str = "--format clf --objective 99% --window 30d";

/// A line at `minute`:`second` after midnight, with what follows the size.
fn line(minute: i64, second: i64, status: &str, tail: &str) -> String {
    let (hour, minute) = (minute / 60, minute % 60);
    format!(
        "203.0.113.7 - - [10/Mar/2026:{hour:02}:{minute:02}:{second:02} +0000] \"GET / HTTP/1.1\" {status} 612{tail}\n"
    )
}

#[test]
fn every_line_is_an_event_and_5xx_is_bad() {
    let log = ["200", "301", "404", "499", "500", "503"].map(|status| line(0, 5, status, "")).concat();
    let found = verdict(TERMS, log);
    assert_eq!((&found["at"][0]["good"], &found["at"][0]["bad"]), (&4.into(), &2.into()));
    assert_eq!(found["at"][0]["time"], at(1));
}

#[test]
fn minutes_between_the_first_line_and_the_last_are_observed_though_empty() {
    let found = verdict(TERMS, line(0, 0, "200", "") + &line(99, 59, "200", ""));
    close(&found["at"][0]["coverage"], 100.0 / 43_200.0);
    assert_eq!(found["at"][0]["time"], at(100));
}

#[test]
fn a_late_line_counts_into_its_own_minute() {
    let log = [(3, "200"), (1, "500"), (2, "200"), (0, "500"), (3, "200")]
        .map(|(minute, status)| line(minute, 0, status, ""));
    let instants: String = (1..=4).map(|minute| format!(" --at {}", at(minute))).collect();
    let found = verdict(&format!("{TERMS}{instants}"), log.concat());
    let counts: Vec<_> =
        found["at"].as_array().unwrap().iter().map(|at| (at["good"].as_u64(), at["bad"].as_u64())).collect();
    assert_eq!(counts, [(0, 1), (0, 2), (1, 2), (3, 2)].map(|(good, bad)| (Some(good), Some(bad))));
    assert_eq!(found["rejected"]["lines"], 0);
}

#[test]
fn offsets_are_taken_into_account() {
    let log = "::1 - - [10/Mar/2026:05:30:00 +0530] \"GET / HTTP/1.1\" 200 1\n::1 - - [09/Mar/2026:20:01:00 -0400] \"GET / HTTP/1.1\" 200 1\n";
    assert_eq!(verdict(TERMS, log)["at"][0]["time"], at(2));
}

#[test]
fn a_request_that_took_longer_than_asked_is_bad_and_one_that_took_just_as_long_is_not() {
    for unit in [[" 0.300", " 0.301", " 0.001"], [" 300000", " 300001", " 1"]] {
        let log = unit.map(|elapsed| line(0, 0, "200", elapsed)).concat() + &line(0, 0, "500", unit[2]);
        let found = verdict(&format!("{TERMS} --latency 300ms"), &log);
        assert_eq!((&found["at"][0]["good"], &found["at"][0]["bad"]), (&2.into(), &2.into()), "{unit:?}");
        let without = verdict(TERMS, &log);
        assert_eq!((&without["at"][0]["good"], &without["at"][0]["bad"]), (&3.into(), &1.into()));
    }
}

#[test]
fn a_line_without_a_duration_cannot_be_judged_by_latency() {
    let log = line(0, 0, "200", " 0.1") + &line(0, 1, "200", "") + &line(0, 2, "200", " \"-\" \"curl\" -");
    let found = verdict(&format!("{TERMS} --latency 300ms"), &log);
    assert_eq!((&found["at"][0]["good"], &found["at"][0]["bad"]), (&1.into(), &0.into()));
    assert_eq!((&found["rejected"]["lines"], &found["rejected"]["first"][0]["line"]), (&2.into(), &2.into()));
    assert!(found["rejected"]["first"][0]["why"].as_str().unwrap().contains("--latency"));
}

#[test]
fn wrong_lines_are_named_counted_and_no_event() {
    let mut log = line(0, 0, "200", "");
    for junk in ["\0\0\0\0", "\u{16}\u{3}\u{1}", "::1 - - [10/Mar/2026:00:00:00 +0000] \"GET", "hello"] {
        log += &format!("{junk}\n");
    }
    log += &"x".repeat(200_000);
    log += &("\n".to_owned() + &line(0, 1, "500", ""));
    let ran = replay(&format!("- --output json {TERMS}"), &log);
    let found: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&found["at"][0]["good"], &found["at"][0]["bad"]), (&1.into(), &1.into()));
    let lines: Vec<_> =
        found["rejected"]["first"].as_array().unwrap().iter().map(|wrong| wrong["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [2, 3, 4, 5, 6]);
    assert_eq!(found["rejected"]["lines"], 5);
    assert_eq!(found["rejected"]["first"][4]["why"], "it is longer than 64 KiB");
    assert!(ran.err.contains("5 lines are wrong") && ran.err.contains("the first is line 2"), "{}", ran.err);
    assert!(!ran.err.contains('\u{16}'), "what strangers sent is not shown");
}

/// What the kernel says of the most memory that a process had.
#[cfg(target_os = "linux")]
fn peak_kilobytes(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn a_log_takes_no_more_memory_for_being_long() {
    use std::io::Write;
    let mut child = super::spawn(&format!("- --output json {TERMS}"));
    let mut stdin = child.stdin.take().unwrap();
    let mut written = 0;
    // 24 MB over sixteen hours, out of order within each
    for hour in 0..16 {
        for request in 0..10_000 {
            let tail = " \"https://example.org/\" \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\"";
            let line = line(hour * 60 + request * 7 % 60, request % 60, "200", tail);
            stdin.write_all(line.as_bytes()).unwrap();
            written += line.len() as u64;
        }
    }
    let peak = peak_kilobytes(child.id());
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["at"][0]["good"], 160_000);
    assert!(written > 20_000_000 && peak < 16_000, "{peak} KB for {written} bytes");
}

#[test]
fn an_empty_log_is_a_history_of_which_nothing_was_read() {
    assert_eq!(verdict(TERMS, "")["at"], serde_json::json!([]));
}
