//! The verdict for programs: one object, its keys in the order of the contract.
//!
//! Every figure goes through [`Number`]: at most 12 significant digits, and `null` where it is undefined. Times are RFC 3339 in
//! UTC. To the keys of the contract come `rejected`, the lines that were wrong, and `suggest` where that was asked for.

use reliability_core::slo::WINDOWS;
use reliability_core::{Timestamp, format_duration};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::judge::{Interval, Moment, Verdict};
use crate::lines::{Rejected, Wrong};
use crate::suggest::{Paging, Rung, Suggestion};

/// A figure, or that there is none.
#[derive(Clone, Copy, Debug)]
struct Number(Option<f64>);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.and_then(rounded) {
            None => serializer.serialize_none(),
            Some(figure) if figure.fract().abs() <= 0.0 && figure.abs() < 1e12 => {
                serializer.serialize_i64(figure as i64)
            }
            Some(figure) => serializer.serialize_f64(figure),
        }
    }
}

/// At 12 significant digits; `None` for what is no number.
fn rounded(figure: f64) -> Option<f64> {
    format!("{figure:.11e}").parse().ok().filter(|figure: &f64| figure.is_finite())
}

#[derive(serde::Serialize)]
struct Output<'a> {
    at: Vec<At>,
    alerts: Vec<Alert>,
    forecast: Forecast,
    rejected: Refused<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggest: Option<Suggest>,
}

#[derive(serde::Serialize)]
struct At {
    time: String,
    good: u64,
    bad: u64,
    budget_remaining: Number,
    budget_remaining_measured: Number,
    burn: Burn,
    coverage: Number,
}

struct Burn([Option<f64>; WINDOWS.len()]);

impl Serialize for Burn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(WINDOWS.len()))?;
        for (window, burn) in WINDOWS.into_iter().zip(self.0) {
            map.serialize_entry(&format_duration(window), &Number(burn))?;
        }
        map.end()
    }
}

#[derive(serde::Serialize)]
struct Alert {
    rule: String,
    severity: String,
    fired: String,
    resolved: Option<String>,
}

#[derive(serde::Serialize)]
#[expect(clippy::struct_field_names, reason = "the names of the contract")]
struct Forecast {
    straight_1h_minutes: Number,
    straight_6h_minutes: Number,
    replayed_minutes: Number,
}

#[derive(serde::Serialize)]
struct Refused<'a> {
    lines: u64,
    first: Vec<Line<'a>>,
}

#[derive(serde::Serialize)]
struct Line<'a> {
    line: u64,
    why: &'a str,
}

#[derive(serde::Serialize)]
struct Suggest {
    tightest: Option<String>,
    objectives: Vec<Candidate>,
}

#[derive(serde::Serialize)]
struct Candidate {
    objective: String,
    held: Option<bool>,
    budget_lowest: Number,
    budget_at_the_end: Number,
    pages: u64,
    page_minutes: u64,
    tickets: u64,
    ticket_minutes: u64,
}

/// The verdict as JSON, in one piece that ends with a line break.
pub(crate) fn render(verdict: &Verdict, rejected: &Rejected) -> String {
    let output = Output {
        at: verdict.at.iter().map(at).collect(),
        alerts: verdict.alerts.iter().map(alert).collect(),
        forecast: Forecast {
            straight_1h_minutes: Number(verdict.forecast.straight_1h_minutes),
            straight_6h_minutes: Number(verdict.forecast.straight_6h_minutes),
            replayed_minutes: Number(verdict.forecast.replayed_minutes),
        },
        rejected: Refused {
            lines: rejected.lines,
            first: rejected.first.iter().map(|Wrong { line, why }| Line { line: *line, why }).collect(),
        },
        suggest: verdict.suggestion.as_ref().map(suggest),
    };
    // plain data with texts for keys: nothing in it can fail to be written
    let json = serde_json::to_string_pretty(&output).unwrap_or_default();
    json + "\n"
}

fn at(moment: &Moment) -> At {
    At {
        time: moment.time.to_string(),
        good: moment.counts.good,
        bad: moment.counts.bad,
        budget_remaining: Number(Some(moment.remaining)),
        budget_remaining_measured: Number(moment.measured),
        burn: Burn(moment.burn),
        coverage: Number(moment.coverage),
    }
}

fn alert(interval: &Interval) -> Alert {
    Alert {
        rule: interval.rule.to_string(),
        severity: interval.rule.severity.to_string(),
        fired: interval.fired.to_string(),
        resolved: interval.resolved.as_ref().map(Timestamp::to_string),
    }
}

fn suggest(suggestion: &Suggestion) -> Suggest {
    let candidate = |rung: &Rung| {
        let Paging { count: pages, minutes: page_minutes, .. } = rung.pages;
        let Paging { count: tickets, minutes: ticket_minutes, .. } = rung.tickets;
        Candidate {
            objective: rung.objective.to_string(),
            held: rung.held,
            budget_lowest: Number(rung.lowest),
            budget_at_the_end: Number(Some(rung.left)),
            pages,
            page_minutes,
            tickets,
            ticket_minutes,
        }
    };
    Suggest {
        tightest: suggestion.tightest.map(|objective| objective.to_string()),
        objectives: suggestion.rungs.iter().map(candidate).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_has_at_most_twelve_significant_digits_and_is_never_nan() {
        for (figure, written) in [
            (Some(0.1 + 0.2), "0.3"),
            (Some(1.0 / 3.0), "0.333333333333"),
            (Some(-123_456.789_012_345), "-123456.789012"),
            (Some(1.0), "1"),
            (Some(-0.0), "0"),
            (Some(f64::NAN), "null"),
            (Some(f64::INFINITY), "null"),
            (None, "null"),
        ] {
            assert_eq!(serde_json::to_string(&Number(figure)).unwrap(), written);
        }
    }
}
