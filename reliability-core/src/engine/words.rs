//! The figures in plain words, with numbers: what a person reads first, on the page and in a message.
//!
//! "1.9 % of checkout requests failed in the last hour, 19 times what the objective allows; 4.1 days of budget left."
//! Pure functions of a report. Rounding never flatters: what went well is rounded down, what failed up to something that is
//! not zero. A figure that nobody knows is left out, never put as a zero.

use std::time::Duration;

use super::report::{AlertReport, GuardReport, SloKind, SloReport};
use crate::slo::{AlertState, Severity};
use crate::spec::{Method, format_duration};

/// How an objective stands, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Nothing was counted, so nobody knows.
    Unknown,
    /// Met, and no alert.
    Fine,
    /// A ticket fires, or the budget is spent.
    AtRisk,
    /// A page fires.
    Failing,
}

pub(crate) fn standing(slo: &SloReport) -> Standing {
    if slo.is_firing(Severity::Page) {
        Standing::Failing
    } else if slo.is_firing(Severity::Ticket) || slo.budget_remaining <= 0.0 {
        Standing::AtRisk
    } else if slo.ratio.is_none() {
        Standing::Unknown
    } else {
        Standing::Fine
    }
}

/// Why an objective stands as it does, in one sentence.
pub(crate) fn reason(slo: &SloReport) -> String {
    let (sli, left) = (indicator(slo), budget_left(slo));
    if let Some(alert) = loudest(slo) {
        let (long, burn) = long_window(slo, alert);
        let said = match burn {
            Some(burn) => format!(
                "{} of {} {} in the last {}, {} what the objective allows; {left}",
                failing_share(burn * (1.0 - share_of(slo))),
                counted(slo),
                went_wrong(slo.kind),
                stretch(long),
                times(burn),
            ),
            None => format!("No {sli} request in the last {} to judge by; {left}", stretch(long)),
        };
        return match alert.held_since {
            Some(since) => format!("{said}; held since {since} for want of data."),
            None => format!("{said}."),
        };
    }
    let Some(ratio) = slo.ratio else {
        return format!("No {sli} request in {}; {left}.", observed(slo));
    };
    let well = match slo.kind {
        SloKind::Availability => "went well".to_owned(),
        SloKind::Latency(threshold) => format!("went well within {}", millis(threshold)),
    };
    let said = format!("{} of {sli} requests {well} in {}; {left}", good_share(ratio), observed(slo));
    match held_back(slo).map(|guard| guard.needed) {
        Some(Some(needed)) => format!("{said}; it burns fast, but a page needs {needed} failures to be no chance."),
        Some(None) => format!("{said}; it burns fast, but there is too little traffic for a page to be no chance."),
        None => format!("{said}."),
    }
}

/// The guard at low traffic, if it is all that keeps a page back.
fn held_back(slo: &SloReport) -> Option<&GuardReport> {
    slo.alerts.iter().filter_map(|alert| alert.guard.as_ref()).find(|guard| guard.held_back)
}

/// The name of the indicator that an objective is about.
pub(crate) fn indicator(slo: &SloReport) -> &str {
    slo.name.strip_suffix(&slo.kind.slo_name("")).unwrap_or(&slo.name)
}

/// The pair that fires and matters most: pages first, and among equals the shortest.
fn loudest(slo: &SloReport) -> Option<&AlertReport> {
    let firing = |severity| {
        let mut alerts = slo.alerts.iter();
        alerts.find(|alert| alert.severity == severity && matches!(alert.state, AlertState::Firing { .. }))
    };
    firing(Severity::Page).or_else(|| firing(Severity::Ticket))
}

/// The long window of a pair, and the burn over it.
fn long_window(slo: &SloReport, alert: &AlertReport) -> (Duration, Option<f64>) {
    let (long, _) = burns(slo, alert);
    long.unwrap_or_default()
}

/// A window and the burn over it.
type Burn = Option<(Duration, Option<f64>)>;

/// The two windows of a pair with their burn.
pub(crate) fn burns(slo: &SloReport, alert: &AlertReport) -> (Burn, Burn) {
    let named = |name: &str| slo.burn.iter().find(|(window, _)| format_duration(*window) == name).copied();
    alert.rule.split_once('/').map_or((None, None), |(long, short)| (named(long), named(short)))
}

fn share_of(slo: &SloReport) -> f64 {
    f64::from(slo.objective.ppb()) / 1e9
}

fn went_wrong(kind: SloKind) -> String {
    match kind {
        SloKind::Availability => "failed".into(),
        SloKind::Latency(threshold) => format!("failed or took longer than {}", millis(threshold)),
    }
}

/// What is left of the budget: as time where something burns, else as a share.
pub(crate) fn budget_left(slo: &SloReport) -> String {
    let left = slo.budget_remaining;
    if left <= -1.0 {
        return format!("the budget is spent {} over", times(1.0 - left));
    }
    if left < 0.0 {
        return format!("the budget is overspent by {}", failing_share(-left));
    }
    if left == 0.0 {
        return "the budget is spent".into();
    }
    match lasts(slo) {
        Some(lasts) if lasts < slo.window.length() => format!("{} of budget left", span(lasts)),
        _ => format!("{} of the budget left", good_share(left)),
    }
}

/// How long the budget lasts if it goes on as in the last six hours, while old failures leave; `None` if nothing burns.
fn lasts(slo: &SloReport) -> Option<Duration> {
    slo.forecast.replayed_minutes.map(|minutes| Duration::from_secs_f64((minutes * 60.0).clamp(0.0, 1e10)))
}

/// The time that the figures stand for: the period, or as much of it as was observed.
fn observed(slo: &SloReport) -> String {
    let period = slo.window.length();
    match slo.window.as_calendar() {
        Some((unit, _)) if slo.coverage >= 0.9 => format!("this {unit}"),
        Some((unit, _)) => format!("what was observed of this {unit}"),
        None if slo.coverage >= 0.9 => format!("the last {}", stretch(period)),
        None => format!("the {} observed so far", span(period.mul_f64(slo.coverage.max(0.0)))),
    }
}

/// The period in words: `30 days`, `the month in Europe/Paris`.
#[allow(dead_code)] // only the page asks
pub(crate) fn period(slo: &SloReport) -> String {
    match slo.window.as_calendar() {
        Some((unit, zone)) => format!("the {unit} in {zone}"),
        None => stretch(slo.window.length()),
    }
}

/// What is counted: requests, or slices of time.
fn counted(slo: &SloReport) -> String {
    let sli = indicator(slo);
    match slo.method {
        Method::Occurrences => format!("{sli} requests"),
        Method::Timeslices { slice, .. } => format!("{slice} slices of {sli}"),
        Method::RatioTimeslices { slice } => format!("{sli} requests, by the mean of {slice} slices,"),
    }
}

/// A round duration as the end of "the last …": `hour`, `5 minutes`, `30 days`.
pub(crate) fn stretch(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let (size, unit) = units.into_iter().find(|(size, _)| seconds.is_multiple_of(*size)).unwrap_or((1, "second"));
    match seconds / size {
        1 => unit.to_owned(),
        n => format!("{n} {unit}s"),
    }
}

/// A duration as people say it, with two digits: `4.1 days`, `12 minutes`, `1 hour`. Rounded down.
pub(crate) fn span(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    let units = [(86_400.0, "day"), (3_600.0, "hour"), (60.0, "minute"), (1.0, "second")];
    let (size, unit) = units.into_iter().find(|(size, _)| seconds >= *size).unwrap_or((1.0, "second"));
    let many = seconds / size;
    let (many, digits) = if many >= 10.0 { (many.floor(), 0) } else { ((many * 10.0).floor() / 10.0, 1) };
    match many {
        1.0 => format!("1 {unit}"),
        whole if whole.fract() == 0.0 => format!("{whole:.0} {unit}s"),
        many => format!("{many:.digits$} {unit}s"),
    }
}

/// A latency: `250 ms`, `1.2 s`.
pub(crate) fn millis(duration: Duration) -> String {
    let millis = duration.as_secs_f64() * 1e3;
    match millis {
        m if m >= 10_000.0 => format!("{:.0} s", m / 1e3),
        m if m >= 1_000.0 => format!("{} s", trimmed(m / 1e3, 2)),
        m if m >= 10.0 => format!("{m:.0} ms"),
        m => format!("{} ms", trimmed(m, 2)),
    }
}

/// `19 times`, `1.4 times`.
pub(crate) fn times(burn: f64) -> String {
    if burn >= 10.0 { format!("{burn:.0} times") } else { format!("{} times", trimmed(burn, 1)) }
}

/// A share that went well, rounded down: `99.95 %`, and `100 %` only of everything.
pub(crate) fn good_share(share: f64) -> String {
    let percent = share * 100.0;
    let digits = if percent >= 99.0 { 3 } else { 1 };
    let scale = 10_f64.powi(digits);
    // what lies within the error of the division is no loss
    let down = ((percent + 1e-9) * scale).floor() / scale;
    format!("{} %", trimmed(down, digits as usize))
}

/// A share that failed, with two digits: `1.9 %`, `0.012 %`; never `0 %` of something.
pub(crate) fn failing_share(share: f64) -> String {
    let percent = share * 100.0;
    if percent <= 0.0 {
        return "0 %".into();
    }
    let digits = (1 - percent.log10().floor() as i32).clamp(0, 7);
    let least = 10_f64.powi(-digits);
    format!("{} %", trimmed(percent.max(least), digits as usize))
}

/// With at most so many digits after the point, and no zeros at the end.
fn trimmed(number: f64, digits: usize) -> String {
    let text = format!("{number:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::slo::Forecast;
    use crate::spec::{Objective, Window};

    const HOUR: Duration = Duration::from_hours(1);

    /// An objective of 99.9 % over 30 days whose 1 h and 6 h burn as said.
    fn slo(kind: SloKind, left: f64, burn: [Option<f64>; 2], ratio: Option<f64>) -> SloReport {
        SloReport {
            name: kind.slo_name("checkout"),
            kind,
            objective: Objective::parse("99.9%").unwrap(),
            window: Window::DEFAULT,
            method: Method::Occurrences,
            generation: 1,
            period_begins: Timestamp::default(),
            good: 0,
            bad: 0,
            judged: crate::slo::Tally::ZERO,
            shed: 0,
            ratio,
            ratio_without_shed: ratio,
            budget_remaining: left,
            budget_measured: None,
            budget_with_maintenance: None,
            failures_left: 0.0,
            burn: vec![(Duration::from_mins(5), burn[0]), (HOUR, burn[0]), (HOUR * 6, burn[1])],
            forecast: Forecast {
                straight_1h_minutes: None,
                straight_6h_minutes: None,
                replayed_minutes: burn[1].filter(|burn| *burn > 0.0).map(|burn| left.max(0.0) * 43_200.0 / burn),
            },
            incident: None,
            since: Timestamp::default(),
            coverage: 1.0,
            alerts: Vec::new(),
            left_out: Vec::new(),
            detected_since: None,
        }
    }

    fn firing(mut slo: SloReport, rule: &str, severity: Severity, held_since: Option<Timestamp>) -> SloReport {
        let state = AlertState::Firing { since: Timestamp::default() };
        slo.alerts.push(AlertReport { rule: rule.into(), severity, factor: 14.4, state, held_since, guard: None });
        slo
    }

    #[test]
    fn a_reason_is_one_sentence_with_its_numbers() {
        let plain = SloKind::Availability;
        let fast = SloKind::Latency(Duration::from_millis(250));
        let page = |slo| firing(slo, "1h/5m", Severity::Page, None);
        let young = |mut slo: SloReport| {
            slo.coverage = 0.001;
            slo
        };
        for (slo, said) in [
            (
                page(slo(plain, 0.82, [Some(19.0), Some(6.0)], Some(0.981))),
                "1.9 % of checkout requests failed in the last hour, 19 times what the objective allows; 4.1 days of budget left.",
            ),
            (
                page(slo(fast, -0.31, [Some(2.5), Some(2.5)], Some(0.9))),
                "0.25 % of checkout requests failed or took longer than 250 ms in the last hour, 2.5 times what the \
                 objective allows; the budget is overspent by 31 %.",
            ),
            (
                firing(slo(plain, -40.2, [Some(1000.0); 2], Some(0.1)), "6h/5m", Severity::Ticket, None),
                "100 % of checkout requests failed in the last 6 hours, 1000 times what the objective allows; the \
                 budget is spent 41 times over.",
            ),
            (
                firing(slo(plain, 0.5, [None, None], None), "1h/5m", Severity::Page, Some(Timestamp::default())),
                "No checkout request in the last hour to judge by; 50 % of the budget left; held since \
                 1970-01-01T00:00:00Z for want of data.",
            ),
            (
                slo(plain, 0.8, [Some(0.2), Some(0.0)], Some(0.999_899_9)),
                "99.989 % of checkout requests went well in the last 30 days; 80 % of the budget left.",
            ),
            (
                slo(fast, 1.0, [Some(0.0); 2], Some(1.0)),
                "100 % of checkout requests went well within 250 ms in the last 30 days; 100 % of the budget left.",
            ),
            (
                young(slo(plain, 1.0, [None, None], None)),
                "No checkout request in the 43 minutes observed so far; 100 % of the budget left.",
            ),
            (
                slo(plain, 0.0, [Some(1.0); 2], Some(0.999)),
                "99.9 % of checkout requests went well in the last 30 days; the budget is spent.",
            ),
        ] {
            assert_eq!(reason(&slo), said);
        }
    }

    #[test]
    fn slices_calendar_periods_and_a_page_held_back_are_said() {
        let sliced = SloReport {
            method: Method::parse("timeslices 1m 99%").unwrap(),
            window: Window::parse("month Europe/Paris").unwrap(),
            ..slo(SloKind::Availability, 0.5, [Some(20.0), None], Some(0.98))
        };
        assert_eq!(reason(&sliced), "98 % of checkout requests went well in this month; 50 % of the budget left.");
        assert_eq!(period(&sliced), "the month in Europe/Paris");
        assert_eq!(
            reason(&firing(sliced, "1h/5m", Severity::Page, None)),
            "2 % of 1m slices of checkout failed in the last hour, 20 times what the objective allows; 50 % of the budget left."
        );
        let mut held =
            firing(slo(SloKind::Availability, 0.5, [Some(20.0), None], Some(0.98)), "1h/5m", Severity::Page, None);
        let guard = GuardReport { alpha: 0.01, floor: 2, needed: Some(3), delay: None, held_back: true };
        (held.alerts[0].state, held.alerts[0].guard) = (AlertState::Inactive, Some(guard));
        assert!(
            reason(&held).ends_with("it burns fast, but a page needs 3 failures to be no chance."),
            "{}",
            reason(&held)
        );
    }

    #[test]
    fn a_standing_is_the_worst_that_is_known() {
        let plain = slo(SloKind::Availability, 0.5, [Some(1.0); 2], Some(0.9));
        assert_eq!(standing(&plain), Standing::Fine);
        assert_eq!(standing(&firing(plain.clone(), "1h/5m", Severity::Page, None)), Standing::Failing);
        assert_eq!(standing(&firing(plain.clone(), "3d/6h", Severity::Ticket, None)), Standing::AtRisk);
        assert_eq!(standing(&SloReport { budget_remaining: -0.1, ..plain.clone() }), Standing::AtRisk);
        assert_eq!(standing(&SloReport { ratio: None, ..plain }), Standing::Unknown);
        assert!(Standing::Failing > Standing::AtRisk && Standing::AtRisk > Standing::Fine);
    }

    #[test]
    fn numbers_are_rounded_to_what_flatters_nobody() {
        for (share, text) in
            [(1.0, "100 %"), (0.999_999_9, "99.999 %"), (0.999, "99.9 %"), (0.829_9, "82.9 %"), (0.0, "0 %")]
        {
            assert_eq!(good_share(share), text);
        }
        for (share, text) in [
            (0.019, "1.9 %"),
            (0.25, "25 %"),
            (0.000_121, "0.012 %"),
            (1.0, "100 %"),
            (1e-12, "0.0000001 %"),
            (0.0, "0 %"),
        ] {
            assert_eq!(failing_share(share), text);
        }
        for (seconds, text) in [
            (0.0, "0 seconds"),
            (1.0, "1 second"),
            (40.0, "40 seconds"),
            (119.0, "1.9 minutes"),
            (3_600.0, "1 hour"),
            (86_400.0 * 4.19, "4.1 days"),
            (86_400.0 * 30.0, "30 days"),
        ] {
            assert_eq!(span(Duration::from_secs_f64(seconds)), text);
        }
        for (micros, text) in [(250_000, "250 ms"), (1_250_000, "1.25 s"), (1_250, "1.25 ms"), (12_345_678, "12 s")] {
            assert_eq!(millis(Duration::from_micros(micros)), text);
        }
        assert_eq!(
            (stretch(HOUR), stretch(HOUR * 72), stretch(Duration::from_mins(5))),
            ("hour".into(), "3 days".into(), "5 minutes".into())
        );
    }
}
