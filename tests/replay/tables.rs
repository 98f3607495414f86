//! What a table of counts means.

use super::{MIDNIGHT, at, close, replay, table, verdict};

const TERMS: &str = "--objective 99.9% --window 30d";

#[test]
fn the_worked_example_comes_out_as_the_conventions_say() {
    let hour = table((0..60).map(|_| Some((9_998, 2))));
    for window in ["--window 30d", "--window 28d", "--calendar month --zone Europe/Paris"] {
        let verdict = verdict(&format!("--objective 99.9% {window}"), &hour);
        let end = &verdict["at"][0];
        assert_eq!((&end["good"], &end["bad"]), (&599_880.into(), &120.into()));
        assert_eq!(end["time"], "2026-03-10T01:00:00Z");
        close(&end["budget_remaining"], 0.8);
        assert!(end["budget_remaining_measured"].is_null());
        for window in ["5m", "30m", "1h", "2h", "6h", "1d", "3d"] {
            close(&end["burn"][window], 0.2);
        }
        assert_eq!(verdict["alerts"].as_array().map(Vec::len), Some(0), "{window}");
        assert_eq!(verdict["rejected"]["lines"], 0);
    }
}

#[test]
fn the_keys_stand_in_the_order_of_the_contract() {
    let out = replay(&format!("- --output json {TERMS}"), table([Some((1, 0))])).out;
    let keys: Vec<_> =
        out.lines().filter_map(|line| line.trim().strip_prefix('"')?.split_once("\":").map(|(key, _)| key)).collect();
    let expected = [
        "at",
        "time",
        "good",
        "bad",
        "budget_remaining",
        "budget_remaining_measured",
        "burn",
        "5m",
        "30m",
        "1h",
        "2h",
        "6h",
        "1d",
        "3d",
        "coverage",
        "alerts",
        "forecast",
        "straight_1h_minutes",
        "straight_6h_minutes",
        "replayed_minutes",
        "rejected",
        "lines",
        "first",
    ];
    assert_eq!(keys, expected);
}

#[test]
fn a_long_step_is_spread_over_its_minutes_in_whole_events_earliest_first() {
    let five = format!("time,good,bad\n{MIDNIGHT},7,3\n{},0,0\n", MIDNIGHT + 300);
    let instants: String = (1..=6).map(|minute| format!(" --at {}", at(minute))).collect();
    let verdict = verdict(&format!("{TERMS}{instants}"), &five);
    let counts: Vec<_> =
        verdict["at"].as_array().unwrap().iter().map(|at| (at["good"].as_u64(), at["bad"].as_u64())).collect();
    let expected = [(2, 1), (4, 2), (5, 3), (6, 3), (7, 3), (7, 3)];
    assert_eq!(counts, expected.map(|(good, bad)| (Some(good), Some(bad))));
}

#[test]
fn the_end_of_the_last_rows_step_is_the_end_of_the_history() {
    let hours = format!("time,good,bad\n{MIDNIGHT},60,0\n{},60,0\n", MIDNIGHT + 3_600);
    let whole = verdict(TERMS, &hours);
    assert_eq!(whole["at"][0]["time"], at(120));
    close(&whole["at"][0]["coverage"], 120.0 / 43_200.0);
    assert_eq!(verdict(TERMS, table([Some((1, 0))]))["at"][0]["time"], at(1));
}

#[test]
fn steps_below_a_minute_are_summed_into_their_minute() {
    let quarters: String = (0..8).map(|i| format!("{},10,{i}\n", MIDNIGHT + i * 15)).collect();
    let verdict = verdict(&format!("{TERMS} --at {} --at {}", at(1), at(2)), format!("time,good,bad\n{quarters}"));
    assert_eq!((&verdict["at"][0]["good"], &verdict["at"][0]["bad"]), (&40.into(), &6.into()));
    assert_eq!((&verdict["at"][1]["good"], &verdict["at"][1]["bad"]), (&80.into(), &28.into()));
    close(&verdict["at"][1]["coverage"], 2.0 / 43_200.0);
}

#[test]
fn a_history_that_ends_within_a_minute_is_reported_at_the_end_of_that_minute() {
    let halves = format!("time,good,bad\n{MIDNIGHT},1,0\n{},0,1\n{},0,1\n", MIDNIGHT + 30, MIDNIGHT + 60);
    let verdict = verdict(TERMS, halves);
    assert_eq!(verdict["at"][0]["time"], at(2));
    assert_eq!(verdict["at"][0]["bad"], 2, "the last row is not lost");
}

#[test]
fn a_missing_row_is_unobserved_and_a_row_of_zeros_is_no_traffic() {
    let ten = |missing| table((0..10).map(|minute| if minute == 5 { missing } else { Some((100, 0)) }));
    let (gap, quiet) = (verdict(TERMS, ten(None)), verdict(TERMS, ten(Some((0, 0)))));
    close(&gap["at"][0]["coverage"], 9.0 / 43_200.0);
    close(&quiet["at"][0]["coverage"], 10.0 / 43_200.0);
    assert_eq!(gap["at"][0]["good"], quiet["at"][0]["good"]);
}

#[test]
fn a_table_with_only_its_header_is_a_valid_unobserved_history() {
    for header in ["time,good,bad", "time,good,bad\n", "\u{FEFF}time,good,bad\r\n\r\n"] {
        let verdict = verdict(TERMS, header);
        assert_eq!(verdict["at"], serde_json::json!([]));
        assert_eq!(verdict["alerts"], serde_json::json!([]));
        assert!(verdict["forecast"].as_object().unwrap().values().all(serde_json::Value::is_null));
    }
    let asked = verdict(&format!("{TERMS} --at {}", at(0)), "time,good,bad\n");
    let burn = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"].map(|window| (window.to_owned(), serde_json::Value::Null));
    let expected = serde_json::json!({
        "time": at(0), "good": 0, "bad": 0, "budget_remaining": 1, "budget_remaining_measured": null,
        "burn": serde_json::Map::from_iter(burn), "coverage": 0,
    });
    assert_eq!(asked["at"], serde_json::json!([expected]));
    let text = replay(&format!("- {TERMS}"), "time,good,bad\n");
    assert_eq!(text.code, Some(0));
    assert!(text.out.contains("no minute was read"), "{}", text.out);
}

#[test]
fn instants_are_reported_in_the_order_in_which_they_were_asked_for() {
    let rows = table((0..10).map(|_| Some((99, 1))));
    let asked = [at(7), at(20), at(0), at(7), at(-5)];
    let arguments: String = asked.iter().map(|at| format!(" --at {at}")).collect();
    let verdict = verdict(&format!("{TERMS}{arguments}"), rows);
    let found: Vec<_> = verdict["at"]
        .as_array()
        .unwrap()
        .iter()
        .map(|at| (at["time"].as_str().unwrap(), at["bad"].as_u64().unwrap()))
        .collect();
    let expected: Vec<_> = asked.iter().map(String::as_str).zip([7, 10, 0, 7, 0]).collect();
    assert_eq!(found, expected);
    close(&verdict["at"][1]["coverage"], 10.0 / 43_200.0);
    assert!(verdict["at"][2]["burn"]["3d"].is_null() && verdict["at"][1]["burn"]["5m"].is_null());
}

#[test]
fn an_instant_within_a_minute_is_answered_as_of_its_start() {
    let rows = table((0..10).map(|_| Some((99, 1))));
    let verdict = verdict(&format!("{TERMS} --at 2026-03-10T00:03:59Z --at 2026-03-10T01:04:00+01:00"), rows);
    assert_eq!((&verdict["at"][0]["bad"], &verdict["at"][0]["time"]), (&3.into(), &"2026-03-10T00:03:59Z".into()));
    assert_eq!((&verdict["at"][1]["bad"], &verdict["at"][1]["time"]), (&4.into(), &at(4).into()));
}

#[test]
fn the_same_history_reads_the_same_from_a_file_and_from_standard_input() {
    let rows = table((0..500).map(|minute| (minute % 7 != 0).then_some((90, minute % 3))));
    let path = std::env::temp_dir().join(format!("replay-{}.csv", std::process::id()));
    std::fs::write(&path, rows.replace('\n', "\r\n")).unwrap();
    let from_file = replay(&format!("{} --output json {TERMS}", path.display()), "");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(from_file.code, Some(0), "{}", from_file.err);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&from_file.out).unwrap(), verdict(TERMS, rows));
}

#[test]
fn times_are_rfc_3339_or_unix_seconds() {
    let unix = verdict(TERMS, table([Some((5, 1)), Some((6, 0))]));
    let dated = verdict(TERMS, "time,good,bad\n2026-03-10T00:00:00Z,5,1\n2026-03-10T05:31:00+05:30,6,0\n");
    assert_eq!(unix, dated);
}
