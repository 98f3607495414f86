//! Where a month begins and how long it is, in four zones, two of which change their clocks in March 2026.

use reliability_core::Timestamp;

use super::{close, verdict};

/// The zone, the first instants of March and April 2026 there, and the minutes between.
const MARCH: [(&str, i64, i64, f64); 4] = [
    ("Europe/Paris", 1_772_319_600, 1_774_994_400, 44_580.0),
    ("America/New_York", 1_772_341_200, 1_775_016_000, 44_580.0),
    ("Asia/Kolkata", 1_772_303_400, 1_774_981_800, 44_640.0),
    ("UTC", 1_772_323_200, 1_775_001_600, 44_640.0),
];

fn written(seconds: i64) -> String {
    Timestamp::from_unix_seconds(seconds).to_string()
}

/// A bad minute, then a good one, with a border between them.
fn around(border: i64) -> String {
    format!("time,good,bad\n{},90,10\n{border},100,0\n", border - 60)
}

#[test]
fn a_month_begins_at_the_first_local_midnight_with_all_of_its_budget() {
    for (zone, march, april, minutes) in MARCH {
        assert!(((april - march) as f64 / 60.0 - minutes).abs() < 1e-9);
        for border in [march, april] {
            for method in
                ["", " --method timeslices --slice 1m --slice-target 99%", " --method ratio-timeslices --slice 1m"]
            {
                let at = [-30, 0, 60, 120].map(|after| format!(" --at {}", written(border + after))).concat();
                let found =
                    verdict(&format!("--objective 99% --calendar month --zone {zone}{method}{at}"), around(border));
                let at = &found["at"];
                assert_eq!((&at[1]["good"], &at[1]["bad"]), (&0.into(), &0.into()), "{zone}{method}");
                close(&at[1]["budget_remaining"], 1.0);
                assert!(at[1]["coverage"].is_null(), "a month that has just begun holds no minute");
                assert_eq!((&at[2]["good"], &at[2]["bad"]), (&100.into(), &0.into()), "{zone}{method}");
                close(&at[2]["budget_remaining"], 1.0);
                close(&at[2]["coverage"], 1.0);
                close(&at[3]["coverage"], 0.5);
                // the alert windows know no months
                assert!(at[1]["burn"]["5m"].as_f64().unwrap() > 1.0, "{zone}{method}");
            }
        }
    }
}

#[test]
fn the_slices_of_a_month_are_counted_in_real_elapsed_minutes() {
    for (zone, march, _, minutes) in MARCH {
        // the clocks have changed in none of them, in New York alone, and in both
        for day in [3, 15, 30] {
            let time = march + day * 86_400;
            let terms = format!(
                "--objective 99.9% --calendar month --zone {zone} --method timeslices --slice 1m --slice-target 99%"
            );
            let found = verdict(&terms, format!("time,good,bad\n{time},0,10\n"));
            close(&found["at"][0]["budget_remaining"], 1.0 - 1.0 / minutes / 0.001);
            close(&found["at"][0]["budget_remaining_measured"], 1.0 - 1.0 / 0.001);
            close(&found["at"][0]["coverage"], 60.0 / (time + 60 - march) as f64);
        }
    }
}

#[test]
fn the_last_slice_of_a_month_is_as_short_as_the_month_leaves_it() {
    // 44 580 minutes are 6 368 slices of seven minutes and four minutes
    let (_, march, april, minutes) = MARCH[0];
    let slices = (minutes / 7.0).ceil();
    let terms =
        "--objective 99.9% --calendar month --zone Europe/Paris --method timeslices --slice 7m --slice-target 99%";
    let rows = format!("time,good,bad\n{march},0,1\n{},0,1\n", april - 120);
    let found = verdict(&format!("{terms} --at {}", written(april - 60)), rows);
    close(&found["at"][0]["budget_remaining"], 1.0 - 2.0 / slices / 0.001);
}

#[test]
fn weeks_begin_on_monday_and_quarters_in_april() {
    // 2026-03-30 is a Monday; Paris is two hours ahead by then
    for (unit, border) in [("week", 1_774_821_600), ("quarter", MARCH[0].2)] {
        let found = verdict(
            &format!(
                "--objective 99% --calendar {unit} --zone Europe/Paris --at {} --at {}",
                written(border),
                written(border + 60)
            ),
            around(border),
        );
        assert_eq!((&found["at"][0]["good"], &found["at"][0]["bad"]), (&0.into(), &0.into()), "{unit}");
        assert_eq!((&found["at"][1]["good"], &found["at"][1]["bad"]), (&100.into(), &0.into()), "{unit}");
    }
}

#[test]
fn a_suggestion_over_months_looks_at_whole_ones() {
    let (_, march, april, _) = MARCH[0];
    // one failure in two hundred in March, and a last minute of it in which all fails; February and April are no whole months
    let rows: String = (march - 3_600..april + 3_600)
        .step_by(60)
        .map(|time| {
            format!(
                "{time},{}\n",
                if time == april - 60 {
                    "0,200"
                } else if time < march {
                    "0,100"
                } else {
                    "199,1"
                }
            )
        })
        .collect();
    let found =
        verdict("--objective 99% --calendar month --zone Europe/Paris --suggest", format!("time,good,bad\n{rows}"));
    let rungs = found["suggest"]["objectives"].as_array().unwrap();
    let at = |objective: &str| rungs.iter().find(|rung| rung["objective"] == objective).unwrap();
    let (bad, all) = (44_579.0 + 200.0, 44_580.0 * 200.0);
    close(&at("99%")["budget_lowest"], 1.0 - bad / all / 0.01);
    assert_eq!((&at("99%")["held"], &at("99.5%")["held"]), (&true.into(), &false.into()));
    assert_eq!(found["suggest"]["tightest"], "99%");
}
