//! The verdict for people: tables, a curve, and what cost most.
//!
//! What is shown is never better than what is: shares and budgets are rounded down. What is undefined is an en dash.

use std::fmt::Write;
use std::time::Duration;

use reliability_core::format_duration;
use reliability_core::slo::{NoData, Policy, WINDOWS, rules_by};

use crate::arguments::Plan;
use crate::curve;
use crate::judge::{Interval, Moment, Verdict};
use crate::lines::Rejected;
use crate::stretches::Stretch;
use crate::suggest::{Rung, Suggestion};

const CURVE_HEIGHT: usize = 8;
const NONE: &str = "–";

/// The verdict as text, lines of about `width` characters.
pub(crate) fn render(plan: &Plan, verdict: &Verdict, rejected: &Rejected, width: usize) -> String {
    let mut parts = vec![head(plan, verdict, rejected)];
    if !verdict.at.is_empty() {
        parts.push(instants(&verdict.at));
    }
    if verdict.span.is_some() {
        parts.push(drawing(plan, verdict, width));
        parts.push(alerts(plan, verdict));
        parts.push(worst(&verdict.worst));
        parts.push(forecast(verdict));
    }
    parts.extend(verdict.suggestion.as_ref().map(|suggestion| suggested(plan, suggestion)));
    parts.join("\n")
}

fn head(plan: &Plan, verdict: &Verdict, rejected: &Rejected) -> String {
    let terms = &plan.terms;
    let policy = match terms.policy {
        Policy::Days28 => "28d",
        Policy::Days7 => "7d",
        _ => "30d",
    };
    let guard = terms.guard.map_or("off".to_owned(), |guard| guard.alpha().to_string());
    let no_data = if terms.no_data == NoData::Hold { "hold" } else { "false" };
    let begins = if plan.begins { ", history begins here" } else { "" };
    let mut head = format!(
        "{} over {}, {}; alerts by the factors of {policy}, no data: {no_data}, guard: {guard}{begins}\n",
        terms.objective, terms.window, terms.method
    );
    let _ = match verdict.span {
        None => writeln!(head, "no minute was read"),
        Some(span) => {
            let minutes = span.to.since(span.from).as_secs() / 60;
            writeln!(head, "{} to {}: {minutes} minutes, {} of them read", span.from, span.to, span.observed)
        }
    };
    if rejected.lines > 0 {
        let _ = writeln!(head, "{}", refused(rejected));
    }
    head
}

/// How many lines were wrong and which was the first, in one line.
pub(crate) fn refused_briefly(rejected: &Rejected) -> String {
    let first = rejected.first.first().map(|wrong| format!("; the first is line {}: {}", wrong.line, wrong.why));
    count(rejected) + &first.unwrap_or_default()
}

fn count(rejected: &Rejected) -> String {
    let lines = if rejected.lines == 1 { "1 line is".to_owned() } else { format!("{} lines are", rejected.lines) };
    lines + " wrong and counted as nothing"
}

fn refused(rejected: &Rejected) -> String {
    let mut text = count(rejected);
    for wrong in &rejected.first {
        let _ = write!(text, "\n  line {}: {}", wrong.line, wrong.why);
    }
    if rejected.lines > rejected.first.len() as u64 {
        let _ = write!(text, "\n  and {} more", rejected.lines - rejected.first.len() as u64);
    }
    text
}

fn instants(moments: &[Moment]) -> String {
    let is_sliced = moments.iter().any(|moment| moment.measured.is_some());
    let mut head = ["at", "good", "bad", "SLI", "left"].map(str::to_owned).to_vec();
    if is_sliced {
        head.push("measured".into());
    }
    head.extend(WINDOWS.into_iter().map(format_duration));
    head.push("read".into());
    let row = |moment: &Moment| {
        let valid = moment.counts.valid();
        let sli = (valid > 0).then(|| moment.counts.good as f64 / valid as f64);
        let mut row = vec![
            moment.time.to_string(),
            moment.counts.good.to_string(),
            moment.counts.bad.to_string(),
            percent(sli, 4),
            percent(Some(moment.remaining), 1),
        ];
        if is_sliced {
            row.push(percent(moment.measured, 1));
        }
        row.extend(moment.burn.iter().map(|burn| burn.map_or(NONE.into(), |burn| format!("{burn:.2}"))));
        row.push(percent(moment.coverage, 1));
        row
    };
    table(1, &std::iter::once(head).chain(moments.iter().map(row)).collect::<Vec<_>>())
}

fn drawing(plan: &Plan, verdict: &Verdict, width: usize) -> String {
    let lines = curve::draw(verdict.curve.all(), width, CURVE_HEIGHT);
    let lowest = verdict.curve.all().iter().min_by(|a, b| a.left.total_cmp(&b.left));
    let lowest =
        lowest.map_or(String::new(), |it| format!(", at the lowest {} around {}", percent(Some(it.left), 1), it.at));
    format!("Budget left over {}{lowest}\n{}\n", plan.terms.window, lines.join("\n"))
}

fn alerts(plan: &Plan, verdict: &Verdict) -> String {
    let mut text = intervals(&verdict.alerts);
    for (rule, since) in &verdict.held {
        let _ = writeln!(text, "{rule} is held since {since}: there are too few data to say that it is over");
    }
    for (rule, why) in rules_by(plan.terms.policy, plan.terms.objective, plan.terms.window).left_out {
        let _ = writeln!(text, "{rule} can never fire: {why}");
    }
    text
}

fn intervals(intervals: &[Interval]) -> String {
    if intervals.is_empty() {
        return "No alert fired.\n".into();
    }
    let head = ["Alert", "severity", "fired", "resolved", "for"].map(str::to_owned).to_vec();
    let row = |it: &Interval| {
        let resolved = it.resolved.map_or("still over".into(), |at| at.to_string());
        let lasted = it.resolved.map_or(NONE.into(), |at| lasting(at.since(it.fired)));
        vec![it.rule.to_string(), it.rule.severity.to_string(), it.fired.to_string(), resolved, lasted]
    };
    table(4, &std::iter::once(head).chain(intervals.iter().map(row)).collect::<Vec<_>>())
}

fn worst(stretches: &[Stretch]) -> String {
    if stretches.is_empty() {
        return "No stretch burned faster than the objective allows.\n".into();
    }
    let head = ["Cost most", "to", "for", "bad", "of", "budget"].map(str::to_owned).to_vec();
    let row = |it: &Stretch| {
        vec![
            it.from.to_string(),
            it.to.to_string(),
            lasting(it.to.since(it.from)),
            it.counts.bad.to_string(),
            it.counts.valid().to_string(),
            format!("{:.1} %", (it.cost * 1000.0).ceil() / 10.0),
        ]
    };
    table(2, &std::iter::once(head).chain(stretches.iter().map(row)).collect::<Vec<_>>())
}

fn forecast(verdict: &Verdict) -> String {
    if verdict.left <= 0.0 {
        return "At the end, the budget is spent.\n".into();
    }
    let say = |minutes: Option<f64>| match minutes {
        None => "will last".to_owned(),
        Some(minutes) => format!("gone in {}", lasting(Duration::from_secs((minutes.min(1e12) * 60.0) as u64))),
    };
    let forecast = &verdict.forecast;
    let rows = [
        ("At the end, the budget, going on", ""),
        ("as in the last hour", &say(forecast.straight_1h_minutes)),
        ("as in the last six hours", &say(forecast.straight_6h_minutes)),
        ("as in the last six hours, while old failures leave it", &say(forecast.replayed_minutes)),
    ];
    table(2, &rows.map(|(how, what)| vec![how.to_owned(), what.to_owned()]))
}

fn suggested(plan: &Plan, suggestion: &Suggestion) -> String {
    let head = ["Objective", "held", "least left", "left at the end", "pages", "for", "tickets", "for"];
    let row = |rung: &Rung| {
        let answer = match rung.held {
            None => "not known",
            Some(true) => "yes",
            Some(false) => "no",
        };
        let mark = if rung.objective == plan.terms.objective { " (asked)" } else { "" };
        vec![
            format!("{}{mark}", rung.objective),
            answer.into(),
            percent(rung.lowest, 1),
            percent(Some(rung.left), 1),
            rung.pages.count.to_string(),
            lasting(Duration::from_secs(rung.pages.minutes * 60)),
            rung.tickets.count.to_string(),
            lasting(Duration::from_secs(rung.tickets.minutes * 60)),
        ]
    };
    let rows: Vec<_> =
        std::iter::once(head.map(str::to_owned).to_vec()).chain(suggestion.rungs.iter().map(row)).collect();
    let full = suggestion.rungs.iter().any(|rung| rung.held.is_some());
    let conclusion = match suggestion.tightest {
        Some(objective) => format!("{objective} is the tightest that held over every full window.\n"),
        None if full => "None of them held over every full window.\n".to_owned(),
        None => "The history holds no full window that was read to 90 %, so it proves none of them.\n".to_owned(),
    };
    table(2, &rows) + &conclusion
}

/// Rounded down.
fn percent(share: Option<f64>, decimals: i32) -> String {
    let Some(share) = share else { return NONE.into() };
    let scale = 10_f64.powi(decimals);
    // twelve digits are what the figure is good for: less is noise that would cost the last digit shown
    let digits: f64 = format!("{:.11e}", share * 100.0 * scale).parse().unwrap_or(share);
    format!("{:.*} %", decimals as usize, digits.floor() / scale)
}

fn lasting(duration: Duration) -> String {
    let minutes = duration.as_secs() / 60;
    match (minutes / 1_440, minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes:02} min"),
        (days, hours, _) => format!("{days} d {hours:02} h"),
    }
}

/// Columns as wide as they need to be, the first `left` of them set to the left.
fn table(left: usize, rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<_> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            if column < left { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_never_better_than_what_is() {
        assert_eq!(percent(Some(0.999_999_99), 4), "99.9999 %");
        assert_eq!(percent(Some(0.8), 1), "80.0 %");
        assert_eq!(percent(Some(0.29), 1), "29.0 %");
        assert_eq!(percent(Some(-0.000_1), 1), "-0.1 %");
        assert_eq!(percent(Some(1.0), 1), "100.0 %");
        assert_eq!(percent(None, 1), "–");
    }

    #[test]
    fn a_table_is_as_wide_as_its_cells() {
        let rows = [["a", "b"], ["cc", "1"], ["d", "22 %"]].map(|row| row.map(str::to_owned).to_vec()).to_vec();
        assert_eq!(table(1, &rows), "a      b\ncc     1\nd   22 %\n");
    }

    #[test]
    fn a_duration_has_two_units_at_most() {
        let minutes = |minutes: u64| lasting(Duration::from_secs(minutes * 60));
        assert_eq!(
            [minutes(0), minutes(59), minutes(61), minutes(1_501)],
            ["0 min", "59 min", "1 h 01 min", "1 d 01 h"]
        );
    }
}
