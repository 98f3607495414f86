//! How it ends when it cannot begin: 1 for what cannot be read, 2 for what was asked wrongly.

use super::{MIDNIGHT, replay, verdict};

const TERMS: &str = "--objective 99.9% --window 30d";

#[track_caller]
fn unreadable(arguments: &str, input: impl AsRef<[u8]>, says: &str) {
    let ran = replay(arguments, input);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{}", ran.err);
    assert!(ran.err.starts_with("replay: ") && ran.err.contains(says), "{says} is missing in: {}", ran.err);
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
}

#[test]
fn a_file_that_is_not_what_it_says_is_refused_with_the_reason() {
    let table = format!("- {TERMS}");
    let log = format!("- {TERMS} --format clf");
    let line = "::1 - - [10/Mar/2026:00:00:00 +0000] \"GET / HTTP/1.1\" 200 1\n";
    unreadable(&table, "", "header");
    unreadable(&table, "a,b,c\n1,2,3\n", "time,good,bad");
    unreadable(&table, format!("{MIDNIGHT},1,0\n"), "header");
    unreadable(&table, line, "--format clf");
    unreadable(&table, [0_u8, 159, 146, 150].repeat(100_000), "header");
    unreadable(&table, "\x1F\u{8B}", "header");
    unreadable(&table, [0x1F, 0x8B, 8, 0], "zcat");
    unreadable(&log, [0x28, 0xB5, 0x2F, 0xFD, 0], "zstdcat");
    unreadable(&log, "time,good,bad\n1773100800,1,0\n", "Common or Combined Log Format");
    unreadable(&log, (0_u8..=255).cycle().take(3_000_000).collect::<Vec<_>>(), "Common or Combined Log Format");
    unreadable(&table, "time,good,bad\nx,1,0\ny,1,0\n", "line 2");
    unreadable(&table, "time,good,bad\n1773100920,1,0\n1773100860,1,0\n1773100800,1,0\n", "backwards");
    unreadable(&table, "time,good,bad\n1773100800,1,0\n1773100890,1,0\n", "line 3 comes 90s after");
    unreadable(&table, "time,good,bad\n1773100800000,1,0\n", "unix times are in seconds");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let missing = std::env::temp_dir().join(format!("replay-{}-is-not-there.csv", std::process::id()));
    unreadable(&format!("{} {TERMS}", missing.display()), "", "is-not-there.csv");
    unreadable(&format!("{} {TERMS}", std::env::temp_dir().display()), "", "directory");
}

#[test]
fn wrong_rows_are_named_counted_and_unobserved() {
    let rows = [(0, "5,1"), (60, "-5,1"), (120, "5,1.5"), (180, "5"), (180, "5,0"), (180, "500,0"), (240, "5,0")];
    let rows: String = rows.iter().map(|(after, counts)| format!("{},{counts}\n", MIDNIGHT + after)).collect();
    let found = verdict(TERMS, format!("time,good,bad\n{rows}"));
    assert_eq!((&found["at"][0]["good"], &found["at"][0]["bad"]), (&15.into(), &1.into()));
    super::close(&found["at"][0]["coverage"], 3.0 / 43_200.0);
    let lines: Vec<_> =
        found["rejected"]["first"].as_array().unwrap().iter().map(|wrong| wrong["line"].as_u64().unwrap()).collect();
    assert_eq!((found["rejected"]["lines"].as_u64(), lines), (Some(4), vec![3, 4, 5, 7]));
}

#[test]
fn wrong_arguments_end_with_two_and_name_what_is_accepted() {
    for (arguments, says) in [
        ("", "Usage"),
        ("-", "--objective"),
        ("- --objective 99.9%", "--window"),
        ("- --objective 100% --window 30d", "99.9%"),
        ("- --objective 99.9% --window 91d", "'91d'"),
        ("- --objective 99.9% --window 30d --window 28d", "--window"),
        ("- --objective 99.9% --calendar month", "--zone"),
        ("- --objective 99.9% --calendar month --zone Europe/Atlantis", "Europe/Atlantis"),
        ("- --objective 99.9% --window 30d --calendar month --zone UTC", "--calendar"),
        ("- --objective 99.9% --window 30d --slice 1m", "--slice"),
        ("- --objective 99.9% --window 30d --latency 300ms", "--format clf"),
        ("- --objective 99.9% --window 30d --format json", "csv, clf"),
        ("- --objective 99.9% --window 30d --guard 2", "'2'"),
        ("- --objective 99.9% --window 30d --at yesterday", "'yesterday'"),
    ] {
        let ran = replay(arguments, "time,good,bad\n");
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{arguments}: {}", ran.err);
        assert!(ran.err.contains(says), "{arguments}: {says} is missing in: {}", ran.err);
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let mut child = super::spawn(&format!("- {TERMS}"));
    drop(child.stdout.take());
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"time,good,bad\n1773100800,1,0\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}
