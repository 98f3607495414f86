//! The rules' side: the histories as readings of counters, the generated rules, and the real promtool.
//!
//! promtool compares and does not tell. So what it is asked is expected to be nothing, and what it finds instead stands in its
//! complaint: for every pair one number for each twenty minutes, whose bits are the decisions.

use std::collections::HashMap;
use std::fmt::Write;
use std::process::Command;

use reliability_core::testkit::Lab;
use reliability_core::{Export, Sli};

use crate::story::{MINUTES, Story};
use crate::tools::{program, scratch};

/// How many decisions are asked for at once: a float holds 53, and promtool loads at most ten thousand samples for a query.
const CHUNK: usize = 20;

/// Rules for these histories' objectives, as a service writes them.
pub(crate) fn export(stories: &[Story]) -> Export {
    let slis: Vec<Sli> = stories
        .iter()
        .map(|story| Sli::named(&story.name).unwrap().declare(|spec| spec.objective(story.terms.objective)))
        .collect();
    let mut export = Lab::judging(&slis).handle().export();
    for promise in export.promises_mut() {
        promise.terms = stories.iter().find(|story| story.slo() == promise.slo).unwrap().terms;
    }
    export
}

/// The rules that decide. Left out is what only repeats it, for it would take most of the time: alerts, of which each asks whether a
/// recorded decision is 1 (what becomes of them is seen in `tests/generated` and with the live service), Sloth's names, and the
/// sums of whole periods.
fn deciding(rules: &str) -> String {
    let mut leave_out = false;
    let first_group = rules.split("\n- name: reliability-lab-periods").next().unwrap();
    let lines = first_group.lines().filter(|line| {
        if let Some(rule) = line.strip_prefix("  - ") {
            leave_out = ["alert:", "record: slo:", "record: sloth_"].iter().any(|start| rule.starts_with(start));
        }
        !leave_out
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What the rules decide, by SLI and pair.
pub(crate) fn decisions(stories: &[Story]) -> HashMap<(String, String), Vec<bool>> {
    let folder = scratch(&format!("identity-{}", stories[0].name));
    std::fs::write(folder.join("rules.yml"), deciding(&export(stories).prometheus())).unwrap();
    std::fs::write(folder.join("test.yml"), test(stories)).unwrap();
    let promtool = program("prometheus", "promtool");
    let output = Command::new(promtool)
        .args(["test", "rules", "test.yml"])
        .env("GOGC", "800")
        .current_dir(&folder)
        .output()
        .unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    std::fs::write(folder.join("told.txt"), &told).unwrap();
    assert!(told.contains("got:"), "{}", &told[..told.len().min(4_000)]);
    let mut decided: HashMap<(String, String), Vec<bool>> = HashMap::new();
    let mut time = None;
    for line in told.lines() {
        if let Some((_, rest)) = line.split_once("time: ") {
            time = Some(minutes(rest.trim_end_matches(',')));
        }
        let Some((_, found)) = line.split_once("got:") else { continue };
        let end = time.take().unwrap_or_else(|| panic!("a finding without a time: {line:.200}"));
        for sample in found.split('}').zip(found.split('}').skip(1)) {
            read(sample, end, &mut decided);
        }
    }
    decided
}

/// What stands before a closing brace and what after it: `…{rule="1h/5m", sli="h1"` and ` 1.2E+03, {…`.
fn read((before, after): (&str, &str), end: usize, decided: &mut HashMap<(String, String), Vec<bool>>) {
    let Some((_, labels)) = before.rsplit_once('{') else { return };
    let label = |name: &str| {
        let rest = labels.split_once(&format!("{name}=\""))?.1;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    };
    let (Some(sli), Some(rule)) = (label("sli"), label("rule")) else { panic!("no pair: {labels}") };
    let value = after.trim_start().split([',', '"', ' ']).next().unwrap_or_default();
    let value: f64 = value.parse().unwrap_or_else(|_| panic!("no number: {after:.80}"));
    let bits = value as u64;
    let known = decided.entry((sli, rule)).or_default();
    // chunks come in order, the last one laps over the one before; a pair that is told twice is two series
    let first = end + 1 - CHUNK;
    assert!(known.len() <= end, "{labels} is told twice");
    known.truncate(first);
    known.resize(first, false);
    known.extend((0..CHUNK).map(|i| bits & (1 << i) != 0));
}

/// `9h59m` in minutes.
fn minutes(text: &str) -> usize {
    let mut number = 0;
    text.chars().fold(0, |sum, c| match c {
        'h' => sum + 60 * std::mem::take(&mut number),
        'm' => sum + std::mem::take(&mut number),
        's' => {
            number = 0;
            sum
        }
        c => {
            number = number * 10 + c.to_digit(10).map_or(0, |digit| digit as usize);
            sum
        }
    })
}

fn test(stories: &[Story]) -> String {
    let mut text =
        String::from("rule_files: [rules.yml]\nevaluation_interval: 1m\ntests:\n- interval: 1m\n  input_series:\n");
    for story in stories {
        for (number, replica) in story.replicas.iter().enumerate() {
            let labels = format!("service=\"lab\",instance=\"{number}\",sli=\"{}\"", story.name);
            let missing = if story.marked { "stale" } else { "_" };
            let [mut good, mut bad, mut begin] = [const { String::new() }; 3];
            let (mut counted, mut began) = ((0, 0), 0);
            let mut read = |unread: bool, counted: (u64, u64), began: usize| {
                let write = |text: &mut String, value: u64| {
                    let _ = if unread { write!(text, "{missing} ") } else { write!(text, "{value} ") };
                };
                write(&mut good, counted.0);
                write(&mut bad, counted.1);
                write(&mut begin, began as u64 * 60);
            };
            read(false, counted, began);
            for (minute, part) in replica.iter().enumerate() {
                if part.begins {
                    (counted, began) = ((0, 0), minute);
                }
                counted = (counted.0 + part.good, counted.1 + part.bad);
                read(part.unread, counted, began);
            }
            let slo = story.slo();
            for (outcome, values) in [("good", good), ("bad", bad)] {
                let series = format!("reliability_judged_total{{{labels},slo=\"{slo}\",outcome=\"{outcome}\"}}");
                let _ = writeln!(text, "  - series: '{series}'\n    values: '{}'", values.trim());
            }
            let series = format!("reliability_counts_begin_timestamp_seconds{{{labels}}}");
            let _ = writeln!(text, "  - series: '{series}'\n    values: '{}'", begin.trim());
        }
    }
    text += "  promql_expr_test:\n";
    for end in (CHUNK - 1..=MINUTES).step_by(CHUNK).chain([MINUTES]) {
        let first = end + 1 - CHUNK;
        for rule in ["1h/5m", "6h/30m", "1d/2h", "3d/6h"] {
            let bits = format!("reliability:slo_pair:firing{{rule=\"{rule}\"}} * 2 ^ (time() / 60 - {first})");
            let expr = format!("sum_over_time(({bits})[19m30s:1m])");
            let _ = writeln!(text, "  - expr: '{expr}'\n    eval_time: {end}m\n    exp_samples: []");
        }
    }
    text
}
