//! What is said of a history: slices, alerts, forecasts, suggestions, and a brute-force reading beside it.

use serde_json::{Value, json};

use super::{at, close, replay, table, verdict};

const TERMS: &str = "--objective 99.9% --window 30d";

fn alert(rule: &str, severity: &str, fired: i64, resolved: Option<i64>) -> Value {
    json!({ "rule": rule, "severity": severity, "fired": at(fired), "resolved": resolved.map(at) })
}

#[test]
fn a_slice_at_its_target_is_good_and_one_not_over_is_judged_by_what_it_has() {
    let slices = "--objective 99.9% --window 30d --method timeslices --slice 1m --slice-target 99%";
    let found = verdict(slices, table([Some((99, 1)), Some((98, 2)), Some((0, 0)), None, Some((100, 0))]));
    close(&found["at"][0]["budget_remaining"], 1.0 - 1.0 / 43_200.0 / 0.001);
    close(&found["at"][0]["budget_remaining_measured"], 1.0 - (1.0 / 3.0) / 0.001);
    // slice burn is over all slices of the window
    close(&found["at"][0]["burn"]["5m"], 1.0 / 5.0 / 0.001);
    close(&found["at"][0]["burn"]["1h"], 1.0 / 60.0 / 0.001);

    let partial = slices.replace("--slice 1m", "--slice 5m");
    let found = verdict(&partial, table((0..7).map(|minute| Some(if minute == 6 { (0, 9) } else { (1, 0) }))));
    close(&found["at"][0]["budget_remaining"], 1.0 - 1.0 / 8_640.0 / 0.001);
    close(&found["at"][0]["budget_remaining_measured"], 1.0 - 0.5 / 0.001);
}

#[test]
fn a_ratio_slice_weighs_what_it_has_whatever_its_traffic() {
    let ratios = "--objective 99.9% --window 30d --method ratio-timeslices --slice 1m";
    let found = verdict(ratios, table([Some((100, 0)), Some((5_000, 5_000)), Some((0, 0))]));
    close(&found["at"][0]["budget_remaining"], 1.0 - 0.25 / 0.001);
    assert!(found["at"][0]["budget_remaining_measured"].is_null());
    close(&verdict(ratios, table([Some((0, 0))]))["at"][0]["budget_remaining"], 1.0);
}

/// Three good days, then ten minutes in which all fails, then an hour of `after`, then one good minute.
fn outage(after: Option<(u64, u64)>) -> String {
    let good = std::iter::repeat_n(Some((100, 0)), 4_320);
    let rows = good.chain(std::iter::repeat_n(Some((0, 100)), 10)).chain(std::iter::repeat_n(after, 60));
    table(rows.chain([Some((100, 0))]))
}

#[test]
fn an_alert_lasts_from_the_first_instant_over_to_the_first_not_over() {
    let found = verdict(&format!("{TERMS} --guard off"), outage(Some((100, 0))));
    // one minute of an hour: 16.7 times the allowed share; its last minute leaves the five minutes at 4335
    assert_eq!(found["alerts"][0], alert("1h/5m", "page", 4_321, Some(4_335)));
    assert_eq!(found["alerts"][1], alert("6h/30m", "page", 4_323, Some(4_360)));
    let fired: Vec<_> =
        found["alerts"].as_array().unwrap().iter().map(|alert| alert["fired"].as_str().unwrap()).collect();
    assert!(fired.is_sorted(), "{fired:?}");
}

#[test]
fn the_guard_asks_a_page_for_proof_and_a_ticket_for_none() {
    let (plain, guarded) = (format!("{TERMS} --guard off"), TERMS.to_owned());
    let (plain, guarded) = (verdict(&plain, outage(Some((100, 0)))), verdict(&guarded, outage(Some((100, 0)))));
    // a hundred failures of six thousand are not yet proof of more than 1.44 %, two hundred are
    assert_eq!(guarded["alerts"][0], alert("1h/5m", "page", 4_322, Some(4_335)));
    let tickets = |verdict: &Value| {
        let all = verdict["alerts"].as_array().unwrap().iter();
        all.filter(|alert| alert["severity"] == "ticket").cloned().collect::<Vec<_>>()
    };
    assert_eq!(tickets(&plain), tickets(&guarded));
    assert!(!tickets(&plain).is_empty());
}

#[test]
fn a_gap_holds_an_alert_and_with_no_data_false_it_ends() {
    let held = verdict(&format!("{TERMS} --guard off"), outage(None));
    assert_eq!(held["alerts"][0], alert("1h/5m", "page", 4_321, None));
    let ended = verdict(&format!("{TERMS} --guard off --no-data false"), outage(None));
    assert_eq!(ended["alerts"][0], alert("1h/5m", "page", 4_321, Some(4_335)));
}

#[test]
fn a_history_that_begins_here_need_not_wait_for_its_windows_to_fill() {
    let rows = table((0..5).map(|_| Some((0, 100))));
    assert_eq!(verdict(TERMS, &rows)["alerts"], json!([]));
    let begun = verdict(&format!("{TERMS} --begins"), &rows);
    let fired: Vec<_> =
        begun["alerts"].as_array().unwrap().iter().map(|alert| (&alert["rule"], &alert["fired"])).collect();
    let first = json!(at(1));
    assert_eq!(fired.len(), 4);
    assert!(
        fired.iter().zip(["1h/5m", "6h/30m", "1d/2h", "3d/6h"]).all(|(found, rule)| *found == (&json!(rule), &first))
    );
    // and yet it is no budget of thirty days
    close(&begun["at"][0]["coverage"], 5.0 / 43_200.0);
}

#[test]
fn all_four_pairs_are_judged_over_a_short_window_and_a_policy_brings_its_factors() {
    let rows = || table((0..5 * 1_440).map(|_| Some((9_900, 100))));
    let rules = |arguments: &str| {
        let found = verdict(arguments, rows());
        let mut rules: Vec<_> = found["alerts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|alert| alert["rule"].as_str().unwrap().to_owned())
            .collect();
        rules.sort_unstable();
        rules
    };
    // 1 % fails, ten times what 99.9 % allows
    assert_eq!(rules("--objective 99.9% --window 1d"), ["1d/2h", "3d/6h", "6h/30m"]);
    // 3.45 times what 99.71 % allows: over 3 and below 3.5
    assert_eq!(rules("--objective 99.71% --window 7d"), ["1d/2h", "3d/6h"]);
    assert_eq!(rules("--objective 99.71% --window 7d --policy 7d"), ["1d/2h", "3d/6h"]);
    // 4 times what 99.75 % allows
    assert_eq!(rules("--objective 99.75% --window 7d --policy 7d"), ["1d/2h", "3d/6h", "6h/30m"]);
    assert_eq!(rules("--objective 99.75% --window 7d --policy 28d"), ["1d/2h", "3d/6h"]);
    // 14/15 is below 1, at exactly 1 only the pair of 28 days is over
    assert_eq!(rules("--objective 99% --window 28d"), ["3d/6h"]);
    assert_eq!(rules("--objective 99% --window 30d"), Vec::<String>::new());
}

#[test]
fn a_spent_budget_has_no_minute_left_and_a_quiet_one_no_forecast() {
    let spent = verdict(TERMS, table((0..60).map(|_| Some((90, 10)))));
    assert_eq!(spent["forecast"], json!({ "straight_1h_minutes": 0, "straight_6h_minutes": 0, "replayed_minutes": 0 }));
    let quiet = verdict(TERMS, table((0..60).map(|_| Some((100, 0)))));
    assert_eq!(
        quiet["forecast"],
        json!({ "straight_1h_minutes": null, "straight_6h_minutes": null, "replayed_minutes": null })
    );
    // 1.2 times the allowed share for the last hour of a good day
    let burning =
        verdict(TERMS, table((0..1_440).map(|minute| Some(if minute < 1_380 { (10_000, 0) } else { (9_988, 12) }))));
    let left = burning["at"][0]["budget_remaining"].as_f64().unwrap();
    close(&burning["forecast"]["straight_1h_minutes"], left * 43_200.0 / 1.2);
}

#[test]
fn the_suggestion_is_the_tightest_objective_that_every_full_window_met() {
    // three windows of a day; one failure in 400, and one day with one in 80
    let days = (0..4 * 1_440).map(|minute| {
        let bad = u64::from(minute % 4 == 0) + u64::from((2_880..4_320).contains(&minute));
        Some((100 - bad, bad))
    });
    let found = verdict("--objective 99.2% --window 1d --suggest", table(days));
    assert_eq!(found["suggest"]["tightest"], "98%");
    let held: Vec<_> = found["suggest"]["objectives"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rung| (rung["objective"].as_str().unwrap(), rung["held"].as_bool().unwrap()))
        .collect();
    assert_eq!(
        held[..6],
        [("90%", true), ("95%", true), ("97%", true), ("98%", true), ("99%", false), ("99.2%", false)]
    );
    close(&found["suggest"]["objectives"][3]["budget_lowest"], 1.0 - 0.0125 / 0.02);
    let short = verdict("--objective 99% --window 30d --suggest", table((0..60).map(|_| Some((100, 0)))));
    assert!(short["suggest"]["tightest"].is_null(), "an hour proves nothing of thirty days");
}

#[test]
fn the_text_says_it_all() {
    let ran = replay(&format!("- {TERMS} --suggest"), outage(Some((100, 0))) + "junk\n");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    for part in [
        "99.9% over 30d, occurrences",
        "1h/5m   page",
        "Budget left over 30d",
        "100 % ┤",
        "Cost most",
        "At the end",
        "(asked)",
        "line 4393",
    ] {
        assert!(ran.out.contains(part), "{part} is missing in:\n{}", ran.out);
    }
    assert!(!ran.out.contains("NaN"), "{}", ran.out);
    assert!(ran.err.contains("line 4393"), "{}", ran.err);
}

#[test]
fn a_mangled_history_is_judged_or_refused_and_nothing_of_it_is_invented() {
    let mut draw = Draw(11);
    let rows = table((0..60).map(|minute| Some((100, minute % 2))));
    let log: String = (0..60)
        .map(|minute| {
            format!("::1 - - [10/Mar/2026:00:{minute:02}:00 +0000] \"GET / HTTP/1.1\" 200 612 \"-\" \"curl\" 0.1\n")
        })
        .collect();
    for round in 0..60 {
        let (text, format) = if round % 2 == 0 { (&rows, "csv") } else { (&log, "clf") };
        let mut bytes = text.clone().into_bytes();
        for _ in 0..=draw.below(8) {
            // the first line stays as it is, and no digit becomes another: a broken year is a long history, not a wrong one
            let place = 150 + draw.below(bytes.len() as u64 - 150) as usize;
            match draw.below(3) {
                0 => bytes[place] = draw.below(48) as u8 + [0, 58, 200][draw.below(3) as usize],
                1 => drop(bytes.remove(place)),
                _ => bytes.truncate(place.max(300)),
            }
        }
        let ran = replay(&format!("- --format {format} {TERMS} --output json"), &bytes);
        assert!(matches!(ran.code, Some(0 | 1)), "{round}: {:?} {}", ran.code, ran.err);
        if format == "clf" && ran.code == Some(0) {
            let found: Value = serde_json::from_str(&ran.out).unwrap();
            let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count() as u64;
            let events = |key: &str| found["at"][0][key].as_u64().unwrap();
            assert!(events("good") + events("bad") + found["rejected"]["lines"].as_u64().unwrap() <= lines, "{round}");
        }
    }
}

#[test]
fn the_text_names_what_is_held_and_what_can_never_fire() {
    let held = replay(&format!("- {TERMS} --guard off"), outage(None)).out;
    assert!(held.contains("still over") && held.contains(&format!("1h/5m is held since {}", at(4_331))), "{held}");
    let loose = replay("- --objective 93% --window 30d", table([Some((1, 0))])).out;
    assert!(loose.contains("1h/5m can never fire") && loose.contains("No alert fired"), "{loose}");
}

/// A small generator, so that the histories are the same on every run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

#[test]
fn every_figure_agrees_with_a_count_over_the_rows() {
    let spans = [("5m", 5), ("30m", 30), ("1h", 60), ("2h", 120), ("6h", 360), ("1d", 1_440), ("3d", 4_320)];
    let mut draw = Draw(7);
    for round in 0..12 {
        let mut minutes: Vec<Option<(u64, u64)>> = Vec::new();
        while minutes.len() < 3 * 1_440 {
            let length = 1 + draw.below(200);
            let kind = draw.below(4);
            for _ in 0..length {
                let events = draw.below(1_000);
                minutes.push(match kind {
                    0 if !minutes.is_empty() => None,
                    1 => Some((0, 0)),
                    2 => Some((events, draw.below(events / 10 + 1))),
                    _ => Some((events, 0)),
                });
            }
        }
        minutes[0] = Some((3, 1));
        let instants: Vec<i64> = (0..12).map(|_| draw.below(minutes.len() as u64 + 500) as i64).collect();
        let arguments: String = instants.iter().map(|minute| format!(" --at {}", at(*minute))).collect();
        let found = verdict(&format!("--objective 99.5% --window 2d{arguments}"), table(minutes.iter().copied()));
        for (instant, found) in instants.iter().zip(found["at"].as_array().unwrap()) {
            let over = |span: i64| {
                let range = (instant - span).max(0) as usize..(*instant as usize).min(minutes.len());
                minutes
                    .get(range)
                    .unwrap_or_default()
                    .iter()
                    .flatten()
                    .fold((0, 0, 0), |(good, bad, read), row| (good + row.0, bad + row.1, read + 1))
            };
            let burn =
                |(good, bad, _): (u64, u64, u64)| (good + bad > 0).then(|| bad as f64 / (good + bad) as f64 / 0.005);
            let period = over(2_880);
            assert_eq!(
                (found["good"].as_u64(), found["bad"].as_u64()),
                (Some(period.0), Some(period.1)),
                "{round} {instant}"
            );
            close(&found["budget_remaining"], 1.0 - burn(period).unwrap_or(0.0));
            close(&found["coverage"], period.2 as f64 / 2_880.0);
            for (name, span) in spans {
                match burn(over(span)) {
                    Some(burn) => close(&found["burn"][name], burn),
                    None => assert!(found["burn"][name].is_null(), "{round} {instant} {name}"),
                }
            }
        }
    }
}
